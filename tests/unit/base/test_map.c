/* SPDX-License-Identifier: MIT */
/* Compared step by step with a plain array that is indexed by the key. */
#include "base/map.h"
#include "base/random.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

static test_allocator allocator;
static mni_memory memory;
static mni_map map;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_map_init(&map, &memory, 12345);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mni_map_clear(&map);
    return allocator.live == 0 && memory.used == 0 ? 0 : -1;
}

static void an_empty_map_knows_nothing(void **state)
{
    (void)state;
    assert_int_equal(mni_map_get(&map, 0), MNI_MAP_NONE);
    mni_map_remove(&map, 0);
    assert_int_equal(mni_map_reserve(&map, 1), MN_OK);
    assert_int_equal(mni_map_get(&map, 0), MNI_MAP_NONE);
    mni_map_remove(&map, 0);
    assert_int_equal(map.count, 0);
}

static void setting_again_replaces(void **state)
{
    (void)state;
    static const uint64_t keys[] = {0, 1, UINT64_MAX, UINT64_C(1) << 32};
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            assert_int_equal(mni_map_set(&map, keys[i], round * 10 + i), MN_OK);
        }
        for (uint32_t i = 0; i < 4; i++) {
            assert_int_equal(mni_map_get(&map, keys[i]), round * 10 + i);
        }
        assert_int_equal(map.count, 4);
    }
}

enum { KEYS = 300 };

static void compare(const uint32_t *model, uint32_t count, uint64_t seed)
{
    if (map.count != count || map.count > map.capacity / 4 * 3) {
        fail_msg("MN_SEED=%" PRIu64 ": count %u, not %u", seed, map.count, count);
    }
    for (uint32_t key = 0; key < KEYS; key++) {
        if (mni_map_get(&map, key * UINT64_C(0x100000001)) != model[key]) {
            fail_msg("MN_SEED=%" PRIu64 ": key %u", seed, key);
        }
    }
}

/* The chance of an addition changes slowly: the table is seen nearly empty and nearly full. */
static void it_does_what_an_array_does(void **state)
{
    (void)state;
    uint64_t seed = test_seed(5);
    mni_random random;
    mni_random_init(&random, seed);
    uint32_t model[KEYS];
    uint32_t count = 0;
    for (uint32_t key = 0; key < KEYS; key++) {
        model[key] = MNI_MAP_NONE;
    }
    for (uint32_t step = 0; step < 20000; step++) {
        uint32_t key = (uint32_t)mni_random_below(&random, KEYS);
        uint64_t wide = key * UINT64_C(0x100000001);
        if (mni_random_chance(&random, step / 2000 % 2 == 0 ? 0.7 : 0.3)) {
            uint32_t value = (uint32_t)mni_random_below(&random, MNI_MAP_NONE);
            assert_int_equal(mni_map_set(&map, wide, value), MN_OK);
            count += model[key] == MNI_MAP_NONE;
            model[key] = value;
        } else {
            mni_map_remove(&map, wide);
            count -= model[key] != MNI_MAP_NONE;
            model[key] = MNI_MAP_NONE;
        }
        if (step % 10 == 0) {
            compare(model, count, seed);
        }
    }
    compare(model, count, seed);
}

/* Six of eight places are taken all the time, by changing keys: runs that wrap around the end are
   common, and so are gaps in the midst of one. */
static void removal_closes_gaps_in_a_small_full_table(void **state)
{
    (void)state;
    for (uint64_t key = 0; key < 5000; key++) {
        if (key >= 6) {
            mni_map_remove(&map, key - 6);
            assert_int_equal(mni_map_get(&map, key - 6), MNI_MAP_NONE);
        }
        assert_int_equal(mni_map_set(&map, key, (uint32_t)key), MN_OK);
        for (uint64_t back = 0; back < 6 && back <= key; back++) {
            assert_int_equal(mni_map_get(&map, key - back), key - back);
        }
    }
    assert_int_equal(map.count, 6);
    assert_int_equal(map.capacity, 8);
}

