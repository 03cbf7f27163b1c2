/* SPDX-License-Identifier: MIT */
/*
 * Frames: what a data packet carries behind its acknowledgement. A head of one byte has the kind
 * and short lengths; the frequent messages (channel 0) need no more than it and a sequence. There
 * is one way to write each frame: everything else, and all that is reserved, is malformed.
 */
#ifndef SOCKET_FRAME_H
#define SOCKET_FRAME_H

#include "base/assert.h"
#include "base/bytes.h"

#include <miragenet.h>

typedef enum mni_frame_kind {
    MNI_FRAME_MESSAGE,
    MNI_FRAME_PIECE, /* of a message */
    MNI_FRAME_RIDER,
    MNI_FRAME_PING,
    MNI_FRAME_CREDIT,
    MNI_FRAME_CLOSE,
    MNI_FRAME_PAYLOAD /* of the application, for the other's CONNECTED */
} mni_frame_kind;

typedef struct mni_frame {
    mni_frame_kind kind;
    uint8_t mode; /* of a message: MN_UNRELIABLE … */
    uint8_t channel;
    uint16_t sequence;    /* of a message, where its mode has one */
    uint16_t reason;      /* of a close */
    uint32_t size;        /* of bytes: message, piece of the rider, text of a close, payload */
    const uint8_t *bytes; /* in the packet */
    uint32_t total;       /* of a piece: bytes of the message … */
    uint32_t offset;      /* … and where in it */
    uint64_t limit;       /* of credit */
} mni_frame;

enum {
    MNI_FRAME_HEAD_MAX = 3,         /* with the longest length */
    MNI_FRAME_EXTRA_MAX = 4,        /* mode, channel, sequence */
    MNI_FRAME_PIECE_EXTRA_MAX = 12, /* mode, channel, sequence, total, offset */
    /* Smaller messages are never cut: what it takes to put one together is little beside it. */
    MNI_PIECES_TOTAL_MIN = 1024,
    MNI_PIECES_TOTAL_MAX = 16 << 20,
    MNI_FRAME_SIZE_MAX = 286 + UINT16_MAX,
    MNI_FRAME_CONTROL_MAX = 4, /* head and type */
    MNI_FRAME_PING_SIZE = 2,
    MNI_FRAME_CREDIT_SIZE_MAX = 12
};

/* The next frame; false: malformed. */
MNI_CHECK bool mni_frame_read(mni_reader *reader, mni_frame *frame_out);

/* Bytes of a message's frame, the message included. */
uint32_t mni_frame_message_size(uint8_t mode, uint8_t channel, uint32_t size);
/* Of any kind but RIDER. */
void mni_frame_write(mni_writer *writer, const mni_frame *frame);
/* Where the rider may write its piece, and how much; NULL: there is no room. */
uint8_t *mni_frame_rider_place(const mni_writer *writer, uint32_t *capacity_out);
/* It has written size bytes there, not 0. */
void mni_frame_rider_written(mni_writer *writer, uint32_t size);

#endif
