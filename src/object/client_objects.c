/* SPDX-License-Identifier: MIT */
/*
 * The objects of a client: in which order things happen. Pieces go through the intake into
 * replicas; after all packets of an update, notices tell the game what they brought, and then calls
 * may go. On a host, the server's flush does what the intake does elsewhere.
 */
#include "object/client_objects.h"

#include "object/digest.h"
#include "object/held.h"
#include "object/intake.h"

#include <string.h>

struct mn_client_objects {
    mni_endpoint *endpoint;
    mni_kinds kinds;
    mni_replicas replicas;
    mni_notices notices;
    mni_intake intake;
    mni_held held;
    uint8_t *scratch; /* a state, or a call's arguments */
};

/* ---- what the endpoint asks for */

static mni_verdict check(void *user, mn_player from, const uint8_t *bytes, uint32_t size)
{
    (void)from;
    mn_client_objects *objects = user;
    return mni_intake_check(&objects->intake, bytes, size);
}

static void take(void *user, mn_player from, uint64_t packet, const uint8_t *bytes, uint32_t size)
{
    (void)from;
    (void)packet;
    mn_client_objects *objects = user;
    mni_intake_take(&objects->intake, bytes, size);
}

/* NOLINTBEGIN(readability-non-const-parameter): these are the table's parameters. */
static uint32_t write(void *user, mn_player to, uint8_t *bytes, uint32_t capacity,
                      uint32_t *record_out)
{
    (void)user;
    (void)to;
    (void)bytes;
    (void)capacity;
    (void)record_out;
    return 0;
}
/* NOLINTEND(readability-non-const-parameter) */

static void settled(void *user, mn_player to, uint32_t record, bool delivered)
{
    (void)user;
    (void)to;
    (void)record;
    (void)delivered;
}

static void called(void *user, mn_player from, const mni_peer_event *call)
{
    (void)from;
    mn_client_objects *objects = user;
    mni_held_take(&objects->held, call);
}

static void updated(void *user, uint64_t now_us)
{
    mn_client_objects *objects = user;
    mni_notices_release(&objects->notices);
    if (mni_notices_tell(&objects->notices)) {
        mni_held_tell(&objects->held, now_us);
    }
}

static void flushing(void *user, uint64_t now_us)
{
    (void)user;
    (void)now_us;
}

static void host_flush(void *user, mn_player player, uint64_t now_us)
{
    (void)user;
    (void)player;
    (void)now_us;
}

static void joined(void *user, mn_player player)
{
    mn_client_objects *objects = user;
    objects->replicas.self = player.id;
}

static void end(mn_client_objects *objects, int32_t reason)
{
    uint64_t now_us = mni_endpoint_now_us(objects->endpoint);
    mni_held_reset(&objects->held);
    mni_notices_end(&objects->notices, reason, mni_endpoint_server_time(objects->endpoint, now_us));
    objects->intake.newest_us = 0;
}

static void left(void *user, mn_player player)
{
    (void)player;
    mn_client_objects *objects = user;
    end(objects, MN_REASON_DISCONNECTED);
    objects->replicas.self = 0;
}

static void destroyed(void *user)
{
    mn_client_objects *objects = user;
    mni_memory *memory = mni_endpoint_memory(objects->endpoint);
    mni_held_clear(&objects->held);
    mni_notices_clear(&objects->notices);
    mni_replicas_clear(&objects->replicas);
    mni_release(memory, objects->scratch, objects->kinds.max_size);
    mni_kinds_clear(&objects->kinds);
    mni_release(memory, objects, sizeof *objects);
}

/* ---- what the host's server asks for */

