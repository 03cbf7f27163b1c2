/* SPDX-License-Identifier: MIT */
/* How connections end: in order, at once, from both sides, unheard, and for bad behaviour. */
#include "support/pair.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

static test_pair pair;
static pair_mode protection; /* plain, then sealed */

static int setup(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    test_pair_open_as(&pair, &config, 1, protection);
    test_pair_set_rekey(&pair, 10);
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 20 * MS});
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

static void end(uint32_t side, int32_t reason, const char *text, uint64_t drain_us)
{
    mni_connection_end(connection_of(side), reason, text, drain_us, pair.now_us);
}

static void expect_state(uint32_t side, mni_connection_state state)
{
    assert_int_equal(mni_connection_state_of(connection_of(side)), state);
}

static void expect_over(uint32_t side, int32_t reason, const char *text)
{
    const char *why;
    expect_state(side, MNI_CONNECTION_OVER);
    assert_int_equal(mni_connection_reason(connection_of(side), &why), reason);
    assert_string_equal(why, text);
}

static void run_ms(uint64_t ms)
{
    test_pair_run(&pair, ms * MS, MS);
}

static void a_close_tells_reason_and_text_and_is_acknowledged(void **state)
{
    (void)state;
    end(0, 1234, "good bye", 0);
    expect_state(0, MNI_CONNECTION_CLOSING);
    assert_true(mni_connection_next_us(connection_of(0)) <= pair.now_us);
    run_ms(21);
    expect_over(1, 1234, "good bye");
    run_ms(20);
    expect_over(0, 1234, "good bye");
    assert_int_equal(pair.sides[0].packets, 1);
    assert_int_equal(pair.sides[1].packets, 1);
    run_ms(2000);
    assert_int_equal(pair.sides[0].packets + pair.sides[1].packets, 2);
    assert_int_equal(mni_connection_next_us(connection_of(0)), MNI_NEVER);
    assert_int_equal(mni_connection_next_us(connection_of(1)), MNI_NEVER);
}

static void what_is_queued_is_delivered_first(void **state)
{
    (void)state;
    pair.sides[0].line.loss = 0.3;
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(test_pair_send(&pair, 0, 1000, i, MN_RELIABLE, 0), MN_OK);
    }
    end(0, 0, NULL, 2 * SECOND); /* without a flush before */
    expect_state(0, MNI_CONNECTION_DRAINING);
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_RELIABLE, 0), MN_ERROR_STATE);
    run_ms(3000);
    expect_over(0, MN_REASON_CLOSED, "");
    expect_over(1, MN_REASON_CLOSED, "");
    for (uint64_t i = 0; i < 100; i++) {
        mni_peer_event event;
        assert_true(test_pair_take(&pair, 1, &event));
        assert_int_equal(test_pair_number(&event), i);
        test_pair_return(&pair, 1, &event);
    }
}

static void draining_ends_in_time(void **state)
{
    (void)state;
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_NOTIFY, 5), MN_OK);
    pair.sides[0].line.is_cut = true;
    end(0, 7, "x", 300 * MS);
    run_ms(299);
    expect_state(0, MNI_CONNECTION_DRAINING);
    run_ms(2);
    expect_state(0, MNI_CONNECTION_CLOSING);
    pair.sides[0].line.is_cut = false;
    run_ms(1200);
    expect_over(1, 7, "x");
    expect_over(0, 7, "x");
    mni_connection_clear(connection_of(0));
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 0, &event));
    assert_int_equal(event.event.type, MN_EVENT_LOST);
    assert_int_equal(event.event.token, 5);
    assert_false(test_pair_take(&pair, 0, &event));
}

static void nothing_queued_means_nothing_to_wait_for(void **state)
{
    (void)state;
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_UNRELIABLE, 0), MN_OK);
    test_pair_flush(&pair, 0);
    end(0, 0, NULL, 2 * SECOND);
    expect_state(0, MNI_CONNECTION_CLOSING);
}

