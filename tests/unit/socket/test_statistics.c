/* SPDX-License-Identifier: MIT */
/*
 * What peers say of a connection beside what the line really did, within 5 %: round trips, jitter,
 * loss both ways, retransmissions, goodput, and how long messages wait to be sent. Over several
 * lines and seeds; MN_SEED chooses the first.
 */
#include "support/peers.h"
#include "support/seed.h"
#include "support/test.h"
#include "support/witness.h"

#include <string.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

/* What a game sends: from the server and from the client. */
typedef struct test_load {
    uint32_t every_ms, size, how;
} test_load;

typedef struct test_line {
    mn_conditions conditions;
    test_load loads[2];
} test_line;

/* Sums over many readings. */
typedef struct readings {
    double rtt, jitter, loss_out, loss_in, goodput_out, goodput_in;
    uint32_t count;
} readings;

typedef struct session {
    test_peers *world;
    test_witness witness;
    mn_peer *peers[2]; /* the server, the client */
    mn_connection to[2];
    uint32_t sent[2];
    uint64_t sent_bytes[2], taken_bytes[2];
    uint64_t sent_us[2][WITNESS_MESSAGES_MAX];
    uint64_t seed;
} session;

static session it;

static double distance(double a, double b)
{
    return a > b ? a - b : b - a;
}

/* slack is for what is too small to be measured within 5 %. */
static void expect_near(const char *what, double told, double truth, double slack)
{
    double allowed = truth / 20 > slack ? truth / 20 : slack;
    if (distance(told, truth) > allowed) {
        fail_msg("%s: told %.3f, in truth %.3f; MN_SEED=%llu", what, told, truth,
                 (unsigned long long)it.seed);
    }
}

static void begin(const mn_conditions *conditions, uint64_t seed, uint32_t max_in_flight_bytes)
{
    it.seed = seed;
    memset(it.sent, 0, sizeof(it.sent));
    memset(it.sent_bytes, 0, sizeof(it.sent_bytes));
    memset(it.taken_bytes, 0, sizeof(it.taken_bytes));
    it.world = test_peers_create(conditions, seed);
    it.world->security = MN_SECURITY_NONE; /* who looks on reads the packets */
    test_witness_init(&it.witness, it.world->sockets);
    it.world->sockets = &it.witness.sockets.factory;
    mn_peer_config config = test_peers_config(it.world);
    config.max_in_flight_bytes = max_in_flight_bytes;
    uint32_t server = test_peers_server(it.world, &config);
    uint32_t client = test_peers_client(it.world, &config, NULL, &it.to[1]);
    const test_event *there =
        test_peers_await(it.world, server, MN_EVENT_CONNECTED, 0, 15 * SECOND);
    assert_non_null(there);
    assert_non_null(test_peers_await(it.world, client, MN_EVENT_CONNECTED, 0, 15 * SECOND));
    it.to[0].id = there->event.who;
    it.peers[0] = it.world->peers[server];
    it.peers[1] = it.world->peers[client];
}

static void end(void)
{
    test_peers_destroy(it.world);
    test_witness_clear(&it.witness);
}

static mn_statistics statistics_of(uint32_t side)
{
    mn_statistics statistics = {.struct_size = sizeof(statistics)};
    assert_int_equal(mn_peer_statistics(it.peers[side], it.to[side], &statistics), MN_OK);
    return statistics;
}

static bool send(uint32_t side, uint32_t size, uint32_t how)
{
    static uint8_t bytes[1 << 16];
    test_witness_mark(bytes, it.sent[side]);
    if (mn_peer_send(it.peers[side], it.to[side], bytes, size, how, 0) != MN_OK) {
        return false;
    }
    it.sent_us[side][it.sent[side]] = it.world->now_us;
    it.sent_bytes[side] += size;
    it.sent[side]++;
    return true;
}

/* A millisecond: the update, what was received, what is sent, and every 16 ms a flush. */
static void step(const test_load *loads)
{
    test_peers *world = it.world;
    world->now_us += MS;
    uint64_t now_ms = world->now_us / MS;
    for (uint32_t side = 0; side < 2; side++) {
        mn_event events[32];
        mn_result count;
        assert_int_equal(mn_peer_update(it.peers[side], world->now_us), MN_OK);
        while ((count = mn_peer_poll(it.peers[side], events, 32)) > 0) {
            for (mn_result i = 0; i < count; i++) {
                it.taken_bytes[side] += events[i].type == MN_EVENT_MESSAGE ? events[i].size : 0;
            }
        }
    }
    for (uint32_t side = 0; side < 2; side++) {
        if (loads != NULL && loads[side].every_ms > 0 && now_ms % loads[side].every_ms == 0) {
            (void)send(side, loads[side].size, loads[side].how);
        }
        if (now_ms % 16 == 0) {
            assert_int_equal(mn_peer_flush(it.peers[side], world->now_us), MN_OK);
        }
    }
}

