/* SPDX-License-Identifier: MIT */
/*
 * Every function here is the same walk, over the leaves of the fields in a mask and the runs of
 * each leaf, with something else done to a run. Absolute values travel in their fixed number of
 * bits, or, where small ones are frequent, as residuals against zero; differences travel as
 * residuals against the baseline. A run that can be unchanged while its field is not has a bit in
 * front that says so.
 */
#include "message/codec.h"

#include "message/residual.h"
#include "message/utf8.h"

#include <string.h>

/* How many elements are present, by a count that has been made canonical before. */
static uint32_t present(const mni_leaf *leaf, const uint8_t *canonical)
{
    if (leaf->presence == MNI_PRESENT) {
        return leaf->count;
    }
    uint16_t count;
    memcpy(&count, canonical + leaf->count_offset, sizeof count);
    if (leaf->presence == MNI_PRESENT_FIRST) {
        return (uint32_t)count * leaf->lanes;
    }
    return count > leaf->count_above ? leaf->count : 0;
}

static uint32_t shorter(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void quantise_leaf(const mni_leaf *leaf, const uint8_t *raw, uint8_t *out)
{
    uint32_t count = present(leaf, out);
    const uint8_t *from = raw + leaf->offset;
    uint8_t *to = out + leaf->offset;
    if (leaf->form == MNI_FORM_BYTES) {
        memcpy(to, from, (size_t)count * leaf->size);
    } else if (leaf->form == MNI_FORM_TEXT) {
        for (uint32_t i = 0; i < count; i++) {
            size_t at = (size_t)i * leaf->size;
            size_t length = mni_utf8_length(from + at, leaf->size - 1);
            memcpy(to + at, from + at, length);
            memset(to + at + length, 0, leaf->size - length);
        }
    } else {
        for (uint32_t i = 0; i < count; i += leaf->run) {
            uint64_t quanta[MNI_RUN_MAX];
            uint32_t run = shorter(leaf->run, count - i);
            (void)mni_leaf_load(leaf, from + (size_t)i * leaf->size, run, quanta);
            mni_leaf_store(leaf, quanta, run, to + (size_t)i * leaf->size);
        }
    }
    if (count < leaf->count) {
        memset(to + (size_t)count * leaf->size, 0, (size_t)(leaf->count - count) * leaf->size);
    }
}

void mni_layout_quantise(const mni_layout *layout, uint64_t mask, const void *raw,
                         void *canonical_out)
{
    for (mask &= mni_layout_mask(layout); mask != 0; mask &= mask - 1) {
        const mni_layout_field *field = &layout->fields[mni_bit_first(mask)];
        for (uint32_t i = 0; i < field->leaf_count; i++) {
            quantise_leaf(&layout->leaves[field->first_leaf + i], raw, canonical_out);
        }
    }
}

static bool leaf_differs(const mni_leaf *leaf, const uint8_t *a, const uint8_t *b)
{
    return memcmp(a + leaf->offset, b + leaf->offset, (size_t)leaf->size * leaf->count) != 0;
}

uint64_t mni_layout_changed(const mni_layout *layout, uint64_t mask, const void *a, const void *b)
{
    uint64_t changed = 0;
    for (mask &= mni_layout_mask(layout); mask != 0; mask &= mask - 1) {
        uint32_t index = mni_bit_first(mask);
        const mni_layout_field *field = &layout->fields[index];
        for (uint32_t i = 0; i < field->leaf_count; i++) {
            if (leaf_differs(&layout->leaves[field->first_leaf + i], a, b)) {
                changed |= UINT64_C(1) << index;
                break;
            }
        }
    }
    return changed;
}

static void digest_leaf(const mni_leaf *leaf, const uint8_t *canonical, mni_hash *hash)
{
    uint32_t count = present(leaf, canonical);
    const uint8_t *from = canonical + leaf->offset;
    if (leaf->form == MNI_FORM_BYTES || leaf->form == MNI_FORM_TEXT) {
        mni_hash_add(hash, from, (size_t)count * leaf->size);
        return;
    }
    for (uint32_t i = 0; i < count; i += leaf->run) {
        uint64_t quanta[MNI_RUN_MAX];
        uint32_t run = shorter(leaf->run, count - i);
        uint32_t numbers = mni_leaf_load(leaf, from + (size_t)i * leaf->size, run, quanta);
        for (uint32_t j = 0; j < numbers; j++) {
            mni_hash_add_u64(hash, quanta[j]);
        }
    }
}

void mni_layout_digest(const mni_layout *layout, uint64_t mask, const void *canonical,
                       mni_hash *hash)
{
    for (mask &= mni_layout_mask(layout); mask != 0; mask &= mask - 1) {
        const mni_layout_field *field = &layout->fields[mni_bit_first(mask)];
        for (uint32_t i = 0; i < field->leaf_count; i++) {
            digest_leaf(&layout->leaves[field->first_leaf + i], canonical, hash);
        }
    }
}

/* Of angles, the shorter way round the circle: its middle is put where the reference lies. */
static uint64_t fold(const mni_leaf *leaf, uint64_t quantum, uint64_t reference)
{
    if (leaf->form != MNI_FORM_ANGLE) {
        return mni_residual_fold(quantum, reference, leaf->limit);
    }
    uint64_t middle = (leaf->limit + 1) / 2;
    return mni_residual_fold((quantum - reference + middle) & leaf->limit, middle, leaf->limit);
}

static uint64_t unfold(const mni_leaf *leaf, uint64_t residual, uint64_t reference)
{
    if (leaf->form != MNI_FORM_ANGLE) {
        return mni_residual_unfold(residual, reference, leaf->limit);
    }
    uint64_t middle = (leaf->limit + 1) / 2;
    uint64_t turned = mni_residual_unfold(residual, middle, leaf->limit);
    return turned > leaf->limit ? turned : (turned - middle + reference) & leaf->limit;
}

static void encode_plainly(const mni_leaf *leaf, const uint64_t *quanta, uint32_t count,
                           mni_bit_writer *writer)
{
    for (uint32_t i = 0; i < count; i++) {
        mni_write_bits(writer, quanta[i], leaf->bits);
    }
}

static void decode_plainly(const mni_leaf *leaf, uint64_t *quanta_out, uint32_t count,
                           mni_bit_reader *reader)
{
    for (uint32_t i = 0; i < count; i++) {
        quanta_out[i] = mni_read_bits(reader, leaf->bits);
    }
}

static void encode_residuals(const mni_leaf *leaf, const uint64_t *quanta,
                             const uint64_t *references, uint32_t count, mni_bit_writer *writer)
{
    uint64_t residuals[MNI_RUN_MAX];
    for (uint32_t i = 0; i < count; i++) {
        residuals[i] = fold(leaf, quanta[i], references[i]);
    }
    mni_write_residuals(writer, residuals, count, leaf->bits);
}

static void decode_residuals(const mni_leaf *leaf, uint64_t *quanta_out, const uint64_t *references,
                             uint32_t count, mni_bit_reader *reader)
{
    uint64_t residuals[MNI_RUN_MAX];
    mni_read_residuals(reader, residuals, count, leaf->bits);
    for (uint32_t i = 0; i < count; i++) {
        quanta_out[i] = unfold(leaf, residuals[i], references[i]);
    }
}

/* Differences of the three mean something only while the same component is left out. */
static void encode_quaternion(const mni_leaf *leaf, const uint64_t *quanta,
                              const uint64_t *references, mni_bit_writer *writer)
{
    bool is_same = references != NULL && quanta[0] == references[0];
    if (references != NULL) {
        mni_write_bits(writer, is_same, 1);
    }
    if (is_same) {
        encode_residuals(leaf, quanta + 1, references + 1, 3, writer);
    } else {
        mni_write_bits(writer, quanta[0], 2);
        encode_plainly(leaf, quanta + 1, 3, writer);
    }
}

static void decode_quaternion(const mni_leaf *leaf, uint64_t *quanta_out,
                              const uint64_t *references, mni_bit_reader *reader)
{
    if (references != NULL && mni_read_bits(reader, 1) != 0) {
        quanta_out[0] = references[0];
        decode_residuals(leaf, quanta_out + 1, references + 1, 3, reader);
    } else {
        quanta_out[0] = mni_read_bits(reader, 2);
        decode_plainly(leaf, quanta_out + 1, 3, reader);
    }
}

/* What numbers are residuals to: those of the baseline, or zeros, or nothing. */
static const uint64_t *load_references(const mni_leaf *leaf, const uint8_t *baseline,
                                       uint32_t count, uint64_t *references_out)
{
    if (baseline != NULL) {
        (void)mni_leaf_load(leaf, baseline, count, references_out);
        return references_out;
    }
    if (!leaf->is_small) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        references_out[i] = leaf->origin;
    }
    return references_out;
}

