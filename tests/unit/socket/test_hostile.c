/* SPDX-License-Identifier: MIT */
/*
 * What comes from others than the other side changes nothing, and what the other side sends wrongly
 * is dropped whole, is charged to it, and costs a bounded amount.
 */
#include "socket/packet.h"
#include "support/pair.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)

static test_pair pair;
static pair_mode protection; /* plain, then sealed */

static int setup(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    config.receive_window_bytes = 64 * 1024;
    test_pair_open_as(&pair, &config, 1, protection);
    test_pair_set_rekey(&pair, 10);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_pair_close(&pair);
    return 0;
}

static mni_connection *victim(void)
{
    return &pair.sides[1].connection;
}

/* The victim receives a packet with these contents, as if from the other side. */
static int32_t inject(uint64_t number, const mni_ack *ack, const void *frames, uint32_t size)
{
    uint8_t bytes[1500];
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes) - MNI_TAG_SIZE);
    mni_packet_begin(&writer, number, false, ack);
    mni_write_bytes(&writer, frames, size);
    assert_false(writer.failed);
    uint32_t packet_size = mni_packet_end(&writer, number, &pair.sides[0].connection.sealer);
    return mni_connection_receive(victim(), bytes, packet_size, pair.now_us);
}

static uint32_t add_reliable(uint8_t *bytes, uint8_t channel, uint16_t sequence, uint32_t size)
{
    static const uint8_t content[1200];
    mni_writer writer = mni_writer_over(bytes, 1500);
    mni_frame frame = {
        .kind = MNI_FRAME_MESSAGE,
        .mode = MN_RELIABLE,
        .channel = channel,
        .sequence = sequence,
        .size = size,
        .bytes = content,
    };
    mni_frame_write(&writer, &frame);
    return (uint32_t)mni_writer_size(&writer);
}

/* ---- from others ---- */

static uint64_t play(bool with_rubbish, uint64_t seed)
{
    static pair_packet seen[64];
    uint32_t seen_count = 0;
    mni_random rubbish;
    mni_random_init(&rubbish, seed);
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 20 * MS, .loss = 0.1});
    for (uint64_t i = 0; i < 300; i++) {
        for (uint32_t side = 0; side < 2; side++) {
            (void)test_pair_send(&pair, side, 20, i, MN_RELIABLE, 0);
            (void)test_pair_send(&pair, side, 30, i, MN_NOTIFY, i);
            test_pair_flush(&pair, side);
        }
        for (uint32_t j = 0; with_rubbish && j < pair.count; j++) {
            pair_packet packet = pair.flight[j];
            uint32_t bit = (uint32_t)mni_random_below(&rubbish, (uint64_t)packet.size * 8);
            packet.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            mni_connection *to = &pair.sides[packet.to].connection;
            int32_t drop = mni_connection_receive(to, packet.bytes, packet.size, pair.now_us);
            assert_int_equal(drop, MN_DROP_CHECKSUM);
            uint32_t cut = (uint32_t)mni_random_below(&rubbish, packet.size);
            drop = mni_connection_receive(to, pair.flight[j].bytes, cut, pair.now_us);
            assert_int_equal(drop, MN_DROP_CHECKSUM);
            if (packet.due_us <= pair.now_us + 10 * MS) {
                seen[seen_count++ % 64] = pair.flight[j];
            }
        }
        test_pair_step(&pair, 10 * MS);
        for (uint32_t j = 0; j < seen_count && j < 64; j++) {
            mni_connection *to = &pair.sides[seen[j].to].connection;
            int32_t drop = mni_connection_receive(to, seen[j].bytes, seen[j].size, pair.now_us);
            /* (The key of an older packet is forgotten when the next but one comes.) */
            assert_true(drop == MN_DROP_DUPLICATE ||
                        (protection == PAIR_SEALED && drop == MN_DROP_CHECKSUM));
        }
        test_pair_step(&pair, 6 * MS);
    }
    return pair.sides[0].digest ^ pair.sides[1].digest;
}

static void damaged_and_replayed_packets_change_nothing(void **state)
{
    (void)state;
    uint64_t seed = test_seed(5);
    uint64_t clean = play(false, seed);
    uint64_t packets = victim()->traffic.packets_received;
    uint32_t events = mni_events_count(&pair.sides[1].events);
    (void)teardown(NULL);
    (void)setup(NULL);
    assert_int_equal(play(true, seed), clean);
    assert_int_equal(victim()->traffic.packets_received, packets);
    assert_int_equal(mni_events_count(&pair.sides[1].events), events);
    assert_int_equal(victim()->budget.left, MNI_BUDGET_ERRORS);
}

