/* SPDX-License-Identifier: MIT */
/* Compared step by step with an array of due times that is searched from end to end. */
#include "base/random.h"
#include "base/timer.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdbool.h>

enum { CAPACITY = 40 };

static test_allocator allocator;
static mni_memory memory;
static mni_timers timers;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    return mni_timers_init(&timers, &memory, CAPACITY);
}

static int teardown(void **state)
{
    (void)state;
    mni_timers_clear(&timers);
    return allocator.live == 0 && memory.used == 0 ? 0 : -1;
}

static void without_timers_nothing_is_ever_due(void **state)
{
    (void)state;
    assert_int_equal(mni_timers_next_us(&timers), MNI_NEVER);
    assert_int_equal(mni_timers_pop(&timers, MNI_NEVER), -1);
    mni_timers_set(&timers, 3, MNI_NEVER);
    assert_int_equal(mni_timers_pop(&timers, MNI_NEVER), -1);
}

static void a_timer_pops_at_its_time_and_once(void **state)
{
    (void)state;
    mni_timers_set(&timers, 7, 100);
    assert_int_equal(mni_timers_next_us(&timers), 100);
    assert_int_equal(mni_timers_pop(&timers, 99), -1);
    assert_int_equal(mni_timers_pop(&timers, 100), 7);
    assert_int_equal(mni_timers_pop(&timers, 100), -1);
    assert_int_equal(mni_timers_next_us(&timers), MNI_NEVER);
}

static void equal_times_pop_in_index_order_whatever_came_before(void **state)
{
    (void)state;
    for (uint32_t stride = 1; stride < CAPACITY; stride += 2) {
        for (uint32_t i = 0; i < CAPACITY; i++) {
            mni_timers_set(&timers, (i * stride) % CAPACITY, 1000 + i * stride % 7);
        }
        for (uint32_t i = 0; i < CAPACITY; i++) {
            mni_timers_set(&timers, (i * stride) % CAPACITY, 50);
        }
        int64_t last = -1;
        for (uint32_t i = 0; i < timers.capacity; i++) {
            int64_t index = mni_timers_pop(&timers, 50);
            if (index == -1) {
                break;
            }
            assert_true(index > last);
            last = index;
        }
        assert_true(last >= 0);
        assert_int_equal(mni_timers_pop(&timers, 2000), -1);
    }
}

static void a_timer_can_be_moved_and_cancelled(void **state)
{
    (void)state;
    mni_timers_set(&timers, 1, 100);
    mni_timers_set(&timers, 2, 200);
    mni_timers_set(&timers, 3, 300);
    mni_timers_set(&timers, 1, 400);
    mni_timers_set(&timers, 3, 50);
    mni_timers_set(&timers, 2, MNI_NEVER);
    assert_int_equal(mni_timers_pop(&timers, 1000), 3);
    assert_int_equal(mni_timers_pop(&timers, 1000), 1);
    assert_int_equal(mni_timers_pop(&timers, 1000), -1);
}

static int64_t model_earliest(const uint64_t *due_us)
{
    int64_t earliest = -1;
    for (uint32_t i = 0; i < CAPACITY; i++) {
        if (due_us[i] != MNI_NEVER && (earliest < 0 || due_us[i] < due_us[earliest])) {
            earliest = i;
        }
    }
    return earliest;
}

static void it_does_what_an_array_does(void **state)
{
    (void)state;
    uint64_t seed = test_seed(6);
    mni_random random;
    mni_random_init(&random, seed);
    uint64_t model_us[CAPACITY];
    for (uint32_t i = 0; i < CAPACITY; i++) {
        model_us[i] = MNI_NEVER;
    }
    uint64_t now_us = 0;
    for (uint32_t step = 0; step < 100000; step++) {
        uint32_t index = (uint32_t)mni_random_below(&random, CAPACITY);
        uint64_t kind = mni_random_below(&random, 10);
        int64_t earliest = model_earliest(model_us);
        if (kind < 5) {
            model_us[index] = now_us + mni_random_below(&random, 30); /* many are equal */
            mni_timers_set(&timers, index, model_us[index]);
        } else if (kind < 6) {
            model_us[index] = MNI_NEVER;
            mni_timers_set(&timers, index, MNI_NEVER);
        } else {
            now_us += mni_random_below(&random, 3);
            bool is_due = earliest >= 0 && model_us[earliest] <= now_us;
            int64_t popped = mni_timers_pop(&timers, now_us);
            if (popped != (is_due ? earliest : -1)) {
                fail_msg("MN_SEED=%" PRIu64 ", step %u: popped %" PRId64, seed, step, popped);
            }
            if (is_due) {
                model_us[earliest] = MNI_NEVER;
            }
        }
        earliest = model_earliest(model_us);
        if (mni_timers_next_us(&timers) != (earliest >= 0 ? model_us[earliest] : MNI_NEVER)) {
            fail_msg("MN_SEED=%" PRIu64 ", step %u: next", seed, step);
        }
    }
}

static void init_refuses_what_it_cannot_hold(void **state)
{
    (void)state;
    mni_timers other;
    assert_int_equal(mni_timers_init(&other, &memory, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mni_timers_init(&other, &memory, UINT32_MAX), MN_ERROR_ARGUMENT);
    uint64_t live = allocator.live;
    for (uint32_t i = 1; i <= 3; i++) {
        allocator.fail_at = allocator.count + i;
        assert_int_equal(mni_timers_init(&other, &memory, 8), MN_ERROR_MEMORY);
        assert_int_equal(allocator.live, live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_timers_nothing_is_ever_due, setup, teardown),
        cmocka_unit_test_setup_teardown(a_timer_pops_at_its_time_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(equal_times_pop_in_index_order_whatever_came_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_timer_can_be_moved_and_cancelled, setup, teardown),
        cmocka_unit_test_setup_teardown(it_does_what_an_array_does, setup, teardown),
        cmocka_unit_test_setup_teardown(init_refuses_what_it_cannot_hold, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