static void encode_numbers(const mni_leaf *leaf, uint32_t count, const uint8_t *at,
                           const uint8_t *baseline, mni_bit_writer *writer)
{
    uint64_t quanta[MNI_RUN_MAX];
    uint64_t store[MNI_RUN_MAX];
    (void)mni_leaf_load(leaf, at, count, quanta);
    const uint64_t *references = load_references(leaf, baseline, count, store);
    if (leaf->form == MNI_FORM_QUATERNION) {
        encode_quaternion(leaf, quanta, references, writer);
    } else if (references != NULL) {
        encode_residuals(leaf, quanta, references, count, writer);
    } else {
        encode_plainly(leaf, quanta, count, writer);
    }
}

static bool decode_numbers(const mni_leaf *leaf, uint32_t count, const uint8_t *baseline,
                           mni_bit_reader *reader, uint8_t *out)
{
    uint64_t quanta[MNI_RUN_MAX];
    uint64_t store[MNI_RUN_MAX];
    const uint64_t *references = load_references(leaf, baseline, count, store);
    if (leaf->form == MNI_FORM_QUATERNION) {
        decode_quaternion(leaf, quanta, references, reader);
    } else if (references != NULL) {
        decode_residuals(leaf, quanta, references, count, reader);
    } else {
        decode_plainly(leaf, quanta, count, reader);
    }
    if (reader->failed || !mni_leaf_accepts(leaf, quanta, count)) {
        return false;
    }
    mni_leaf_store(leaf, quanta, count, out);
    return true;
}

