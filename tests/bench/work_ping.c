/* SPDX-License-Identifier: MIT */
/*
 * w5, ping-pong: one message there, one back, and so on. Both ends poll without sleeping, so that
 * what is measured is the way through the library and the kernel, not the scheduler.
 */
#include <stdatomic.h>
#include <time.h>

#include "bench.h"

enum { BATCH = 16, WARM_US = 200000, MEASURED_US = 800000, QUICK_US = 300000 };

static const double lost_us = 100000;

static const bench_case cases[] = {
    {.name = "unreliable", .clients = 1, .size = 32, .delivery = BENCH_UNRELIABLE},
    {.name = "reliable", .clients = 1, .size = 32, .delivery = BENCH_RELIABLE},
};

/* Update and poll; how many messages came. Each is answered, if this is the side that answers. */
static uint32_t turn(bench_run *run, void *end, bool answers)
{
    const bench_library *library = run->library;
    bench_event events[BATCH];
    uint64_t now_us = bench_now_us();
    uint32_t messages = 0;
    library->update(end, now_us);
    uint32_t count = library->poll(end, events, BATCH);
    for (uint32_t i = 0; i < count; i++) {
        const bench_event *event = &events[i];
        messages += event->kind == BENCH_MESSAGE ? 1 : 0;
        if (event->kind == BENCH_MESSAGE && answers &&
            !library->send(end, event->connection, event->data, event->size, run->spec->delivery)) {
            bench_fail(run, "an answer could not be sent");
        }
    }
    if (messages > 0 && answers) {
        library->flush(end, now_us);
    }
    return messages;
}

static void serve(bench_run *run)
{
    bench_tally tally = {0};
    uint64_t rounds = 0;
    void *server = bench_serve(run);
    bench_await_all(run, server, &tally);
    bench_reach(run, BENCH_RUNNING);
    double cpu_us = bench_cpu_us();
    while (!bench_is_done(run)) {
        rounds += turn(run, server, true);
    }
    bench_set(run, BENCH_CPU_US_PER_MESSAGE, (bench_cpu_us() - cpu_us) / (double)rounds);
    run->library->close(server);
}

static double now_precise_us(void)
{
    struct timespec now = {0};
    (void)timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void send_ping(bench_run *run, void *client)
{
    static const uint8_t message[64] = {1};
    if (!run->library->send(client, 0, message, run->spec->size, run->spec->delivery)) {
        bench_fail(run, "a ping could not be sent");
    }
    run->library->flush(client, bench_now_us());
}

/* An unreliable message may be lost: then there is another ping, and no sample. */
static void play_rounds(bench_run *run, void *client, uint64_t duration_us, bench_samples *samples)
{
    uint64_t end_us = bench_now_us() + duration_us;
    while (bench_now_us() < end_us) {
        double sent_us = now_precise_us();
        double waited_us = 0;
        send_ping(run, client);
        while (turn(run, client, false) == 0 && waited_us < lost_us) {
            waited_us = now_precise_us() - sent_us;
        }
        waited_us = now_precise_us() - sent_us;
        if (waited_us < lost_us) {
            bench_samples_add(samples, waited_us);
        }
    }
}

static void play(bench_run *run)
{
    bench_crowd crowd = {0};
    bench_samples samples = {0};
    uint64_t measured_us = run->is_quick ? QUICK_US : MEASURED_US;
    bench_crowd_open(run, &crowd);
    bench_crowd_connect(run, &crowd);
    while (atomic_load(&run->shared->step) < BENCH_RUNNING) {
        (void)bench_crowd_take(run, &crowd);
    }
    play_rounds(run, crowd.ends[0], WARM_US, &samples);
    samples.count = 0;
    play_rounds(run, crowd.ends[0], measured_us, &samples);
    bench_set(run, BENCH_ROUND_TRIPS_PER_SECOND, samples.count / ((double)measured_us / 1e6));
    bench_set_distribution(run, &samples);
    bench_reach(run, BENCH_DONE);
    bench_crowd_close(run, &crowd);
}

const bench_work bench_ping = {
    .name = "w5",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .repeats = 5,
    .serve = serve,
    .play = play,
};
