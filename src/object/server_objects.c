/* SPDX-License-Identifier: MIT */
/*
 * The objects of a server: in which order things happen. A flush looks at the world, sends the
 * calls that were made in it, and then each player's packets ask for what is new to that player.
 */
#include "object/call.h"
#include "object/client_objects.h"
#include "object/digest.h"
#include "object/host.h"
#include "object/ownership.h"
#include "object/pack.h"
#include "object/request.h"

enum { REASON_MAX = 65535 };

struct mn_server_objects {
    mni_endpoint *endpoint;
    mni_world world;
    mni_ownership ownership;
    mni_requests requests;
    bool has_unseated; /* there was no memory for somebody's view */
};

/* ---- what the endpoint asks for */

static mni_verdict check(void *user, mn_player from, const uint8_t *bytes, uint32_t size)
{
    (void)user;
    (void)from;
    (void)bytes;
    (void)size;
    return MNI_VERDICT_MALFORMED; /* a client has no pieces to send */
}

static void take(void *user, mn_player from, uint64_t packet, const uint8_t *bytes, uint32_t size)
{
    (void)user;
    (void)from;
    (void)packet;
    (void)bytes;
    (void)size;
}

static uint32_t write(void *user, mn_player to, uint8_t *bytes, uint32_t capacity,
                      uint32_t *record_out)
{
    mn_server_objects *objects = user;
    mni_view *view = mni_world_view(&objects->world, to);
    return view != NULL ? mni_pack_write(&objects->world, view, bytes, capacity, record_out) : 0;
}

static void settled(void *user, mn_player to, uint32_t record, bool delivered)
{
    mn_server_objects *objects = user;
    mni_pack_settle(&objects->world, mni_world_view(&objects->world, to), record, delivered);
}

static void called(void *user, mn_player from, const mni_peer_event *call)
{
    mn_server_objects *objects = user;
    mni_requests_take(&objects->requests, from, call);
}

/* The host's view, and its objects; NULL: there is none. */
static mn_client_objects *find_host(const mn_server_objects *objects, mni_view **view_out)
{
    for (uint32_t i = 0; i < objects->world.seat_count; i++) {
        mni_view *view = mni_world_view_at(&objects->world, i);
        if (view != NULL && view->is_host) {
            *view_out = view;
            return mni_endpoint_partner(objects->endpoint, (mn_player){view->player});
        }
    }
    return NULL;
}

static void updated(void *user, uint64_t now_us)
{
    (void)now_us;
    mn_server_objects *objects = user;
    mni_requests_tell(&objects->requests);
    if (objects->world.objects.departed.count > 0) {
        mni_view *view;
        mni_host_objects_release(&objects->world, find_host(objects, &view));
    }
}

/* Again for those who found no memory before. */
static void seat_all(mn_server_objects *objects)
{
    objects->has_unseated = false;
    for (uint32_t i = 0; i < objects->world.seat_count; i++) {
        mn_player player = mni_endpoint_player(objects->endpoint, i);
        if (player.id != 0 && mni_world_seat(&objects->world, player) == NULL) {
            objects->has_unseated = true;
        }
    }
}

static void flushing(void *user, uint64_t now_us)
{
    mn_server_objects *objects = user;
    if (objects->has_unseated) {
        seat_all(objects);
    }
    mni_world_refresh(&objects->world, now_us);
    for (uint32_t i = 0; i < objects->world.seat_count; i++) {
        mni_view *view = mni_world_view_at(&objects->world, i);
        if (view != NULL) {
            mni_pack_calls(&objects->world, view);
        }
    }
}

static void host_flush(void *user, mn_player player, uint64_t now_us)
{
    (void)now_us;
    mn_server_objects *objects = user;
    mni_view *view = mni_world_view(&objects->world, player);
    mn_client_objects *partner = mni_endpoint_partner(objects->endpoint, player);
    if (view != NULL && partner != NULL) {
        mni_host_objects_flush(&objects->world, view, partner);
    }
}

static void joined(void *user, mn_player player)
{
    mn_server_objects *objects = user;
    if (mni_world_seat(&objects->world, player) == NULL) {
        objects->has_unseated = true;
    }
}

static void left(void *user, mn_player player)
{
    mn_server_objects *objects = user;
    mni_requests_forget(&objects->requests, player);
    mni_ownership_leave(&objects->ownership, player);
    mni_view *view = mni_world_view(&objects->world, player);
    if (view != NULL) {
        mni_world_unseat(&objects->world, view);
    }
}