static void noise_is_dropped(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(6));
    uint8_t bytes[200];
    for (int i = 0; i < 20000; i++) {
        uint32_t size = (uint32_t)mni_random_below(&random, sizeof(bytes));
        for (uint32_t j = 0; j < size; j++) {
            bytes[j] = (uint8_t)mni_random_next(&random);
        }
        assert_int_equal(mni_connection_receive(victim(), bytes, size, pair.now_us),
                         MN_DROP_CHECKSUM);
    }
    assert_int_equal(victim()->budget.left, MNI_BUDGET_ERRORS);
}

/* ---- from the other side ---- */

static void a_malformed_packet_is_dropped_whole_and_charged(void **state)
{
    (void)state;
    /* A message, a message, and a zero byte that is no frame. */
    assert_int_equal(inject(0, NULL, "\x21x\x41\x00\x00y\x00", 7), MN_DROP_MALFORMED);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 0);
    assert_int_equal(pair.sides[1].events.reserved, 0);
    assert_int_equal(victim()->budget.left, MNI_BUDGET_ERRORS - 1);
    assert_int_equal(mni_received_check(&victim()->received, 0), MNI_FRESH);
    assert_int_equal(inject(0, NULL, "\x21x\x41\x00\x00y", 6), -1);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 2);
}

static void an_acknowledgement_of_what_was_never_sent_is_malformed(void **state)
{
    (void)state;
    mni_ack ack = {.count = 1, .runs = {{.first = 0, .last = 0}}};
    assert_int_equal(inject(0, &ack, NULL, 0), MN_DROP_MALFORMED);
    assert_int_equal(test_pair_send(&pair, 1, 8, 0, MN_NOTIFY, 5), MN_OK);
    test_pair_flush(&pair, 1);
    ack.runs[0].last = 1;
    assert_int_equal(inject(0, &ack, NULL, 0), MN_DROP_MALFORMED);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 0);
    ack.runs[0].last = 0;
    assert_int_equal(inject(0, &ack, NULL, 0), -1);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 1);
    assert_int_equal(inject(1, &ack, NULL, 0), -1); /* again: nothing happens */
    assert_int_equal(mni_events_count(&pair.sides[1].events), 1);
}

static void too_much_of_it_ends_the_connection(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < MNI_BUDGET_ERRORS; i++) {
        assert_int_equal(inject(i, NULL, "\x00", 1), MN_DROP_MALFORMED);
    }
    assert_int_equal(mni_connection_state_of(victim()), MNI_CONNECTION_OPEN);
    assert_int_equal(inject(99, NULL, "\x00", 1), MN_DROP_MALFORMED);
    const char *text;
    assert_int_equal(mni_connection_state_of(victim()), MNI_CONNECTION_OVER);
    assert_int_equal(mni_connection_reason(victim(), &text), MN_REASON_PROTOCOL);
    test_pair_write(&pair, 1, false);
    test_pair_step(&pair, MS);
    assert_int_equal(mni_connection_reason(&pair.sides[0].connection, &text), MN_REASON_PROTOCOL);
}

static void who_spends_more_than_its_credit_is_dropped(void **state)
{
    (void)state;
    uint8_t bytes[1500];
    uint64_t number = 0;
    uint16_t sequence = 0;
    for (; sequence < 64; sequence++) { /* 64 x 1024 is the whole window */
        uint32_t size = add_reliable(bytes, 0, sequence, 1008);
        assert_int_equal(inject(number++, NULL, bytes, size), -1);
    }
    uint32_t size = add_reliable(bytes, 0, sequence, 0);
    assert_int_equal(inject(number, NULL, bytes, size), MN_DROP_MALFORMED);
    assert_int_equal(victim()->budget.left, MNI_BUDGET_ERRORS - 1);
    mni_peer_event event;
    for (int i = 0; i < 32; i++) {
        assert_true(test_pair_take(&pair, 1, &event));
        test_pair_return(&pair, 1, &event);
    }
    assert_int_equal(inject(number, NULL, bytes, size), -1);
}

static void a_piece_for_an_ending_connection_is_not_taken_in(void **state)
{
    (void)state;
    mni_connection_end(victim(), MN_REASON_CLOSED, NULL, 0, pair.now_us);
    assert_int_equal(inject(0, NULL, "\x81\x00", 2), MN_DROP_CLOSING);
    assert_int_equal(mni_received_check(&victim()->received, 0), MNI_FRESH);
}

