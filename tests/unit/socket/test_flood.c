/* SPDX-License-Identifier: MIT */
/* Networks share buckets by chance only, and a bucket that is empty fills again. */
#include "socket/flood.h"
#include "support/memory.h"
#include "support/test.h"

enum { BEFORE_US = 77 };

static const uint8_t key[MNI_HASH_KEY_SIZE] = {1, 2, 3};
static test_allocator allocator;
static mni_memory memory;
static mni_flood flood;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    return mni_flood_init(&flood, &memory, BEFORE_US) == MN_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    mni_flood_clear(&flood);
    return allocator.live == 0 ? 0 : -1;
}

static mn_address address_of(const char *text)
{
    mn_address address;
    assert_int_equal(mn_address_parse(text, 1, &address), MN_OK);
    return address;
}

/* How many of `count` hellos are answered. */
static uint32_t say(const char *from, uint32_t count, uint64_t now_us)
{
    mn_address address = address_of(from);
    uint32_t answered = 0;
    for (uint32_t i = 0; i < count; i++) {
        address.port = (uint16_t)i; /* one network address translator, many players */
        answered += mni_flood_allows_hello(&flood, key, &address, now_us) ? 1 : 0;
    }
    return answered;
}

static void a_burst_is_answered_and_then_so_many_a_second(void **state)
{
    (void)state;
    assert_int_equal(say("192.0.2.1", 3 * MNI_FLOOD_HELLOS_BURST, BEFORE_US),
                     MNI_FLOOD_HELLOS_BURST);
    assert_int_equal(say("192.0.2.1", 1, BEFORE_US), 0);
    assert_in_range(say("192.0.2.1", MNI_FLOOD_HELLOS_BURST, BEFORE_US + 1000000),
                    MNI_FLOOD_HELLOS_PER_SECOND - 1, MNI_FLOOD_HELLOS_PER_SECOND + 1);
    uint64_t later_us = BEFORE_US + UINT64_C(1000000000000);
    assert_int_equal(say("192.0.2.1", 3 * MNI_FLOOD_HELLOS_BURST, later_us),
                     MNI_FLOOD_HELLOS_BURST);
}

static bool connect(const mn_address *from, uint64_t now_us)
{
    return mni_flood_allows_connect(&flood, key, from, now_us);
}

static uint32_t connect_often(const char *from, uint64_t now_us)
{
    mn_address address = address_of(from);
    uint32_t answered = 0;
    for (uint32_t i = 0; i < 3 * MNI_FLOOD_CONNECTS_BURST; i++) {
        answered += connect(&address, now_us) ? 1 : 0;
    }
    return answered;
}

static void a_network_leaves_connects_to_others(void **state)
{
    (void)state;
    assert_int_equal(connect_often("192.0.2.1", BEFORE_US), MNI_FLOOD_CONNECTS_BURST);
    assert_int_equal(connect_often("192.0.2.2", BEFORE_US), MNI_FLOOD_CONNECTS_BURST);
    assert_in_range(connect_often("192.0.2.1", BEFORE_US + 500000),
                    MNI_FLOOD_CONNECTS_PER_SECOND / 2 - 1, MNI_FLOOD_CONNECTS_PER_SECOND / 2 + 1);
}

static void hellos_use_up_nothing_of_connects(void **state)
{
    (void)state;
    mn_address address = address_of("192.0.2.1");
    assert_int_equal(say("192.0.2.1", 2 * MNI_FLOOD_HELLOS_BURST, BEFORE_US),
                     MNI_FLOOD_HELLOS_BURST);
    assert_true(connect(&address, BEFORE_US));
    address = address_of("192.0.2.2");
    while (connect(&address, BEFORE_US)) {
    }
    assert_int_equal(say("192.0.2.2", 1, BEFORE_US), 1);
}

/* How many of so many are answered that come from everywhere at once. */
static uint32_t connect_from_everywhere(uint32_t count, uint64_t now_us)
{
    mn_address address = address_of("2001:db8::1");
    uint32_t answered = 0;
    for (uint32_t i = 0; i < count; i++) {
        address.ip[4] = (uint8_t)(i >> 8);
        address.ip[5] = (uint8_t)i;
        answered += connect(&address, now_us) ? 1 : 0;
    }
    return answered;
}

static void connects_are_limited_in_all(void **state)
{
    (void)state;
    const uint32_t burst = MNI_FLOOD_ALL_BURST, per_second = MNI_FLOOD_ALL_PER_SECOND;
    mn_address here = address_of("127.0.0.1");
    assert_int_equal(connect_from_everywhere(3 * burst, BEFORE_US), burst);
    assert_true(connect(&here, BEFORE_US));
    assert_in_range(connect_from_everywhere(3 * burst, BEFORE_US + 125000), per_second / 8 - 1,
                    per_second / 8 + 1);
    assert_int_equal(connect_from_everywhere(100, BEFORE_US + 1000000), 100);
    assert_int_equal(say("192.0.2.1", 1, BEFORE_US), 1);
}

static void others_are_not_concerned(void **state)
{
    (void)state;
    assert_int_equal(say("192.0.2.1", 2 * MNI_FLOOD_HELLOS_BURST, BEFORE_US),
                     MNI_FLOOD_HELLOS_BURST);
    assert_int_equal(say("192.0.2.2", 100, BEFORE_US), 100);
    assert_int_equal(say("2001:db8::1", 100, BEFORE_US), 100);
}

static void an_ipv6_network_is_one(void **state)
{
    (void)state;
    assert_int_equal(say("2001:db8::1", 2 * MNI_FLOOD_HELLOS_BURST, BEFORE_US),
                     MNI_FLOOD_HELLOS_BURST);
    assert_int_equal(say("2001:db8::ffff:2", 1, BEFORE_US), 0);
    assert_int_equal(say("2001:db8:0:1::1", 1, BEFORE_US), 1);
}

static void this_machine_is_not_limited(void **state)
{
    (void)state;
    assert_int_equal(say("127.0.0.1", 2 * MNI_FLOOD_HELLOS_BURST, BEFORE_US),
                     2 * MNI_FLOOD_HELLOS_BURST);
    assert_int_equal(say("::1", 2 * MNI_FLOOD_HELLOS_BURST, BEFORE_US), 2 * MNI_FLOOD_HELLOS_BURST);
}

static void without_memory_nothing_is_made(void **state)
{
    (void)state;
    mni_flood other;
    allocator.fail_at = allocator.count + 1;
    assert_int_equal(mni_flood_init(&other, &memory, 0), MN_ERROR_MEMORY);
    mni_flood_clear(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_burst_is_answered_and_then_so_many_a_second, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_network_leaves_connects_to_others, setup, teardown),
        cmocka_unit_test_setup_teardown(hellos_use_up_nothing_of_connects, setup, teardown),
        cmocka_unit_test_setup_teardown(connects_are_limited_in_all, setup, teardown),
        cmocka_unit_test_setup_teardown(others_are_not_concerned, setup, teardown),
        cmocka_unit_test_setup_teardown(an_ipv6_network_is_one, setup, teardown),
        cmocka_unit_test_setup_teardown(this_machine_is_not_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_made, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
