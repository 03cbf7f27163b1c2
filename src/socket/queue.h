/* SPDX-License-Identifier: MIT */
/*
 * What waits for its first sending, of one connection. Messages wait in lanes (three for each
 * channel: ordered ones, unordered ones, and those that need no credit, which do not wait for the
 * others), and the lanes take turns, a message or a piece of one each, so that none starves. Urgent
 * lanes come before all others. A message may leave once the game has flushed after it.
 */
#ifndef SOCKET_QUEUE_H
#define SOCKET_QUEUE_H

#include "socket/message.h"

typedef struct mni_lane {
    mni_message *first, *last;
    struct mni_lane *next; /* in the round; a lane is in it while it has messages */
} mni_lane;

typedef struct mni_round {
    mni_lane *first, *last;
    uint32_t count;
} mni_round;

typedef struct mni_queue {
    mni_round urgent, ordinary;
    uint64_t next_order; /* of the next message */
    uint64_t released;   /* messages below may leave */
    uint32_t bytes;      /* MNI_MESSAGE_QUEUE_COST included */
    uint32_t count;
} mni_queue;

/* The queue holds the reference that the caller had. */
void mni_queue_push(mni_queue *queue, mni_round *round, mni_lane *lane, mni_message *message);
void mni_queue_release(mni_queue *queue);
/* Whose turn it is: the message, NULL if the round is empty or that lane's is not released. */
mni_message *mni_queue_peek(const mni_queue *queue, const mni_round *round);
/* Takes that message, with its reference; the next lane's turn. */
mni_message *mni_queue_pop(mni_queue *queue, mni_round *round);
/* Some bytes of a message in pieces have left; it stays. */
void mni_queue_sent(mni_queue *queue, mni_message *message, uint32_t size);
/* It will not be sent: what is left of it does not count any more. It stays until its turn. */
void mni_queue_cancel(mni_queue *queue, mni_message *message);
void mni_queue_skip(mni_round *round); /* the next lane's turn */

#endif
