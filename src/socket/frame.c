/* SPDX-License-Identifier: MIT */
/*
 * The head: kind in the upper three bits, length in the lower five. Lengths from 30 on go on in one
 * byte, from 286 on in two, counted from there, so that no length has two forms.
 */
#include "socket/frame.h"

#include "base/how.h"
#include "socket/cover.h"
#include "socket/peer.h"

#include <string.h>

enum { /* 0 is reserved */
       KIND_UNRELIABLE = 1,
       KIND_RELIABLE = 2,
       KIND_NOTIFY = 3,
       KIND_RIDER = 4,
       KIND_MESSAGE = 5, /* with mode and channel: all that the short kinds cannot say */
       KIND_CONTROL = 6,
       KIND_PIECE = 7
};

enum { CONTROL_PING = 1, CONTROL_CREDIT = 2, CONTROL_CLOSE = 3, CONTROL_PAYLOAD = 4 };

enum { LENGTH_ONE = 30, LENGTH_TWO = 31, TWO_FROM = 286 };

static uint32_t head_size(uint32_t length)
{
    return length < LENGTH_ONE ? 1 : length < TWO_FROM ? 2 : 3;
}

static void write_head(mni_writer *writer, uint32_t kind, uint32_t length)
{
    if (length < LENGTH_ONE) {
        mni_write_u8(writer, (uint8_t)(kind << 5 | length));
    } else if (length < TWO_FROM) {
        mni_write_u8(writer, (uint8_t)(kind << 5 | LENGTH_ONE));
        mni_write_u8(writer, (uint8_t)(length - LENGTH_ONE));
    } else {
        mni_write_u8(writer, (uint8_t)(kind << 5 | LENGTH_TWO));
        mni_write_u16(writer, (uint16_t)(length - TWO_FROM));
    }
}

static uint32_t read_head(mni_reader *reader, uint32_t *length_out)
{
    uint32_t head = mni_read_u8(reader);
    uint32_t length = head & 31;
    if (length == LENGTH_ONE) {
        length = LENGTH_ONE + mni_read_u8(reader);
    } else if (length == LENGTH_TWO) {
        length = TWO_FROM + mni_read_u16(reader);
    }
    *length_out = length;
    return head >> 5;
}

/* The short kind of a mode on a channel, 0 where there is none. */
static uint32_t short_kind(uint8_t mode, uint8_t channel)
{
    if (channel > 0) {
        return 0;
    }
    return mode == MN_UNRELIABLE ? KIND_UNRELIABLE
           : mode == MN_RELIABLE ? KIND_RELIABLE
           : mode == MN_NOTIFY   ? KIND_NOTIFY
                                 : 0;
}

static bool has_sequence(uint8_t mode)
{
    return mni_mode_is_reliable(mode) || mode == MN_SEQUENCED;
}

static bool read_control(mni_reader *reader, uint32_t length, mni_frame *frame)
{
    const uint8_t *bytes = mni_read_bytes(reader, length);
    if (bytes == NULL) {
        return false;
    }
    mni_reader body = mni_reader_over(bytes, length);
    switch (mni_read_u8(&body)) {
    case CONTROL_PING:
        frame->kind = MNI_FRAME_PING;
        break;
    case CONTROL_CREDIT:
        frame->kind = MNI_FRAME_CREDIT;
        frame->limit = mni_read_varint(&body);
        break;
    case CONTROL_CLOSE:
        frame->kind = MNI_FRAME_CLOSE;
        frame->reason = mni_read_u16(&body);
        frame->size = (uint32_t)mni_reader_left(&body);
        frame->bytes = mni_read_bytes(&body, frame->size);
        return !body.failed && frame->size <= MN_TEXT_MAX;
    case CONTROL_PAYLOAD:
        frame->kind = MNI_FRAME_PAYLOAD;
        frame->size = (uint32_t)mni_reader_left(&body);
        frame->bytes = mni_read_bytes(&body, frame->size);
        return !body.failed && frame->size <= MN_PAYLOAD_MAX;
    default:
        return false;
    }
    return !body.failed && mni_reader_left(&body) == 0;
}

static bool read_general(mni_reader *reader, mni_frame *frame)
{
    frame->mode = mni_read_u8(reader);
    frame->channel = mni_read_u8(reader);
    return mni_mode_exists(frame->mode) && frame->channel < MNI_CHANNELS &&
           short_kind(frame->mode, frame->channel) == 0;
}

static bool read_piece(mni_reader *reader, uint32_t length, mni_frame *frame)
{
    frame->kind = MNI_FRAME_PIECE;
    frame->mode = mni_read_u8(reader);
    frame->channel = mni_read_u8(reader);
    frame->sequence = mni_read_u16(reader);
    uint64_t total = mni_read_varint(reader);
    uint64_t offset = mni_read_varint(reader);
    frame->size = length;
    frame->bytes = mni_read_bytes(reader, length);
    if (reader->failed || !mni_mode_exists(frame->mode) || frame->channel >= MNI_CHANNELS ||
        total < MNI_PIECES_TOTAL_MIN || total > MNI_PIECES_TOTAL_MAX || offset >= total) {
        return false;
    }
    frame->total = (uint32_t)total;
    frame->offset = (uint32_t)offset;
    return length < frame->total && mni_cover_fits(frame->total, frame->offset, length);
}

