/* SPDX-License-Identifier: MIT */
/*
 * See batch.h. Datagram i of the batch is written to the i-th part of one block, always, so that
 * nothing is moved when a part of the batch has left.
 */
#include "socket/batch.h"

mn_result mni_batch_init(mni_batch *batch, mni_memory *memory, mn_counters *counters, uint32_t max,
                         uint32_t datagram_size)
{
    MNI_ASSERT(max > 0 && max <= MNI_BATCH_MAX);
    *batch = (mni_batch){
        .memory = memory, .counters = counters, .max = max, .datagram_size = datagram_size};
    batch->bytes = mni_allocate(memory, (size_t)max * datagram_size);
    return batch->bytes == NULL ? MN_ERROR_MEMORY : MN_OK;
}

void mni_batch_clear(mni_batch *batch)
{
    mni_release(batch->memory, batch->bytes, (size_t)batch->max * batch->datagram_size);
    *batch = (mni_batch){.memory = batch->memory};
}

void mni_batch_reset(mni_batch *batch, const mn_socket *socket)
{
    batch->first = 0;
    batch->count = 0;
    batch->is_stuck = false;
    batch->socket = *socket;
}

uint8_t *mni_batch_begin(mni_batch *batch, uint64_t now_us)
{
    if (batch->count == batch->max) {
        mni_batch_send(batch, now_us);
    }
    return batch->is_stuck ? NULL : batch->bytes + (size_t)batch->count * batch->datagram_size;
}

void mni_batch_end(mni_batch *batch, const mn_address *to, uint32_t size)
{
    MNI_ASSERT(batch->count < batch->max && size <= batch->datagram_size);
    batch->datagrams[batch->count] =
        (mn_datagram){.address = *to,
                      .size = size,
                      .bytes = batch->bytes + (size_t)batch->count * batch->datagram_size};
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
