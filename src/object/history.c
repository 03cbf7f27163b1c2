/* SPDX-License-Identifier: MIT */
/*
 * Behind the head of the block lie the times, then the numbers, then, aligned, the states, which
 * never move: their order is a list of places. A number is looked for from the newest back, because
 * what is asked for is nearly always a few versions old.
 */
#include "object/history.h"

#include <stddef.h>
#include <string.h>

enum { ALIGNMENT = 16 };

static uint32_t align(uint32_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static uint32_t numbers_offset(uint32_t capacity)
{
    return (uint32_t)(offsetof(mni_history, times_us) + capacity * sizeof(uint64_t));
}

static uint32_t states_offset(uint32_t capacity)
{
    return align((uint32_t)(numbers_offset(capacity) + capacity * sizeof(uint16_t)));
}

static uint16_t *numbers_of(mni_history *history)
{
    return (void *)((uint8_t *)history + numbers_offset(history->capacity));
}

static void *state_at(mni_history *history, uint32_t place)
{
    return (uint8_t *)history + states_offset(history->capacity) + (size_t)place * history->stride;
}

uint32_t mni_history_size(uint32_t capacity, uint32_t state_size)
{
    return states_offset(capacity) + (capacity + 1) * align(state_size);
}

void mni_history_init(mni_history *history, uint32_t capacity, uint32_t state_size)
{
    history->stride = align(state_size);
    history->capacity = (uint16_t)capacity;
    history->count = 0;
}

void *mni_history_put(mni_history *history, uint16_t number, uint64_t time_us)
{
    uint32_t rank = history->count; /* where it belongs in the order */
    while (rank > 0 && history->times_us[history->order[rank - 1]] > time_us) {
        rank--;
    }
    uint8_t place = (uint8_t)history->count;
    if (history->count < history->capacity) {
        memmove(&history->order[rank + 1], &history->order[rank], history->count - rank);
        history->count++;
    } else if (rank == 0) {
        return NULL;
    } else { /* the oldest makes room */
        rank--;
        place = history->order[0];
        memmove(&history->order[0], &history->order[1], rank);
    }
    history->order[rank] = place;
    history->times_us[place] = time_us;
    numbers_of(history)[place] = number;
    return state_at(history, place);
}

void *mni_history_find(mni_history *history, uint16_t number)
{
    const uint16_t *numbers = numbers_of(history);
    for (uint32_t rank = history->count; rank > 0; rank--) {
        uint32_t place = history->order[rank - 1];
        if (numbers[place] == number) {
            return state_at(history, place);
        }
    }
    return NULL;
}

void *mni_history_spare(mni_history *history)
{
    return state_at(history, history->capacity);
}
