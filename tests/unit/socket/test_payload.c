/* SPDX-License-Identifier: MIT */
/*
 * What the application of the side that connects tells the other's: it comes once, before all else,
 * whatever happens to its packets, and nobody hears of a connection without it.
 */
#include "socket/packet.h"
#include "support/pair.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

static test_pair pair;
static uint64_t next_number;

static void open_pair(pair_mode mode)
{
    mn_peer_config config = test_pair_config();
    test_pair_open_as(&pair, &config, 1, mode);
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 20 * MS});
    next_number = 0;
}

static int setup(void **state)
{
    (void)state;
    open_pair(PAIR_ANNOUNCED);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_pair_close(&pair);
    return 0;
}

static mni_connection *connection_of(uint32_t side)
{
    return &pair.sides[side].connection;
}

static void run_ms(uint64_t ms)
{
    test_pair_run(&pair, ms * MS, MS);
}

static void send(uint64_t number)
{
    assert_int_equal(test_pair_send(&pair, 0, 600, number, MN_RELIABLE, 0), MN_OK);
    test_pair_flush(&pair, 0);
}

static void expect_connected(const char *payload, uint32_t size)
{
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 1, &event));
    assert_int_equal(event.event.type, MN_EVENT_CONNECTED);
    assert_int_equal(event.event.who, 2);
    assert_int_equal(event.event.reason, MN_REASON_NONE);
    assert_int_equal(event.tag, 101);
    assert_int_equal(event.event.size, size);
    assert_memory_equal(event.event.data, payload, size);
    assert_int_equal(((const uint8_t *)event.event.data)[size], '\0');
    test_pair_return(&pair, 1, &event);
}

static void expect_message(uint64_t number)
{
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 1, &event));
    assert_int_equal(event.event.type, MN_EVENT_MESSAGE);
    assert_int_equal(test_pair_number(&event), number);
    test_pair_return(&pair, 1, &event);
}

static void expect_nothing(void)
{
    assert_int_equal(mni_events_count(&pair.sides[1].events), 0);
}

/* This side receives a packet with these frames, as if from the other. */
static int32_t inject_to(uint32_t side, const char *frames, uint32_t size)
{
    uint8_t bytes[1200];
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes) - MNI_TAG_SIZE);
    uint64_t number = next_number++;
    mni_packet_begin(&writer, number, false, NULL);
    mni_write_bytes(&writer, frames, size);
    uint32_t packet_size = mni_packet_end(&writer, number, &connection_of(1 - side)->sealer);
    return mni_connection_receive(connection_of(side), bytes, packet_size, pair.now_us);
}

static int32_t inject(const char *frames, uint32_t size)
{
    return inject_to(1, frames, size);
}

static void it_announces_the_connection_before_all_else(void **state)
{
    (void)state;
    test_pair_offer(&pair, "hello", 5);
    assert_true(mni_connection_next_us(connection_of(0)) <= pair.now_us);
    send(1);
    assert_int_equal(pair.sides[0].packets, 1); /* it rides with the first message */
    assert_false(mni_connection_is_announced(connection_of(1)));
    run_ms(20);
    assert_true(mni_connection_is_announced(connection_of(1)));
    expect_connected("hello", 5);
    expect_message(1);
    assert_int_equal(pair.sides[1].events.reserved, 0);
    assert_non_null(connection_of(0)->payload);
    run_ms(50);
    assert_null(connection_of(0)->payload); /* it is acknowledged */
    assert_int_equal(pair.sides[0].packets, 1);
    assert_true(mni_connection_is_announced(connection_of(0)));
}

static void it_leaves_without_a_message(void **state)
{
    (void)state;
    test_pair_offer(&pair, "hello", 5);
    connection_of(0)->is_ping_due = true; /* which it makes superfluous */
    test_pair_write(&pair, 0, false);
    assert_int_equal(pair.sides[0].packets, 1);
    assert_int_equal(pair.sides[0].bytes, 3 + 2 + 5 + 16);
    run_ms(100);
    expect_connected("hello", 5);
    expect_nothing();
    assert_int_equal(pair.sides[0].packets, 1);
}

static void it_may_be_empty(void **state)
{
    (void)state;
    test_pair_offer(&pair, "", 0);
    test_pair_write(&pair, 0, false);
    run_ms(20);
    expect_connected("", 0);
}

