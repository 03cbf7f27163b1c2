/* SPDX-License-Identifier: MIT */
/*
 * DESPAWNED carries the state's own block away, so that pointers to it live as long as the event.
 * On a host the pointers are to the server's block instead: a second reference to the event's
 * buffer tells when the event is done with, because the other reference is gone then.
 */
#include "object/notice.h"

#include <string.h>

enum { FAREWELLS_MAX = 1 << 17 };

void mni_notices_init(mni_notices *notices, mni_endpoint *endpoint, mni_replicas *replicas)
{
    *notices = (mni_notices){.endpoint = endpoint, .replicas = replicas};
    mni_ring_init(&notices->farewells, mni_endpoint_memory(endpoint), sizeof(mni_farewell),
                  FAREWELLS_MAX);
}

static void drop_farewells(mni_notices *notices, bool all)
{
    mni_ring *ring = &notices->farewells;
    while (ring->count > 0) {
        mni_farewell *oldest = mni_ring_at(ring, 0);
        if (!all && oldest->block->references > 1) {
            return; /* events are polled in order */
        }
        mni_buffer_drop(mni_endpoint_buffers(notices->endpoint), oldest->block);
        mni_replicas_forget(notices->replicas, oldest->object);
        mni_ring_pop(ring);
    }
}

void mni_notices_clear(mni_notices *notices)
{
    drop_farewells(notices, true);
    mni_ring_clear(&notices->farewells);
}

void mni_notices_release(mni_notices *notices)
{
    drop_farewells(notices, false);
}

bool mni_notices_hold(const mni_notices *notices, uint32_t object)
{
    return mni_map_get(&notices->replicas->by_object, object) != MNI_MAP_NONE;
}

/* ---- one event each; false: out of memory, and nothing has changed */

static mn_event event_of(const mni_replica *replica, uint16_t type, uint64_t time_us)
{
    return (mn_event){
        .type = type,
        .object = {replica->object},
        .object_type = replica->kind->type->id,
        .time_us = time_us,
        .user = replica->user,
    };
}

static bool say_goodbye(mni_notices *notices, const mni_replica *replica)
{
    mni_farewell *farewell = mni_ring_push(&notices->farewells);
    if (farewell == NULL) {
        return false;
    }
    *farewell =
        (mni_farewell){.block = mni_buffer_share(replica->block), .object = replica->object};
    return true;
}

static bool tell_gone(mni_notices *notices, mni_replica *replica, uint32_t reason, uint64_t time_us)
{
    mn_event event = event_of(replica, MN_EVENT_DESPAWNED, time_us);
    event.reason = (int32_t)reason;
    event.size = replica->kind->size;
    event.data = replica->block->bytes;
    if (replica->live != NULL && !say_goodbye(notices, replica)) {
        return false;
    }
    if (mni_endpoint_push(notices->endpoint, &event, replica->block) != MN_OK) {
        if (replica->live != NULL) {
            mni_buffer_drop(notices->replicas->buffers, replica->block);
            mni_ring_pop_back(&notices->farewells);
        }
        return false;
    }
    replica->block = NULL;
    mni_replicas_settle(notices->replicas, replica);
    return true;
}

static bool tell_spawn(mni_notices *notices, mni_replica *replica)
{
    mni_buffers *buffers = notices->replicas->buffers;
    uint32_t size = replica->kind->size;
    mni_buffer *copy = mni_buffer_take(buffers, size);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy->bytes, replica->block->bytes, size);
    mn_event event = event_of(replica, MN_EVENT_SPAWNED, replica->shown_us);
    event.who = replica->owner;
    event.size = size;
    event.data = copy->bytes;
    if (mni_endpoint_push(notices->endpoint, &event, copy) != MN_OK) {
        mni_buffer_drop(buffers, copy);
        return false;
    }
    memcpy(mni_history_spare(replica->history), replica->block->bytes, size);
    replica->told_owner = replica->owner;
    replica->is_told = true;
    replica->changed = 0;
    return true;
}

static bool tell_owner(mni_notices *notices, mni_replica *replica)
{
    mn_event event = event_of(replica, MN_EVENT_OWNER, replica->shown_us);
    event.who = replica->owner;
    if (mni_endpoint_push(notices->endpoint, &event, NULL) != MN_OK) {
        return false;
    }
    replica->told_owner = replica->owner;
    return true;
}

