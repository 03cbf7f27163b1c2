/* SPDX-License-Identifier: MIT */
/*
 * Connections whose packets are sealed: keys that change while they are used, numbers that never
 * come twice under one key, and secrets that are gone when they are not needed any more.
 */
#include "base/seq.h"
#include "socket/links.h"
#include "socket/packet.h"
#include "support/pair.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

static const uint8_t zeros[MNI_KEY_SIZE];
static test_pair pair;

static int setup(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    test_pair_open_as(&pair, &config, 1, PAIR_SEALED);
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

static void run_ms(uint64_t ms)
{
    test_pair_run(&pair, ms * MS, MS);
}

static void send(uint32_t side, uint32_t how)
{
    assert_int_equal(test_pair_send(&pair, side, 20, 1, how, 0), MN_OK);
    test_pair_flush(&pair, side);
}

static void take_all(uint32_t side)
{
    mni_peer_event event;
    while (test_pair_take(&pair, side, &event)) {
        test_pair_return(&pair, side, &event);
    }
}

/* ---- sizes */

static void messages_have_less_room(void **state)
{
    (void)state;
    static const struct {
        uint32_t how, window, plain, sealed;
    } cases[] = {
        {MN_RELIABLE, 256 * 1024, 1 << 20, 1 << 20},
        {MN_UNRELIABLE, 256 * 1024, 32 * 1152, 32 * 1152},
        {MN_RELIABLE, 8 * 1024, 1200 - 24, 1200 - 36},
        {MN_UNRELIABLE, 8 * 1024, 1200 - 24, 1200 - 36},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mni_agreement agreement = {
            .remote_window = cases[i].window, .max_packet_size = 1200, .max_message_size = 1 << 20};
        assert_int_equal(mni_max_message_size(&agreement, cases[i].how), cases[i].plain);
        agreement.is_sealed = true;
        assert_int_equal(mni_max_message_size(&agreement, cases[i].how), cases[i].sealed);
    }
}

static void a_packet_larger_than_agreed_is_not_opened(void **state)
{
    (void)state;
    static const uint8_t content[1200];
    uint8_t bytes[1300];
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes) - MNI_TAG_SIZE);
    mni_packet_begin(&writer, 0, false, NULL);
    mni_frame frame = {.mode = MN_UNRELIABLE, .bytes = content, .size = 1200 - 3 - 3 - 16};
    mni_frame_write(&writer, &frame);
    uint32_t size = mni_packet_end(&writer, 0, &connection_of(0)->sealer);
    assert_int_equal(size, 1200);
    assert_int_equal(mni_connection_receive(connection_of(1), bytes, size, pair.now_us), -1);
    writer = mni_writer_over(bytes, sizeof(bytes) - MNI_TAG_SIZE);
    mni_packet_begin(&writer, 1, false, NULL);
    frame.size++;
    mni_frame_write(&writer, &frame);
    size = mni_packet_end(&writer, 1, &connection_of(0)->sealer);
    assert_int_equal(size, 1201);
    assert_int_equal(mni_connection_receive(connection_of(1), bytes, size, pair.now_us),
                     MN_DROP_CHECKSUM);
}

/* ---- keys that change */

static void keys_change_on_both_ways_and_nobody_notices(void **state)
{
    (void)state;
    test_pair_set_rekey(&pair, 50);
    for (uint64_t i = 0; i < 1000; i++) {
        for (uint32_t side = 0; side < 2; side++) {
            send(side, MN_RELIABLE);
            take_all(side);
        }
        run_ms(10);
    }
    for (uint32_t side = 0; side < 2; side++) {
        const mni_sealer *sealer = &connection_of(side)->sealer;
        const mni_opener *opener = &connection_of(1 - side)->opener;
        assert_in_range(sealer->first, 900, 1000);
        assert_int_equal(opener->border, sealer->first);
        assert_memory_equal(opener->key, sealer->key, MNI_KEY_SIZE);
        assert_int_equal(pair.sides[side].dropped[MN_DROP_CHECKSUM], 0);
        assert_int_equal(connection_of(side)->traffic.packets_lost, 0);
        assert_true(opener->has_before); /* a packet under it could come still */
    }
}

