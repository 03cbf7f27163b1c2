/* SPDX-License-Identifier: MIT */
/* The queue is looked through from its oldest, and what stays is moved together. */
#include "object/held.h"

#include "base/seq.h"
#include "message/payload.h"

enum { QUEUE_MAX = 1 << 16, TIME_BITS = 32 };

enum fate { FATE_TELL, FATE_WAIT, FATE_DROP };

mn_result mni_held_init(mni_held *held, mni_notices *notices)
{
    held->notices = notices;
    mni_ring_init(&held->calls, mni_endpoint_memory(notices->endpoint), sizeof(mni_peer_event),
                  QUEUE_MAX);
    return mni_ring_reserve(&held->calls, MNI_HELD_MAX);
}

void mni_held_reset(mni_held *held)
{
    while (held->calls.count > 0) {
        mni_endpoint_return(held->notices->endpoint, mni_ring_at(&held->calls, 0));
        mni_ring_pop(&held->calls);
    }
}

void mni_held_clear(mni_held *held)
{
    mni_held_reset(held);
    mni_ring_clear(&held->calls);
}

void mni_held_take(mni_held *held, const mni_peer_event *call)
{
    mni_endpoint *endpoint = held->notices->endpoint;
    mni_peer_event *place = mni_ring_push(&held->calls);
    if (place == NULL) {
        mni_peer_event lost = *call;
        mni_endpoint_counts(endpoint)->dropped[MN_DROP_MEMORY]++;
        mni_endpoint_return(endpoint, &lost);
        return;
    }
    *place = *call;
}

static void refuse(mni_held *held)
{
    mni_endpoint *endpoint = held->notices->endpoint;
    mni_endpoint_counts(endpoint)->dropped[MN_DROP_MALFORMED]++;
    mni_endpoint_charge(endpoint, (mn_player){held->notices->replicas->self});
}

/* Whether it is time for the call. What is shown of its flush or a later one has the call's version
   in it. The slot's own times tell an object that is gone from one that is still to come. */
static enum fate fate_of(const mni_replica *replica, const mni_call *call, bool is_reliable,
                         uint64_t time_us)
{
    bool is_here = replica != NULL && replica->object == call->object;
    if (is_here && replica->is_live) {
        bool has_version = replica->version == call->version || replica->shown_us >= time_us;
        return replica->is_touched || (is_reliable && !has_version) ? FATE_WAIT : FATE_TELL;
    }
    if (is_here || !is_reliable) {
        return FATE_DROP;
    }
    bool is_over = replica != NULL && (time_us < replica->began_us || time_us < replica->ended_us);
    return is_over ? FATE_DROP : FATE_WAIT;
}

/* FATE_WAIT: out of memory. */
static enum fate tell(mni_held *held, const mni_replica *replica, const mni_peer_event *from,
                      const mni_call *call, uint64_t time_us)
{
    const mni_object_type *type = replica->kind->type;
    if (call->call >= type->call_count ||
        (type->calls[call->call].flags & MN_CALL_TO_CLIENT) == 0) {
        refuse(held);
        return FATE_DROP;
    }
    const mni_call_type *declared = &type->calls[call->call];
    mni_buffers *buffers = held->notices->replicas->buffers;
    mni_buffer *arguments = mni_buffer_take(buffers, declared->size);
    if (arguments == NULL) {
        return FATE_WAIT;
    }
    if (!mni_payload_decode(&declared->layout, call->arguments, call->size, arguments->bytes)) {
        mni_buffer_drop(buffers, arguments);
        refuse(held);
        return FATE_DROP;
    }
    mn_event event = {
        .type = MN_EVENT_CALL,
        .delivery = from->event.delivery,
        .object = {call->object},
        .object_type = type->id,
        .what = call->call,
        .size = declared->size,
        .time_us = time_us,
        .user = replica->user,
        .data = arguments->bytes,
    };
    if (mni_endpoint_push(held->notices->endpoint, &event, arguments) != MN_OK) {
        mni_buffer_drop(buffers, arguments);
        return FATE_WAIT;
    }
    return FATE_TELL;
}

static bool is_among(uint32_t object, const uint32_t *objects, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (objects[i] == object) {
            return true;
        }
    }
    return false;
}

static enum fate look_at(mni_held *held, const mni_peer_event *from, const uint32_t *waiting,
                         uint32_t waiting_count, uint32_t *object_out, uint64_t now_us)
{
    mni_call call;
    if (!mni_call_decode(from->event.data, from->event.size, false, &call)) {
        refuse(held);
        return FATE_DROP;
    }
    *object_out = call.object;
    bool is_reliable = from->event.delivery == MN_RELIABLE;
    if (is_reliable && is_among(call.object, waiting, waiting_count)) {
        return FATE_WAIT;
    }
    const mni_replica *replica = mni_replicas_at(held->notices->replicas, call.slot);
    uint64_t expected_us = mni_endpoint_server_time(held->notices->endpoint, now_us);
    uint64_t time_us = mni_seq_widen(expected_us, call.time, TIME_BITS);
    enum fate fate = fate_of(replica, &call, is_reliable, time_us);
    return fate == FATE_TELL ? tell(held, replica, from, &call, time_us) : fate;
}

void mni_held_tell(mni_held *held, uint64_t now_us)
{
    uint32_t waiting[MNI_HELD_MAX]; /* the objects that calls wait for */
    uint32_t count = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < held->calls.count; i++) {
        mni_peer_event *call = mni_ring_at(&held->calls, i);
        bool has_room = mni_endpoint_waiting(held->notices->endpoint) < MNI_OBJECT_EVENTS_MAX;
        enum fate fate = FATE_WAIT;
        uint32_t object = 0;
        if (count < MNI_HELD_MAX && has_room) {
            fate = look_at(held, call, waiting, count, &object, now_us);
        }
        if (fate != FATE_WAIT) {
            mni_endpoint_return(held->notices->endpoint, call);
            continue;
        }
        if (count < MNI_HELD_MAX) {
            waiting[count++] = object;
        }
        mni_peer_event *place = mni_ring_at(&held->calls, kept++);
        *place = *call;
    }
    while (held->calls.count > kept) {
        mni_ring_pop_back(&held->calls);
    }
}
