/* SPDX-License-Identifier: MIT */
/*
 * What is written is read back; what does not fit or is not there fails and stays failed. Inputs
 * lie in blocks of their exact size, so that a sanitizer sees a step past the end.
 */
#include "base/bytes.h"
#include "base/random.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

static void integers_are_little_endian(void **state)
{
    (void)state;
    uint8_t bytes[15];
    mni_writer writer = mni_writer_over(bytes, sizeof bytes);
    mni_write_u8(&writer, 0x01);
    mni_write_u16(&writer, 0x0302);
    mni_write_u32(&writer, 0x07060504);
    mni_write_u64(&writer, UINT64_C(0x0f0e0d0c0b0a0908));
    assert_false(writer.failed);
    assert_int_equal(mni_writer_size(&writer), 15);
    assert_int_equal(mni_writer_left(&writer), 0);
    for (uint32_t i = 0; i < 15; i++) {
        assert_int_equal(bytes[i], i + 1);
    }
    mni_reader reader = mni_reader_over(bytes, sizeof bytes);
    assert_int_equal(mni_read_u8(&reader), 0x01);
    assert_int_equal(mni_read_u16(&reader), 0x0302);
    assert_int_equal(mni_read_u32(&reader), 0x07060504);
    assert_int_equal(mni_read_u64(&reader), UINT64_C(0x0f0e0d0c0b0a0908));
    assert_false(reader.failed);
    assert_int_equal(mni_reader_left(&reader), 0);
    assert_int_equal(mni_load_u64(bytes), UINT64_C(0x0807060504030201));
}

static uint64_t read_one(mni_reader *reader, uint32_t kind)
{
    switch (kind) {
    case 0:
        return mni_read_u8(reader);
    case 1:
        return mni_read_u16(reader);
    case 2:
        return mni_read_u32(reader);
    case 3:
        return mni_read_u64(reader);
    default:
        return mni_read_varint(reader);
    }
}

static void no_read_passes_the_end(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 4, 8, 10};
    for (uint32_t kind = 0; kind < 5; kind++) {
        for (uint32_t size = 0; size < sizes[kind]; size++) {
            uint8_t *bytes = malloc(size + 1);
            memset(bytes, 0xff, size);
            bytes = realloc(bytes, size > 0 ? size : 1);
            mni_reader reader = mni_reader_over(bytes, size);
            assert_int_equal(read_one(&reader, kind), 0);
            assert_true(reader.failed);
            assert_int_equal(mni_reader_left(&reader), 0);
            free(bytes);
        }
    }
}

static void a_failed_reader_yields_zeros(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3};
    mni_reader reader = mni_reader_over(bytes, sizeof bytes);
    assert_int_equal(mni_read_u32(&reader), 0);
    for (uint32_t kind = 0; kind < 5; kind++) {
        assert_int_equal(read_one(&reader, kind), 0);
    }
    assert_null(mni_read_bytes(&reader, 0));
    assert_null(mni_read_bytes(&reader, 1));
    assert_true(reader.failed);
}

static void bytes_are_read_in_place(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3};
    mni_reader reader = mni_reader_over(bytes, sizeof bytes);
    assert_ptr_equal(mni_read_bytes(&reader, 2), bytes);
    assert_ptr_equal(mni_read_bytes(&reader, 0), bytes + 2);
    assert_ptr_equal(mni_read_bytes(&reader, 1), bytes + 2);
    assert_non_null(mni_read_bytes(&reader, 0));
    assert_false(reader.failed);
    assert_null(mni_read_bytes(&reader, UINT64_MAX));
    assert_true(reader.failed);
}

static void nothing_can_be_read_from_nothing(void **state)
{
    (void)state;
    mni_reader reader = mni_reader_over(NULL, 0);
    assert_non_null(mni_read_bytes(&reader, 0));
    assert_int_equal(mni_reader_left(&reader), 0);
    assert_int_equal(mni_read_u8(&reader), 0);
    assert_true(reader.failed);
}

static void only_the_shortest_varint_is_valid(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t size;
        uint8_t bytes[11];
        bool valid;
        uint64_t value;
    } cases[] = {
        {"zero", 1, {0}, true, 0},
        {"127", 1, {0x7f}, true, 127},
        {"128", 2, {0x80, 1}, true, 128},
        {"300", 2, {0xac, 2}, true, 300},
        {"2^63",
         10,
         {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1},
         true,
         UINT64_C(1) << 63},
        {"2^64 - 1",
         10,
         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
         true,
         UINT64_MAX},
        {"zero in two bytes", 2, {0x80, 0}, false, 0},
        {"127 in two bytes", 2, {0xff, 0}, false, 0},
        {"128 in three bytes", 3, {0x80, 0x81, 0}, false, 0},
        {"ten bytes, the last zero",
         10,
         {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0},
         false,
         0},
        {"2^64", 10, {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2}, false, 0},
        {"eleven bytes",
         11,
         {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 1},
         false,
         0},
        {"cut", 2, {0x80, 0x80}, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mni_reader reader = mni_reader_over(cases[i].bytes, cases[i].size);
        uint64_t value = mni_read_varint(&reader);
        if (value != cases[i].value || reader.failed == cases[i].valid ||
            mni_reader_left(&reader) != 0) {
            fail_msg("%s: %" PRIu64, cases[i].name, value);
        }
    }
}

