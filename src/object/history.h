/* SPDX-License-Identifier: MIT */
/*
 * The last versions of an object's canonical state, in one block: a version lies at its number
 * modulo the capacity, so that a number is found in one step and the oldest makes room for the
 * newest. A server's history has no gaps; a client's has the versions that arrived. One more state,
 * which has no number, is there for what the owner of the history wants to remember.
 */
#ifndef OBJECT_HISTORY_H
#define OBJECT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MNI_HISTORY_CAPACITY_MAX = 64,
    /* Numbers wrap, and an old one must not be taken for a new one. Whatever is remembered of a
       version is forgotten before the object is this far ahead of it. */
    MNI_HISTORY_REACH = 1 << 14
};

typedef struct mni_history {
    uint64_t present;  /* a bit for each place */
    uint32_t capacity; /* a power of two, 2 to MNI_HISTORY_CAPACITY_MAX */
    uint32_t stride;
    uint16_t numbers[];
} mni_history;

uint32_t mni_history_stride(uint32_t state_size);
uint32_t mni_history_size(uint32_t capacity,
                          uint32_t state_size); /* of the whole block, in bytes */
void mni_history_init(mni_history *history, uint32_t capacity, uint32_t state_size);
void mni_history_clear(mni_history *history);
/* Where the state of this version is to be written; what was in its place is gone. */
void *mni_history_put(mni_history *history, uint16_t number);
void *mni_history_find(mni_history *history, uint16_t number); /* NULL: not there */
/* The number of the version in a place, which is below the capacity; false: there is none. */
static inline bool mni_history_at(const mni_history *history, uint32_t place, uint16_t *number_out)
{
    *number_out = history->numbers[place];
    return (history->present >> place & 1) != 0;
}
void *mni_history_spare(mni_history *history);

#endif
