/* SPDX-License-Identifier: MIT */
/*
 * Slots are told by their distance from the one before, because they ascend: up to 7 in four bits,
 * up to 39 in seven. The distance 0 cannot be, so that four zero bits, or fewer at the very end,
 * are the end: it is the padding of the last byte and costs nothing.
 */
#include "object/piece.h"

enum {
    STEP_BITS_NEAR = 3,
    STEP_BITS_FAR = 5,
    STEP_FAR = 8,      /* the first step that is not near */
    STEP_FARTHER = 40, /* the first that is not far */
    STEP_ORDER = 6,
    OBJECT_ORDER = 7,
    AGE_ORDER = 2,
    OWNER_BITS = 32,
    REASON_BITS = 16
};

static void write_slot(mni_piece_writer *writer, uint32_t slot)
{
    mni_bit_writer *bits = &writer->bits;
    uint32_t step = slot - writer->next_slot + 1;
    if (step < STEP_FAR) {
        mni_write_bits(bits, step << 1, 1 + STEP_BITS_NEAR);
    } else if (step < STEP_FARTHER) {
        mni_write_bits(bits, 1 | (step - STEP_FAR) << 2, 2 + STEP_BITS_FAR);
    } else {
        mni_write_bits(bits, 3, 2);
        mni_write_golomb(bits, step - STEP_FARTHER, STEP_ORDER);
    }
    writer->next_slot = slot + 1;
}

mni_piece_writer mni_piece_begin(void *bytes, uint32_t capacity, uint64_t time_us, uint16_t flush)
{
    mni_piece_writer writer = {
        .bits = mni_bit_writer_over(bytes, capacity), .flush = flush, .age = 1};
    mni_write_bits(&writer.bits, time_us, MNI_PIECE_TIME_BITS);
    mni_write_bits(&writer.bits, flush, MNI_PIECE_FLUSH_BITS);
    return writer;
}

/* A version that this flush made takes one bit. */
static void write_version(mni_piece_writer *writer, uint16_t version)
{
    uint32_t age = (uint16_t)(writer->flush - version);
    mni_write_bits(&writer->bits, age == 0, 1);
    if (age != 0) {
        mni_write_golomb(&writer->bits, age - 1, AGE_ORDER);
    }
}

void mni_piece_write_state(mni_piece_writer *writer, uint32_t slot, const mni_kinds *kinds,
                           const mni_piece_state *state)
{
    mni_bit_writer *bits = &writer->bits;
    write_slot(writer, slot);
    mni_write_bits(bits, 1, 2);
    mni_write_golomb(bits, state->object, OBJECT_ORDER);
    mni_write_bits(bits, state->kind, kinds->bits);
    mni_write_bits(bits, state->owner != 0, 1);
    if (state->owner != 0) {
        mni_write_bits(bits, state->is_yours, 1);
        if (state->is_yours) {
            mni_write_bits(bits, state->is_character, 1);
        } else {
            mni_write_bits(bits, state->owner, OWNER_BITS);
        }
    }
    write_version(writer, state->version);
}

void mni_piece_write_update(mni_piece_writer *writer, uint32_t slot, uint16_t baseline,
                            uint16_t version)
{
    mni_bit_writer *bits = &writer->bits;
    uint16_t age = (uint16_t)(writer->flush - baseline);
    MNI_ASSERT(age > 0);
    write_slot(writer, slot);
    mni_write_bits(bits, 0, 1);
    mni_write_bits(bits, age == writer->age, 1);
    if (age != writer->age) {
        mni_write_golomb(bits, (uint64_t)age - 1, AGE_ORDER);
        writer->age = age;
    }
    write_version(writer, version);
}

void mni_piece_write_gone(mni_piece_writer *writer, uint32_t slot, uint32_t reason)
{
    mni_bit_writer *bits = &writer->bits;
    write_slot(writer, slot);
    mni_write_bits(bits, 3, 2);
    mni_write_bits(bits, reason != MN_REASON_DESTROYED, 1);
    if (reason != MN_REASON_DESTROYED) {
        mni_write_bits(bits, reason, REASON_BITS);
    }
}

uint32_t mni_piece_end(mni_piece_writer *writer)
{
    mni_write_padding(&writer->bits);
    return (uint32_t)mni_bit_writer_size(&writer->bits);
}

mni_piece_reader mni_piece_open(const void *bytes, uint32_t size)
{
    mni_piece_reader reader = {.bits = mni_bit_reader_over(bytes, size), .age = 1};
    reader.time = (uint32_t)mni_read_bits(&reader.bits, MNI_PIECE_TIME_BITS);
    reader.flush = (uint16_t)mni_read_bits(&reader.bits, MNI_PIECE_FLUSH_BITS);
    return reader;
}

