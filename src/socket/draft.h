/* SPDX-License-Identifier: MIT */
/*
 * The next packet in the making: it begins with the acknowledgement, takes frames as long as they
 * fit, and leaves or is given up. outbound.c chooses what is put into it. The first thing that does
 * not fit ends it: what is smaller does not slip in before it.
 */
#ifndef SOCKET_DRAFT_H
#define SOCKET_DRAFT_H

#include "socket/connection_state.h"
#include "socket/frame.h"

/* With so many numbers without news they take four bytes, and no messages leave beside them. */
enum { MNI_WIDE_FROM = 1 << 14 };

typedef struct mni_draft {
    mni_connection *connection;
    mni_sent_packet *record; /* NULL out of memory: then it carries no frames */
    mni_writer writer;
    size_t head_size; /* up to where frames begin */
    uint64_t number;
    uint32_t copied; /* bytes of copies in it */
    bool has_ack;
    bool is_full;        /* something did not fit */
    bool has_unpromised; /* something in it for which the other side has promised no room */
} mni_draft;

mni_draft mni_draft_begin(mni_connection *connection, uint8_t *bytes, uint32_t capacity);
static inline bool mni_draft_has_frames(const mni_draft *draft)
{
    return mni_writer_size(&draft->writer) > draft->head_size;
}
/* size: of the frame, at most. False: it does not fit. */
bool mni_draft_put(mni_draft *draft, const mni_frame *frame, uint32_t size, uint32_t flags);

/* Whether there is room for this message in it, and memory to remember that it is there; it is
   written after that. */
bool mni_draft_load(mni_draft *draft, mni_message *message);
void mni_draft_write(mni_draft *draft, const mni_message *message);

/* The most bytes of a piece: a few of them fit into a quarter of the smallest window. */
uint32_t mni_max_piece_size(const mni_connection *connection);
/* How many of so many bytes of a message go into it, 0 if they should wait for the next packet.
   Never all of the message: that would be no piece. */
uint32_t mni_draft_piece_size(mni_draft *draft, const mni_message *message, uint32_t wanted);
/* As load and write, for so many bytes. */
bool mni_draft_load_piece(mni_draft *draft, mni_message *message, uint32_t offset, uint32_t size);
void mni_draft_write_piece(mni_draft *draft, const mni_message *message, uint32_t offset,
                           uint32_t size);

uint32_t mni_draft_finish(mni_draft *draft);  /* it leaves; its size */
uint32_t mni_draft_give_up(mni_draft *draft); /* 0 */

#endif
