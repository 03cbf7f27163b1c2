/* SPDX-License-Identifier: MIT */
/*
 * Messages larger than a packet, in every mode: they arrive whole or not at all, hold up nobody on
 * other channels, flow through windows smaller than they are, and whoever sends pieces by no rule
 * gets no more memory than a window and a message.
 */
#include "socket/packet.h"
#include "support/pair.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)

static test_pair pair;
static pair_mode protection; /* plain, then sealed */

static void open_with_window(uint32_t window, uint32_t max_message)
{
    mn_peer_config config = test_pair_config();
    config.receive_window_bytes = window;
    config.max_message_size = max_message;
    config.send_queue_bytes = 4 << 20;
    test_pair_open_as(&pair, &config, test_seed(1), protection);
    test_pair_set_rekey(&pair, 10);
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 10 * MS});
}

static int setup(void **state)
{
    (void)state;
    open_with_window(256 * 1024, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_pair_close(&pair);
    return 0;
}

static void reopen(uint32_t window, uint32_t max_message)
{
    test_pair_close(&pair);
    open_with_window(window, max_message);
}

static void send(uint32_t size, uint64_t number, uint32_t how, uint64_t token)
{
    assert_int_equal(test_pair_send(&pair, 0, size, number, how, token), MN_OK);
}

static void run_ms(uint64_t ms)
{
    test_pair_run(&pair, ms * MS, MS);
}

static void expect_message(uint32_t size, uint64_t number, uint32_t mode)
{
    mni_peer_event event;
    assert_true(test_pair_take(&pair, 1, &event));
    assert_int_equal(event.event.type, MN_EVENT_MESSAGE);
    assert_int_equal(event.event.delivery, mode);
    assert_int_equal(event.event.size, size);
    assert_int_equal(test_pair_number(&event), number);
    const uint8_t *bytes = event.event.data;
    for (uint32_t i = 8; i < size; i++) {
        if (bytes[i] != (uint8_t)(number + i)) {
            fail_msg("byte %u is damaged", i);
        }
    }
    test_pair_return(&pair, 1, &event);
}

static uint32_t waiting(void)
{
    return mni_events_count(&pair.sides[1].events);
}

/* ---- delivery */

static void every_mode_carries_what_is_larger_than_a_packet(void **state)
{
    (void)state;
    static const uint8_t modes[] = {MN_UNRELIABLE, MN_SEQUENCED, MN_RELIABLE, MN_UNORDERED,
                                    MN_NOTIFY};
    static const uint32_t sizes[] = {1177, 1216, 4000, 16384, 36864};
    for (uint32_t i = 0; i < 5; i++) {
        for (uint32_t j = 0; j < 5; j++) {
            send(sizes[j], j, modes[i] | MN_ON_CHANNEL(i), 7);
            test_pair_flush(&pair, 0);
            run_ms(30);
            expect_message(sizes[j], j, modes[i]);
        }
    }
    run_ms(200);
    for (uint32_t i = 0; i < 5; i++) {
        mni_peer_event event;
        assert_true(test_pair_take(&pair, 0, &event));
        assert_int_equal(event.event.type, MN_EVENT_DELIVERED);
        assert_int_equal(event.event.token, 7);
    }
    assert_int_equal(pair.sides[1].shared.assemblies.pool.used, 0);
    assert_int_equal(pair.sides[0].shared.messages.splits.used, 0);
    assert_int_equal(pair.sides[1].connection.credit_in.loose, 0);
}

static void what_is_too_large_is_an_error(void **state)
{
    (void)state;
    const mni_agreement *agreement = &pair.sides[0].connection.agreement;
    assert_int_equal(mni_max_message_size(agreement, MN_RELIABLE), 1 << 20);
    assert_int_equal(mni_max_message_size(agreement, MN_UNORDERED), 1 << 20);
    assert_int_equal(mni_max_message_size(agreement, MN_NOTIFY), 36864);
    assert_int_equal(test_pair_send(&pair, 0, (1 << 20) + 1, 0, MN_RELIABLE, 0),
                     MN_ERROR_TOO_LARGE);
    assert_int_equal(test_pair_send(&pair, 0, 36865, 0, MN_NOTIFY, 0), MN_ERROR_TOO_LARGE);
    reopen(16383, 1 << 20); /* too small a window for pieces */
    assert_int_equal(test_pair_send(&pair, 0, 1177, 0, MN_RELIABLE, 0), MN_ERROR_TOO_LARGE);
}

static void a_message_larger_than_the_window_flows(void **state)
{
    (void)state;
    static const uint32_t windows[] = {16 * 1024, 20000, 64 * 1024, 256 * 1024};
    for (uint32_t i = 0; i < 4; i++) {
        reopen(windows[i], 16 << 20);
        test_pair_set_lines(&pair, &(pair_line){.latency_us = 1 * MS, .loss = i * 0.02});
        for (uint64_t j = 0; j < 3; j++) { /* each waits until the one before has arrived */
            send(1 << 20, j, MN_RELIABLE | MN_ON_CHANNEL((uint32_t)j), 0);
            send(300, j, MN_RELIABLE | MN_ON_CHANNEL((uint32_t)j), 0);
            test_pair_flush(&pair, 0);
            run_ms(4000);
            expect_message(1 << 20, j, MN_RELIABLE);
            expect_message(300, j, MN_RELIABLE);
        }
        run_ms(100);
        const mni_credit_in *credit = &pair.sides[1].connection.credit_in;
        assert_int_equal(credit->spent, credit->returned);
        assert_int_equal(credit->spent, pair.sides[0].connection.credit_out.spent);
        assert_int_equal(pair.sides[1].dropped[MN_DROP_MALFORMED], 0);
    }
}

static void the_largest_message_arrives(void **state)
{
    (void)state;
    reopen(256 * 1024, 16 << 20);
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 1 * MS, .loss = 0.02});
    send(16 << 20, 5, MN_UNORDERED, 0);
    test_pair_flush(&pair, 0);
    run_ms(3000);
    expect_message(16 << 20, 5, MN_UNORDERED);
    run_ms(500);
    assert_int_equal(pair.sides[0].connection.sent.flying.count, 0);
}

