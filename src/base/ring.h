/* SPDX-License-Identifier: MIT */
/*
 * A queue of equal elements in one block. Grows by doubling up to a maximum; a ring that has
 * reached its working size allocates nothing. Element pointers last until the next push.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/memory.h"

typedef struct mni_ring {
    mni_memory *memory;
    uint8_t *elements;
    uint32_t element_size;
    uint32_t capacity; /* a power of two, or 0 before the first push */
    uint32_t max;      /* a power of two */
    uint32_t head;     /* index of the oldest, not wrapped */
    uint32_t count;
} mni_ring;

void mni_ring_init(mni_ring *ring, mni_memory *memory, uint32_t element_size, uint32_t max);
void mni_ring_clear(mni_ring *ring);
MNI_CHECK void *mni_ring_push(mni_ring *ring); /* zeroed; NULL when full or out of memory */
void *mni_ring_at(const mni_ring *ring, uint32_t index); /* 0 is the oldest; NULL past the end */
void mni_ring_pop(mni_ring *ring);                       /* drops the oldest; not empty */
void mni_ring_pop_back(mni_ring *ring);                  /* drops the newest; not empty */
/* Make room for count elements at least: reserved room for what must not fail later. */
MNI_CHECK mn_result mni_ring_reserve(mni_ring *ring, uint32_t count);

#endif
