/* SPDX-License-Identifier: MIT */
/* Sixteen errors at once, then one a second. */
#include "socket/budget.h"
#include "support/test.h"

static void the_seventeenth_error_at_once_is_too_many(void **state)
{
    (void)state;
    mni_budget budget;
    mni_budget_init(&budget, 1000);
    for (int i = 0; i < MNI_BUDGET_ERRORS; i++) {
        assert_true(mni_budget_spend(&budget, 1000));
    }
    assert_false(mni_budget_spend(&budget, 1000999));
    assert_true(mni_budget_spend(&budget, 1001000));
    assert_false(mni_budget_spend(&budget, 1001001));
}

static void one_error_a_second_is_forgiven_for_ever(void **state)
{
    (void)state;
    mni_budget budget;
    mni_budget_init(&budget, 0);
    for (uint64_t i = 0; i < 100; i++) {
        assert_true(mni_budget_spend(&budget, i * 1000000));
    }
}

static void parts_of_a_second_are_not_lost(void **state)
{
    (void)state;
    mni_budget budget;
    mni_budget_init(&budget, 0);
    uint64_t now_us = 0;
    for (int i = 0; i < MNI_BUDGET_ERRORS; i++) {
        assert_true(mni_budget_spend(&budget, now_us));
    }
    int allowed = 0;
    for (int i = 0; i < 100; i++) {
        now_us += 700000;
        allowed += mni_budget_spend(&budget, now_us);
    }
    assert_int_equal(allowed, 70);
}

static void a_long_pause_gives_no_more_than_a_full_bucket(void **state)
{
    (void)state;
    mni_budget budget;
    mni_budget_init(&budget, 0);
    uint64_t now_us = UINT64_MAX / 2;
    for (int i = 0; i < MNI_BUDGET_ERRORS; i++) {
        assert_true(mni_budget_spend(&budget, now_us));
    }
    assert_false(mni_budget_spend(&budget, now_us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seventeenth_error_at_once_is_too_many),
        cmocka_unit_test(one_error_a_second_is_forgiven_for_ever),
        cmocka_unit_test(parts_of_a_second_are_not_lost),
        cmocka_unit_test(a_long_pause_gives_no_more_than_a_full_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
