/* SPDX-License-Identifier: MIT */
/* The memory of whose connection is over. */
#include "base/random.h"
#include "socket/cookie.h"
#include "socket/used.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

static const uint8_t key[MNI_HASH_KEY_SIZE] = {5};

enum { LIFETIME_US = MNI_COOKIE_LIFETIME_US, SETS = MNI_USED_SETS_MIN };

static test_allocator allocator;
static mni_memory memory;
static mni_used used;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    return mni_used_init(&used, &memory, 1) == MN_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    mni_used_clear(&used);
    return allocator.live == 0 ? 0 : -1;
}

static void a_client_is_remembered_until_its_cookies_have_expired(void **state)
{
    (void)state;
    assert_false(mni_used_has(&used, 42, 10));
    mni_used_add(&used, 42, 10);
    assert_true(mni_used_has(&used, 42, 10));
    assert_true(mni_used_has(&used, 42, 10 + LIFETIME_US - 1));
    assert_false(mni_used_has(&used, 42, 10 + LIFETIME_US));
    assert_false(mni_used_has(&used, 43, 10));
    assert_false(mni_used_has(&used, 42 + SETS, 10));
    assert_true(mni_used_knows(&used, 42, 0));
}

static void a_full_set_forgets_the_oldest_and_knows_only_what_is_younger(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < MNI_USED_WAYS; i++) {
        mni_used_add(&used, i * SETS, 100 + i);
    }
    assert_true(mni_used_knows(&used, 0, 0));
    for (uint64_t i = 0; i < UINT64_C(2) * MNI_USED_WAYS; i++) {
        mni_used_add(&used, (1000 + i) * SETS, 200 + i);
        uint64_t forgotten_us = i < MNI_USED_WAYS ? 100 + i : 200 + i - MNI_USED_WAYS;
        assert_false(mni_used_knows(&used, 0, forgotten_us));
        assert_true(mni_used_knows(&used, 0, forgotten_us + 1));
        assert_int_equal(mni_used_has(&used, i * SETS, 300), false);
        assert_true(mni_used_has(&used, (1000 + i) * SETS, 300));
        assert_true(mni_used_knows(&used, 1, 0)); /* another set */
    }
}

static void what_had_expired_is_missed_by_nobody(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < UINT64_C(2) * MNI_USED_WAYS; i++) {
        uint64_t now_us = i * LIFETIME_US / MNI_USED_WAYS;
        mni_used_add(&used, i * SETS, now_us);
        assert_true(mni_used_knows(&used, 0, now_us < LIFETIME_US ? 0 : now_us - LIFETIME_US + 1));
    }
}

/* Whatever happens, no cookie of a connection that is over is believed. */
static void no_cookie_is_believed_that_was_used(void **state)
{
    enum { CLIENTS = 300, ENDS = 20000 };
    (void)state;
    static uint64_t clients[CLIENTS], ended_us[CLIENTS];
    uint64_t seed = test_seed(1), now_us = 0;
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        clients[i] = mni_random_next(&random) & ~(uint64_t)(SETS - 4); /* many in few sets */
    }
    for (uint32_t n = 0; n < ENDS; n++) {
        uint32_t one = (uint32_t)mni_random_below(&random, CLIENTS);
        now_us += mni_random_below(&random, 2 * LIFETIME_US / CLIENTS);
        mni_used_add(&used, clients[one], now_us);
        ended_us[one] = now_us;
        uint32_t other = (uint32_t)mni_random_below(&random, CLIENTS);
        uint64_t age_us = mni_random_below(&random, LIFETIME_US);
        uint64_t issued_us = now_us < age_us ? 0 : now_us - age_us;
        if (issued_us <= ended_us[other] && ended_us[other] > 0 &&
            !mni_used_has(&used, clients[other], now_us) &&
            mni_used_knows(&used, clients[other], issued_us)) {
            fail_msg("one was believed, seed %" PRIu64, seed);
        }
    }
}

/* As many as there is room for, each of them once a lifetime: how old a cookie may be of which it
   still knows. */
static void it_knows_what_is_fresh(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1), ignorant = 0;
    uint64_t count = (uint64_t)SETS * MNI_USED_WAYS, step_us = 1000000 / count, now_us = 0;
    mni_random random;
    mni_random_init(&random, seed);
    for (uint64_t i = 0; i < 10 * count; i++, now_us += step_us) {
        mni_used_add(&used, mni_random_next(&random), now_us);
        uint64_t issued_us = now_us < 300000 ? 0 : now_us - 300000;
        ignorant += mni_used_knows(&used, mni_random_next(&random), issued_us) ? 0 : 1;
    }
    if (ignorant > count / 1000) {
        fail_msg("%" PRIu64 " of %" PRIu64 " unknown, seed %" PRIu64, ignorant, 10 * count, seed);
    }
}

static void all_connections_of_one_lifetime_find_room(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 20; round++) {
        uint32_t max = 1 + (uint32_t)mni_random_below(&random, 10000), unknown = 0;
        mni_used many;
        assert_int_equal(mni_used_init(&many, &memory, max), MN_OK);
        for (uint32_t i = 0; i < max; i++) {
            mni_used_add(&many, mni_random_next(&random), 10);
        }
        for (uint32_t i = 0; i < many.count; i++) {
            unknown += mni_used_knows(&many, i, 0) ? 0 : 1;
        }
        mni_used_clear(&many);
        if (unknown > 1) {
            fail_msg("no room in %u sets, seed %" PRIu64, unknown, seed);
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
    mni_used other;
    allocator.fail_at = allocator.count + 1;
    assert_int_equal(mni_used_init(&other, &memory, 1), MN_ERROR_MEMORY);
    mni_used_clear(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_is_remembered_until_its_cookies_have_expired,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_full_set_forgets_the_oldest_and_knows_only_what_is_younger, setup, teardown),
        cmocka_unit_test_setup_teardown(what_had_expired_is_missed_by_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(no_cookie_is_believed_that_was_used, setup, teardown),
        cmocka_unit_test_setup_teardown(it_knows_what_is_fresh, setup, teardown),
        cmocka_unit_test_setup_teardown(all_connections_of_one_lifetime_find_room, setup, teardown),
        cmocka_unit_test(the_name_covers_address_token_and_key),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_made, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
