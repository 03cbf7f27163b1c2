/* SPDX-License-Identifier: MIT */
/*
 * Everybody sees everything, for now: whoever is to decide about that decides in `place`. Where
 * memory is short, a view is incomplete, and every flush tries to complete it.
 */
#include "object/world.h"

mn_result mni_world_init(mni_world *world, mni_endpoint *endpoint)
{
    mni_memory *memory = mni_endpoint_memory(endpoint);
    *world = (mni_world){
        .endpoint = endpoint,
        .memory = memory,
        .seat_count = mni_endpoint_max_players(endpoint),
    };
    mni_objects_init(&world->objects, memory, mni_endpoint_buffers(endpoint),
                     mni_endpoint_seed(endpoint));
    mni_manifests_init(&world->manifests, memory);
    world->seats = mni_allocate(memory, world->seat_count * sizeof world->seats[0]);
    mn_result fragments = mni_fragments_init(&world->fragments, memory);
    mn_result kinds = mni_kinds_init(&world->kinds, memory, mni_endpoint_schema(endpoint));
    world->scratch = mni_allocate(memory, world->kinds.max_size);
    if (world->seats == NULL || fragments != MN_OK || kinds != MN_OK || world->scratch == NULL) {
        mni_world_clear(world);
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

void mni_world_clear(mni_world *world)
{
    for (uint32_t i = 0; world->seats != NULL && i < world->seat_count; i++) {
        if (world->seats[i].view != NULL) {
            mni_view_close(world->seats[i].view, mni_endpoint_buffers(world->endpoint));
            mni_view_clear(world->seats[i].view);
            mni_release(world->memory, world->seats[i].view, sizeof(mni_view));
        }
    }
    mni_release(world->memory, world->seats, world->seat_count * sizeof world->seats[0]);
    mni_release(world->memory, world->scratch, world->kinds.max_size);
    mni_objects_clear(&world->objects);
    mni_manifests_clear(&world->manifests);
    mni_fragments_clear(&world->fragments);
    mni_kinds_clear(&world->kinds);
}

mni_view *mni_world_view(const mni_world *world, mn_player player)
{
    int32_t index = mni_endpoint_index(world->endpoint, player);
    mni_view *view = index >= 0 ? world->seats[index].view : NULL;
    return view != NULL && view->player == player.id ? view : NULL;
}

static mni_view *make_view(mni_world *world, uint32_t index)
{
    mni_view *view = mni_allocate(world->memory, sizeof(mni_view));
    if (view == NULL) {
        return NULL;
    }
    if (mni_view_init(view, world->memory, index, world->kinds.count) != MN_OK) {
        mni_release(world->memory, view, sizeof(mni_view));
        return NULL;
    }
    world->seats[index].view = view;
    return view;
}

mni_view *mni_world_seat(mni_world *world, mn_player player)
{
    int32_t index = mni_endpoint_index(world->endpoint, player);
    if (index < 0) {
        return NULL;
    }
    mni_view *view = world->seats[index].view;
    if (view == NULL) {
        view = make_view(world, (uint32_t)index);
    }
    if (view != NULL && view->player != player.id) {
        mni_view_open(view, player.id, mni_endpoint_is_host(world->endpoint, player));
    }
    return view;
}

void mni_world_unseat(mni_world *world, mni_view *view)
{
    for (uint32_t i = 0; i < view->slot_count; i++) {
        const mni_relation *relation = &view->relations[i];
        if (relation->state != MNI_RELATION_FREE && relation->state != MNI_RELATION_GONE) {
            mni_object_remove_observer(mni_world_object(world, relation), view->index);
        }
    }
    mni_view_close(view, mni_endpoint_buffers(world->endpoint));
}

void mni_world_remove(mni_world *world, mni_object *object, uint32_t reason)
{
    for (uint32_t i = 0; i < object->observer_count; i++) {
        mni_view *view = world->seats[object->observers[i].player].view;
        uint32_t slot = object->observers[i].slot;
        if (mni_relation_go(&view->relations[slot], reason)) {
            mni_view_set_behind(view, slot, true);
        } else {
            mni_view_free(view, slot);
        }
    }
    object->observer_count = 0;
    mni_objects_remove(&world->objects, object);
}

static mn_result place(mni_world *world, mni_object *object, mni_view *view)
{
    uint32_t slot;
    mn_result result = mni_view_add(view, object->kind->number, &slot);
    if (result != MN_OK) {
        return result;
    }
    mni_observer observer = {.player = view->index, .slot = slot};
    result = mni_object_add_observer(object, world->memory, observer);
    if (result != MN_OK) {
        mni_view_free(view, slot);
        return result;
    }
    /* An older version will do for who may not see what the newest has new. */
    mni_relation_want(&view->relations[slot], mni_objects_index(&world->objects, object),
                      mni_object_target(object, object->sent_owner == view->player));
    return MN_OK;
}

static void place_in_all(mni_world *world, mni_object *object)
{
    for (uint32_t i = 0; i < world->seat_count; i++) {
        mni_view *view = mni_world_view_at(world, i);
        if (view != NULL && !view->is_incomplete && place(world, object, view) != MN_OK) {
            view->is_incomplete = true;
        }
    }
}

static void complete(mni_world *world, mni_view *view)
{
    bool is_empty = view->count == 0;
    for (uint32_t i = 0; i < world->objects.end; i++) {
        mni_object *object = &world->objects.all[i];
        if (object->id == 0 || (!is_empty && mni_object_observer(object, view->index) != NULL)) {
            continue;
        }
        if (place(world, object, view) != MN_OK) {
            return;
        }
    }
    view->is_incomplete = false;
}

static void mark(mni_world *world, const mni_object *object, enum mni_change change)
{
    for (uint32_t i = 0; i < object->observer_count; i++) {
        mni_view *view = world->seats[object->observers[i].player].view;
        uint32_t slot = object->observers[i].slot;
        if (change == MNI_CHANGE_RENEWED) {
            mni_relation_reset(&view->relations[slot], (uint16_t)object->newest);
        } else if (change == MNI_CHANGE_FOR_ALL || object->sent_owner == view->player) {
            mni_relation_age(&view->relations[slot], (uint16_t)world->flush,
                             (uint16_t)object->newest);
        } else {
            continue;
        }
        mni_view_set_behind(view, slot, true);
    }
}

void mni_world_refresh(mni_world *world, uint64_t now_us)
{
    world->flush++;
    world->flush_us = now_us > world->flush_us ? now_us : world->flush_us + 1;
    mni_fragments_forget(&world->fragments);
    for (uint32_t i = 0; i < world->objects.end; i++) {
        mni_object *object = &world->objects.all[i];
        if (object->id == 0) {
            continue;
        }
        bool is_fresh = object->is_fresh;
        enum mni_change change =
            mni_object_refresh(object, world->flush, world->flush_us, world->scratch);
        if (change != MNI_CHANGE_NONE) {
            mark(world, object, change);
        }
        if (is_fresh) {
            place_in_all(world, object);
        }
    }
    for (uint32_t i = 0; i < world->seat_count; i++) {
        mni_view *view = mni_world_view_at(world, i);
        if (view == NULL) {
            continue;
        }
        if (view->is_incomplete) {
            complete(world, view);
        }
        view->left = view->slot_count;
        if (view->behind_count > 0) {
            mni_endpoint_wake(world->endpoint, (mn_player){view->player});
        }
    }
}
