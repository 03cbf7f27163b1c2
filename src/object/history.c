/* SPDX-License-Identifier: MIT */
/* Behind the head of the block lie the numbers, and behind them, aligned, the states. */
#include "object/history.h"

#include <stddef.h>

enum { ALIGNMENT = 16 };

static uint32_t align(uint32_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static uint32_t head_size(uint32_t capacity)
{
    return align((uint32_t)(offsetof(mni_history, numbers) + capacity * sizeof(uint16_t)));
}

static void *state_at(mni_history *history, uint32_t place)
{
    return (uint8_t *)history + head_size(history->capacity) + (size_t)place * history->stride;
}

uint32_t mni_history_stride(uint32_t state_size)
{
    return align(state_size);
}

uint32_t mni_history_size(uint32_t capacity, uint32_t state_size)
{
    return head_size(capacity) + (capacity + 1) * align(state_size);
}

void mni_history_init(mni_history *history, uint32_t capacity, uint32_t state_size)
{
    history->present = 0;
    history->capacity = capacity;
    history->stride = align(state_size);
}

void mni_history_clear(mni_history *history)
{
    history->present = 0;
}

void *mni_history_put(mni_history *history, uint16_t number)
{
    uint32_t place = number & (history->capacity - 1);
    history->present |= 1ULL << place;
    history->numbers[place] = number;
    return state_at(history, place);
}

void *mni_history_find(mni_history *history, uint16_t number)
{
    uint32_t place = number & (history->capacity - 1);
    uint16_t found;
    return mni_history_at(history, place, &found) && found == number ? state_at(history, place)
                                                                     : NULL;
}

void *mni_history_spare(mni_history *history)
{
    return state_at(history, history->capacity);
}
