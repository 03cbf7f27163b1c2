/* SPDX-License-Identifier: MIT */
/*
 * The free slots are a queue threaded through next_free; a slot that is taken says so in the same
 * place. A slot's generation moves on when it is given back, which makes its old id stale at once.
 */
#include "base/slots.h"

#define END UINT32_MAX /* next_free of the last in the queue */

enum { GENERATION_MASK = (1 << 12) - 1 };

mn_result mni_slots_init(mni_slots *slots, mni_memory *memory, uint32_t capacity)
{
    *slots = (mni_slots){.memory = memory, .first_free = END, .last_free = END};
    if (capacity == 0 || capacity > MNI_SLOTS_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    slots->capacity = capacity;
    slots->generations = mni_allocate(memory, capacity * sizeof slots->generations[0]);
    slots->next_free = mni_allocate(memory, capacity * sizeof slots->next_free[0]);
    if (slots->generations == NULL || slots->next_free == NULL) {
        mni_slots_clear(slots);
        return MN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < capacity; i++) {
        slots->next_free[i] = i + 1 < capacity ? i + 1 : END;
    }
    slots->first_free = 0;
    slots->last_free = capacity - 1;
    return MN_OK;
}

void mni_slots_clear(mni_slots *slots)
{
    size_t capacity = slots->capacity;
    mni_release(slots->memory, slots->generations, capacity * sizeof slots->generations[0]);
    mni_release(slots->memory, slots->next_free, capacity * sizeof slots->next_free[0]);
    *slots = (mni_slots){.memory = slots->memory, .first_free = END, .last_free = END};
}

int32_t mni_slots_take(mni_slots *slots, uint32_t *id_out)
{
    if (slots->count == slots->capacity) {
        return MN_ERROR_FULL;
    }
    uint32_t index = slots->first_free;
    slots->first_free = slots->next_free[index];
    if (slots->first_free == END) {
        slots->last_free = END;
    }
    slots->next_free[index] = MNI_SLOT_TAKEN;
    slots->count++;
    *id_out = mni_slots_id(slots, index);
    return (int32_t)index;
}

void mni_slots_give(mni_slots *slots, uint32_t id)
{
    int32_t found = mni_slots_find(slots, id);
    if (found == MNI_SLOT_NONE) {
        return;
    }
    uint32_t index = (uint32_t)found;
    slots->generations[index] = (uint16_t)((slots->generations[index] + 1) & GENERATION_MASK);
    slots->next_free[index] = END;
    if (slots->last_free == END) {
        slots->first_free = index;
    } else {
        slots->next_free[slots->last_free] = index;
    }
    slots->last_free = index;
    slots->count--;
}
