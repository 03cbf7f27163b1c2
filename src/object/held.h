/* SPDX-License-Identifier: MIT */
/*
 * A client's calls, between their arrival and their event. A reliable call waits until its object
 * is there, in the version it was made after; later calls of the same object wait behind it, others
 * pass. What waits keeps its sender's credit.
 */
#ifndef OBJECT_HELD_H
#define OBJECT_HELD_H

#include "object/call.h"
#include "object/notice.h"

enum { MNI_HELD_MAX = 64 }; /* that wait for their objects; beyond them all calls wait in order */

typedef struct mni_held {
    mni_notices *notices;
    mni_ring calls; /* of mni_peer_event */
} mni_held;

/* MN_ERROR_MEMORY: it may be cleared all the same. */
MNI_CHECK mn_result mni_held_init(mni_held *held, mni_notices *notices);
void mni_held_clear(mni_held *held);
void mni_held_reset(mni_held *held); /* the connection ended */

void mni_held_take(mni_held *held, const mni_peer_event *call);
/* Makes events of all that may go. */
void mni_held_tell(mni_held *held, uint64_t now_us);

#endif
