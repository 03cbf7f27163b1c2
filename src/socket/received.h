/* SPDX-License-Identifier: MIT */
/*
 * Which packets arrived: a window of one bit for each of the newest 1024 numbers. From it come the
 * verdict on duplicates, the acknowledgements, and when these are due. What only carries unreliable
 * messages is acknowledged at leisure; a packet that carries nothing but an acknowledgement, never.
 */
#ifndef SOCKET_RECEIVED_H
#define SOCKET_RECEIVED_H

#include "base/timer.h"
#include "socket/ack.h"
#include "socket/ratio.h"

enum {
    MNI_RECEIVED_WINDOW = 1024,
    MNI_RECEIVED_REPEATS = 3,      /* acknowledgements that speak of each packet, at least */
    MNI_ACK_DELAY_US = 25000,      /* the longest that a packet waits for its acknowledgement … */
    MNI_ACK_LAZY_DELAY_US = 100000 /* … and one with unreliable messages only */
};

/* How a packet wants to be acknowledged. */
typedef enum mni_elicit {
    MNI_ELICIT_NOT,
    MNI_ELICIT_LAZY,
    MNI_ELICIT_SOON,
    MNI_ELICIT_NOW
} mni_elicit;

typedef enum mni_freshness { MNI_FRESH, MNI_DUPLICATE, MNI_OLD } mni_freshness;

typedef struct mni_received {
    uint64_t next;                         /* the largest number seen, plus one */
    uint64_t largest_us;                   /* when it came */
    uint64_t due_us;                       /* of the next acknowledgement; MNI_NEVER */
    uint64_t floors[MNI_RECEIVED_REPEATS]; /* `next` at the newest acknowledgements */
    uint64_t missing;                      /* numbers that were skipped and have not come */
    uint32_t soon, lazy;                   /* packets not yet acknowledged */
    mni_ratio loss;
    uint64_t bits[MNI_RECEIVED_WINDOW / 64]; /* by number modulo the window */
} mni_received;

void mni_received_init(mni_received *received);
mni_freshness mni_received_check(const mni_received *received, uint64_t number);
/* What is below is too old to be taken in. */
static inline uint64_t mni_received_oldest(const mni_received *received)
{
    return received->next > MNI_RECEIVED_WINDOW ? received->next - MNI_RECEIVED_WINDOW : 0;
}
/* A fresh packet is taken in. */
void mni_received_add(mni_received *received, uint64_t number, mni_elicit elicit, uint64_t now_us);
/* There is something that an acknowledgement would tell. */
bool mni_received_has_news(const mni_received *received);
/* What to tell now; at least one packet has come. */
void mni_received_build(const mni_received *received, uint64_t now_us, mni_ack *ack_out);
void mni_received_told(mni_received *received); /* that left */

#endif
