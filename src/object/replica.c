/* SPDX-License-Identifier: MIT */
/*
 * A late version is remembered as long as there is room or something older to make room for it.
 * What the server may name as a baseline is among the newest that it made, and so among the newest
 * that are remembered here.
 */
#include "object/replica.h"

#include "message/codec.h"

#include <string.h>

#define NONE UINT32_MAX

enum { CAPACITY_FIRST = 64 };

_Static_assert(sizeof(mni_spare) <= sizeof(mni_history), "a spare lies in a history's block");

/* ---- memory */

mn_result mni_replicas_init(mni_replicas *replicas, mni_memory *memory, mni_buffers *buffers,
                            mni_kinds *kinds, uint64_t seed)
{
    *replicas = (mni_replicas){.memory = memory, .buffers = buffers, .kinds = kinds};
    mni_map_init(&replicas->by_object, memory, seed);
    if (kinds->count > 0) {
        replicas->spares = mni_allocate(memory, kinds->count * sizeof replicas->spares[0]);
        if (replicas->spares == NULL) {
            return MN_ERROR_MEMORY;
        }
    }
    return MN_OK;
}

static void release_table(mni_replicas *replicas)
{
    mni_release(replicas->memory, replicas->all, replicas->capacity * sizeof replicas->all[0]);
    mni_release(replicas->memory, replicas->touched, replicas->capacity / 8);
}

void mni_replicas_clear(mni_replicas *replicas)
{
    mni_replicas_reset(replicas);
    for (uint32_t i = 0; replicas->spares != NULL && i < replicas->kinds->count; i++) {
        for (mni_spare *each = replicas->spares[i].first; each != NULL; each = each->next) {
            mni_buffer_drop(replicas->buffers, each->block);
        }
    }
    mni_release(replicas->memory, replicas->spares,
                replicas->kinds->count * sizeof replicas->spares[0]);
    release_table(replicas);
    mni_map_clear(&replicas->by_object);
}

void mni_replicas_reset(mni_replicas *replicas)
{
    for (uint32_t i = 0; i < replicas->end; i++) {
        mni_replica *replica = &replicas->all[i];
        mni_buffer_drop(replicas->buffers, replica->block);
        if (replica->history != NULL) {
            mni_pool_give(&replica->kind->histories, replica->history);
        }
        if (replica->block != NULL) {
            mni_map_remove(&replicas->by_object, replica->object);
        }
        *replica = (mni_replica){0};
    }
    if (replicas->capacity > 0) {
        memset(replicas->touched, 0, replicas->capacity / 8);
    }
    replicas->end = 0;
    replicas->live_count = 0;
    replicas->touched_count = 0;
    replicas->character = 0;
    replicas->character_us = 0;
    replicas->changed_us = 0;
}

static mn_result grow(mni_replicas *replicas, uint32_t end)
{
    uint32_t capacity = replicas->capacity > 0 ? replicas->capacity : CAPACITY_FIRST;
    while (capacity < end) {
        capacity *= 2;
    }
    mni_replica *all = mni_allocate(replicas->memory, capacity * sizeof all[0]);
    uint64_t *touched = mni_allocate(replicas->memory, capacity / 8);
    if (all == NULL || touched == NULL) {
        mni_release(replicas->memory, all, capacity * sizeof all[0]);
        mni_release(replicas->memory, touched, capacity / 8);
        return MN_ERROR_MEMORY;
    }
    if (replicas->capacity > 0) {
        memcpy(all, replicas->all, replicas->capacity * sizeof all[0]);
        memcpy(touched, replicas->touched, replicas->capacity / 8);
        release_table(replicas);
    }
    replicas->all = all;
    replicas->touched = touched;
    replicas->capacity = capacity;
    return MN_OK;
}