static void varints_of_all_sizes_come_back(void **state)
{
    (void)state;
    uint64_t seed = test_seed(2);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t i = 0; i < 64 * 1000; i++) {
        uint64_t value = mni_random_next(&random) >> (i % 64);
        uint8_t bytes[10];
        mni_writer writer = mni_writer_over(bytes, sizeof bytes);
        mni_write_varint(&writer, value);
        mni_reader reader = mni_reader_over(bytes, mni_writer_size(&writer));
        if (writer.failed || mni_varint_size(value) != mni_writer_size(&writer) ||
            mni_read_varint(&reader) != value || reader.failed || mni_reader_left(&reader) != 0) {
            fail_msg("MN_SEED=%" PRIu64 ": %" PRIx64, seed, value);
        }
    }
}

static void varint_sizes_change_at_seven_bits(void **state)
{
    (void)state;
    assert_int_equal(mni_varint_size(0), 1);
    for (uint32_t size = 1; size < 10; size++) {
        uint64_t next = UINT64_C(1) << (7 * size);
        assert_int_equal(mni_varint_size(next - 1), size);
        assert_int_equal(mni_varint_size(next), size + 1);
    }
    assert_int_equal(mni_varint_size(UINT64_MAX), 10);
}

static void what_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 6; kind++) {
        uint8_t bytes[1 + 3] = {0, 0xee, 0xee, 0xee};
        uint32_t room = kind == 0 ? 1 : 2; /* too little for each kind after the first byte */
        mni_writer writer = mni_writer_over(bytes, room);
        mni_write_u8(&writer, 7);
        switch (kind) {
        case 0:
            mni_write_u8(&writer, 1);
            break;
        case 1:
            mni_write_u16(&writer, 1);
            break;
        case 2:
            mni_write_u32(&writer, 1);
            break;
        case 3:
            mni_write_u64(&writer, 1);
            break;
        case 4:
            mni_write_varint(&writer, 128);
            break;
        default:
            mni_write_bytes(&writer, "ab", 2);
            break;
        }
        assert_true(writer.failed);
        mni_write_u8(&writer, 9); /* would fit, but nothing is written after a failure */
        assert_int_equal(mni_writer_size(&writer), 1);
        assert_int_equal(bytes[0], 7);
        assert_int_equal(bytes[1], 0xee);
    }
}

static void bytes_are_written_as_they_are(void **state)
{
    (void)state;
    uint8_t bytes[6] = {0};
    mni_writer writer = mni_writer_over(bytes, sizeof bytes);
    mni_write_bytes(&writer, "abc", 3);
    mni_write_bytes(&writer, NULL, 0);
    mni_write_bytes(&writer, "def", 3);
    assert_false(writer.failed);
    assert_int_equal(mni_writer_left(&writer), 0);
    assert_memory_equal(bytes, "abcdef", 6);
}

static void nothing_can_be_written_to_nothing(void **state)
{
    (void)state;
    mni_writer writer = mni_writer_over(NULL, 0);
    mni_write_bytes(&writer, NULL, 0);
    assert_false(writer.failed);
    mni_write_u8(&writer, 1);
    assert_true(writer.failed);
    assert_int_equal(mni_writer_size(&writer), 0);
}

/* Every read but the one that fails moves on, and none moves past the end. */
static bool reads_stay_inside(const uint8_t *bytes, size_t size, mni_random *random)
{
    mni_reader reader = mni_reader_over(bytes, size);
    while (!reader.failed) {
        const uint8_t *before = reader.at;
        (void)read_one(&reader, (uint32_t)mni_random_below(random, 5));
        if (reader.at > bytes + size || (!reader.failed && reader.at <= before)) {
            return false;
        }
    }
    return reader.at == bytes + size;
}

static void random_reads_of_random_bytes_stay_inside(void **state)
{
    (void)state;
    uint64_t seed = test_seed(3);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 5000; round++) {
        size_t size = 1 + (size_t)mni_random_below(&random, 40);
        uint8_t *bytes = malloc(size);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)mni_random_next(&random);
        }
        if (!reads_stay_inside(bytes, size, &random)) {
            fail_msg("MN_SEED=%" PRIu64 ", round %u", seed, round);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(no_read_passes_the_end),
        cmocka_unit_test(a_failed_reader_yields_zeros),
        cmocka_unit_test(bytes_are_read_in_place),
        cmocka_unit_test(nothing_can_be_read_from_nothing),
        cmocka_unit_test(only_the_shortest_varint_is_valid),
        cmocka_unit_test(varints_of_all_sizes_come_back),
        cmocka_unit_test(varint_sizes_change_at_seven_bits),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(bytes_are_written_as_they_are),
        cmocka_unit_test(nothing_can_be_written_to_nothing),
        cmocka_unit_test(random_reads_of_random_bytes_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
