/* SPDX-License-Identifier: MIT */
/* The order of one stream, sending and receiving. */
#include "base/random.h"
#include "socket/stream.h"
#include "support/seed.h"
#include "support/store.h"
#include "support/test.h"

static test_store store;
static mni_stream stream;
static uint32_t credit;

static int setup(void **state)
{
    (void)state;
    test_store_init(&store);
    mni_stream_init(&stream, &store.memory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)mni_stream_clear(&stream, &store.messages, NULL);
    return test_store_clear(&store);
}

static void arrive(uint16_t sequence)
{
    assert_int_equal(mni_stream_check(&stream, sequence), MNI_ARRIVAL_NEW);
    assert_int_equal(mni_stream_expect(&stream, sequence), MN_OK);
    mni_buffer *buffer = mni_buffer_take(&store.buffers, 2);
    assert_non_null(buffer);
    buffer->bytes[0] = (uint8_t)sequence;
    buffer->bytes[1] = (uint8_t)(sequence >> 8);
    mni_stream_hold(&stream, sequence, buffer, 0);
}

static void expect_delivery(uint16_t sequence)
{
    mni_buffer *buffer = mni_stream_deliver(&stream, &credit);
    assert_non_null(buffer);
    assert_int_equal(buffer->bytes[0] | buffer->bytes[1] << 8, sequence);
    mni_buffer_drop(&store.buffers, buffer);
}

static void early_messages_wait_for_those_before_them(void **state)
{
    (void)state;
    arrive(2);
    assert_null(mni_stream_deliver(&stream, &credit));
    arrive(0);
    expect_delivery(0);
    assert_null(mni_stream_deliver(&stream, &credit));
    arrive(1);
    expect_delivery(1);
    expect_delivery(2);
    assert_null(mni_stream_deliver(&stream, &credit));
}

static void duplicates_are_known_delivered_or_held(void **state)
{
    (void)state;
    arrive(0);
    assert_int_equal(mni_stream_check(&stream, 0), MNI_ARRIVAL_DUPLICATE);
    expect_delivery(0);
    assert_int_equal(mni_stream_check(&stream, 0), MNI_ARRIVAL_DUPLICATE);
    arrive(5);
    assert_int_equal(mni_stream_check(&stream, 5), MNI_ARRIVAL_DUPLICATE);
    assert_int_equal(mni_stream_check(&stream, 4), MNI_ARRIVAL_NEW);
}

static void how_far_ahead_is_too_far(void **state)
{
    (void)state;
    assert_int_equal(mni_stream_check(&stream, MNI_STREAM_AHEAD - 1), MNI_ARRIVAL_NEW);
    assert_int_equal(mni_stream_check(&stream, MNI_STREAM_AHEAD), MNI_ARRIVAL_TOO_FAR);
    assert_int_equal(mni_stream_check(&stream, 32767), MNI_ARRIVAL_TOO_FAR);
    /* Behind, nothing is too far: a packet that was taken for lost may still come. */
    assert_int_equal(mni_stream_check(&stream, 32768), MNI_ARRIVAL_DUPLICATE);
    assert_int_equal(mni_stream_check(&stream, (uint16_t)(-MNI_STREAM_AHEAD - 1)),
                     MNI_ARRIVAL_DUPLICATE);
}

static void what_is_missing_becomes_known_once(void **state)
{
    (void)state;
    assert_int_equal(mni_stream_unknown(&stream, 4), 5);
    arrive(4);
    assert_int_equal(mni_stream_unknown(&stream, 4), 0);
    assert_int_equal(mni_stream_unknown(&stream, 2), 0);
    assert_int_equal(mni_stream_unknown(&stream, 6), 2);
    arrive(0);
    expect_delivery(0);
    assert_int_equal(mni_stream_unknown(&stream, 6), 2);
}

static void sequences_wrap_on_both_sides(void **state)
{
    (void)state;
    stream.expected = 65534;
    for (uint16_t i = 65534; i != 4; i = (uint16_t)(i + 2)) {
        arrive((uint16_t)(i + 1));
        arrive(i);
        expect_delivery(i);
        expect_delivery((uint16_t)(i + 1));
    }
}

/* Returns the sequence that is expected then. */
static uint16_t take_all(uint16_t next)
{
    mni_buffer *buffer;
    while ((buffer = mni_stream_deliver(&stream, &credit)) != NULL) {
        assert_int_equal(buffer->bytes[0] | buffer->bytes[1] << 8, next);
        next++;
        mni_buffer_drop(&store.buffers, buffer);
    }
    return next;
}

