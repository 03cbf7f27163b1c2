/* SPDX-License-Identifier: MIT */
/* What is under way: found by acknowledgements, counted, remembered when lost. */
#include "socket/sent.h"
#include "support/store.h"
#include "support/test.h"

static test_store store;
static mni_records records;
static mni_sent sent;

static int setup(void **state)
{
    (void)state;
    test_store_init(&store);
    mni_records_init(&records, &store.memory, &store.messages);
    sent = (mni_sent){0};
    return 0;
}

static void free_all(mni_sent_list *list)
{
    mni_sent_packet *packet;
    while ((packet = mni_sent_list_pop(list)) != NULL) {
        mni_sent_packet_free(&records, packet);
    }
}

static int teardown(void **state)
{
    (void)state;
    free_all(&sent.flying);
    free_all(&sent.lost);
    bool is_empty =
        records.packets.used == 0 && records.cargo.used == 0 && records.pieces.used == 0;
    mni_records_clear(&records);
    return test_store_clear(&store) == 0 && is_empty ? 0 : -1;
}

static mni_sent_packet *fly(uint64_t number, uint32_t flags)
{
    mni_sent_packet *packet = mni_sent_packet_take(&records);
    assert_non_null(packet);
    packet->number = number;
    packet->sent_us = number * 10;
    packet->size = 100;
    packet->flags = flags;
    mni_sent_add(&sent, packet);
    return packet;
}

static void expect_list(mni_sent_list list, const uint64_t *numbers, uint32_t count)
{
    assert_int_equal(list.count, count);
    for (uint32_t i = 0; i < count; i++) {
        mni_sent_packet *packet = mni_sent_list_pop(&list);
        assert_non_null(packet);
        assert_int_equal(packet->number, numbers[i]);
        mni_sent_packet_free(&records, packet);
    }
    assert_null(mni_sent_list_pop(&list));
}

static void an_acknowledgement_takes_what_it_names(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        if (i != 7) { /* an acknowledgement that left alone has no record */
            (void)fly(i, MNI_SENT_ARMS);
        }
    }
    mni_ack ack = {.count = 3,
                   .runs = {{.first = 15, .last = 17}, {.first = 6, .last = 8}, {0, 1}}};
    static const uint64_t numbers[] = {0, 1, 6, 8, 15, 16, 17};
    expect_list(mni_sent_take_acked(&sent, &ack), numbers, 7);
    assert_int_equal(sent.flying.count, 12);
    assert_int_equal(sent.in_flight_bytes, 1200);
    assert_int_equal(sent.armed, 12);
    assert_int_equal(sent.next_acked, 18);
    mni_ack older = {.count = 1, .runs = {{.first = 0, .last = 4}}};
    static const uint64_t late[] = {2, 3, 4};
    expect_list(mni_sent_take_acked(&sent, &older), late, 3);
    assert_int_equal(sent.next_acked, 18);
    expect_list(mni_sent_take_acked(&sent, &older), NULL, 0);
}

static void the_last_of_the_list_may_be_taken(void **state)
{
    (void)state;
    (void)fly(0, 0);
    (void)fly(1, 0);
    mni_ack ack = {.count = 1, .runs = {{.first = 1, .last = 1}}};
    static const uint64_t one[] = {1};
    expect_list(mni_sent_take_acked(&sent, &ack), one, 1);
    (void)fly(2, 0);
    mni_ack rest = {.count = 1, .runs = {{.first = 0, .last = 2}}};
    static const uint64_t others[] = {0, 2};
    expect_list(mni_sent_take_acked(&sent, &rest), others, 2);
    assert_null(sent.flying.first);
    (void)fly(3, 0);
    assert_int_equal(sent.flying.first->number, 3);
    assert_ptr_equal(sent.flying.first, sent.flying.last);
}

static void only_armed_packets_set_the_time_of_the_probe(void **state)
{
    (void)state;
    (void)fly(5, MNI_SENT_ARMS);
    (void)fly(6, 0);
    assert_int_equal(sent.armed, 1);
    assert_int_equal(sent.armed_us, 50);
}

