/* SPDX-License-Identifier: MIT */
/* Elements are distinct, aligned and zeroed, and what was made once is used again. */
#include "base/pool.h"
#include "base/random.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

enum { ELEMENT_SIZE = 17, PER_SLAB = 4 };

static test_allocator allocator;
static mni_memory memory;
static mni_pool pool;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_pool_init(&pool, &memory, ELEMENT_SIZE, PER_SLAB, 10);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mni_pool_clear(&pool);
    return allocator.live == 0 && memory.used == 0 ? 0 : -1;
}

static void elements_do_not_overlap_and_stay_where_they_are(void **state)
{
    (void)state;
    uint8_t *elements[10];
    for (uint32_t i = 0; i < 10; i++) {
        elements[i] = mni_pool_take(&pool);
        assert_non_null(elements[i]);
        assert_int_equal((uintptr_t)elements[i] % 16, 0);
        memset(elements[i], (int)i, ELEMENT_SIZE);
    }
    for (uint32_t i = 0; i < 10; i++) {
        for (uint32_t at = 0; at < ELEMENT_SIZE; at++) {
            assert_int_equal(elements[i][at], i);
        }
    }
}

static void elements_of_the_size_of_a_line_are_each_in_one(void **state)
{
    (void)state;
    mni_pool lines;
    mni_pool_init(&lines, &memory, MNI_CACHE_LINE, PER_SLAB, 0);
    for (uint32_t i = 0; i < 3 * PER_SLAB; i++) {
        void *element = mni_pool_take(&lines);
        assert_non_null(element);
        assert_int_equal((uintptr_t)element % MNI_CACHE_LINE, 0);
    }
    mni_pool_clear(&lines);
}

static void the_maximum_holds_where_it_is_no_multiple_of_a_slab(void **state)
{
    (void)state;
    void *last = NULL;
    for (uint32_t i = 0; i < 10; i++) {
        last = mni_pool_take(&pool);
        assert_non_null(last);
    }
    assert_null(mni_pool_take(&pool));
    assert_int_equal(pool.used, 10);
    assert_int_equal(pool.count, 10);
    mni_pool_give(&pool, last);
    assert_ptr_equal(mni_pool_take(&pool), last);
}

static void what_was_never_taken_is_never_touched(void **state)
{
    (void)state;
    uint8_t *first = mni_pool_take(&pool);
    for (uint32_t at = pool.element_size; at < PER_SLAB * pool.element_size; at++) {
        assert_int_equal(first[at], 0xa5); /* what the allocator left there */
    }
    assert_ptr_equal(mni_pool_take_unzeroed(&pool), first + pool.element_size);
    assert_int_equal(first[pool.element_size], 0xa5);
}

static void an_element_is_zeroed_and_taken_again_is_too(void **state)
{
    (void)state;
    uint8_t *element = mni_pool_take(&pool);
    for (uint32_t at = 0; at < ELEMENT_SIZE; at++) {
        assert_int_equal(element[at], 0);
    }
    memset(element, 0xff, ELEMENT_SIZE);
    mni_pool_give(&pool, element);
    assert_ptr_equal(mni_pool_take(&pool), element);
    for (uint32_t at = 0; at < ELEMENT_SIZE; at++) {
        assert_int_equal(element[at], 0);
    }
}

static void a_steady_state_allocates_nothing(void **state)
{
    (void)state;
    void *elements[8];
    for (uint32_t round = 0; round < 100; round++) {
        for (uint32_t i = 0; i < 8; i++) {
            elements[i] = mni_pool_take(&pool);
            assert_non_null(elements[i]);
        }
        for (uint32_t i = 0; i < 8; i++) {
            mni_pool_give(&pool, elements[(i * 3) % 8]);
        }
        mni_pool_give(&pool, NULL);
        assert_int_equal(pool.used, 0);
    }
    assert_int_equal(memory.allocations, 2);
}

/* Whatever was taken and given back, in whatever order: the last one given is the next one taken,
   and a new one is made only where none is free. */
static void it_is_a_stack_of_what_was_given_back(void **state)
{
    (void)state;
    enum { MOST = 100 };
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    void *taken[MOST], *given[MOST];
    uint32_t taken_count = 0;
    uint32_t given_count = 0;
    uint32_t made = 0;
    pool.max = 0;
    for (uint32_t step = 0; step < 20000; step++) {
        if (taken_count < MOST && (taken_count == 0 || mni_random_chance(&random, 0.5))) {
            void *element = mni_pool_take_unzeroed(&pool);
            bool is_right = given_count == 0 || element == given[--given_count];
            taken[taken_count++] = element;
            made = taken_count > made ? taken_count : made;
            if (element == NULL || !is_right || pool.count >= made + PER_SLAB) {
                fail_msg("MN_SEED=%" PRIu64 ", step %u", seed, step);
            }
        } else {
            uint32_t at = (uint32_t)mni_random_below(&random, taken_count);
            mni_pool_give(&pool, taken[at]);
            given[given_count++] = taken[at];
            taken[at] = taken[--taken_count];
        }
        assert_int_equal(pool.used, taken_count);
        if (step % 5000 == 4999) { /* and on, from whichever turn it is */
            mni_pool_clear(&pool);
            taken_count = given_count = made = 0;
        }
    }
}

static void out_of_memory_leaves_the_pool_as_it_was(void **state)
{
    (void)state;
    allocator.fail_at = 2;
    for (uint32_t i = 0; i < PER_SLAB; i++) {
        assert_non_null(mni_pool_take(&pool));
    }
    assert_null(mni_pool_take(&pool));
    assert_int_equal(pool.used, PER_SLAB);
    assert_non_null(mni_pool_take(&pool)); /* memory has come back */
    assert_int_equal(pool.used, PER_SLAB + 1);
}

static void a_cleared_pool_is_empty_and_usable(void **state)
{
    (void)state;
    assert_non_null(mni_pool_take(&pool));
    mni_pool_clear(&pool);
    assert_int_equal(allocator.live, 0);
    assert_int_equal(pool.used, 0);
    for (uint32_t i = 0; i < 10; i++) {
        assert_non_null(mni_pool_take(&pool));
    }
    assert_null(mni_pool_take(&pool));
}

static void without_a_maximum_memory_is_the_limit(void **state)
{
    (void)state;
    pool.max = 0;
    memory.limit = 100 * 32;
    uint32_t taken = 0;
    while (mni_pool_take(&pool) != NULL) {
        taken++;
    }
    /* 15 slabs of 79 + 4 * 32 bytes, or 16 where pointers have 32 bits. */
    assert_int_equal(taken, sizeof(void *) == 8 ? 60 : 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(elements_do_not_overlap_and_stay_where_they_are, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(elements_of_the_size_of_a_line_are_each_in_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_maximum_holds_where_it_is_no_multiple_of_a_slab, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_never_taken_is_never_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(an_element_is_zeroed_and_taken_again_is_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_steady_state_allocates_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_a_stack_of_what_was_given_back, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory_leaves_the_pool_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cleared_pool_is_empty_and_usable, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_maximum_memory_is_the_limit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
