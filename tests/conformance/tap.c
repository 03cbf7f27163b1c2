/* SPDX-License-Identifier: MIT */
/* See tap.h. */
#include "conformance/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tapped {
    mn_socket inner;
    wire_tap *tap;
    char name; /* s: the server's */
} tapped;

/* Who is at the other end of a datagram. */
static char other_of(const tapped *t, const mn_address *address)
{
    const wire_tap *tap = t->tap;
    if (t->name != 's') {
        return 's';
    }
    for (uint32_t i = 0; i < tap->count; i++) {
        if (memcmp(&tap->addresses[i], address, sizeof *address) == 0) {
            return tap->names[i];
        }
    }
    return '?';
}

enum { TAP_SENT, TAP_LOST, TAP_TWICE, TAP_LATE };
enum { LATE_US = 25000 }; /* more than a flush */

static int decide(tap_fate *fate, const tap_late *late)
{
    fate->count++;
    if (fate->lose_next > 0) {
        fate->lose_next--;
        return TAP_LOST;
    }
    if (fate->lose_every > 0 && fate->count % fate->lose_every == 0) {
        return TAP_LOST;
    }
    if (fate->double_next > 0) {
        fate->double_next--;
        return TAP_TWICE;
    }
    if (fate->delay_every > 0 && fate->count % fate->delay_every == 0 && late->datagram.size == 0) {
        return TAP_LATE;
    }
    return TAP_SENT;
}

static void print(const tapped *t, const mn_datagram *datagram, int fate, uint64_t now_us)
{
    static const char *const words[] = {"", " lost", " twice", " late"};
    char to = other_of(t, &datagram->address);
    (void)printf("%llu %c>%c%s ", (unsigned long long)now_us, t->name, to, words[fate]);
    for (uint32_t i = 0; i < datagram->size; i++) {
        (void)printf("%02x", datagram->bytes[i]);
    }
    (void)printf("\n");
}

static void pass(const tapped *t, const mn_datagram *datagram, int copies, uint64_t now_us)
{
    for (; copies > 0; copies--) {
        if (t->inner.ops->send(t->inner.self, datagram, 1, now_us) != 1) {
            (void)fprintf(stderr, "capture: the network does not take a datagram\n");
            abort();
        }
    }
}

static void keep(const tapped *t, const mn_datagram *datagram, uint64_t now_us)
{
    tap_late *late = &t->tap->late;
    memcpy(late->bytes, datagram->bytes, datagram->size);
    late->from = t->name;
    late->until_us = now_us + LATE_US;
    late->datagram = *datagram;
    late->datagram.bytes = late->bytes;
}

static void let_go(const tapped *t, uint64_t now_us)
{
    tap_late *late = &t->tap->late;
    if (late->datagram.size > 0 && late->from == t->name && late->until_us <= now_us) {
        char to = other_of(t, &late->datagram.address);
        (void)printf("%llu %c>%c now\n", (unsigned long long)now_us, t->name, to);
        pass(t, &late->datagram, 1, now_us);
        late->datagram.size = 0;
    }
}

static mn_result tapped_send(void *self, const mn_datagram *datagrams, uint32_t count,
                             uint64_t now_us)
{
    tapped *t = self;
    for (uint32_t i = 0; i < count; i++) {
        const mn_datagram *datagram = &datagrams[i];
        tap_fate *fates = &t->tap->fates[t->name == 's' ? TAP_SERVER : TAP_CLIENT];
        int fate = decide(fates, &t->tap->late);
        print(t, datagram, fate, now_us);
        if (fate == TAP_LATE) {
            keep(t, datagram, now_us);
            continue;
        }
        pass(t, datagram, fate == TAP_TWICE ? 2 : fate == TAP_SENT, now_us);
    }
    return (mn_result)count;
}

static mn_result tapped_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                                uint64_t now_us)
{
    tapped *t = self;
    let_go(t, now_us);
    mn_result came = t->inner.ops->receive(t->inner.self, datagrams, capacity, now_us);
    for (mn_result i = 0; i < came; i++) {
        char from = other_of(t, &datagrams[i].address);
        (void)printf("%llu %c<%c\n", (unsigned long long)now_us, t->name, from);
    }
    return came;
}

static uint64_t tapped_next_us(void *self)
{
    tapped *t = self;
    return t->inner.ops->next_us(t->inner.self);
}

static mn_result tapped_wait(void *self, uint64_t timeout_us)
{
    tapped *t = self;
    return t->inner.ops->wait(t->inner.self, timeout_us);
}

static mn_result tapped_address(void *self, mn_address *address_out)
{
    tapped *t = self;
    return t->inner.ops->address(t->inner.self, address_out);
}

static void tapped_close(void *self)
{
    tapped *t = self;
    t->inner.ops->close(t->inner.self);
    free(t);
}

static const mn_socket_ops tapped_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = tapped_send,
    .receive = tapped_receive,
    .next_us = tapped_next_us,
    .wait = tapped_wait,
    .address = tapped_address,
    .close = tapped_close,
};

static mn_result wrap(wire_tap *tap, char name, mn_socket inner, mn_socket *socket_out)
{
    tapped *t = malloc(sizeof *t);
    if (!t) {
        inner.ops->close(inner.self);
        return MN_ERROR_MEMORY;
    }
    *t = (tapped){.inner = inner, .tap = tap, .name = name};
    *socket_out = (mn_socket){.ops = &tapped_ops, .self = t};
    return MN_OK;
}

static mn_result open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    wire_tap *tap = user;
    mn_socket inner = {0};
    mn_result opened = tap->inner->open_server(tap->inner->user, bind, &inner);
    return opened < 0 ? opened : wrap(tap, 's', inner, socket_out);
}

static mn_result open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    wire_tap *tap = user;
    mn_socket inner = {0};
    mn_result opened = tap->inner->open_client(tap->inner->user, remote, &inner);
    if (opened < 0) {
        return opened;
    }
    if (tap->count == TAP_CLIENTS_MAX) {
        (void)fprintf(stderr, "capture: too many clients\n");
        abort();
    }
    tap->names[tap->count] = tap->name;
    opened = inner.ops->address(inner.self, &tap->addresses[tap->count++]);
    return opened < 0 ? opened : wrap(tap, tap->name, inner, socket_out);
}

void tap_init(wire_tap *tap, const mn_socket_factory *inner)
{
    *tap = (wire_tap){
        .factory =
            {
                .struct_size = sizeof(mn_socket_factory),
                .flags = inner->flags,
                .max_packet_size = inner->max_packet_size,
                .open_server = open_server,
                .open_client = open_client,
                .user = tap,
            },
        .inner = inner,
    };
}
