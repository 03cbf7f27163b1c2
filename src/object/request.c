/* SPDX-License-Identifier: MIT */
/* As long as nothing waits, a call becomes an event at once, in its place among the messages. */
#include "object/request.h"

#include "message/payload.h"
#include "object/call.h"
#include "object/notice.h"

enum { WAITING_MAX = 1 << 16 };

typedef struct request {
    mni_peer_event call;
    mn_player from;
} request;

enum fate { FATE_TOLD, FATE_WAIT, FATE_EXCUSED, FATE_WRONG };

void mni_requests_init(mni_requests *requests, mni_world *world, mni_grace *grace)
{
    requests->world = world;
    requests->grace = grace;
    mni_ring_init(&requests->waiting, mni_endpoint_memory(world->endpoint), sizeof(request),
                  WAITING_MAX);
}

void mni_requests_clear(mni_requests *requests)
{
    while (requests->waiting.count > 0) {
        request *oldest = mni_ring_at(&requests->waiting, 0);
        mni_endpoint_return(requests->world->endpoint, &oldest->call);
        mni_ring_pop(&requests->waiting);
    }
    mni_ring_clear(&requests->waiting);
}

/* The object and the call's declaration, where the caller may call it. */
static enum fate find(mni_requests *requests, mn_player from, const mni_call *call,
                      const mni_object **object_out)
{
    mni_world *world = requests->world;
    uint64_t now_us = mni_endpoint_now_us(world->endpoint);
    const mni_object *object = mni_objects_find(&world->objects, call->object);
    if (object == NULL) {
        bool is_of_past = call->object < world->objects.next_id;
        return is_of_past && mni_grace_excuses(requests->grace, 0, call->object, now_us)
                   ? FATE_EXCUSED
                   : FATE_WRONG;
    }
    const mni_object_type *type = object->kind->type;
    if (call->call >= type->call_count ||
        (type->calls[call->call].flags & MN_CALL_TO_SERVER) == 0) {
        return FATE_WRONG;
    }
    bool is_open = (type->calls[call->call].flags & MN_CALL_BY_ANYBODY) != 0;
    if (!is_open && object->owner != from.id) {
        return mni_grace_excuses(requests->grace, from.id, call->object, now_us) ? FATE_EXCUSED
                                                                                 : FATE_WRONG;
    }
    *object_out = object;
    return FATE_TOLD;
}

static enum fate tell(mni_requests *requests, mn_player from, const mni_peer_event *received)
{
    mni_endpoint *endpoint = requests->world->endpoint;
    mni_call call;
    const mni_object *object = NULL;
    if (!mni_call_decode(received->event.data, received->event.size, true, &call)) {
        return FATE_WRONG;
    }
    enum fate fate = find(requests, from, &call, &object);
    if (fate != FATE_TOLD) {
        return fate;
    }
    if (mni_endpoint_waiting(endpoint) >= MNI_OBJECT_EVENTS_MAX) {
        return FATE_WAIT;
    }
    const mni_call_type *declared = &object->kind->type->calls[call.call];
    mni_buffers *buffers = mni_endpoint_buffers(endpoint);
    mni_buffer *arguments = mni_buffer_take(buffers, declared->size);
    if (arguments == NULL) {
        return FATE_WAIT;
    }
    if (!mni_payload_decode(&declared->layout, call.arguments, call.size, arguments->bytes)) {
        mni_buffer_drop(buffers, arguments);
        return FATE_WRONG;
    }
    mn_event event = {
        .type = MN_EVENT_CALL,
        .delivery = received->event.delivery,
        .who = from.id,
        .object = {object->id},
        .object_type = object->kind->type->id,
        .what = call.call,
        .size = declared->size,
        .time_us = mni_endpoint_now_us(endpoint),
        .user = object->user,
        .data = arguments->bytes,
    };
    if (mni_endpoint_push(endpoint, &event, arguments) != MN_OK) {
        mni_buffer_drop(buffers, arguments);
        return FATE_WAIT;
    }
    return FATE_TOLD;
}

/* False: it has to wait. */
static bool deal_with(mni_requests *requests, mn_player from, mni_peer_event *call)
{
    mni_endpoint *endpoint = requests->world->endpoint;
    enum fate fate = tell(requests, from, call);
    if (fate == FATE_WAIT) {
        return false;
    }
    if (fate == FATE_WRONG) {
        mni_endpoint_counts(endpoint)->dropped[MN_DROP_MALFORMED]++;
        mni_endpoint_charge(endpoint, from);
    }
    mni_endpoint_return(endpoint, call);
    return true;
}

void mni_requests_take(mni_requests *requests, mn_player from, const mni_peer_event *call)
{
    mni_peer_event ours = *call;
    if (requests->waiting.count == 0 && deal_with(requests, from, &ours)) {
        return;
    }
    request *place = mni_ring_push(&requests->waiting);
    if (place == NULL) {
        mni_endpoint_counts(requests->world->endpoint)->dropped[MN_DROP_MEMORY]++;
        mni_endpoint_return(requests->world->endpoint, &ours);
        return;
    }
    *place = (request){.call = ours, .from = from};
}

void mni_requests_tell(mni_requests *requests)
{
    while (requests->waiting.count > 0) {
        request *oldest = mni_ring_at(&requests->waiting, 0);
        if (!deal_with(requests, oldest->from, &oldest->call)) {
            return;
        }
        mni_ring_pop(&requests->waiting);
    }
}

void mni_requests_forget(mni_requests *requests, mn_player from)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < requests->waiting.count; i++) {
        request *each = mni_ring_at(&requests->waiting, i);
        if (each->from.id == from.id) {
            mni_endpoint_return(requests->world->endpoint, &each->call);
            continue;
        }
        request *place = mni_ring_at(&requests->waiting, kept++);
        *place = *each;
    }
    while (requests->waiting.count > kept) {
        mni_ring_pop_back(&requests->waiting);
    }
}