static void a_close_that_is_lost_is_repeated_and_given_up(void **state)
{
    (void)state;
    pair.sides[0].line.is_cut = true;
    end(0, 9, NULL, 0);
    run_ms(1);
    assert_int_equal(pair.sides[0].packets, 1);
    run_ms(1000);
    assert_int_equal(pair.sides[0].packets, MNI_CLOSE_TRIES);
    expect_over(0, 9, "");
    expect_state(1, MNI_CONNECTION_OPEN);
    run_ms(14000);
    expect_over(1, MN_REASON_TIMEOUT, "");
}

static void a_second_close_packet_is_heard(void **state)
{
    (void)state;
    pair.sides[0].line.is_cut = true;
    end(0, 9, "again", 0);
    run_ms(1);
    pair.sides[0].line.is_cut = false;
    run_ms(800);
    expect_over(1, 9, "again");
    expect_over(0, 9, "again");
}

static void both_sides_may_close_at_once(void **state)
{
    (void)state;
    end(0, 1001, "one", 0);
    end(1, 1002, "two", 0);
    run_ms(100);
    expect_over(0, 1001, "one");
    expect_over(1, 1002, "two");
}

static void closing_again_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_RELIABLE, 0), MN_OK);
    end(0, 1001, "one", SECOND);
    end(0, 1002, "two", SECOND);
    expect_state(0, MNI_CONNECTION_DRAINING);
    end(0, 1003, "three", 0); /* but it may hurry */
    expect_state(0, MNI_CONNECTION_CLOSING);
    end(0, 1004, "four", SECOND);
    run_ms(100);
    expect_over(0, 1001, "one");
    expect_over(1, 1001, "one");
    end(0, 1005, "five", 0);
    expect_over(0, 1001, "one");
}

static void messages_for_an_ending_connection_are_not_acknowledged(void **state)
{
    (void)state;
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_RELIABLE, 0), MN_OK);
    pair.sides[0].line.latency_us = 500 * MS;
    end(0, 1001, NULL, 2 * SECOND);
    test_pair_write(&pair, 0, false);
    assert_int_equal(test_pair_send(&pair, 1, 8, 0, MN_NOTIFY, 1), MN_OK);
    test_pair_flush(&pair, 1);
    run_ms(100);
    assert_int_equal(pair.sides[0].dropped[MN_DROP_CLOSING], 1);
    assert_int_equal(mni_events_count(&pair.sides[0].events), 0);
    run_ms(2000);
    expect_over(1, 1001, "");
    mni_connection_clear(connection_of(1));
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 1, &event)); /* the message */
    test_pair_return(&pair, 1, &event);
    assert_true(test_pair_take(&pair, 1, &event));
    assert_int_equal(event.event.type, MN_EVENT_LOST);
}

static void the_last_word_is_one_packet(void **state)
{
    (void)state;
    uint8_t bytes[1200];
    end(0, MN_REASON_STOPPED, NULL, 0);
    uint32_t size = mni_connection_last_word(connection_of(0), bytes, sizeof(bytes), pair.now_us);
    assert_true(size > 0);
    expect_over(0, MN_REASON_STOPPED, "");
    assert_int_equal(mni_connection_last_word(connection_of(0), bytes, sizeof(bytes), pair.now_us),
                     0);
    assert_int_equal(
        mni_connection_write(connection_of(0), bytes, sizeof(bytes), pair.now_us, false), 0);
    assert_int_equal(mni_connection_receive(connection_of(1), bytes, size, pair.now_us), -1);
    expect_over(1, MN_REASON_STOPPED, "");
}

static void an_ended_connection_takes_nothing_more(void **state)
{
    (void)state;
    uint8_t bytes[1200];
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_RELIABLE, 0), MN_OK);
    mni_connection_release(connection_of(0));
    uint32_t size = mni_connection_write(connection_of(0), bytes, sizeof(bytes), pair.now_us, true);
    (void)mni_connection_last_word(connection_of(1), bytes + size, 200, pair.now_us);
    assert_int_equal(mni_connection_receive(connection_of(1), bytes, size, pair.now_us),
                     MN_DROP_CLOSING);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 0);
}

