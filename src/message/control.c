/* SPDX-License-Identifier: MIT */
/* See control.h; docs/protocol_message.md has the bytes. */
#include "message/control.h"

#include "base/bytes.h"

uint32_t mni_control_write(const mni_control *control, uint8_t *bytes)
{
    mni_writer writer = mni_writer_over(bytes, MNI_CONTROL_SIZE_MAX);
    mni_write_u8(&writer, (uint8_t)control->kind);
    switch ((enum mni_control_kind)control->kind) {
    case MNI_CONTROL_ACCEPTED:
        mni_write_u32(&writer, control->player);
        mni_write_u64(&writer, control->server_us);
        break;
    case MNI_CONTROL_READY:
        break;
    case MNI_CONTROL_PING:
        mni_write_u64(&writer, control->client_us);
        break;
    case MNI_CONTROL_PONG:
        mni_write_u64(&writer, control->client_us);
        mni_write_u64(&writer, control->server_us);
        mni_write_varint(&writer, control->held_us);
        break;
    case MNI_CONTROL_TABLE:
        mni_write_u8(&writer, control->is_last != 0);
        break;
    }
    MNI_ASSERT(!writer.failed);
    return (uint32_t)mni_writer_size(&writer);
}

static void read_table(mni_reader *reader, mni_control *control)
{
    uint8_t flags = mni_read_u8(reader);
    control->is_last = flags & 1;
    control->size = (uint32_t)mni_reader_left(reader);
    control->data = mni_read_bytes(reader, control->size);
    /* Only the last one may be empty, so that nobody keeps the other waiting with nothings. */
    reader->failed |= flags > 1 || (control->size == 0 && control->is_last == 0);
}

bool mni_control_read(const uint8_t *bytes, uint32_t size, mni_control *control_out)
{
    mni_reader reader = mni_reader_over(bytes, size);
    mni_control control = {.kind = mni_read_u8(&reader)};
    switch (control.kind) {
    case MNI_CONTROL_ACCEPTED:
        control.player = mni_read_u32(&reader);
        control.server_us = mni_read_u64(&reader);
        reader.failed |= control.player == 0;
        break;
    case MNI_CONTROL_READY:
        break;
    case MNI_CONTROL_PING:
        control.client_us = mni_read_u64(&reader);
        break;
    case MNI_CONTROL_PONG:
        control.client_us = mni_read_u64(&reader);
        control.server_us = mni_read_u64(&reader);
        control.held_us = mni_read_varint(&reader);
        break;
    case MNI_CONTROL_TABLE:
        reader.failed |= size > MNI_TABLE_SIZE_MAX;
        read_table(&reader, &control);
        break;
    default:
        return false;
    }
    if (reader.failed || mni_reader_left(&reader) > 0) {
        return false;
    }
    *control_out = control;
    return true;
}
