/* SPDX-License-Identifier: MIT */
/*
 * Only two flags must be read before the packet is opened: how long the number is, and the phase of
 * the key. Both lie under the tail like everything else.
 */
#include "socket/packet.h"

#include "base/how.h"
#include "base/seq.h"

enum {
    FLAG_ACK = 1,
    FLAG_RANGES = 2,
    FLAG_CONNECTION_ID = 4, /* reserved: eight more bytes before the number */
    FLAG_KEY_PHASE = 8,     /* reserved in plain mode */
    FLAG_WIDE = 16,
    FLAG_HANDSHAKE = 128,
    FLAGS_READ = FLAG_ACK | FLAG_RANGES | FLAG_WIDE
};

/* Of flags and number. */
static uint32_t open_size(uint32_t flags)
{
    return (flags & FLAG_WIDE) != 0 ? 5 : 3;
}

bool mni_packet_open(mni_packet *packet_out, const uint8_t *bytes, uint32_t size,
                     mni_opener *opener, uint64_t expected, uint8_t *plain_out)
{
    mni_reader reader = mni_reader_over(bytes, size);
    uint32_t flags = mni_read_u8(&reader);
    bool is_wide = (flags & FLAG_WIDE) != 0;
    uint32_t truncated = is_wide ? mni_read_u32(&reader) : mni_read_u16(&reader);
    uint32_t tail_size = mni_tail_size(opener->is_sealed);
    if ((flags & FLAG_HANDSHAKE) != 0 || mni_reader_left(&reader) < tail_size) {
        return false;
    }
    mni_envelope envelope = {
        .bytes = bytes,
        .open_size = open_size(flags),
        .body_size = (uint32_t)mni_reader_left(&reader) - tail_size,
        .number = mni_seq_widen(expected, truncated, is_wide ? 32 : 16),
        .phase = (flags & FLAG_KEY_PHASE) != 0,
    };
    if (envelope.number >= MNI_NUMBERS_END) {
        return false;
    }
    packet_out->number = envelope.number;
    packet_out->flags = opener->is_sealed ? flags & ~(uint32_t)FLAG_KEY_PHASE : flags;
    packet_out->body_size = envelope.body_size;
    packet_out->body = mni_opener_open(opener, &envelope, plain_out);
    return packet_out->body != NULL;
}

/* Walks over all frames once, so that the second walk, which believes them, cannot fail. */
static bool walk_frames(mni_reader reader, mni_packet *packet)
{
    while (mni_reader_left(&reader) > 0) {
        mni_frame frame;
        if (!mni_frame_read(&reader, &frame)) {
            return false;
        }
        packet->messages += frame.kind == MNI_FRAME_MESSAGE;
        packet->pieces += frame.kind == MNI_FRAME_PIECE;
        packet->riders += frame.kind == MNI_FRAME_RIDER;
        if (frame.kind == MNI_FRAME_PAYLOAD && packet->payload == NULL) {
            packet->payload = frame.bytes;
            packet->payload_size = frame.size;
        }
        packet->is_asking |= frame.kind == MNI_FRAME_PING;
        /* (Frames other than messages and pieces have no mode.) */
        packet->is_urgent |= frame.mode != MN_UNRELIABLE && frame.mode != MN_SEQUENCED;
    }
    return packet->riders <= 1;
}

bool mni_packet_read(mni_packet *packet, uint64_t next_number)
{
    mni_reader reader = mni_reader_over(packet->body, packet->body_size);
    bool has_ranges = (packet->flags & FLAG_RANGES) != 0;
    bool is_wide = (packet->flags & FLAG_WIDE) != 0;
    packet->has_ack = (packet->flags & FLAG_ACK) != 0;
    if ((packet->flags & ~(uint32_t)FLAGS_READ) != 0 || (has_ranges && !packet->has_ack)) {
        return false;
    }
    if (packet->has_ack && (next_number == 0 || !mni_ack_read(&reader, !has_ranges, is_wide,
                                                              next_number - 1, &packet->ack))) {
        return false;
    }
    packet->frames = reader.at;
    packet->frames_size = (uint32_t)mni_reader_left(&reader);
    packet->payload = NULL;
    packet->messages = 0;
    packet->pieces = 0;
    packet->riders = 0;
    packet->is_urgent = false;
    packet->is_asking = false;
    bool is_empty = !packet->has_ack && packet->frames_size == 0;
    return !is_empty && walk_frames(reader, packet);
}

void mni_packet_begin(mni_writer *writer, uint64_t number, bool is_wide, const mni_ack *ack)
{
    uint32_t flags = is_wide ? FLAG_WIDE : 0;
    if (ack != NULL) {
        flags |= mni_ack_is_short(ack) ? FLAG_ACK : FLAG_ACK | FLAG_RANGES;
    }
    mni_write_u8(writer, (uint8_t)flags);
    if (is_wide) {
        mni_write_u32(writer, (uint32_t)number);
    } else {
        mni_write_u16(writer, (uint16_t)number);
    }
    if (ack != NULL) {
        mni_ack_write(writer, ack, is_wide);
    }
}

uint32_t mni_packet_end(const mni_writer *writer, uint64_t number, const mni_sealer *sealer)
{
    uint8_t *bytes = writer->begin;
    uint32_t size = (uint32_t)mni_writer_size(writer);
    uint32_t head = open_size(bytes[0]);
    if (sealer->is_sealed) {
        uint32_t flags = bytes[0] & ~(uint32_t)FLAG_KEY_PHASE;
        bytes[0] = (uint8_t)(sealer->phase ? flags | FLAG_KEY_PHASE : flags);
    }
    MNI_ASSERT(size >= head);
    mni_sealer_seal(sealer, bytes, head, size - head, number);
    return size + mni_tail_size(sealer->is_sealed);
}
