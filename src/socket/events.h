/* SPDX-License-Identifier: MIT */
/*
 * The queue of what happened, of one peer. Room for what must not be refused (the end of a
 * connection, the fate of a notify message) is reserved before it is needed; everything else asks.
 */
#ifndef SOCKET_EVENTS_H
#define SOCKET_EVENTS_H

#include "base/ring.h"
#include "socket/peer.h"

typedef struct mni_events {
    mni_ring ring; /* of mni_peer_event */
    uint32_t reserved;
} mni_events;

void mni_events_init(mni_events *events, mni_memory *memory);
void mni_events_clear(mni_events *events, mni_buffers *buffers);
/* Promise room for count more; MN_ERROR_MEMORY changes nothing. */
MNI_CHECK mn_result mni_events_reserve(mni_events *events, uint32_t count);
void mni_events_unreserve(mni_events *events, uint32_t count);
/* Consumes one reserved place. Zeroed; cannot fail. */
mni_peer_event *mni_events_push_reserved(mni_events *events);
bool mni_events_pop(mni_events *events, mni_peer_event *event_out);
uint32_t mni_events_count(const mni_events *events);

#endif
