/* SPDX-License-Identifier: MIT */
/* What leaves while something else may not: a reader that does not read stops nobody but itself. */
#include "support/pair.h"
#include "support/seed.h"
#include "support/test.h"

#define MS UINT64_C(1000)

static test_pair pair;

static int setup(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    config.receive_window_bytes = 16 * 1024;
    test_pair_open(&pair, &config, test_seed(1));
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 10 * MS});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_pair_close(&pair);
    return 0;
}

static void send(uint32_t size, uint64_t number, uint32_t how)
{
    assert_int_equal(test_pair_send(&pair, 0, size, number, how, number), MN_OK);
}

/* Nobody reads; when it is over, 21 messages of 1000 bytes wait for credit on channel 1. */
static void block_channel_one(void)
{
    for (uint64_t i = 0; i < 37; i++) {
        send(1000, i, MN_RELIABLE | MN_ON_CHANNEL(1));
    }
    test_pair_flush(&pair, 0);
    test_pair_run(&pair, 500 * MS, MS);
    assert_int_equal(pair.sides[0].connection.queue.count, 21);
    assert_int_equal(pair.sides[0].connection.sent.flying.count, 0);
}

static uint32_t read_all(void)
{
    mni_peer_event event;
    uint32_t count = 0;
    while (test_pair_take(&pair, 1, &event)) {
        test_pair_return(&pair, 1, &event);
        count++;
    }
    return count;
}

static void copies_make_no_packets_while_others_wait_for_credit(void **state)
{
    (void)state;
    block_channel_one();
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t before = pair.sides[0].packets;
        send(20, i, MN_SEQUENCED | MN_REDUNDANT(3));
        test_pair_flush(&pair, 0);
        test_pair_run(&pair, 1 * MS, MS);
        assert_int_equal(pair.sides[0].packets - before, 1);
    }
}

static void what_waited_leaves_with_the_credit_whatever_was_queued_meanwhile(void **state)
{
    (void)state;
    pair_side *sender = &pair.sides[0];
    block_channel_one();
    sender->shared.ranks[2].weight = 4; /* it stays first in its round after two */
    send(20, 1, MN_UNRELIABLE | MN_ON_CHANNEL(2));
    send(20, 2, MN_UNRELIABLE | MN_ON_CHANNEL(2));
    mni_connection_release(&sender->connection);
    send(20, 3, MN_UNRELIABLE | MN_ON_CHANNEL(2)); /* for the next flush */
    test_pair_run(&pair, 200 * MS, MS);
    uint64_t sent = sender->connection.traffic.messages_sent;
    assert_int_equal(sender->connection.queue.count, 22);
    assert_int_equal(read_all(), 18);
    test_pair_run(&pair, 12 * MS, MS); /* the credit comes */
    assert_true(sender->connection.traffic.messages_sent > sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(copies_make_no_packets_while_others_wait_for_credit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            what_waited_leaves_with_the_credit_whatever_was_queued_meanwhile, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
