/* SPDX-License-Identifier: MIT */
/*
 * Cursors over bytes that cannot pass their end. Reading past it, or a non-canonical varint, sets
 * `failed` and yields zeros from then on, so that a parser checks once, at its end. Integers are
 * little-endian; a varint is 7 bits a byte, low bits first, high bit set while more follow, at most
 * ten bytes, and the shortest form is the only valid one.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Written out, because compilers know these expressions for one load or store, and loops not. */
static inline uint16_t mni_load_u16(const uint8_t bytes[2])
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t mni_load_u32(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static inline uint64_t mni_load_u64(const uint8_t bytes[8])
{
    return mni_load_u32(bytes) | (uint64_t)mni_load_u32(bytes + 4) << 32;
}

static inline void mni_store_u16(uint8_t bytes[2], uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static inline void mni_store_u32(uint8_t bytes[4], uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

static inline void mni_store_u64(uint8_t bytes[8], uint64_t value)
{
    mni_store_u32(bytes, (uint32_t)value);
    mni_store_u32(bytes + 4, (uint32_t)(value >> 32));
}

typedef struct mni_reader {
    const uint8_t *at, *end;
    bool failed;
} mni_reader;

mni_reader mni_reader_over(const void *bytes, size_t size);
uint64_t mni_read_varint(mni_reader *reader);

static inline size_t mni_reader_left(const mni_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* The next size bytes in place, or NULL (and failed). size 0 gives a pointer that is not NULL. */
static inline const uint8_t *mni_read_bytes(mni_reader *reader, uint64_t size)
{
    if (reader->failed || size > mni_reader_left(reader)) {
        reader->failed = true;
        reader->at = reader->end;
        return NULL;
    }
    const uint8_t *bytes = reader->at;
    reader->at += size;
    return bytes;
}

static inline uint8_t mni_read_u8(mni_reader *reader)
{
    const uint8_t *bytes = mni_read_bytes(reader, 1);
    return bytes != NULL ? bytes[0] : 0;
}

static inline uint16_t mni_read_u16(mni_reader *reader)
{
    const uint8_t *bytes = mni_read_bytes(reader, 2);
    return bytes != NULL ? mni_load_u16(bytes) : 0;
}

static inline uint32_t mni_read_u32(mni_reader *reader)
{
    const uint8_t *bytes = mni_read_bytes(reader, 4);
    return bytes != NULL ? mni_load_u32(bytes) : 0;
}

static inline uint64_t mni_read_u64(mni_reader *reader)
{
    const uint8_t *bytes = mni_read_bytes(reader, 8);
    return bytes != NULL ? mni_load_u64(bytes) : 0;
}

typedef struct mni_writer {
    uint8_t *begin, *at, *end;
    bool failed; /* something did not fit; nothing more is written */
} mni_writer;

mni_writer mni_writer_over(void *bytes, size_t capacity);
void mni_write_varint(mni_writer *writer, uint64_t value);
uint32_t mni_varint_size(uint64_t value);

static inline size_t mni_writer_size(const mni_writer *writer)
{
    return (size_t)(writer->at - writer->begin);
}

static inline size_t mni_writer_left(const mni_writer *writer)
{
    return (size_t)(writer->end - writer->at);
}

/* Where the next size bytes are to be written, or NULL (and failed). */
static inline uint8_t *mni_write_place(mni_writer *writer, size_t size)
{
    if (writer->failed || size > mni_writer_left(writer)) {
        writer->failed = true;
        return NULL;
    }
    uint8_t *bytes = writer->at;
    writer->at += size;
    return bytes;
}

static inline void mni_write_bytes(mni_writer *writer, const void *bytes, size_t size)
{
    uint8_t *at = size > 0 ? mni_write_place(writer, size) : NULL; /* else there may be no place */
    if (at != NULL) {
        memcpy(at, bytes, size);
    }
}

static inline void mni_write_u8(mni_writer *writer, uint8_t value)
{
    uint8_t *bytes = mni_write_place(writer, 1);
    if (bytes != NULL) {
        bytes[0] = value;
    }
}

static inline void mni_write_u16(mni_writer *writer, uint16_t value)
{
    uint8_t *bytes = mni_write_place(writer, 2);
    if (bytes != NULL) {
        mni_store_u16(bytes, value);
    }
}

static inline void mni_write_u32(mni_writer *writer, uint32_t value)
{
    uint8_t *bytes = mni_write_place(writer, 4);
    if (bytes != NULL) {
        mni_store_u32(bytes, value);
    }
}

static inline void mni_write_u64(mni_writer *writer, uint64_t value)
{
    uint8_t *bytes = mni_write_place(writer, 8);
    if (bytes != NULL) {
        mni_store_u64(bytes, value);
    }
}

#endif
