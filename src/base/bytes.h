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

static inline uint64_t mni_load_u64(const uint8_t bytes[8]) /* little-endian */
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < 8; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

typedef struct mni_reader {
    const uint8_t *at, *end;
    bool failed;
} mni_reader;

mni_reader mni_reader_over(const void *bytes, size_t size);
uint8_t mni_read_u8(mni_reader *reader);
uint16_t mni_read_u16(mni_reader *reader);
uint32_t mni_read_u32(mni_reader *reader);
uint64_t mni_read_u64(mni_reader *reader);
uint64_t mni_read_varint(mni_reader *reader);
/* The next size bytes in place, or NULL (and failed). size 0 gives a pointer that is not NULL. */
const uint8_t *mni_read_bytes(mni_reader *reader, uint64_t size);
static inline size_t mni_reader_left(const mni_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

typedef struct mni_writer {
    uint8_t *begin, *at, *end;
    bool failed; /* something did not fit; nothing more is written */
} mni_writer;

mni_writer mni_writer_over(void *bytes, size_t capacity);
void mni_write_u8(mni_writer *writer, uint8_t value);
void mni_write_u16(mni_writer *writer, uint16_t value);
void mni_write_u32(mni_writer *writer, uint32_t value);
void mni_write_u64(mni_writer *writer, uint64_t value);
void mni_write_varint(mni_writer *writer, uint64_t value);
void mni_write_bytes(mni_writer *writer, const void *bytes, size_t size);
uint32_t mni_varint_size(uint64_t value);
static inline size_t mni_writer_size(const mni_writer *writer)
{
    return (size_t)(writer->at - writer->begin);
}
static inline size_t mni_writer_left(const mni_writer *writer)
{
    return (size_t)(writer->end - writer->at);
}

#endif