static void the_key_before_is_wiped_in_time(void **state)
{
    (void)state;
    test_pair_set_rekey(&pair, 100);
    while (!connection_of(1)->opener.has_before) {
        send(0, MN_RELIABLE);
        run_ms(25);
        take_all(1);
    }
    test_pair_set_rekey(&pair, UINT64_MAX);
    while (connection_of(0)->sent.next_number < 100 + 1023) {
        send(0, MN_UNRELIABLE);
        run_ms(25);
        take_all(1);
    }
    assert_true(connection_of(1)->opener.has_before);
    send(0, MN_UNRELIABLE);
    run_ms(25);
    take_all(1);
    assert_false(connection_of(1)->opener.has_before);
    assert_memory_equal(connection_of(1)->opener.before, zeros, MNI_KEY_SIZE);
}

static void time_changes_keys_only_when_something_is_sent(void **state)
{
    (void)state;
    pair.sides[0].shared.rekey.us = SECOND;
    send(0, MN_RELIABLE);
    run_ms(4000);
    assert_false(connection_of(0)->sealer.phase);
    uint64_t packets = pair.sides[0].packets;
    assert_true(mni_connection_next_us(connection_of(0)) > pair.now_us + 900 * MS);
    send(0, MN_RELIABLE);
    assert_int_equal(pair.sides[0].packets, packets + 1);
    assert_true(connection_of(0)->sealer.phase);
    assert_false(connection_of(1)->sealer.phase);
    run_ms(100);
    assert_true(connection_of(1)->opener.phase);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 2);
}

static void an_outage_does_not_change_keys_twice(void **state)
{
    (void)state;
    test_pair_set_rekey(&pair, 5);
    for (int i = 0; i < 6; i++) {
        send(0, MN_UNRELIABLE);
        run_ms(50);
    }
    assert_true(connection_of(0)->sealer.phase);
    uint64_t first = connection_of(0)->sealer.first;
    run_ms(100);
    pair.sides[1].line.is_cut = true; /* no acknowledgement any more */
    for (int i = 0; i < 60; i++) {
        send(0, MN_UNRELIABLE);
        run_ms(50);
    }
    assert_true(connection_of(0)->sent.next_number > first + 50);
    assert_true(connection_of(0)->sealer.first <= first + 6); /* once more at most */
    pair.sides[1].line.is_cut = false;
    for (int i = 0; i < 20; i++) {
        send(0, MN_UNRELIABLE);
        run_ms(50);
    }
    assert_true(connection_of(0)->sealer.first > first + 50);
    assert_int_equal(pair.sides[1].dropped[MN_DROP_CHECKSUM], 0);
}

/* ---- numbers */

/* So many packets leave the first side, each with the next number in the open. */
static void expect_next_numbers(uint64_t *next, uint32_t count)
{
    mni_connection *connection = connection_of(0);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[PAIR_PACKET_MAX];
        connection->is_ping_due = true;
        assert_true(mni_connection_write(connection, bytes, 1200, pair.now_us, false) > 0);
        mni_reader reader = mni_reader_over(bytes, sizeof(bytes));
        bool is_wide = (mni_read_u8(&reader) & 16) != 0;
        uint32_t low = is_wide ? mni_read_u32(&reader) : mni_read_u16(&reader);
        assert_int_equal(is_wide, *next - connection->sent.next_acked >= 16384);
        assert_int_equal(mni_seq_widen(*next, low, is_wide ? 32 : 16), *next);
        assert_int_equal(connection->sent.next_number, ++*next);
    }
}

static void acknowledge(uint64_t number)
{
    mni_ack ack = {.count = 1, .runs = {{.first = number, .last = number}}};
    mni_connection_take_ack(connection_of(0), &ack);
}

static void no_number_comes_twice(void **state)
{
    (void)state;
    test_pair_set_rekey(&pair, 7);
    const mni_sealer *sealer = &connection_of(0)->sealer;
    uint64_t next = 0;
    expect_next_numbers(&next, 1000);
    uint8_t other[MNI_KEY_SIZE] = {9};
    mni_connection_change_keys(connection_of(0), other, other); /* the handshake was done anew */
    assert_int_equal(sealer->first, 1000);
    expect_next_numbers(&next, 17000); /* into the void, and wide */
    assert_memory_equal(sealer->key, other, MNI_KEY_SIZE);
    acknowledge(next - 1);
    for (uint32_t i = 0; i < 1000; i++) { /* with a new key each time that it may be */
        expect_next_numbers(&next, 10);
        acknowledge(next - 1);
        assert_true(sealer->first >= next - 10);
    }
    connection_of(0)->sent.next_number = UINT32_MAX - 5;
    connection_of(0)->sent.next_acked = UINT32_MAX - 5;
    next = UINT32_MAX - 5;
    expect_next_numbers(&next, 10);
}

