/* SPDX-License-Identifier: MIT */
/*
 * A bad line for any library: a process between clients and server. Its front is a socket of
 * mn_lossy, where all loss and delay happens; behind it each client has a plain socket of its own
 * towards the server, so that the server sees as many addresses as there are clients.
 */
#include <miragenet.h>

#include <stdatomic.h>

#include "bench.h"

enum { CLIENTS_MAX = 128, BATCH = 64, TURN_US = 200, ONE_WAY_US = 50000, SEED = 1 };

typedef struct relay_line {
    mn_socket front;
    mn_address server;
    uint32_t count;
    mn_address clients[CLIENTS_MAX];
    mn_socket backs[CLIENTS_MAX];
} relay_line;

static mn_result open_front(bench_run *run, relay_line *relay)
{
    mn_conditions line = {
        .struct_size = sizeof line, .loss = run->spec->loss, .latency_us = ONE_WAY_US};
    mn_address bind;
    mn_lossy *lossy = NULL;
    mn_result result = mn_address_parse("127.0.0.1", 0, &bind);
    if (result >= 0) {
        result = mn_lossy_create(mn_udp_sockets(), &line, &line, SEED, NULL, &lossy);
    }
    if (result >= 0) {
        const mn_socket_factory *factory = mn_lossy_sockets(lossy);
        result = factory->open_server(factory->user, &bind, &relay->front);
        mn_lossy_destroy(lossy);
    }
    return result;
}

/* The number of the client at this address, a new one where it is not known. */
static uint32_t client_at(bench_run *run, relay_line *relay, const mn_address *address)
{
    const mn_socket_factory *udp = mn_udp_sockets();
    for (uint32_t i = 0; i < relay->count; i++) {
        if (relay->clients[i].port == address->port) {
            return i; /* all are on this machine */
        }
    }
    if (relay->count == CLIENTS_MAX ||
        udp->open_client(udp->user, &relay->server, &relay->backs[relay->count]) < 0) {
        bench_fail(run, "the relay has no room for a client");
    }
    relay->clients[relay->count] = *address;
    return relay->count++;
}

static void pass_to_server(bench_run *run, relay_line *relay, uint64_t now_us)
{
    mn_datagram batch[BATCH];
    mn_result count;
    while ((count = relay->front.ops->receive(relay->front.self, batch, BATCH, now_us)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            mn_socket *back = &relay->backs[client_at(run, relay, &batch[i].address)];
            batch[i].address = relay->server;
            (void)back->ops->send(back->self, &batch[i], 1, now_us);
        }
    }
}

static void pass_to_clients(relay_line *relay, uint64_t now_us)
{
    mn_datagram batch[BATCH];
    mn_result count;
    for (uint32_t client = 0; client < relay->count; client++) {
        mn_socket *back = &relay->backs[client];
        while ((count = back->ops->receive(back->self, batch, BATCH, now_us)) > 0) {
            for (mn_result i = 0; i < count; i++) {
                batch[i].address = relay->clients[client];
            }
            (void)relay->front.ops->send(relay->front.self, batch, (uint32_t)count, now_us);
        }
    }
}

void bench_relay(bench_run *run)
{
    relay_line relay = {0};
    mn_address front = {0};
    while (atomic_load(&run->shared->server_port) == 0) {
        bench_sleep_us(TURN_US);
    }
    uint16_t port = (uint16_t)atomic_load(&run->shared->server_port);
    if (mn_address_parse("127.0.0.1", port, &relay.server) < 0 || open_front(run, &relay) < 0 ||
        relay.front.ops->address(relay.front.self, &front) < 0) {
        bench_fail(run, "the relay did not open");
    }
    atomic_store(&run->shared->entry_port, front.port);
    while (!bench_is_done(run)) {
        uint64_t now_us = bench_now_us();
        pass_to_server(run, &relay, now_us);
        pass_to_clients(&relay, now_us);
        bench_sleep_us(TURN_US);
    }
    for (uint32_t i = 0; i < relay.count; i++) {
        relay.backs[i].ops->close(relay.backs[i].self);
    }
    relay.front.ops->close(relay.front.self);
}
