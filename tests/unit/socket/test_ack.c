/* SPDX-License-Identifier: MIT */
/* Acknowledgements as bytes: the forms, their limits, and what is refused. */
#include "socket/ack.h"
#include "support/test.h"

#include <string.h>

static uint32_t write_ack(const mni_ack *ack, bool is_wide, uint8_t *bytes, uint32_t capacity)
{
    mni_writer writer = mni_writer_over(bytes, capacity);
    mni_ack_write(&writer, ack, is_wide);
    assert_false(writer.failed);
    return (uint32_t)mni_writer_size(&writer);
}

static bool read_ack(const uint8_t *bytes, uint32_t size, bool is_short, uint64_t newest_sent,
                     mni_ack *ack_out)
{
    mni_reader reader = mni_reader_over(bytes, size);
    return mni_ack_read(&reader, is_short, false, newest_sent, ack_out) &&
           mni_reader_left(&reader) == 0;
}

static void the_short_form_speaks_of_32_numbers(void **state)
{
    (void)state;
    mni_ack ack = {
        .delay_us = 12400, .count = 1, .runs = {{.first = 0x1fff0 - 31, .last = 0x1fff0}}};
    assert_true(mni_ack_is_short(&ack));
    uint8_t bytes[16];
    assert_int_equal(write_ack(&ack, false, bytes, sizeof(bytes)), 3);
    assert_memory_equal(bytes, "\xf0\xff\x18", 3);
    mni_ack read;
    assert_true(read_ack(bytes, 3, true, 0x20010, &read));
    assert_int_equal(read.count, 1);
    assert_int_equal(read.runs[0].first, 0x1fff0 - 31);
    assert_int_equal(read.runs[0].last, 0x1fff0);
    assert_int_equal(read.delay_us, 12000);
}

static void near_the_start_the_short_form_goes_back_to_zero(void **state)
{
    (void)state;
    mni_ack ack = {.count = 1, .runs = {{.first = 0, .last = 5}}};
    assert_true(mni_ack_is_short(&ack));
    mni_ack read;
    assert_true(read_ack((const uint8_t *)"\x05\x00\x00", 3, true, 5, &read));
    assert_int_equal(read.runs[0].first, 0);
    assert_int_equal(read.runs[0].last, 5);
    ack.runs[0].first = 1;
    assert_false(mni_ack_is_short(&ack));
}

static void the_wide_form_has_four_bytes_of_number(void **state)
{
    (void)state;
    uint64_t newest = UINT64_C(0x512345678);
    mni_ack ack = {.count = 1, .runs = {{.first = newest - 31, .last = newest}}};
    uint8_t bytes[16];
    assert_int_equal(write_ack(&ack, true, bytes, sizeof(bytes)), 5);
    mni_reader reader = mni_reader_over(bytes, 5);
    mni_ack read;
    assert_true(mni_ack_read(&reader, true, true, newest + 100000, &read));
    assert_int_equal(read.runs[0].last, newest);
}

static void runs_come_back_as_they_were(void **state)
{
    (void)state;
    mni_ack ack = {.count = MNI_ACK_PAIRS_MAX + 1};
    uint64_t at = 100000;
    for (uint32_t i = 0; i < ack.count; i++) {
        ack.runs[i].last = at;
        ack.runs[i].first = at - (uint64_t)i * 7;
        at = ack.runs[i].first - 2 - (uint64_t)i * 11;
    }
    assert_false(mni_ack_is_short(&ack));
    uint8_t bytes[256];
    uint32_t size = write_ack(&ack, false, bytes, sizeof(bytes));
    mni_ack read;
    assert_true(read_ack(bytes, size, false, 100003, &read));
    assert_int_equal(read.count, ack.count);
    assert_memory_equal(read.runs, ack.runs, sizeof(ack.runs));
    for (uint32_t i = 0; i < size; i++) {
        assert_false(read_ack(bytes, i, false, 100003, &read)); /* cut off anywhere */
    }
}

static void a_long_delay_is_told_as_the_longest(void **state)
{
    (void)state;
    mni_ack ack = {.delay_us = 10000000, .count = 1, .runs = {{.first = 0, .last = 0}}};
    uint8_t bytes[16];
    assert_int_equal(write_ack(&ack, false, bytes, sizeof(bytes)), 3);
    assert_int_equal(bytes[2], 255);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t size;
        bool is_short;
    } cases[] = {
        {"\x0a\x00\x00", 3, true},                  /* 10, but only up to 9 was sent */
        {"\x05\x00", 2, true},                      /* cut off */
        {"\x05\x00\x00\x21\x00", 5, false},         /* 33 pairs */
        {"\x05\x00\x00\x00\x06", 5, false},         /* the first run goes below zero */
        {"\x05\x00\x00\x01\x05\x00\x00", 7, false}, /* a gap below zero */
        {"\x05\x00\x00\x01\x03\x01\x00", 7, false}, /* no number left for the run below the gap */
        {"\x05\x00\x00\x01\x03\x00\x01", 7, false}, /* a run below zero */
        {"\x05\x00\x00\x00\x80\x00", 6, false},     /* a varint of two bytes where one would do */
        {"\x05\x00\x00\x01\x03", 5, false},         /* a pair is missing */
        {"\x05\x00\x00\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 16, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mni_ack read;
        assert_false(
            read_ack((const uint8_t *)cases[i].bytes, cases[i].size, cases[i].is_short, 9, &read));
    }
    mni_ack read;
    assert_true(read_ack((const uint8_t *)"\x05\x00\x00\x01\x03\x00\x00", 7, false, 9, &read));
    assert_int_equal(read.runs[1].first, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_short_form_speaks_of_32_numbers),
        cmocka_unit_test(near_the_start_the_short_form_goes_back_to_zero),
        cmocka_unit_test(the_wide_form_has_four_bytes_of_number),
        cmocka_unit_test(runs_come_back_as_they_were),
        cmocka_unit_test(a_long_delay_is_told_as_the_longest),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
