/* SPDX-License-Identifier: MIT */
/* Control messages: their bytes, and everything that is none. */
#include "message/control.h"
#include "support/test.h"

#include <string.h>

static void assert_same(const mni_control *a, const mni_control *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->player, b->player);
    assert_int_equal(a->client_us, b->client_us);
    assert_int_equal(a->server_us, b->server_us);
    assert_int_equal(a->held_us, b->held_us);
    assert_int_equal(a->is_last, b->is_last);
}

static const mni_control messages[] = {
    {.kind = MNI_CONTROL_ACCEPTED, .player = 0x80000001, .server_us = UINT64_C(0x0102030405060708)},
    {.kind = MNI_CONTROL_READY},
    {.kind = MNI_CONTROL_PING, .client_us = UINT64_MAX},
    {.kind = MNI_CONTROL_PONG, .client_us = 1, .server_us = 2, .held_us = UINT64_MAX},
    {.kind = MNI_CONTROL_PONG, .client_us = 3, .server_us = 4, .held_us = 127},
    {.kind = MNI_CONTROL_TABLE, .is_last = 1},
};

enum { MESSAGES = sizeof messages / sizeof messages[0] };

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint8_t bytes[MNI_CONTROL_SIZE_MAX];
        uint32_t size = mni_control_write(&messages[i], bytes);
        assert_in_range(size, 1, MNI_CONTROL_SIZE_MAX);
        mni_control read;
        assert_true(mni_control_read(bytes, size, &read));
        assert_same(&read, &messages[i]);
    }
}

static void the_bytes_are_as_documented(void **state)
{
    (void)state;
    uint8_t bytes[MNI_CONTROL_SIZE_MAX];
    static const uint8_t accepted[] = {1, 0x01, 0, 0, 0x80, 8, 7, 6, 5, 4, 3, 2, 1};
    assert_int_equal(mni_control_write(&messages[0], bytes), sizeof accepted);
    assert_memory_equal(bytes, accepted, sizeof accepted);
    static const uint8_t pong[] = {4, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 127};
    assert_int_equal(mni_control_write(&messages[4], bytes), sizeof pong);
    assert_memory_equal(bytes, pong, sizeof pong);
}

static void whatever_is_too_short_or_too_long_is_refused(void **state)
{
    (void)state;
    for (uint32_t i = 0; i + 1 < MESSAGES; i++) { /* a TABLE has any length */
        uint8_t bytes[MNI_CONTROL_SIZE_MAX + 1] = {0};
        uint32_t size = mni_control_write(&messages[i], bytes);
        mni_control read = {.kind = 77};
        for (uint32_t cut = 0; cut < size; cut++) {
            assert_false(mni_control_read(bytes, cut, &read));
        }
        assert_false(mni_control_read(bytes, size + 1, &read));
        assert_int_equal(read.kind, 77);
    }
}

static void a_table_keeps_its_entries(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {MNI_CONTROL_TABLE, 0, 9, 8, 7};
    mni_control read;
    assert_true(mni_control_read(bytes, sizeof bytes, &read));
    assert_int_equal(read.is_last, 0);
    assert_int_equal(read.size, 3);
    assert_ptr_equal(read.data, bytes + 2);
}

static void a_table_has_its_limit(void **state)
{
    (void)state;
    uint8_t bytes[MNI_TABLE_SIZE_MAX + 1] = {MNI_CONTROL_TABLE};
    mni_control read;
    assert_true(mni_control_read(bytes, MNI_TABLE_SIZE_MAX, &read));
    assert_false(mni_control_read(bytes, MNI_TABLE_SIZE_MAX + 1, &read));
}

static void strange_ones_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t size;
        uint8_t bytes[20];
    } cases[] = {
        {0, {0}},
        {1, {0}},
        {1, {6}},
        {1, {0xff}},
        {2, {MNI_CONTROL_TABLE, 0}},          /* more is to come, but nothing is here */
        {3, {MNI_CONTROL_TABLE, 2, 1}},       /* unknown flags */
        {13, {MNI_CONTROL_ACCEPTED}},         /* nobody */
        {19, {MNI_CONTROL_PONG, [17] = 0x80}} /* a varint that is not the shortest */
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mni_control read;
        assert_false(mni_control_read(cases[i].bytes, cases[i].size, &read));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_bytes_are_as_documented),
        cmocka_unit_test(whatever_is_too_short_or_too_long_is_refused),
        cmocka_unit_test(a_table_keeps_its_entries),
        cmocka_unit_test(a_table_has_its_limit),
        cmocka_unit_test(strange_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
