/* SPDX-License-Identifier: MIT */
/* See tap.h. What the network does not take is not part of the trace. */
#include "sim/tap.h"

static void record(mni_hash *trace, uint64_t direction, const mn_datagram *datagram,
                   uint64_t now_us)
{
    mni_hash_add_u64(trace, direction);
    mni_hash_add_u64(trace, now_us);
    mni_hash_add(trace, datagram->address.ip, sizeof datagram->address.ip);
    mni_hash_add_u64(trace, datagram->address.port);
    mni_hash_add_u64(trace, datagram->size);
    mni_hash_add(trace, datagram->bytes, datagram->size);
}

static mn_result record_sent(const test_tapped *socket, const mn_datagram *datagrams,
                             uint32_t count, uint64_t now_us)
{
    sim_tap *tap = socket->tap->user;
    mn_result sent = test_tapped_send(socket, datagrams, count, now_us);
    for (mn_result i = 0; i < sent; i++) {
        record(tap->trace, 1, &datagrams[i], now_us);
        tap->packets++;
        tap->bytes += datagrams[i].size;
    }
    return sent;
}

static mn_result record_received(const test_tapped *socket, mn_datagram *datagrams,
                                 uint32_t capacity, uint64_t now_us)
{
    sim_tap *tap = socket->tap->user;
    mn_result came = test_tapped_receive(socket, datagrams, capacity, now_us);
    for (mn_result i = 0; i < came; i++) {
        record(tap->trace, 2, &datagrams[i], now_us);
    }
    return came;
}

void sim_tap_init(sim_tap *tap, const mn_socket_factory *inner, mni_hash *trace)
{
    static const test_tap_ops ops = {.send = record_sent, .receive = record_received};
    *tap = (sim_tap){.trace = trace};
    test_tap_init(&tap->sockets, inner, &ops, tap);
}
