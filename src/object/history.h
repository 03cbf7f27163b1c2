/* SPDX-License-Identifier: MIT */
/*
 * Versions of an object's canonical state, in one block. A version is named by the number of the
 * flush that made it, and has a time, by which the oldest makes room for a newer one. A server's
 * history has the last versions that it made; a client's the last of those that arrived, so that
 * what the server still has and the client received, the client still has. One more state, which
 * has no number, is there for what the owner of the history wants to remember.
 */
#ifndef OBJECT_HISTORY_H
#define OBJECT_HISTORY_H

#include <stdint.h>

enum {
    MNI_HISTORY_CAPACITY_MAX = 64,
    /* Numbers wrap, and an old one must not be taken for a new one: what is so many flushes old is
       not named any more. */
    MNI_HISTORY_REACH = 1 << 14
};

typedef struct mni_history {
    uint32_t stride;
    uint16_t capacity; /* 2 to MNI_HISTORY_CAPACITY_MAX */
    uint16_t count;
    uint8_t order[MNI_HISTORY_CAPACITY_MAX]; /* places, by time; the oldest first */
    uint64_t times_us[];
} mni_history;

uint32_t mni_history_size(uint32_t capacity,
                          uint32_t state_size); /* of the whole block, in bytes */
void mni_history_init(mni_history *history, uint32_t capacity, uint32_t state_size);
/* Where the state of this version is to be written; NULL: all that is there is newer, and there is
   no room. */
void *mni_history_put(mni_history *history, uint16_t number, uint64_t time_us);
/* NULL: not there. Of two with one number (it wrapped), the newer. */
void *mni_history_find(mni_history *history, uint16_t number);
void *mni_history_spare(mni_history *history);

#endif
