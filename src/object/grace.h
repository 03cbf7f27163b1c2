/* SPDX-License-Identifier: MIT */
/*
 * What a client could not know yet. For five seconds after an object is gone, or has another owner,
 * calls that would have been right before are not held against the caller.
 */
#ifndef OBJECT_GRACE_H
#define OBJECT_GRACE_H

#include "base/map.h"
#include "base/ring.h"

#include <stdbool.h>

#define MNI_GRACE_US UINT64_C(5000000)

typedef struct mni_grace {
    mni_map lost;            /* (player, object) to a count; the player 0: everybody */
    mni_ring losses;         /* by time */
    uint64_t blind_until_us; /* something could not be remembered: everything is excused */
} mni_grace;

void mni_grace_init(mni_grace *grace, mni_memory *memory, uint64_t seed);
void mni_grace_clear(mni_grace *grace);
/* From now on the object is not the player's any more; player 0: it is gone. */
void mni_grace_note(mni_grace *grace, uint32_t player, uint32_t object, uint64_t now_us);
bool mni_grace_excuses(mni_grace *grace, uint32_t player, uint32_t object, uint64_t now_us);

#endif