static void any_order_of_arrival_is_delivered_in_order(void **state)
{
    (void)state;
    uint64_t seed = test_seed(3);
    print_message("MN_SEED=%llu\n", (unsigned long long)seed);
    mni_random random;
    mni_random_init(&random, seed);
    stream.expected = 60000;
    uint16_t next = 60000;
    for (int i = 0; i < 20000; i++) {
        uint16_t sequence = (uint16_t)(next + mni_random_below(&random, 300));
        if (mni_stream_check(&stream, sequence) == MNI_ARRIVAL_NEW) {
            arrive(sequence);
            next = take_all(next);
        }
    }
    assert_true((uint16_t)(next - 60000) > 1000);
}

static void an_unusually_large_ring_is_given_back(void **state)
{
    (void)state;
    for (uint16_t i = 1000; i > 0; i--) {
        arrive((uint16_t)(i - 1));
    }
    for (uint16_t i = 0; i < 1000; i++) {
        expect_delivery(i);
    }
    assert_true(stream.places.capacity <= 256);
    arrive(1000);
    expect_delivery(1000);
    assert_true(stream.places.capacity > 0);
}

static void places_are_given_back_while_something_is_missing(void **state)
{
    (void)state;
    arrive(4097); /* 4096 stays missing */
    for (uint16_t i = 4096; i > 0; i--) {
        arrive((uint16_t)(i - 1));
    }
    /* No memory for a smaller ring: it is tried later. */
    store.allocator.fail_at = store.allocator.count + 1;
    for (uint16_t i = 0; i < 4096; i++) {
        expect_delivery(i);
    }
    assert_true(store.allocator.count >= store.allocator.fail_at);
    assert_null(mni_stream_deliver(&stream, &(uint32_t){0}));
    assert_int_equal(stream.places.count, 2);
    assert_true(stream.places.capacity <= 256);
    arrive(4096);
    expect_delivery(4096);
    expect_delivery(4097);
}

static void without_memory_nothing_becomes_known(void **state)
{
    (void)state;
    store.allocator.fail_at = store.allocator.count + 1;
    assert_int_equal(mni_stream_expect(&stream, 7), MN_ERROR_MEMORY);
    assert_int_equal(mni_stream_unknown(&stream, 7), 8);
}

static void clearing_tells_how_many_were_held(void **state)
{
    (void)state;
    arrive(3);
    arrive(5);
    assert_int_equal(mni_stream_clear(&stream, &store.messages, NULL), 2);
}

static mni_message *send(void)
{
    mni_message *message = test_store_message(&store, 1, false);
    mni_stream_sent(&stream, message);
    mni_message_drop(&store.messages, message);
    return message;
}

static void sent_messages_are_held_until_all_before_are_acknowledged(void **state)
{
    (void)state;
    stream.next_sequence = 65535;
    mni_message *first = send();
    mni_message *second = send();
    assert_int_equal(first->sequence, 65535);
    assert_int_equal(second->sequence, 0);
    mni_message_acknowledge(&store.messages, second);
    mni_stream_settle(&stream, &store.messages);
    assert_int_equal(store.messages.pool.used, 2);
    mni_message_acknowledge(&store.messages, first);
    mni_stream_settle(&stream, &store.messages);
    assert_int_equal(store.messages.pool.used, 0);
}

static void no_more_than_a_window_of_sequences_is_under_way(void **state)
{
    (void)state;
    mni_message *first = send();
    for (int i = 1; i < MNI_STREAM_AHEAD; i++) {
        assert_true(mni_stream_can_send(&stream));
        (void)send();
    }
    assert_false(mni_stream_can_send(&stream));
    mni_message_acknowledge(&store.messages, first);
    mni_stream_settle(&stream, &store.messages);
    assert_true(mni_stream_can_send(&stream));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(early_messages_wait_for_those_before_them),
        TEST(duplicates_are_known_delivered_or_held),
        TEST(how_far_ahead_is_too_far),
        TEST(what_is_missing_becomes_known_once),
        TEST(sequences_wrap_on_both_sides),
        TEST(any_order_of_arrival_is_delivered_in_order),
        TEST(an_unusually_large_ring_is_given_back),
        TEST(places_are_given_back_while_something_is_missing),
        TEST(without_memory_nothing_becomes_known),
        TEST(clearing_tells_how_many_were_held),
        TEST(sent_messages_are_held_until_all_before_are_acknowledged),
        TEST(no_more_than_a_window_of_sequences_is_under_way),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
