/* SPDX-License-Identifier: MIT */
/* The way from an address to a connection, against a model that searches a list. */
#include "base/random.h"
#include "socket/address.h"
#include "socket/lookup.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

static const uint8_t key[MNI_HASH_KEY_SIZE] = {9};

static mn_address numbered(uint32_t number)
{
    mn_address address = {.port = (uint16_t)(number & 7)};
    address.ip[15] = (uint8_t)(number >> 3);
    return address;
}

static void an_address_leads_to_its_connection_until_removed(void **state)
{
    (void)state;
    mni_memory memory;
    mni_lookup lookup;
    mn_address a = numbered(1), b = numbered(2);
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_lookup_init(&lookup, &memory, 2, key), MN_OK);
    assert_int_equal(mni_lookup_find(&lookup, &a), MNI_LOOKUP_NONE);
    mni_lookup_add(&lookup, &a, 1);
    mni_lookup_add(&lookup, &b, 0);
    assert_int_equal(mni_lookup_find(&lookup, &a), 1);
    assert_int_equal(mni_lookup_find(&lookup, &b), 0);
    assert_true(mni_address_equals(mni_lookup_address(&lookup, 1), &a));
    mni_lookup_remove(&lookup, 1);
    assert_int_equal(mni_lookup_find(&lookup, &a), MNI_LOOKUP_NONE);
    assert_int_equal(mni_lookup_find(&lookup, &b), 0);
    mni_lookup_clear(&lookup);
    assert_int_equal(memory.used, 0);
}

static void it_agrees_with_a_list(void **state)
{
    (void)state;
    enum { MAX = 50, ADDRESSES = 200 };
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_memory memory;
    mni_lookup lookup;
    int32_t number_of[MAX]; /* the model: by index, -1 when free */
    mni_random_init(&random, seed);
    mni_memory_init(&memory, NULL, 0);
    assert_int_equal(mni_lookup_init(&lookup, &memory, MAX, key), MN_OK);
    for (uint32_t i = 0; i < MAX; i++) {
        number_of[i] = -1;
    }
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t index = (uint32_t)mni_random_below(&random, MAX);
        uint32_t number = (uint32_t)mni_random_below(&random, ADDRESSES);
        mn_address address = numbered(number);
        int32_t expected = MNI_LOOKUP_NONE;
        for (int32_t i = 0; i < MAX; i++) {
            expected = number_of[i] == (int32_t)number ? i : expected;
        }
        if (mni_lookup_find(&lookup, &address) != expected) {
            fail_msg("a wrong connection, seed %" PRIu64 ", round %u", seed, round);
        }
        if (number_of[index] >= 0) {
            mni_lookup_remove(&lookup, index);
            number_of[index] = -1;
        } else if (expected == MNI_LOOKUP_NONE) {
            mni_lookup_add(&lookup, &address, index);
            number_of[index] = (int32_t)number;
        }
    }
    mni_lookup_clear(&lookup);
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    test_allocator allocator;
    mni_memory memory;
    mni_lookup lookup;
    for (uint64_t k = 1; k <= 2; k++) {
        test_allocator_init(&allocator);
        allocator.fail_at = k;
        mni_memory_init(&memory, &allocator.table, 0);
        assert_int_equal(mni_lookup_init(&lookup, &memory, 8, key), MN_ERROR_MEMORY);
        mni_lookup_clear(&lookup);
        assert_int_equal(allocator.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_leads_to_its_connection_until_removed),
        cmocka_unit_test(it_agrees_with_a_list),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
