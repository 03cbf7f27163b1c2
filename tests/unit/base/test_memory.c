/* SPDX-License-Identifier: MIT */
/* What is taken is counted, limited and given back as it was taken; a refusal changes nothing. */
#include "base/memory.h"
#include "support/memory.h"
#include "support/test.h"

#include <string.h>

static void a_block_is_zeroed_and_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 16, 17, 4096, 100001};
    mni_memory memory;
    mni_memory_init(&memory, NULL, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (uint32_t round = 0; round < 2; round++) {
            uint8_t *block = mni_allocate(&memory, sizes[i]);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % 16, 0);
            for (size_t at = 0; at < sizes[i]; at++) {
                assert_int_equal(block[at], 0);
            }
            memset(block, 0xff, sizes[i]);
            mni_release(&memory, block, sizes[i]);
        }
    }
    assert_int_equal(memory.used, 0);
}

static void use_peak_and_allocations_are_counted(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    mni_memory memory;
    mni_memory_init(&memory, &allocator.table, 0);
    void *a = mni_allocate(&memory, 100);
    void *b = mni_allocate(&memory, 50);
    mni_release(&memory, a, 100);
    void *c = mni_allocate(&memory, 10);
    assert_int_equal(memory.used, 60);
    assert_int_equal(memory.peak, 150);
    assert_int_equal(memory.allocations, 3);
    assert_int_equal(allocator.live, 2);
    assert_int_equal(allocator.live_bytes, 60);
    mni_release(&memory, b, 50);
    mni_release(&memory, c, 10);
    mni_release(&memory, NULL, 10);
    assert_int_equal(memory.used, 0);
    assert_int_equal(allocator.live, 0);
}

static void the_limit_is_reached_exactly(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    mni_memory memory;
    mni_memory_init(&memory, &allocator.table, 100);
    assert_null(mni_allocate(&memory, 101));
    assert_null(mni_allocate(&memory, SIZE_MAX));
    void *a = mni_allocate(&memory, 60);
    assert_non_null(a);
    assert_null(mni_allocate(&memory, 41));
    assert_int_equal(memory.used, 60);
    void *b = mni_allocate(&memory, 40);
    assert_non_null(b);
    assert_null(mni_allocate(&memory, 1));
    assert_int_equal(allocator.count, 2); /* the allocator was not even asked */
    mni_release(&memory, a, 60);
    mni_release(&memory, b, 40);
    assert_int_equal(allocator.live, 0);
}

static void a_failing_allocator_counts_for_nothing(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    allocator.fail_at = 2;
    mni_memory memory;
    mni_memory_init(&memory, &allocator.table, 0);
    void *a = mni_allocate(&memory, 10);
    assert_null(mni_allocate(&memory, 20));
    assert_int_equal(memory.used, 10);
    assert_int_equal(memory.peak, 10);
    assert_int_equal(memory.allocations, 1);
    mni_release(&memory, a, 10);
}

static void more_than_the_address_space_is_refused(void **state)
{
    (void)state;
    mni_memory memory;
    mni_memory_init(&memory, NULL, 0);
    assert_null(mni_allocate(&memory, SIZE_MAX));
    assert_int_equal(memory.used, 0);
}

static void an_allocator_has_both_functions_or_is_the_librarys(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    mn_allocator incomplete = allocator.table;
    assert_true(mni_allocator_is_complete(NULL));
    assert_true(mni_allocator_is_complete(&allocator.table));
    incomplete.allocate = NULL;
    assert_false(mni_allocator_is_complete(&incomplete));
    incomplete = allocator.table;
    incomplete.release = NULL;
    assert_false(mni_allocator_is_complete(&incomplete));
}

typedef struct root {
    uint32_t before;
    mni_memory memory;
    uint32_t after;
} root;

static void a_root_counts_the_block_it_lives_in(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    root *made =
        mni_memory_create_root(&allocator.table, 1000, sizeof *made, offsetof(root, memory));
    assert_non_null(made);
    assert_int_equal(made->before, 0);
    assert_int_equal(made->after, 0);
    assert_int_equal(made->memory.used, sizeof *made);
    assert_int_equal(made->memory.peak, sizeof *made);
    assert_int_equal(made->memory.allocations, 1);
    assert_int_equal(made->memory.limit, 1000);
    void *block = mni_allocate(&made->memory, 8);
    assert_int_equal(made->memory.used, sizeof *made + 8);
    mni_release(&made->memory, block, 8);
    mni_memory_destroy_root(made, sizeof *made, offsetof(root, memory));
    mni_memory_destroy_root(NULL, sizeof *made, offsetof(root, memory));
    assert_int_equal(allocator.live, 0);
}

static void a_root_over_its_own_limit_is_not_made(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    size_t offset = offsetof(root, memory);
    assert_null(mni_memory_create_root(&allocator.table, sizeof(root) - 1, sizeof(root), offset));
    allocator.fail_at = 1;
    assert_null(mni_memory_create_root(&allocator.table, 0, sizeof(root), offset));
    assert_int_equal(allocator.live, 0);
    root *made = mni_memory_create_root(NULL, sizeof(root), sizeof(root), offset);
    assert_non_null(made);
    assert_null(mni_allocate(&made->memory, 1));
    mni_memory_destroy_root(made, sizeof(root), offset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_zeroed_and_aligned),
        cmocka_unit_test(use_peak_and_allocations_are_counted),
        cmocka_unit_test(the_limit_is_reached_exactly),
        cmocka_unit_test(a_failing_allocator_counts_for_nothing),
        cmocka_unit_test(more_than_the_address_space_is_refused),
        cmocka_unit_test(an_allocator_has_both_functions_or_is_the_librarys),
        cmocka_unit_test(a_root_counts_the_block_it_lives_in),
        cmocka_unit_test(a_root_over_its_own_limit_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