static void a_lost_one_is_sent_again_and_messages_wait_for_it(void **state)
{
    (void)state;
    test_pair_offer(&pair, "hello", 5);
    pair.sides[0].line.is_cut = true;
    send(1);
    pair.sides[0].line.is_cut = false;
    send(2);
    send(3);
    run_ms(25);
    assert_int_equal(pair.sides[1].dropped[MN_DROP_ROOM], 2);
    assert_int_equal(pair.sides[1].packets, 0); /* they are not acknowledged */
    assert_false(mni_connection_is_announced(connection_of(1)));
    expect_nothing();
    run_ms(500);
    expect_connected("hello", 5);
    for (uint64_t i = 1; i <= 3; i++) {
        expect_message(i);
    }
    expect_nothing();
    assert_int_equal(pair.sides[1].dropped[MN_DROP_ROOM], 2);
}

static void a_late_one_is_not_overtaken(void **state)
{
    (void)state;
    test_pair_offer(&pair, "hello", 5);
    pair.sides[0].line.latency_us = 60 * MS;
    send(1);
    pair.sides[0].line.latency_us = 20 * MS;
    send(2);
    run_ms(59);
    expect_nothing();
    run_ms(500);
    expect_connected("hello", 5);
    expect_message(1);
    expect_message(2);
    assert_int_equal(pair.sides[1].dropped[MN_DROP_MALFORMED], 0);
}

static void acknowledgements_and_control_frames_need_not_wait(void **state)
{
    (void)state;
    assert_int_equal(inject("\xc1\x01", 2), -1); /* a ping */
    assert_int_equal(mni_received_check(&connection_of(1)->received, 0), MNI_DUPLICATE);
    /* Credit, and a message; then a piece of one; then the rider's. */
    assert_int_equal(inject("\xc5\x02\x80\x80\x80\x04\x21x", 8), MN_DROP_ROOM);
    assert_int_equal(connection_of(1)->credit_out.limit, 8 << 20);
    assert_int_equal(mni_received_check(&connection_of(1)->received, 1), MNI_FRESH);
    assert_int_equal(inject("\xe1\x03\x00\x00\x00\x80\x08\xc0\x07x", 10), MN_DROP_MALFORMED);
    assert_int_equal(inject("\xe1\x03\x00\x00\x00\x81\x08\x80\x08x", 10), MN_DROP_ROOM);
    assert_int_equal(inject("\x81x", 2), MN_DROP_ROOM);
    expect_nothing();
    assert_int_equal(pair.sides[1].events.reserved, 1);
}

static void a_second_one_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(inject("\x21x\xc4\x04one\xc4\x04two", 12), -1);
    expect_connected("one", 3);
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 1, &event));
    assert_int_equal(event.event.type, MN_EVENT_MESSAGE);
    test_pair_return(&pair, 1, &event);
    assert_int_equal(inject("\xc6\x04three\x21x", 9), -1);
    assert_true(test_pair_take(&pair, 1, &event));
    assert_int_equal(event.event.type, MN_EVENT_MESSAGE);
    test_pair_return(&pair, 1, &event);
    expect_nothing();
    assert_int_equal(connection_of(1)->budget.left, MNI_BUDGET_ERRORS);
}

static void it_is_malformed_where_nobody_awaits_it(void **state)
{
    (void)state;
    assert_int_equal(inject_to(0, "\xc2\x04x", 3), MN_DROP_MALFORMED);
    assert_int_equal(connection_of(0)->budget.left, MNI_BUDGET_ERRORS - 1);
    for (pair_mode mode = PAIR_PLAIN; mode <= PAIR_SEALED; mode++) {
        test_pair_close(&pair);
        open_pair(mode);
        assert_true(mni_connection_is_announced(connection_of(1)));
        assert_int_equal(inject("\x21x\xc2\x04x", 5), MN_DROP_MALFORMED);
        assert_int_equal(connection_of(1)->budget.left, MNI_BUDGET_ERRORS - 1);
        expect_nothing();
    }
}

static void an_end_before_it_makes_no_event(void **state)
{
    (void)state;
    test_pair_offer(&pair, "hello", 5);
    mni_connection_end(connection_of(0), 1001, "no", 0, pair.now_us);
    run_ms(100);
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OVER);
    assert_int_equal(mni_connection_state_of(connection_of(0)), MNI_CONNECTION_OVER);
    assert_false(mni_connection_is_announced(connection_of(1)));
    expect_nothing();
    mni_connection_clear(connection_of(1));
    assert_false(mni_connection_is_announced(connection_of(1)));
    assert_int_equal(pair.sides[1].events.reserved, 1); /* who reserved it knows what to do */
}