static void a_text_of_any_bytes_arrives_harmless(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'y', sizeof(text));
    text[0] = '\n';
    text[1] = '\xff';
    text[sizeof(text) - 1] = '\0';
    end(0, 1, text, 0);
    run_ms(100);
    const char *why;
    (void)mni_connection_reason(connection_of(1), &why);
    assert_int_equal(strlen(why), MN_TEXT_MAX);
    assert_memory_equal(why, "??yyy", 5);
}

static void too_many_errors_end_it_for_both(void **state)
{
    (void)state;
    for (int i = 0; i < MNI_BUDGET_ERRORS; i++) {
        mni_connection_charge(connection_of(0));
    }
    expect_state(0, MNI_CONNECTION_OPEN);
    mni_connection_charge(connection_of(0));
    expect_over(0, MN_REASON_PROTOCOL, "");
    run_ms(30);
    expect_over(1, MN_REASON_PROTOCOL, "");
}

/* ---- the rider and the end ---- */

typedef struct rider_log {
    uint32_t to_write, asked, written, taken;
    uint32_t delivered, lost;
    uint64_t settled; /* a bit for each record */
    uint64_t newest_packet;
    mni_verdict verdict;
} rider_log;

static rider_log logs[2];

static mni_verdict rider_check(void *user, mn_connection from, const uint8_t *bytes, uint32_t size)
{
    const rider_log *log = user;
    (void)from;
    return size == 4 && bytes[0] == 0xab ? log->verdict : MNI_VERDICT_MALFORMED;
}

static void rider_take(void *user, mn_connection from, uint64_t packet, const uint8_t *bytes,
                       uint32_t size)
{
    rider_log *log = user;
    (void)from;
    (void)bytes;
    (void)size;
    log->taken++;
    log->newest_packet = packet;
}

static uint32_t rider_write(void *user, mn_connection to, uint8_t *bytes, uint32_t capacity,
                            uint32_t *record_out)
{
    rider_log *log = user;
    (void)to;
    log->asked++;
    if (log->written == log->to_write || capacity < 4) {
        return 0;
    }
    memset(bytes, 0xab, 4);
    *record_out = log->written++;
    return 4;
}

static void rider_settled(void *user, mn_connection to, uint32_t record, bool delivered)
{
    rider_log *log = user;
    (void)to;
    assert_true((log->settled >> record & 1) == 0); /* once */
    log->settled |= UINT64_C(1) << record;
    log->delivered += delivered;
    log->lost += !delivered;
}

static void attach_riders(void)
{
    memset(logs, 0, sizeof(logs));
    for (uint32_t i = 0; i < 2; i++) {
        pair.sides[i].shared.rider = (mni_rider){
            .user = &logs[i],
            .check = rider_check,
            .take = rider_take,
            .write = rider_write,
            .settled = rider_settled,
        };
    }
}

static void a_rider_is_asked_as_long_as_it_writes(void **state)
{
    (void)state;
    attach_riders();
    logs[0].to_write = 5;
    test_pair_flush(&pair, 0);
    assert_int_equal(logs[0].written, 5);
    assert_int_equal(logs[0].asked, 6);
    assert_int_equal(pair.sides[0].packets, 5);
    run_ms(20);
    assert_int_equal(logs[1].taken, 5);
    assert_int_equal(logs[1].newest_packet, 4);
    run_ms(50);
    assert_int_equal(logs[0].delivered, 5);
    assert_int_equal(logs[0].asked, 6); /* not in updates */
}

static void a_piece_fills_what_messages_leave(void **state)
{
    (void)state;
    attach_riders();
    logs[0].to_write = 2;
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(test_pair_send(&pair, 0, 1000, i, MN_RELIABLE, 0), MN_OK);
    }
    test_pair_flush(&pair, 0);
    assert_int_equal(logs[0].written, 2);
    assert_int_equal(pair.sides[0].packets, 2);
}

