/* SPDX-License-Identifier: MIT */
/*
 * What one player sees: a table of relations, of which the index is the slot that the wire knows an
 * object by, and a bit for each that is behind. Who is not behind is not visited. A slot belongs to
 * one kind of object for ever, so that a client can read an update of any former occupant.
 */
#ifndef OBJECT_VIEW_H
#define OBJECT_VIEW_H

#include "base/buffer.h"
#include "base/ring.h"
#include "object/piece.h"
#include "object/relation.h"

#define MNI_VIEW_NONE UINT32_MAX

typedef struct mni_view {
    mni_memory *memory;
    uint32_t player; /* its id; 0: nobody has this place */
    uint32_t index;  /* of the player */
    uint32_t character;
    uint32_t kind_count;
    mni_relation *relations;
    uint64_t *behind; /* a bit for each slot */
    uint32_t *free;   /* of each kind, the first free slot */
    uint32_t capacity;
    uint32_t slot_count; /* slots in use or used before */
    uint32_t count;      /* relations that are not free */
    uint32_t behind_count;
    uint32_t cursor; /* where writing goes on */
    uint32_t left;   /* how many slots this flush has not looked at */
    mni_ring calls;  /* of mni_queued_call, see call.h */
    bool is_host;
    bool is_incomplete; /* there was no room for some object */
} mni_view;

MNI_CHECK mn_result mni_view_init(mni_view *view, mni_memory *memory, uint32_t index,
                                  uint32_t kind_count);
void mni_view_clear(mni_view *view);
void mni_view_open(mni_view *view, uint32_t player, bool is_host);
/* The player left. Calls that were not sent go back to the buffers they are from. */
void mni_view_close(mni_view *view, mni_buffers *buffers);

/* A relation that is wanted, and behind. MN_ERROR_FULL, MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_view_add(mni_view *view, uint32_t kind, uint32_t *slot_out);
void mni_view_free(mni_view *view, uint32_t slot);
void mni_view_set_behind(mni_view *view, uint32_t slot, bool is_behind);
/* The first slot from `slot` on that is behind and below the end; MNI_VIEW_NONE: there is none. */
uint32_t mni_view_next_behind(const mni_view *view, uint32_t slot);

#endif