static void a_connection_begun_anew_has_other_keys(void **state)
{
    (void)state;
    send(0, MN_UNRELIABLE);
    pair_packet packet = pair.flight[0];
    uint8_t old[MNI_KEY_SIZE];
    memcpy(old, connection_of(1)->opener.key, MNI_KEY_SIZE);
    mni_agreement agreement = connection_of(1)->agreement;
    mni_connection_clear(connection_of(1));
    memset(agreement.send_key, 7, MNI_KEY_SIZE);
    memset(agreement.receive_key, 8, MNI_KEY_SIZE);
    assert_int_equal(
        mni_connection_open(connection_of(1), &pair.sides[1].shared, 2, &agreement, pair.now_us),
        MN_OK);
    assert_memory_not_equal(connection_of(1)->opener.key, old, MNI_KEY_SIZE);
    assert_int_equal(
        mni_connection_receive(connection_of(1), packet.bytes, packet.size, pair.now_us),
        MN_DROP_CHECKSUM);
    assert_false(mni_connection_is_confirmed(connection_of(1)));
}

static void keys_change_with_a_handshake_done_anew(void **state)
{
    (void)state;
    uint8_t up[MNI_KEY_SIZE] = {1, 2, 3};
    uint8_t down[MNI_KEY_SIZE] = {4, 5, 6};
    send(1, MN_RELIABLE); /* the client, which knows other keys already, cannot open it */
    pair_packet first = pair.flight[0];
    mni_connection_change_keys(connection_of(0), up, down);
    run_ms(30);
    assert_int_equal(pair.sides[0].dropped[MN_DROP_CHECKSUM], 1);
    assert_false(mni_connection_is_confirmed(connection_of(0)));
    mni_connection_change_keys(connection_of(1), down, up);
    send(0, MN_RELIABLE);
    run_ms(1000);
    assert_true(mni_connection_is_confirmed(connection_of(0)));
    assert_true(mni_connection_is_confirmed(connection_of(1)));
    assert_int_equal(mni_events_count(&pair.sides[0].events), 1);
    assert_int_equal(mni_events_count(&pair.sides[1].events), 1);
    assert_true(connection_of(1)->sent.next_number > 1); /* numbers went on */
    assert_int_equal(mni_connection_receive(connection_of(0), first.bytes, first.size, pair.now_us),
                     MN_DROP_CHECKSUM);
}

static void when_numbers_end_the_connection_ends(void **state)
{
    (void)state;
    const uint64_t left = 20;
    connection_of(0)->sent.next_number = MNI_NUMBERS_END - left;
    connection_of(0)->sent.next_acked = MNI_NUMBERS_END - left;
    connection_of(1)->received.next = MNI_NUMBERS_END - left;
    for (uint64_t i = 1; i < left; i++) {
        send(0, MN_UNRELIABLE);
    }
    assert_int_equal(mni_connection_state_of(connection_of(0)), MNI_CONNECTION_OVER);
    run_ms(100);
    assert_int_equal(pair.sides[0].packets, left); /* and the close */
    assert_int_equal(connection_of(0)->sent.next_number, MNI_NUMBERS_END);
    assert_int_equal(mni_connection_next_us(connection_of(0)), MNI_NEVER);
    const char *text;
    assert_int_equal(mni_connection_state_of(connection_of(1)), MNI_CONNECTION_OVER);
    assert_int_equal(mni_connection_reason(connection_of(1), &text), MN_REASON_CLOSED);
    assert_int_equal(mni_events_count(&pair.sides[1].events), left - 1);
    assert_int_equal(connection_of(1)->received.next, MNI_NUMBERS_END);
}

/* ---- secrets */

static void keys_are_in_one_place_and_wiped_at_the_end(void **state)
{
    (void)state;
    for (uint32_t side = 0; side < 2; side++) {
        assert_memory_equal(connection_of(side)->agreement.send_key, zeros, MNI_KEY_SIZE);
        assert_memory_equal(connection_of(side)->agreement.receive_key, zeros, MNI_KEY_SIZE);
    }
    test_pair_set_rekey(&pair, 3);
    for (int i = 0; i < 20; i++) {
        send(0, MN_UNRELIABLE);
        send(1, MN_UNRELIABLE);
        run_ms(50);
    }
    mni_connection *connection = connection_of(1);
    uint8_t secrets[3][MNI_KEY_SIZE];
    memcpy(secrets[0], connection->sealer.key, MNI_KEY_SIZE);
    memcpy(secrets[1], connection->opener.key, MNI_KEY_SIZE);
    memcpy(secrets[2], connection->opener.before, MNI_KEY_SIZE);
    assert_memory_not_equal(secrets[2], zeros, MNI_KEY_SIZE);
    mni_connection_clear(connection);
    const uint8_t *bytes = (const uint8_t *)connection;
    for (size_t i = 0; i + MNI_KEY_SIZE <= sizeof(*connection); i++) {
        for (size_t j = 0; j < 3; j++) {
            assert_true(memcmp(bytes + i, secrets[j], MNI_KEY_SIZE) != 0);
        }
    }
}

