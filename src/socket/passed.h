/* SPDX-License-Identifier: MIT */
/*
 * Messages are numbered with 16 bits, packets with 64. A packet may come so late that a quick
 * sender has gone once around all sequences meanwhile, and it would be taken for a new one. So the
 * numbers of messages that pass are counted: at every 4096th, the next packet's number is noted,
 * and packets below the note before the last are too old. What is in those above lies 8192 messages
 * back from their note at most (see stream.h), and as many ahead: less than 32768 in all.
 */
#ifndef SOCKET_PASSED_H
#define SOCKET_PASSED_H

#include <stdbool.h>
#include <stdint.h>

enum { MNI_PASSED_STEP = 4096 };

typedef struct mni_passed {
    uint64_t notes[2]; /* numbers of packets, the older first */
    uint64_t count;    /* of messages, since the last note */
} mni_passed;

/* All of a packet is taken in; next is above all packets that were. */
static inline void mni_passed_note(mni_passed *passed, uint64_t next)
{
    for (; passed->count >= MNI_PASSED_STEP; passed->count -= MNI_PASSED_STEP) {
        passed->notes[0] = passed->notes[1];
        passed->notes[1] = next;
    }
}

static inline bool mni_passed_is_old(const mni_passed *passed, uint64_t packet)
{
    return packet < passed->notes[0];
}

#endif
