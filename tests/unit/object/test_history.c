/* SPDX-License-Identifier: MIT */
#include "object/history.h"
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

static void the_last_versions_are_found(void **state)
{
    (void)state;
    block memory;
    mni_history *history = make(&memory, 8, 4);
    for (uint32_t i = 65530; i < 65530 + 20; i++) {
        uint16_t number = (uint16_t)i;
        memcpy(mni_history_put(history, number), &i, sizeof i);
        for (uint32_t back = 0; back < 12; back++) {
            const uint32_t *found = mni_history_find(history, (uint16_t)(number - back));
            if (back < 8 && i - back >= 65530) {
                assert_non_null(found);
                assert_int_equal(*found, i - back);
            } else {
                assert_null(found);
            }
        }
    }
}

static void a_cleared_history_is_empty(void **state)
{
    (void)state;
    block memory;
    mni_history *history = make(&memory, 2, 1);
    (void)mni_history_put(history, 0);
    assert_non_null(mni_history_find(history, 0));
    mni_history_clear(history);
    uint16_t number;
    assert_null(mni_history_find(history, 0));
    assert_false(mni_history_at(history, 0, &number));
}

static void a_place_tells_its_number(void **state)
{
    (void)state;
    block memory;
    mni_history *history = make(&memory, 4, 0);
    (void)mni_history_put(history, 7);
    uint16_t number = 0;
    assert_true(mni_history_at(history, 3, &number));
    assert_int_equal(number, 7);
    assert_false(mni_history_at(history, 2, &number));
}

static void states_are_aligned_and_apart(void **state)
{
    (void)state;
    for (uint32_t capacity = 2; capacity <= 64; capacity *= 2) {
        block memory;
        mni_history *history = make(&memory, capacity, 17);
        uint8_t *spare = mni_history_spare(history);
        memset(spare, 0xee, 17);
        for (uint32_t i = 0; i < capacity; i++) {
            uint8_t *put = mni_history_put(history, (uint16_t)i);
            assert_int_equal((uintptr_t)put % 16, 0);
            memset(put, (int)i, 17);
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
        cmocka_unit_test(a_cleared_history_is_empty),
        cmocka_unit_test(a_place_tells_its_number),
        cmocka_unit_test(states_are_aligned_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