static void only_a_packet_that_opens_confirms(void **state)
{
    (void)state;
    send(0, MN_UNRELIABLE);
    pair_packet packet = pair.flight[0];
    packet.bytes[packet.size - 1] ^= 1;
    assert_int_equal(
        mni_connection_receive(connection_of(1), packet.bytes, packet.size, pair.now_us),
        MN_DROP_CHECKSUM);
    assert_false(mni_connection_is_confirmed(connection_of(1)));
    run_ms(20);
    assert_true(mni_connection_is_confirmed(connection_of(1)));
    assert_false(mni_connection_is_confirmed(connection_of(0)));
}

/* ---- memory */

static void without_memory_nothing_is_opened(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    mni_shared shared;
    test_allocator allocator;
    test_allocator_init(&allocator);
    mni_memory memory;
    mni_memory_init(&memory, &allocator.table, 0);
    mni_shared_init(&shared, &config, &memory, NULL, NULL, NULL);
    allocator.fail_at = 1;
    mni_agreement agreement = {.is_sealed = true, .max_packet_size = 1200};
    mni_connection connection;
    assert_int_equal(mni_connection_open(&connection, &shared, 1, &agreement, 0), MN_ERROR_MEMORY);
    assert_int_equal(allocator.live, 0);
    mni_shared_clear(&shared);
}

enum { CROWD = 64 };

static void idle_ones_take_less_than_4_KiB_each(void **state)
{
    (void)state;
    static mni_connection crowd[2][CROWD];
    for (uint32_t i = 0; i < CROWD; i++) {
        for (uint32_t side = 0; side < 2; side++) {
            mni_agreement agreement = {.remote_window = 256 * 1024,
                                       .max_packet_size = 1200,
                                       .max_message_size = 1 << 20,
                                       .is_sealed = true};
            assert_int_equal(mni_connection_open(&crowd[side][i], &pair.sides[side].shared, 10 + i,
                                                 &agreement, pair.now_us),
                             MN_OK);
        }
    }
    uint8_t bytes[1200];
    for (uint32_t round = 0; round < 10; round++) { /* each has spoken, and heard */
        for (uint32_t i = 0; i < CROWD; i++) {
            for (uint32_t side = 0; side < 2; side++) {
                mni_connection *from = &crowd[side][i];
                mni_buffer *buffer = mni_buffer_take(&pair.sides[side].buffers, 100);
                memset(buffer->bytes, 1, 100);
                if (round < 5) {
                    assert_int_equal(mni_connection_send(from, buffer, MN_RELIABLE, 0), MN_OK);
                }
                mni_buffer_drop(&pair.sides[side].buffers, buffer);
                mni_connection_release(from);
                mni_connection_tick(from, pair.now_us);
                uint32_t size;
                while ((size = mni_connection_write(from, bytes, 1200, pair.now_us, true)) > 0) {
                    assert_int_equal(
                        mni_connection_receive(&crowd[1 - side][i], bytes, size, pair.now_us), -1);
                }
                take_all(1 - side);
            }
        }
        pair.now_us += 50 * MS;
    }
    uint64_t used = pair.sides[0].memory.used + CROWD * sizeof(mni_link);
    assert_true(used / CROWD <= 4096);
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_int_equal(crowd[0][i].sent.flying.count, 0);
        mni_connection_clear(&crowd[0][i]);
        mni_connection_clear(&crowd[1][i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(messages_have_less_room),
        TEST(a_packet_larger_than_agreed_is_not_opened),
        TEST(keys_change_on_both_ways_and_nobody_notices),
        TEST(the_key_before_is_wiped_in_time),
        TEST(time_changes_keys_only_when_something_is_sent),
        TEST(an_outage_does_not_change_keys_twice),
        TEST(no_number_comes_twice),
        TEST(a_connection_begun_anew_has_other_keys),
        TEST(keys_change_with_a_handshake_done_anew),
        TEST(when_numbers_end_the_connection_ends),
        TEST(keys_are_in_one_place_and_wiped_at_the_end),
        TEST(only_a_packet_that_opens_confirms),
        TEST(without_memory_nothing_is_opened),
        TEST(idle_ones_take_less_than_4_KiB_each),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
