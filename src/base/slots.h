/* SPDX-License-Identifier: MIT */
/*
 * Generational ids: 20 bits of index plus one (so that zero is nobody) and 12 bits of generation.
 * An id whose slot was freed is recognised as stale until the generation wraps; freed slots are
 * reused oldest first, so that a wrap takes 4096 x (free slots) reuses.
 */
#ifndef BASE_SLOTS_H
#define BASE_SLOTS_H

#include "base/memory.h"

#include <stdbool.h>

enum { MNI_SLOTS_MAX = (1 << 20) - 2, MNI_SLOT_NONE = -1 };

typedef struct mni_slots {
    mni_memory *memory;
    uint16_t *generations;
    uint32_t *next_free; /* queue of free indices */
    uint32_t first_free, last_free;
    uint32_t capacity, count;
} mni_slots;

/* capacity is 1 to MNI_SLOTS_MAX, else MN_ERROR_ARGUMENT. */
MNI_CHECK mn_result mni_slots_init(mni_slots *slots, mni_memory *memory, uint32_t capacity);
void mni_slots_clear(mni_slots *slots);
/* The index taken and its id, or MN_ERROR_FULL. */
MNI_CHECK int32_t mni_slots_take(mni_slots *slots, uint32_t *id_out);
void mni_slots_give(mni_slots *slots, uint32_t id); /* not a live id: nothing */
/* Index of a live id, MNI_SLOT_NONE when stale, zero or never given. */
int32_t mni_slots_find(const mni_slots *slots, uint32_t id);
uint32_t mni_slots_id(const mni_slots *slots, uint32_t index); /* of a taken index; else 0 */

#endif
