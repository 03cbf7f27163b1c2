/* SPDX-License-Identifier: MIT */
/*
 * Credit: how many bytes of reliable messages the other side may send before this side has read
 * some (RFC 9000, section 4: MAX_DATA). Both sides count from the start of the connection and never
 * back, so that a credit frame that is late or doubled does no harm. Unreliable and notify messages
 * are not counted by who sends them; they have an allowance of their own, of the same size, so that
 * they never take the room of reliable ones.
 */
#ifndef SOCKET_CREDIT_H
#define SOCKET_CREDIT_H

#include "socket/message.h"

/* Of the sender. */
typedef struct mni_credit_out {
    uint64_t spent;
    uint64_t limit;
} mni_credit_out;

/* Of the receiver. */
typedef struct mni_credit_in {
    uint64_t window;
    uint64_t spent;    /* by what arrived and by what is known to be missing */
    uint64_t granted;  /* what the other side may spend in all */
    uint64_t returned; /* of what arrived, read */
    uint64_t loose;    /* of the other allowance: in use */
    uint64_t told_in;  /* the packet that told `granted` last */
    bool is_due;       /* a credit frame is to be sent */
} mni_credit_in;

static inline uint32_t mni_message_cost(uint32_t size)
{
    return size + MNI_MESSAGE_COST;
}

/* A message in pieces that costs more than a quarter of the window is large: credit for it is spent
   by the piece, and beyond that quarter comes back as they arrive, so that it may be larger than
   the window. One at a time. Others are paid for at once, so that what was begun can be ended. */
static inline uint32_t mni_large_cost(uint64_t window)
{
    return (uint32_t)(window / 4);
}

static inline bool mni_credit_out_allows(const mni_credit_out *credit, uint32_t cost)
{
    return credit->limit >= credit->spent && cost <= credit->limit - credit->spent;
}

static inline void mni_credit_out_spend(mni_credit_out *credit, uint32_t cost)
{
    credit->spent += cost;
}

void mni_credit_out_raise(mni_credit_out *credit, uint64_t limit); /* lower than before: nothing */

void mni_credit_in_init(mni_credit_in *credit, uint64_t window);
bool mni_credit_in_allows(const mni_credit_in *credit, uint64_t cost);
void mni_credit_in_spend(mni_credit_in *credit, uint64_t cost);
bool mni_credit_in_allows_loose(const mni_credit_in *credit, uint64_t cost);
void mni_credit_in_spend_loose(mni_credit_in *credit, uint64_t cost);
/* A message of this mode was read. */
void mni_credit_in_return(mni_credit_in *credit, uint8_t mode, uint32_t cost);
void mni_credit_in_told(mni_credit_in *credit, uint64_t packet); /* in this packet */
void mni_credit_in_lost(mni_credit_in *credit, uint64_t packet); /* this packet, which told it */

#endif
