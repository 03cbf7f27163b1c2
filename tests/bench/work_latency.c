/* SPDX-License-Identifier: MIT */
/*
 * w4, latency under loss: reliable ordered messages of 64 B at 60 Hz, 100 ms round trip, losses on
 * both ways. Both ends poll every millisecond and flush at 60 Hz. What is told is the way from the
 * server's send to the client's poll, 50 ms where nothing is lost. In virtual time the simulation
 * says the same without a network; here it is the real one, and ENet beside it.
 */
#include <stdatomic.h>
#include <string.h>

#include "bench.h"

enum {
    CLIENTS = 100,
    POLL_US = 1000,
    TICK_US = 16667,
    WARM_TICKS = 60,
    TICKS = 240,
    TICKS_QUICK = 120,
    DRAIN_US = 5000000,
    SIZE = 64
};

#define LOSS(percent)                                                                    \
  {                                                                                      \
    .name = #percent " %", .clients = CLIENTS, .size = SIZE, .delivery = BENCH_RELIABLE, \
    .loss = (float)(percent) / 100                                                       \
  }
static const bench_case cases[] = {LOSS(0), LOSS(1), LOSS(2), LOSS(5), LOSS(10)};

static void send_stamped(bench_run *run, void *server, uint64_t stamp_us)
{
    uint8_t message[SIZE] = {0};
    memcpy(message, &stamp_us, sizeof stamp_us);
    uint64_t queued = run->library->broadcast(server, message, SIZE, BENCH_RELIABLE);
    (void)atomic_fetch_add(&run->shared->sent, queued);
    run->library->flush(server, bench_now_us());
}

static void serve_ticks(bench_run *run, void *server, uint32_t ticks, bool is_measured)
{
    bench_tally tally = {0};
    uint64_t next_us = bench_now_us();
    for (uint32_t tick = 0; tick < ticks; tick++) {
        send_stamped(run, server, is_measured ? bench_now_us() : 0);
        next_us += TICK_US;
        while (bench_now_us() < next_us) {
            (void)bench_take(run, server, &tally);
            bench_sleep_us(POLL_US);
        }
    }
}

/* Until all has arrived. */
static void drain(bench_run *run, void *server)
{
    bench_tally tally = {0};
    uint64_t end_us = bench_now_us() + DRAIN_US;
    while (atomic_load(&run->shared->received) < atomic_load(&run->shared->sent)) {
        (void)bench_take(run, server, &tally);
        bench_sleep_us(POLL_US);
        if (bench_now_us() > end_us) {
            bench_fail(run, "not all was delivered");
        }
    }
}

static void serve(bench_run *run)
{
    bench_tally tally = {0};
    if (!run->library->is_reliable) {
        bench_skip(run, "this library delivers nothing reliably");
    }
    void *server = bench_serve(run);
    uint32_t ticks = run->is_quick ? TICKS_QUICK : TICKS;
    double messages = (double)ticks * run->spec->clients;
    bench_await_all(run, server, &tally);
    bench_reach(run, BENCH_RUNNING);
    serve_ticks(run, server, WARM_TICKS, false);
    bench_traffic before = run->library->traffic(server);
    double cpu_us = bench_cpu_us();
    serve_ticks(run, server, ticks, true);
    cpu_us = bench_cpu_us() - cpu_us;
    bench_traffic after = run->library->traffic(server);
    bench_set(run, BENCH_CPU_US_PER_MESSAGE, cpu_us / messages);
    bench_set_packet_cost(run, cpu_us, &before, &after);
    bench_set(run, BENCH_WIRE_BYTES_PER_MESSAGE,
              (double)(after.bytes_sent - before.bytes_sent) / messages);
    bench_set(run, BENCH_PACKETS_BACK_PER_MESSAGE,
              (double)(after.packets_received - before.packets_received) / messages);
    drain(run, server);
    bench_reach(run, BENCH_DONE);
    run->library->close(server);
}

static void play(bench_run *run)
{
    bench_samples delays_us = {0};
    bench_crowd crowd = {.tally = {.delays_us = &delays_us}};
    bench_crowd_open(run, &crowd);
    bench_crowd_connect(run, &crowd);
    uint64_t flush_us = bench_now_us();
    while (!bench_is_done(run)) {
        (void)bench_crowd_take(run, &crowd);
        atomic_store(&run->shared->received, crowd.tally.messages);
        if (bench_now_us() >= flush_us) {
            bench_crowd_flush(run, &crowd);
            flush_us += TICK_US;
        }
        bench_sleep_us(POLL_US);
    }
    bench_set_distribution(run, &delays_us);
    bench_crowd_close(run, &crowd);
}

const bench_work bench_latency = {
    .name = "w4",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .repeats = 1,
    .serve = serve,
    .play = play,
    .relay = bench_relay,
};
