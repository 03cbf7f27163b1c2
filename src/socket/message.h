/* SPDX-License-Identifier: MIT */
/*
 * A message on its way out. It is queued once, may be in several packets at a time (sent again,
 * riding once more), and is freed when the last list or packet lets go of it. Its bytes go earlier:
 * as soon as it is acknowledged.
 */
#ifndef SOCKET_MESSAGE_H
#define SOCKET_MESSAGE_H

#include "base/buffer.h"
#include "socket/cover.h"

#include <miragenet.h>

#include <stdbool.h>

/* Where the messages of all connections of a peer come from. */
typedef struct mni_messages {
    mni_pool pool;
    mni_pool splits; /* of mni_split */
    mni_buffers *buffers;
} mni_messages;

/* What became of the bytes of a reliable message that goes in pieces. */
typedef struct mni_split {
    mni_buffer *bits; /* of both */
    mni_cover acked;
    mni_cover lost; /* to be sent again; nothing that is acknowledged */
} mni_split;

typedef struct mni_message {
    struct mni_message *next; /* while queued: in its lane */
    union {
        struct mni_message *next_flight; /* begun to leave: in its stream */
        uint64_t queued_us;              /* not yet: since when it waits */
    };
    struct mni_message *next_resend; /* of those to be sent again */
    struct mni_message *next_again;  /* of those that ride once more */
    mni_buffer *buffer;              /* NULL once acknowledged */
    mni_split *split;                /* reliable, in pieces, and on its way */
    uint64_t token;                  /* the sender's */
    uint64_t order;                  /* counts up over all messages of one connection */
    uint64_t resent_in;              /* number of the packet in which it was put last */
    uint32_t size;
    uint32_t sent;       /* in pieces: so many of its bytes have left */
    uint32_t arrived;    /* notify, in pieces: so many are acknowledged */
    uint32_t references; /* lists and packets that it is in */
    uint32_t in_flight;  /* packets that carry it and have no fate yet */
    uint8_t copies;      /* how often it is to ride once more */
    uint16_t sequence;   /* where its mode has one, from its first sending on */
    uint16_t expires_ms; /* after it was queued, unless it has begun to leave; 0: never */
    uint8_t mode;        /* MN_UNRELIABLE … */
    uint8_t channel;
    bool is_in_pieces;
    bool is_watched; /* its packet's fate is of interest */
    bool is_acked;
    bool is_in_resend;
    bool is_in_again;
    bool was_lost; /* and sent again */
} mni_message;

/* What a message takes of a send queue and of a receive window, besides its bytes. */
enum { MNI_MESSAGE_QUEUE_COST = 32, MNI_MESSAGE_COST = 16 };

void mni_messages_init(mni_messages *messages, mni_memory *memory, mni_buffers *buffers);
void mni_messages_clear(mni_messages *messages);
/* One reference; shares the buffer. NULL out of memory. */
MNI_CHECK mni_message *mni_message_take(mni_messages *messages, mni_buffer *buffer);
void mni_message_hold(mni_message *message);
void mni_message_drop(mni_messages *messages, mni_message *message);
/* Of one in pieces: room to note what becomes of them; false out of memory. */
MNI_CHECK bool mni_message_begin_pieces(mni_messages *messages, mni_message *message);
/* Until when it may begin to leave, of one that has not. */
static inline uint64_t mni_message_expires_us(const mni_message *message)
{
    return message->queued_us + message->expires_ms * UINT64_C(1000);
}
/* That was in the past. */
bool mni_message_has_expired(const mni_message *message, uint64_t now_us);
/* These bytes arrived. True: with them, all of it has. */
bool mni_message_arrived(mni_message *message, uint32_t offset, uint32_t size);
/* These bytes, of one in pieces, were lost on one of their ways. */
void mni_message_missed(mni_message *message, uint32_t offset, uint32_t size);
/* The other side has it: no list sends it again, and its bytes are not needed any more. */
void mni_message_acknowledge(mni_messages *messages, mni_message *message);

#endif
