/* SPDX-License-Identifier: MIT */
/*
 * The objects of a server and the views of its players, and what leads from one to the other: at a
 * flush every object is looked at, what is new is put into views, and what changed marks the
 * relations of those who may see the change.
 */
#ifndef OBJECT_WORLD_H
#define OBJECT_WORLD_H

#include "message/endpoint.h"
#include "object/fragment.h"
#include "object/manifest.h"
#include "object/object.h"
#include "object/view.h"

typedef struct mni_seat {
    mni_view *view; /* NULL: nobody had this place yet */
} mni_seat;

typedef struct mni_world {
    mni_endpoint *endpoint;
    mni_memory *memory;
    mni_kinds kinds;
    mni_objects objects;
    mni_seat *seats; /* by index of the player */
    uint32_t seat_count;
    mni_manifests manifests;
    mni_fragments fragments;
    uint8_t *scratch;  /* a state, or a call's arguments */
    uint64_t flush_us; /* of the last flush; each is later than the one before */
    uint32_t flush;    /* its number */
} mni_world;

MNI_CHECK mn_result mni_world_init(mni_world *world, mni_endpoint *endpoint);
void mni_world_clear(mni_world *world);

/* NULL: not there, or there was no memory for its view yet. */
mni_view *mni_world_view(const mni_world *world, mn_player player);
/* Makes the player's view, if it has none. NULL: no memory. */
mni_view *mni_world_seat(mni_world *world, mn_player player);
void mni_world_unseat(mni_world *world, mni_view *view); /* the player left */
/* The view of this index, NULL if nobody is there. */
static inline mni_view *mni_world_view_at(const mni_world *world, uint32_t index)
{
    mni_view *view = world->seats[index].view;
    return view != NULL && view->player != 0 ? view : NULL;
}

/* The object goes: those who know of it are told why. */
void mni_world_remove(mni_world *world, mni_object *object, uint32_t reason);
/* Everything that changed since the last flush is seen, and relations are marked. */
void mni_world_refresh(mni_world *world, uint64_t now_us);
/* The relation's object; not of GONE or FREE. */
static inline mni_object *mni_world_object(const mni_world *world, const mni_relation *relation)
{
    return &world->objects.all[relation->object];
}

#endif
