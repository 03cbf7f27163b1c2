/* SPDX-License-Identifier: MIT */
/* Places are shared with those who have not been heard yet. */
#include "socket/unheard.h"
#include "support/memory.h"
#include "support/test.h"

enum { PLACES = 64 };

static const uint8_t key[MNI_HASH_KEY_SIZE] = {1, 2, 3};
static test_allocator allocator;
static mni_memory memory;
static mni_unheard unheard;
static mni_chain elements[PLACES];
static uint32_t count;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    for (count = PLACES; count > 0; count--) {
        elements[count - 1] = (mni_chain){NULL, NULL};
    }
    return mni_unheard_init(&unheard, &memory) == MN_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    mni_unheard_clear(&unheard);
    return allocator.live == 0 ? 0 : -1;
}

static mn_address address_of(const char *text)
{
    mn_address address;
    assert_int_equal(mn_address_parse(text, 1, &address), MN_OK);
    return address;
}

/* How many more come, as long as they are let in. */
static uint32_t come(const char *from)
{
    mn_address address = address_of(from);
    uint32_t before = count;
    while (count < PLACES && mni_unheard_allows(&unheard, key, &address, NULL, PLACES - count)) {
        address.port = (uint16_t)count;
        mni_unheard_add(&unheard, key, &address, &elements[count++], 0);
    }
    return count - before;
}

static void a_network_leaves_half_of_what_is_free(void **state)
{
    (void)state;
    assert_int_equal(come("192.0.2.1"), PLACES / 2);
    assert_int_equal(come("192.0.2.1"), 0);
    assert_int_equal(come("192.0.2.2"), PLACES / 4);
    assert_int_equal(come("2001:db8::1"), PLACES / 8);
    assert_int_equal(come("2001:db8::2"), 0);
}

static void the_last_place_is_for_anybody(void **state)
{
    (void)state;
    count = PLACES - 1;
    assert_int_equal(come("192.0.2.1"), 1);
}

static void without_a_place_only_those_may_ask_of_whom_none_is_unheard(void **state)
{
    (void)state;
    mn_address a = address_of("192.0.2.1"), b = address_of("192.0.2.2");
    mni_unheard_add(&unheard, key, &a, &elements[0], 0);
    assert_false(mni_unheard_allows(&unheard, key, &a, NULL, 0));
    assert_true(mni_unheard_allows(&unheard, key, &a, NULL, 2));
    assert_true(mni_unheard_allows(&unheard, key, &b, NULL, 0));
}

/* To be replaced makes nobody younger who has too many. */
static void who_is_replaced_does_not_count(void **state)
{
    (void)state;
    mni_chain heard = {NULL, NULL};
    mn_address address = address_of("192.0.2.1");
    mni_unheard_add(&unheard, key, &address, &elements[0], 0);
    assert_true(mni_unheard_allows(&unheard, key, &address, &elements[0], 0));
    assert_false(mni_unheard_allows(&unheard, key, &address, &heard, 0));
    mni_unheard_add(&unheard, key, &address, &elements[1], 0);
    assert_false(mni_unheard_allows(&unheard, key, &address, &elements[0], 0));
    assert_true(mni_unheard_allows(&unheard, key, &address, &elements[0], 1));
}

static void who_was_heard_is_not_counted(void **state)
{
    (void)state;
    mn_address address = address_of("192.0.2.1");
    uint32_t let_in = come("192.0.2.1");
    for (uint32_t i = 0; i < let_in; i++) {
        assert_true(unheard.chain.next == &elements[i]);
        mni_unheard_remove(&unheard, key, &address, &elements[i]);
        mni_unheard_remove(&unheard, key, &address, &elements[i]);
    }
    assert_true(mni_chain_is_empty(&unheard.chain));
    assert_int_equal(come("192.0.2.1"), PLACES / 4);
}

/* Whose time it is: the network's, unless one of it was heard, or it was away for long. */
static void the_time_of_a_network_begins_once(void **state)
{
    (void)state;
    enum { MEMORY_US = MNI_UNHEARD_MEMORY_US };
    mn_address address = address_of("192.0.2.1");
    mni_unheard_add(&unheard, key, &address, &elements[0], 100);
    mni_unheard_remove(&unheard, key, &address, &elements[0]);
    mni_unheard_add(&unheard, key, &address, &elements[1], 100 + MEMORY_US - 1);
    assert_int_equal(mni_unheard_since_us(&unheard, key, &address), 100);
    mni_unheard_add(&unheard, key, &address, &elements[2], 100 + MEMORY_US);
    assert_int_equal(mni_unheard_since_us(&unheard, key, &address), 100);
    mni_unheard_hear(&unheard, key, &address, &elements[1], 200 + MEMORY_US);
    mni_unheard_hear(&unheard, key, &address, &elements[1], 300 + MEMORY_US);
    assert_int_equal(mni_unheard_since_us(&unheard, key, &address), 200 + MEMORY_US);
    mni_unheard_hear(&unheard, key, &address, &elements[2], 300 + MEMORY_US);
    mni_unheard_add(&unheard, key, &address, &elements[3], 400 + MEMORY_US);
    assert_int_equal(mni_unheard_since_us(&unheard, key, &address), 400 + MEMORY_US);
    mni_unheard_remove(&unheard, key, &address, &elements[3]);
    mni_unheard_add(&unheard, key, &address, &elements[3], 400 + 2 * MEMORY_US);
    assert_int_equal(mni_unheard_since_us(&unheard, key, &address), 400 + 2 * MEMORY_US);
}

static void this_machine_is_not_limited(void **state)
{
    (void)state;
    assert_int_equal(come("127.0.0.1"), PLACES);
}

static void without_memory_nothing_is_made(void **state)
{
    (void)state;
    mni_unheard other;
    allocator.fail_at = allocator.count + 1;
    assert_int_equal(mni_unheard_init(&other, &memory), MN_ERROR_MEMORY);
    mni_unheard_clear(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_network_leaves_half_of_what_is_free, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_place_is_for_anybody, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_place_only_those_may_ask_of_whom_none_is_unheard,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_replaced_does_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(who_was_heard_is_not_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(the_time_of_a_network_begins_once, setup, teardown),
        cmocka_unit_test_setup_teardown(this_machine_is_not_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_made, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
