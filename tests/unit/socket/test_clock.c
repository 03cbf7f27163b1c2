/* SPDX-License-Identifier: MIT */
/* The clock of a peer, and where it stands still. */
#include "base/timer.h"
#include "socket/clock.h"
#include "support/test.h"

#include <stdbool.h>

static mni_clock started_at(uint64_t told_us)
{
    mni_clock clock;
    mni_clock_init(&clock, 2000);
    assert_false(mni_clock_advance(&clock, told_us));
    return clock;
}

static void the_first_time_told_is_no_jump(void **state)
{
    (void)state;
    mni_clock clock = started_at(UINT64_MAX / 2);
    assert_true(clock.now_us < UINT64_MAX / 2);
    assert_int_equal(clock.told_us, UINT64_MAX / 2);
}

static void it_follows_small_steps(void **state)
{
    (void)state;
    mni_clock clock = started_at(500);
    uint64_t start_us = clock.now_us;
    assert_false(mni_clock_advance(&clock, 501));
    assert_false(mni_clock_advance(&clock, 2501)); /* just the gap */
    assert_int_equal(clock.now_us - start_us, 2001);
}

static void a_jump_counts_as_nothing(void **state)
{
    (void)state;
    mni_clock clock = started_at(500);
    uint64_t start_us = clock.now_us;
    assert_true(mni_clock_advance(&clock, 2501));
    assert_int_equal(clock.now_us, start_us);
    assert_false(mni_clock_advance(&clock, 2511));
    assert_int_equal(clock.now_us, start_us + 10);
    assert_true(mni_clock_advance(&clock, UINT64_MAX));
    assert_int_equal(clock.now_us, start_us + 10);
}

static void time_that_goes_backwards_stands_still(void **state)
{
    (void)state;
    mni_clock clock = started_at(5000);
    uint64_t start_us = clock.now_us;
    assert_false(mni_clock_advance(&clock, 0));
    assert_int_equal(clock.told_us, 5000);
    assert_false(mni_clock_advance(&clock, 5001));
    assert_int_equal(clock.now_us, start_us + 1);
}

static void a_due_time_is_told_in_the_callers_time(void **state)
{
    (void)state;
    mni_clock clock = started_at(500);
    (void)mni_clock_advance(&clock, 100000); /* a jump: the two clocks differ from here on */
    assert_int_equal(mni_clock_told_us(&clock, clock.now_us + 70), 100070);
    assert_int_equal(mni_clock_told_us(&clock, clock.now_us - 70), 100000);
    assert_int_equal(mni_clock_told_us(&clock, MNI_NEVER), MNI_NEVER);
}

static void who_sleeps_as_told_never_looks_like_a_jump(void **state)
{
    (void)state;
    mni_clock clock = started_at(500);
    uint64_t due_us = clock.now_us + 50000;
    for (uint32_t i = 0; clock.now_us < due_us; i++) {
        assert_true(i < 1000);
        /* It oversleeps by a little. */
        assert_false(mni_clock_advance(&clock, mni_clock_told_us(&clock, due_us) + 900));
    }
}

static void the_end_of_time_does_not_wrap(void **state)
{
    (void)state;
    mni_clock clock = started_at(UINT64_MAX - 10);
    assert_int_equal(mni_clock_told_us(&clock, clock.now_us + 500), MNI_NEVER - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_time_told_is_no_jump),
        cmocka_unit_test(it_follows_small_steps),
        cmocka_unit_test(a_jump_counts_as_nothing),
        cmocka_unit_test(time_that_goes_backwards_stands_still),
        cmocka_unit_test(a_due_time_is_told_in_the_callers_time),
        cmocka_unit_test(who_sleeps_as_told_never_looks_like_a_jump),
        cmocka_unit_test(the_end_of_time_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
