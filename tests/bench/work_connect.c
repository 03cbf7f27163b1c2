/* SPDX-License-Identifier: MIT */
/*
 * w1, the connect storm: all clients connect at once. A message is a connection here: the server's
 * processor time for each, and the time from the first connect until both sides know of all.
 */
#include <stdatomic.h>

#include "bench.h"

static const bench_case cases[] = {
    {.name = "100", .clients = 100},
    {.name = "1000", .clients = 1000},
    {.name = "4000", .clients = 4000},
};

static void serve(bench_run *run)
{
    bench_tally tally = {0};
    void *server = bench_serve(run);
    double cpu_us = bench_cpu_us();
    double memory = bench_memory_bytes();
    double clients = run->spec->clients;
    bench_await_all(run, server, &tally);
    uint64_t all_up_us = bench_now_us() - atomic_load(&run->shared->started_us);
    bench_set(run, BENCH_CPU_US_PER_MESSAGE, (bench_cpu_us() - cpu_us) / clients);
    bench_set(run, BENCH_ALL_UP_MS, (double)all_up_us / 1000);
    bench_set(run, BENCH_MEMORY_KIB_PER_CONNECTION,
              (bench_memory_bytes() - memory) / 1024 / clients);
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
    }
    bench_crowd_close(run, &crowd);
}

const bench_work bench_connect = {
    .name = "w1",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .repeats = 3,
    .serve = serve,
    .play = play,
};
