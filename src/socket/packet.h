/* SPDX-License-Identifier: MIT */
/*
 * A data packet: flags and a truncated number in the open; a body, which is an acknowledgement, or
 * none, and frames; a tail that protects all of it and the whole number. docs/protocol_data.md has
 * the bytes. Nothing of a packet is believed before it is opened and all of it is parsed.
 */
#ifndef SOCKET_PACKET_H
#define SOCKET_PACKET_H

#include "socket/ack.h"
#include "socket/frame.h"
#include "socket/protection.h"

enum {
    /* What is kept free beside the largest message and the tail: a wide number, a short
       acknowledgement and the frame's head, rounded up. */
    MNI_PACKET_OVERHEAD = 20,
    MNI_PIECE_OVERHEAD = 28 /* likewise, beside a piece */
};

typedef struct mni_packet {
    /* Once it is opened: */
    uint64_t number;
    uint32_t flags;
    uint32_t body_size;
    const uint8_t *body;
    /* Once it is read: */
    bool has_ack;
    mni_ack ack;
    const uint8_t *frames;
    uint32_t frames_size;
    uint32_t payload_size;
    const uint8_t *payload; /* of the first frame that has it; NULL: none has */
    uint32_t messages;
    uint32_t pieces;
    uint32_t riders;
    bool is_urgent; /* anything but unreliable and sequenced messages */
    bool is_asking; /* a ping */
} mni_packet;

/* Whether the other side sent it; its number is the one nearest to expected. The body stays in the
   datagram or, where it is sealed, is written to plain_out, which has room for size bytes. */
MNI_CHECK bool mni_packet_open(mni_packet *packet_out, const uint8_t *bytes, uint32_t size,
                               mni_opener *opener, uint64_t expected, uint8_t *plain_out);
/* Parses all of an opened packet; false: malformed. next_number: of this side's next packet. */
MNI_CHECK bool mni_packet_read(mni_packet *packet, uint64_t next_number);

/* ack NULL: none. */
void mni_packet_begin(mni_writer *writer, uint64_t number, bool is_wide, const mni_ack *ack);
/* Seals it, with the tail for which the writer's capacity left room; returns the size of all. */
uint32_t mni_packet_end(const mni_writer *writer, uint64_t number, const mni_sealer *sealer);

#endif
