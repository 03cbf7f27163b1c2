/* SPDX-License-Identifier: MIT */
/*
 * What the protocol costs in bytes: golden numbers, below the budgets of 10, 10, 28 and 4 bytes in
 * plain mode, and of 22, 22, 40 and 4 where packets are sealed.
 */
#include "support/pair.h"
#include "support/test.h"

static test_pair pair;
static pair_mode protection;
static uint32_t sealing; /* what each packet costs more */

static int setup(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    test_pair_open_as(&pair, &config, 1, protection);
    sealing = protection == PAIR_PLAIN ? 0 : 12;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_pair_close(&pair);
    return 0;
}

static void send(uint32_t side, uint32_t size, uint32_t how)
{
    assert_int_equal(test_pair_send(&pair, side, size, 0, how, 0), MN_OK);
}

/* The bytes that this flush sends, in one packet. */
static uint64_t flushed(uint32_t side)
{
    pair_side *from = &pair.sides[side];
    uint64_t packets = from->packets;
    uint64_t bytes = from->bytes;
    test_pair_flush(&pair, side);
    assert_int_equal(from->packets, packets + 1);
    return from->bytes - bytes;
}

static void a_reliable_message_costs_10(void **state)
{
    (void)state;
    send(0, 20, MN_RELIABLE);
    assert_int_equal(flushed(0), 20 + 10 + sealing);
}

static void a_lone_acknowledgement_costs_10(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        send(0, 20, MN_RELIABLE);
        (void)flushed(0);
    }
    test_pair_step(&pair, 1000);
    assert_int_equal(pair.sides[1].packets, 1);
    assert_int_equal(pair.sides[1].bytes, 10 + sealing);
}

static void twenty_unreliable_messages_cost_27(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        send(0, 10, MN_UNRELIABLE);
    }
    assert_int_equal(flushed(0), 20 * 10 + 27 + sealing);
}

static void a_riding_acknowledgement_costs_3(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        send(0, 20, MN_RELIABLE);
        assert_int_equal(flushed(0), (i == 0 ? 30 : 33) + sealing);
        test_pair_step(&pair, 1000);
        send(1, 20, MN_RELIABLE);
        assert_int_equal(flushed(1), 33 + sealing);
        test_pair_step(&pair, 1000);
    }
}

static void other_channels_and_modes_cost_what_the_protocol_says(void **state)
{
    (void)state;
    static const struct {
        uint32_t how, cost;
    } cases[] = {
        {MN_UNRELIABLE, 8},
        {MN_NOTIFY, 8},
        {MN_RELIABLE | MN_ON_CHANNEL(5), 12},
        {MN_UNRELIABLE | MN_ON_CHANNEL(63), 10},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        send(0, 20, cases[i].how);
        assert_int_equal(flushed(0), 20 + cases[i].cost + sealing);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_reliable_message_costs_10),
        TEST(a_lone_acknowledgement_costs_10),
        TEST(twenty_unreliable_messages_cost_27),
        TEST(a_riding_acknowledgement_costs_3),
        TEST(other_channels_and_modes_cost_what_the_protocol_says),
    };
#undef TEST
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    protection = PAIR_SEALED;
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
