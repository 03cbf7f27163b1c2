/* SPDX-License-Identifier: MIT */
/*
 * One timer per index, in a binary heap that knows where each index stands. Idle things cost
 * nothing: whoever runs timers looks at the earliest only. Putting one off costs next to nothing.
 */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include "base/memory.h"

#define MNI_NEVER UINT64_MAX

typedef struct mni_timers {
    mni_memory *memory;
    uint64_t *due_us;   /* by index; MNI_NEVER when not set */
    uint64_t *key_us;   /* by index, in heap: not later than due_us */
    uint32_t *heap;     /* of indices */
    uint32_t *position; /* by index, in heap */
    uint32_t capacity, count;
} mni_timers;

MNI_CHECK mn_result mni_timers_init(mni_timers *timers, mni_memory *memory, uint32_t capacity);
void mni_timers_clear(mni_timers *timers);
void mni_timers_set(mni_timers *timers, uint32_t index, uint64_t due_us); /* MNI_NEVER: cancels */
uint64_t mni_timers_next_us(const mni_timers *timers);                    /* MNI_NEVER: none */
/* The index of the earliest timer that is due at now_us, unset; -1 when none is. Equal times pop in
   index order. */
int64_t mni_timers_pop(mni_timers *timers, uint64_t now_us);

#endif
