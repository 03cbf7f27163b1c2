/* SPDX-License-Identifier: MIT */
/*
 * How long reliable messages take when packets are lost: one ordered stream of 64-byte messages, 60
 * a second, a round trip of 100 ms, both ends run every millisecond. The bounds are a little above
 * what was measured; whoever makes recovery slower meets them.
 */
#include "support/pair.h"
#include "support/seed.h"
#include "support/test.h"

#include <stdlib.h>

#define MS UINT64_C(1000)

enum { CONNECTIONS = 10, MESSAGES = 1200, FLUSH_US = 16667 };

static uint64_t latencies[CONNECTIONS * MESSAGES];
static uint32_t count;
static uint64_t resent;
static uint64_t lost, lost_spuriously;
static test_pair pair;

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

static void run_connection(double loss, uint32_t how, uint64_t seed)
{
    static uint64_t sent_us[MESSAGES];
    mn_peer_config config = test_pair_config();
    test_pair_open(&pair, &config, seed);
    test_pair_set_lines(&pair, &(pair_line){.loss = loss, .latency_us = 50 * MS});
    uint64_t flush_us = pair.now_us;
    uint64_t number = 0;
    uint64_t expected = 0;
    while (expected < MESSAGES) {
        test_pair_step(&pair, MS);
        if (pair.now_us >= flush_us) {
            flush_us += FLUSH_US;
            if (number < MESSAGES) {
                assert_int_equal(test_pair_send(&pair, 0, 64, number, how, 0), MN_OK);
                sent_us[number++] = pair.now_us;
            }
            test_pair_flush(&pair, 0);
            test_pair_flush(&pair, 1);
        }
        mni_peer_event event;
        while (test_pair_take(&pair, 1, &event)) {
            assert_int_equal(test_pair_number(&event), expected);
            latencies[count++] = pair.now_us - sent_us[expected++];
            test_pair_return(&pair, 1, &event);
        }
    }
    mn_statistics statistics;
    mni_connection_statistics(&pair.sides[0].connection, &statistics);
    resent += statistics.messages_resent;
    lost += statistics.packets_lost;
    lost_spuriously += statistics.packets_lost_spuriously;
    test_pair_close(&pair);
}

typedef struct latency_bounds {
    double loss;
    uint32_t redundancy;
    uint64_t mean_ms, p95_ms, p99_ms, max_ms;
    double copies;
} latency_bounds;

static void expect_within(const latency_bounds *bounds)
{
    uint64_t seed = test_seed(1);
    count = 0;
    resent = 0;
    lost = 0;
    lost_spuriously = 0;
    for (uint64_t i = 0; i < CONNECTIONS; i++) {
        run_connection(bounds->loss, MN_RELIABLE | MN_REDUNDANT(bounds->redundancy), seed + i);
    }
    qsort(latencies, count, sizeof(latencies[0]), compare);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += latencies[i];
    }
    uint64_t mean = sum / count;
    uint64_t p95 = latencies[count * 95 / 100];
    uint64_t p99 = latencies[count * 99 / 100];
    uint64_t max = latencies[count - 1];
    double copies = 1.0 + (double)resent / count;
    if (mean > bounds->mean_ms * MS || p95 > bounds->p95_ms * MS || p99 > bounds->p99_ms * MS ||
        max > bounds->max_ms * MS || copies > bounds->copies) {
        fail_msg(
            "at loss %.2f, redundancy %u: mean %llu, p95 %llu, p99 %llu, max %llu us, %.3f copies; "
            "MN_SEED=%llu",
            bounds->loss, bounds->redundancy, (unsigned long long)mean, (unsigned long long)p95,
            (unsigned long long)p99, (unsigned long long)max, copies, (unsigned long long)seed);
    }
    assert_int_equal(lost_spuriously, 0); /* this line keeps the order */
}

static void recovery_is_close_to_what_the_line_allows(void **state)
{
    (void)state;
    static const latency_bounds cases[] = {
        {.loss = 0, .mean_ms = 50, .p95_ms = 50, .p99_ms = 50, .max_ms = 50, .copies = 1},
        {.loss = 0.01, .mean_ms = 56, .p95_ms = 120, .p99_ms = 170, .max_ms = 320, .copies = 1.03},
        {.loss = 0.02, .mean_ms = 61, .p95_ms = 152, .p99_ms = 170, .max_ms = 340, .copies = 1.06},
        {.loss = 0.05, .mean_ms = 74, .p95_ms = 170, .p99_ms = 185, .max_ms = 350, .copies = 1.12},
        {.loss = 0.1, .mean_ms = 96, .p95_ms = 185, .p99_ms = 240, .max_ms = 460, .copies = 1.25},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_within(&cases[i]);
    }
}

static void redundancy_turns_a_round_trip_into_a_frame(void **state)
{
    (void)state;
    static const latency_bounds cases[] = {
        {0, 2, .mean_ms = 50, .p95_ms = 50, .p99_ms = 50, .max_ms = 50, .copies = 3},
        {0.05, 1, .mean_ms = 54, .p95_ms = 68, .p99_ms = 152, .max_ms = 260, .copies = 2.02},
        {0.05, 2, .mean_ms = 52, .p95_ms = 68, .p99_ms = 70, .max_ms = 210, .copies = 3.02},
        {0.1, 2, .mean_ms = 54, .p95_ms = 68, .p99_ms = 105, .max_ms = 330, .copies = 3.04},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_within(&cases[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recovery_is_close_to_what_the_line_allows),
        cmocka_unit_test(redundancy_turns_a_round_trip_into_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