static void only_the_newest_number_gives_a_sample(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(test_pair_send(&pair, 1, 8, i, MN_RELIABLE, 0), MN_OK);
        test_pair_flush(&pair, 1);
    }
    pair.now_us += 20 * MS;
    assert_int_equal(inject(0, &(mni_ack){.count = 1, .runs = {{1, 1}}}, NULL, 0), -1);
    pair.now_us += 1 * MS;
    assert_int_equal(inject(1, &(mni_ack){.count = 1, .runs = {{0, 1}}}, NULL, 0), -1);
    assert_int_equal(victim()->sent.flying.count, 0);
    assert_int_equal(victim()->rtt.latest_us, 20 * MS);
}

static void what_is_missing_is_paid_for(void **state)
{
    (void)state;
    uint8_t bytes[1500];
    /* 4096 x 16 is the window: message 4095 needs all of it, for those before it. */
    uint32_t size = add_reliable(bytes, 0, 4095, 1);
    assert_int_equal(inject(0, NULL, bytes, size), MN_DROP_MALFORMED);
    size = add_reliable(bytes, 0, 4095, 0);
    assert_int_equal(inject(0, NULL, bytes, size), -1);
    size = add_reliable(bytes, 1, 0, 0);
    assert_int_equal(inject(1, NULL, bytes, size), MN_DROP_MALFORMED);
    size = add_reliable(bytes, 0, 0, 0); /* this one is paid for already */
    assert_int_equal(inject(2, NULL, bytes, size), -1);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 1);
}

static void a_sequence_too_far_ahead_is_malformed(void **state)
{
    (void)state;
    uint8_t bytes[1500];
    uint32_t size = add_reliable(bytes, 0, MNI_STREAM_AHEAD, 0);
    assert_int_equal(inject(0, NULL, bytes, size), MN_DROP_MALFORMED);
}

static uint32_t add_many(uint8_t *bytes, uint32_t mode, uint32_t first)
{
    mni_writer writer = mni_writer_over(bytes, 1400);
    mni_frame frame = {.kind = MNI_FRAME_MESSAGE, .mode = (uint8_t)mode, .bytes = bytes};
    for (uint32_t i = 0; i < 70; i++) {
        frame.sequence = (uint16_t)(first + i);
        mni_frame_write(&writer, &frame);
    }
    return (uint32_t)mni_writer_size(&writer);
}

static uint32_t read_all(void)
{
    uint32_t count = 0;
    mni_peer_event event;
    while (test_pair_take(&pair, 1, &event)) {
        test_pair_return(&pair, 1, &event);
        count++;
    }
    return count;
}

/* A sender that is quick sends more than 65536 messages in 1024 packets: one of them that comes at
   last has sequences that mean others by then. */
static void a_late_packet_is_not_taken_for_a_new_one(void **state)
{
    (void)state;
    uint8_t bytes[1500];
    for (uint32_t late = 100; late < 1900; late += 53) { /* the lost one, and how late it comes */
        uint32_t mode = late % 2 == 0 ? MN_RELIABLE : late % 3 == 0 ? MN_SEQUENCED : MN_UNORDERED;
        (void)teardown(NULL);
        (void)setup(NULL);
        uint32_t first = 0;
        for (uint64_t number = 1; number < late / 2; number++, first += 70) {
            assert_int_equal(inject(number, NULL, bytes, add_many(bytes, mode, first)), -1);
            assert_int_equal(read_all(), 70);
        }
        int32_t result = inject(0, NULL, bytes, add_many(bytes, mode, 0));
        assert_true(result == -1 || result == MN_DROP_OLD);
        assert_int_equal(read_all(), 0);
        assert_int_equal(victim()->credit_in.spent, victim()->credit_in.returned);
        assert_int_equal(pair.sides[1].events.reserved, 0);
    }
}

static void the_same_message_twice_in_a_packet_is_delivered_once(void **state)
{
    (void)state;
    uint8_t bytes[1500];
    uint32_t size = add_reliable(bytes, 0, 1, 10);
    size += add_reliable(bytes + size, 0, 1, 10);
    size += add_reliable(bytes + size, 0, 0, 10);
    size += add_reliable(bytes + size, 0, 0, 10);
    assert_int_equal(inject(0, NULL, bytes, size), -1);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 2);
    assert_int_equal(pair.sides[1].events.reserved, 0);
    assert_int_equal(victim()->credit_in.spent, 2 * 26);
}

