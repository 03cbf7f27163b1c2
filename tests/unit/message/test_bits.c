/* SPDX-License-Identifier: MIT */
/*
 * Bits come back as they were written, wherever they lie, and nothing passes the end. Buffers are
 * blocks of their exact size, so that a sanitizer sees a step too far.
 */
#include "base/random.h"
#include "message/bits.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void the_first_bit_is_the_lowest_of_the_first_byte(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0xff, 0xff, 0xff, 0xff};
    mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
    mni_write_bits(&writer, 1, 1);
    mni_write_bits(&writer, 0, 2);
    mni_write_bits(&writer, 0x1f, 5);
    mni_write_bits(&writer, 0xabc, 12);
    assert_false(writer.failed);
    assert_int_equal(mni_bit_writer_count(&writer), 20);
    assert_int_equal(mni_bit_writer_size(&writer), 3);
    assert_int_equal(mni_bit_writer_left(&writer), 12);
    assert_int_equal(bytes[0], 0xf9);
    assert_int_equal(bytes[1], 0xbc);
    assert_int_equal(bytes[2], 0x0a); /* padded with zeros */
}

static void lengths_and_masks_hold_at_their_ends(void **state)
{
    (void)state;
    assert_int_equal(mni_bit_length(0), 0);
    assert_int_equal(mni_bit_mask(0), 0);
    for (uint32_t i = 0; i < 64; i++) {
        uint64_t bit = UINT64_C(1) << i;
        assert_int_equal(mni_bit_length(bit), i + 1);
        assert_int_equal(mni_bit_length(bit | (bit - 1)), i + 1);
        assert_int_equal(mni_bit_first(bit), i);
        assert_int_equal(mni_bit_first(UINT64_MAX << i), i);
        assert_true(mni_bit_mask(i + 1) == (bit | (bit - 1)));
    }
}

static void bits_above_the_count_are_ignored(void **state)
{
    (void)state;
    uint8_t bytes[2] = {0};
    mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
    mni_write_bits(&writer, UINT64_MAX, 3);
    mni_write_bits(&writer, 0, 3);
    assert_int_equal(bytes[0], 7);
}

static void what_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    for (uint32_t capacity = 0; capacity <= 17; capacity++) {
        for (uint32_t used = 0; used <= 8 * capacity; used++) {
            uint8_t *bytes = malloc(capacity + 1);
            assert_non_null(bytes);
            bytes[capacity] = 0x5a;
            mni_bit_writer writer = mni_bit_writer_over(bytes, capacity);
            for (uint32_t i = 0; i < used; i++) {
                mni_write_bits(&writer, 1, 1);
            }
            uint32_t left = 8 * capacity - used;
            mni_bit_writer before = writer;
            if (left < 64) {
                mni_write_bits(&writer, UINT64_MAX, left + 1);
                assert_true(writer.failed);
                mni_write_bits(&writer, 0, 0);
                mni_write_golomb(&writer, 0, 0);
                assert_true(writer.failed);
                assert_int_equal(mni_bit_writer_count(&writer), used);
            }
            mni_write_bits(&before, UINT64_MAX, left < 64 ? left : 64);
            assert_false(before.failed);
            assert_int_equal(bytes[capacity], 0x5a);
            free(bytes);
        }
    }
}

static void a_copy_of_a_writer_takes_writes_back(void **state)
{
    (void)state;
    uint8_t bytes[16] = {0};
    mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
    mni_write_bits(&writer, 5, 3);
    mni_bit_writer mark = writer;
    mni_write_bits(&writer, UINT64_MAX, 64);
    writer = mark;
    mni_write_bits(&writer, 2, 3);
    assert_int_equal(bytes[0], 5 | 2 << 3);
    assert_int_equal(mni_bit_writer_count(&writer), 6);
}

static void a_failed_reader_yields_zeros(void **state)
{
    (void)state;
    static const uint8_t bytes[9] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    mni_bit_reader reader = mni_bit_reader_over(bytes, sizeof bytes);
    assert_true(mni_read_bits(&reader, 9) == 0x1ff);
    assert_int_equal(mni_read_bits(&reader, 64), 0);
    assert_true(reader.failed);
    assert_int_equal(mni_read_bits(&reader, 1), 0);
    assert_int_equal(mni_read_golomb(&reader, 3), 0);
    reader = mni_bit_reader_over(NULL, 0);
    assert_int_equal(mni_read_bits(&reader, 0), 0);
    assert_false(reader.failed);
    assert_int_equal(mni_read_golomb(&reader, 0), 0);
    assert_true(reader.failed);
}

