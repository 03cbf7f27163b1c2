/* SPDX-License-Identifier: MIT */
/*
 * What one side of a host channel has posted and the other has not taken in. It waits as in the
 * socket floor, so that what is sent in one flush arrives in the same order here and there: three
 * lanes for each channel, for ordered messages, unordered ones and all others; lanes of one
 * priority take turns, as many messages each as their channel's weight says. Control messages go
 * first, and calls are apart, because objects go before them.
 */
#ifndef MESSAGE_PARCELS_H
#define MESSAGE_PARCELS_H

#include "base/turns.h"
#include "socket/peer.h"

typedef struct mni_parcel {
    struct mni_parcel *next;
    mni_buffer *buffer;
    uint64_t token; /* of a notify message */
    uint64_t posted_us;
    uint64_t expires_us; /* it is not handed over after that; UINT64_MAX: always */
    uint8_t mode;
    uint8_t channel;
    bool is_lost; /* a notify message that was not handed over */
} mni_parcel;

typedef struct mni_parcel_list {
    mni_parcel *first, *last;
} mni_parcel_list;

typedef struct mni_parcel_lane {
    mni_turn turn; /* in its round, while it has parcels */
    mni_parcel_list list;
} mni_parcel_lane;

typedef enum mni_parcel_kind {
    MNI_PARCEL_CONTROL,
    MNI_PARCEL_MESSAGE,
    MNI_PARCEL_CALL
} mni_parcel_kind;

enum { MNI_PARCEL_PRIORITIES = 4, MNI_PARCEL_ROUNDS = MNI_PARCEL_PRIORITIES + 2 };

typedef struct mni_parcels {
    mni_pool pool;
    mni_parcel_lane lanes[MNI_CHANNELS][3];
    mni_turns rounds[MNI_PARCEL_ROUNDS]; /* of lanes: control, messages by priority, calls */
    uint8_t priorities[MNI_CHANNELS];
    uint8_t weights[MNI_CHANNELS];
    uint64_t expires_us; /* nothing expires before */
    uint32_t bytes;      /* MNI_PARCEL_COST included */
} mni_parcels;

enum { MNI_PARCEL_COST = 32 }; /* besides the bytes: empty messages fill a queue as well */

static inline uint32_t mni_parcel_cost(const mni_parcel *parcel)
{
    return parcel->buffer->size + MNI_PARCEL_COST;
}

void mni_parcels_init(mni_parcels *parcels, mni_memory *memory);
void mni_parcels_clear(mni_parcels *parcels); /* all parcels are given back */
/* As in mn_peer_set_channel, for what is added from now on. */
void mni_parcels_rank(mni_parcels *parcels, uint32_t channel, uint32_t priority, uint32_t weight);

/* A copy of this one waits; NULL out of memory. */
MNI_CHECK mni_parcel *mni_parcels_add(mni_parcels *parcels, const mni_parcel *parcel);
/* Whose turn it is; NULL: none of this kind waits. */
mni_parcel *mni_parcels_peek(const mni_parcels *parcels, mni_parcel_kind kind);
mni_parcel *mni_parcels_take(mni_parcels *parcels, mni_parcel_kind kind); /* that one */
/* How long the oldest has been waiting; 0: there is none. */
uint64_t mni_parcels_waiting_us(const mni_parcels *parcels, uint64_t now_us);
/* Takes out, from wherever they wait, the notify messages with this token; or all that have
   expired. */
mni_parcel_list mni_parcels_recall(mni_parcels *parcels, uint64_t token);
mni_parcel_list mni_parcels_expire(mni_parcels *parcels, uint64_t now_us);
/* Its memory, not its buffer. It was taken. */
void mni_parcels_give(mni_parcels *parcels, mni_parcel *parcel);

void mni_parcel_list_push(mni_parcel_list *list, mni_parcel *parcel);
mni_parcel *mni_parcel_list_pop(mni_parcel_list *list); /* NULL: empty */

#endif
