/* SPDX-License-Identifier: MIT */
/* A struct goes through its canonical copy, so that counts are within limits before they are used.
   */
#include "message/payload.h"

#include "message/codec.h"

#include <string.h>

void mni_payload_encode(const mni_layout *layout, const void *value, void *scratch,
                        mni_writer *writer)
{
    if (writer->failed || layout->size == 0) {
        return;
    }
    memset(scratch, 0, layout->size);
    mni_layout_quantise(layout, UINT64_MAX, value, scratch);
    mni_bit_writer bits = mni_bit_writer_over(writer->at, mni_writer_left(writer));
    mni_layout_encode(layout, UINT64_MAX, scratch, NULL, &bits);
    if (bits.failed) {
        writer->failed = true;
        return;
    }
    writer->at += mni_bit_writer_size(&bits);
}

bool mni_payload_decode(const mni_layout *layout, const void *bytes, uint32_t size, void *value_out)
{
    if (layout->size == 0) {
        return size == 0;
    }
    memset(value_out, 0, layout->size);
    mni_bit_reader reader = mni_bit_reader_over(bytes, size);
    if (!mni_layout_decode(layout, UINT64_MAX, NULL, &reader, value_out)) {
        return false;
    }
    mni_read_padding(&reader);
    return !reader.failed && mni_bit_reader_left(&reader) == 0;
}

mn_result mni_message_check(const mni_message_type *type, const void *value, uint32_t size)
{
    if (value == NULL && size > 0) {
        return MN_ERROR_ARGUMENT;
    }
    if (type->size != 0) {
        return size == type->size ? MN_OK : MN_ERROR_ARGUMENT;
    }
    return size <= type->max_size ? MN_OK : MN_ERROR_TOO_LARGE;
}

void mni_message_encode(const mni_message_type *type, const void *value, uint32_t size,
                        void *scratch, mni_writer *writer)
{
    if (type->size != 0) {
        mni_payload_encode(&type->layout, value, scratch, writer);
    } else if (size > 0) {
        mni_write_bytes(writer, value, size);
    }
}

const void *mni_message_decode(const mni_message_type *type, const void *bytes, uint32_t size,
                               void *scratch)
{
    if (type->size == 0) {
        return size <= type->max_size ? bytes : NULL;
    }
    return mni_payload_decode(&type->layout, bytes, size, scratch) ? scratch : NULL;
}
