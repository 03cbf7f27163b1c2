/* SPDX-License-Identifier: MIT */
/*
 * The model of a bad line: what becomes of each datagram that enters one direction of it. A line
 * holds the state that outlasts a datagram (the bottleneck's queue, the burst, the order) and draws
 * everything from its own seed; it keeps no datagrams, and knows nothing of sockets.
 *
 * A datagram meets, in this order: the partition, the size limit, the bottleneck with its queue,
 * loss (a lost one has used the bottleneck), duplication, and for each copy corruption, latency
 * with jitter, and reordering.
 */
#ifndef SOCKET_CONDITIONS_H
#define SOCKET_CONDITIONS_H

#include "base/assert.h"
#include "base/random.h"

#include <miragenet.h>

enum {
    MNI_LATENCY_US_MAX = 600000000,  /* of latency and of jitter: ten minutes */
    MNI_LINE_QUEUE_BYTES = 64 << 10, /* before the bottleneck, unless said otherwise */
    MNI_REORDER_US_MIN = 5000,       /* a datagram chosen for reordering is held back by this … */
    MNI_REORDER_US_MAX = 50000       /* … to this much, while later ones pass */
};

typedef struct mni_line {
    mni_random random;
    uint64_t free_us;     /* when the bottleneck has sent all that waits before it */
    uint64_t free_rest;   /* and the part of a microsecond, in 1 / bytes_per_second */
    uint64_t last_due_us; /* of the latest that kept its order */
    bool is_in_burst;     /* of losses */
} mni_line;

typedef struct mni_line_counts {
    uint64_t entered;
    uint64_t partitioned; /* from here to lost: why it vanished */
    uint64_t too_large;
    uint64_t queue_full;
    uint64_t lost;
    uint64_t duplicated; /* from here on: what else was done to it */
    uint64_t corrupted;
    uint64_t reordered;
} mni_line_counts;

typedef struct mni_fate {
    uint32_t copies; /* 0: it vanished */
    struct {
        uint64_t due_us;
        bool is_corrupt;
    } copy[2];
} mni_fate;

/* Copies conditions after checking them; NULL given: none. MN_ERROR_ARGUMENT where struct_size is
   too small, a probability is not within 0 and 1, or a time is over MNI_LATENCY_US_MAX. */
MNI_CHECK mn_result mni_conditions_read(const mn_conditions *conditions,
                                        mn_conditions *conditions_out);

void mni_line_init(mni_line *line, uint64_t seed);
void mni_line_pass(mni_line *line, const mn_conditions *conditions, uint32_t size, uint64_t now_us,
                   mni_line_counts *counts, mni_fate *fate_out);
/* Flips one to three bits or cuts the end off; returns the size left. */
uint32_t mni_line_corrupt(mni_line *line, uint8_t *bytes, uint32_t size);

#endif
