/* SPDX-License-Identifier: MIT */
/* Messages that wait too long are not sent, leave no hole, block nobody, and are told of. */
#include "support/pair.h"
#include "support/test.h"

#define MS UINT64_C(1000)

static test_pair pair;

static void open_pair(const mn_peer_config *config)
{
    test_pair_open(&pair, config, 1);
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 20 * MS});
}

static int setup(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    open_pair(&config);
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

static void flush_and_run(uint64_t ms)
{
    test_pair_flush(&pair, 0);
    test_pair_run(&pair, ms * MS, MS);
}

static void expect_message(uint64_t number)
{
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 1, &event));
    assert_int_equal(event.event.type, MN_EVENT_MESSAGE);
    assert_int_equal(test_pair_number(&event), number);
    test_pair_return(&pair, 1, &event);
}

static void expect_nothing(uint32_t side)
{
    assert_int_equal(mni_events_count(&pair.sides[side].events), 0);
}

static void expect_lost(uint64_t token)
{
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 0, &event));
    assert_int_equal(event.event.type, MN_EVENT_LOST);
    assert_int_equal(event.event.token, token);
}

static uint64_t expired(void)
{
    return pair.sides[0].counters.dropped[MN_DROP_EXPIRED];
}

static const mni_queue *queue(void)
{
    return &pair.sides[0].connection.queue;
}

static void a_message_leaves_in_its_last_microsecond_and_not_after_it(void **state)
{
    (void)state;
    static const uint32_t modes[] = {MN_UNRELIABLE, MN_SEQUENCED, MN_RELIABLE, MN_UNORDERED};
    static const uint64_t times_ms[] = {1, 16, MN_EXPIRES_MS_MAX};
    uint64_t count = 0;
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t j = 0; j < 3; j++) {
            uint32_t how = modes[i] | MN_EXPIRES_MS(times_ms[j]);
            send(8, 1, how);
            test_pair_step(&pair, times_ms[j] * MS);
            flush_and_run(100);
            expect_message(1);
            assert_int_equal(expired(), count);
            send(8, 2, how);
            test_pair_step(&pair, times_ms[j] * MS + 1);
            flush_and_run(100);
            expect_nothing(1);
            count++;
            assert_int_equal(expired(), count);
            assert_int_equal(queue()->count, 0);
            assert_int_equal(queue()->bytes, 0);
        }
    }
}

static void what_expires_leaves_no_hole(void **state)
{
    (void)state;
    static const uint32_t modes[] = {MN_RELIABLE, MN_UNORDERED};
    for (uint32_t i = 0; i < 2; i++) {
        for (uint64_t number = 0; number < 12; number++) {
            send(8, number, modes[i] | MN_EXPIRES_MS(number % 3 == 1 ? 0 : 10));
            test_pair_step(&pair, 2 * MS);
        }
        flush_and_run(100);
        for (uint64_t number = 0; number < 12; number++) {
            bool is_young = (12 - number) * 2 <= 10;
            if (number % 3 == 1 || is_young) {
                expect_message(number);
            }
        }
        expect_nothing(1);
        send(8, 12, modes[i]);
        flush_and_run(100);
        expect_message(12);
    }
}

/* It does not take the turn of what is behind it. */
static void what_expires_has_no_turn(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 100; number++) {
        send(8, number, MN_RELIABLE | MN_EXPIRES_MS(10));
    }
    test_pair_step(&pair, 20 * MS);
    send(8, 100, MN_RELIABLE);
    for (uint64_t number = 200; number < 220; number++) {
        send(8, number, MN_RELIABLE | MN_ON_CHANNEL(1));
    }
    flush_and_run(100);
    assert_int_equal(expired(), 100);
    for (uint64_t number = 200; number < 221; number++) {
        expect_message(number == 200 ? 100 : number - 1);
    }
}

static void a_notify_message_that_expires_is_lost(void **state)
{
    (void)state;
    send(8, 1, MN_NOTIFY | MN_EXPIRES_MS(10));
    send(8, 2, MN_NOTIFY | MN_EXPIRES_MS(30));
    test_pair_step(&pair, 20 * MS);
    expect_nothing(0);
    flush_and_run(200);
    expect_lost(1);
    assert_int_equal(expired(), 1);
    expect_message(2);
    expect_nothing(1);
    assert_int_equal(pair.sides[0].connection.notify_count, 0);
}

static void what_was_sent_once_is_sent_again_for_as_long_as_it_takes(void **state)
{
    (void)state;
    pair.sides[0].line.is_cut = true;
    send(8, 1, MN_RELIABLE | MN_EXPIRES_MS(1));
    flush_and_run(3000);
    pair.sides[0].line.is_cut = false;
    flush_and_run(1000);
    expect_message(1);
    assert_int_equal(expired(), 0);
}

