/* SPDX-License-Identifier: MIT */
/*
 * The object types of a schema as a manager of objects uses them: numbered in the order of their
 * ids, which is how the wire names them, with the masks and sizes that are asked for at every turn,
 * and with a pool of histories each.
 */
#ifndef OBJECT_KIND_H
#define OBJECT_KIND_H

#include "base/pool.h"
#include "message/schema.h"

#include <stdbool.h>

enum { MNI_KIND_NONE = 0xffff };

typedef struct mni_kind {
    const mni_object_type *type;
    uint64_t everything; /* all fields */
    uint64_t in_public;  /* those that everybody may see */
    uint64_t limited;    /* groups with a highest rate, a bit each */
    uint32_t number;
    uint32_t size;   /* of the state */
    uint32_t stride; /* the size, aligned for what follows */
    mni_pool histories;
} mni_kind;

typedef struct mni_kinds {
    mni_memory *memory;
    mni_kind *all;
    uint32_t count;
    uint32_t bits;     /* of a number */
    uint32_t max_size; /* of a state or of a call's arguments */
} mni_kinds;

MNI_CHECK mn_result mni_kinds_init(mni_kinds *kinds, mni_memory *memory, const mn_schema *schema);
void mni_kinds_clear(mni_kinds *kinds);                        /* and all histories with it */
mni_kind *mni_kinds_find(const mni_kinds *kinds, uint32_t id); /* NULL: no such type */

/* The fields that the owner may see, or that everybody may see. */
static inline uint64_t mni_kind_mask(const mni_kind *kind, bool is_owner)
{
    return is_owner ? kind->everything : kind->in_public;
}

/* The state as somebody may see it who sees only the fields in mask: the others have defaults. */
void mni_kind_veil(const mni_kind *kind, uint64_t mask, const void *canonical, void *veiled_out);

#endif
