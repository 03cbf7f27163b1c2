/* SPDX-License-Identifier: MIT */
/* How much there was in a second, and how often something happened. */
#include "socket/rate.h"
#include "socket/ratio.h"
#include "support/test.h"

#define SECOND UINT64_C(1000000)

static void a_steady_flow_is_told_after_a_second(void **state)
{
    (void)state;
    mni_rate rate = {.began_us = 5 * SECOND};
    uint64_t now_us = 5 * SECOND;
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(mni_rate_read(&rate, now_us), 0);
        mni_rate_add(&rate, 100, now_us);
        now_us += SECOND / 50;
    }
    for (uint32_t i = 0; i < 500; i++) {
        assert_int_equal(mni_rate_read(&rate, now_us), 5000);
        mni_rate_add(&rate, 100, now_us);
        now_us += SECOND / 50;
    }
}

static void a_change_is_followed_within_two_seconds(void **state)
{
    (void)state;
    mni_rate rate = {0};
    for (uint64_t ms = 0; ms < 10500; ms += 10) {
        mni_rate_add(&rate, 10, ms * 1000);
    }
    for (uint64_t ms = 10500; ms < 12500; ms += 10) {
        mni_rate_add(&rate, 30, ms * 1000);
    }
    assert_int_equal(mni_rate_read(&rate, 12500 * UINT64_C(1000)), 3000);
    assert_int_equal(mni_rate_read(&rate, 22000 * UINT64_C(1000)), 150); /* nothing since */
}

static void a_rate_has_a_largest_value(void **state)
{
    (void)state;
    mni_rate rate = {0};
    for (uint32_t i = 0; i < 4; i++) {
        mni_rate_add(&rate, UINT32_MAX, 1);
    }
    assert_int_equal(mni_rate_read(&rate, SECOND), UINT32_MAX);
}

static void a_ratio_is_the_mean_of_few_and_moves_with_many(void **state)
{
    (void)state;
    mni_ratio ratio = {0};
    assert_true(mni_ratio_read(&ratio) == 0);
    mni_ratio_revoke(&ratio);
    for (uint32_t i = 0; i < 40; i++) {
        mni_ratio_add(&ratio, i % 4 == 0);
    }
    assert_in_range((int)(mni_ratio_read(&ratio) * 1000), 245, 255);
    for (uint32_t i = 0; i < 1000; i++) {
        mni_ratio_add(&ratio, true);
    }
    assert_in_range((int)(mni_ratio_read(&ratio) * 1000), 995, 1000);
    mni_ratio_revoke(&ratio);
    assert_in_range((int)(mni_ratio_read(&ratio) * 1000), 985, 990);
    for (uint32_t i = 0; i < 1000; i++) {
        mni_ratio_add(&ratio, false);
    }
    assert_in_range((int)(mni_ratio_read(&ratio) * 1000), 0, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_flow_is_told_after_a_second),
        cmocka_unit_test(a_change_is_followed_within_two_seconds),
        cmocka_unit_test(a_rate_has_a_largest_value),
        cmocka_unit_test(a_ratio_is_the_mean_of_few_and_moves_with_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
