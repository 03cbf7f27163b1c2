/* SPDX-License-Identifier: MIT */
/*
 * Who owns what on a server, and which object is whose character. An owner that changes, and a
 * character that does, renew the object: everybody is sent its whole state again, and with it these
 * facts, until it is acknowledged. A character belongs to its player; when it does not any more, it
 * is none.
 */
#ifndef OBJECT_OWNERSHIP_H
#define OBJECT_OWNERSHIP_H

#include "object/grace.h"
#include "object/world.h"

typedef struct mni_ownership {
    mni_world *world;
    mni_grace grace;
} mni_ownership;

/* MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_ownership_set(mni_ownership *ownership, mni_object *object, uint32_t owner);
/* object NULL: none. The player is there. */
MNI_CHECK mn_result mni_ownership_set_character(mni_ownership *ownership, mn_player player,
                                                mni_object *object);
/* The object goes. MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_ownership_end(mni_ownership *ownership, mni_object *object,
                                      uint32_t reason);
/* The player goes, and its objects with it: the game gets DESPAWNED for each. */
void mni_ownership_leave(mni_ownership *ownership, mn_player player);

#endif
