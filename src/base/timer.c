/* SPDX-License-Identifier: MIT */
/*
 * A binary heap of indices, ordered by key and then by index: with equal times in a fixed order,
 * what happens in an update does not depend on what the heap went through before. A timer that is
 * put off, as most are again and again, stays where it is: its key is only a bound, and is brought
 * up to date when it has come to the root. The root's key is always its due time.
 */
#include "base/timer.h"

#include <stdbool.h>
#include <string.h>

static bool is_before(const mni_timers *timers, uint32_t a, uint32_t b)
{
    uint64_t key_a_us = timers->key_us[a];
    uint64_t key_b_us = timers->key_us[b];
    return key_a_us < key_b_us || (key_a_us == key_b_us && a < b);
}

static void place(mni_timers *timers, uint32_t at, uint32_t index)
{
    timers->heap[at] = index;
    timers->position[index] = at;
}

/* Moves a free place for the index towards the root, as far as the index may go; where it is. */
static uint32_t sift_up(mni_timers *timers, uint32_t at, uint32_t index)
{
    while (at > 0 && is_before(timers, index, timers->heap[(at - 1) / 2])) {
        place(timers, at, timers->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return at;
}

/* Moves the free place away from the root, as far as the index must go, and puts it there. */
static void sift_down(mni_timers *timers, uint32_t at, uint32_t index)
{
    for (uint32_t child = 2 * at + 1; child < timers->count; child = 2 * at + 1) {
        if (child + 1 < timers->count &&
            is_before(timers, timers->heap[child + 1], timers->heap[child])) {
            child++;
        }
        if (!is_before(timers, timers->heap[child], index)) {
            break;
        }
        place(timers, at, timers->heap[child]);
        at = child;
    }
    place(timers, at, index);
}

static void settle(mni_timers *timers, uint32_t at, uint32_t index)
{
    sift_down(timers, sift_up(timers, at, index), index);
}

mn_result mni_timers_init(mni_timers *timers, mni_memory *memory, uint32_t capacity)
{
    *timers = (mni_timers){.memory = memory};
    if (capacity == 0 || capacity > INT32_MAX / sizeof timers->due_us[0]) {
        return MN_ERROR_ARGUMENT;
    }
    timers->capacity = capacity;
    timers->due_us = mni_allocate(memory, capacity * sizeof timers->due_us[0]);
    timers->key_us = mni_allocate(memory, capacity * sizeof timers->key_us[0]);
    timers->heap = mni_allocate(memory, capacity * sizeof timers->heap[0]);
    timers->position = mni_allocate(memory, capacity * sizeof timers->position[0]);
    if (timers->due_us == NULL || timers->key_us == NULL || timers->heap == NULL ||
        timers->position == NULL) {
        mni_timers_clear(timers);
        return MN_ERROR_MEMORY;
    }
    memset(timers->due_us, 0xff, capacity * sizeof timers->due_us[0]); /* all MNI_NEVER */
    return MN_OK;
}

void mni_timers_clear(mni_timers *timers)
{
    size_t capacity = timers->capacity;
    mni_release(timers->memory, timers->due_us, capacity * sizeof timers->due_us[0]);
    mni_release(timers->memory, timers->key_us, capacity * sizeof timers->key_us[0]);
    mni_release(timers->memory, timers->heap, capacity * sizeof timers->heap[0]);
    mni_release(timers->memory, timers->position, capacity * sizeof timers->position[0]);
    *timers = (mni_timers){.memory = timers->memory};
}

static void freshen_root(mni_timers *timers)
{
    while (timers->count > 0) {
        uint32_t root = timers->heap[0];
        if (timers->key_us[root] == timers->due_us[root]) {
            return;
        }
        timers->key_us[root] = timers->due_us[root];
        sift_down(timers, 0, root);
    }
}

static void cancel(mni_timers *timers, uint32_t index)
{
    uint32_t at = timers->position[index];
    timers->due_us[index] = MNI_NEVER;
    timers->count--;
    if (at < timers->count) {
        settle(timers, at, timers->heap[timers->count]);
    }
    freshen_root(timers);
}

void mni_timers_set(mni_timers *timers, uint32_t index, uint64_t due_us)
{
    MNI_ASSERT(index < timers->capacity);
    uint64_t before_us = timers->due_us[index];
    if (due_us == before_us) {
        return;
    }
    if (due_us == MNI_NEVER) {
        cancel(timers, index);
        return;
    }
    timers->due_us[index] = due_us;
    if (before_us == MNI_NEVER || due_us < timers->key_us[index]) {
        uint32_t at = before_us == MNI_NEVER ? timers->count++ : timers->position[index];
        timers->key_us[index] = due_us;
        place(timers, sift_up(timers, at, index), index);
    }
    freshen_root(timers);
}

uint64_t mni_timers_next_us(const mni_timers *timers)
{
    return timers->count > 0 ? timers->due_us[timers->heap[0]] : MNI_NEVER;
}

int64_t mni_timers_pop(mni_timers *timers, uint64_t now_us)
{
    if (timers->count == 0 || timers->due_us[timers->heap[0]] > now_us) {
        return -1;
    }
    uint32_t index = timers->heap[0];
    cancel(timers, index);
    return index;
}
