/* SPDX-License-Identifier: MIT */
/* Whatever is pushed and popped: the one due first comes first, and of equals the older. */
#include "base/random.h"
#include "socket/delayed.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

static void what_is_due_first_comes_first_and_of_equals_the_older(void **state)
{
    static const uint64_t due_us[] = {5, 3, 9, 3, 5, 1, 3};
    static const uint32_t order[] = {5, 1, 3, 6, 0, 4, 2};
    test_allocator allocator;
    mni_memory memory;
    mni_delayed_queue queue;
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_delayed_init(&queue, &memory);
    assert_null(mni_delayed_first(&queue));
    for (uint32_t i = 0; i < 7; i++) {
        mni_delayed delayed = {.due_us = due_us[i], .flags = i};
        assert_int_equal(mni_delayed_push(&queue, &delayed), MN_OK);
    }
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(mni_delayed_first(&queue)->flags, order[i]);
        assert_int_equal(mni_delayed_first(&queue)->due_us, due_us[order[i]]);
        mni_delayed_pop(&queue);
    }
    assert_null(mni_delayed_first(&queue));
    mni_delayed_clear(&queue);
    assert_int_equal(allocator.live, 0);
}

/* Against a model: an array in the order of pushing, searched for the earliest. */
static void any_mixture_of_pushes_and_pops_agrees_with_a_model(void **state)
{
    enum { MODEL_MAX = 64 };
    uint64_t due_us[MODEL_MAX];
    uint32_t flags[MODEL_MAX];
    uint32_t count = 0;
    mni_memory memory;
    mni_delayed_queue queue;
    mni_random random;
    (void)state;
    mni_memory_init(&memory, NULL, 0);
    mni_delayed_init(&queue, &memory);
    mni_random_init(&random, test_seed(1));
    for (uint32_t i = 0; i < 20000; i++) {
        if (count < MODEL_MAX && (count == 0 || mni_random_chance(&random, 0.52))) {
            mni_delayed delayed = {.due_us = mni_random_below(&random, 30), .flags = i};
            assert_int_equal(mni_delayed_push(&queue, &delayed), MN_OK);
            due_us[count] = delayed.due_us;
            flags[count++] = i;
            continue;
        }
        uint32_t first = 0;
        for (uint32_t j = 1; j < count; j++) {
            first = due_us[j] < due_us[first] ? j : first;
        }
        if (mni_delayed_first(&queue)->flags != flags[first]) {
            fail_msg("step %u, MN_SEED=%llu", i, (unsigned long long)test_seed(1));
        }
        mni_delayed_pop(&queue);
        count--;
        memmove(&due_us[first], &due_us[first + 1], (count - first) * sizeof(due_us[0]));
        memmove(&flags[first], &flags[first + 1], (count - first) * sizeof(flags[0]));
    }
    mni_delayed_clear(&queue);
}

static void a_full_queue_says_so_and_keeps_what_it_has(void **state)
{
    mni_memory memory;
    mni_delayed_queue queue;
    (void)state;
    mni_memory_init(&memory, NULL, 0);
    mni_delayed_init(&queue, &memory);
    for (uint32_t i = 0; i < MNI_DELAYED_MAX; i++) {
        mni_delayed delayed = {.due_us = MNI_DELAYED_MAX - i, .flags = i};
        assert_int_equal(mni_delayed_push(&queue, &delayed), MN_OK);
    }
    mni_delayed early = {.due_us = 0};
    assert_int_equal(mni_delayed_push(&queue, &early), MN_ERROR_FULL);
    for (uint32_t i = 0; i < MNI_DELAYED_MAX; i++) {
        assert_int_equal(mni_delayed_first(&queue)->due_us, i + 1);
        mni_delayed_pop(&queue);
    }
    mni_delayed_clear(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_first_comes_first_and_of_equals_the_older),
        cmocka_unit_test(any_mixture_of_pushes_and_pops_agrees_with_a_model),
        cmocka_unit_test(a_full_queue_says_so_and_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