static void memory_stays_bounded_whatever_it_sends(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(8));
    uint8_t bytes[1500];
    for (uint64_t number = 0; number < 30000; number++) {
        uint32_t size = 0;
        while (size < 1100) {
            uint16_t sequence = (uint16_t)(mni_random_below(&random, 20000));
            uint8_t channel = (uint8_t)mni_random_below(&random, MNI_CHANNELS);
            size += add_reliable(bytes + size, channel, sequence,
                                 (uint32_t)mni_random_below(&random, 40));
            size += mni_random_chance(&random, 0.5) ? add_reliable(bytes + size, channel, 0, 0) : 0;
        }
        victim()->budget.left = MNI_BUDGET_ERRORS; /* it shall go on */
        (void)inject(number, NULL, bytes, size);
        mni_peer_event event;
        while (mni_random_chance(&random, 0.9) && test_pair_take(&pair, 1, &event)) {
            test_pair_return(&pair, 1, &event);
        }
    }
    /* Bytes, places and events of one window, its halves rounded up to powers of two. */
    assert_true(pair.sides[1].memory.peak < UINT64_C(20) * 64 * 1024);
}

/* It makes the victim expect 1802 messages on each channel, and keeps two of them back. */
static void places_of_what_has_come_are_given_back(void **state)
{
    (void)state;
    uint8_t bytes[1500];
    uint64_t number = 0;
    for (uint8_t channel = 0; channel < MNI_CHANNELS; channel++) {
        uint32_t size = add_reliable(bytes, channel, 1801, 0);
        assert_int_equal(inject(number++, NULL, bytes, size), -1);
        size = 0;
        for (uint16_t sequence = 0; sequence < 1800; sequence++) {
            size += add_reliable(bytes + size, channel, sequence, 0);
            if (size < 1100 && sequence < 1799) {
                continue;
            }
            mni_ack all = {.count = 1, .runs = {{.last = victim()->sent.next_number - 1}}};
            bool has_sent = victim()->sent.next_number > 0;
            assert_int_equal(inject(number++, has_sent ? &all : NULL, bytes, size), -1);
            size = 0;
            mni_peer_event event;
            while (test_pair_take(&pair, 1, &event)) {
                test_pair_return(&pair, 1, &event);
            }
            test_pair_write(&pair, 1, false);
        }
    }
    assert_true(pair.sides[1].memory.used < UINT64_C(8) * 64 * 1024);
}

static void messages_nobody_reads_take_no_more_than_their_allowance(void **state)
{
    (void)state;
    uint64_t room = 0;
    for (uint64_t number = 0; number < 2000; number++) {
        uint8_t bytes[1000];
        memset(bytes, 0x20, sizeof(bytes)); /* a thousand empty messages */
        room += inject(number, NULL, bytes, sizeof(bytes)) == MN_DROP_ROOM;
    }
    assert_int_equal(mni_events_count(&pair.sides[1].events), 4000);
    assert_int_equal(room, 1996);
    assert_int_equal(victim()->budget.left, MNI_BUDGET_ERRORS);
    assert_int_equal(pair.sides[1].events.reserved, 0);
}

static void a_packet_without_room_still_acknowledges(void **state)
{
    (void)state;
    messages_nobody_reads_take_no_more_than_their_allowance(NULL);
    assert_int_equal(test_pair_send(&pair, 1, 8, 0, MN_RELIABLE, 0), MN_OK);
    test_pair_flush(&pair, 1);
    assert_int_equal(victim()->sent.flying.count, 1);
    mni_ack ack = {.count = 1, .runs = {{.first = 0, .last = victim()->sent.next_number - 1}}};
    uint8_t bytes[1000];
    memset(bytes, 0x20, sizeof(bytes));
    assert_int_equal(inject(2000, &ack, bytes, sizeof(bytes)), MN_DROP_ROOM);
    assert_int_equal(victim()->sent.flying.count, 0);
    assert_int_equal(mni_received_check(&victim()->received, 2000), MNI_FRESH);
}

/* The other side is heard each second, for so many; true: the connection ended meanwhile. */
static bool is_given_up(uint32_t seconds)
{
    for (uint32_t i = 0; i < seconds; i++) {
        (void)inject(victim()->received.next, NULL, "\xc1\x01", 2);
        test_pair_run(&pair, 1000 * MS, 100 * MS);
    }
    return mni_connection_state_of(victim()) == MNI_CONNECTION_OVER;
}

static void who_is_heard_but_acknowledges_nothing_is_given_up(void **state)
{
    (void)state;
    pair.sides[1].line.is_cut = true;
    assert_int_equal(test_pair_send(&pair, 1, 8, 0, MN_RELIABLE, 0), MN_OK);
    test_pair_flush(&pair, 1);
    assert_false(is_given_up(14));
    assert_true(is_given_up(3));
    const char *text;
    assert_int_equal(mni_connection_reason(victim(), &text), MN_REASON_TIMEOUT);
}

