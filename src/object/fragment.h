/* SPDX-License-Identifier: MIT */
/*
 * Deltas that were encoded in this flush. Whoever has the same baseline and may see the same gets
 * the same bits, so a hundred observers cost one encoding and a hundred copies. The table is a
 * cache: what finds no room pushes out what was there.
 */
#ifndef OBJECT_FRAGMENT_H
#define OBJECT_FRAGMENT_H

#include "message/bits.h"
#include "object/delta.h"

enum { MNI_FRAGMENT_NO_BASELINE = 1 << 16 };

typedef struct mni_fragment {
    uint32_t object;   /* net id; 0: none */
    uint32_t baseline; /* a version, or MNI_FRAGMENT_NO_BASELINE */
    uint32_t round;
    uint32_t offset; /* in the arena */
    uint16_t bit_count;
    bool is_owner;
} mni_fragment;

typedef struct mni_fragments {
    mni_memory *memory;
    mni_fragment *table;
    uint8_t *arena;
    uint32_t used;  /* of it */
    uint32_t round; /* entries of other rounds do not count */
} mni_fragments;

MNI_CHECK mn_result mni_fragments_init(mni_fragments *fragments, mni_memory *memory);
void mni_fragments_clear(mni_fragments *fragments);
void mni_fragments_forget(mni_fragments *fragments); /* states have changed */

/* What the delta is made of. */
typedef struct mni_fragment_source {
    const mni_kind *kind;
    const void *state;
    const void *baseline; /* the state that baseline_version names, or the defaults */
    uint32_t object;
    uint32_t baseline_version; /* or MNI_FRAGMENT_NO_BASELINE */
    bool is_owner;             /* it may see everything */
} mni_fragment_source;

/* The encoded delta, to be copied at once. */
mni_bit_reader mni_fragment_of(mni_fragments *fragments, const mni_fragment_source *source);

#endif