static void a_message_is_in_flight_as_often_as_it_is_carried(void **state)
{
    (void)state;
    mni_message *message = test_store_message(&store, 4, false);
    for (uint64_t i = 0; i < 2; i++) {
        mni_sent_packet *packet = mni_sent_packet_take(&records);
        assert_non_null(packet);
        packet->number = i;
        assert_true(mni_sent_packet_load(&records, packet, message, 0, 1));
        mni_sent_add(&sent, packet);
    }
    assert_int_equal(message->in_flight, 2);
    assert_int_equal(message->references, 3);
    mni_sent_packet *lost = sent.flying.first;
    mni_sent_unlink(&sent, NULL, lost);
    assert_int_equal(message->in_flight, 1);
    mni_sent_remember(&sent, &records, lost);
    assert_int_equal(message->references, 3);
    mni_ack ack = {.count = 1, .runs = {{.first = 0, .last = 1}}};
    mni_sent_list acked = mni_sent_take_acked(&sent, &ack);
    assert_int_equal(acked.count, 1);
    assert_int_equal(message->in_flight, 0);
    free_all(&acked);
    mni_sent_list spurious = mni_sent_take_spurious(&sent, &ack);
    assert_int_equal(spurious.count, 1);
    free_all(&spurious);
    assert_int_equal(message->references, 1);
    mni_message_drop(&store.messages, message);
}

static void lost_packets_are_remembered_for_a_while(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < MNI_SENT_LOST_MAX + 10; i++) {
        mni_sent_packet *packet = fly(i, 0);
        mni_sent_unlink(&sent, NULL, packet);
        mni_sent_remember(&sent, &records, packet);
    }
    assert_int_equal(sent.lost.count, MNI_SENT_LOST_MAX);
    assert_int_equal(sent.lost.first->number, 10);
    mni_sent_forget(&sent, &records, 200);
    assert_int_equal(sent.lost.first->number, 20);
    mni_sent_forget(&sent, &records, UINT64_MAX);
    assert_int_equal(sent.lost.count, 0);
}

static void without_memory_a_packet_carries_no_more(void **state)
{
    (void)state;
    mni_message *message = test_store_message(&store, 4, false);
    mni_sent_packet *packet = mni_sent_packet_take(&records);
    assert_non_null(packet);
    store.allocator.fail_at = store.allocator.count + 1;
    assert_false(mni_sent_packet_load(&records, packet, message, 0, 1));
    assert_int_equal(message->in_flight, 0);
    assert_int_equal(message->references, 1);
    mni_sent_packet_free(&records, packet);
    mni_sent_packet_free(&records, NULL);
    mni_message_drop(&store.messages, message);
}

/* Its lists and packets are counted in 16 bits, into however many pieces it was cut. */
static void a_message_is_in_no_more_packets_than_can_be_counted(void **state)
{
    (void)state;
    mni_message *message = test_store_message(&store, 100, true);
    mni_sent_packet *packet = fly(0, 0);
    uint32_t count = 0;
    while (count <= UINT16_MAX && mni_sent_packet_load(&records, packet, message, 0, 64)) {
        count++;
    }
    assert_int_equal(message->references, 1 + count);
    for (uint32_t i = 0; i < 4; i++) { /* lists have room still */
        mni_message_hold(message);
    }
    assert_int_equal(message->references, 5 + count);
    for (uint32_t i = 0; i < 5; i++) {
        mni_message_drop(&store.messages, message);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_acknowledgement_takes_what_it_names),
        TEST(the_last_of_the_list_may_be_taken),
        TEST(only_armed_packets_set_the_time_of_the_probe),
        TEST(a_message_is_in_flight_as_often_as_it_is_carried),
        TEST(lost_packets_are_remembered_for_a_while),
        TEST(without_memory_a_packet_carries_no_more),
        TEST(a_message_is_in_no_more_packets_than_can_be_counted),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
