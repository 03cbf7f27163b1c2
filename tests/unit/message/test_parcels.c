/* SPDX-License-Identifier: MIT */
/* Parcels leave in the order of the socket floor's queue, or are taken out before their turn. */
#include "message/parcels.h"
#include "support/memory.h"
#include "support/test.h"

static test_allocator allocator;
static mni_memory memory;
static mni_buffers buffers;
static mni_parcels parcels;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_buffers_init(&buffers, &memory);
    mni_parcels_init(&parcels, &memory);
    return 0;
}

static void drop(mni_parcel *parcel)
{
    mni_buffer_drop(&buffers, parcel->buffer);
    mni_parcels_give(&parcels, parcel);
}

static int teardown(void **state)
{
    (void)state;
    for (int kind = MNI_PARCEL_CONTROL; kind <= MNI_PARCEL_CALL; kind++) {
        while (mni_parcels_peek(&parcels, (mni_parcel_kind)kind) != NULL) {
            drop(mni_parcels_take(&parcels, (mni_parcel_kind)kind));
        }
    }
    bool is_empty = parcels.bytes == 0;
    mni_parcels_clear(&parcels);
    mni_buffers_clear(&buffers);
    return is_empty && allocator.live == 0 ? 0 : -1;
}

static void add(uint32_t channel, uint8_t mode, uint64_t token, uint64_t expires_us)
{
    mni_parcel parcel = {.buffer = mni_buffer_take(&buffers, 10),
                         .token = token,
                         .posted_us = 70,
                         .expires_us = expires_us,
                         .mode = mode,
                         .channel = (uint8_t)channel};
    assert_non_null(parcel.buffer);
    assert_non_null(mni_parcels_add(&parcels, &parcel));
}

static void expect(mni_parcel_kind kind, uint64_t token)
{
    const mni_parcel *next = mni_parcels_peek(&parcels, kind);
    assert_non_null(next);
    assert_int_equal(next->token, token);
    mni_parcel *parcel = mni_parcels_take(&parcels, kind);
    assert_ptr_equal(parcel, next);
    drop(parcel);
}

static void expect_list(mni_parcel_list list, const uint64_t *tokens, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        mni_parcel *parcel = mni_parcel_list_pop(&list);
        assert_non_null(parcel);
        assert_int_equal(parcel->token, tokens[i]);
        drop(parcel);
    }
    assert_null(mni_parcel_list_pop(&list));
}

static void lanes_take_turns_and_kinds_are_apart(void **state)
{
    (void)state;
    add(0, MN_RELIABLE, 1, UINT64_MAX);
    add(0, MN_RELIABLE, 2, UINT64_MAX);
    add(MNI_CHANNEL_CALLS, MN_RELIABLE, 50, UINT64_MAX);
    add(0, MN_UNORDERED, 11, UINT64_MAX);
    add(5, MN_RELIABLE, 21, UINT64_MAX);
    add(0, MN_NOTIFY, 31, UINT64_MAX);
    add(0, MN_SEQUENCED, 32, UINT64_MAX);
    add(MNI_CHANNEL_CONTROL, MN_RELIABLE, 60, UINT64_MAX);
    static const uint64_t order[] = {1, 11, 21, 31, 2, 32};
    for (uint32_t i = 0; i < 6; i++) {
        expect(MNI_PARCEL_MESSAGE, order[i]);
    }
    assert_null(mni_parcels_peek(&parcels, MNI_PARCEL_MESSAGE));
    expect(MNI_PARCEL_CALL, 50);
    expect(MNI_PARCEL_CONTROL, 60);
    assert_int_equal(parcels.bytes, 0);
}

static void channels_have_a_priority_and_a_weight(void **state)
{
    (void)state;
    mni_parcels_rank(&parcels, 2, 3, 1);
    mni_parcels_rank(&parcels, 1, 0, 2);
    for (uint32_t i = 0; i < 4; i++) {
        add(0, MN_RELIABLE, i, UINT64_MAX);
        add(1, MN_RELIABLE, 10 + i, UINT64_MAX);
        add(2, MN_RELIABLE, 20 + i, UINT64_MAX);
    }
    static const uint64_t order[] = {20, 21, 22, 23, 0, 10, 11, 1, 12, 13, 2, 3};
    for (uint32_t i = 0; i < 12; i++) {
        expect(MNI_PARCEL_MESSAGE, order[i]);
    }
}

static void what_has_expired_is_taken_out_wherever_it_waits(void **state)
{
    (void)state;
    add(0, MN_RELIABLE, 1, 100);
    add(0, MN_RELIABLE, 2, UINT64_MAX);
    add(0, MN_RELIABLE, 3, 99);
    add(1, MN_NOTIFY, 4, 100);
    add(2, MN_RELIABLE, 5, 101);
    assert_int_equal(mni_parcels_waiting_us(&parcels, 70), 0);
    mni_parcels_peek(&parcels, MNI_PARCEL_MESSAGE)->posted_us = 20;
    assert_int_equal(mni_parcels_waiting_us(&parcels, 70), 50);
    expect_list(mni_parcels_expire(&parcels, 99), NULL, 0);
    expect_list(mni_parcels_expire(&parcels, 100), (const uint64_t[]){3}, 1);
    expect_list(mni_parcels_expire(&parcels, 100), NULL, 0);
    expect_list(mni_parcels_expire(&parcels, 101), (const uint64_t[]){1, 4}, 2);
    assert_int_equal(parcels.bytes, 2 * (10 + MNI_PARCEL_COST));
    expect(MNI_PARCEL_MESSAGE, 2);
    expect(MNI_PARCEL_MESSAGE, 5);
    add(1, MN_NOTIFY, 6, UINT64_MAX); /* into a lane that was emptied */
    expect(MNI_PARCEL_MESSAGE, 6);
}

static void notify_messages_are_recalled_by_their_token(void **state)
{
    (void)state;
    add(0, MN_NOTIFY, 7, 200);
    add(0, MN_NOTIFY, 8, UINT64_MAX);
    add(0, MN_RELIABLE, 7, UINT64_MAX);
    add(3, MN_NOTIFY, 7, UINT64_MAX);
    expect_list(mni_parcels_recall(&parcels, 7), (const uint64_t[]){7, 7}, 2);
    expect_list(mni_parcels_recall(&parcels, 7), NULL, 0);
    expect_list(mni_parcels_expire(&parcels, 201), NULL, 0);
    expect(MNI_PARCEL_MESSAGE, 8);
    expect(MNI_PARCEL_MESSAGE, 7);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(lanes_take_turns_and_kinds_are_apart),
        TEST(channels_have_a_priority_and_a_weight),
        TEST(what_has_expired_is_taken_out_wherever_it_waits),
        TEST(notify_messages_are_recalled_by_their_token),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