static void a_lost_piece_is_settled_once(void **state)
{
    (void)state;
    attach_riders();
    logs[0].to_write = 1;
    pair.sides[0].line.latency_us = 300 * MS;
    test_pair_flush(&pair, 0);
    pair.sides[0].line.latency_us = 20 * MS;
    for (int i = 0; i < 10; i++) {
        logs[0].to_write++;
        test_pair_flush(&pair, 0);
        run_ms(20);
    }
    assert_int_equal(logs[0].lost, 1);
    run_ms(1000);
    assert_int_equal(logs[0].lost, 1);
    assert_int_equal(logs[0].delivered, 10);
    assert_int_equal(logs[1].taken, 11); /* it came after all */
}

static void without_consent_the_packet_is_dropped_whole(void **state)
{
    (void)state;
    attach_riders();
    logs[0].to_write = 1;
    logs[1].verdict = MNI_VERDICT_NO_ROOM;
    assert_int_equal(test_pair_send(&pair, 0, 8, 3, MN_RELIABLE, 0), MN_OK);
    test_pair_flush(&pair, 0);
    run_ms(30);
    assert_int_equal(logs[1].taken, 0);
    assert_int_equal(pair.sides[1].dropped[MN_DROP_ROOM], 1);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 0);
    assert_int_equal(pair.sides[1].events.reserved, 0);
    run_ms(1000);
    assert_int_equal(mni_events_count(&pair.sides[1].events),
                     1); /* sent again, without the piece */
    assert_int_equal(logs[0].lost, 1);
    logs[1].verdict = MNI_VERDICT_MALFORMED;
    logs[0].to_write = 2;
    test_pair_flush(&pair, 0);
    run_ms(30);
    assert_int_equal(pair.sides[1].dropped[MN_DROP_MALFORMED], 1);
}

static void a_piece_without_a_rider_is_malformed(void **state)
{
    (void)state;
    attach_riders();
    pair.sides[1].shared.rider = (mni_rider){0};
    logs[0].to_write = 1;
    test_pair_flush(&pair, 0);
    run_ms(30);
    assert_int_equal(pair.sides[1].dropped[MN_DROP_MALFORMED], 1);
}

static void what_is_open_at_the_end_is_lost(void **state)
{
    (void)state;
    attach_riders();
    logs[0].to_write = 3;
    test_pair_flush(&pair, 0);
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_NOTIFY, 41), MN_OK);
    test_pair_flush(&pair, 0);
    assert_int_equal(test_pair_send(&pair, 0, 8, 0, MN_NOTIFY, 42), MN_OK); /* not flushed */
    mni_connection_clear(connection_of(0));
    assert_int_equal(logs[0].lost, 3);
    mni_peer_event event;
    for (uint64_t token = 41; token <= 42; token++) {
        assert_true(test_pair_take(&pair, 0, &event));
        assert_int_equal(event.event.type, MN_EVENT_LOST);
        assert_int_equal(event.event.token, token);
    }
    assert_false(test_pair_take(&pair, 0, &event));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_close_tells_reason_and_text_and_is_acknowledged),
        TEST(what_is_queued_is_delivered_first),
        TEST(draining_ends_in_time),
        TEST(nothing_queued_means_nothing_to_wait_for),
        TEST(a_close_that_is_lost_is_repeated_and_given_up),
        TEST(a_second_close_packet_is_heard),
        TEST(both_sides_may_close_at_once),
        TEST(closing_again_changes_nothing),
        TEST(messages_for_an_ending_connection_are_not_acknowledged),
        TEST(the_last_word_is_one_packet),
        TEST(an_ended_connection_takes_nothing_more),
        TEST(a_text_of_any_bytes_arrives_harmless),
        TEST(too_many_errors_end_it_for_both),
        TEST(a_rider_is_asked_as_long_as_it_writes),
        TEST(a_piece_fills_what_messages_leave),
        TEST(a_lost_piece_is_settled_once),
        TEST(without_consent_the_packet_is_dropped_whole),
        TEST(a_piece_without_a_rider_is_malformed),
        TEST(what_is_open_at_the_end_is_lost),
    };
#undef TEST
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    protection = PAIR_SEALED;
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
