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

#define MNI_SLOT_TAKEN (UINT32_MAX - 1) /* next_free of a slot that is not in the queue */
enum { MNI_SLOT_INDEX_BITS = 20 };

/* Of a taken index; else 0. */
static inline uint32_t mni_slots_id(const mni_slots *slots, uint32_t index)
{
    bool is_taken = index < slots->capacity && slots->next_free[index] == MNI_SLOT_TAKEN;
    return is_taken ? (uint32_t)slots->generations[index] << MNI_SLOT_INDEX_BITS | (index + 1) : 0;
}

/* Index of a live id, MNI_SLOT_NONE when stale, zero or never given. */
static inline int32_t mni_slots_find(const mni_slots *slots, uint32_t id)
{
    /* Of an id without index this is a huge number. */
    uint32_t index = (id & ((1u << MNI_SLOT_INDEX_BITS) - 1)) - 1;
    return id != 0 && mni_slots_id(slots, index) == id ? (int32_t)index : MNI_SLOT_NONE;
}

#endif
