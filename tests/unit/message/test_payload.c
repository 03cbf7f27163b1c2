/* SPDX-License-Identifier: MIT */
/* Messages as bytes: their size, their limits, and that every byte has to mean something. */
#include "message/payload.h"
#include "message/type.h"
#include "support/test.h"

#include <string.h>

typedef struct move {
    uint32_t tick;
    float direction[2];
    uint8_t buttons;
} move;

static const mn_field move_fields[] = {
    MN_UINT(move, tick, 0, 0),
    MN_VECTOR2(move, direction, -1, 1, 0.01),
    MN_UINT(move, buttons, 0, 15),
};

static mni_memory memory;
static mni_message_type typed;
static mni_message_type raw;

static int set_up(void **state)
{
    (void)state;
    mni_memory_init(&memory, NULL, 0);
    const mn_message_type move_type = {.struct_size = sizeof move_type,
                                       .id = 1,
                                       .size = sizeof(move),
                                       .field_count = 3,
                                       .fields = move_fields,
                                       .name = "move"};
    const mn_message_type raw_type = {
        .struct_size = sizeof raw_type, .id = 2, .max_size = 10, .name = "raw"};
    mni_type_fault fault;
    return mni_message_type_init(&typed, &memory, &move_type, &fault) == MN_OK &&
                   mni_message_type_init(&raw, &memory, &raw_type, &fault) == MN_OK
               ? 0
               : 1;
}

static int tear_down(void **state)
{
    (void)state;
    mni_message_type_clear(&typed, &memory);
    mni_message_type_clear(&raw, &memory);
    return memory.used == 0 ? 0 : 1;
}

static uint32_t encode(const move *value, uint8_t *bytes, uint32_t capacity)
{
    move scratch;
    mni_writer writer = mni_writer_over(bytes, capacity);
    mni_message_encode(&typed, value, sizeof *value, &scratch, &writer);
    return writer.failed ? 0 : (uint32_t)mni_writer_size(&writer);
}

static void a_struct_arrives_as_its_canonical_copy(void **state)
{
    (void)state;
    const move value = {.tick = 40, .direction = {0.333F, -7}, .buttons = 200};
    uint8_t bytes[32];
    uint32_t size = encode(&value, bytes, sizeof bytes);
    assert_int_equal(size, (2 + 10 + 2 * 8 + 4 + 7) / 8);
    move out;
    const move *arrived = mni_message_decode(&typed, bytes, size, &out);
    assert_ptr_equal(arrived, &out);
    assert_int_equal(out.tick, 40);
    assert_true(out.direction[0] > 0.3299F && out.direction[0] < 0.3301F);
    assert_true(out.direction[1] == -1);
    assert_int_equal(out.buttons, 15);
    const uint8_t *holes = (const uint8_t *)&out;
    for (size_t i = offsetof(move, buttons) + 1; i < sizeof out; i++) {
        assert_int_equal(holes[i], 0);
    }
}

static void max_size_is_enough_and_no_more(void **state)
{
    (void)state;
    const move value = {.tick = UINT32_MAX, .direction = {1, -1}, .buttons = 15};
    uint8_t bytes[32];
    assert_int_equal(encode(&value, bytes, typed.max_size), typed.max_size);
    assert_int_equal(encode(&value, bytes, typed.max_size - 1), 0);
}

static void every_byte_has_to_mean_something(void **state)
{
    (void)state;
    const move value = {.tick = 7};
    uint8_t bytes[32] = {0};
    move out;
    uint32_t size = encode(&value, bytes, sizeof bytes);
    assert_non_null(mni_message_decode(&typed, bytes, size, &out));
    assert_null(mni_message_decode(&typed, bytes, size + 1, &out));
    assert_null(mni_message_decode(&typed, bytes, size - 1, &out));
    assert_null(mni_message_decode(&typed, bytes, 0, &out));
    bytes[size - 1] |= 0x80; /* padding */
    assert_null(mni_message_decode(&typed, bytes, size, &out));
}

static void raw_bytes_are_left_as_they_are(void **state)
{
    (void)state;
    uint8_t bytes[32];
    mni_writer writer = mni_writer_over(bytes, sizeof bytes);
    mni_message_encode(&raw, "hello", 5, NULL, &writer);
    mni_message_encode(&raw, NULL, 0, NULL, &writer);
    assert_int_equal(mni_writer_size(&writer), 5);
    assert_ptr_equal(mni_message_decode(&raw, bytes, 5, NULL), bytes);
    assert_ptr_equal(mni_message_decode(&raw, bytes, 0, NULL), bytes);
    assert_null(mni_message_decode(&raw, bytes, 11, NULL));
}

static void what_cannot_be_sent_is_told_from_what_is_too_large(void **state)
{
    (void)state;
    const move value = {0};
    assert_int_equal(mni_message_check(&typed, &value, sizeof value), MN_OK);
    assert_int_equal(mni_message_check(&typed, &value, sizeof value - 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mni_message_check(&typed, NULL, sizeof value), MN_ERROR_ARGUMENT);
    assert_int_equal(mni_message_check(&typed, NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mni_message_check(&raw, NULL, 0), MN_OK);
    assert_int_equal(mni_message_check(&raw, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mni_message_check(&raw, "0123456789", 10), MN_OK);
    assert_int_equal(mni_message_check(&raw, "0123456789a", 11), MN_ERROR_TOO_LARGE);
}

static void no_arguments_are_no_bytes(void **state)
{
    (void)state;
    static const mni_layout empty = {0};
    uint8_t bytes[1];
    mni_writer writer = mni_writer_over(bytes, sizeof bytes);
    mni_payload_encode(&empty, NULL, NULL, &writer);
    assert_int_equal(mni_writer_size(&writer), 0);
    assert_true(mni_payload_decode(&empty, bytes, 0, NULL));
    assert_false(mni_payload_decode(&empty, bytes, 1, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_struct_arrives_as_its_canonical_copy),
        cmocka_unit_test(max_size_is_enough_and_no_more),
        cmocka_unit_test(every_byte_has_to_mean_something),
        cmocka_unit_test(raw_bytes_are_left_as_they_are),
        cmocka_unit_test(what_cannot_be_sent_is_told_from_what_is_too_large),
        cmocka_unit_test(no_arguments_are_no_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