static void run(const test_load *loads, uint64_t duration_us)
{
    for (uint64_t end_us = it.world->now_us + duration_us; it.world->now_us < end_us;) {
        step(loads);
    }
}

/* ---- the line */

static void read(uint32_t side, readings *sums)
{
    mn_statistics statistics = statistics_of(side);
    sums->rtt += (double)statistics.rtt_us;
    sums->jitter += (double)statistics.jitter_us;
    sums->loss_out += (double)statistics.loss_out;
    sums->loss_in += (double)statistics.loss_in;
    sums->goodput_out += statistics.goodput_out;
    sums->goodput_in += statistics.goodput_in;
    sums->count++;
}

static void compare_times(uint32_t side, const witness_way *before, const readings *sums)
{
    const witness_way *way = it.witness.ways[side];
    double trips = (double)(way->round_trips - before->round_trips);
    double rtt = (double)(way->round_trips_us - before->round_trips_us) / trips;
    double jitter = (double)(way->differences_us - before->differences_us) / trips;
    expect_near("round trip time", sums->rtt / sums->count, rtt, 500);
    expect_near("jitter", sums->jitter / sums->count, jitter, 500);
}

static void compare_loss(uint32_t side, const readings *sums)
{
    const witness_way *out = it.witness.ways[side];
    const witness_way *in = it.witness.ways[1 - side];
    mn_statistics statistics = statistics_of(side);
    double lost = (double)(out->asking - out->arrived_asking);
    double told = (double)(statistics.packets_lost - statistics.packets_lost_spuriously);
    double missing = (double)(in->count - in->arrived);
    expect_near("packets lost", told, lost, 2);
    expect_near("packets missing", (double)statistics.packets_missing, missing, 2);
    expect_near("loss out", sums->loss_out / sums->count, lost / (double)out->asking, 0.0025);
    expect_near("loss in", sums->loss_in / sums->count, missing / (double)in->count, 0.0025);
    assert_int_equal(statistics.packets_sent, out->count);
    assert_int_equal(statistics.packets_received, in->arrived);
    assert_int_equal(statistics.bytes_sent, out->bytes);
    assert_int_equal(statistics.bytes_received, in->arrived_bytes);
}

static void compare_messages(uint32_t side, const test_line *line)
{
    const witness_way *way = it.witness.ways[side];
    mn_statistics statistics = statistics_of(side);
    assert_int_equal(statistics.messages_resent + statistics.messages_copied, way->copies);
    if ((line->loads[side].how & MN_REDUNDANT(3)) == 0) {
        assert_int_equal(statistics.messages_copied, 0);
    }
    if (line->conditions.loss == 0 && line->conditions.jitter_us == 0) {
        assert_int_equal(statistics.messages_resent, 0);
    }
    assert_int_equal(statistics.messages_sent, way->messages);
    assert_int_equal(statistics.message_bytes_sent, it.sent_bytes[side]);
    assert_int_equal(statistics.message_bytes_received, it.taken_bytes[side]);
}

static void play_line(const test_line *line, uint64_t seed)
{
    static witness_way before[2];
    readings sums[2] = {{0}};
    begin(&line->conditions, seed, 0);
    run(line->loads, 3 * SECOND);
    memcpy(&before[0], it.witness.ways[0], sizeof(before[0]));
    memcpy(&before[1], it.witness.ways[1], sizeof(before[1]));
    uint64_t sent[2] = {it.sent_bytes[0], it.sent_bytes[1]};
    uint64_t taken[2] = {it.taken_bytes[0], it.taken_bytes[1]};
    enum { READINGS = 3600 };
    for (uint32_t i = 0; i < READINGS; i++) {
        run(line->loads, 50 * MS);
        read(0, &sums[0]);
        read(1, &sums[1]);
    }
    double seconds = (double)READINGS * 0.05;
    for (uint32_t side = 0; side < 2; side++) {
        compare_times(side, &before[side], &sums[side]);
        expect_near("goodput out", sums[side].goodput_out / (double)READINGS,
                    (double)(it.sent_bytes[side] - sent[side]) / seconds, 0);
        expect_near("goodput in", sums[side].goodput_in / (double)READINGS,
                    (double)(it.taken_bytes[side] - taken[side]) / seconds, 0);
    }
    run(NULL, 5 * SECOND);
    for (uint32_t side = 0; side < 2; side++) {
        compare_loss(side, &sums[side]);
        compare_messages(side, line);
        mn_statistics statistics = statistics_of(side);
        /* Nothing has been sent for five seconds. */
        assert_true(statistics.goodput_out < sums[side].goodput_out / (double)READINGS / 4);
        assert_true(statistics.goodput_in < sums[side].goodput_in / (double)READINGS / 4);
        assert_int_equal(statistics.queue_us, 0);
    }
    end();
}

