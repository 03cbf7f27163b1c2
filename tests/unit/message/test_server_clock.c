/* SPDX-License-Identifier: MIT */
/* The estimate of the server's clock: right in the end, never going back on the way there. */
#include "base/random.h"
#include "message/server_clock.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

#define SECOND_US UINT64_C(1000000)
#define START_US (5 * SECOND_US)

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void without_a_word_from_the_server_it_is_our_own_time(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, 100);
    assert_int_equal(mni_server_clock_time(&clock, 12345), 12345);
}

static void a_round_trip_tells_the_time_in_its_middle(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, 0);
    /* 30 ms there, 10 ms held, 30 ms back: the server read 900000 at our 1030000. */
    assert_true(mni_server_clock_add(&clock, 1000000, 900000, 10000, 1070000));
    assert_int_equal(mni_server_clock_time(&clock, 1070000), 940000);
    assert_int_equal(mni_server_clock_time(&clock, 2070000), 1940000);
}

static void a_server_whose_clock_is_behind_or_ahead_by_years_is_understood(void **state)
{
    (void)state;
    static const uint64_t server_us[] = {0, 1, UINT64_C(1) << 40, UINT64_C(1) << 62};
    for (uint32_t i = 0; i < 4; i++) {
        mni_server_clock clock;
        mni_server_clock_init(&clock, START_US);
        assert_true(mni_server_clock_add(&clock, START_US, server_us[i], 0, START_US + 2000));
        assert_int_equal(mni_server_clock_time(&clock, START_US + 2000), server_us[i] + 1000);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, 0);
    assert_false(mni_server_clock_add(&clock, 2001, 0, 0, 2000));    /* sent in the future */
    assert_false(mni_server_clock_add(&clock, 1000, 0, 1001, 2000)); /* held for too long */
    assert_false(mni_server_clock_add(&clock, 0, 0, UINT64_MAX, 2000));
    assert_int_equal(mni_server_clock_time(&clock, 3000), 3000);
    /* But no time at all may be. */
    assert_true(mni_server_clock_add(&clock, 1000, 5000, 1000, 2000));
    assert_true(mni_server_clock_add(&clock, 2000, 6000, 0, 2000));
    assert_int_equal(mni_server_clock_time(&clock, 2000), 6000);
}

static void a_guess_counts_until_the_first_round_trip(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, START_US);
    mni_server_clock_guess(&clock, 100, START_US);
    assert_int_equal(mni_server_clock_time(&clock, START_US + 50), 150);
    assert_true(mni_server_clock_add(&clock, START_US, 11100, 0, START_US + 2000));
    assert_int_equal(mni_server_clock_time(&clock, START_US + 2000), 12100);
    mni_server_clock_guess(&clock, 0, START_US + 3000);
    assert_int_equal(mni_server_clock_time(&clock, START_US + 3000), 13100);
}

static void the_fastest_of_the_recent_round_trips_is_believed(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, START_US);
    /* The true offset is 0. A trip of 4 ms, then slow ones whose way back was the slow one. */
    uint64_t now_us = START_US;
    assert_true(mni_server_clock_add(&clock, now_us, now_us + 2000, 0, now_us + 4000));
    for (uint32_t i = 0; i < MNI_TRIPS_MAX - 1; i++) {
        now_us += SECOND_US;
        assert_true(mni_server_clock_add(&clock, now_us, now_us + 2000, 0, now_us + 90000));
        assert_int_equal(mni_server_clock_time(&clock, now_us + 90000), now_us + 90000);
    }
    /* The fast one is forgotten, and the estimate follows what there is. */
    for (uint32_t i = 0; i < 2; i++) {
        now_us += SECOND_US;
        assert_true(mni_server_clock_add(&clock, now_us, now_us + 2000, 0, now_us + 90000));
    }
    now_us += SECOND_US;
    assert_int_equal(mni_server_clock_time(&clock, now_us), now_us + 2000 - 45000);
}

static void an_old_trip_yields_to_one_that_is_only_a_little_slower(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, START_US);
    assert_true(mni_server_clock_add(&clock, START_US, START_US + 1000, 0, START_US + 2000));
    /* A minute later, 6 ms of drift are possible: a trip of 4 ms knows better. */
    uint64_t now_us = START_US + 60 * SECOND_US;
    assert_true(mni_server_clock_add(&clock, now_us, now_us + 2000 + 3000, 0, now_us + 4000));
    now_us += SECOND_US;
    assert_int_equal(mni_server_clock_time(&clock, now_us), now_us + 3000);
}

