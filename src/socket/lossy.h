/* SPDX-License-Identifier: MIT */
/* What tests ask of the lossy wrapper besides what everybody can. */
#ifndef SOCKET_LOSSY_H
#define SOCKET_LOSSY_H

#include "socket/conditions.h"

typedef struct mni_lossy_counts {
    mni_line_counts up, down; /* over all sockets */
    uint64_t overflowed;      /* no room among the delayed, or no memory */
    uint64_t unsent;          /* the inner socket would not have it: too large, or unreachable */
    uint64_t allocations; /* of memory, ever: a steady state is one in which this stands still */
} mni_lossy_counts;

void mni_lossy_count(const mn_lossy *lossy, mni_lossy_counts *counts_out);

#endif