bool mni_frame_read(mni_reader *reader, mni_frame *frame_out)
{
    *frame_out = (mni_frame){.kind = MNI_FRAME_MESSAGE};
    uint32_t length;
    switch (read_head(reader, &length)) {
    case KIND_UNRELIABLE:
        frame_out->mode = MN_UNRELIABLE;
        break;
    case KIND_RELIABLE:
        frame_out->mode = MN_RELIABLE;
        break;
    case KIND_NOTIFY:
        frame_out->mode = MN_NOTIFY;
        break;
    case KIND_RIDER:
        frame_out->kind = MNI_FRAME_RIDER;
        if (length == 0) {
            return false;
        }
        break;
    case KIND_MESSAGE:
        if (!read_general(reader, frame_out)) {
            return false;
        }
        break;
    case KIND_CONTROL:
        return read_control(reader, length, frame_out);
    case KIND_PIECE:
        return read_piece(reader, length, frame_out);
    default:
        return false;
    }
    if (has_sequence(frame_out->mode)) {
        frame_out->sequence = mni_read_u16(reader);
    }
    frame_out->size = length;
    frame_out->bytes = mni_read_bytes(reader, length);
    return !reader->failed;
}

uint32_t mni_frame_message_size(uint8_t mode, uint8_t channel, uint32_t size)
{
    uint32_t general = short_kind(mode, channel) == 0 ? 2 : 0;
    return head_size(size) + general + (has_sequence(mode) ? 2 : 0) + size;
}

static void write_message(mni_writer *writer, const mni_frame *frame)
{
    uint32_t kind = short_kind(frame->mode, frame->channel);
    if (kind != 0) {
        write_head(writer, kind, frame->size);
    } else {
        write_head(writer, KIND_MESSAGE, frame->size);
        mni_write_u8(writer, frame->mode);
        mni_write_u8(writer, frame->channel);
    }
    if (has_sequence(frame->mode)) {
        mni_write_u16(writer, frame->sequence);
    }
    mni_write_bytes(writer, frame->bytes, frame->size);
}

static void write_piece(mni_writer *writer, const mni_frame *frame)
{
    write_head(writer, KIND_PIECE, frame->size);
    mni_write_u8(writer, frame->mode);
    mni_write_u8(writer, frame->channel);
    mni_write_u16(writer, frame->sequence);
    mni_write_varint(writer, frame->total);
    mni_write_varint(writer, frame->offset);
    mni_write_bytes(writer, frame->bytes, frame->size);
}

void mni_frame_write(mni_writer *writer, const mni_frame *frame)
{
    switch (frame->kind) {
    case MNI_FRAME_MESSAGE:
        write_message(writer, frame);
        break;
    case MNI_FRAME_PIECE:
        write_piece(writer, frame);
        break;
    case MNI_FRAME_PING:
        write_head(writer, KIND_CONTROL, 1);
        mni_write_u8(writer, CONTROL_PING);
        break;
    case MNI_FRAME_CREDIT:
        write_head(writer, KIND_CONTROL, 1 + mni_varint_size(frame->limit));
        mni_write_u8(writer, CONTROL_CREDIT);
        mni_write_varint(writer, frame->limit);
        break;
    case MNI_FRAME_CLOSE:
        write_head(writer, KIND_CONTROL, 3 + frame->size);
        mni_write_u8(writer, CONTROL_CLOSE);
        mni_write_u16(writer, frame->reason);
        mni_write_bytes(writer, frame->bytes, frame->size);
        break;
    case MNI_FRAME_PAYLOAD:
        write_head(writer, KIND_CONTROL, 1 + frame->size);
        mni_write_u8(writer, CONTROL_PAYLOAD);
        mni_write_bytes(writer, frame->bytes, frame->size);
        break;
    case MNI_FRAME_RIDER:
        MNI_ASSERT(false); /* see mni_frame_rider_written */
        break;
    }
}

uint8_t *mni_frame_rider_place(const mni_writer *writer, uint32_t *capacity_out)
{
    size_t left = mni_writer_left(writer);
    if (writer->failed || left <= MNI_FRAME_HEAD_MAX) {
        return NULL;
    }
    size_t capacity = left - MNI_FRAME_HEAD_MAX;
    *capacity_out = capacity < MNI_FRAME_SIZE_MAX ? (uint32_t)capacity : MNI_FRAME_SIZE_MAX;
    return writer->at + MNI_FRAME_HEAD_MAX;
}

void mni_frame_rider_written(mni_writer *writer, uint32_t size)
{
    MNI_ASSERT(size > 0 && size + MNI_FRAME_HEAD_MAX <= mni_writer_left(writer));
    uint8_t *piece = writer->at + MNI_FRAME_HEAD_MAX;
    write_head(writer, KIND_RIDER, size);
    memmove(writer->at, piece, size);
    writer->at += size;
}
