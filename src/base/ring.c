/* SPDX-License-Identifier: MIT */
/*
 * The capacity is a power of two, so that a position is a mask away from its place, and head may
 * run on and wrap at 2^32 without notice. Growing lays the elements out from the start again.
 */
#include "base/ring.h"

#include <string.h>

enum { FIRST_CAPACITY = 8 };

static void *place(const mni_ring *ring, uint32_t index)
{
    size_t slot = (ring->head + index) & (ring->capacity - 1);
    return ring->elements + slot * ring->element_size;
}

static mn_result grow(mni_ring *ring, uint32_t capacity)
{
    if (capacity > SIZE_MAX / ring->element_size) {
        return MN_ERROR_MEMORY;
    }
    uint8_t *elements = mni_allocate(ring->memory, (size_t)capacity * ring->element_size);
    if (elements == NULL) {
        return MN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < ring->count; i++) {
        memcpy(elements + (size_t)i * ring->element_size, place(ring, i), ring->element_size);
    }
    mni_release(ring->memory, ring->elements, (size_t)ring->capacity * ring->element_size);
    ring->elements = elements;
    ring->capacity = capacity;
    ring->head = 0;
    return MN_OK;
}

void mni_ring_init(mni_ring *ring, mni_memory *memory, uint32_t element_size, uint32_t max)
{
    MNI_ASSERT(element_size > 0);
    MNI_ASSERT(max > 0 && (max & (max - 1)) == 0);
    *ring = (mni_ring){.memory = memory, .element_size = element_size, .max = max};
}

void mni_ring_clear(mni_ring *ring)
{
    mni_release(ring->memory, ring->elements, (size_t)ring->capacity * ring->element_size);
    ring->elements = NULL;
    ring->capacity = 0;
    ring->head = 0;
    ring->count = 0;
}

void *mni_ring_push(mni_ring *ring)
{
    if (ring->count == ring->max || mni_ring_reserve(ring, ring->count + 1) != MN_OK) {
        return NULL;
    }
    void *element = place(ring, ring->count);
    ring->count++;
    return memset(element, 0, ring->element_size);
}

void *mni_ring_at(const mni_ring *ring, uint32_t index)
{
    return index < ring->count ? place(ring, index) : NULL;
}

void mni_ring_pop(mni_ring *ring)
{
    MNI_ASSERT(ring->count > 0);
    ring->head++;
    ring->count--;
}

void mni_ring_pop_back(mni_ring *ring)
{
    MNI_ASSERT(ring->count > 0);
    ring->count--;
}

mn_result mni_ring_reserve(mni_ring *ring, uint32_t count)
{
    if (count <= ring->capacity) {
        return MN_OK;
    }
    if (count > ring->max) {
        return MN_ERROR_FULL;
    }
    uint32_t capacity = ring->capacity;
    if (capacity == 0) {
        capacity = FIRST_CAPACITY < ring->max ? FIRST_CAPACITY : ring->max;
    }
    while (capacity < count) {
        capacity *= 2;
    }
    return grow(ring, capacity);
}
