/* SPDX-License-Identifier: MIT */
/* An id finds its slot while it lives and nothing afterwards, until the generation has wrapped. */
#include "base/slots.h"
#include "support/memory.h"
#include "support/test.h"

static test_allocator allocator;
static mni_memory memory;

static void start(mni_slots *slots, uint32_t capacity)
{
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    assert_int_equal(mni_slots_init(slots, &memory, capacity), MN_OK);
}

static void finish(mni_slots *slots)
{
    mni_slots_clear(slots);
    assert_int_equal(allocator.live, 0);
    assert_int_equal(mni_slots_find(slots, 1), MNI_SLOT_NONE);
}

static void a_taken_slot_is_found_by_its_id(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, 3);
    uint32_t ids[3];
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(mni_slots_take(&slots, &ids[i]), i);
        assert_int_not_equal(ids[i], 0);
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(mni_slots_find(&slots, ids[i]), i);
        assert_int_equal(mni_slots_id(&slots, i), ids[i]);
    }
    assert_int_equal(slots.count, 3);
    finish(&slots);
}

static void full_is_an_answer_and_changes_nothing(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, 1);
    uint32_t id = 0;
    uint32_t untouched = 77;
    assert_int_equal(mni_slots_take(&slots, &id), 0);
    assert_int_equal(mni_slots_take(&slots, &untouched), MN_ERROR_FULL);
    assert_int_equal(untouched, 77);
    assert_int_equal(mni_slots_find(&slots, id), 0);
    finish(&slots);
}

static void a_given_id_is_stale_also_when_its_slot_lives_again(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, 1);
    uint32_t old;
    uint32_t new;
    assert_int_equal(mni_slots_take(&slots, &old), 0);
    mni_slots_give(&slots, old);
    assert_int_equal(mni_slots_find(&slots, old), MNI_SLOT_NONE);
    assert_int_equal(mni_slots_id(&slots, 0), 0);
    assert_int_equal(mni_slots_take(&slots, &new), 0);
    assert_int_not_equal(new, old);
    assert_int_equal(mni_slots_find(&slots, old), MNI_SLOT_NONE);
    mni_slots_give(&slots, old); /* stale: must not take the new one's slot away */
    assert_int_equal(mni_slots_find(&slots, new), 0);
    assert_int_equal(slots.count, 1);
    finish(&slots);
}

static void ids_that_were_never_given_find_nothing(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, 2);
    uint32_t id;
    assert_int_equal(mni_slots_take(&slots, &id), 0);
    static const uint32_t ids[] = {0,
                                   2,                       /* free */
                                   3,                       /* past the capacity */
                                   UINT32_C(1) << 20,       /* no index */
                                   (UINT32_C(1) << 20) | 1, /* the next generation of the first */
                                   UINT32_MAX};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_int_equal(mni_slots_find(&slots, ids[i]), MNI_SLOT_NONE);
        mni_slots_give(&slots, ids[i]);
    }
    assert_int_equal(slots.count, 1);
    assert_int_equal(mni_slots_id(&slots, 1), 0);
    assert_int_equal(mni_slots_id(&slots, 2), 0);
    assert_int_equal(mni_slots_id(&slots, UINT32_MAX), 0);
    finish(&slots);
}

static void the_slot_freed_first_is_reused_first(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, 4);
    uint32_t ids[4];
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(mni_slots_take(&slots, &ids[i]), i);
    }
    static const int32_t order[] = {2, 0, 3, 1};
    for (uint32_t i = 0; i < 4; i++) {
        mni_slots_give(&slots, ids[order[i]]);
    }
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t id;
        assert_int_equal(mni_slots_take(&slots, &id), order[i]);
    }
    finish(&slots);
}

static void a_freed_slot_waits_behind_those_that_were_never_taken(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, 3);
    uint32_t id;
    static const int32_t order[] = {0, 1, 2, 0, 1};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(mni_slots_take(&slots, &id), order[i]);
        mni_slots_give(&slots, id);
    }
    finish(&slots);
}

static void the_generation_wraps_after_4096_reuses(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, 1);
    uint32_t first;
    uint32_t id;
    assert_int_equal(mni_slots_take(&slots, &first), 0);
    mni_slots_give(&slots, first);
    for (uint32_t i = 1; i < 4096; i++) {
        assert_int_equal(mni_slots_take(&slots, &id), 0);
        assert_int_not_equal(id, first);
        assert_int_equal(mni_slots_find(&slots, first), MNI_SLOT_NONE);
        mni_slots_give(&slots, id);
    }
    assert_int_equal(mni_slots_take(&slots, &id), 0);
    assert_int_equal(id, first);
    finish(&slots);
}

static void the_largest_capacity_has_an_id_for_each(void **state)
{
    (void)state;
    mni_slots slots;
    start(&slots, MNI_SLOTS_MAX);
    uint32_t id = 0;
    for (int32_t i = 0; i < MNI_SLOTS_MAX; i++) {
        if (mni_slots_take(&slots, &id) != i || mni_slots_find(&slots, id) != i) {
            fail_msg("slot %d", i);
        }
    }
    assert_int_equal(mni_slots_take(&slots, &id), MN_ERROR_FULL);
    finish(&slots);
}

static void init_refuses_what_it_cannot_number_or_store(void **state)
{
    (void)state;
    mni_slots slots;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    assert_int_equal(mni_slots_init(&slots, &memory, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mni_slots_init(&slots, &memory, MNI_SLOTS_MAX + 1), MN_ERROR_ARGUMENT);
    for (uint32_t i = 1; i <= 2; i++) {
        allocator.fail_at = allocator.count + i;
        assert_int_equal(mni_slots_init(&slots, &memory, 8), MN_ERROR_MEMORY);
        assert_int_equal(allocator.live, 0);
        mni_slots_clear(&slots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_taken_slot_is_found_by_its_id),
        cmocka_unit_test(full_is_an_answer_and_changes_nothing),
        cmocka_unit_test(a_given_id_is_stale_also_when_its_slot_lives_again),
        cmocka_unit_test(ids_that_were_never_given_find_nothing),
        cmocka_unit_test(the_slot_freed_first_is_reused_first),
        cmocka_unit_test(a_freed_slot_waits_behind_those_that_were_never_taken),
        cmocka_unit_test(the_generation_wraps_after_4096_reuses),
        cmocka_unit_test(the_largest_capacity_has_an_id_for_each),
        cmocka_unit_test(init_refuses_what_it_cannot_number_or_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
