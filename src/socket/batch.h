/* SPDX-License-Identifier: MIT */
/*
 * Collects outgoing datagrams and hands them to the socket together. A socket that is FULL keeps
 * nobody waiting and loses nothing: the batch holds what it has for the next try, and until then
 * it is stuck and gives out no space, so that connections keep what they have to send. What the
 * socket refuses for good is dropped and counted, as if the network had lost it.
 *
 * A batch grows to the largest burst between two sends, so that a peer with one quiet connection
 * takes little memory, and a busy one few system calls.
 */
#ifndef SOCKET_BATCH_H
#define SOCKET_BATCH_H

#include "base/memory.h"

#include <stdbool.h>

enum { MNI_BATCH_MAX = 64 };

typedef struct mni_batch {
    mni_memory *memory;
    mn_counters *counters;
    uint8_t *bytes; /* capacity datagrams of datagram_size */
    uint32_t datagram_size;
    uint32_t capacity, max;
    uint32_t first, count; /* those that wait: first to count - 1 */
    bool is_stuck;
    mn_socket socket;
    mn_datagram datagrams[MNI_BATCH_MAX];
} mni_batch;

/* Has room for `first` datagrams at once and grows to `max`. counters are the caller's and count
   what leaves and what is dropped. */
MNI_CHECK mn_result mni_batch_init(mni_batch *batch, mni_memory *memory, mn_counters *counters,
                                   uint32_t first, uint32_t max, uint32_t datagram_size);
void mni_batch_clear(mni_batch *batch);
void mni_batch_reset(mni_batch *batch, const mn_socket *socket); /* forgets what waits */

/* Where to write the next datagram, of datagram_size bytes at most; NULL when stuck. */
uint8_t *mni_batch_begin(mni_batch *batch, uint64_t now_us);
void mni_batch_end(mni_batch *batch, const mn_address *to, uint32_t size);
/* Everything written so far leaves, as far as the socket takes it; nothing when stuck. now_us is
   the caller's. */
void mni_batch_send(mni_batch *batch, uint64_t now_us);
void mni_batch_retry(mni_batch *batch, uint64_t now_us); /* time has passed: stuck no more */

#endif
