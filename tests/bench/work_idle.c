/* SPDX-License-Identifier: MIT */
/*
 * idle: connections on which nobody says anything, and a server that runs its frame at 60 Hz all
 * the same. A message is one connection for one second here. Fifteen seconds are a whole number of
 * the keep-alive times of all libraries.
 */
#include <stdatomic.h>

#include "bench.h"

enum {
    FRAME_US = 16667,
    SETTLE_FRAMES = 60,
    FRAMES = 900,
    FRAMES_QUICK = 120,
    CLIENTS_US = 100000
};

static const bench_case cases[] = {
    {.name = "4000", .clients = 4000},
    {.name = "10000", .clients = 10000},
};

static void serve_frames(bench_run *run, void *server, uint32_t frames)
{
    bench_tally tally = {0};
    uint64_t next_us = bench_now_us();
    for (uint32_t i = 0; i < frames; i++) {
        (void)bench_take(run, server, &tally);
        run->library->flush(server, bench_now_us());
        next_us += FRAME_US;
        bench_sleep_until_us(next_us);
    }
}

static void serve(bench_run *run)
{
    bench_tally tally = {0};
    uint32_t frames = run->is_quick ? FRAMES_QUICK : FRAMES;
    void *server = bench_serve(run);
    bench_await_all(run, server, &tally);
    bench_reach(run, BENCH_RUNNING);
    serve_frames(run, server, SETTLE_FRAMES);
    double cpu_us = bench_cpu_us();
    serve_frames(run, server, frames);
    double seconds = frames * (double)FRAME_US / 1e6;
    cpu_us = bench_cpu_us() - cpu_us;
    bench_set(run, BENCH_CPU_US_PER_MESSAGE, cpu_us / seconds / run->spec->clients);
    bench_set(run, BENCH_CPU_PERCENT, cpu_us / seconds / 1e6 * 100);
    bench_reach(run, BENCH_DONE);
    run->library->close(server);
}

static void play(bench_run *run)
{
    bench_crowd crowd = {0};
    bench_crowd_open(run, &crowd);
    bench_crowd_connect(run, &crowd);
    while (!bench_is_done(run)) {
        (void)bench_crowd_take(run, &crowd);
        bench_crowd_flush(run, &crowd);
        if (atomic_load(&run->shared->step) >= BENCH_RUNNING) {
            bench_sleep_us(CLIENTS_US);
        }
    }
    bench_crowd_close(run, &crowd);
}

const bench_work bench_idle = {
    .name = "idle",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .repeats = 1,
    .serve = serve,
    .play = play,
};
