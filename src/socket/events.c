/* SPDX-License-Identifier: MIT */
/*
 * A reserved place is capacity of the ring that nobody else may use: a reservation makes room for
 * all that is queued and all that is promised, so that using a promise cannot fail.
 */
#include "socket/events.h"

#include "base/assert.h"

enum { EVENTS_MAX = 1 << 22 };

void mni_events_init(mni_events *events, mni_memory *memory)
{
    *events = (mni_events){.reserved = 0};
    mni_ring_init(&events->ring, memory, sizeof(mni_peer_event), EVENTS_MAX);
}

void mni_events_clear(mni_events *events, mni_buffers *buffers)
{
    mni_peer_event event;
    while (mni_events_pop(events, &event)) {
        mni_buffer_drop(buffers, event.buffer);
    }
    mni_ring_clear(&events->ring);
    events->reserved = 0;
}

mn_result mni_events_reserve(mni_events *events, uint32_t count)
{
    uint32_t taken = events->ring.count + events->reserved;
    if (count > EVENTS_MAX - taken || mni_ring_reserve(&events->ring, taken + count) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    events->reserved += count;
    return MN_OK;
}

void mni_events_unreserve(mni_events *events, uint32_t count)
{
    MNI_ASSERT(count <= events->reserved);
    events->reserved -= count;
}

mni_peer_event *mni_events_push_reserved(mni_events *events)
{
    MNI_ASSERT(events->reserved > 0);
    events->reserved--;
    mni_peer_event *event = mni_ring_push(&events->ring);
    MNI_ASSERT(event != NULL);
    return event;
}

bool mni_events_pop(mni_events *events, mni_peer_event *event_out)
{
    mni_peer_event *event = mni_ring_at(&events->ring, 0);
    if (event == NULL) {
        return false;
    }
    *event_out = *event;
    mni_ring_pop(&events->ring);
    return true;
}

uint32_t mni_events_count(const mni_events *events)
{
    return events->ring.count;
}
