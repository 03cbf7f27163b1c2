/* SPDX-License-Identifier: MIT */
/* See tap.h. */
#include "conformance/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAP_SENT, TAP_LOST, TAP_TWICE, TAP_LATE };
enum { LATE_US = 25000 }; /* more than a flush */

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "capture: %s\n", what);
        abort();
    }
}

static char name_of(const test_tapped *socket)
{
    const wire_tap *tap = socket->tap->user;
    return tap->names[socket->index];
}

/* Who is at the other end of a datagram. */
static char other_of(const test_tapped *socket, const mn_address *address)
{
    const wire_tap *tap = socket->tap->user;
    if (socket->index > 0) {
        return 's';
    }
    for (uint32_t i = 1; i <= tap->sockets.clients; i++) {
        if (memcmp(&tap->addresses[i], address, sizeof *address) == 0) {
            return tap->names[i];
        }
    }
    return '?';
}

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

static void print(const test_tapped *socket, const mn_datagram *datagram, int fate, uint64_t now_us)
{
    static const char *const words[] = {"", " lost", " twice", " late"};
    char to = other_of(socket, &datagram->address);
    (void)printf("%llu %c>%c%s ", (unsigned long long)now_us, name_of(socket), to, words[fate]);
    for (uint32_t i = 0; i < datagram->size; i++) {
        (void)printf("%02x", datagram->bytes[i]);
    }
    (void)printf("\n");
}

static void pass(const test_tapped *socket, const mn_datagram *datagram, uint64_t now_us)
{
    require(test_tapped_send(socket, datagram, 1, now_us) == 1,
            "the network does not take a datagram");
}

static void keep(tap_late *late, char from, const mn_datagram *datagram, uint64_t now_us)
{
    memcpy(late->bytes, datagram->bytes, datagram->size);
    late->from = from;
    late->until_us = now_us + LATE_US;
    late->datagram = *datagram;
    late->datagram.bytes = late->bytes;
}

static void let_go(const test_tapped *socket, uint64_t now_us)
{
    wire_tap *tap = socket->tap->user;
    tap_late *late = &tap->late;
    char from = name_of(socket);
    if (late->datagram.size > 0 && late->from == from && late->until_us <= now_us) {
        char to = other_of(socket, &late->datagram.address);
        (void)printf("%llu %c>%c now\n", (unsigned long long)now_us, from, to);
        pass(socket, &late->datagram, now_us);
        late->datagram.size = 0;
    }
}

static void note_opened(const test_tapped *socket)
{
    wire_tap *tap = socket->tap->user;
    require(socket->index < TAP_SOCKETS_MAX, "too many clients");
    tap->names[socket->index] = tap->name;
    mn_address *address = &tap->addresses[socket->index];
    require(socket->inner.ops->address(socket->inner.self, address) == MN_OK, "no address");
}

static mn_result print_sent(const test_tapped *socket, const mn_datagram *datagrams, uint32_t count,
                            uint64_t now_us)
{
    wire_tap *tap = socket->tap->user;
    for (uint32_t i = 0; i < count; i++) {
        tap_fate *fates = &tap->fates[socket->index == 0 ? TAP_SERVER : TAP_CLIENT];
        int fate = decide(fates, &tap->late);
        print(socket, &datagrams[i], fate, now_us);
        if (fate == TAP_LATE) {
            keep(&tap->late, name_of(socket), &datagrams[i], now_us);
        }
        for (int copies = fate == TAP_TWICE ? 2 : fate == TAP_SENT; copies > 0; copies--) {
            pass(socket, &datagrams[i], now_us);
        }
    }
    return (mn_result)count;
}

static mn_result print_received(const test_tapped *socket, mn_datagram *datagrams,
                                uint32_t capacity, uint64_t now_us)
{
    let_go(socket, now_us);
    mn_result came = test_tapped_receive(socket, datagrams, capacity, now_us);
    for (mn_result i = 0; i < came; i++) {
        char from = other_of(socket, &datagrams[i].address);
        (void)printf("%llu %c<%c\n", (unsigned long long)now_us, name_of(socket), from);
    }
    return came;
}

void tap_init(wire_tap *tap, const mn_socket_factory *inner)
{
    static const test_tap_ops ops = {
        .opened = note_opened, .send = print_sent, .receive = print_received};
    *tap = (wire_tap){.names = {'s'}};
    test_tap_init(&tap->sockets, inner, &ops, tap);
}
