/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "object/history.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

typedef struct block {
    _Alignas(16) uint8_t bytes[4096];
} block;

static mni_history *make(block *memory, uint32_t capacity, uint32_t size)
{
    assert_true(mni_history_size(capacity, size) <= sizeof memory->bytes);
    mni_history *history = (void *)memory->bytes;
    mni_history_init(history, capacity, size);
    return history;
}

static void put(mni_history *history, uint16_t number, uint64_t time_us, uint32_t value)
{
    uint32_t *state = mni_history_put(history, number, time_us);
    assert_non_null(state);
    *state = value;
}

static void the_last_versions_are_found(void **state)
{
    (void)state;
    block memory;
    mni_history *history = make(&memory, 7, 4);
    for (uint32_t i = 65530; i < 65530 + 20; i++) {
        put(history, (uint16_t)i, i, i);
        for (uint32_t back = 0; back < 12; back++) {
            const uint32_t *found = mni_history_find(history, (uint16_t)(i - back));
            if (back < 7 && i - back >= 65530) {
                assert_non_null(found);
                assert_int_equal(*found, i - back);
            } else {
                assert_null(found);
            }
        }
    }
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    block memory;
    mni_history *history = make(&memory, 3, 4);
    put(history, 10, 100, 1);
    put(history, 30, 300, 3);
    put(history, 20, 200, 2); /* late */
    put(history, 40, 400, 4);
    assert_null(mni_history_find(history, 10));
    assert_non_null(mni_history_find(history, 20));
    put(history, 25, 250, 5); /* late, and still newer than something */
    assert_null(mni_history_find(history, 20));
    assert_null(mni_history_put(history, 15, 150));
    assert_non_null(mni_history_find(history, 25));
    assert_non_null(mni_history_find(history, 30));
    assert_non_null(mni_history_find(history, 40));
}

static void of_two_with_one_number_the_newer_is_found(void **state)
{
    (void)state;
    block memory;
    mni_history *history = make(&memory, 3, 4);
    put(history, 10, 100, 1);
    put(history, 20, 200, 2);
    put(history, 10, 300, 3); /* the number wrapped */
    assert_int_equal(*(uint32_t *)mni_history_find(history, 10), 3);
    put(history, 20, 150, 4); /* the first goes */
    assert_int_equal(*(uint32_t *)mni_history_find(history, 10), 3);
    assert_int_equal(*(uint32_t *)mni_history_find(history, 20), 2);
}

static void versions_are_kept_by_time_whatever_their_order(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(4));
    for (uint32_t round = 0; round < 200; round++) {
        block memory;
        uint32_t capacity = 2 + (uint32_t)mni_random_below(&random, 20);
        mni_history *history = make(&memory, capacity, 4);
        uint32_t times[60];
        for (uint32_t i = 0; i < 60; i++) {
            times[i] = i;
        }
        for (uint32_t i = 0; i < 60; i++) {
            uint32_t other = (uint32_t)mni_random_below(&random, 60);
            uint32_t time = times[i];
            times[i] = times[other];
            times[other] = time;
        }
        for (uint32_t i = 0; i < 60; i++) {
            uint32_t *put_there = mni_history_put(history, (uint16_t)times[i], times[i]);
            if (put_there != NULL) {
                *put_there = times[i];
            }
        }
        for (uint32_t i = 0; i < 60; i++) {
            const uint32_t *found = mni_history_find(history, (uint16_t)i);
            assert_int_equal(found != NULL, i >= 60 - capacity);
            assert_true(found == NULL || *found == i);
        }
    }
}

static void states_are_aligned_and_apart(void **state)
{
    (void)state;
    for (uint32_t capacity = 2; capacity <= 64; capacity++) {
        block memory;
        mni_history *history = make(&memory, capacity, 17);
        assert_null(mni_history_find(history, 0));
        uint8_t *spare = mni_history_spare(history);
        memset(spare, 0xee, 17);
        for (uint32_t i = 0; i < capacity; i++) {
            uint8_t *put_there = mni_history_put(history, (uint16_t)i, i);
            assert_int_equal((uintptr_t)put_there % 16, 0);
            memset(put_there, (int)i, 17);
        }
        for (uint32_t i = 0; i < capacity; i++) {
            const uint8_t *found = mni_history_find(history, (uint16_t)i);
            assert_int_equal(found[0], i);
            assert_int_equal(found[16], i);
        }
        assert_int_equal(spare[0], 0xee);
        assert_true(spare + 17 <= memory.bytes + mni_history_size(capacity, 17));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_versions_are_found),
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(of_two_with_one_number_the_newer_is_found),
        cmocka_unit_test(versions_are_kept_by_time_whatever_their_order),
        cmocka_unit_test(states_are_aligned_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
