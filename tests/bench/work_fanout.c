/* SPDX-License-Identifier: MIT */
/*
 * w2, fan-out: a game server at 30 Hz tells all clients the same in every tick. Clients run their
 * frame at 60 Hz, as games do, and say nothing but what their library says by itself. A message
 * counts when it has arrived: ENet leaves out unreliable ones when it believes the line to be bad.
 */
#include <stdatomic.h>

#include "bench.h"

enum {
    TICK_US = 33333,
    FRAME_US = 16667,
    WARM_TICKS = 15,
    TICKS = 75,
    TICKS_QUICK = 20,
    DRAIN_TICKS = 10,
    MESSAGE_MAX = 1024
};

static const bench_case cases[] = {
    {.name = "1 x 100 B unreliable", .clients = 500, .size = 100, .messages = 1},
    {.name = "10 x 40 B reliable",
     .clients = 500,
     .size = 40,
     .delivery = BENCH_RELIABLE,
     .messages = 10},
};

/* How many messages were queued. */
static uint64_t serve_ticks(bench_run *run, void *server, uint32_t ticks, uint32_t messages)
{
    static const uint8_t message[MESSAGE_MAX] = {1};
    const bench_case *spec = run->spec;
    bench_tally tally = {0};
    uint64_t queued = 0;
    uint64_t next_us = bench_now_us();
    for (uint32_t tick = 0; tick < ticks; tick++) {
        (void)bench_take(run, server, &tally);
        for (uint32_t i = 0; i < messages; i++) {
            queued += run->library->broadcast(server, message, spec->size, spec->delivery);
        }
        run->library->flush(server, bench_now_us());
        next_us += TICK_US;
        bench_sleep_until_us(next_us);
    }
    return queued;
}

static void serve(bench_run *run)
{
    bench_tally tally = {0};
    uint32_t messages = run->spec->messages;
    void *server = bench_serve(run);
    bench_await_all(run, server, &tally);
    bench_reach(run, BENCH_RUNNING);
    uint64_t warm = serve_ticks(run, server, WARM_TICKS, messages);
    bench_traffic before = run->library->traffic(server);
    double cpu_us = bench_cpu_us();
    uint64_t queued = serve_ticks(run, server, run->is_quick ? TICKS_QUICK : TICKS, messages);
    cpu_us = bench_cpu_us() - cpu_us;
    bench_traffic after = run->library->traffic(server);
    (void)serve_ticks(run, server, DRAIN_TICKS, 0);
    double delivered = (double)atomic_load(&run->shared->received) / (double)(warm + queued);
    double count = (double)queued * delivered;
    bench_set(run, BENCH_CPU_US_PER_MESSAGE, cpu_us / count);
    bench_set_packet_cost(run, cpu_us, &before, &after);
    bench_set(run, BENCH_WIRE_BYTES_PER_MESSAGE,
              (double)(after.bytes_sent - before.bytes_sent) / count);
    bench_set(run, BENCH_PACKETS_BACK_PER_MESSAGE,
              (double)(after.packets_received - before.packets_received) / count);
    bench_set(run, BENCH_DELIVERED, delivered);
    bench_reach(run, BENCH_DONE);
    run->library->close(server);
}

static void play(bench_run *run)
{
    bench_crowd crowd = {0};
    bench_crowd_open(run, &crowd);
    bench_crowd_connect(run, &crowd);
    uint64_t next_us = bench_now_us();
    while (!bench_is_done(run)) {
        (void)bench_crowd_take(run, &crowd);
        bench_crowd_flush(run, &crowd);
        atomic_store(&run->shared->received, crowd.tally.messages);
        next_us += FRAME_US;
        bench_sleep_until_us(next_us);
    }
    bench_crowd_close(run, &crowd);
}

const bench_work bench_fanout = {
    .name = "w2",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .repeats = 5,
    .serve = serve,
    .play = play,
};
