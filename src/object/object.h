/* SPDX-License-Identifier: MIT */
/*
 * The objects of a server. One has the raw state that the game writes, a shadow of it as the last
 * flush saw it, and a history of canonical versions, which all players share. Equal bytes in state
 * and shadow mean that nothing is to be done; else the groups that may be looked at are quantised,
 * and a new version exists only where they differ from the newest.
 */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include "base/buffer.h"
#include "base/map.h"
#include "base/ring.h"
#include "object/history.h"
#include "object/kind.h"

enum { MNI_OBJECTS_MAX = 65535 };

typedef struct mni_observer {
    uint32_t player; /* index */
    uint32_t slot;   /* in its view */
} mni_observer;

typedef struct mni_object {
    uint32_t id;         /* net id; 0: a free place */
    uint32_t owner;      /* player id; 0: the server */
    uint32_t sent_owner; /* as of the last flush */
    uint32_t next_free;
    uint64_t user;
    uint64_t stale; /* groups that were not quantised since the state changed, a bit each */
    mni_kind *kind;
    mni_buffer *block; /* state, shadow, and of each group when it may be looked at again */
    mni_history *history;
    mni_observer *observers; /* by ascending player; stays with the place */
    uint32_t observer_count, observer_capacity;
    uint32_t newest;           /* version: the number of the flush that made it */
    uint32_t newest_in_public; /* the newest in which others than the owner see a change */
    bool is_fresh;             /* no flush has seen it: it has no version yet */
    bool is_renewed;           /* the owner changed: everybody is told everything again */
} mni_object;

typedef struct mni_departed { /* an object's block, kept until nobody can have a pointer to it */
    uint32_t id;
    uint32_t updates; /* since it departed */
    mni_buffer *block;
} mni_departed;

typedef struct mni_objects {
    mni_memory *memory;
    mni_buffers *buffers;
    mni_object *all;
    mni_map by_id;
    mni_ring departed;
    uint32_t capacity;
    uint32_t end; /* places in use or used before */
    uint32_t free;
    uint32_t count;
    uint32_t next_id;
} mni_objects;

void mni_objects_init(mni_objects *objects, mni_memory *memory, mni_buffers *buffers,
                      uint64_t seed);
void mni_objects_clear(mni_objects *objects);

/* With the defaults. MN_ERROR_FULL, or MN_ERROR_MEMORY: nothing has changed. Pointers to objects
   last until the next add. */
MNI_CHECK mn_result mni_objects_add(mni_objects *objects, mni_kind *kind, uint32_t owner,
                                    mni_object **object_out);
/* Its block departs. It has no observers any more. */
void mni_objects_remove(mni_objects *objects, mni_object *object);
mni_object *mni_objects_find(const mni_objects *objects,
                             uint32_t id); /* NULL: gone, or never was */
static inline uint32_t mni_objects_index(const mni_objects *objects, const mni_object *object)
{
    return (uint32_t)(object - objects->all);
}

void *mni_object_state(const mni_object *object);
void *mni_object_shadow(const mni_object *object);

/* Who sees something new after a refresh. */
enum mni_change { MNI_CHANGE_NONE, MNI_CHANGE_FOR_OWNER, MNI_CHANGE_FOR_ALL, MNI_CHANGE_RENEWED };
/* What flush number `flush` does: looks at the state, and makes a new version if there is anything
   new. scratch is kind->size bytes. */
enum mni_change mni_object_refresh(mni_object *object, uint32_t flush, uint64_t now_us,
                                   void *scratch);
/* The newest version that has anything new for the owner, or for others. */
static inline uint16_t mni_object_target(const mni_object *object, bool is_owner)
{
    return (uint16_t)(is_owner ? object->newest : object->newest_in_public);
}
/* The newest version's state; not of a fresh object. */
const void *mni_object_newest(const mni_object *object);

/* MN_ERROR_MEMORY: nothing has changed. The player does not observe it yet. */
MNI_CHECK mn_result mni_object_add_observer(mni_object *object, mni_memory *memory,
                                            mni_observer observer);
void mni_object_remove_observer(mni_object *object, uint32_t player);
const mni_observer *mni_object_observer(const mni_object *object, uint32_t player); /* or NULL */

#endif
