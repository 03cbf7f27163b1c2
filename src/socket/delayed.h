/* SPDX-License-Identifier: MIT */
/* Datagrams on their way: a queue from which the one that is due first comes first, and of those
   due at once the one that was pushed first. */
#ifndef SOCKET_DELAYED_H
#define SOCKET_DELAYED_H

#include "base/buffer.h"
#include "base/ring.h"

#include <miragenet.h>

enum { MNI_DELAYED_MAX = 4096 }; /* datagrams in a queue */

typedef struct mni_delayed {
    uint64_t due_us;
    uint64_t number; /* set by push */
    mn_address address;
    uint32_t flags;
    mni_buffer *buffer;
} mni_delayed;

typedef struct mni_delayed_queue {
    mni_ring heap; /* a binary heap in an array that is never popped at its front */
    uint64_t pushed;
} mni_delayed_queue;

void mni_delayed_init(mni_delayed_queue *queue, mni_memory *memory);
void mni_delayed_clear(mni_delayed_queue *queue); /* the buffers are whose they are */
/* MN_ERROR_FULL at MNI_DELAYED_MAX or without memory. */
MNI_CHECK mn_result mni_delayed_push(mni_delayed_queue *queue, const mni_delayed *delayed);
const mni_delayed *mni_delayed_first(const mni_delayed_queue *queue); /* NULL when empty */
void mni_delayed_pop(mni_delayed_queue *queue);                       /* the first; not empty */

#endif