mn_result mni_replicas_reserve(mni_replicas *replicas, uint32_t end, uint32_t count)
{
    if (end > replicas->capacity && grow(replicas, end) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    return mni_map_reserve(&replicas->by_object, replicas->by_object.count + count);
}

void mni_replicas_count_anew(mni_replicas *replicas)
{
    for (uint32_t i = 0; i < replicas->kinds->count; i++) {
        replicas->spares[i].needed = 0;
    }
}

mn_result mni_replicas_count_spawn(mni_replicas *replicas, mni_kind *kind)
{
    mni_spares *spares = &replicas->spares[kind->number];
    if (spares->needed < spares->count) {
        spares->needed++;
        return MN_OK;
    }
    mni_buffer *block = mni_buffer_take(replicas->buffers, kind->size);
    mni_spare *spare = mni_pool_take_unzeroed(&kind->histories);
    if (block == NULL || spare == NULL) {
        mni_buffer_drop(replicas->buffers, block);
        mni_pool_give(&kind->histories, spare);
        return MN_ERROR_MEMORY;
    }
    *spare = (mni_spare){.next = spares->first, .block = block};
    spares->first = spare;
    spares->count++;
    spares->needed++;
    return MN_OK;
}

/* ---- looking */

mni_replica *mni_replicas_at(const mni_replicas *replicas, uint32_t slot)
{
    return slot < replicas->end ? &replicas->all[slot] : NULL;
}

mni_replica *mni_replicas_find(const mni_replicas *replicas, uint32_t object)
{
    uint32_t slot = mni_map_get(&replicas->by_object, object);
    mni_replica *replica = slot != MNI_MAP_NONE ? &replicas->all[slot] : NULL;
    return replica != NULL && replica->is_live && replica->object == object ? replica : NULL;
}

uint32_t mni_replicas_next_touched(const mni_replicas *replicas, uint32_t slot)
{
    while (replicas->touched_count > 0 && slot < replicas->end) {
        uint64_t word = replicas->touched[slot / 64] & ~mni_bit_mask(slot % 64);
        if (word != 0) {
            return slot / 64 * 64 + mni_bit_first(word);
        }
        slot = (slot / 64 + 1) * 64;
    }
    return NONE;
}

static void set_touched(mni_replicas *replicas, mni_replica *replica, bool is_touched)
{
    if (replica->is_touched == is_touched) {
        return;
    }
    uint32_t slot = (uint32_t)(replica - replicas->all);
    replica->is_touched = is_touched;
    replicas->touched[slot / 64] ^= 1ULL << slot % 64;
    replicas->touched_count =
        is_touched ? replicas->touched_count + 1 : replicas->touched_count - 1;
}

void mni_replicas_touch(mni_replicas *replicas, mni_replica *replica)
{
    set_touched(replicas, replica, true);
}

void mni_replicas_settle(mni_replicas *replicas, mni_replica *replica)
{
    set_touched(replicas, replica, false);
    replica->changed = 0;
    if (replica->block == NULL) {
        if (replica->live == NULL) {
            mni_map_remove(&replicas->by_object, replica->object);
        }
        replica->is_told = false;
        replica->live = NULL;
        replica->user = 0;
    }
}

void mni_replicas_forget(mni_replicas *replicas, uint32_t object)
{
    if (mni_replicas_find(replicas, object) == NULL) {
        mni_map_remove(&replicas->by_object, object);
    }
}

/* ---- versions and times */

enum mni_arrival mni_replica_arrival(const mni_replica *replica, uint32_t object, uint64_t time_us)
{
    if (replica == NULL) {
        return MNI_ARRIVAL_SPAWN;
    }
    if (replica->is_live && replica->object == object) {
        return MNI_ARRIVAL_UPDATE;
    }
    if (time_us < replica->began_us || time_us < replica->ended_us) {
        return MNI_ARRIVAL_LATE;
    }
    if (replica->is_live) {
        return MNI_ARRIVAL_REFUSED;
    }
    return replica->block != NULL ? MNI_ARRIVAL_BUSY : MNI_ARRIVAL_SPAWN;
}

const void *mni_replica_baseline(const mni_replica *replica, uint16_t number, uint64_t time_us)
{
    if (replica->history == NULL || time_us < replica->began_us) {
        return NULL;
    }
    return mni_history_find(replica->history, number);
}

static void copy_state(const mni_kind *kind, void *to, const void *from)
{
    if (kind->size > 0) {
        memcpy(to, from, kind->size);
    }
}

static bool is_equal(const mni_kind *kind, const void *a, const void *b)
{
    return kind->size == 0 || memcmp(a, b, kind->size) == 0;
}

/* Versions are repeated until they are acknowledged; one copy is enough. */
static void remember(const mni_replica *replica, uint16_t number, const void *state,
                     uint64_t time_us)
{
    if (number == replica->version || time_us < replica->shown_us) {
        const void *known = mni_history_find(replica->history, number);
        if (known != NULL && is_equal(replica->kind, known, state)) {
            return;
        }
    }
    void *version = mni_history_put(replica->history, number, time_us);
    if (version != NULL) {
        copy_state(replica->kind, version, state);
    }
}

static void show(mni_replicas *replicas, mni_replica *replica, uint16_t version, const void *state,
                 uint64_t time_us)
{
    const mni_kind *kind = replica->kind;
    uint64_t changed =
        mni_layout_changed(&kind->type->layout, kind->everything, replica->block->bytes, state);
    copy_state(kind, replica->block->bytes, state);
    replica->version = version;
    replica->shown_us = time_us;
    replica->changed |= changed;
    if (changed != 0) {
        mni_replicas_touch(replicas, replica);
    }
}

/* ---- what arrives */

/* The newest word about who is the character is the true one. That an object is not the character
   says nothing about others: somebody else's word may be older than that, and still be true. */
static void set_character(mni_replicas *replicas, uint32_t object, bool is_character,
                          uint64_t time_us)
{
    if (is_character && time_us >= replicas->character_us) {
        replicas->character_us = time_us;
        replicas->changed_us = replicas->character != object ? time_us : replicas->changed_us;
        replicas->character = object;
    } else if (!is_character && replicas->character == object) {
        replicas->changed_us = time_us;
        replicas->character = 0;
    }
}

static void spawn(mni_replicas *replicas, mni_replica *replica, const mni_piece_state *entry,
                  const void *state, uint64_t time_us)
{
    mni_kind *kind = &replicas->kinds->all[entry->kind];
    mni_spares *spares = &replicas->spares[kind->number];
    mni_spare *spare = spares->first;
    MNI_ASSERT(spare != NULL); /* there was one prepared */
    spares->first = spare->next;
    spares->count--;
    mni_buffer *block = spare->block;
    mni_history *history = (void *)spare;
    mni_history_init(history, kind->type->history, kind->size);
    if (replica->history != NULL) {
        mni_pool_give(&kind->histories, replica->history);
    }
    *replica = (mni_replica){
        .object = entry->object,
        .version = entry->version,
        .is_live = true,
        .is_touched = replica->is_touched,
        .began_us = time_us,
        .ended_us = replica->ended_us,
        .shown_us = time_us,
        .kind = kind,
        .history = history,
        .block = block,
    };
    copy_state(kind, block->bytes, state);
    replicas->live_count++;
    mni_replicas_touch(replicas, replica);
    if (mni_map_set(&replicas->by_object, entry->object, (uint32_t)(replica - replicas->all)) !=
        MN_OK) {
        MNI_ASSERT(false); /* room was made */
    }
}

static void hear_of(mni_replicas *replicas, uint32_t slot)
{
    while (replicas->end <= slot) {
        replicas->all[replicas->end++] = (mni_replica){0};
    }
}

void mni_replicas_take_state(mni_replicas *replicas, uint32_t slot, const mni_piece_state *entry,
                             const void *state, uint64_t time_us)
{
    hear_of(replicas, slot);
    mni_replica *replica = &replicas->all[slot];
    enum mni_arrival arrival = mni_replica_arrival(replica, entry->object, time_us);
    if (arrival == MNI_ARRIVAL_SPAWN) {
        if (mni_map_get(&replicas->by_object, entry->object) != MNI_MAP_NONE) {
            return; /* no honest server has an object in two slots */
        }
        spawn(replicas, replica, entry, state, time_us);
    } else if (arrival != MNI_ARRIVAL_UPDATE) {
        return;
    }
    remember(replica, entry->version, state, time_us);
    if (time_us < replica->shown_us) {
        return;
    }
    show(replicas, replica, entry->version, state, time_us);
    uint32_t owner = entry->is_yours ? replicas->self : entry->owner;
    if (replica->owner != owner) {
        replica->owner = owner;
        mni_replicas_touch(replicas, replica);
    }
    set_character(replicas, entry->object, entry->is_character, time_us);
}

void mni_replicas_take_update(mni_replicas *replicas, uint32_t slot, uint16_t version,
                              const void *state, uint64_t time_us)
{
    mni_replica *replica = &replicas->all[slot];
    if (!replica->is_live || time_us < replica->began_us) {
        return;
    }
    remember(replica, version, state, time_us);
    if (time_us >= replica->shown_us) {
        show(replicas, replica, version, state, time_us);
    }
}

void mni_replicas_take_gone(mni_replicas *replicas, uint32_t slot, uint32_t reason,
                            uint64_t time_us)
{
    hear_of(replicas, slot);
    mni_replica *replica = &replicas->all[slot];
    if (time_us < replica->began_us || time_us < replica->ended_us) {
        return;
    }
    replica->ended_us = time_us;
    if (!replica->is_live) {
        return;
    }
    replica->is_live = false;
    replica->reason = reason;
    replicas->live_count--;
    mni_replicas_touch(replicas, replica);
    set_character(replicas, replica->object, false, time_us);
}