static void destroyed(void *user)
{
    mn_server_objects *objects = user;
    mni_requests_clear(&objects->requests);
    mni_grace_clear(&objects->ownership.grace);
    mni_world_clear(&objects->world);
    mni_release(mni_endpoint_memory(objects->endpoint), objects, sizeof *objects);
}

/* ---- life */

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

mn_result mn_server_objects_create(mn_server *server, mn_server_objects **objects_out)
{
    if (objects_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *objects_out = NULL;
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_endpoint *endpoint = mni_server_endpoint(server);
    mni_memory *memory = mni_endpoint_memory(endpoint);
    mn_server_objects *objects = mni_allocate(memory, sizeof *objects);
    if (objects == NULL) {
        return MN_ERROR_MEMORY;
    }
    objects->endpoint = endpoint;
    mn_result result = mni_world_init(&objects->world, endpoint);
    if (result != MN_OK) {
        mni_release(memory, objects, sizeof *objects);
        return result;
    }
    objects->ownership.world = &objects->world;
    mni_grace_init(&objects->ownership.grace, memory, mni_endpoint_seed(endpoint));
    mni_requests_init(&objects->requests, &objects->world, &objects->ownership.grace);
    mni_attachment ours = attachment;
    ours.user = objects;
    result = mni_endpoint_attach(endpoint, &ours);
    if (result != MN_OK) {
        destroyed(objects);
        return result;
    }
    *objects_out = objects;
    return MN_OK;
}

void mn_server_objects_destroy(mn_server_objects *objects)
{
    if (objects == NULL) {
        return;
    }
    mni_view *view;
    mn_client_objects *partner = find_host(objects, &view);
    if (partner != NULL) {
        mni_client_objects_abandon(partner);
    }
    mni_endpoint_detach(objects->endpoint);
    destroyed(objects);
}

/* ---- objects */

static mni_object *find(const mn_server_objects *objects, mn_object object)
{
    return objects != NULL ? mni_objects_find(&objects->world.objects, object.id) : NULL;
}

static bool is_nobody(const mn_server_objects *objects, mn_player player)
{
    return mni_endpoint_index(objects->endpoint, player) < 0;
}

mn_result mn_server_objects_spawn(mn_server_objects *objects, uint32_t type, mn_player owner,
                                  mn_object *object_out)
{
    if (objects == NULL || object_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (owner.id != 0 && is_nobody(objects, owner)) {
        return MN_ERROR_STALE;
    }
    mni_kind *kind = mni_kinds_find(&objects->world.kinds, type);
    if (kind == NULL) {
        return MN_ERROR_SCHEMA;
    }
    mni_object *object;
    mn_result result = mni_objects_add(&objects->world.objects, kind, owner.id, &object);
    if (result == MN_OK) {
        *object_out = (mn_object){object->id};
    }
    return result;
}

mn_result mn_server_objects_despawn(mn_server_objects *objects, mn_object object, int32_t reason)
{
    if (objects == NULL || reason < 0 || reason > REASON_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    mni_object *found = find(objects, object);
    if (found == NULL) {
        return MN_ERROR_STALE;
    }
    return mni_ownership_end(&objects->ownership, found,
                             reason != 0 ? (uint32_t)reason : MN_REASON_DESTROYED);
}

void *mn_server_objects_state(mn_server_objects *objects, mn_object object)
{
    const mni_object *found = find(objects, object);
    return found != NULL ? mni_object_state(found) : NULL;
}

uint32_t mn_server_objects_type(const mn_server_objects *objects, mn_object object)
{
    const mni_object *found = find(objects, object);
    return found != NULL ? found->kind->type->id : 0;
}

mn_player mn_server_objects_owner(const mn_server_objects *objects, mn_object object)
{
    const mni_object *found = find(objects, object);
    return (mn_player){found != NULL ? found->owner : 0};
}

mn_result mn_server_objects_set_owner(mn_server_objects *objects, mn_object object, mn_player owner)
{
    if (objects == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_object *found = find(objects, object);
    if (found == NULL || (owner.id != 0 && is_nobody(objects, owner))) {
        return MN_ERROR_STALE;
    }
    return mni_ownership_set(&objects->ownership, found, owner.id);
}

mn_result mn_server_objects_set_user(mn_server_objects *objects, mn_object object, uint64_t user)
{
    if (objects == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_object *found = find(objects, object);
    if (found == NULL) {
        return MN_ERROR_STALE;
    }
    found->user = user;
    return MN_OK;
}

mn_result mn_server_objects_set_character(mn_server_objects *objects, mn_player player,
                                          mn_object object)
{
    if (objects == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_object *found = find(objects, object);
    if (is_nobody(objects, player) || (object.id != 0 && found == NULL)) {
        return MN_ERROR_STALE;
    }
    return mni_ownership_set_character(&objects->ownership, player, found);
}

mn_object mn_server_objects_character(const mn_server_objects *objects, mn_player player)
{
    const mni_view *view = objects != NULL ? mni_world_view(&objects->world, player) : NULL;
    return (mn_object){view != NULL ? view->character : 0};
}

/* ---- calls */

/* To how many it was queued, or why the last of them has no room. */
static mn_result queue_call(mn_server_objects *objects, const mni_queued_call *queued,
                            const mni_view *only)
{
    mn_result count = 0;
    mn_result refused = MN_OK;
    for (uint32_t i = 0; i < objects->world.seat_count; i++) {
        mni_view *view = mni_world_view_at(&objects->world, i);
        if (view == NULL || (only != NULL && view != only)) {
            continue;
        }
        mn_result result = mni_queued_call_add(view, queued);
        if (result == MN_OK) {
            count++;
        } else {
            refused = result;
        }
    }
    return count > 0 ? count : refused;
}

/* Who is called: MN_OK, and only_out NULL for all observers. */
static mn_result find_target(const mn_server_objects *objects, const mn_call *call,
                             const mni_object *object, mni_view **only_out)
{
    *only_out = NULL;
    if (call->target == MN_TARGET_OBSERVERS) {
        return MN_OK;
    }
    uint32_t player = call->target == MN_TARGET_OWNER ? object->owner : call->player.id;
    *only_out = mni_world_view(&objects->world, (mn_player){player});
    return *only_out != NULL ? MN_OK : MN_ERROR_STATE;
}

mn_result mn_server_objects_call(mn_server_objects *objects, const mn_call *call)
{
    if (objects == NULL || call == NULL || call->target > MN_TARGET_PLAYER) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_object *object = find(objects, call->object);
    if (object == NULL) {
        return MN_ERROR_STALE;
    }
    const mni_object_type *type = object->kind->type;
    uint32_t how;
    mn_result result = mni_call_check(type, call, MN_CALL_TO_CLIENT, &how);
    if (result != MN_OK) {
        return result;
    }
    mni_view *only;
    result = find_target(objects, call, object, &only);
    if (result != MN_OK) {
        return result;
    }
    mni_buffers *buffers = mni_endpoint_buffers(objects->endpoint);
    mni_buffer *arguments = mni_call_encode_arguments(buffers, &type->calls[call->call],
                                                      call->arguments, objects->world.scratch);
    if (arguments == NULL) {
        return MN_ERROR_MEMORY;
    }
    mni_queued_call queued = {
        .arguments = arguments,
        .object = object->id,
        .how = (uint16_t)how,
        .call = (uint8_t)call->call,
    };
    result = queue_call(objects, &queued, only);
    mni_buffer_drop(buffers, arguments);
    return result;
}

/* ---- the whole */

mn_result mn_server_objects_digest(const mn_server_objects *objects, mn_player player,
                                   uint64_t *digest_out)
{
    if (objects == NULL || digest_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (is_nobody(objects, player)) {
        return MN_ERROR_STALE;
    }
    const mni_view *view = mni_world_view(&objects->world, player);
    uint64_t sum = 0;
    for (uint32_t i = 0; view != NULL && i < view->slot_count; i++) {
        const mni_relation *relation = &view->relations[i];
        if (relation->state == MNI_RELATION_FREE || relation->state == MNI_RELATION_GONE) {
            continue;
        }
        const mni_object *object = mni_world_object(&objects->world, relation);
        uint64_t mask = mni_kind_mask(object->kind, object->sent_owner == player.id);
        sum += mni_digest_object(object->kind, object->id, object->sent_owner, mask,
                                 mni_object_newest(object));
    }
    *digest_out = sum;
    return MN_OK;
}

mn_result mn_server_objects_list(const mn_server_objects *objects, mn_object *objects_out,
                                 uint32_t capacity)
{
    if (objects == NULL || (objects_out == NULL && capacity > 0)) {
        return MN_ERROR_ARGUMENT;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < objects->world.objects.end; i++) {
        if (objects->world.objects.all[i].id != 0) {
            if (count < capacity) {
                objects_out[count] = (mn_object){objects->world.objects.all[i].id};
            }
            count++;
        }
    }
    return (mn_result)count;
}
