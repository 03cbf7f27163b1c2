/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "object/piece.h"
#include "support/kinds.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

enum { BYTES = 4096 };

static void an_empty_piece_is_its_time(void **state)
{
    (void)state;
    uint8_t bytes[BYTES];
    mni_piece_writer writer = mni_piece_begin(bytes, BYTES, UINT64_C(0xabcdef123456789), 0xbeef);
    assert_int_equal(mni_piece_end(&writer), 6);
    mni_piece_reader reader = mni_piece_open(bytes, 6);
    uint32_t slot;
    assert_int_equal(reader.time, 0x3456789);
    assert_int_equal(reader.flush, 0xbeef);
    assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_END);
}

static void entries_come_back_as_they_were(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    static const mni_piece_state states[] = {
        {.object = 1, .kind = 3, .version = 65530},
        {.object = UINT32_MAX, .kind = 0, .owner = 0x12345678, .version = 1},
        {.object = 500, .kind = 1, .owner = 7, .is_yours = true},
        {.object = 501, .kind = 2, .owner = 7, .is_yours = true, .is_character = true},
    };
    uint8_t bytes[BYTES];
    mni_piece_writer writer = mni_piece_begin(bytes, BYTES, 0, 65530);
    for (uint32_t i = 0; i < 4; i++) {
        mni_piece_write_state(&writer, 10 * i, &all.kinds, &states[i]);
    }
    uint32_t size = mni_piece_end(&writer);
    mni_piece_reader reader = mni_piece_open(bytes, size);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t slot;
        mni_piece_state read;
        assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_STATE);
        assert_int_equal(slot, 10 * i);
        assert_true(mni_piece_read_state(&reader, &all.kinds, &read));
        assert_int_equal(read.object, states[i].object);
        assert_int_equal(read.kind, states[i].kind);
        assert_int_equal(read.version, states[i].version);
        assert_int_equal(read.is_yours, states[i].is_yours);
        assert_int_equal(read.is_character, states[i].is_character);
        assert_int_equal(read.owner, states[i].is_yours ? 0 : states[i].owner);
    }
    uint32_t slot;
    assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_END);
    test_kinds_close(&all);
}

/* An update of a moving object among others costs seven bits, and a few more when its baseline is
   of another flush than that of the one before, or it did not change in this flush. */
static void an_update_costs_few_bits(void **state)
{
    (void)state;
    enum { FLUSH = 2 };
    uint8_t bytes[BYTES];
    mni_piece_writer writer = mni_piece_begin(bytes, BYTES, 0, FLUSH);
    static const struct {
        uint32_t slot;
        uint16_t baseline, version;
        uint32_t bits;
    } cases[] = {{0, 1, FLUSH, 7},         {1, 65535, FLUSH, 10},  {8, 65535, FLUSH, 7},
                 {16, 65535, FLUSH, 10},   {55, 65535, FLUSH, 10}, {56, 1000, FLUSH, 36},
                 {200, 1000, FLUSH, 14},   {201, 1000, 1, 10},     {202, 1000, 65000, 24},
                 {100000, 1000, FLUSH, 32}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t before = mni_bit_writer_count(&writer.bits);
        mni_piece_write_update(&writer, cases[i].slot, cases[i].baseline, cases[i].version);
        assert_int_equal(mni_bit_writer_count(&writer.bits) - before, cases[i].bits);
    }
    uint32_t size = mni_piece_end(&writer);
    mni_piece_reader reader = mni_piece_open(bytes, size);
    uint32_t slot;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint16_t baseline;
        uint16_t version;
        assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_UPDATE);
        assert_int_equal(slot, cases[i].slot);
        assert_true(mni_piece_read_update(&reader, &baseline, &version));
        assert_int_equal(baseline, cases[i].baseline);
        assert_int_equal(version, cases[i].version);
    }
    assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_END);
}

static void reasons_travel(void **state)
{
    (void)state;
    static const uint32_t reasons[] = {MN_REASON_DESTROYED, 0, MN_REASON_USER, 65535};
    uint8_t bytes[BYTES];
    mni_piece_writer writer = mni_piece_begin(bytes, BYTES, 0, 65530);
    for (uint32_t i = 0; i < 4; i++) {
        mni_piece_write_gone(&writer, i, reasons[i]);
    }
    uint32_t size = mni_piece_end(&writer);
    mni_piece_reader reader = mni_piece_open(bytes, size);
    uint32_t slot;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t reason;
        assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_GONE);
        assert_int_equal(slot, i);
        assert_true(mni_piece_read_gone(&reader, &reason));
        assert_int_equal(reason, reasons[i]);
    }
    assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_END);
}

