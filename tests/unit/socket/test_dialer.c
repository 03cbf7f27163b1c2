/* SPDX-License-Identifier: MIT */
/* When a client says what, in virtual time. */
#include "base/random.h"
#include "base/timer.h"
#include "socket/dialer.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

enum { TIMEOUT_US = 15000000 };

static const uint8_t cookie[MNI_COOKIE_SIZE] = {2};
static const uint8_t other_cookie[MNI_COOKIE_SIZE] = {3};

static void hellos_are_said_in_growing_intervals(void **state)
{
    (void)state;
    const uint64_t expected_us[] = {0, 200000, 500000, 950000, 1450000, 1950000};
    mni_dialer dialer;
    uint64_t start_us = 5000;
    mni_dialer_init(&dialer);
    assert_int_equal(mni_dialer_next_us(&dialer), 0);
    for (size_t i = 0; i < sizeof(expected_us) / sizeof(expected_us[0]); i++) {
        uint64_t due_us = start_us + expected_us[i];
        if (i > 0) {
            assert_int_equal(mni_dialer_next_us(&dialer), due_us);
            assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, due_us - 1), MNI_DIAL_WAIT);
        }
        assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, due_us), MNI_DIAL_SAY);
        assert_false(dialer.has_cookie);
    }
}

static void it_gives_up_when_its_time_is_over(void **state)
{
    (void)state;
    mni_dialer dialer;
    uint64_t start_us = UINT64_C(1) << 50;
    mni_dialer_init(&dialer);
    uint64_t now_us = start_us;
    uint32_t said = 0;
    while (mni_dialer_tick(&dialer, TIMEOUT_US, now_us) == MNI_DIAL_SAY) {
        said++;
        now_us = mni_dialer_next_us(&dialer);
    }
    assert_int_equal(now_us, start_us + TIMEOUT_US);
    assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, now_us), MNI_DIAL_GIVE_UP);
    assert_true(said >= 30);
}

static void a_cookie_is_used_at_once_and_again(void **state)
{
    (void)state;
    mni_dialer dialer;
    mni_dialer_init(&dialer);
    assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, 1000), MNI_DIAL_SAY);
    assert_true(mni_dialer_take_retry(&dialer, cookie, 41000));
    assert_int_equal(mni_dialer_next_us(&dialer), 41000);
    assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, 41000), MNI_DIAL_SAY);
    assert_int_equal(mni_dialer_waited_us(&dialer, 81000), 40000);
    assert_true(dialer.has_cookie);
    assert_memory_equal(dialer.cookie, cookie, MNI_COOKIE_SIZE);
    assert_int_equal(mni_dialer_next_us(&dialer), 241000);
    assert_false(
        mni_dialer_take_retry(&dialer, other_cookie, 42000)); /* the answer to another hello */
    assert_memory_equal(dialer.cookie, cookie, MNI_COOKIE_SIZE);
    assert_int_equal(mni_dialer_next_us(&dialer), 241000);
}

static void an_old_cookie_is_thrown_away(void **state)
{
    (void)state;
    mni_dialer dialer;
    mni_dialer_init(&dialer);
    assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, 0), MNI_DIAL_SAY);
    assert_true(mni_dialer_take_retry(&dialer, cookie, 0));
    uint64_t now_us = 0;
    while (now_us < MNI_DIAL_RENEW_US) {
        assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, now_us), MNI_DIAL_SAY);
        assert_true(dialer.has_cookie);
        now_us = mni_dialer_next_us(&dialer);
    }
    assert_int_equal(mni_dialer_tick(&dialer, TIMEOUT_US, now_us), MNI_DIAL_SAY);
    assert_false(dialer.has_cookie);
    assert_int_equal(mni_dialer_waited_us(&dialer, now_us), 0);
    assert_true(now_us < MNI_COOKIE_LIFETIME_US - 1000000);
    assert_true(mni_dialer_take_retry(&dialer, cookie, now_us));
}

static void one_message_that_nobody_listens_is_not_believed(void **state)
{
    (void)state;
    mni_dialer dialer;
    mni_dialer_init(&dialer);
    assert_false(mni_dialer_take_closed(&dialer));
    assert_false(mni_dialer_take_closed(&dialer));
    assert_true(mni_dialer_take_retry(&dialer, cookie, 0)); /* somebody does */
    assert_false(mni_dialer_take_closed(&dialer));
    assert_false(mni_dialer_take_closed(&dialer));
    assert_true(mni_dialer_take_closed(&dialer));
}

/* Against a server that answers everything, over a line that loses three in ten each way. */
static bool gets_through(mni_random *random)
{
    mni_dialer dialer;
    uint64_t now_us = 0;
    mni_dialer_init(&dialer);
    while (mni_dialer_tick(&dialer, TIMEOUT_US, now_us) == MNI_DIAL_SAY) {
        bool is_answered = mni_random_chance(random, 0.7 * 0.7);
        if (is_answered && dialer.has_cookie) {
            return true;
        }
        if (is_answered) {
            now_us += 100000;
            (void)mni_dialer_take_retry(&dialer, cookie, now_us);
        }
        now_us = mni_dialer_next_us(&dialer);
    }
    return false;
}

static void heavy_loss_fails_nobody(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 20000; round++) {
        if (!gets_through(&random)) {
            fail_msg("given up, seed %" PRIu64 ", round %u", seed, round);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hellos_are_said_in_growing_intervals),
        cmocka_unit_test(it_gives_up_when_its_time_is_over),
        cmocka_unit_test(a_cookie_is_used_at_once_and_again),
        cmocka_unit_test(an_old_cookie_is_thrown_away),
        cmocka_unit_test(one_message_that_nobody_listens_is_not_believed),
        cmocka_unit_test(heavy_loss_fails_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