static bool tell_change(mni_notices *notices, mni_replica *replica)
{
    mni_buffers *buffers = notices->replicas->buffers;
    uint32_t size = replica->kind->size;
    uint32_t stride = replica->kind->stride;
    void *told = mni_history_spare(replica->history);
    mni_buffer *both = mni_buffer_take(buffers, 2 * stride);
    if (both == NULL) {
        return false;
    }
    memcpy(both->bytes, replica->block->bytes, size);
    memcpy(both->bytes + stride, told, size);
    mn_event event = event_of(replica, MN_EVENT_CHANGED, replica->shown_us);
    event.changed = replica->changed;
    event.size = size;
    event.data = both->bytes;
    event.before = both->bytes + stride;
    if (mni_endpoint_push(notices->endpoint, &event, both) != MN_OK) {
        mni_buffer_drop(buffers, both);
        return false;
    }
    memcpy(told, replica->block->bytes, size);
    replica->changed = 0;
    return true;
}

static bool tell_character(mni_notices *notices, uint64_t time_us)
{
    uint32_t character = notices->replicas->character;
    const mni_replica *replica = mni_replicas_find(notices->replicas, character);
    mn_event event = {
        .type = MN_EVENT_CHARACTER,
        .who = notices->replicas->self,
        .object = {character},
        .time_us = time_us,
    };
    if (replica != NULL) {
        event.object_type = replica->kind->type->id;
        event.user = replica->user;
    }
    if (mni_endpoint_push(notices->endpoint, &event, NULL) != MN_OK) {
        return false;
    }
    notices->told_character = character;
    return true;
}

/* ---- all of them, in order */

enum round { GONE, SPAWNS, OWNERS, CHANGES };

static bool tell(mni_notices *notices, mni_replica *replica, enum round round)
{
    switch (round) {
    case GONE:
        return replica->is_live || !replica->is_told ||
               tell_gone(notices, replica, replica->reason, replica->ended_us);
    case SPAWNS: /* one that is gone already is told at once, so that each has its end */
        if (!replica->is_told && !tell_spawn(notices, replica)) {
            return false;
        }
        return replica->is_live || tell_gone(notices, replica, replica->reason, replica->ended_us);
    case OWNERS:
        return replica->owner == replica->told_owner || tell_owner(notices, replica);
    case CHANGES:
        break;
    }
    if (replica->changed != 0 && !tell_change(notices, replica)) {
        return false;
    }
    mni_replicas_settle(notices->replicas, replica);
    return true;
}

mn_result mni_notices_reserve(mni_notices *notices, uint32_t count)
{
    uint32_t objects = notices->replicas->live_count + count;
    return mni_endpoint_reserve(notices->endpoint, 2 * objects);
}

bool mni_notices_tell(mni_notices *notices)
{
    mni_replicas *replicas = notices->replicas;
    for (enum round round = GONE; round <= CHANGES; round++) {
        uint32_t slot = mni_replicas_next_touched(replicas, 0);
        while (slot != UINT32_MAX) {
            if (!tell(notices, mni_replicas_at(replicas, slot), round)) {
                return false;
            }
            slot = mni_replicas_next_touched(replicas, slot + 1);
        }
        if (round == OWNERS && notices->told_character != replicas->character &&
            !tell_character(notices, replicas->changed_us)) {
            return false;
        }
    }
    return true;
}

void mni_notices_end(mni_notices *notices, int32_t reason, uint64_t now_us)
{
    mni_replicas *replicas = notices->replicas;
    for (uint32_t i = 0; i < replicas->end; i++) {
        mni_replica *replica = &replicas->all[i];
        if (replica->is_told) {
            uint32_t why = replica->is_live ? (uint32_t)reason : replica->reason;
            replica->live = NULL;
            (void)tell_gone(notices, replica, why, now_us); /* out of memory: it goes untold */
        }
    }
    mni_replicas_reset(replicas);
    if (notices->told_character != 0) {
        (void)tell_character(notices, now_us);
    }
    notices->told_character = 0;
    drop_farewells(notices, true);
}
