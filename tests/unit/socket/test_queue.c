/* SPDX-License-Identifier: MIT */
/* Lanes take turns, and nothing leaves before the flush after it. */
#include "socket/queue.h"
#include "support/store.h"
#include "support/test.h"

static test_store store;
static mni_queue queue;
static mni_lane lanes[3];

static int setup(void **state)
{
    (void)state;
    test_store_init(&store);
    queue = (mni_queue){0};
    for (int i = 0; i < 3; i++) {
        lanes[i] = (mni_lane){0};
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    while (queue.rounds[1].count > 0) {
        mni_message_drop(&store.messages, mni_queue_pop(&queue, &queue.rounds[1]));
    }
    bool is_empty = queue.bytes == 0 && queue.count == 0;
    return test_store_clear(&store) == 0 && is_empty ? 0 : -1;
}

static mni_message *push_as(uint32_t lane, uint64_t token, bool is_in_pieces)
{
    mni_message *message = test_store_message(&store, 10, is_in_pieces);
    message->token = token;
    mni_queue_push(&queue, &queue.rounds[1], &lanes[lane], message);
    return message;
}

static mni_message *push(uint32_t lane, uint64_t token)
{
    return push_as(lane, token, false);
}

static void expect_pop(uint64_t token)
{
    mni_message *message = mni_queue_peek(&queue.rounds[1]);
    assert_non_null(message);
    assert_int_equal(message->token, token);
    assert_ptr_equal(mni_queue_pop(&queue, &queue.rounds[1]), message);
    mni_message_drop(&store.messages, message);
}

static void lanes_take_turns_and_keep_their_order(void **state)
{
    (void)state;
    push(0, 1);
    push(0, 2);
    push(0, 3);
    push(1, 11);
    push(1, 12);
    push(2, 21);
    mni_queue_release(&queue);
    static const uint64_t order[] = {1, 11, 21, 2, 12, 3};
    for (size_t i = 0; i < 6; i++) {
        expect_pop(order[i]);
    }
    assert_null(mni_queue_peek(&queue.rounds[1]));
    assert_int_equal(queue.bytes, 0);
}

static void a_lane_that_is_skipped_comes_again(void **state)
{
    (void)state;
    push(0, 1);
    push(1, 11);
    mni_queue_release(&queue);
    mni_turns_skip(&queue.rounds[1]);
    expect_pop(11);
    expect_pop(1);
}

static void nothing_leaves_before_the_flush(void **state)
{
    (void)state;
    push(0, 1);
    assert_null(mni_queue_peek(&queue.rounds[1]));
    mni_queue_release(&queue);
    push(0, 2);
    push(1, 11);
    expect_pop(1);
    assert_null(mni_queue_peek(&queue.rounds[1]));
    mni_turns_skip(&queue.rounds[1]);
    assert_null(mni_queue_peek(&queue.rounds[1]));
    mni_queue_release(&queue);
    expect_pop(2);
    expect_pop(11);
}

static void bytes_and_messages_are_counted(void **state)
{
    (void)state;
    push(0, 1);
    push(2, 2);
    assert_int_equal(queue.bytes, 2 * (10 + MNI_MESSAGE_QUEUE_COST));
    assert_int_equal(queue.count, 2);
    assert_int_equal(queue.released, 0);
    assert_int_equal(queue.rounds[1].count, 2);
    mni_queue_release(&queue);
    push(2, 3);
    assert_int_equal(queue.released, 2);
    expect_pop(1);
    expect_pop(2);
    assert_int_equal(queue.bytes, 10 + MNI_MESSAGE_QUEUE_COST);
    assert_int_equal(queue.released, 0);
    assert_int_equal(queue.rounds[1].count, 1);
}

static void what_is_done_with_is_swept_out_of_all_lanes(void **state)
{
    (void)state;
    mni_message *gone[4] = {push(0, 1), NULL, NULL, NULL};
    push(0, 2);
    gone[1] = push(0, 3);
    gone[2] = push(1, 11);
    push(2, 21);
    gone[3] = push(2, 22);
    mni_queue_release(&queue);
    push(0, 4);
    for (int i = 0; i < 4; i++) {
        mni_message_acknowledge(&store.messages, gone[i]);
    }
    uint32_t count = 0;
    mni_message *message = mni_queue_sweep(&queue);
    while (message != NULL) {
        mni_message *next = message->next;
        assert_true(message->is_acked);
        mni_message_drop(&store.messages, message);
        message = next;
        count++;
    }
    assert_int_equal(count, 4);
    assert_null(mni_queue_sweep(&queue));
    assert_int_equal(queue.count, 3);
    assert_int_equal(queue.bytes, 3 * (10 + MNI_MESSAGE_QUEUE_COST));
    assert_int_equal(queue.rounds[1].count, 2);
    expect_pop(2);
    expect_pop(21);
    assert_null(mni_queue_peek(&queue.rounds[1]));
    push(1, 12); /* into a lane that was emptied */
    mni_queue_release(&queue);
    expect_pop(4);
    expect_pop(12);
}

static void all_that_wait_are_found(void **state)
{
    (void)state;
    mni_queue_walk walk = {0};
    assert_null(mni_queue_next(&queue, &walk));
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 9; i++) {
        push(i % 3, UINT64_C(1) << i);
    }
    walk = (mni_queue_walk){0};
    for (uint32_t i = 0; i < 9; i++) {
        const mni_message *message = mni_queue_next(&queue, &walk);
        assert_non_null(message);
        sum += message->token;
    }
    assert_int_equal(sum, 511);
    assert_null(mni_queue_next(&queue, &walk));
    assert_null(mni_queue_next(&queue, &walk));
}

static void the_oldest_that_has_not_begun_is_known(void **state)
{
    (void)state;
    assert_int_equal(mni_queue_waiting_us(&queue, 100), 0);
    mni_message *first = push_as(0, 1, true);
    first->queued_us = 10;
    push(0, 2)->queued_us = 30;
    push(1, 11)->queued_us = 20;
    assert_int_equal(mni_queue_waiting_us(&queue, 100), 90);
    mni_queue_sent(&queue, first, 5);
    assert_int_equal(mni_queue_waiting_us(&queue, 100), 80);
    mni_queue_sent(&queue, push_as(2, 21, true), 5);
    assert_int_equal(mni_queue_waiting_us(&queue, 100), 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lanes_take_turns_and_keep_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lane_that_is_skipped_comes_again, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_leaves_before_the_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_and_messages_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_done_with_is_swept_out_of_all_lanes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(all_that_wait_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_that_has_not_begun_is_known, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
