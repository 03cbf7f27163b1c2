/* SPDX-License-Identifier: MIT */
/* Whole packets: verified under their key and number, parsed completely or not at all. */
#include "socket/packet.h"
#include "support/test.h"

#include <string.h>

static const uint8_t key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static uint8_t bytes[256];

static uint32_t make(uint64_t number, bool is_wide, const mni_ack *ack, const char *frames,
                     uint32_t frames_size)
{
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes) - MNI_PACKET_CHECKSUM_SIZE);
    mni_packet_begin(&writer, number, is_wide, ack);
    mni_write_bytes(&writer, frames, frames_size);
    assert_false(writer.failed);
    return mni_packet_end(&writer, number, key);
}

/* Any bytes with a checksum that fits. */
static uint32_t seal(const char *body, uint32_t size, uint64_t number)
{
    memcpy(bytes, body, size);
    mni_writer writer = mni_writer_over(bytes, size);
    writer.at += size;
    return mni_packet_end(&writer, number, key);
}

static void the_bytes_are_those_of_the_protocol(void **state)
{
    (void)state;
    mni_ack ack = {.delay_us = 1500, .count = 1, .runs = {{.first = 0x201, .last = 0x220}}};
    uint32_t size = make(0x12345, false, &ack, "\x21x", 2);
    assert_int_equal(size, 12);
    assert_memory_equal(bytes, "\x01\x45\x23\x20\x02\x03\x21x", 8);
    assert_memory_equal(bytes + 8, "\x77\x9f\x92\x36", 4);
    size = make(0x12345, true, NULL, "\x20", 1);
    assert_int_equal(size, 10);
    assert_memory_equal(bytes, "\x10\x45\x23\x01\x00\x20", 6);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    mni_ack ack = {.count = 1, .runs = {{.first = 0, .last = 9}}};
    uint32_t size = make(77, false, &ack, "\x25hello", 6);
    uint64_t number;
    for (uint32_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(mni_packet_verify(bytes, size, key, 77, &number));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (uint32_t i = 0; i < size; i++) {
        assert_false(mni_packet_verify(bytes, i, key, 77, &number));
    }
    assert_true(mni_packet_verify(bytes, size, key, 77, &number));
    uint8_t other[16] = {1};
    assert_false(mni_packet_verify(bytes, size, other, 77, &number));
}

static void the_whole_number_is_under_the_checksum(void **state)
{
    (void)state;
    uint32_t size = make(0x10000, false, NULL, "\x20", 1);
    uint64_t number = 0;
    assert_true(mni_packet_verify(bytes, size, key, 0x10000, &number));
    assert_int_equal(number, 0x10000);
    assert_true(mni_packet_verify(bytes, size, key, 0x17fff, &number));
    assert_true(mni_packet_verify(bytes, size, key, 0x08001, &number));
    assert_int_equal(number, 0x10000);
    assert_false(mni_packet_verify(bytes, size, key, 0, &number)); /* taken for number 0 */
    size = make(UINT64_C(0x300000000), true, NULL, "\x20", 1);
    assert_true(mni_packet_verify(bytes, size, key, UINT64_C(0x2c0000000), &number));
    assert_int_equal(number, UINT64_C(0x300000000));
}

static void contents_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *frames;
        uint32_t size, messages, riders;
        bool is_urgent;
    } cases[] = {
        {"\x21x", 2, 1, 0, false},
        {"\x21x\xa0\x01\x05", 5, 2, 0, false},
        {"\x21x\x41\x00\x00x", 6, 2, 0, true},
        {"\x60", 1, 1, 0, true},
        {"\x81x", 2, 0, 1, true},
        {"\xc1\x01", 2, 0, 0, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t size = make(1, false, NULL, cases[i].frames, cases[i].size);
        mni_packet packet;
        assert_true(mni_packet_read(bytes, size, 0, &packet));
        assert_false(packet.has_ack);
        assert_int_equal(packet.frames_size, cases[i].size);
        assert_int_equal(packet.messages, cases[i].messages);
        assert_int_equal(packet.riders, cases[i].riders);
        assert_int_equal(packet.is_urgent, cases[i].is_urgent);
    }
}

static void what_is_reserved_or_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        uint32_t size;
    } cases[] = {
        {"\x00\x01\x00", 3},      /* carries nothing */
        {"\x02\x01\x00\x21x", 5}, /* ranges without an acknowledgement */
        {"\x04\x01\x00"
         "12345678\x21x",
         13},                     /* a connection id, reserved */
        {"\x08\x01\x00\x21x", 5}, /* key phase, reserved */
        {"\x20\x01\x00\x21x", 5},
        {"\x40\x01\x00\x21x", 5},
        {"\x00\x01\x00\x21x\x00", 6},    /* a zero byte behind the frames */
        {"\x00\x01\x00\x81x\x81x", 7},   /* two pieces of the rider */
        {"\x01\x01\x00\x05\x00", 5},     /* half an acknowledgement */
        {"\x01\x01\x00\x0a\x00\x00", 6}, /* of number 10, and 9 was the newest */
        {"\x01\x01\x00\xff\xff\x00", 6}, /* of number -1 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t size = seal(cases[i].body, cases[i].size, 1);
        uint64_t number;
        assert_true(mni_packet_verify(bytes, size, key, 1, &number));
        mni_packet packet;
        if (mni_packet_read(bytes, size, 10, &packet)) {
            fail_msg("case %u is taken", (unsigned)i);
        }
    }
}

static void who_has_sent_nothing_is_acknowledged_nothing(void **state)
{
    (void)state;
    uint32_t size = seal("\x01\x01\x00\x00\x00\x00", 6, 1);
    mni_packet packet;
    assert_false(mni_packet_read(bytes, size, 0, &packet));
    assert_true(mni_packet_read(bytes, size, 1, &packet));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_the_protocol),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(the_whole_number_is_under_the_checksum),
        cmocka_unit_test(contents_are_counted),
        cmocka_unit_test(what_is_reserved_or_wrong_is_refused),
        cmocka_unit_test(who_has_sent_nothing_is_acknowledged_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
