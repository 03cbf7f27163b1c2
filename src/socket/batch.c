/* SPDX-License-Identifier: MIT */
/*
 * See batch.h. Datagram i of the batch is written to the i-th part of one block, always, so that
 * nothing is moved when a part of the batch has left.
 */
#include "socket/batch.h"

#include <string.h>

mn_result mni_batch_init(mni_batch *batch, mni_memory *memory, mn_counters *counters,
                         uint32_t first, uint32_t max, uint32_t datagram_size)
{
    MNI_ASSERT(first > 0 && first <= max && max <= MNI_BATCH_MAX);
    *batch = (mni_batch){.memory = memory,
                         .counters = counters,
                         .capacity = first,
                         .max = max,
                         .datagram_size = datagram_size};
    batch->bytes = mni_allocate_unzeroed(memory, (size_t)first * datagram_size);
    return batch->bytes == NULL ? MN_ERROR_MEMORY : MN_OK;
}

void mni_batch_clear(mni_batch *batch)
{
    mni_release(batch->memory, batch->bytes, (size_t)batch->capacity * batch->datagram_size);
    *batch = (mni_batch){.memory = batch->memory};
}

void mni_batch_reset(mni_batch *batch, const mn_socket *socket)
{
    batch->first = 0;
    batch->count = 0;
    batch->is_stuck = false;
    batch->socket = *socket;
}

static uint8_t *place(const mni_batch *batch, uint32_t index)
{
    return batch->bytes + (size_t)index * batch->datagram_size;
}

/* False at the maximum and out of memory: then the batch stays as it is. */
static bool grow(mni_batch *batch)
{
    size_t size = (size_t)batch->capacity * batch->datagram_size;
    uint32_t capacity = batch->capacity < batch->max / 2 ? 2 * batch->capacity : batch->max;
    uint8_t *bytes = NULL;
    if (capacity > batch->capacity) {
        bytes = mni_allocate_unzeroed(batch->memory, (size_t)capacity * batch->datagram_size);
    }
    if (bytes == NULL) {
        return false;
    }
    memcpy(bytes, batch->bytes, size);
    mni_release(batch->memory, batch->bytes, size);
    batch->bytes = bytes;
    batch->capacity = capacity;
    for (uint32_t i = batch->first; i < batch->count; i++) {
        batch->datagrams[i].bytes = place(batch, i);
    }
    return true;
}

uint8_t *mni_batch_begin(mni_batch *batch, uint64_t now_us)
{
    if (!batch->is_stuck && batch->count == batch->capacity && !grow(batch)) {
        mni_batch_send(batch, now_us);
    }
    return batch->is_stuck ? NULL : place(batch, batch->count);
}

void mni_batch_end(mni_batch *batch, const mn_address *to, uint32_t size)
{
    MNI_ASSERT(batch->count < batch->capacity && size <= batch->datagram_size);
    batch->datagrams[batch->count] =
        (mn_datagram){.address = *to, .size = size, .bytes = place(batch, batch->count)};
    batch->count++;
}

static void count_sent(mni_batch *batch, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        batch->counters->packets_sent++;
        batch->counters->bytes_sent += batch->datagrams[batch->first + i].size;
    }
    batch->first += count;
}

static void drop_first(mni_batch *batch, uint32_t why)
{
    batch->counters->dropped[why]++;
    batch->first++;
}

void mni_batch_send(mni_batch *batch, uint64_t now_us)
{
    while (!batch->is_stuck && batch->first < batch->count) {
        uint32_t waiting = batch->count - batch->first;
        mn_result sent = batch->socket.ops->send(batch->socket.self,
                                                 batch->datagrams + batch->first, waiting, now_us);
        if (sent > 0) {
            count_sent(batch, (uint32_t)sent < waiting ? (uint32_t)sent : waiting);
        } else if (sent == MN_ERROR_TOO_LARGE) {
            drop_first(batch, MN_DROP_SEND_TOO_LARGE);
        } else if (sent == MN_ERROR_FULL || sent == 0) {
            batch->is_stuck = true;
        } else {
            drop_first(batch, MN_DROP_SEND_FAILED);
        }
    }
    if (!batch->is_stuck) {
        batch->first = 0;
        batch->count = 0;
    }
}

void mni_batch_retry(mni_batch *batch, uint64_t now_us)
{
    batch->is_stuck = false;
    mni_batch_send(batch, now_us);
}
