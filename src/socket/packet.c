/* SPDX-License-Identifier: MIT */
/*
 * The checksum is the low half of a SipHash under a key from the handshake: it tells corruption
 * from what was sent, and off the path nobody can make one. Only the flag that says how long the
 * number is must be read before it.
 */
#include "socket/packet.h"

#include "base/how.h"
#include "base/seq.h"

enum {
    FLAG_ACK = 1,
    FLAG_RANGES = 2,
    FLAG_CONNECTION_ID = 4, /* reserved: eight more bytes before the number */
    FLAG_KEY_PHASE = 8,     /* reserved */
    FLAG_WIDE = 16,
    FLAG_HANDSHAKE = 128,
    FLAGS_KNOWN = FLAG_ACK | FLAG_RANGES | FLAG_WIDE
};

static uint32_t checksum(const uint8_t *bytes, size_t size, uint64_t number,
                         const uint8_t key[MNI_HASH_KEY_SIZE])
{
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_hash_add_u64(&hash, number);
    mni_hash_add(&hash, bytes, size);
    return (uint32_t)mni_hash_end(&hash);
}

bool mni_packet_verify(const uint8_t *bytes, uint32_t size, const uint8_t key[MNI_HASH_KEY_SIZE],
                       uint64_t expected, uint64_t *number_out)
{
    if (size < MNI_PACKET_MIN_SIZE) {
        return false;
    }
    uint32_t covered = size - MNI_PACKET_CHECKSUM_SIZE;
    mni_reader reader = mni_reader_over(bytes, covered);
    uint8_t flags = mni_read_u8(&reader);
    bool is_wide = (flags & FLAG_WIDE) != 0;
    uint32_t truncated = is_wide ? mni_read_u32(&reader) : mni_read_u16(&reader);
    if (reader.failed || (flags & FLAG_HANDSHAKE) != 0) {
        return false;
    }
    *number_out = mni_seq_widen(expected, truncated, is_wide ? 32 : 16);
    mni_reader tail = mni_reader_over(bytes + covered, MNI_PACKET_CHECKSUM_SIZE);
    return mni_read_u32(&tail) == checksum(bytes, covered, *number_out, key);
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
        /* (Frames other than messages and pieces have no mode.) */
        packet->is_urgent |= frame.mode != MN_UNRELIABLE && frame.mode != MN_SEQUENCED;
    }
    return packet->riders <= 1;
}

bool mni_packet_read(const uint8_t *bytes, uint32_t size, uint64_t next_number,
                     mni_packet *packet_out)
{
    mni_reader reader = mni_reader_over(bytes, size - MNI_PACKET_CHECKSUM_SIZE);
    uint8_t flags = mni_read_u8(&reader);
    bool is_wide = (flags & FLAG_WIDE) != 0;
    (void)mni_read_bytes(&reader, is_wide ? 4 : 2);
    packet_out->has_ack = (flags & FLAG_ACK) != 0;
    bool has_ranges = (flags & FLAG_RANGES) != 0;
    if ((flags & ~(uint32_t)FLAGS_KNOWN) != 0 || (has_ranges && !packet_out->has_ack)) {
        return false;
    }
    if (packet_out->has_ack &&
        (next_number == 0 ||
         !mni_ack_read(&reader, !has_ranges, is_wide, next_number - 1, &packet_out->ack))) {
        return false;
    }
    packet_out->frames = reader.at;
    packet_out->frames_size = (uint32_t)mni_reader_left(&reader);
    packet_out->messages = 0;
    packet_out->pieces = 0;
    packet_out->riders = 0;
    packet_out->is_urgent = false;
    bool is_empty = !packet_out->has_ack && packet_out->frames_size == 0;
    return !is_empty && walk_frames(reader, packet_out);
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

uint32_t mni_packet_end(const mni_writer *writer, uint64_t number,
                        const uint8_t key[MNI_HASH_KEY_SIZE])
{
    uint32_t size = (uint32_t)mni_writer_size(writer);
    mni_writer tail = mni_writer_over(writer->at, MNI_PACKET_CHECKSUM_SIZE);
    mni_write_u32(&tail, checksum(writer->begin, size, number, key));
    return size + MNI_PACKET_CHECKSUM_SIZE;
}
