/* SPDX-License-Identifier: MIT */
/*
 * A message on its way out. It is queued once, may be in several packets at a time (sent again,
 * riding once more), and is freed when the last list or packet lets go of it. Its bytes go earlier:
 * as soon as it is acknowledged.
 */
#ifndef SOCKET_MESSAGE_H
#define SOCKET_MESSAGE_H

#include "base/buffer.h"

#include <miragenet.h>

#include <stdbool.h>

/* Where the messages of all connections of a peer come from. */
typedef struct mni_messages {
    mni_pool pool;
    mni_buffers *buffers;
} mni_messages;

typedef struct mni_message {
    struct mni_message *next;        /* while queued: in its lane */
    struct mni_message *next_flight; /* sent: in its stream */
    struct mni_message *next_resend; /* of those to be sent again */
    struct mni_message *next_again;  /* of those that ride once more */
    mni_buffer *buffer;              /* NULL once acknowledged */
    uint64_t token;                  /* of a notify message */
    uint64_t order;                  /* counts up over all messages of one connection */
    uint64_t resent_in;              /* number of the packet in which it was sent again last */
    uint32_t references;             /* lists and packets that it is in */
    uint32_t in_flight;              /* packets that carry it and have no fate yet */
    uint16_t sequence;               /* where its mode has one, from its first sending on */
    uint8_t mode;                    /* MN_UNRELIABLE … */
    uint8_t channel;
    bool is_acked;
    bool is_in_resend;
    bool is_in_again;
} mni_message;

/* What a message takes of a send queue and of a receive window, besides its bytes. */
enum { MNI_MESSAGE_QUEUE_COST = 32, MNI_MESSAGE_COST = 16 };

void mni_messages_init(mni_messages *messages, mni_memory *memory, mni_buffers *buffers);
void mni_messages_clear(mni_messages *messages);
/* One reference; shares the buffer. NULL out of memory. */
MNI_CHECK mni_message *mni_message_take(mni_messages *messages, mni_buffer *buffer);
void mni_message_hold(mni_message *message);
void mni_message_drop(mni_messages *messages, mni_message *message);
/* The other side has it: no list sends it again, and its bytes are not needed any more. */
void mni_message_acknowledge(mni_messages *messages, mni_message *message);

#endif
