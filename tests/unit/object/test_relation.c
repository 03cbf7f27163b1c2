/* SPDX-License-Identifier: MIT */
#include "object/history.h"
#include "object/relation.h"
#include "support/test.h"

static mni_relation live(uint16_t version)
{
    mni_relation relation = {0};
    mni_relation_want(&relation, 1, version);
    mni_relation_send(&relation, version, 100);
    mni_relation_delivered(&relation, version);
    assert_int_equal(relation.state, MNI_RELATION_LIVE);
    return relation;
}

static void what_is_wanted_is_sent_at_once(void **state)
{
    (void)state;
    mni_relation relation = {0};
    mni_relation_want(&relation, 7, 3);
    assert_true(mni_relation_is_behind(&relation, 3));
    assert_true(mni_relation_is_due(&relation, 3, 0));
    assert_false(mni_relation_has_baseline(&relation));
    assert_int_equal(relation.object, 7);
}

static void what_is_under_way_is_repeated_after_33_ms(void **state)
{
    (void)state;
    mni_relation relation = {0};
    mni_relation_want(&relation, 7, 3);
    mni_relation_send(&relation, 3, 65530);
    assert_false(mni_relation_is_due(&relation, 3, 65530));
    assert_false(mni_relation_is_due(&relation, 3, (uint16_t)(65530 + 32)));
    assert_true(mni_relation_is_due(&relation, 3, (uint16_t)(65530 + 33)));
    assert_true(mni_relation_is_behind(&relation, 3));
}

static void a_newer_version_does_not_wait(void **state)
{
    (void)state;
    mni_relation relation = live(3);
    assert_false(mni_relation_is_behind(&relation, 3));
    assert_true(mni_relation_is_behind(&relation, 4));
    assert_true(mni_relation_is_due(&relation, 4, 100));
}

static void what_is_lost_is_sent_again_at_once(void **state)
{
    (void)state;
    mni_relation relation = live(3);
    mni_relation_send(&relation, 4, 200);
    assert_false(mni_relation_is_due(&relation, 4, 201));
    mni_relation_lost(&relation, 4);
    assert_true(mni_relation_is_due(&relation, 4, 201));
    assert_true(mni_relation_has_baseline(&relation));
    assert_int_equal(relation.acked, 3);
}

static void a_loss_that_was_overtaken_changes_nothing(void **state)
{
    (void)state;
    mni_relation relation = live(3);
    mni_relation_send(&relation, 4, 200);
    mni_relation_send(&relation, 5, 216);
    mni_relation_lost(&relation, 4);
    assert_false(mni_relation_is_due(&relation, 5, 217));
}

static void acknowledgements_only_lead_forward(void **state)
{
    (void)state;
    static const struct {
        uint16_t acked, delivered, then;
    } cases[] = {{3, 5, 5}, {5, 3, 5}, {65535, 0, 0}, {0, 65535, 0}, {5, 5, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mni_relation relation = live(cases[i].acked);
        mni_relation_delivered(&relation, cases[i].delivered);
        assert_int_equal(relation.acked, cases[i].then);
    }
}

static void after_a_reset_old_versions_do_not_count(void **state)
{
    (void)state;
    mni_relation relation = live(3);
    mni_relation_send(&relation, 4, 200);
    mni_relation_reset(&relation, 5);
    assert_false(mni_relation_has_baseline(&relation));
    assert_true(mni_relation_is_due(&relation, 5, 201));
    mni_relation_delivered(&relation, 4);
    assert_false(mni_relation_has_baseline(&relation));
    mni_relation_send(&relation, 5, 201);
    mni_relation_delivered(&relation, 5);
    assert_true(mni_relation_has_baseline(&relation));
    assert_false(mni_relation_is_behind(&relation, 5));
}

static void a_version_too_old_to_be_named_is_forgotten(void **state)
{
    (void)state;
    mni_relation relation = live(100);
    mni_relation_age(&relation, 100 + MNI_HISTORY_REACH - 1, 150);
    assert_true(mni_relation_has_baseline(&relation));
    mni_relation_age(&relation, 100 + MNI_HISTORY_REACH, 150);
    assert_false(mni_relation_has_baseline(&relation));
    assert_int_equal(relation.acked, 150);
}

static void what_a_call_named_does_not_go_without_a_word(void **state)
{
    (void)state;
    mni_relation relation = {0};
    mni_relation_want(&relation, 7, 3);
    mni_relation_name(&relation);
    assert_true(mni_relation_is_due(&relation, 3, 0));
    assert_true(mni_relation_go(&relation, 14));
    assert_true(mni_relation_is_due(&relation, 0, 0));
    relation = live(3);
    mni_relation_name(&relation);
    assert_true(mni_relation_has_baseline(&relation));
}

static void who_never_heard_of_it_is_not_told_that_it_is_gone(void **state)
{
    (void)state;
    mni_relation relation = {.generation = 255};
    mni_relation_want(&relation, 7, 3);
    assert_false(mni_relation_go(&relation, 14));
    assert_int_equal(relation.state, MNI_RELATION_FREE);
    assert_int_equal(relation.generation, 0);
}

static void gone_is_repeated_and_frees_the_slot(void **state)
{
    (void)state;
    mni_relation relation = {0};
    mni_relation_want(&relation, 7, 3);
    mni_relation_send(&relation, 3, 100); /* not acknowledged */
    assert_true(mni_relation_go(&relation, 14));
    assert_int_equal(relation.object, 14);
    assert_true(mni_relation_is_behind(&relation, 0));
    assert_true(mni_relation_is_due(&relation, 0, 101));
    mni_relation_send(&relation, 0, 101);
    assert_false(mni_relation_is_due(&relation, 0, 102));
    assert_true(mni_relation_is_due(&relation, 0, 134));
    mni_relation_lost(&relation, 0);
    assert_true(mni_relation_is_due(&relation, 0, 102));
    mni_relation_free(&relation);
    assert_int_equal(relation.state, MNI_RELATION_FREE);
    assert_int_equal(relation.generation, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wanted_is_sent_at_once),
        cmocka_unit_test(what_is_under_way_is_repeated_after_33_ms),
        cmocka_unit_test(a_newer_version_does_not_wait),
        cmocka_unit_test(what_is_lost_is_sent_again_at_once),
        cmocka_unit_test(a_loss_that_was_overtaken_changes_nothing),
        cmocka_unit_test(acknowledgements_only_lead_forward),
        cmocka_unit_test(after_a_reset_old_versions_do_not_count),
        cmocka_unit_test(a_version_too_old_to_be_named_is_forgotten),
        cmocka_unit_test(who_never_heard_of_it_is_not_told_that_it_is_gone),
        cmocka_unit_test(what_a_call_named_does_not_go_without_a_word),
        cmocka_unit_test(gone_is_repeated_and_frees_the_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