static void a_probe_that_was_lost_in_the_end_is_not_held_against_it(void **state)
{
    (void)state;
    test_pair_set_lines(&pair, &(pair_line){.is_cut = true}); /* what is injected arrives */
    assert_int_equal(test_pair_send(&pair, 1, 8, 0, MN_NOTIFY, 0), MN_OK);
    test_pair_flush(&pair, 1);
    while (victim()->loss.probes == 0) {
        test_pair_step(&pair, 10 * MS);
    }
    test_pair_run(&pair, 200 * MS, 10 * MS);
    (void)inject(0, NULL, "\xc1\x01\xc1\x01", 4);
    (void)inject(1, NULL, "\xc1\x01", 2); /* is acknowledged, and that arrives */
    test_pair_step(&pair, 0);
    uint64_t last = victim()->sent.next_number - 1;
    mni_ack ack = {.count = 1, .runs = {{.first = last, .last = last}}};
    (void)inject(2, &ack, NULL, 0);
    test_pair_step(&pair, 1000 * MS);
    assert_int_equal(victim()->sent.armed, 0);
    assert_false(is_given_up(30));
}

static void what_is_told_to_who_never_acknowledges_is_bounded(void **state)
{
    (void)state;
    pair.sides[1].line.is_cut = true;
    uint8_t bytes[1500];
    uint16_t sequence = 0;
    while (mni_connection_state_of(victim()) == MNI_CONNECTION_OPEN) {
        for (int i = 0; i < 32; i++) { /* half the window: the victim grants credit */
            uint32_t size = add_reliable(bytes, 0, sequence++, 1008);
            assert_int_equal(inject(victim()->received.next, NULL, bytes, size), -1);
            mni_peer_event event;
            assert_true(test_pair_take(&pair, 1, &event));
            test_pair_return(&pair, 1, &event);
        }
        test_pair_step(&pair, MS);
        assert_true(victim()->sent.flying.count <= 2 * MNI_SENT_MAX + 2);
    }
    assert_true(pair.now_us < 1000 * MS + 5000 * MS);
}

static void acknowledgements_alone_never_answer_each_other(void **state)
{
    (void)state;
    assert_int_equal(test_pair_send(&pair, 1, 8, 0, MN_RELIABLE, 0), MN_OK);
    test_pair_flush(&pair, 1);
    uint64_t packets = pair.sides[1].packets;
    mni_ack ack = {.count = 1, .runs = {{.first = 0, .last = 0}}};
    for (uint64_t number = 0; number < 3000; number += 3) { /* gaps, too */
        assert_int_equal(inject(number, &ack, NULL, 0), -1);
        test_pair_write(&pair, 1, false);
    }
    assert_int_equal(pair.sides[1].packets, packets);
    assert_int_equal(mni_connection_next_us(victim()), pair.now_us + 15000 * MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(damaged_and_replayed_packets_change_nothing),
        TEST(noise_is_dropped),
        TEST(a_malformed_packet_is_dropped_whole_and_charged),
        TEST(an_acknowledgement_of_what_was_never_sent_is_malformed),
        TEST(too_much_of_it_ends_the_connection),
        TEST(who_spends_more_than_its_credit_is_dropped),
        TEST(a_piece_for_an_ending_connection_is_not_taken_in),
        TEST(only_the_newest_number_gives_a_sample),
        TEST(what_is_missing_is_paid_for),
        TEST(a_sequence_too_far_ahead_is_malformed),
        TEST(a_late_packet_is_not_taken_for_a_new_one),
        TEST(the_same_message_twice_in_a_packet_is_delivered_once),
        TEST(places_of_what_has_come_are_given_back),
        TEST(messages_nobody_reads_take_no_more_than_their_allowance),
        TEST(a_packet_without_room_still_acknowledges),
        TEST(who_is_heard_but_acknowledges_nothing_is_given_up),
        TEST(a_probe_that_was_lost_in_the_end_is_not_held_against_it),
        TEST(acknowledgements_alone_never_answer_each_other),
    };
    /* These take many packets, and it is nothing to them how packets are protected. */
    const struct CMUnitTest long_tests[] = {
        TEST(memory_stays_bounded_whatever_it_sends),
        TEST(what_is_told_to_who_never_acknowledges_is_bounded),
    };
#undef TEST
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += cmocka_run_group_tests(long_tests, NULL, NULL);
    protection = PAIR_SEALED;
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
