/* SPDX-License-Identifier: MIT */
/*
 * What waits for its first sending, of one connection. Messages wait in lanes (three for each
 * channel: ordered ones, unordered ones, and those that need no credit, which do not wait for the
 * others), and the lanes of a round take turns, a message or a piece of one each, or several by
 * their weight, so that none starves. Rounds go by priority. A message may leave once the game has
 * flushed after it.
 */
#ifndef SOCKET_QUEUE_H
#define SOCKET_QUEUE_H

#include "base/turns.h"
#include "socket/message.h"

typedef struct mni_lane {
    mni_turn turn; /* in a round, while it has messages */
    mni_message *first, *last;
    mni_message *held; /* the first that no flush has released; NULL: all are */
} mni_lane;

static inline mni_lane *mni_lane_of(mni_turn *turn) /* NULL: none */
{
    return (mni_lane *)(void *)turn; /* its first member */
}

enum { MNI_PRIORITIES = 4, MNI_ROUNDS = 1 + MNI_PRIORITIES };

typedef struct mni_queue {
    mni_turns rounds[MNI_ROUNDS]; /* of lanes; the first before all others: control messages */
    uint64_t expires_us;          /* no message expires before */
    uint32_t bytes;               /* MNI_MESSAGE_QUEUE_COST included */
    uint32_t count;
    uint32_t released; /* of these, may leave */
} mni_queue;

/* The queue holds the reference that the caller had. */
void mni_queue_push(mni_queue *queue, mni_turns *round, mni_lane *lane, mni_message *message);
void mni_queue_release(mni_queue *queue); /* all that is in it */
/* This one waits, and may expire. */
void mni_queue_watch(mni_queue *queue, const mni_message *message);
/* Whose turn it is: the message, NULL if the round is empty or that lane's is not released. */
static inline mni_message *mni_queue_peek(const mni_turns *round)
{
    const mni_lane *lane = mni_lane_of(round->first);
    return lane != NULL && lane->first != lane->held ? lane->first : NULL;
}

/* Takes that message, with its reference. It has not been sent: its lane still has its turn. */
mni_message *mni_queue_take(mni_queue *queue, mni_turns *round);
/* The same, and that was a turn of its lane. */
mni_message *mni_queue_pop(mni_queue *queue, mni_turns *round);
/* Some bytes of a message in pieces have left; it stays. */
void mni_queue_sent(mni_queue *queue, mni_message *message, uint32_t size);

/* All that wait, in no particular order, from a walk that is all zeros; NULL after the last. */
typedef struct mni_queue_walk {
    uint32_t rounds; /* that have begun */
    mni_turn *turn;
    mni_message *message;
} mni_queue_walk;
mni_message *mni_queue_next(const mni_queue *queue, mni_queue_walk *walk);
/* Takes out those that are acknowledged, wherever they wait. The first, and by `next` the others,
   each with its reference; NULL: none. */
mni_message *mni_queue_sweep(mni_queue *queue);
/* How long the oldest has been waiting of which nothing has left; 0: there is none. */
uint64_t mni_queue_waiting_us(const mni_queue *queue, uint64_t now_us);

#endif