static void small_messages_do_not_wait_for_a_large_one(void **state)
{
    (void)state;
    send(1 << 20, 1, MN_RELIABLE | MN_ON_CHANNEL(1), 0);
    for (uint64_t i = 0; i < 10; i++) {
        send(50, i, MN_RELIABLE | MN_ON_CHANNEL(2), 0);
        test_pair_flush(&pair, 0);
        run_ms(11);
        expect_message(50, i, MN_RELIABLE);
        assert_int_equal(waiting(), 0);
    }
    run_ms(2000);
    expect_message(1 << 20, 1, MN_RELIABLE);
}

static void a_slow_reader_stops_large_messages_and_nothing_deadlocks(void **state)
{
    (void)state;
    reopen(64 * 1024, 1 << 20);
    for (uint64_t i = 0; i < 20; i++) {
        (void)test_pair_send(&pair, 0, 200000, i, MN_RELIABLE | MN_ON_CHANNEL(i % 7), 0);
        (void)test_pair_send(&pair, 0, 15000, i, MN_UNORDERED | MN_ON_CHANNEL(i % 5), 0);
        test_pair_flush(&pair, 0);
        run_ms(200);
    }
    assert_true(pair.sides[1].memory.used < 64 * 1024 * 4 + 4 * 200000 + 100000);
    uint32_t taken = 0;
    for (uint32_t i = 0; i < 200; i++) {
        mni_peer_event event;
        while (test_pair_take(&pair, 1, &event)) {
            test_pair_return(&pair, 1, &event);
            taken++;
        }
        run_ms(50);
    }
    assert_int_equal(taken, pair.sides[0].connection.traffic.messages_sent);
    assert_int_equal(pair.sides[0].connection.queue.count, 0);
}

static void a_notify_message_is_lost_with_one_of_its_pieces(void **state)
{
    (void)state;
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 10 * MS, .loss = 0.1});
    uint32_t fates[2] = {0};
    uint32_t delivered = 0;
    for (uint64_t i = 0; i < 200; i++) {
        send(5000, i, MN_NOTIFY, i);
        test_pair_flush(&pair, 0);
        run_ms(40);
        delivered += waiting();
        while (waiting() > 0) {
            expect_message(5000, i, MN_NOTIFY);
        }
        mni_peer_event event;
        while (test_pair_take(&pair, 0, &event)) {
            fates[event.event.type == MN_EVENT_DELIVERED]++;
        }
    }
    run_ms(2000);
    mni_peer_event event;
    while (test_pair_take(&pair, 0, &event)) {
        fates[event.event.type == MN_EVENT_DELIVERED]++;
    }
    assert_int_equal(fates[0] + fates[1], 200);
    assert_true(fates[1] <= delivered && fates[0] > 20 && fates[1] > 20);
    assert_int_equal(pair.sides[1].connection.credit_in.loose, 0);
    assert_true(pair.sides[1].counters.dropped[MN_DROP_PIECES] > 20);
}

