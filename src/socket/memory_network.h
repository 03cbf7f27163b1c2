/* SPDX-License-Identifier: MIT */
/* What tests ask of the in-process network besides what everybody can. */
#ifndef SOCKET_MEMORY_NETWORK_H
#define SOCKET_MEMORY_NETWORK_H

#include <miragenet.h>

enum { MNI_NETWORK_QUEUE_MAX = 1024 }; /* datagrams that wait at one socket; more are dropped */

typedef struct mni_network_counts {
    uint64_t delivered;   /* put into a queue */
    uint64_t unreachable; /* nobody is bound there, or a client that talks with somebody else */
    uint64_t overflowed;  /* the queue was full */
    uint64_t allocations; /* of memory, ever: a steady state is one in which this stands still */
} mni_network_counts;

void mni_network_count(const mn_network *network, mni_network_counts *counts_out);

#endif