bool mni_client_objects_admit(mn_client_objects *objects, uint32_t slot,
                              const mni_piece_state *entry, const void *state, const void *live,
                              uint64_t time_us)
{
    mni_replicas *replicas = &objects->replicas;
    const mni_replica *replica = mni_replicas_at(replicas, slot);
    enum mni_arrival arrival = mni_replica_arrival(replica, entry->object, time_us);
    uint32_t untold = mni_endpoint_waiting(objects->endpoint) + 2 * replicas->touched_count;
    if (arrival == MNI_ARRIVAL_BUSY || untold >= MNI_OBJECT_EVENTS_MAX) {
        return false;
    }
    if (arrival == MNI_ARRIVAL_SPAWN) {
        mni_replicas_count_anew(replicas);
        if (mni_replicas_count_spawn(replicas, &replicas->kinds->all[entry->kind]) != MN_OK ||
            mni_replicas_reserve(replicas, slot + 1, 1) != MN_OK ||
            mni_notices_reserve(&objects->notices, 1) != MN_OK) {
            return false;
        }
    }
    mni_replicas_take_state(replicas, slot, entry, state, time_us);
    mni_replicas_at(replicas, slot)->live = live;
    return true;
}

bool mni_client_objects_dismiss(mn_client_objects *objects, uint32_t slot, uint32_t reason,
                                uint64_t time_us)
{
    if (mni_replicas_reserve(&objects->replicas, slot + 1, 0) != MN_OK) {
        return false;
    }
    mni_replicas_take_gone(&objects->replicas, slot, reason, time_us);
    return true;
}

void mni_client_objects_tell(mn_client_objects *objects)
{
    /* Out of memory, the next update goes on. */
    (void)mni_notices_tell(&objects->notices);
}

bool mni_client_objects_hold(const mn_client_objects *objects, uint32_t object)
{
    return mni_notices_hold(&objects->notices, object);
}

void mni_client_objects_abandon(mn_client_objects *objects)
{
    end(objects, MN_REASON_DISCONNECTED);
}

/* ---- the public functions */

static const mni_attachment attachment = {
    .check = check,
    .take = take,
    .write = write,
    .settled = settled,
    .called = called,
    .updated = updated,
    .flushing = flushing,
    .host_flush = host_flush,
    .joined = joined,
    .left = left,
    .destroyed = destroyed,
};

static mn_result init(mn_client_objects *objects)
{
    mni_endpoint *endpoint = objects->endpoint;
    mni_memory *memory = mni_endpoint_memory(endpoint);
    mni_buffers *buffers = mni_endpoint_buffers(endpoint);
    const mn_schema *schema = mni_endpoint_schema(endpoint);
    mn_result kinds = mni_kinds_init(&objects->kinds, memory, schema);
    objects->scratch = mni_allocate(memory, objects->kinds.max_size);
    mn_result replicas = mni_replicas_init(&objects->replicas, memory, buffers, &objects->kinds,
                                           mni_endpoint_seed(endpoint));
    mni_notices_init(&objects->notices, endpoint, &objects->replicas);
    mn_result held = mni_held_init(&objects->held, &objects->notices);
    objects->intake = (mni_intake){
        .notices = &objects->notices,
        .replicas = &objects->replicas,
        .scratch = objects->scratch,
    };
    bool is_complete =
        kinds == MN_OK && objects->scratch != NULL && replicas == MN_OK && held == MN_OK;
    return is_complete ? MN_OK : MN_ERROR_MEMORY;
}

