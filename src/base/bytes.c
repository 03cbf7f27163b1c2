/* SPDX-License-Identifier: MIT */
/*
 * Every read and write goes through one function that asks whether the bytes are there. A reader
 * that failed stands at its end, so that a loop over what is left ends too. A writer keeps its end
 * when it fails: whoever takes back what did not fit can go on with something smaller.
 */
#include "base/bytes.h"

enum { VARINT_MAX = 10 };

mni_reader mni_reader_over(const void *bytes, size_t size)
{
    static const uint8_t nothing[1];
    const uint8_t *begin = size > 0 ? bytes : nothing;
    return (mni_reader){.at = begin, .end = begin + size};
}

uint64_t mni_read_varint(mni_reader *reader)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < VARINT_MAX; i++) {
        uint8_t byte = mni_read_u8(reader);
        if (reader->failed) {
            return 0;
        }
        /* A last byte of zero adds nothing: a shorter form exists. Of the tenth byte, one bit is
           left. */
        bool is_last = byte < 0x80;
        if ((is_last && byte == 0 && i > 0) || (i == VARINT_MAX - 1 && byte > 1)) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (is_last) {
            return value;
        }
    }
    reader->failed = true;
    reader->at = reader->end;
    return 0;
}

mni_writer mni_writer_over(void *bytes, size_t capacity)
{
    uint8_t *begin = bytes;
    return (mni_writer){
        .begin = begin,
        .at = begin,
        .end = capacity > 0 ? begin + capacity : begin, /* NULL + 0 is undefined */
    };
}

void mni_write_varint(mni_writer *writer, uint64_t value)
{
    uint32_t size = mni_varint_size(value);
    uint8_t *bytes = mni_write_place(writer, size);
    for (uint32_t i = 0; bytes != NULL && i < size; i++) {
        uint8_t more = i + 1 < size ? 0x80 : 0;
        bytes[i] = (uint8_t)(((value >> (7 * i)) & 0x7f) | more);
    }
}

uint32_t mni_varint_size(uint64_t value)
{
    uint32_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}