static void encode_text(const mni_leaf *leaf, const uint8_t *at, mni_bit_writer *writer)
{
    uint32_t length = 0;
    while (at[length] != 0) { /* a canonical one ends within its size */
        length++;
    }
    mni_write_bits(writer, length, leaf->bits);
    mni_write_bit_bytes(writer, at, length);
}

static bool decode_text(const mni_leaf *leaf, mni_bit_reader *reader, uint8_t *out)
{
    uint64_t length = mni_read_bits(reader, leaf->bits);
    if (length > leaf->limit) {
        return false;
    }
    memset(out, 0, leaf->size);
    mni_read_bit_bytes(reader, out, (size_t)length);
    return !reader->failed && mni_utf8_length(out, (size_t)length) == length;
}

/* One run: elements that are coded together, of bytes all that are present. */
static void encode_run(const mni_leaf *leaf, uint32_t count, const uint8_t *at,
                       const uint8_t *baseline, mni_bit_writer *writer)
{
    size_t size = (size_t)count * leaf->size;
    if (leaf->is_part && baseline != NULL) {
        bool is_changed = memcmp(at, baseline, size) != 0;
        mni_write_bits(writer, is_changed, 1);
        if (!is_changed) {
            return;
        }
    }
    if (leaf->form == MNI_FORM_BYTES) {
        mni_write_bit_bytes(writer, at, size);
    } else if (leaf->form == MNI_FORM_TEXT) {
        encode_text(leaf, at, writer);
    } else {
        encode_numbers(leaf, count, at, baseline, writer);
    }
}

static bool decode_run(const mni_leaf *leaf, uint32_t count, const uint8_t *baseline,
                       mni_bit_reader *reader, uint8_t *out)
{
    size_t size = (size_t)count * leaf->size;
    if (leaf->is_part && baseline != NULL && mni_read_bits(reader, 1) == 0) {
        memcpy(out, baseline, size);
        return !reader->failed;
    }
    if (leaf->form == MNI_FORM_BYTES) {
        mni_read_bit_bytes(reader, out, size);
        return !reader->failed;
    }
    if (leaf->form == MNI_FORM_TEXT) {
        return decode_text(leaf, reader, out);
    }
    return decode_numbers(leaf, count, baseline, reader, out);
}