static void a_clock_that_was_set_is_noticed_at_once(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, START_US);
    assert_true(mni_server_clock_add(&clock, START_US, START_US + 1000, 0, START_US + 2000));
    /* Our machine slept while its clock stood: the server is an hour ahead now. The new trip is
       much slower, but the two cannot both be right. */
    uint64_t now_us = START_US + SECOND_US;
    uint64_t hour_us = 3600 * SECOND_US;
    assert_true(mni_server_clock_add(&clock, now_us, now_us + hour_us + 40000, 0, now_us + 80000));
    assert_int_equal(mni_server_clock_time(&clock, now_us + 80000), now_us + hour_us + 80000);
}

static void a_correction_backwards_slows_the_clock_down(void **state)
{
    (void)state;
    mni_server_clock clock;
    mni_server_clock_init(&clock, START_US);
    /* 40 ms too early, because the way there was the slow one; then a fast trip. */
    assert_true(mni_server_clock_add(&clock, START_US, START_US + 80000, 0, START_US + 80000));
    uint64_t now_us = START_US + SECOND_US;
    uint64_t shown_us = mni_server_clock_time(&clock, now_us);
    assert_int_equal(shown_us, now_us + 40000);
    assert_true(mni_server_clock_add(&clock, now_us - 2000, now_us - 1000, 0, now_us));
    assert_int_equal(mni_server_clock_time(&clock, now_us), shown_us);
    assert_int_equal(mni_server_clock_time(&clock, now_us + 80000), shown_us + 70000);
    assert_int_equal(mni_server_clock_time(&clock, now_us + 400000), now_us + 400000);
}

/* One world: two clocks of different speed, a jittery line. */
static void run(uint64_t seed, uint64_t jitter_us, uint64_t allowed_us)
{
    mni_random random;
    mni_random_init(&random, seed);
    uint64_t ahead_us = mni_random_below(&random, UINT64_C(1) << 50);
    mni_server_clock clock;
    mni_server_clock_init(&clock, START_US);
    uint64_t shown_us = 0;
    uint64_t ping_us = 0;
    uint64_t pinged_us = 0;
    uint64_t pong_us = UINT64_MAX;
    uint64_t server_us = 0;
    for (uint64_t now_us = START_US; now_us < START_US + 120 * SECOND_US; now_us += 7000) {
        uint64_t truth_us = now_us + ahead_us + (now_us - START_US) / 20000; /* 50 ppm fast */
        if (now_us >= clock.ping_us && pong_us == UINT64_MAX) {
            mni_server_clock_pinged(&clock, now_us);
            uint64_t there_us = 20000 + mni_random_below(&random, jitter_us + 1);
            uint64_t back_us = 20000 + mni_random_below(&random, jitter_us + 1);
            pinged_us = now_us;
            server_us = truth_us + there_us;
            pong_us = now_us + there_us + back_us;
        }
        if (now_us >= pong_us) {
            pong_us = UINT64_MAX;
            (void)mni_random_chance(&random, 0.5);
            assert_true(mni_server_clock_add(&clock, pinged_us, server_us, 0, now_us));
            ping_us++;
        }
        if (ping_us == 0) {
            continue;
        }
        uint64_t before_us = shown_us;
        shown_us = mni_server_clock_time(&clock, now_us);
        if (shown_us < before_us) {
            fail_msg("it went back: seed %" PRIu64, seed);
        }
        if (now_us > START_US + 5 * SECOND_US && distance(shown_us, truth_us) > allowed_us) {
            fail_msg("off by %" PRIu64 " us: seed %" PRIu64, distance(shown_us, truth_us), seed);
        }
    }
    assert_in_range(ping_us, MNI_TRIPS_MAX + 20, MNI_TRIPS_MAX + 25);
}

static void under_jitter_and_drift_it_stays_near_the_truth(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    for (uint64_t i = 0; i < 20; i++) {
        run(seed + i, 0, 6000); /* half of a step of 7 ms, and drift */
        run(seed + i, 50000, 26000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_word_from_the_server_it_is_our_own_time),
        cmocka_unit_test(a_round_trip_tells_the_time_in_its_middle),
        cmocka_unit_test(a_server_whose_clock_is_behind_or_ahead_by_years_is_understood),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_guess_counts_until_the_first_round_trip),
        cmocka_unit_test(the_fastest_of_the_recent_round_trips_is_believed),
        cmocka_unit_test(an_old_trip_yields_to_one_that_is_only_a_little_slower),
        cmocka_unit_test(a_clock_that_was_set_is_noticed_at_once),
        cmocka_unit_test(a_correction_backwards_slows_the_clock_down),
        cmocka_unit_test(under_jitter_and_drift_it_stays_near_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