/* However many bits the entries take, the padding is the end. */
static void the_end_costs_nothing(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 16; count++) {
        uint8_t bytes[BYTES];
        memset(bytes, 0xff, sizeof bytes);
        mni_piece_writer writer = mni_piece_begin(bytes, BYTES, UINT64_MAX, 65535);
        for (uint32_t i = 0; i < count; i++) {
            mni_piece_write_gone(&writer, i, MN_REASON_DESTROYED); /* seven bits */
        }
        size_t bits = mni_bit_writer_count(&writer.bits);
        uint32_t size = mni_piece_end(&writer);
        assert_int_equal(size, (bits + 7) / 8);
        mni_piece_reader reader = mni_piece_open(bytes, size);
        uint32_t slot;
        uint32_t reason;
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_GONE);
            assert_true(mni_piece_read_gone(&reader, &reason));
        }
        assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_END);
        /* A byte more, or another padding, is no piece. */
        bytes[size] = 0;
        reader = mni_piece_open(bytes, size + 1);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_GONE);
            assert_true(mni_piece_read_gone(&reader, &reason));
        }
        assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_MALFORMED);
    }
}

static void an_entry_that_does_not_fit_is_taken_back(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    for (uint32_t capacity = 6; capacity < 64; capacity++) {
        uint8_t bytes[BYTES];
        mni_piece_writer writer = mni_piece_begin(bytes, capacity, 0, 0);
        uint32_t written = 0;
        for (;;) {
            mni_piece_writer before = writer;
            mni_piece_state entry = {.object = written + 1, .owner = 9, .version = 0xffff};
            mni_piece_write_state(&writer, written, &all.kinds, &entry);
            mni_write_bits(&writer.bits, UINT64_MAX, 20); /* as if it were a delta */
            if (writer.bits.failed) {
                writer = before;
                break;
            }
            written++;
        }
        uint32_t size = mni_piece_end(&writer);
        assert_true(size <= capacity);
        mni_piece_reader reader = mni_piece_open(bytes, size);
        uint32_t slot;
        mni_piece_state read;
        for (uint32_t i = 0; i < written; i++) {
            assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_STATE);
            assert_true(mni_piece_read_state(&reader, &all.kinds, &read));
            assert_int_equal(mni_read_bits(&reader.bits, 20), 0xfffff);
        }
        assert_int_equal(mni_piece_next(&reader, &slot), MNI_ENTRY_END);
    }
    test_kinds_close(&all);
}

static void rubbish_ends(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    uint64_t seed = test_seed(3);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t bytes[40];
        uint32_t size = (uint32_t)mni_random_below(&random, sizeof bytes + 1);
        for (uint32_t j = 0; j < size; j++) {
            bytes[j] = (uint8_t)mni_random_next(&random);
        }
        mni_piece_reader reader = mni_piece_open(bytes, size);
        uint32_t slot = 0;
        uint32_t last = 0;
        bool is_good = true;
        for (uint32_t entries = 0; is_good; entries++) {
            uint16_t a;
            uint16_t b;
            uint32_t reason;
            mni_piece_state entry;
            assert_true(entries <= 8 * sizeof bytes);
            switch (mni_piece_next(&reader, &slot)) {
            case MNI_ENTRY_STATE:
                is_good = mni_piece_read_state(&reader, &all.kinds, &entry);
                assert_true(!is_good || entry.kind < 5);
                break;
            case MNI_ENTRY_UPDATE:
                is_good = mni_piece_read_update(&reader, &a, &b);
                assert_true(!is_good || a != b);
                break;
            case MNI_ENTRY_GONE:
                is_good = mni_piece_read_gone(&reader, &reason);
                break;
            case MNI_ENTRY_END:
            case MNI_ENTRY_MALFORMED:
                is_good = false;
                break;
            }
            assert_true(!is_good || entries == 0 || slot > last);
            assert_true(slot < MNI_PIECE_SLOTS_MAX);
            last = slot;
        }
    }
    test_kinds_close(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_piece_is_its_time),
        cmocka_unit_test(entries_come_back_as_they_were),
        cmocka_unit_test(an_update_costs_few_bits),
        cmocka_unit_test(reasons_travel),
        cmocka_unit_test(the_end_costs_nothing),
        cmocka_unit_test(an_entry_that_does_not_fit_is_taken_back),
        cmocka_unit_test(rubbish_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
