/* SPDX-License-Identifier: MIT */
/*
 * What the game is told about replicas, once for each update and in one order: who is gone, who is
 * new, owners, changes, and who is the character. What there is no memory for stays untold until
 * the next time, and nothing later is told before it.
 */
#ifndef OBJECT_NOTICE_H
#define OBJECT_NOTICE_H

#include "base/ring.h"
#include "message/endpoint.h"
#include "object/replica.h"

/* Events that the game has not polled; from here on packets with objects in them are not taken. */
enum { MNI_OBJECT_EVENTS_MAX = 1 << 16 };

typedef struct mni_farewell { /* a host's object whose DESPAWNED is not done with */
    mni_buffer *block;
    uint32_t object;
    uint32_t unused;
} mni_farewell;

typedef struct mni_notices {
    mni_endpoint *endpoint;
    mni_replicas *replicas;
    mni_ring farewells;
    uint32_t told_character;
} mni_notices;

void mni_notices_init(mni_notices *notices, mni_endpoint *endpoint, mni_replicas *replicas);
void mni_notices_clear(mni_notices *notices);

/* Places for the events of all objects and of count more, so that a steady state makes none. */
MNI_CHECK mn_result mni_notices_reserve(mni_notices *notices, uint32_t count);
/* False: out of memory, something is untold. */
bool mni_notices_tell(mni_notices *notices);
/* The connection has ended: whoever was there is gone, and the replicas are reset. */
void mni_notices_end(mni_notices *notices, int32_t reason, uint64_t now_us);

/* Lets go of what the game has polled since. */
void mni_notices_release(mni_notices *notices);
/* A host's game can still have a pointer to the state of this object. */
bool mni_notices_hold(const mni_notices *notices, uint32_t object);

#endif