/* Of places that are taken. */
static uint32_t longest_run(const mni_map *it)
{
    uint32_t longest = 0;
    uint32_t run = 0;
    for (uint32_t i = 0; i < 2 * it->capacity; i++) { /* twice: a run may wrap around the end */
        run = it->values[i % it->capacity] != MNI_MAP_NONE ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void keys_that_differ_in_any_bits_spread_and_a_seed_places_them(void **state)
{
    (void)state;
    for (uint32_t shift = 0; shift <= 54; shift += 6) {
        mni_map other;
        uint32_t elsewhere = 0;
        mni_map_init(&other, &memory, 54321);
        for (uint64_t i = 0; i < 1000; i++) {
            assert_int_equal(mni_map_set(&map, i << shift, 1), MN_OK);
            assert_int_equal(mni_map_set(&other, i << shift, 1), MN_OK);
        }
        for (uint32_t i = 0; i < map.capacity; i++) {
            elsewhere += (map.values[i] == 1) != (other.values[i] == 1);
        }
        assert_int_equal(map.capacity, 2048);
        assert_true(longest_run(&map) < 64 && longest_run(&other) < 64);
        assert_in_range(elsewhere, 800, 1200);
        mni_map_clear(&other);
        mni_map_clear(&map);
    }
}

static void a_cleared_map_is_empty_and_usable(void **state)
{
    (void)state;
    assert_int_equal(mni_map_set(&map, 1, 1), MN_OK);
    mni_map_clear(&map);
    assert_int_equal(allocator.live, 0);
    assert_int_equal(map.count, 0);
    assert_int_equal(mni_map_get(&map, 1), MNI_MAP_NONE);
    assert_int_equal(mni_map_set(&map, 2, 2), MN_OK);
    assert_int_equal(mni_map_get(&map, 2), 2);
}

static void the_largest_map_is_a_limit(void **state)
{
    (void)state;
    uint32_t most = UINT32_C(3) << 26;
    memory.limit = 1;
    assert_int_equal(mni_map_reserve(&map, most), MN_ERROR_MEMORY);
    assert_int_equal(mni_map_reserve(&map, most + 1), MN_ERROR_FULL);
}

static void reserved_room_needs_no_memory_later(void **state)
{
    (void)state;
    assert_int_equal(mni_map_reserve(&map, 1000), MN_OK);
    uint64_t allocations = memory.allocations;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(mni_map_set(&map, i, i), MN_OK);
    }
    assert_int_equal(memory.allocations, allocations);
    assert_int_equal(mni_map_reserve(&map, 10), MN_OK);
    assert_int_equal(memory.allocations, allocations);
    assert_int_equal(mni_map_reserve(&map, UINT32_MAX), MN_ERROR_FULL);
}

static void out_of_memory_leaves_the_map_as_it_was(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(mni_map_set(&map, i, i), MN_OK);
    }
    for (uint32_t which = 1; which <= 2; which++) {
        allocator.fail_at = allocator.count + which;
        assert_int_equal(mni_map_set(&map, 6, 6), MN_ERROR_MEMORY);
        assert_int_equal(map.count, 6);
        assert_int_equal(mni_map_get(&map, 6), MNI_MAP_NONE);
        assert_int_equal(mni_map_set(&map, 5, 5), MN_OK); /* a replacement needs no memory */
        for (uint32_t i = 0; i < 6; i++) {
            assert_int_equal(mni_map_get(&map, i), i);
        }
    }
    assert_int_equal(mni_map_set(&map, 6, 6), MN_OK);
    assert_int_equal(mni_map_get(&map, 6), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_map_knows_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(setting_again_replaces, setup, teardown),
        cmocka_unit_test_setup_teardown(it_does_what_an_array_does, setup, teardown),
        cmocka_unit_test_setup_teardown(removal_closes_gaps_in_a_small_full_table, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_that_differ_in_any_bits_spread_and_a_seed_places_them,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_cleared_map_is_empty_and_usable, setup, teardown),
        cmocka_unit_test_setup_teardown(the_largest_map_is_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(reserved_room_needs_no_memory_later, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory_leaves_the_map_as_it_was, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
