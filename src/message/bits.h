/* SPDX-License-Identifier: MIT */
/*
 * Cursors over bits that cannot pass their end: the first bit is the lowest of the first byte. As
 * in base/bytes.h, what does not fit sets `failed`, and nothing is written, or zeros are read, from
 * then on. Both are plain values: a copy taken before a write takes the write back. The bytes
 * behind a writer are complete after every write, the last one padded with zeros; up to eight bytes
 * after it may be cleared.
 */
#ifndef MESSAGE_BITS_H
#define MESSAGE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bits value takes without leading zeros: 0 for 0, 64 at most. */
static inline uint32_t mni_bit_length(uint64_t value)
{
#if defined(__GNUC__)
    return value == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(value);
#else
    uint32_t length = 0;
    for (uint32_t step = 32; step > 0; step /= 2) {
        if (value >> step != 0) {
            value >>= step;
            length += step;
        }
    }
    return length + (uint32_t)value;
#endif
}

/* The index of the lowest bit that is set, in a value that is not 0. */
static inline uint32_t mni_bit_first(uint64_t value)
{
#if defined(__GNUC__)
    return (uint32_t)__builtin_ctzll(value);
#else
    return mni_bit_length(value & (0 - value)) - 1;
#endif
}

/* The lowest count bits; count is 0 to 64. */
static inline uint64_t mni_bit_mask(uint32_t count)
{
    return count == 0 ? 0 : UINT64_MAX >> (64 - count);
}

enum { MNI_BIT_CHUNK = 56 }; /* bits that fit a 64-bit word at any position in a byte */

/* Spelled out, so that compilers make one store and one load of them. */
static inline void mni_store_word(uint8_t *at, uint64_t word)
{
    at[0] = (uint8_t)word;
    at[1] = (uint8_t)(word >> 8);
    at[2] = (uint8_t)(word >> 16);
    at[3] = (uint8_t)(word >> 24);
    at[4] = (uint8_t)(word >> 32);
    at[5] = (uint8_t)(word >> 40);
    at[6] = (uint8_t)(word >> 48);
    at[7] = (uint8_t)(word >> 56);
}

static inline uint64_t mni_load_word(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

typedef struct mni_bit_writer {
    uint8_t *begin, *at, *end;
    uint64_t partial; /* the bits of the byte at `at` */
    uint32_t held;    /* how many these are: 0 to 7 */
    bool failed;      /* something did not fit; nothing more is written */
} mni_bit_writer;

mni_bit_writer mni_bit_writer_over(void *bytes, size_t capacity);
static inline size_t mni_bit_writer_count(const mni_bit_writer *writer) /* of bits so far */
{
    return (size_t)(writer->at - writer->begin) * 8 + writer->held;
}
static inline size_t mni_bit_writer_size(const mni_bit_writer *writer) /* in bytes, rounded up */
{
    return (size_t)(writer->at - writer->begin) + (writer->held != 0);
}
static inline size_t mni_bit_writer_left(const mni_bit_writer *writer) /* bits that still fit */
{
    return (size_t)(writer->end - writer->at) * 8 - writer->held;
}

void mni_write_bits_slowly(mni_bit_writer *writer, uint64_t value, uint32_t count);
/* The lowest count bits of value; count is 0 to 64, and the bits above it are ignored. */
static inline void mni_write_bits(mni_bit_writer *writer, uint64_t value, uint32_t count)
{
    if (count - 1 >= MNI_BIT_CHUNK || writer->end - writer->at < 8 || writer->failed) {
        mni_write_bits_slowly(writer, value, count);
        return;
    }
    uint64_t word = writer->partial | (value & UINT64_MAX >> (64 - count)) << writer->held;
    uint32_t held = writer->held + count;
    mni_store_word(writer->at, word);
    writer->at += held / 8;
    writer->partial = word >> (held & ~7U);
    writer->held = held & 7;
}

typedef struct mni_bit_reader {
    const uint8_t *bytes;
    size_t at, end; /* in bits */
    bool failed;    /* something was not there; zeros from now on */
} mni_bit_reader;

mni_bit_reader mni_bit_reader_over(const void *bytes, size_t size);
static inline size_t mni_bit_reader_left(const mni_bit_reader *reader) /* in bits */
{
    return reader->end - reader->at;
}

uint64_t mni_read_bits_slowly(mni_bit_reader *reader, uint32_t count);
static inline uint64_t mni_read_bits(mni_bit_reader *reader, uint32_t count) /* 0 to 64 */
{
    if (count > MNI_BIT_CHUNK || mni_bit_reader_left(reader) < 64 || reader->failed) {
        return mni_read_bits_slowly(reader, count);
    }
    uint64_t word = mni_load_word(reader->bytes + reader->at / 8) >> reader->at % 8;
    reader->at += count;
    return word & mni_bit_mask(count);
}

/* To the next whole byte, over zeros: that is all that the padding may be. */
void mni_write_padding(mni_bit_writer *writer);
void mni_read_padding(mni_bit_reader *reader);

/* Moves the next count bits of the reader to the writer. It fails on both when either is short. */
void mni_write_bits_from(mni_bit_writer *writer, mni_bit_reader *from, size_t count);

void mni_write_bit_bytes(mni_bit_writer *writer, const void *bytes, size_t size);
/* size bytes to bytes_out; when they are not there, nothing is written. */
void mni_read_bit_bytes(mni_bit_reader *reader, void *bytes_out, size_t size);

/*
 * Numbers of which small ones are the most frequent: the Exp-Golomb code of order k (J. Teuhola,
 * 1978; H.264, 9.1). value + 2^k has n + 1 + k bits: n zeros, a one, and the lower n + k of these
 * bits. value >> k is below MNI_GOLOMB_END; k is 0 to 32.
 */
#define MNI_GOLOMB_END UINT32_MAX
void mni_write_golomb(mni_bit_writer *writer, uint64_t value, uint32_t k);
uint64_t mni_read_golomb(mni_bit_reader *reader, uint32_t k);
static inline uint32_t mni_golomb_size(uint64_t value, uint32_t k) /* in bits */
{
    return 2 * mni_bit_length((value + (UINT64_C(1) << k)) | 1) - 1 - k;
}

#endif