/* A run that the baseline does not have, or not all of it, travels absolutely. */
static void encode_leaf(const mni_leaf *leaf, const uint8_t *canonical, const uint8_t *baseline,
                        mni_bit_writer *writer)
{
    uint32_t count = present(leaf, canonical);
    uint32_t known = baseline != NULL ? present(leaf, baseline) : 0;
    uint32_t step = leaf->form == MNI_FORM_BYTES ? leaf->count : leaf->run;
    for (uint32_t i = 0; i < count; i += step) {
        size_t at = leaf->offset + (size_t)i * leaf->size;
        uint32_t run = shorter(step, count - i);
        encode_run(leaf, run, canonical + at, i + run <= known ? baseline + at : NULL, writer);
    }
}

static bool decode_leaf(const mni_leaf *leaf, const uint8_t *baseline, mni_bit_reader *reader,
                        uint8_t *out)
{
    uint32_t count = present(leaf, out);
    uint32_t known = baseline != NULL ? present(leaf, baseline) : 0;
    uint32_t step = leaf->form == MNI_FORM_BYTES ? leaf->count : leaf->run;
    for (uint32_t i = 0; i < count; i += step) {
        size_t at = leaf->offset + (size_t)i * leaf->size;
        uint32_t run = shorter(step, count - i);
        if (!decode_run(leaf, run, i + run <= known ? baseline + at : NULL, reader, out + at)) {
            return false;
        }
    }
    memset(out + leaf->offset + (size_t)count * leaf->size, 0,
           (size_t)(leaf->count - count) * leaf->size);
    return true;
}

void mni_layout_encode(const mni_layout *layout, uint64_t mask, const void *canonical,
                       const void *baseline, mni_bit_writer *writer)
{
    for (mask &= mni_layout_mask(layout); mask != 0; mask &= mask - 1) {
        const mni_layout_field *field = &layout->fields[mni_bit_first(mask)];
        for (uint32_t i = 0; i < field->leaf_count; i++) {
            encode_leaf(&layout->leaves[field->first_leaf + i], canonical, baseline, writer);
        }
    }
}

bool mni_layout_decode(const mni_layout *layout, uint64_t mask, const void *baseline,
                       mni_bit_reader *reader, void *out)
{
    for (mask &= mni_layout_mask(layout); mask != 0; mask &= mask - 1) {
        const mni_layout_field *field = &layout->fields[mni_bit_first(mask)];
        for (uint32_t i = 0; i < field->leaf_count; i++) {
            if (!decode_leaf(&layout->leaves[field->first_leaf + i], baseline, reader, out)) {
                return false;
            }
        }
    }
    return true;
}

static uint32_t mask_block(uint32_t count)
{
    return count <= 6 ? count : count <= 32 ? 4 : 8;
}

void mni_write_field_mask(mni_bit_writer *writer, uint64_t mask, uint32_t count)
{
    uint32_t block = mask_block(count);
    mask &= mni_bit_mask(count);
    for (uint32_t i = 0; block < count && i < count; i += block) {
        mni_write_bits(writer, (mask >> i & mni_bit_mask(block)) != 0, 1);
    }
    for (uint32_t i = 0; i < count; i += block) {
        uint64_t bits = mask >> i & mni_bit_mask(block);
        if (bits != 0 || block == count) {
            mni_write_bits(writer, bits, shorter(block, count - i));
        }
    }
}

uint64_t mni_read_field_mask(mni_bit_reader *reader, uint32_t count)
{
    uint32_t block = mask_block(count);
    if (block == count) {
        return mni_read_bits(reader, count);
    }
    uint64_t blocks = mni_read_bits(reader, (count + block - 1) / block);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < count; i += block, blocks >>= 1) {
        if ((blocks & 1) != 0) {
            uint64_t bits = mni_read_bits(reader, shorter(block, count - i));
            reader->failed = reader->failed || bits == 0; /* the block bit would be 0 */
            mask |= bits << i;
        }
    }
    return reader->failed ? 0 : mask;
}

uint32_t mni_field_mask_max_bits(uint32_t count)
{
    uint32_t block = mask_block(count);
    return block == count ? count : count + (count + block - 1) / block;
}
