/* SPDX-License-Identifier: MIT */
#include "object/call.h"
#include "object/view.h"
#include "support/memory.h"
#include "support/test.h"

#include <string.h>

typedef struct fixture {
    test_allocator allocator;
    mni_memory memory;
    mni_buffers buffers;
    mni_view view;
} fixture;

static void open_view(fixture *all)
{
    test_allocator_init(&all->allocator);
    mni_memory_init(&all->memory, &all->allocator.table, 0);
    mni_buffers_init(&all->buffers, &all->memory);
    assert_int_equal(mni_view_init(&all->view, &all->memory, 5, 3), MN_OK);
    mni_view_open(&all->view, 77, false);
}

static void close_view(fixture *all)
{
    mni_view_close(&all->view, &all->buffers);
    mni_view_clear(&all->view);
    mni_buffers_clear(&all->buffers);
    assert_int_equal(all->allocator.live, 0);
}

static uint32_t add(mni_view *view, uint32_t kind)
{
    uint32_t slot;
    assert_int_equal(mni_view_add(view, kind, &slot), MN_OK);
    mni_relation_want(&view->relations[slot], 0, 0);
    return slot;
}

static void a_slot_is_used_again_for_its_own_kind_only(void **state)
{
    (void)state;
    fixture all;
    open_view(&all);
    mni_view *view = &all.view;
    assert_int_equal(add(view, 0), 0);
    assert_int_equal(add(view, 1), 1);
    assert_int_equal(add(view, 0), 2);
    mni_view_free(view, 0);
    mni_view_free(view, 1);
    assert_int_equal(add(view, 2), 3);
    assert_int_equal(add(view, 1), 1);
    assert_int_equal(add(view, 1), 4);
    assert_int_equal(add(view, 0), 0);
    assert_int_equal(view->relations[0].generation, 1);
    assert_int_equal(view->count, 5);
    close_view(&all);
}

static void who_is_behind_is_found_in_order(void **state)
{
    (void)state;
    fixture all;
    open_view(&all);
    mni_view *view = &all.view;
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t slot = add(view, i % 3);
        assert_true(mni_view_next_behind(view, slot) == slot);
        mni_view_set_behind(view, slot, false);
    }
    assert_int_equal(view->behind_count, 0);
    assert_int_equal(mni_view_next_behind(view, 0), MNI_VIEW_NONE);
    static const uint32_t behind[] = {0, 63, 64, 127, 200, 299};
    for (uint32_t i = 0; i < 6; i++) {
        mni_view_set_behind(view, behind[i], true);
        mni_view_set_behind(view, behind[i], true);
    }
    assert_int_equal(view->behind_count, 6);
    uint32_t at = 0;
    for (uint32_t i = 0; i < 6; i++) {
        at = mni_view_next_behind(view, at);
        assert_int_equal(at, behind[i]);
        at++;
    }
    assert_int_equal(mni_view_next_behind(view, at), MNI_VIEW_NONE);
    close_view(&all);
}

static void an_empty_view_begins_anew(void **state)
{
    (void)state;
    fixture all;
    open_view(&all);
    (void)add(&all.view, 1);
    mni_view_close(&all.view, &all.buffers);
    assert_int_equal(mni_view_next_behind(&all.view, 0), MNI_VIEW_NONE);
    mni_view_open(&all.view, 78, true);
    assert_int_equal(add(&all.view, 2), 0);
    assert_int_equal(all.view.relations[0].kind, 2);
    assert_true(all.view.is_host);
    close_view(&all);
}

static void a_table_that_cannot_grow_says_so(void **state)
{
    (void)state;
    for (uint64_t more = 1; more <= 2; more++) {
        fixture all;
        open_view(&all);
        for (uint32_t i = 0; i < 64; i++) {
            (void)add(&all.view, 0);
        }
        all.allocator.fail_at = all.allocator.count + more;
        uint32_t slot = 99;
        assert_int_equal(mni_view_add(&all.view, 0, &slot), MN_ERROR_MEMORY);
        assert_int_equal(all.view.count, 64);
        assert_int_equal(add(&all.view, 0), 64);
        close_view(&all);
    }
    fixture all;
    open_view(&all);
    for (uint32_t i = 0; i < MNI_PIECE_SLOTS_MAX; i++) {
        (void)add(&all.view, 0);
    }
    uint32_t slot;
    assert_int_equal(mni_view_add(&all.view, 0, &slot), MN_ERROR_FULL);
    close_view(&all);
}

static void calls_wait_in_order_and_share_their_arguments(void **state)
{
    (void)state;
    fixture all;
    open_view(&all);
    mni_buffer *arguments = mni_buffer_take(&all.buffers, 4);
    assert_non_null(arguments);
    for (uint32_t i = 0; i < MNI_QUEUED_CALLS_MAX; i++) {
        mni_queued_call call = {.arguments = arguments, .object = i};
        assert_int_equal(mni_queued_call_add(&all.view, &call), MN_OK);
    }
    mni_queued_call call = {.arguments = arguments};
    assert_int_equal(mni_queued_call_add(&all.view, &call), MN_ERROR_FULL);
    assert_int_equal(arguments->references, MNI_QUEUED_CALLS_MAX + 1);
    mni_buffer_drop(&all.buffers, arguments);
    mni_queued_call_drop(&all.view, &all.buffers);
    assert_int_equal(((mni_queued_call *)mni_ring_at(&all.view.calls, 0))->object, 1);
    close_view(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_is_used_again_for_its_own_kind_only),
        cmocka_unit_test(who_is_behind_is_found_in_order),
        cmocka_unit_test(an_empty_view_begins_anew),
        cmocka_unit_test(a_table_that_cannot_grow_says_so),
        cmocka_unit_test(calls_wait_in_order_and_share_their_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
