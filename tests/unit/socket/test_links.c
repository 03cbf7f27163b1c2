/* SPDX-License-Identifier: MIT */
/* The connections of a peer and the ways to find them. */
#include "socket/links.h"
#include "support/memory.h"
#include "support/test.h"

#include <string.h>

enum { MAX = 20 };

static const uint8_t key[MNI_HASH_KEY_SIZE] = {3};

static mn_address numbered(uint32_t number)
{
    return (mn_address){.port = (uint16_t)(1 + number)};
}

static void a_link_is_found_by_id_address_and_time_until_removed(void **state)
{
    (void)state;
    mni_memory memory;
    mni_links links;
    mni_link *a, *b;
    mn_address at_a = numbered(1), at_b = numbered(2);
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_links_init(&links, &memory, MAX, key), MN_OK);
    assert_null(mni_links_next(&links, NULL));
    assert_int_equal(mni_links_add(&links, &at_a, &a), MN_OK);
    assert_int_equal(mni_links_add(&links, &at_b, &b), MN_OK);
    uint32_t id = a->id;
    assert_ptr_equal(mni_links_find(&links, id), a);
    assert_ptr_equal(mni_links_from(&links, &at_b), b);
    assert_int_equal(mni_links_address(&links, b)->port, at_b.port);
    assert_ptr_equal(mni_links_next(&links, NULL), a);
    assert_ptr_equal(mni_links_next(&links, a), b);
    assert_null(mni_links_next(&links, b));
    assert_int_equal(mni_links_count(&links), 2);
    mni_links_set_timer(&links, a, 100);
    mni_links_set_timer(&links, b, 50);
    assert_null(mni_links_pop_timer(&links, 49));
    assert_ptr_equal(mni_links_pop_timer(&links, 60), b);
    assert_null(mni_links_pop_timer(&links, 60));
    mni_chain_join(&links.due, &a->due);
    mni_chain_join(&links.queued, &a->queued);
    mni_links_remove(&links, a);
    assert_true(mni_chain_is_empty(&links.due));
    assert_true(mni_chain_is_empty(&links.queued));
    assert_true(mni_timers_next_us(&links.timers) == MNI_NEVER);
    assert_null(mni_links_find(&links, id));
    assert_null(mni_links_from(&links, &at_a));
    assert_int_equal(mni_links_count(&links), 1);
    mni_links_remove(&links, b);
    mni_links_clear(&links);
    assert_int_equal(memory.used, 0);
}

static void there_are_as_many_as_were_asked_for(void **state)
{
    (void)state;
    mni_memory memory;
    mni_links links;
    mni_link *link;
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_links_init(&links, &memory, MAX, key), MN_OK);
    for (uint32_t i = 0; i < MAX; i++) {
        mn_address address = numbered(i);
        assert_int_equal(mni_links_add(&links, &address, &link), MN_OK);
    }
    mn_address one_more = numbered(MAX);
    assert_int_equal(mni_links_add(&links, &one_more, &link), MN_ERROR_FULL);
    uint32_t count = 0;
    while ((link = mni_links_next(&links, NULL)) != NULL) {
        mni_links_remove(&links, link);
        count++;
    }
    assert_int_equal(count, MAX);
    uint64_t allocations = memory.allocations;
    assert_int_equal(mni_links_add(&links, &one_more, &link), MN_OK);
    assert_int_equal(memory.allocations, allocations);
    mni_links_remove(&links, link);
    mni_links_clear(&links);
}

static void a_chain_keeps_its_order_and_is_left_from_anywhere(void **state)
{
    (void)state;
    mni_chain chain, other, elements[5];
    memset(elements, 0, sizeof(elements));
    mni_chain_init(&chain);
    mni_chain_init(&other);
    mni_chain_move(&other, &chain);
    assert_true(mni_chain_is_empty(&other));
    for (uint32_t i = 0; i < 5; i++) {
        mni_chain_join(&chain, &elements[i]);
        mni_chain_join(&other, &elements[i]); /* it is in one already */
    }
    assert_true(mni_chain_is_empty(&other));
    mni_chain_leave(&elements[2]);
    mni_chain_leave(&elements[2]);
    mni_chain_join(&other, &elements[2]);
    mni_chain_move(&other, &chain);
    assert_true(mni_chain_is_empty(&chain));
    const uint32_t order[] = {2, 0, 1, 3, 4};
    for (uint32_t i = 0; i < 5; i++) {
        assert_ptr_equal(other.next, &elements[order[i]]);
        mni_chain_leave(&elements[order[i]]);
    }
    assert_true(mni_chain_is_empty(&other));
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    mn_result result = MN_ERROR_MEMORY;
    for (uint64_t k = 1; result != MN_OK; k++) {
        test_allocator allocator;
        mni_memory memory;
        mni_links links;
        mni_link *link;
        mn_address address = numbered(1);
        test_allocator_init(&allocator);
        allocator.fail_at = k;
        mni_memory_init(&memory, &allocator.table, 0);
        result = mni_links_init(&links, &memory, MAX, key);
        if (result == MN_OK) {
            result = mni_links_add(&links, &address, &link);
            assert_int_equal(mni_links_count(&links), result == MN_OK);
            mni_links_clear(&links);
        }
        assert_true(result == MN_OK || result == MN_ERROR_MEMORY);
        assert_int_equal(allocator.live, 0);
        assert_true(k < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_found_by_id_address_and_time_until_removed),
        cmocka_unit_test(there_are_as_many_as_were_asked_for),
        cmocka_unit_test(a_chain_keeps_its_order_and_is_left_from_anywhere),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
