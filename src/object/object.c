/* SPDX-License-Identifier: MIT */
/*
 * Everything that removing needs is made room for when adding, so that it cannot fail. A place that
 * becomes free keeps its list of observers, and a history goes back to its pool: objects that come
 * and go allocate nothing.
 */
#include "object/object.h"

#include "message/codec.h"

#include <string.h>

#define NONE UINT32_MAX

enum { PLACES_FIRST = 64, OBSERVERS_FIRST = 4, DEPARTED_MAX = 1 << 17 };

void mni_objects_init(mni_objects *objects, mni_memory *memory, mni_buffers *buffers, uint64_t seed)
{
    *objects = (mni_objects){.memory = memory, .buffers = buffers, .free = NONE, .next_id = 1};
    mni_map_init(&objects->by_id, memory, seed);
    mni_ring_init(&objects->departed, memory, sizeof(mni_departed), DEPARTED_MAX);
}

void mni_objects_clear(mni_objects *objects)
{
    for (uint32_t i = 0; i < objects->end; i++) {
        mni_object *object = &objects->all[i];
        mni_buffer_drop(objects->buffers, object->block);
        mni_release(objects->memory, object->observers,
                    object->observer_capacity * sizeof object->observers[0]);
    }
    while (objects->departed.count > 0) {
        mni_departed *departed = mni_ring_at(&objects->departed, 0);
        mni_buffer_drop(objects->buffers, departed->block);
        mni_ring_pop(&objects->departed);
    }
    mni_ring_clear(&objects->departed);
    mni_map_clear(&objects->by_id);
    mni_release(objects->memory, objects->all, objects->capacity * sizeof objects->all[0]);
    objects->all = NULL;
}

static mn_result grow(mni_objects *objects)
{
    uint32_t capacity = objects->capacity > 0 ? 2 * objects->capacity : PLACES_FIRST;
    mni_object *all = mni_allocate(objects->memory, capacity * sizeof all[0]);
    if (all == NULL) {
        return MN_ERROR_MEMORY;
    }
    if (objects->all != NULL) {
        memcpy(all, objects->all, objects->end * sizeof all[0]);
        mni_release(objects->memory, objects->all, objects->capacity * sizeof all[0]);
    }
    objects->all = all;
    objects->capacity = capacity;
    return MN_OK;
}

