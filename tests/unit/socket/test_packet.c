/* SPDX-License-Identifier: MIT */
/* Whole packets, plain and sealed: opened by key and number, parsed completely or not at all. */
#include "socket/packet.h"
#include "support/test.h"

#include <string.h>

static const uint8_t key[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static uint8_t bytes[256];
static uint8_t plain[256];
static mni_sealer sealer;
static mni_opener opener;
static mni_packet packet;

static void begin(bool is_sealed)
{
    mni_sealer_init(&sealer, is_sealed, key, 0, 0);
    mni_opener_init(&opener, is_sealed, key);
}

static uint32_t make(uint64_t number, bool is_wide, const mni_ack *ack, const char *frames,
                     uint32_t frames_size)
{
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes) - MNI_TAG_SIZE);
    mni_packet_begin(&writer, number, is_wide, ack);
    mni_write_bytes(&writer, frames, frames_size);
    assert_false(writer.failed);
    return mni_packet_end(&writer, number, &sealer);
}

/* Any bytes with a tail that fits. */
static uint32_t seal(const char *body, uint32_t size, uint64_t number)
{
    memcpy(bytes, body, size);
    mni_writer writer = mni_writer_over(bytes, size);
    writer.at += size;
    return mni_packet_end(&writer, number, &sealer);
}

static bool open_as(uint32_t size, uint64_t expected)
{
    return mni_packet_open(&packet, bytes, size, &opener, expected, plain);
}

static void the_bytes_are_those_of_the_protocol(void **state)
{
    (void)state;
    begin(false);
    mni_ack ack = {.delay_us = 1500, .count = 1, .runs = {{.first = 0x201, .last = 0x220}}};
    uint32_t size = make(0x12345, false, &ack, "\x21x", 2);
    assert_int_equal(size, 12);
    assert_memory_equal(bytes, "\x01\x45\x23\x20\x02\x03\x21x", 8);
    assert_memory_equal(bytes + 8, "\x29\x33\x27\xf2", 4); /* as in docs/protocol_data.md */
    size = make(0x12345, true, NULL, "\x20", 1);
    assert_int_equal(size, 10);
    assert_memory_equal(bytes, "\x10\x45\x23\x01\x00\x20", 6);
}

/* What another implementation of RFC 8439 makes of the same bytes. */
static void sealed_bytes_are_those_of_the_protocol(void **state)
{
    (void)state;
    begin(true);
    mni_ack ack = {.delay_us = 1500, .count = 1, .runs = {{.first = 0x201, .last = 0x220}}};
    uint32_t size = make(0x12345, false, &ack, "\x21x", 2);
    assert_int_equal(size, 24);
    assert_memory_equal(bytes,
                        "\x01\x45\x23\x1c\x02\x46\x68\xfe\xd2\x32\xa8\xd1"
                        "\xae\x6c\x96\x48\xd2\xae\x11\x4e\x5c\x76\x3b\x88",
                        24);
    assert_true(open_as(size, 0x12340));
    assert_int_equal(packet.number, 0x12345);
    assert_true(mni_packet_read(&packet, 0x230));
    assert_int_equal(packet.ack.runs[0].first, 0x201);
    assert_int_equal(packet.frames_size, 2);
    assert_memory_equal(packet.frames, "\x21x", 2);
    mni_sealer_renew(&sealer, &(mni_rekey){1, 1}, 0x12345, 0x12345, 0);
    size = make(0x12345, true, NULL, "\x20", 1);
    assert_int_equal(size, 22);
    assert_memory_equal(bytes,
                        "\x18\x45\x23\x01\x00\x53\xa4\xb5\x67\xeb\x4c"
                        "\x32\x72\xea\x1b\x36\xff\x58\x6f\x73\x05\xac",
                        22);
    assert_true(open_as(size, 0x12340));
    assert_true(mni_packet_read(&packet, 0));
    assert_false(packet.has_ack);
    assert_memory_equal(packet.frames, "\x20", 1);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        begin(is_sealed);
        mni_ack ack = {.count = 1, .runs = {{.first = 0, .last = 9}}};
        uint32_t size = make(77, false, &ack, "\x25hello", 6);
        mni_opener before = opener;
        for (uint32_t bit = 0; bit < size * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(open_as(size, 77));
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (uint32_t i = 0; i < size; i++) {
            assert_false(open_as(i, 77));
        }
        assert_memory_equal(&opener, &before, sizeof(opener));
        assert_true(open_as(size, 77));
        uint8_t other[MNI_KEY_SIZE] = {1};
        mni_opener_init(&opener, is_sealed, other);
        assert_false(open_as(size, 77));
    }
}