static enum mni_entry read_end(mni_bit_reader *bits)
{
    if (mni_bit_reader_left(bits) > STEP_BITS_NEAR) {
        return MNI_ENTRY_MALFORMED;
    }
    return mni_read_bits(bits, (uint32_t)mni_bit_reader_left(bits)) == 0 ? MNI_ENTRY_END
                                                                         : MNI_ENTRY_MALFORMED;
}

static uint64_t read_step(mni_bit_reader *bits)
{
    if (mni_read_bits(bits, 1) == 0) {
        return mni_read_bits(bits, STEP_BITS_NEAR);
    }
    if (mni_read_bits(bits, 1) == 0) {
        return STEP_FAR + mni_read_bits(bits, STEP_BITS_FAR);
    }
    return STEP_FARTHER + mni_read_golomb(bits, STEP_ORDER);
}

enum mni_entry mni_piece_next(mni_piece_reader *reader, uint32_t *slot_out)
{
    mni_bit_reader *bits = &reader->bits;
    if (bits->failed) {
        return MNI_ENTRY_MALFORMED;
    }
    if (mni_bit_reader_left(bits) <= STEP_BITS_NEAR) {
        return read_end(bits);
    }
    uint64_t step = read_step(bits);
    if (step == 0) {
        return read_end(bits);
    }
    uint64_t slot = reader->next_slot + step - 1;
    if (bits->failed || slot >= MNI_PIECE_SLOTS_MAX) {
        return MNI_ENTRY_MALFORMED;
    }
    *slot_out = (uint32_t)slot;
    reader->next_slot = (uint32_t)slot + 1;
    if (mni_read_bits(bits, 1) == 0) {
        return MNI_ENTRY_UPDATE;
    }
    return mni_read_bits(bits, 1) == 0 ? MNI_ENTRY_STATE : MNI_ENTRY_GONE;
}

/* How old the named version is, in flushes: 1 to 65535. */
static bool read_age(mni_bit_reader *bits, uint16_t *age_out)
{
    uint64_t age = mni_read_golomb(bits, AGE_ORDER) + 1;
    *age_out = (uint16_t)age;
    return !bits->failed && age <= UINT16_MAX;
}

static bool read_version(mni_piece_reader *reader, uint16_t *version_out)
{
    uint16_t age = 0;
    bool is_good = mni_read_bits(&reader->bits, 1) != 0 || read_age(&reader->bits, &age);
    *version_out = (uint16_t)(reader->flush - age);
    return is_good && !reader->bits.failed;
}

bool mni_piece_read_state(mni_piece_reader *reader, const mni_kinds *kinds,
                          mni_piece_state *state_out)
{
    mni_bit_reader *bits = &reader->bits;
    uint64_t object = mni_read_golomb(bits, OBJECT_ORDER);
    *state_out = (mni_piece_state){
        .object = (uint32_t)object,
        .kind = (uint32_t)mni_read_bits(bits, kinds->bits),
    };
    bool has_owner = mni_read_bits(bits, 1) != 0;
    if (has_owner) {
        state_out->is_yours = mni_read_bits(bits, 1) != 0;
        if (state_out->is_yours) {
            state_out->is_character = mni_read_bits(bits, 1) != 0;
        } else {
            state_out->owner = (uint32_t)mni_read_bits(bits, OWNER_BITS);
        }
    }
    bool has_version = read_version(reader, &state_out->version);
    bool is_whole = !has_owner || state_out->is_yours || state_out->owner != 0;
    return has_version && object != 0 && object <= UINT32_MAX && state_out->kind < kinds->count &&
           is_whole;
}

bool mni_piece_read_update(mni_piece_reader *reader, uint16_t *baseline_out, uint16_t *version_out)
{
    if (mni_read_bits(&reader->bits, 1) == 0 && !read_age(&reader->bits, &reader->age)) {
        return false;
    }
    *baseline_out = (uint16_t)(reader->flush - reader->age);
    return read_version(reader, version_out) && *baseline_out != *version_out;
}

bool mni_piece_read_gone(mni_piece_reader *reader, uint32_t *reason_out)
{
    mni_bit_reader *bits = &reader->bits;
    *reason_out = MN_REASON_DESTROYED;
    if (mni_read_bits(bits, 1) != 0) {
        *reason_out = (uint32_t)mni_read_bits(bits, REASON_BITS);
    }
    return !bits->failed;
}
