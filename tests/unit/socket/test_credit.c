/* SPDX-License-Identifier: MIT */
/* Credit on both sides, and the allowance beside it. */
#include "socket/credit.h"
#include "support/test.h"

static void a_sender_spends_up_to_the_limit_and_no_further(void **state)
{
    (void)state;
    mni_credit_out credit = {.limit = 100};
    assert_true(mni_credit_out_allows(&credit, 100));
    assert_false(mni_credit_out_allows(&credit, 101));
    mni_credit_out_spend(&credit, 60);
    assert_true(mni_credit_out_allows(&credit, 40));
    assert_false(mni_credit_out_allows(&credit, 41));
}

static void an_old_grant_takes_nothing_back(void **state)
{
    (void)state;
    mni_credit_out credit = {.limit = 100};
    mni_credit_out_raise(&credit, 300);
    mni_credit_out_raise(&credit, 200);
    assert_int_equal(credit.limit, 300);
    mni_credit_out_raise(&credit, UINT64_MAX);
    mni_credit_out_spend(&credit, 1000);
    assert_true(mni_credit_out_allows(&credit, UINT32_MAX));
}

static void half_a_window_read_grants_a_whole_one_ahead(void **state)
{
    (void)state;
    mni_credit_in credit;
    mni_credit_in_init(&credit, 1000);
    mni_credit_in_spend(&credit, 1000);
    assert_false(mni_credit_in_allows(&credit, 1));
    mni_credit_in_return(&credit, MN_RELIABLE, 499);
    assert_false(credit.is_due);
    mni_credit_in_return(&credit, MN_RELIABLE, 1);
    assert_true(credit.is_due);
    assert_int_equal(credit.granted, 1500);
    assert_true(mni_credit_in_allows(&credit, 500));
    assert_false(mni_credit_in_allows(&credit, 501));
}

static void both_sides_always_agree_and_never_stand_still(void **state)
{
    (void)state;
    mni_credit_out sender = {.limit = 4000};
    mni_credit_in receiver;
    mni_credit_in_init(&receiver, 4000);
    uint32_t unread[64] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        uint32_t cost = mni_message_cost(i * 37 % 1984); /* up to half a window */
        while (!mni_credit_out_allows(&sender, cost)) {
            assert_true(count > 0);
            mni_credit_in_return(&receiver, MN_RELIABLE, unread[--count]);
            if (receiver.is_due) {
                mni_credit_in_told(&receiver, i);
                mni_credit_out_raise(&sender, receiver.granted);
            }
        }
        mni_credit_out_spend(&sender, cost);
        assert_true(mni_credit_in_allows(&receiver, cost));
        mni_credit_in_spend(&receiver, cost);
        if (count == 64) {
            mni_credit_in_return(&receiver, MN_RELIABLE, unread[--count]);
        }
        unread[count++] = cost;
    }
}

static void only_the_newest_grant_is_told_again(void **state)
{
    (void)state;
    mni_credit_in credit;
    mni_credit_in_init(&credit, 1000);
    mni_credit_in_return(&credit, MN_RELIABLE, 500);
    mni_credit_in_told(&credit, 7);
    assert_false(credit.is_due);
    mni_credit_in_return(&credit, MN_RELIABLE, 500);
    mni_credit_in_told(&credit, 9);
    mni_credit_in_lost(&credit, 7);
    assert_false(credit.is_due);
    mni_credit_in_lost(&credit, 9);
    assert_true(credit.is_due);
}

static void unreliable_messages_have_their_own_allowance(void **state)
{
    (void)state;
    mni_credit_in credit;
    mni_credit_in_init(&credit, 1000);
    mni_credit_in_spend_loose(&credit, 900);
    assert_true(mni_credit_in_allows(&credit, 1000));
    assert_true(mni_credit_in_allows_loose(&credit, 100));
    assert_false(mni_credit_in_allows_loose(&credit, 101));
    mni_credit_in_return(&credit, MN_NOTIFY, 400);
    mni_credit_in_return(&credit, MN_UNRELIABLE, 500);
    assert_int_equal(credit.loose, 0);
    assert_int_equal(credit.returned, 0);
    assert_false(credit.is_due);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_spends_up_to_the_limit_and_no_further),
        cmocka_unit_test(an_old_grant_takes_nothing_back),
        cmocka_unit_test(half_a_window_read_grants_a_whole_one_ahead),
        cmocka_unit_test(both_sides_always_agree_and_never_stand_still),
        cmocka_unit_test(only_the_newest_grant_is_told_again),
        cmocka_unit_test(unreliable_messages_have_their_own_allowance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