mn_result mn_client_objects_create(mn_client *client, mn_client_objects **objects_out)
{
    if (objects_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *objects_out = NULL;
    if (client == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_endpoint *endpoint = mni_client_endpoint(client);
    mn_client_objects *objects = mni_allocate(mni_endpoint_memory(endpoint), sizeof *objects);
    if (objects == NULL) {
        return MN_ERROR_MEMORY;
    }
    objects->endpoint = endpoint;
    mn_result result = init(objects);
    if (result == MN_OK) {
        mni_attachment ours = attachment;
        ours.user = objects;
        result = mni_endpoint_attach(endpoint, &ours);
    }
    if (result != MN_OK) {
        destroyed(objects);
        return result;
    }
    *objects_out = objects;
    return MN_OK;
}

void mn_client_objects_destroy(mn_client_objects *objects)
{
    if (objects == NULL) {
        return;
    }
    mni_endpoint_detach(objects->endpoint);
    destroyed(objects);
}

static mni_replica *find(const mn_client_objects *objects, mn_object object)
{
    return objects != NULL ? mni_replicas_find(&objects->replicas, object.id) : NULL;
}

const void *mn_client_objects_state(const mn_client_objects *objects, mn_object object)
{
    const mni_replica *replica = find(objects, object);
    if (replica == NULL) {
        return NULL;
    }
    return replica->live != NULL ? replica->live : replica->block->bytes;
}

uint32_t mn_client_objects_type(const mn_client_objects *objects, mn_object object)
{
    const mni_replica *replica = find(objects, object);
    return replica != NULL ? replica->kind->type->id : 0;
}

mn_player mn_client_objects_owner(const mn_client_objects *objects, mn_object object)
{
    const mni_replica *replica = find(objects, object);
    return (mn_player){replica != NULL ? replica->owner : 0};
}

mn_result mn_client_objects_set_user(mn_client_objects *objects, mn_object object, uint64_t user)
{
    if (objects == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_replica *replica = find(objects, object);
    if (replica == NULL) {
        return MN_ERROR_STALE;
    }
    replica->user = user;
    return MN_OK;
}

mn_object mn_client_objects_character(const mn_client_objects *objects)
{
    return (mn_object){objects != NULL ? objects->replicas.character : 0};
}

mn_result mn_client_objects_call(mn_client_objects *objects, const mn_call *call)
{
    if (objects == NULL || call == NULL || call->target != 0) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_replica *replica = find(objects, call->object);
    if (replica == NULL) {
        return MN_ERROR_STALE;
    }
    const mni_object_type *type = replica->kind->type;
    uint32_t how;
    mn_result result = mni_call_check(type, call, MN_CALL_TO_SERVER, &how);
    if (result != MN_OK) {
        return result;
    }
    const mni_call_type *declared = &type->calls[call->call];
    uint32_t self = objects->replicas.self;
    if ((declared->flags & MN_CALL_BY_ANYBODY) == 0 && replica->owner != self) {
        return MN_ERROR_STATE;
    }
    mni_buffers *buffers = mni_endpoint_buffers(objects->endpoint);
    mni_buffer *buffer = mni_call_encode_request(buffers, declared, call, objects->scratch);
    if (buffer == NULL) {
        return MN_ERROR_MEMORY;
    }
    result = mni_endpoint_send_call(objects->endpoint, (mn_player){self}, buffer, how);
    mni_buffer_drop(buffers, buffer);
    return result;
}

mn_result mn_client_objects_digest(const mn_client_objects *objects, uint64_t *digest_out)
{
    if (objects == NULL || digest_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_replicas *replicas = &objects->replicas;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < replicas->end; i++) {
        const mni_replica *replica = &replicas->all[i];
        if (replica->is_live) {
            uint64_t mask = mni_kind_mask(replica->kind, replica->owner == replicas->self);
            sum += mni_digest_object(replica->kind, replica->object, replica->owner, mask,
                                     replica->block->bytes);
        }
    }
    *digest_out = sum;
    return MN_OK;
}

mn_result mn_client_objects_list(const mn_client_objects *objects, mn_object *objects_out,
                                 uint32_t capacity)
{
    if (objects == NULL || (objects_out == NULL && capacity > 0)) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_replicas *replicas = &objects->replicas;
    uint32_t count = 0;
    for (uint32_t i = 0; i < replicas->end; i++) {
        if (replicas->all[i].is_live) {
            if (count < capacity) {
                objects_out[count] = (mn_object){replicas->all[i].object};
            }
            count++;
        }
    }
    return (mn_result)count;
}