static void peers_know_what_the_line_does(void **state)
{
    (void)state;
    static const test_line lines[] = {
        {{.struct_size = sizeof(mn_conditions), .latency_us = 20000},
         {{50, 100, MN_RELIABLE}, {16, 60, MN_UNRELIABLE}}},
        {{.struct_size = sizeof(mn_conditions), .latency_us = 40000, .jitter_us = 20000},
         {{16, 300, MN_RELIABLE}, {33, 40, MN_RELIABLE}}},
        {{.struct_size = sizeof(mn_conditions), .latency_us = 50000, .loss = 0.05f},
         {{16, 64, MN_RELIABLE}, {16, 64, MN_RELIABLE | MN_REDUNDANT(1)}}},
        {{.struct_size = sizeof(mn_conditions),
          .latency_us = 30000,
          .jitter_us = 30000,
          .loss = 0.1f,
          .duplicate = 0.02f},
         {{20, 500, MN_UNORDERED}, {16, 30, MN_RELIABLE | MN_REDUNDANT(2)}}},
        {{.struct_size = sizeof(mn_conditions), .latency_us = 10000, .loss = 0.02f, .burst = 3},
         {{16, 200, MN_NOTIFY}, {20, 32, MN_RELIABLE}}},
        {{.struct_size = sizeof(mn_conditions), .latency_us = 60000},
         {{16, 100, MN_SEQUENCED | MN_REDUNDANT(1)}, {250, 100, MN_RELIABLE | MN_REDUNDANT(1)}}},
    };
    for (uint64_t seed = 0; seed < (TEST_IS_SANITIZED ? 1 : 3); seed++) {
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
            play_line(&lines[i], test_seed(1) + seed);
        }
    }
}

/* ---- the queue */

/* More is sent than the window lets out: at each moment the oldest that waits has waited as long as
   is told, and over a while that is how long messages wait before they leave. */
static void play_queue(const mn_conditions *conditions, const test_load *load, uint32_t in_flight)
{
    const test_load loads[2] = {{0}, *load};
    const uint64_t *first_sent_us;
    uint64_t waited_us = 0;
    uint64_t told_us = 0;
    uint32_t left = 0;
    enum { READINGS = 5000 };
    begin(conditions, test_seed(1), in_flight);
    first_sent_us = it.witness.ways[1]->first_sent_us;
    run(loads, 10 * SECOND);
    uint32_t oldest = 0;
    for (uint32_t i = 0; i < READINGS; i++) {
        run(loads, MS);
        for (; oldest < it.sent[1] && first_sent_us[oldest] != 0; oldest++) {
            if (i > 0) {
                waited_us += first_sent_us[oldest] - it.sent_us[1][oldest];
                left++;
            }
        }
        assert_true(oldest < it.sent[1]);
        mn_statistics statistics = statistics_of(1);
        assert_int_equal(statistics.queue_us, it.world->now_us - it.sent_us[1][oldest]);
        assert_true(statistics.queue_bytes > 0);
        told_us += statistics.queue_us;
    }
    assert_true(left > 25);
    expect_near("queue time", (double)told_us / (double)READINGS, (double)waited_us / left, 0);
    run(NULL, 10 * SECOND);
    mn_statistics statistics = statistics_of(1);
    assert_int_equal(statistics.queue_us, 0);
    assert_int_equal(statistics.queue_bytes, 0);
    end();
}

static void peers_know_how_long_messages_wait(void **state)
{
    (void)state;
    static const mn_conditions lines[] = {
        {.struct_size = sizeof(mn_conditions), .latency_us = 50000},
        {.struct_size = sizeof(mn_conditions), .latency_us = 20000, .jitter_us = 10000},
        {.struct_size = sizeof(mn_conditions), .latency_us = 20000, .loss = 0.05f},
    };
    static const test_load loads[] = {
        {2, 400, MN_RELIABLE}, {1, 100, MN_UNORDERED}, {20, 3000, MN_RELIABLE}};
    for (uint32_t i = 0; i < 3; i++) {
        play_queue(&lines[i], &loads[i], 4000);
        play_queue(&lines[i], &loads[(i + 1) % 3], 2500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_know_what_the_line_does),
        cmocka_unit_test(peers_know_how_long_messages_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