static void pieces_and_sequenced_messages_share_a_count_that_wraps(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {8, 2000};
    for (uint32_t i = 0; i < 2; i++) { /* many of the one kind between two of the other */
        send(sizes[1 - i], 1, MN_SEQUENCED, 0);
        for (uint64_t j = 0; j < 40000; j++) {
            send(sizes[i], j, MN_SEQUENCED, 0);
            if (j % 32 == 31) {
                test_pair_flush(&pair, 0);
                test_pair_step(&pair, 20 * MS);
                mni_peer_event event;
                while (test_pair_take(&pair, 1, &event)) {
                    test_pair_return(&pair, 1, &event);
                }
            }
        }
        send(sizes[1 - i], 2, MN_SEQUENCED, 0);
        test_pair_flush(&pair, 0);
        run_ms(30);
        expect_message(sizes[1 - i], 2, MN_SEQUENCED);
    }
    assert_int_equal(pair.sides[1].counters.dropped[MN_DROP_OVERTAKEN], 0);
}

static void what_misses_a_piece_is_given_up_after_a_second(void **state)
{
    (void)state;
    send(30000, 1, MN_UNRELIABLE, 0);
    pair.sides[0].line.loss = 0.5;
    test_pair_flush(&pair, 0);
    run_ms(20);
    assert_int_equal(pair.sides[1].shared.assemblies.pool.used, 1);
    assert_int_equal(pair.sides[1].connection.credit_in.loose, 30016);
    run_ms(980);
    assert_int_equal(pair.sides[1].shared.assemblies.pool.used, 1);
    run_ms(20);
    assert_int_equal(pair.sides[1].shared.assemblies.pool.used, 0);
    assert_int_equal(pair.sides[1].connection.credit_in.loose, 0);
    assert_int_equal(pair.sides[1].counters.dropped[MN_DROP_PIECES], 1);
}

/* A piece that is lost, and under way once more for a probe, while another probe is due: twice in a
   packet it would count as more than was granted. */
static void no_piece_is_in_a_packet_twice(void **state)
{
    (void)state;
    mni_connection *sender = &pair.sides[0].connection;
    send(1300, 1, MN_RELIABLE, 0);
    test_pair_flush(&pair, 0);
    pair.count = 1; /* the second packet, which is a small one, is lost */
    run_ms(50);
    assert_int_equal(sender->sent.flying.count, 1);
    const mni_piece *piece = mni_piece_of(sender->sent.flying.first->cargo);
    mni_message_missed(piece->cargo.message, piece->offset, piece->size);
    mni_resend_add(&sender->resend, piece->cargo.message);
    sender->loss.due_probes = 1;
    test_pair_write(&pair, 0, false);
    const mni_piece *again = mni_piece_of(sender->sent.flying.last->cargo);
    assert_int_equal(again->offset, piece->offset);
    assert_null(again->cargo.next);
    run_ms(200);
    expect_message(1300, 1, MN_RELIABLE);
}

/* ---- from who keeps no rule */

static uint64_t next_number;

static int32_t inject(const mni_frame *frames, uint32_t count)
{
    uint8_t bytes[1500];
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes) - MNI_TAG_SIZE);
    uint64_t number = next_number++;
    mni_packet_begin(&writer, number, false, NULL);
    for (uint32_t i = 0; i < count; i++) {
        mni_frame_write(&writer, &frames[i]);
    }
    uint32_t size = mni_packet_end(&writer, number, &pair.sides[0].connection.sealer);
    pair.sides[1].connection.budget.left = MNI_BUDGET_ERRORS; /* it shall go on */
    return mni_connection_receive(&pair.sides[1].connection, bytes, size, pair.now_us);
}

static mni_frame piece(uint32_t mode, uint16_t sequence, uint32_t total, uint32_t offset,
                       uint32_t size)
{
    static const uint8_t content[1024];
    return (mni_frame){.kind = MNI_FRAME_PIECE,
                       .mode = (uint8_t)mode,
                       .sequence = sequence,
                       .total = total,
                       .offset = offset,
                       .size = size,
                       .bytes = content};
}