static void padding_is_zeros_and_nothing_else(void **state)
{
    (void)state;
    uint8_t bytes[2] = {0};
    mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
    mni_write_bits(&writer, 7, 3);
    mni_write_padding(&writer);
    assert_int_equal(mni_bit_writer_count(&writer), 8);
    mni_write_padding(&writer);
    assert_int_equal(mni_bit_writer_count(&writer), 8);
    mni_bit_reader reader = mni_bit_reader_over(bytes, 1);
    (void)mni_read_bits(&reader, 3);
    mni_read_padding(&reader);
    assert_false(reader.failed);
    assert_int_equal(mni_bit_reader_left(&reader), 0);
    bytes[0] |= 0x80;
    reader = mni_bit_reader_over(bytes, 1);
    (void)mni_read_bits(&reader, 3);
    mni_read_padding(&reader);
    assert_true(reader.failed);
}

static void golomb_codes_are_as_documented(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        uint32_t k, size;
        uint64_t bits; /* first bit lowest */
    } cases[] = {
        {0, 0, 1, 0x1},   {1, 0, 3, 0x2},   {2, 0, 3, 0x6},  {3, 0, 5, 0x04},
        {6, 0, 5, 0x1c},  {0, 3, 4, 0x1},   {5, 3, 4, 0xb},  {8, 3, 6, 0x02},
        {23, 3, 6, 0x3e}, {63, 6, 7, 0x7f}, {64, 6, 9, 0x2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[8] = {0};
        mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
        mni_write_golomb(&writer, cases[i].value, cases[i].k);
        assert_int_equal(mni_bit_writer_count(&writer), cases[i].size);
        assert_int_equal(mni_golomb_size(cases[i].value, cases[i].k), cases[i].size);
        mni_bit_reader reader = mni_bit_reader_over(bytes, sizeof bytes);
        assert_int_equal(mni_read_bits(&reader, cases[i].size), cases[i].bits);
        reader = mni_bit_reader_over(bytes, sizeof bytes);
        assert_int_equal(mni_read_golomb(&reader, cases[i].k), cases[i].value);
    }
}

static void golomb_codes_come_back_at_every_length(void **state)
{
    (void)state;
    for (uint32_t k = 0; k <= 32; k++) {
        for (uint32_t n = 0; n < 32; n++) {
            uint64_t shifted = (UINT64_C(2) << n) - 2; /* the largest of n more bits */
            uint64_t value = shifted << k | mni_bit_mask(k);
            uint8_t bytes[16] = {0};
            mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
            mni_write_bits(&writer, 1, 1);
            mni_write_golomb(&writer, value, k);
            assert_false(writer.failed);
            mni_bit_reader reader = mni_bit_reader_over(bytes, mni_bit_writer_size(&writer));
            assert_int_equal(mni_read_bits(&reader, 1), 1);
            assert_true(mni_read_golomb(&reader, k) == value);
            assert_false(reader.failed);
        }
    }
}

static void a_golomb_code_that_just_fits_is_written(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 32; n++) {
        uint64_t value = (UINT64_C(2) << n) - 2;
        uint32_t size = mni_golomb_size(value, 0);
        uint32_t lead = (8 - size % 8) % 8;
        uint8_t bytes[16] = {0};
        for (uint32_t missing = 0; missing < 2; missing++) {
            mni_bit_writer writer = mni_bit_writer_over(bytes, (lead + size) / 8);
            mni_write_bits(&writer, 0, lead + missing);
            mni_write_golomb(&writer, value, 0);
            assert_int_equal(writer.failed, missing);
            assert_int_equal(mni_bit_writer_count(&writer), missing ? lead + missing : lead + size);
        }
    }
}

static void a_golomb_code_without_end_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[16] = {0};
    static const uint8_t late[16] = {0, 0, 0, 0, 1};
    mni_bit_reader reader = mni_bit_reader_over(zeros, sizeof zeros);
    assert_int_equal(mni_read_golomb(&reader, 0), 0);
    assert_true(reader.failed);
    reader = mni_bit_reader_over(late, sizeof late); /* 32 zeros */
    assert_int_equal(mni_read_golomb(&reader, 0), 0);
    assert_true(reader.failed);
    reader = mni_bit_reader_over(late, 5);
    (void)mni_read_bits(&reader, 20); /* 12 zeros, a one, but not 12 bits more */
    assert_int_equal(mni_read_golomb(&reader, 0), 0);
    assert_true(reader.failed);
}

static void random_values_come_back(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    uint64_t seed = test_seed(11);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 200; round++) {
        uint64_t values[COUNT];
        uint32_t sizes[COUNT];
        uint8_t bytes[COUNT * 12];
        mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
        for (uint32_t i = 0; i < COUNT; i++) {
            sizes[i] = (uint32_t)mni_random_below(&random, 65 + 16);
            values[i] =
                mni_random_next(&random) & mni_bit_mask(sizes[i] <= 64 ? sizes[i] : sizes[i] - 64);
            if (sizes[i] <= 64) {
                mni_write_bits(&writer, values[i], sizes[i]);
            } else {
                mni_write_golomb(&writer, values[i], sizes[i] % 7);
            }
        }
        assert_false(writer.failed);
        mni_bit_reader reader = mni_bit_reader_over(bytes, mni_bit_writer_size(&writer));
        for (uint32_t i = 0; i < COUNT; i++) {
            uint64_t value = sizes[i] <= 64 ? mni_read_bits(&reader, sizes[i])
                                            : mni_read_golomb(&reader, sizes[i] % 7);
            if (value != values[i]) {
                fail_msg("MN_SEED=%" PRIu64 ", round %u, value %u", seed, round, i);
            }
        }
        mni_read_padding(&reader);
        assert_false(reader.failed);
        assert_int_equal(mni_bit_reader_left(&reader), 0);
    }
}

