/* SPDX-License-Identifier: MIT */
/* The memory of who has been connected already. */
#include "base/random.h"
#include "socket/used.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

static const uint8_t key[MNI_HASH_KEY_SIZE] = {5};

static void a_client_is_remembered_until_its_time(void **state)
{
    (void)state;
    mni_memory memory;
    mni_used used;
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_used_init(&used, &memory, 1), MN_OK);
    assert_false(mni_used_has(&used, 42, 10));
    assert_true(mni_used_add(&used, 42, 100, 10));
    assert_true(mni_used_has(&used, 42, 99));
    assert_false(mni_used_has(&used, 42, 100));
    assert_false(mni_used_has(&used, 43, 99));
    mni_used_remove(&used, 42);
    assert_false(mni_used_has(&used, 42, 10));
    mni_used_remove(&used, 42);
    mni_used_clear(&used);
    assert_int_equal(memory.used, 0);
}

static void a_client_can_be_remembered_for_longer_and_not_for_less(void **state)
{
    (void)state;
    mni_memory memory;
    mni_used used;
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_used_init(&used, &memory, 1), MN_OK);
    assert_true(mni_used_add(&used, 42, 100, 10));
    assert_true(mni_used_add(&used, 42, 200, 20));
    assert_true(mni_used_add(&used, 42, 150, 30));
    assert_true(mni_used_has(&used, 42, 199));
    mni_used_clear(&used);
}

static void a_full_set_refuses_until_an_entry_expires(void **state)
{
    (void)state;
    mni_memory memory;
    mni_used used;
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_used_init(&used, &memory, 1), MN_OK);
    for (uint64_t i = 0; i < used.count; i++) {
        assert_true(mni_used_add(&used, 1000 + i, 100 + i, 10));
    }
    assert_false(mni_used_add(&used, 1, 500, 10));
    assert_false(mni_used_has(&used, 1, 10));
    assert_true(mni_used_add(&used, 1000, 300, 10)); /* who is in it needs no room */
    assert_false(mni_used_add(&used, 1, 500, 100));
    assert_true(mni_used_add(&used, 1, 500, 101));
    assert_true(mni_used_has(&used, 1000, 101));
    assert_false(mni_used_has(&used, 1001, 101));
    mni_used_clear(&used);
}

static bool has_room_for_all(mni_random *random, uint32_t max)
{
    mni_memory memory;
    mni_used used;
    uint32_t added = 0;
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_used_init(&used, &memory, max), MN_OK);
    for (uint32_t i = 0; i < max; i++) {
        mn_address address = {.port = (uint16_t)i};
        uint64_t client = mni_used_client(key, &address, mni_random_next(random));
        added += mni_used_add(&used, client, 100, 10) ? 1 : 0;
    }
    mni_used_clear(&used);
    return added == max;
}

static void all_clients_of_one_lifetime_find_room(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 20; round++) {
        if (!has_room_for_all(&random, 1 + (uint32_t)mni_random_below(&random, 3000))) {
            fail_msg("no room, seed %" PRIu64, seed);
        }
    }
}

static void the_name_covers_address_token_and_key(void **state)
{
    (void)state;
    mn_address a = {.port = 1}, b = {.port = 2};
    const uint8_t other_key[MNI_HASH_KEY_SIZE] = {6};
    assert_true(mni_used_client(key, &a, 1) == mni_used_client(key, &a, 1));
    assert_true(mni_used_client(key, &a, 1) != mni_used_client(key, &b, 1));
    assert_true(mni_used_client(key, &a, 1) != mni_used_client(key, &a, 2));
    assert_true(mni_used_client(key, &a, 1) != mni_used_client(other_key, &a, 1));
}

static void without_memory_nothing_is_made(void **state)
{
    (void)state;
    test_allocator allocator;
    mni_memory memory;
    mni_used used;
    test_allocator_init(&allocator);
    allocator.fail_at = 1;
    mni_memory_init(&memory, &allocator.table, 0);
    assert_int_equal(mni_used_init(&used, &memory, 1), MN_ERROR_MEMORY);
    mni_used_clear(&used);
    assert_int_equal(allocator.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_remembered_until_its_time),
        cmocka_unit_test(a_client_can_be_remembered_for_longer_and_not_for_less),
        cmocka_unit_test(a_full_set_refuses_until_an_entry_expires),
        cmocka_unit_test(all_clients_of_one_lifetime_find_room),
        cmocka_unit_test(the_name_covers_address_token_and_key),
        cmocka_unit_test(without_memory_nothing_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