static void pieces_overlap_and_repeat_as_they_like(void **state)
{
    (void)state;
    next_number = 0;
    const mni_frame frames[] = {
        piece(MN_RELIABLE, 0, 1100, 64, 128), piece(MN_RELIABLE, 0, 1100, 128, 128),
        piece(MN_RELIABLE, 0, 1100, 64, 128), piece(MN_RELIABLE, 0, 1100, 1088, 12)};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(inject(&frames[i], 1), -1);
    }
    assert_int_equal(waiting(), 0);
    assert_int_equal(pair.sides[1].connection.credit_in.spent, 1116);
    mni_frame rest = piece(MN_RELIABLE, 0, 1100, 0, 1024);
    assert_int_equal(inject(&rest, 1), -1);
    assert_int_equal(waiting(), 0);
    const mni_frame last[] = {piece(MN_RELIABLE, 0, 1100, 1024, 76), frames[0]};
    assert_int_equal(inject(last, 2), -1);
    assert_int_equal(waiting(), 1);
    assert_int_equal(inject(last, 2), -1); /* late */
    assert_int_equal(waiting(), 1);
    assert_int_equal(pair.sides[1].events.reserved, 0);
    assert_int_equal(pair.sides[1].connection.credit_in.spent, 1116);
}

static void what_does_not_hold_together_is_malformed(void **state)
{
    (void)state;
    next_number = 0;
    mni_frame first = piece(MN_RELIABLE, 0, 2000, 0, 64);
    assert_int_equal(inject(&first, 1), -1);
    const mni_frame cases[] = {
        piece(MN_RELIABLE, 0, 2001, 64, 64),          /* another size */
        piece(MN_RELIABLE, 1, 1023, 0, 64),           /* too small to be cut */
        piece(MN_RELIABLE, 1, 2000, 32, 64),          /* not at a multiple of 64 */
        piece(MN_RELIABLE, 1, 2000, 0, 60),           /* the same of its end */
        piece(MN_RELIABLE, 1, 2000, 1984, 64),        /* beyond the end */
        piece(MN_RELIABLE, 1, 2000, 2048, 64),        /* all of it beyond */
        piece(MN_RELIABLE, 1, 1024, 0, 1024),         /* the whole is no piece */
        piece(MN_RELIABLE, 1, 2000, 0, 0),            /* nothing */
        piece(MN_RELIABLE, 1, (1 << 20) + 1, 0, 64),  /* larger than was agreed on */
        piece(MN_RELIABLE, 1, (16 << 20) + 1, 0, 64), /* larger than anything */
        piece(MN_RELIABLE, 8192, 2000, 0, 64),        /* too far ahead */
        piece(MN_NOTIFY, 0, 40000, 0, 64),            /* too large for its mode */
        piece(6, 0, 2000, 0, 64),                     /* no mode */
        {.kind = MNI_FRAME_MESSAGE, .mode = MN_RELIABLE, .bytes = (const uint8_t *)""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (inject(&cases[i], 1) != MN_DROP_MALFORMED) {
            fail_msg("case %zu", i);
        }
    }
    /* The whole before a piece of it, in one packet: only one of them can be meant. */
    const mni_frame both[] = {
        {.kind = MNI_FRAME_MESSAGE, .mode = MN_RELIABLE, .sequence = 1, .bytes = first.bytes},
        piece(MN_RELIABLE, 1, 2000, 0, 64)};
    assert_int_equal(inject(both, 2), -1);
    assert_int_equal(waiting(), 0);
    assert_int_equal(pair.sides[1].events.reserved, 0);
}

static void no_notify_message_is_acknowledged_and_given_up(void **state)
{
    (void)state;
    next_number = 0;
    const mni_frame begin[] = {piece(MN_NOTIFY, 0, 1088, 0, 1024)};
    const mni_frame second[] = {piece(MN_NOTIFY, 1, 2000, 0, 64)};
    assert_int_equal(inject(begin, 1), -1);
    assert_int_equal(inject(second, 1), -1);
    /* The third would give up the first, which comes to its end in the same packet. */
    const mni_frame both[] = {piece(MN_NOTIFY, 0, 1088, 1024, 64),
                              piece(MN_NOTIFY, 2, 2000, 0, 64)};
    assert_int_equal(inject(both, 2), MN_DROP_ROOM);
    assert_int_equal(inject(&both[0], 1), -1);
    assert_int_equal(waiting(), 1);
    assert_int_equal(inject(&both[1], 1), -1);
    const mni_frame third[] = {piece(MN_NOTIFY, 3, 2000, 0, 64)};
    assert_int_equal(inject(third, 1), -1);            /* the second is given up … */
    assert_int_equal(inject(second, 1), MN_DROP_ROOM); /* … and none of it counts as delivered */
    assert_int_equal(pair.sides[1].events.reserved, 0);
}

static void a_game_without_floors_above_sees_only_its_channels(void **state)
{
    (void)state;
    next_number = 0;
    mni_frame whole = {.kind = MNI_FRAME_MESSAGE, .mode = MN_RELIABLE, .channel = 63};
    mni_frame part = piece(MN_UNRELIABLE, 0, 2000, 0, 64);
    whole.bytes = part.bytes;
    part.channel = 63;
    pair.sides[1].shared.channel_count = MN_CHANNELS;
    assert_int_equal(inject(&whole, 1), -1);
    assert_int_equal(inject(&part, 1), -1);
    whole.channel = part.channel = 64;
    assert_int_equal(inject(&whole, 1), MN_DROP_MALFORMED);
    assert_int_equal(inject(&part, 1), MN_DROP_MALFORMED);
}

static void pieces_count_as_messages_where_these_are_limited(void **state)
{
    (void)state;
    next_number = 0;
    pair.sides[1].shared.quota.messages = 100;
    mni_frame frames[50];
    for (uint32_t i = 0; i < 50; i++) {
        frames[i] = piece(MN_UNRELIABLE, 0, 1025, 1024, 1);
    }
    assert_int_equal(inject(frames, 50), -1);
    assert_int_equal(inject(frames, 50), -1);
    assert_int_equal(inject(frames, 50), MN_DROP_LIMIT);
}

static void one_large_message_at_a_time(void **state)
{
    (void)state;
    next_number = 0;
    mni_frame first = piece(MN_RELIABLE, 0, 1 << 20, 0, 64);
    mni_frame second = piece(MN_UNORDERED, 0, 1 << 20, 0, 64);
    assert_int_equal(inject(&first, 1), -1);
    assert_int_equal(inject(&second, 1), MN_DROP_MALFORMED);
    assert_true(pair.sides[1].memory.used < (1 << 20) + 200000);
}

static void memory_stays_bounded_whatever_is_sent(void **state)
{
    (void)state;
    next_number = 0;
    mni_random random;
    mni_random_init(&random, test_seed(8));
    for (int i = 0; i < 30000; i++) {
        uint32_t total = 1024u << mni_random_below(&random, 12);
        uint32_t offset = (uint32_t)mni_random_below(&random, total) / 64 * 64;
        mni_frame frame = piece(1 + (uint32_t)mni_random_below(&random, 5),
                                (uint16_t)mni_random_below(&random, 40), total, offset, 64);
        frame.channel = (uint8_t)mni_random_below(&random, MNI_CHANNELS);
        (void)inject(&frame, 1);
        mni_peer_event event;
        while (mni_random_chance(&random, 0.9) && test_pair_take(&pair, 1, &event)) {
            test_pair_return(&pair, 1, &event);
        }
        test_pair_step(&pair, MS);
    }
    /* Two windows, in buffers up to a third larger, one large message, and bookkeeping. */
    assert_true(pair.sides[1].memory.peak < 2 * 350000 + (1 << 20) + 500000);
}

static void without_memory_it_comes_later(void **state)
{
    (void)state;
    for (uint64_t k = 1; k < 60; k++) {
        reopen(64 * 1024, 1 << 20);
        pair.sides[k % 2].allocator.fail_at = k / 2 + 1;
        mn_result results[2];
        results[0] = test_pair_send(&pair, 0, 100000, 1, MN_RELIABLE, 0);
        results[1] = test_pair_send(&pair, 0, 10000, 2, MN_UNORDERED, 0);
        test_pair_flush(&pair, 0);
        run_ms(1500);
        assert_int_equal(waiting(), (results[0] == MN_OK) + (results[1] == MN_OK));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_mode_carries_what_is_larger_than_a_packet),
        TEST(what_is_too_large_is_an_error),
        TEST(small_messages_do_not_wait_for_a_large_one),
        TEST(a_slow_reader_stops_large_messages_and_nothing_deadlocks),
        TEST(a_notify_message_is_lost_with_one_of_its_pieces),
        TEST(pieces_and_sequenced_messages_share_a_count_that_wraps),
        TEST(what_misses_a_piece_is_given_up_after_a_second),
        TEST(no_piece_is_in_a_packet_twice),
        TEST(pieces_overlap_and_repeat_as_they_like),
        TEST(what_does_not_hold_together_is_malformed),
        TEST(no_notify_message_is_acknowledged_and_given_up),
        TEST(a_game_without_floors_above_sees_only_its_channels),
        TEST(pieces_count_as_messages_where_these_are_limited),
        TEST(one_large_message_at_a_time),
        TEST(without_memory_it_comes_later),
    };
    /* These take many packets, and it is nothing to them how packets are protected. */
    const struct CMUnitTest long_tests[] = {
        TEST(a_message_larger_than_the_window_flows),
        TEST(the_largest_message_arrives),
        TEST(memory_stays_bounded_whatever_is_sent),
    };
#undef TEST
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += cmocka_run_group_tests(long_tests, NULL, NULL);
    protection = PAIR_SEALED;
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
