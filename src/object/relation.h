/* SPDX-License-Identifier: MIT */
/*
 * What one player knows of one object, and what was tried. The whole state machine:
 *
 *   FREE -- want --> WANTED -- send --> SENT -- delivered --> LIVE -- go --> GONE -- free --> FREE
 *
 * SENT has no baseline: what travels is complete. LIVE has one, `acked`. A reset (the object has
 * another owner) leads from LIVE back to SENT. What was never sent goes without a word. A version
 * counts as delivered only from `acked` on, which in SENT is the version of the reset: what was
 * sent before it was made for other eyes.
 */
#ifndef OBJECT_RELATION_H
#define OBJECT_RELATION_H

#include <stdbool.h>
#include <stdint.h>

enum { MNI_REPEAT_MS = 33 }; /* what is not acknowledged and does not change is sent this often */

enum mni_relation_state {
    MNI_RELATION_FREE,
    MNI_RELATION_WANTED,
    MNI_RELATION_SENT,
    MNI_RELATION_LIVE,
    MNI_RELATION_GONE
};

typedef struct mni_relation {
    uint32_t object;    /* its index; of GONE: why it went; of FREE: the next free one */
    uint16_t acked;     /* the version that the player has; before that: the oldest that counts */
    uint16_t sent;      /* the newest version sent */
    uint16_t sent_ms;   /* when */
    uint8_t state;      /* enum mni_relation_state */
    uint8_t generation; /* of the slot, so that the fate of an old packet meets nobody new */
    uint16_t kind;      /* of all objects that this slot ever has */
    uint16_t unused;
} mni_relation;

/* newest: of the object, as target below. */
void mni_relation_want(mni_relation *relation, uint32_t object, uint16_t newest);
/* The object has another owner, and with this version everything is to be sent again. */
void mni_relation_reset(mni_relation *relation, uint16_t newest);
/* A call is on its way that waits for the object: from now on it does not go without a word. */
void mni_relation_name(mni_relation *relation);
/* False: the player never heard of it, and the relation is free. */
bool mni_relation_go(mni_relation *relation, uint32_t reason);
/* What the player has is forgotten when it is too old to be named in this flush: somebody may let
   a version arrive and never acknowledge those after it. */
void mni_relation_age(mni_relation *relation, uint16_t flush, uint16_t newest);

/* target: the newest version of what the player may see. */
bool mni_relation_is_behind(const mni_relation *relation, uint16_t target);
bool mni_relation_is_due(const mni_relation *relation, uint16_t target, uint16_t now_ms);
static inline bool mni_relation_has_baseline(const mni_relation *relation)
{
    return relation->state == MNI_RELATION_LIVE;
}
/* version: of GONE, any. */
void mni_relation_send(mni_relation *relation, uint16_t version, uint16_t now_ms);
/* The fate of a packet in which this version was sent. Delivered is not for GONE, see below. */
void mni_relation_delivered(mni_relation *relation, uint16_t version);
void mni_relation_lost(mni_relation *relation, uint16_t version);
/* GONE has arrived: the slot is free for somebody else. */
void mni_relation_free(mni_relation *relation);

#endif
