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

/* It fits into a line of the processor's cache, for a server has many thousands of them under way:
   see mni_split for what only messages in pieces need. */
typedef struct mni_message {
    struct mni_message *next; /* queued: in its lane; later: of those that ride once more */
    union {
        struct mni_message *next_flight; /* begun to leave: in its stream */
        uint64_t queued_us;              /* not yet: since when it waits */
    };
    struct mni_message *next_resend; /* of those to be sent again */
    mni_buffer *buffer;              /* NULL once acknowledged */
    uint64_t token;                  /* the sender's */
    uint32_t size;
    uint32_t resent_in;  /* the packet in which it was put last, the low half of its number */
    uint16_t references; /* lists and packets that it is in */
    uint16_t in_flight;  /* packets that carry it and have no fate yet */
    uint16_t sequence;   /* where its mode has one, from its first sending on */
    uint16_t expires_ms; /* after it was queued, unless it has begun to leave; 0: never */
    uint8_t mode;        /* MN_UNRELIABLE … */
    uint8_t channel;
    uint8_t copies; /* how often it is to ride once more */
    bool is_in_pieces : 1;
    bool is_watched : 1; /* its packet's fate is of interest */
    bool is_acked : 1;
    bool is_in_resend : 1;
    bool is_in_again : 1;
    bool was_lost : 1; /* and sent again */
} mni_message;

/* A message in pieces, and what became of its bytes. */
typedef struct mni_split {
    mni_message message;
    uint32_t sent;    /* so many of its bytes have left */
    uint32_t arrived; /* notify: so many are acknowledged */
    mni_buffer *bits; /* of both covers, while it is reliable and on its way; else NULL */
    mni_cover acked;
    mni_cover lost; /* to be sent again; nothing that is acknowledged */
} mni_split;

/* What a message takes of a send queue and of a receive window, besides its bytes. */
enum { MNI_MESSAGE_QUEUE_COST = 32, MNI_MESSAGE_COST = 16 };

void mni_messages_init(mni_messages *messages, mni_memory *memory, mni_buffers *buffers);
void mni_messages_clear(mni_messages *messages);
/* One reference; shares the buffer. NULL out of memory. */
MNI_CHECK mni_message *mni_message_take(mni_messages *messages, mni_buffer *buffer,
                                        bool is_in_pieces);
void mni_message_free(mni_messages *messages, mni_message *message); /* nobody holds it */

static inline void mni_message_hold(mni_message *message)
{
    MNI_ASSERT(message->references > 0);
    message->references++;
}

static inline void mni_message_drop(mni_messages *messages, mni_message *message)
{
    MNI_ASSERT(message->references > 0);
    message->references--;
    if (message->references == 0) {
        mni_message_free(messages, message);
    }
}

/* Of a reliable one in pieces: room to note what becomes of them; false out of memory. */
MNI_CHECK bool mni_message_begin_pieces(mni_messages *messages, mni_message *message);
/* Until when it may begin to leave, of one that has not. */
static inline uint64_t mni_message_expires_us(const mni_message *message)
{
    return message->queued_us + message->expires_ms * UINT64_C(1000);
}
/* These bytes, of one in pieces, arrived. True: with them, all of it has. */
bool mni_message_arrived(mni_message *message, uint32_t offset, uint32_t size);
/* These were lost on one of their ways. */
void mni_message_missed(mni_message *message, uint32_t offset, uint32_t size);
/* The other side has it: no list sends it again, and its bytes are not needed any more. */
void mni_message_acknowledge(mni_messages *messages, mni_message *message);

static inline mni_split *mni_split_of(mni_message *message)
{
    MNI_ASSERT(message->is_in_pieces);
    return (mni_split *)(void *)message; /* of which it is the first member */
}

/* While it is queued: how many of its bytes have left. */
static inline uint32_t mni_message_sent(const mni_message *message)
{
    return message->is_in_pieces ? ((const mni_split *)(const void *)message)->sent : 0;
}

/* Whether it is queued still, and too late. */
static inline bool mni_message_has_expired(const mni_message *message, uint64_t now_us)
{
    return message->expires_ms > 0 && mni_message_sent(message) == 0 &&
           now_us > mni_message_expires_us(message);
}

#endif
