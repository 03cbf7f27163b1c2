/* SPDX-License-Identifier: MIT */
/* The tapped socket: every call goes to the inner one, datagrams pass by the hash. */
#include "sim/tap.h"

#include <stdlib.h>

typedef struct tapped {
    mn_socket inner;
    sim_tap *tap;
} tapped;

static void record(tapped *self, uint64_t direction, const mn_datagram *datagram, uint64_t now_us)
{
    mni_hash *trace = self->tap->trace;
    mni_hash_add_u64(trace, direction);
    mni_hash_add_u64(trace, now_us);
    mni_hash_add(trace, datagram->address.ip, sizeof datagram->address.ip);
    mni_hash_add_u64(trace, datagram->address.port);
    mni_hash_add_u64(trace, datagram->size);
    mni_hash_add(trace, datagram->bytes, datagram->size);
}

static mn_result tapped_send(void *self, const mn_datagram *datagrams, uint32_t count,
                             uint64_t now_us)
{
    tapped *t = self;
    mn_result sent = t->inner.ops->send(t->inner.self, datagrams, count, now_us);
    for (mn_result i = 0; i < sent; i++) {
        record(t, 1, &datagrams[i], now_us);
        t->tap->packets++;
        t->tap->bytes += datagrams[i].size;
    }
    return sent;
}

static mn_result tapped_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                                uint64_t now_us)
{
    tapped *t = self;
    mn_result came = t->inner.ops->receive(t->inner.self, datagrams, capacity, now_us);
    for (mn_result i = 0; i < came; i++) {
        record(t, 2, &datagrams[i], now_us);
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

static mn_result wrap(sim_tap *tap, mn_result opened, mn_socket inner, mn_socket *socket_out)
{
    if (opened < 0) {
        return opened;
    }
    tapped *t = malloc(sizeof *t);
    if (!t) {
        inner.ops->close(inner.self);
        return MN_ERROR_MEMORY;
    }
    *t = (tapped){.inner = inner, .tap = tap};
    *socket_out = (mn_socket){.ops = &tapped_ops, .self = t};
    return MN_OK;
}

static mn_result open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    sim_tap *tap = user;
    mn_socket inner = {0};
    return wrap(tap, tap->inner->open_server(tap->inner->user, bind, &inner), inner, socket_out);
}

static mn_result open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    sim_tap *tap = user;
    mn_socket inner = {0};
    return wrap(tap, tap->inner->open_client(tap->inner->user, remote, &inner), inner, socket_out);
}

void sim_tap_init(sim_tap *tap, const mn_socket_factory *inner, mni_hash *trace)
{
    *tap = (sim_tap){
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
        .trace = trace,
    };
}