/* Makes room for one more object; whatever it allocates is of use later if the rest fails. */
static mn_result make_room(mni_objects *objects)
{
    uint32_t departed_max = objects->departed.count + objects->count + 1;
    if (objects->count == MNI_OBJECTS_MAX || objects->next_id == UINT32_MAX ||
        departed_max > DEPARTED_MAX) {
        return MN_ERROR_FULL;
    }
    if (objects->free == NONE && objects->end == objects->capacity && grow(objects) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    if (mni_map_reserve(&objects->by_id, objects->count + 1) != MN_OK ||
        mni_ring_reserve(&objects->departed, departed_max) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

static uint32_t block_size(const mni_kind *kind)
{
    return 2 * kind->stride + kind->type->group_count * (uint32_t)sizeof(uint64_t);
}

mn_result mni_objects_add(mni_objects *objects, mni_kind *kind, uint32_t owner,
                          mni_object **object_out)
{
    mn_result result = make_room(objects);
    if (result != MN_OK) {
        return result;
    }
    mni_buffer *block = mni_buffer_take(objects->buffers, block_size(kind));
    mni_history *history = mni_pool_take_unzeroed(&kind->histories);
    if (block == NULL || history == NULL) {
        mni_buffer_drop(objects->buffers, block);
        mni_pool_give(&kind->histories, history);
        return MN_ERROR_MEMORY;
    }
    if (objects->free == NONE) {
        objects->free = objects->end++;
        objects->all[objects->free] = (mni_object){.next_free = NONE};
    }
    mni_object *object = &objects->all[objects->free];
    objects->free = object->next_free;
    memset(block->bytes, 0, block_size(kind));
    if (kind->size > 0) {
        memcpy(block->bytes, kind->type->defaults, kind->size);
    }
    mni_history_init(history, kind->type->history, kind->size);
    *object = (mni_object){
        .id = objects->next_id++,
        .owner = owner,
        .sent_owner = owner,
        .kind = kind,
        .block = block,
        .history = history,
        .observers = object->observers,
        .observer_capacity = object->observer_capacity,
        .is_fresh = true,
    };
    if (mni_map_set(&objects->by_id, object->id, mni_objects_index(objects, object)) != MN_OK) {
        MNI_ASSERT(false); /* room was made */
    }
    objects->count++;
    *object_out = object;
    return MN_OK;
}

void mni_objects_remove(mni_objects *objects, mni_object *object)
{
    MNI_ASSERT(object->observer_count == 0);
    mni_departed *departed = mni_ring_push(&objects->departed);
    MNI_ASSERT(departed != NULL); /* room was made */
    *departed = (mni_departed){.id = object->id, .block = object->block};
    mni_pool_give(&object->kind->histories, object->history);
    mni_map_remove(&objects->by_id, object->id);
    object->id = 0;
    object->block = NULL;
    object->history = NULL;
    object->next_free = objects->free;
    objects->free = mni_objects_index(objects, object);
    objects->count--;
}

mni_object *mni_objects_find(const mni_objects *objects, uint32_t id)
{
    uint32_t index = mni_map_get(&objects->by_id, id);
    return index != MNI_MAP_NONE ? &objects->all[index] : NULL;
}

void *mni_object_state(const mni_object *object)
{
    return object->block->bytes;
}

void *mni_object_shadow(const mni_object *object)
{
    return object->block->bytes + object->kind->stride;
}

static uint64_t *due_us_of(const mni_object *object)
{
    return (void *)(object->block->bytes + (size_t)2 * object->kind->stride);
}

const void *mni_object_newest(const mni_object *object)
{
    return mni_history_find(object->history, (uint16_t)object->newest);
}

/* The groups among the stale ones that may be looked at now. */
static uint64_t due_groups(const mni_object *object, uint64_t now_us)
{
    uint64_t due = object->stale;
    if (object->is_fresh) {
        return due;
    }
    const uint64_t *due_us = due_us_of(object);
    for (uint64_t left = due & object->kind->limited; left != 0; left &= left - 1) {
        if (now_us < due_us[mni_bit_first(left)]) {
            due &= ~(left & (0 - left));
        }
    }
    return due;
}

static uint64_t fields_of(const mni_kind *kind, uint64_t groups)
{
    uint64_t fields = 0;
    for (; groups != 0; groups &= groups - 1) {
        fields |= kind->type->groups[mni_bit_first(groups)].mask;
    }
    return fields;
}

static uint64_t period_us(float max_hz)
{
    const double longest_us = 1e15;
    double period = 1e6 / (double)max_hz;
    return (uint64_t)(period < longest_us ? period : longest_us);
}

/* A group that changed rests for as long as its rate says. */
static void rest(mni_object *object, uint64_t changed, uint64_t now_us)
{
    uint64_t *due_us = due_us_of(object);
    for (uint64_t left = object->kind->limited; left != 0; left &= left - 1) {
        uint32_t i = mni_bit_first(left);
        const mni_group *group = &object->kind->type->groups[i];
        if ((group->mask & changed) != 0) {
            due_us[i] = now_us + period_us(group->max_hz);
        }
    }
}

/* The state with the groups that are due in it, against the newest version. */
static uint64_t look(mni_object *object, uint64_t now_us, void *scratch)
{
    const mni_kind *kind = object->kind;
    uint64_t due = due_groups(object, now_us);
    uint64_t mask = fields_of(kind, due);
    object->stale &= ~due;
    if (kind->size == 0) {
        return 0;
    }
    const void *before = object->is_fresh ? kind->type->defaults : mni_object_newest(object);
    memcpy(scratch, before, kind->size);
    mni_layout_quantise(&kind->type->layout, mask, mni_object_shadow(object), scratch);
    uint64_t changed = mni_layout_changed(&kind->type->layout, mask, scratch, before);
    rest(object, changed, now_us);
    return changed;
}

/* Too old for its number to be named: whoever has it is to be sent everything. */
static bool is_out_of_reach(const mni_object *object, uint32_t flush, uint64_t changed)
{
    bool is_public = (changed & object->kind->in_public) != 0;
    return flush - object->newest >= MNI_HISTORY_REACH ||
           (is_public && flush - object->newest_in_public >= MNI_HISTORY_REACH);
}

static void make_version(mni_object *object, uint32_t flush, uint64_t now_us, const void *canonical)
{
    void *version = mni_history_put(object->history, (uint16_t)flush, now_us);
    MNI_ASSERT(version != NULL); /* nothing is newer */
    if (object->kind->size > 0) {
        memcpy(version, canonical, object->kind->size);
    }
    object->newest = flush;
    object->is_fresh = false;
    object->is_renewed = false;
    object->sent_owner = object->owner;
}

enum mni_change mni_object_refresh(mni_object *object, uint32_t flush, uint64_t now_us,
                                   void *scratch)
{
    const mni_kind *kind = object->kind;
    void *state = mni_object_state(object);
    void *shadow = mni_object_shadow(object);
    if (object->is_fresh || memcmp(state, shadow, kind->size) != 0) {
        memcpy(shadow, state, kind->size);
        object->stale = mni_bit_mask(kind->type->group_count);
    }
    bool is_renewed = object->is_fresh || object->is_renewed;
    if (object->stale == 0 && !is_renewed) {
        return MNI_CHANGE_NONE;
    }
    uint64_t changed = look(object, now_us, scratch);
    if (changed == 0 && !is_renewed) {
        return MNI_CHANGE_NONE;
    }
    is_renewed = is_renewed || is_out_of_reach(object, flush, changed);
    make_version(object, flush, now_us, scratch);
    if (is_renewed || (changed & kind->in_public) != 0) {
        object->newest_in_public = flush;
        return is_renewed ? MNI_CHANGE_RENEWED : MNI_CHANGE_FOR_ALL;
    }
    return MNI_CHANGE_FOR_OWNER;
}

static uint32_t first_from(const mni_object *object, uint32_t player)
{
    uint32_t low = 0;
    uint32_t high = object->observer_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (object->observers[middle].player < player) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static mn_result grow_observers(mni_object *object, mni_memory *memory)
{
    uint32_t capacity =
        object->observer_capacity > 0 ? 2 * object->observer_capacity : OBSERVERS_FIRST;
    mni_observer *observers = mni_allocate(memory, capacity * sizeof observers[0]);
    if (observers == NULL) {
        return MN_ERROR_MEMORY;
    }
    if (object->observers != NULL) {
        memcpy(observers, object->observers, object->observer_count * sizeof observers[0]);
        mni_release(memory, object->observers, object->observer_capacity * sizeof observers[0]);
    }
    object->observers = observers;
    object->observer_capacity = capacity;
    return MN_OK;
}

mn_result mni_object_add_observer(mni_object *object, mni_memory *memory, mni_observer observer)
{
    if (object->observer_count == object->observer_capacity &&
        grow_observers(object, memory) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    uint32_t at = first_from(object, observer.player);
    memmove(&object->observers[at + 1], &object->observers[at],
            (object->observer_count - at) * sizeof object->observers[0]);
    object->observers[at] = observer;
    object->observer_count++;
    return MN_OK;
}

const mni_observer *mni_object_observer(const mni_object *object, uint32_t player)
{
    uint32_t at = first_from(object, player);
    return at < object->observer_count && object->observers[at].player == player
               ? &object->observers[at]
               : NULL;
}

void mni_object_remove_observer(mni_object *object, uint32_t player)
{
    uint32_t at = first_from(object, player);
    if (at < object->observer_count && object->observers[at].player == player) {
        object->observer_count--;
        memmove(&object->observers[at], &object->observers[at + 1],
                (object->observer_count - at) * sizeof object->observers[0]);
    }
}
