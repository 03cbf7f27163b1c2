/* SPDX-License-Identifier: MIT */
/*
 * A data packet: flags, a truncated number, perhaps an acknowledgement, frames, and a checksum
 * under the key of its direction, which covers the whole number as well. docs/protocol_data.md has
 * the bytes. Nothing of a packet is believed before the checksum is verified and all of it is
 * parsed.
 */
#ifndef SOCKET_PACKET_H
#define SOCKET_PACKET_H

#include "base/hash.h"
#include "socket/ack.h"
#include "socket/frame.h"

enum {
    MNI_PACKET_CHECKSUM_SIZE = 4,
    MNI_PACKET_MIN_SIZE = 7,
    /* What is kept free beside the largest message: a wide header, a short acknowledgement, the
       frame's head and the checksum, rounded up. */
    MNI_PACKET_OVERHEAD = 24,
    MNI_PIECE_OVERHEAD = 32 /* likewise, beside a piece */
};

typedef struct mni_packet {
    uint64_t number;
    bool has_ack;
    mni_ack ack;
    const uint8_t *frames;
    uint32_t frames_size;
    /* What is in it, from the walk over all frames: */
    uint32_t messages;
    uint32_t pieces;
    uint32_t riders;
    bool is_urgent; /* anything but unreliable and sequenced messages */
} mni_packet;

/* Whether the checksum fits; the number nearest to expected. */
MNI_CHECK bool mni_packet_verify(const uint8_t *bytes, uint32_t size,
                                 const uint8_t key[MNI_HASH_KEY_SIZE], uint64_t expected,
                                 uint64_t *number_out);
/* Parses all of a verified packet; false: malformed. next_number: of this side's next packet. */
MNI_CHECK bool mni_packet_read(const uint8_t *bytes, uint32_t size, uint64_t next_number,
                               mni_packet *packet_out);

/* ack NULL: none. */
void mni_packet_begin(mni_writer *writer, uint64_t number, bool is_wide, const mni_ack *ack);
/* Appends the checksum, for which the writer's capacity left room, and returns the size of all. */
uint32_t mni_packet_end(const mni_writer *writer, uint64_t number,
                        const uint8_t key[MNI_HASH_KEY_SIZE]);

#endif
