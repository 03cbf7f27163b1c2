/* SPDX-License-Identifier: MIT */
/* Events are made room for before anything changes. */
#include "object/ownership.h"

#include "message/codec.h"

#include <string.h>

static uint64_t now_us_of(const mni_ownership *ownership)
{
    return mni_endpoint_now_us(ownership->world->endpoint);
}

/* The view of the player whose character this is; NULL: nobody's. */
static mni_view *character_of(const mni_ownership *ownership, const mni_object *object)
{
    mni_view *view =
        object->owner != 0 ? mni_world_view(ownership->world, (mn_player){object->owner}) : NULL;
    return view != NULL && view->character == object->id ? view : NULL;
}

static void push(mni_ownership *ownership, const mn_event *event, mni_buffer *buffer)
{
    mni_endpoint *endpoint = ownership->world->endpoint;
    if (mni_endpoint_push(endpoint, event, buffer) != MN_OK) {
        mni_buffer_drop(mni_endpoint_buffers(endpoint), buffer);
    }
}

static void set_character(mni_ownership *ownership, mni_view *view, const mni_object *object)
{
    view->character = object != NULL ? object->id : 0;
    mn_event event = {
        .type = MN_EVENT_CHARACTER,
        .who = view->player,
        .object = {view->character},
        .object_type = object != NULL ? object->kind->type->id : 0,
        .time_us = now_us_of(ownership),
        .user = object != NULL ? object->user : 0,
    };
    push(ownership, &event, NULL);
}

static void set_owner(mni_ownership *ownership, mni_object *object, uint32_t owner)
{
    mni_view *former = character_of(ownership, object);
    if (former != NULL) {
        set_character(ownership, former, NULL);
    }
    if (object->owner != 0) {
        mni_grace_note(&ownership->grace, object->owner, object->id, now_us_of(ownership));
    }
    object->owner = owner;
    object->is_renewed = true;
}

mn_result mni_ownership_set(mni_ownership *ownership, mni_object *object, uint32_t owner)
{
    if (object->owner == owner) {
        return MN_OK;
    }
    if (mni_endpoint_reserve(ownership->world->endpoint, 1) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    set_owner(ownership, object, owner);
    return MN_OK;
}

mn_result mni_ownership_set_character(mni_ownership *ownership, mn_player player,
                                      mni_object *object)
{
    mni_world *world = ownership->world;
    mni_view *view = mni_world_seat(world, player);
    if (view != NULL && view->character == (object != NULL ? object->id : 0)) {
        return MN_OK;
    }
    if (view == NULL || mni_endpoint_reserve(world->endpoint, 2) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    mni_object *before = mni_objects_find(&world->objects, view->character);
    if (before != NULL) {
        before->is_renewed = true;
    }
    if (object != NULL) {
        if (object->owner != player.id) {
            set_owner(ownership, object, player.id);
        }
        object->is_renewed = true;
    }
    set_character(ownership, view, object);
    return MN_OK;
}

static void end(mni_ownership *ownership, mni_object *object, uint32_t reason)
{
    mni_view *view = character_of(ownership, object);
    if (view != NULL) {
        set_character(ownership, view, NULL);
    }
    mni_grace_note(&ownership->grace, 0, object->id, now_us_of(ownership));
    mni_world_remove(ownership->world, object, reason);
}

mn_result mni_ownership_end(mni_ownership *ownership, mni_object *object, uint32_t reason)
{
    if (mni_endpoint_reserve(ownership->world->endpoint, 1) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    end(ownership, object, reason);
    return MN_OK;
}

/* The state as it would have travelled, in the shadow, which nobody needs any more. */
static void tell_end(mni_ownership *ownership, mni_object *object)
{
    const mni_kind *kind = object->kind;
    uint8_t *shadow = mni_object_shadow(object);
    memset(shadow, 0, kind->size);
    mni_layout_quantise(&kind->type->layout, kind->everything, mni_object_state(object), shadow);
    mn_event event = {
        .type = MN_EVENT_DESPAWNED,
        .object = {object->id},
        .object_type = kind->type->id,
        .reason = MN_REASON_OWNER_LEFT,
        .size = kind->size,
        .time_us = now_us_of(ownership),
        .user = object->user,
        .data = shadow,
    };
    push(ownership, &event, mni_buffer_share(object->block));
}

void mni_ownership_leave(mni_ownership *ownership, mn_player player)
{
    mni_objects *objects = &ownership->world->objects;
    for (uint32_t i = 0; i < objects->end; i++) {
        mni_object *object = &objects->all[i];
        if (object->id != 0 && object->owner == player.id) {
            tell_end(ownership, object);
            end(ownership, object, MN_REASON_OWNER_LEFT);
        }
    }
}
