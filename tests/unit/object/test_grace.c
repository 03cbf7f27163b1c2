/* SPDX-License-Identifier: MIT */
#include "object/grace.h"
#include "support/memory.h"
#include "support/test.h"

typedef struct fixture {
    test_allocator allocator;
    mni_memory memory;
    mni_grace grace;
} fixture;

static void open_grace(fixture *all)
{
    test_allocator_init(&all->allocator);
    mni_memory_init(&all->memory, &all->allocator.table, 0);
    mni_grace_init(&all->grace, &all->memory, 1);
}

static void close_grace(fixture *all)
{
    mni_grace_clear(&all->grace);
    assert_int_equal(all->allocator.live, 0);
}

static void five_seconds_are_excused(void **state)
{
    (void)state;
    fixture all;
    open_grace(&all);
    mni_grace_note(&all.grace, 3, 7, 1000);
    assert_true(mni_grace_excuses(&all.grace, 3, 7, 1000));
    assert_false(mni_grace_excuses(&all.grace, 4, 7, 1000));
    assert_false(mni_grace_excuses(&all.grace, 3, 8, 1000));
    assert_true(mni_grace_excuses(&all.grace, 3, 7, 1000 + MNI_GRACE_US - 1));
    assert_false(mni_grace_excuses(&all.grace, 3, 7, 1000 + MNI_GRACE_US));
    assert_int_equal(all.grace.losses.count, 0);
    close_grace(&all);
}

static void a_second_loss_lasts_as_long_as_the_later(void **state)
{
    (void)state;
    fixture all;
    open_grace(&all);
    mni_grace_note(&all.grace, 0, 7, 0);
    mni_grace_note(&all.grace, 0, 7, 2000000);
    assert_true(mni_grace_excuses(&all.grace, 0, 7, MNI_GRACE_US));
    assert_true(mni_grace_excuses(&all.grace, 0, 7, 2000000 + MNI_GRACE_US - 1));
    assert_false(mni_grace_excuses(&all.grace, 0, 7, 2000000 + MNI_GRACE_US));
    close_grace(&all);
}

static void what_cannot_be_remembered_excuses_everything(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at <= 3; fail_at++) {
        fixture all;
        open_grace(&all);
        all.allocator.fail_at = fail_at;
        mni_grace_note(&all.grace, 0, 7, 0);
        assert_true(mni_grace_excuses(&all.grace, 0, 7, MNI_GRACE_US - 1));
        assert_false(mni_grace_excuses(&all.grace, 0, 7, MNI_GRACE_US));
        close_grace(&all);
    }
    fixture all;
    open_grace(&all);
    for (uint32_t i = 0; i <= 1 << 14; i++) {
        mni_grace_note(&all.grace, 0, i + 1, 0);
    }
    assert_true(mni_grace_excuses(&all.grace, 0, 999999, 1));
    close_grace(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_seconds_are_excused),
        cmocka_unit_test(a_second_loss_lasts_as_long_as_the_later),
        cmocka_unit_test(what_cannot_be_remembered_excuses_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