static void bits_are_moved_from_any_place_to_any_other(void **state)
{
    (void)state;
    uint64_t seed = test_seed(12);
    mni_random random;
    mni_random_init(&random, seed);
    uint8_t from[64];
    for (uint32_t i = 0; i < sizeof from; i++) {
        from[i] = (uint8_t)mni_random_next(&random);
    }
    for (uint32_t skip = 0; skip < 9; skip++) {
        for (uint32_t lead = 0; lead < 9; lead++) {
            for (uint32_t count = 0; count <= 400; count += 1 + count / 40) {
                uint8_t to[64] = {0};
                mni_bit_reader reader = mni_bit_reader_over(from, sizeof from);
                mni_bit_writer writer = mni_bit_writer_over(to, (lead + count + 7) / 8);
                (void)mni_read_bits(&reader, skip);
                mni_write_bits(&writer, 0, lead);
                mni_write_bits_from(&writer, &reader, count);
                assert_false(writer.failed);
                assert_int_equal(mni_bit_writer_count(&writer), lead + count);
                assert_int_equal(reader.at, skip + count);
                for (uint32_t i = 0; i < count; i++) {
                    uint32_t a = from[(skip + i) / 8] >> (skip + i) % 8 & 1U;
                    uint32_t b = to[(lead + i) / 8] >> (lead + i) % 8 & 1U;
                    if (a != b) {
                        fail_msg("MN_SEED=%" PRIu64 ", bit %u of %u", seed, i, count);
                    }
                }
            }
        }
    }
}

static void moving_fails_on_both_when_either_is_short(void **state)
{
    (void)state;
    uint8_t from[4] = {1, 2, 3, 4};
    uint8_t to[4] = {0};
    mni_bit_reader reader = mni_bit_reader_over(from, sizeof from);
    mni_bit_writer writer = mni_bit_writer_over(to, 3);
    mni_write_bits_from(&writer, &reader, 25);
    assert_true(writer.failed && reader.failed);
    reader = mni_bit_reader_over(from, 3);
    writer = mni_bit_writer_over(to, 4);
    mni_write_bits_from(&writer, &reader, 25);
    assert_true(writer.failed && reader.failed);
    assert_int_equal(to[0], 0);
}

static void bytes_come_back_from_between_bytes(void **state)
{
    (void)state;
    for (uint32_t lead = 0; lead < 8; lead++) {
        for (uint32_t size = 0; size < 24; size++) {
            uint8_t out[24] = {0};
            uint8_t *bytes = malloc(25);
            assert_non_null(bytes);
            mni_bit_writer writer = mni_bit_writer_over(bytes, 25);
            mni_write_bits(&writer, 0, lead);
            mni_write_bit_bytes(&writer, "abcdefghijklmnopqrstuvwx", size);
            assert_false(writer.failed);
            mni_bit_reader reader = mni_bit_reader_over(bytes, mni_bit_writer_size(&writer));
            (void)mni_read_bits(&reader, lead);
            mni_read_bit_bytes(&reader, out, size);
            assert_false(reader.failed);
            assert_memory_equal(out, "abcdefghijklmnopqrstuvwx", size);
            mni_read_bit_bytes(&reader, out, 1);
            assert_true(reader.failed);
            free(bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bit_is_the_lowest_of_the_first_byte),
        cmocka_unit_test(lengths_and_masks_hold_at_their_ends),
        cmocka_unit_test(bits_above_the_count_are_ignored),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(a_copy_of_a_writer_takes_writes_back),
        cmocka_unit_test(a_failed_reader_yields_zeros),
        cmocka_unit_test(padding_is_zeros_and_nothing_else),
        cmocka_unit_test(golomb_codes_are_as_documented),
        cmocka_unit_test(golomb_codes_come_back_at_every_length),
        cmocka_unit_test(a_golomb_code_that_just_fits_is_written),
        cmocka_unit_test(a_golomb_code_without_end_is_refused),
        cmocka_unit_test(random_values_come_back),
        cmocka_unit_test(bits_are_moved_from_any_place_to_any_other),
        cmocka_unit_test(moving_fails_on_both_when_either_is_short),
        cmocka_unit_test(bytes_come_back_from_between_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