static void the_whole_number_is_protected(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        begin(is_sealed);
        uint32_t size = make(0x10000, false, NULL, "\x20", 1);
        assert_true(open_as(size, 0x10000));
        assert_int_equal(packet.number, 0x10000);
        assert_true(open_as(size, 0x17fff));
        assert_true(open_as(size, 0x08001));
        assert_int_equal(packet.number, 0x10000);
        assert_false(open_as(size, 0)); /* taken for number 0 */
        size = make(UINT64_C(0x300000000), true, NULL, "\x20", 1);
        assert_true(open_as(size, UINT64_C(0x2c0000000)));
        assert_int_equal(packet.number, UINT64_C(0x300000000));
    }
}

static void numbers_have_an_end(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        begin(is_sealed);
        uint32_t size = make(MNI_NUMBERS_END - 1, true, NULL, "\x20", 1);
        assert_true(open_as(size, MNI_NUMBERS_END - 5));
        assert_int_equal(packet.number, MNI_NUMBERS_END - 1);
        assert_true(open_as(size, MNI_NUMBERS_END));
        memset(bytes + 1, 0, 4); /* the first number that there is not */
        assert_false(open_as(size, MNI_NUMBERS_END - 5));
        assert_false(open_as(size, MNI_NUMBERS_END));
    }
}

static void check_contents(void)
{
    static const struct {
        const char *frames;
        uint32_t size, messages, riders;
        bool is_urgent, is_asking;
    } cases[] = {
        {"\x21x", 2, 1, 0, false, false},
        {"\x21x\xa0\x01\x05", 5, 2, 0, false, false},
        {"\x21x\x41\x00\x00x", 6, 2, 0, true, false},
        {"\x60", 1, 1, 0, true, false},
        {"\x81x", 2, 0, 1, true, false},
        {"\xc1\x01", 2, 0, 0, true, true},
        {"\xc3\x04hi", 4, 0, 0, true, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t size = make(1, false, NULL, cases[i].frames, cases[i].size);
        assert_true(open_as(size, 1));
        assert_true(mni_packet_read(&packet, 0));
        assert_false(packet.has_ack);
        assert_int_equal(packet.frames_size, cases[i].size);
        assert_int_equal(packet.messages, cases[i].messages);
        assert_int_equal(packet.riders, cases[i].riders);
        assert_int_equal(packet.is_urgent, cases[i].is_urgent);
        assert_int_equal(packet.is_asking, cases[i].is_asking);
        assert_int_equal(packet.payload != NULL, cases[i].frames[1] == 4);
    }
}

static void contents_are_counted(void **state)
{
    (void)state;
    begin(false);
    check_contents();
    begin(true);
    check_contents();
}

static void the_first_of_two_payloads_counts(void **state)
{
    (void)state;
    begin(true);
    uint32_t size = make(1, false, NULL, "\x20\xc2\x04x\xc3\x04no", 8);
    assert_true(open_as(size, 1));
    assert_true(mni_packet_read(&packet, 0));
    assert_int_equal(packet.payload_size, 1);
    assert_memory_equal(packet.payload, "x", 1);
}

static void check_wrong(void)
{
    static const struct {
        const char *body;
        uint32_t size;
    } cases[] = {
        {"\x00\x01\x00", 3},      /* carries nothing */
        {"\x02\x01\x00\x21x", 5}, /* ranges without an acknowledgement */
        {"\x04\x01\x00"
         "12345678\x21x",
         13}, /* a connection id, reserved */
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
        assert_true(open_as(size, 1));
        if (mni_packet_read(&packet, 10)) {
            fail_msg("case %u is taken", (unsigned)i);
        }
    }
}

static void what_is_reserved_or_wrong_is_refused(void **state)
{
    (void)state;
    begin(false);
    check_wrong();
    begin(true);
    check_wrong();
}

static void plain_packets_have_no_key_phase(void **state)
{
    (void)state;
    begin(false);
    assert_true(open_as(seal("\x08\x01\x00\x21x", 5, 1), 1));
    assert_false(mni_packet_read(&packet, 10));
    assert_true(open_as(seal("\x00\x01\x00\x21x", 5, 1), 1));
    assert_true(mni_packet_read(&packet, 10));
}

static void who_has_sent_nothing_is_acknowledged_nothing(void **state)
{
    (void)state;
    begin(true);
    assert_true(open_as(seal("\x01\x01\x00\x00\x00\x00", 6, 1), 1));
    assert_false(mni_packet_read(&packet, 0));
    assert_true(mni_packet_read(&packet, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_the_protocol),
        cmocka_unit_test(sealed_bytes_are_those_of_the_protocol),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(the_whole_number_is_protected),
        cmocka_unit_test(numbers_have_an_end),
        cmocka_unit_test(contents_are_counted),
        cmocka_unit_test(the_first_of_two_payloads_counts),
        cmocka_unit_test(what_is_reserved_or_wrong_is_refused),
        cmocka_unit_test(plain_packets_have_no_key_phase),
        cmocka_unit_test(who_has_sent_nothing_is_acknowledged_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