static void a_close_in_the_same_packet_comes_after_it(void **state)
{
    (void)state;
    assert_int_equal(inject("\xc3\x03\x01\x00\xc2\x04x", 7), -1);
    expect_connected("x", 1);
    expect_nothing();
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OVER);
}

static void who_closes_takes_it_no_more(void **state)
{
    (void)state;
    mni_connection_end(connection_of(1), 1001, NULL, 0, pair.now_us);
    assert_int_equal(inject("\xc2\x04x", 3), MN_DROP_CLOSING);
    assert_false(mni_connection_is_announced(connection_of(1)));
    expect_nothing();
}

static void draining_delivers_it(void **state)
{
    (void)state;
    test_pair_offer(&pair, "hello", 5);
    pair.sides[0].line.loss = 0.5;
    mni_connection_end(connection_of(0), 1001, "bye", 10 * SECOND, pair.now_us);
    assert_int_equal(mni_connection_state_of(connection_of(0)), MNI_CONNECTION_DRAINING);
    run_ms(3000);
    expect_connected("hello", 5);
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OVER);
}

static void who_never_sends_it_is_given_up(void **state)
{
    (void)state;
    pair.sides[0].line.is_cut = true; /* its own packets have the same numbers as these pings */
    for (int i = 0; i < 14; i++) {
        assert_int_equal(inject("\xc1\x01", 2), -1);
        run_ms(1000);
    }
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OPEN);
    run_ms(1000);
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OVER);
    expect_nothing();
}

static void silence_counts_from_when_it_came(void **state)
{
    (void)state;
    pair.sides[0].line.is_cut = true; /* nothing but this: */
    run_ms(14000);
    assert_int_equal(inject("\xc2\x04x", 3), -1);
    run_ms(14000);
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OPEN);
    run_ms(1000);
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OVER);
}

static void the_largest_fits_beside_any_acknowledgement(void **state)
{
    (void)state;
    uint8_t payload[MN_PAYLOAD_MAX];
    memset(payload, 'p', sizeof(payload));
    for (next_number = 0; next_number < 1000;) { /* gaps of many lengths */
        next_number += next_number % 37;
        (void)inject_to(0, "\xc1\x01", 2);
    }
    connection_of(1)->sent.next_number = next_number; /* as if it had sent them */
    test_pair_offer(&pair, payload, sizeof(payload));
    test_pair_write(&pair, 0, false);
    assert_true(pair.sides[0].packets > 0);
    run_ms(20);
    expect_connected((const char *)payload, sizeof(payload));
}

static void without_memory_it_comes_later(void **state)
{
    (void)state;
    for (uint32_t side = 0; side < 2; side++) {
        for (uint64_t k = 1; k < 12; k++) {
            test_pair_close(&pair);
            open_pair(PAIR_ANNOUNCED);
            test_pair_offer(&pair, "hello", 5);
            pair.sides[side].allocator.fail_at = pair.sides[side].allocator.count + k;
            mn_result result = test_pair_send(&pair, 0, 100, 1, MN_RELIABLE, 0);
            test_pair_flush(&pair, 0);
            run_ms(1000);
            expect_connected("hello", 5);
            if (result == MN_OK) {
                expect_message(1);
            }
            expect_nothing();
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_announces_the_connection_before_all_else),
        TEST(it_leaves_without_a_message),
        TEST(it_may_be_empty),
        TEST(a_lost_one_is_sent_again_and_messages_wait_for_it),
        TEST(a_late_one_is_not_overtaken),
        TEST(acknowledgements_and_control_frames_need_not_wait),
        TEST(a_second_one_is_ignored),
        TEST(it_is_malformed_where_nobody_awaits_it),
        TEST(an_end_before_it_makes_no_event),
        TEST(a_close_in_the_same_packet_comes_after_it),
        TEST(who_closes_takes_it_no_more),
        TEST(draining_delivers_it),
        TEST(who_never_sends_it_is_given_up),
        TEST(silence_counts_from_when_it_came),
        TEST(the_largest_fits_beside_any_acknowledgement),
        TEST(without_memory_it_comes_later),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
