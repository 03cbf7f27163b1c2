/* SPDX-License-Identifier: MIT */
/*
 * The writer keeps the bits of its unfinished byte in a register and stores eight bytes at a time;
 * the reader loads eight bytes from wherever its position lies. Only within eight bytes of the end
 * do both go byte by byte.
 */
#include "message/bits.h"

#include "base/assert.h"

#include <string.h>

enum { CHUNK = MNI_BIT_CHUNK };

static void store(uint8_t *at, uint64_t word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(word >> 8 * i);
    }
}

mni_bit_writer mni_bit_writer_over(void *bytes, size_t capacity)
{
    uint8_t *begin = bytes;
    return (mni_bit_writer){
        .begin = begin, .at = begin, .end = capacity == 0 ? begin : begin + capacity};
}

static void write_chunk(mni_bit_writer *writer, uint64_t value, uint32_t count)
{
    uint64_t word = writer->partial | value << writer->held;
    uint32_t held = writer->held + count;
    if (writer->end - writer->at >= 8) {
        mni_store_word(writer->at, word);
    } else {
        store(writer->at, word, (held + 7) / 8);
    }
    writer->at += held / 8;
    writer->partial = word >> (held & ~7U);
    writer->held = held & 7;
}

void mni_write_bits_slowly(mni_bit_writer *writer, uint64_t value, uint32_t count)
{
    MNI_ASSERT(count <= 64);
    if (writer->failed || count > mni_bit_writer_left(writer)) {
        writer->failed = true;
        return;
    }
    value &= mni_bit_mask(count);
    if (count > CHUNK) {
        write_chunk(writer, value & mni_bit_mask(CHUNK), CHUNK);
        value >>= CHUNK;
        count -= CHUNK;
    }
    if (count > 0) {
        write_chunk(writer, value, count);
    }
}

mni_bit_reader mni_bit_reader_over(const void *bytes, size_t size)
{
    return (mni_bit_reader){.bytes = bytes, .end = size * 8};
}

/* At least 57 bits from the position on, zeros after the end. */
static uint64_t peek(const mni_bit_reader *reader)
{
    const uint8_t *at = reader->bytes + reader->at / 8;
    size_t left = (reader->end + 7) / 8 - reader->at / 8;
    uint64_t word = 0;
    if (left >= 8) {
        word = mni_load_word(at);
    } else {
        for (size_t i = 0; i < left; i++) {
            word |= (uint64_t)at[i] << 8 * i;
        }
    }
    return word >> reader->at % 8;
}

static uint64_t read_chunk(mni_bit_reader *reader, uint32_t count)
{
    uint64_t value = peek(reader) & mni_bit_mask(count);
    reader->at += count;
    return value;
}

uint64_t mni_read_bits_slowly(mni_bit_reader *reader, uint32_t count)
{
    MNI_ASSERT(count <= 64);
    if (reader->failed || count > mni_bit_reader_left(reader)) {
        reader->failed = true;
        return 0;
    }
    if (count == 0) {
        return 0;
    }
    if (count <= CHUNK) {
        return read_chunk(reader, count);
    }
    uint64_t value = read_chunk(reader, CHUNK);
    return value | read_chunk(reader, count - CHUNK) << CHUNK;
}

void mni_write_padding(mni_bit_writer *writer)
{
    mni_write_bits(writer, 0, (8 - writer->held) % 8);
}

void mni_read_padding(mni_bit_reader *reader)
{
    uint32_t count = (uint32_t)((8 - reader->at % 8) % 8);
    if (mni_read_bits(reader, count) != 0) {
        reader->failed = true;
    }
}

void mni_write_bits_from(mni_bit_writer *writer, mni_bit_reader *from, size_t count)
{
    if (writer->failed || from->failed || count > mni_bit_writer_left(writer) ||
        count > mni_bit_reader_left(from)) {
        writer->failed = true;
        from->failed = true;
        return;
    }
    for (; count > CHUNK; count -= CHUNK) {
        write_chunk(writer, read_chunk(from, CHUNK), CHUNK);
    }
    if (count > 0) {
        write_chunk(writer, read_chunk(from, (uint32_t)count), (uint32_t)count);
    }
}

void mni_write_bit_bytes(mni_bit_writer *writer, const void *bytes, size_t size)
{
    if (size == 0) {
        return;
    }
    if (size > SIZE_MAX / 8) {
        writer->failed = true;
        return;
    }
    mni_bit_reader from = mni_bit_reader_over(bytes, size);
    mni_write_bits_from(writer, &from, size * 8);
}

void mni_read_bit_bytes(mni_bit_reader *reader, void *bytes_out, size_t size)
{
    if (reader->failed || size > mni_bit_reader_left(reader) / 8) {
        reader->failed = true;
        return;
    }
    uint8_t *out = bytes_out;
    for (; size >= 7; size -= 7, out += 7) {
        store(out, read_chunk(reader, CHUNK), 7);
    }
    for (; size > 0; size--, out++) {
        *out = (uint8_t)read_chunk(reader, 8);
    }
}

void mni_write_golomb(mni_bit_writer *writer, uint64_t value, uint32_t k)
{
    MNI_ASSERT(k <= 32 && value >> k < MNI_GOLOMB_END);
    uint64_t raised = value + (UINT64_C(1) << k);
    uint32_t lower = mni_bit_length(raised | 1) - 1;
    uint32_t zeros = lower - k;
    raised &= mni_bit_mask(lower);
    if (zeros + 1 + lower <= CHUNK) {
        mni_write_bits(writer, (raised << 1 | 1) << zeros, zeros + 1 + lower);
    } else if (zeros + 1 + lower > mni_bit_writer_left(writer)) {
        writer->failed = true; /* before a part of it is written */
    } else {
        mni_write_bits(writer, UINT64_C(1) << zeros, zeros + 1);
        mni_write_bits(writer, raised, lower);
    }
}

uint64_t mni_read_golomb(mni_bit_reader *reader, uint32_t k)
{
    MNI_ASSERT(k <= 32);
    uint64_t word = !reader->failed && reader->at < reader->end ? peek(reader) : 0;
    uint32_t zeros = word != 0 ? mni_bit_first(word) : 64;
    if (zeros > 31 || 2 * zeros + 1 + k > mni_bit_reader_left(reader)) {
        reader->failed = true;
        return 0;
    }
    reader->at += zeros + 1;
    uint64_t raised = mni_read_bits(reader, zeros + k) | UINT64_C(1) << (zeros + k);
    return raised - (UINT64_C(1) << k);
}
