/* SPDX-License-Identifier: MIT */
/*
 * The two ends of every work: a server, and a crowd of clients in one process, each with a socket
 * of its own. A process visits its ends one after the other; what arrives is counted in a tally.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { BATCH = 64, WAIT_US = 1000 };

static void count_message(bench_tally *tally, const bench_event *event, uint64_t now_us)
{
    uint64_t sent_us = 0;
    tally->messages++;
    if (!tally->delays_us || event->size < sizeof sent_us) {
        return;
    }
    memcpy(&sent_us, event->data, sizeof sent_us);
    if (sent_us != 0) {
        bench_samples_add(tally->delays_us, (double)now_us - (double)sent_us);
    }
}

static void count_event(bench_run *run, bench_tally *tally, const bench_event *event,
                        uint64_t now_us)
{
    switch (event->kind) {
    case BENCH_CONNECTED:
        tally->connected++;
        break;
    case BENCH_GONE:
        if (!bench_is_done(run)) {
            bench_fail(run, "a connection ended");
        }
        break;
    case BENCH_MESSAGE:
        count_message(tally, event, now_us);
        break;
    }
}

bool bench_take(bench_run *run, void *end, bench_tally *tally)
{
    bench_event events[BATCH];
    uint64_t now_us = bench_now_us();
    bool was_any = false;
    uint32_t count;
    run->library->update(end, now_us);
    while ((count = run->library->poll(end, events, BATCH)) > 0) {
        was_any = true;
        for (uint32_t i = 0; i < count; i++) {
            count_event(run, tally, &events[i], now_us);
        }
    }
    return was_any;
}

void *bench_serve(bench_run *run)
{
    uint16_t port = 0;
    if (run->spec->clients > run->library->max_connections) {
        bench_skip(run, "more connections than this library has");
    }
    void *server = run->library->open_server(run->library, run->spec->clients, &port);
    if (!server) {
        bench_fail(run, "the server did not open");
    }
    atomic_store(&run->shared->server_port, port);
    if (!run->work->relay) {
        atomic_store(&run->shared->entry_port, port);
    }
    bench_await(run, BENCH_STARTED);
    return server;
}

void bench_await_all(bench_run *run, void *server, bench_tally *tally)
{
    uint32_t clients = run->spec->clients;
    while (tally->connected < clients || atomic_load(&run->shared->clients_up) < clients) {
        bool was_any = bench_take(run, server, tally);
        run->library->flush(server, bench_now_us());
        if (!was_any) {
            run->library->wait(server, WAIT_US);
        }
    }
}

void bench_crowd_open(bench_run *run, bench_crowd *crowd)
{
    while (atomic_load(&run->shared->entry_port) == 0) {
        bench_sleep_us(WAIT_US);
    }
    crowd->ends = calloc(run->spec->clients, sizeof crowd->ends[0]);
    for (; crowd->ends && crowd->count < run->spec->clients; crowd->count++) {
        crowd->ends[crowd->count] = run->library->open_client(run->library);
        if (!crowd->ends[crowd->count]) {
            break;
        }
    }
    if (crowd->count < run->spec->clients) {
        bench_fail(run, "not all clients opened (ulimit -n?)");
    }
}

void bench_crowd_connect(bench_run *run, bench_crowd *crowd)
{
    uint16_t port = (uint16_t)atomic_load(&run->shared->entry_port);
    atomic_store(&run->shared->started_us, bench_now_us());
    bench_reach(run, BENCH_STARTED);
    for (uint32_t i = 0; i < crowd->count; i++) {
        if (!run->library->connect(crowd->ends[i], port)) {
            bench_fail(run, "a client could not connect (ulimit -n?)");
        }
    }
    while (crowd->tally.connected < crowd->count) {
        (void)bench_crowd_take(run, crowd);
        bench_crowd_flush(run, crowd);
    }
    atomic_store(&run->shared->clients_up, crowd->count);
}

bool bench_crowd_take(bench_run *run, bench_crowd *crowd)
{
    bool was_any = false;
    for (uint32_t i = 0; i < crowd->count; i++) {
        was_any = bench_take(run, crowd->ends[i], &crowd->tally) || was_any;
    }
    return was_any;
}

void bench_crowd_flush(bench_run *run, bench_crowd *crowd)
{
    uint64_t now_us = bench_now_us();
    for (uint32_t i = 0; i < crowd->count; i++) {
        run->library->flush(crowd->ends[i], now_us);
    }
}

void bench_crowd_close(bench_run *run, bench_crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->count; i++) {
        run->library->close(crowd->ends[i]);
    }
    free(crowd->ends);
    *crowd = (bench_crowd){0};
}
