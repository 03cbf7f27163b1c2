/* SPDX-License-Identifier: MIT */
/*
 * Messages through one connection as fast as they go. How many are under way, sent and not yet
 * counted by the receiver, is kept below what suits the library: ENet would queue everything at
 * once, and the floor, which has no flow control, would drown its receiver.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"

enum {
    BATCH_BYTES = 64 * 1024, /* queued between two flushes */
    WAIT_US = 100,
    SILENCE_US = 300000, /* after the last was sent: what did not come will not come */
    QUICK = 4            /* a quick run is this much shorter */
};

static uint64_t total_of(const bench_run *run)
{
    return run->spec->messages / (run->is_quick ? QUICK : 1);
}

/* The next batch; how many messages were queued. */
static uint64_t send_batch(bench_run *run, void *server, const void *message, uint64_t left)
{
    const bench_case *spec = run->spec;
    uint64_t batch = 1 + BATCH_BYTES / spec->size;
    uint64_t under_way = atomic_load(&run->shared->sent) - atomic_load(&run->shared->received);
    uint64_t room = run->library->under_way_bytes / spec->size;
    uint64_t sent = 0;
    room = room > under_way ? room - under_way : 0;
    batch = batch < room ? batch : room;
    batch = batch < left ? batch : left;
    while (sent < batch && run->library->send(server, 0, message, spec->size, spec->delivery)) {
        sent++;
    }
    (void)atomic_fetch_add(&run->shared->sent, sent);
    return sent;
}

static void send_all(bench_run *run, void *server, const void *message)
{
    uint64_t left = total_of(run);
    bench_tally tally = {0};
    while (!bench_is_done(run)) {
        bool was_any = bench_take(run, server, &tally);
        uint64_t sent = send_batch(run, server, message, left);
        run->library->flush(server, bench_now_us());
        left -= sent;
        if (!was_any && sent == 0) {
            run->library->wait(server, WAIT_US);
        }
    }
}

void bench_stream_serve(bench_run *run)
{
    bench_tally tally = {0};
    const bench_case *spec = run->spec;
    void *server = bench_serve(run);
    void *message = calloc(1, spec->size);
    if (!message || run->library->max_message(server, spec->delivery) < spec->size) {
        bench_skip(run, "larger than a message of this library can be");
    }
    bench_await_all(run, server, &tally);
    bench_traffic before = run->library->traffic(server);
    double cpu_us = bench_cpu_us();
    atomic_store(&run->shared->started_us, bench_now_us());
    bench_reach(run, BENCH_RUNNING);
    send_all(run, server, message);
    cpu_us = bench_cpu_us() - cpu_us;
    bench_traffic after = run->library->traffic(server);
    double received = (double)atomic_load(&run->shared->received);
    double receiver_us = run->shared->result.values[BENCH_RECEIVER_US_PER_MESSAGE] * received;
    double megabytes = received * spec->size / 1e6;
    bench_set(run, BENCH_CPU_US_PER_MESSAGE, cpu_us / received);
    bench_set(run, BENCH_CPU_US_PER_MEGABYTE, (cpu_us + receiver_us) / megabytes);
    bench_set(run, BENCH_DELIVERED, received / (double)atomic_load(&run->shared->sent));
    bench_set_packet_cost(run, cpu_us, &before, &after);
    bench_set(run, BENCH_WIRE_BYTES_PER_MESSAGE,
              (double)(after.bytes_sent - before.bytes_sent) / received);
    free(message);
    run->library->close(server);
}

/* Takes in what comes until all has come, or nothing more does; when the last came. */
static uint64_t receive_all(bench_run *run, bench_crowd *crowd)
{
    uint64_t total = total_of(run);
    uint64_t last_us = bench_now_us();
    while (crowd->tally.messages < total) {
        bool was_any = bench_crowd_take(run, crowd);
        bench_crowd_flush(run, crowd);
        if (was_any) {
            atomic_store(&run->shared->received, crowd->tally.messages);
            last_us = bench_now_us();
        } else {
            run->library->wait(crowd->ends[0], WAIT_US);
        }
        if (atomic_load(&run->shared->sent) == total && !was_any &&
            bench_now_us() - last_us > SILENCE_US) {
            break;
        }
    }
    return last_us;
}

void bench_stream_play(bench_run *run)
{
    bench_crowd crowd = {0};
    bench_crowd_open(run, &crowd);
    bench_crowd_connect(run, &crowd);
    double cpu_us = bench_cpu_us();
    uint64_t last_us = receive_all(run, &crowd);
    cpu_us = bench_cpu_us() - cpu_us;
    double seconds = (double)(last_us - atomic_load(&run->shared->started_us)) / 1e6;
    double received = (double)crowd.tally.messages;
    bench_set(run, BENCH_RECEIVER_US_PER_MESSAGE, cpu_us / received);
    bench_set(run, BENCH_MESSAGES_PER_SECOND, received / seconds);
    bench_set(run, BENCH_MEGABYTES_PER_SECOND, received * run->spec->size / 1e6 / seconds);
    bench_reach(run, BENCH_DONE);
    bench_crowd_close(run, &crowd);
}
