/* SPDX-License-Identifier: MIT */
/* A binary heap over (due_us, number), sifted by moving the hole rather than by swapping. */
#include "socket/delayed.h"

#include <stdbool.h>

static mni_delayed *at(const mni_delayed_queue *queue, uint32_t index)
{
    return mni_ring_at(&queue->heap, index);
}

static bool is_before(const mni_delayed *a, const mni_delayed *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->number < b->number;
}

void mni_delayed_init(mni_delayed_queue *queue, mni_memory *memory)
{
    mni_ring_init(&queue->heap, memory, sizeof(mni_delayed), MNI_DELAYED_MAX);
    queue->pushed = 0;
}

void mni_delayed_clear(mni_delayed_queue *queue)
{
    mni_ring_clear(&queue->heap);
}

mn_result mni_delayed_push(mni_delayed_queue *queue, const mni_delayed *delayed)
{
    if (mni_ring_push(&queue->heap) == NULL) {
        return MN_ERROR_FULL;
    }
    mni_delayed added = *delayed;
    added.number = queue->pushed++;
    uint32_t hole = queue->heap.count - 1;
    while (hole > 0 && is_before(&added, at(queue, (hole - 1) / 2))) {
        *at(queue, hole) = *at(queue, (hole - 1) / 2);
        hole = (hole - 1) / 2;
    }
    *at(queue, hole) = added;
    return MN_OK;
}

const mni_delayed *mni_delayed_first(const mni_delayed_queue *queue)
{
    return at(queue, 0);
}

void mni_delayed_pop(mni_delayed_queue *queue)
{
    uint32_t count = queue->heap.count - 1;
    mni_delayed last = *at(queue, count);
    mni_ring_pop_back(&queue->heap);
    uint32_t hole = 0;
    for (uint32_t child = 1; child < count; child = 2 * hole + 1) {
        if (child + 1 < count && is_before(at(queue, child + 1), at(queue, child))) {
            child++;
        }
        if (!is_before(at(queue, child), &last)) {
            break;
        }
        *at(queue, hole) = *at(queue, child);
        hole = child;
    }
    if (count > 0) {
        *at(queue, hole) = last;
    }
}
