/* SPDX-License-Identifier: MIT */
/* Each of the three limits holds, lets a second's worth through at once, and recovers. */
#include "socket/quota.h"
#include "support/test.h"

#include <stddef.h>

enum { PLENTY = 1000000000 };

/* How many of 1000 packets of 10 bytes and 2 messages are taken. */
static uint32_t take(mni_quota *quota, const mni_quota_rates *rates, uint64_t now_us)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        taken += mni_quota_spend(quota, rates, 10, 2, now_us) ? 1 : 0;
    }
    return taken;
}

static void each_limit_holds_and_recovers(void **state)
{
    static const mni_quota_rates rates[] = {
        {100, PLENTY, PLENTY}, {PLENTY, 1000, PLENTY}, {PLENTY, PLENTY, 200}};
    static const uint64_t begins_us[] = {0, 1, UINT64_C(1) << 53, UINT64_MAX - 1000000};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 4; j++) {
            mni_quota quota;
            uint64_t now_us = begins_us[j];
            mni_quota_init(&quota, now_us);
            assert_int_equal(take(&quota, &rates[i], now_us), 100);
            assert_int_equal(take(&quota, &rates[i], now_us), 0);
            now_us += 100000;
            assert_int_equal(take(&quota, &rates[i], now_us), 10);
            now_us += 1000000;
            assert_int_equal(take(&quota, &rates[i], now_us), 100);
            now_us += UINT64_C(1000000000); /* more is not saved up; and the clock may wrap */
            assert_int_equal(take(&quota, &rates[i], now_us), 100);
        }
    }
}

static void what_is_larger_than_a_limit_is_taken_once(void **state)
{
    const mni_quota_rates rates = {PLENTY, 100, 1};
    mni_quota quota;
    (void)state;
    mni_quota_init(&quota, 0);
    assert_true(mni_quota_spend(&quota, &rates, 1000, 50, 0));
    assert_false(mni_quota_spend(&quota, &rates, 1, 0, 9000000));
    assert_true(mni_quota_spend(&quota, &rates, 1, 0, 9000001));
    assert_false(mni_quota_spend(&quota, &rates, 1, 1, 49000000));
    assert_true(mni_quota_spend(&quota, &rates, 1, 1, 49000001));
}

/* Acknowledgements pass where messages are too many. */
static void a_packet_without_messages_needs_none(void **state)
{
    const mni_quota_rates rates = {PLENTY, PLENTY, 1};
    mni_quota quota;
    (void)state;
    mni_quota_init(&quota, 0);
    assert_true(mni_quota_spend(&quota, &rates, 10, 5, 0));
    assert_false(mni_quota_spend(&quota, &rates, 10, 1, 0));
    assert_true(mni_quota_spend(&quota, &rates, 10, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_holds_and_recovers),
        cmocka_unit_test(what_is_larger_than_a_limit_is_taken_once),
        cmocka_unit_test(a_packet_without_messages_needs_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