static void what_has_begun_to_leave_is_finished(void **state)
{
    (void)state;
    test_pair_close(&pair);
    mn_peer_config config = test_pair_config();
    config.max_in_flight_bytes = 3000;
    open_pair(&config);
    send(20000, 1, MN_RELIABLE | MN_EXPIRES_MS(5));
    send(20000, 2, MN_RELIABLE | MN_EXPIRES_MS(5));
    send(8, 3, MN_RELIABLE);
    flush_and_run(1000);
    expect_message(1);
    expect_message(3);
    expect_nothing(1);
    assert_int_equal(expired(), 1);
}

/* Nobody reads: there is no credit, and the first of each lane cannot leave. */
static void what_expires_behind_others_makes_room_for_new_ones(void **state)
{
    (void)state;
    test_pair_close(&pair);
    mn_peer_config config = test_pair_config();
    config.receive_window_bytes = 4800;
    config.send_queue_bytes = 8000;
    open_pair(&config);
    uint64_t number = 0;
    while (test_pair_send(&pair, 0, 1000, number, MN_RELIABLE, 0) == MN_OK) {
        number++;
    }
    flush_and_run(100); /* as many as there is credit for */
    uint32_t waiting = queue()->count;
    uint32_t bytes = queue()->bytes;
    assert_true(waiting > 0);
    uint32_t short_lived = 0;
    while (test_pair_send(&pair, 0, 100, number, MN_RELIABLE | MN_EXPIRES_MS(50), 0) == MN_OK) {
        short_lived++;
    }
    assert_true(short_lived > 10);
    flush_and_run(50);
    assert_int_equal(test_pair_send(&pair, 0, 100, number, MN_RELIABLE, 0), MN_ERROR_FULL);
    assert_int_equal(queue()->count, waiting + short_lived);
    test_pair_run(&pair, MS, MS);
    send(100, number, MN_RELIABLE);
    assert_int_equal(queue()->count, waiting + 1);
    assert_int_equal(queue()->bytes, bytes + 100 + MNI_MESSAGE_QUEUE_COST);
    assert_int_equal(expired(), short_lived);
    for (uint64_t i = 0; i <= number; i++) {
        flush_and_run(100);
        expect_message(i);
    }
    expect_nothing(1);
}

/* There is credit for the second, but not for the first. */
static void what_expires_before_there_is_credit_for_it_blocks_nobody(void **state)
{
    (void)state;
    test_pair_close(&pair);
    mn_peer_config config = test_pair_config();
    config.receive_window_bytes = 4800;
    open_pair(&config);
    for (uint64_t number = 0; number < 4; number++) {
        send(1000, number, MN_RELIABLE);
    }
    flush_and_run(200);
    send(1000, 4, MN_RELIABLE | MN_EXPIRES_MS(50));
    send(8, 5, MN_RELIABLE);
    flush_and_run(50);
    assert_int_equal(queue()->count, 2);
    flush_and_run(100);
    assert_int_equal(queue()->count, 0);
    assert_int_equal(expired(), 1);
    for (uint64_t number = 0; number < 4; number++) {
        expect_message(number);
    }
    expect_message(5);
}

static void an_expired_notify_message_makes_room_for_another(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < MNI_NOTIFY_MAX; i++) {
        send(0, i, MN_NOTIFY | MN_EXPIRES_MS(20 + i % 2));
    }
    test_pair_step(&pair, 20 * MS + 1);
    send(0, MNI_NOTIFY_MAX, MN_NOTIFY);
    for (uint64_t i = 0; i < MNI_NOTIFY_MAX; i += 2) {
        expect_lost(i);
    }
    expect_nothing(0);
    test_pair_step(&pair, 1 * MS);
    for (uint64_t i = 1; i < MNI_NOTIFY_MAX / 2; i++) {
        send(0, i, MN_NOTIFY);
    }
    expect_nothing(0);
    send(0, 0, MN_NOTIFY); /* full once more: the others go */
    expect_lost(1);
}

static void a_closing_connection_does_not_wait_for_what_has_expired(void **state)
{
    (void)state;
    send(8, 1, MN_RELIABLE | MN_EXPIRES_MS(10));
    test_pair_step(&pair, 10 * MS + 1);
    mni_connection_end(&pair.sides[0].connection, 1000, "bye", 5000 * MS, pair.now_us);
    test_pair_run(&pair, 100 * MS, MS);
    expect_nothing(1);
    assert_int_equal(mni_connection_state_of(&pair.sides[1].connection), MNI_CONNECTION_OVER);
    assert_int_equal(mni_connection_state_of(&pair.sides[0].connection), MNI_CONNECTION_OVER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_message_leaves_in_its_last_microsecond_and_not_after_it),
        TEST(what_expires_leaves_no_hole),
        TEST(what_expires_has_no_turn),
        TEST(a_notify_message_that_expires_is_lost),
        TEST(what_was_sent_once_is_sent_again_for_as_long_as_it_takes),
        TEST(what_has_begun_to_leave_is_finished),
        TEST(what_expires_behind_others_makes_room_for_new_ones),
        TEST(what_expires_before_there_is_credit_for_it_blocks_nobody),
        TEST(an_expired_notify_message_makes_room_for_another),
        TEST(a_closing_connection_does_not_wait_for_what_has_expired),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
