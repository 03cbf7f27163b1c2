/* SPDX-License-Identifier: MIT */
/* Free slots of a kind are a list through the relations. The table doubles, and never shrinks. */
#include "object/view.h"

#include "object/call.h"

#include <string.h>

enum { CAPACITY_FIRST = 64 };

mn_result mni_view_init(mni_view *view, mni_memory *memory, uint32_t index, uint32_t kind_count)
{
    *view = (mni_view){.memory = memory, .index = index, .kind_count = kind_count};
    mni_ring_init(&view->calls, memory, sizeof(mni_queued_call), MNI_QUEUED_CALLS_MAX);
    if (kind_count > 0) {
        view->free = mni_allocate(memory, kind_count * sizeof view->free[0]);
    }
    return kind_count == 0 || view->free != NULL ? MN_OK : MN_ERROR_MEMORY;
}

static void release_table(mni_view *view)
{
    mni_release(view->memory, view->relations, view->capacity * sizeof view->relations[0]);
    mni_release(view->memory, view->behind, view->capacity / 8);
}

void mni_view_clear(mni_view *view)
{
    release_table(view);
    mni_release(view->memory, view->free, view->kind_count * sizeof view->free[0]);
    mni_ring_clear(&view->calls);
}

void mni_view_open(mni_view *view, uint32_t player, bool is_host)
{
    view->player = player;
    view->is_host = is_host;
    view->is_incomplete = true;
    for (uint32_t i = 0; i < view->kind_count; i++) {
        view->free[i] = MNI_VIEW_NONE;
    }
}

void mni_view_close(mni_view *view, mni_buffers *buffers)
{
    while (view->calls.count > 0) {
        mni_queued_call_drop(view, buffers);
    }
    if (view->capacity > 0) {
        memset(view->relations, 0, view->capacity * sizeof view->relations[0]);
        memset(view->behind, 0, view->capacity / 8);
    }
    view->player = 0;
    view->character = 0;
    view->slot_count = 0;
    view->count = 0;
    view->behind_count = 0;
    view->cursor = 0;
    view->left = 0;
    view->is_incomplete = false;
}

static mn_result grow(mni_view *view)
{
    uint32_t capacity = view->capacity > 0 ? 2 * view->capacity : CAPACITY_FIRST;
    if (capacity > MNI_PIECE_SLOTS_MAX) {
        return MN_ERROR_FULL;
    }
    mni_relation *relations = mni_allocate(view->memory, capacity * sizeof relations[0]);
    uint64_t *behind = mni_allocate(view->memory, capacity / 8);
    if (relations == NULL || behind == NULL) {
        mni_release(view->memory, relations, capacity * sizeof relations[0]);
        mni_release(view->memory, behind, capacity / 8);
        return MN_ERROR_MEMORY;
    }
    if (view->capacity > 0) {
        memcpy(relations, view->relations, view->capacity * sizeof relations[0]);
        memcpy(behind, view->behind, view->capacity / 8);
        release_table(view);
    }
    view->relations = relations;
    view->behind = behind;
    view->capacity = capacity;
    return MN_OK;
}

mn_result mni_view_add(mni_view *view, uint32_t kind, uint32_t *slot_out)
{
    uint32_t slot = view->free[kind];
    if (slot != MNI_VIEW_NONE) {
        view->free[kind] = view->relations[slot].object;
    } else {
        mn_result result = view->slot_count < view->capacity ? MN_OK : grow(view);
        if (result != MN_OK) {
            return result;
        }
        slot = view->slot_count++;
        view->relations[slot].kind = (uint16_t)kind;
    }
    view->count++;
    mni_view_set_behind(view, slot, true);
    *slot_out = slot;
    return MN_OK;
}

void mni_view_free(mni_view *view, uint32_t slot)
{
    mni_relation *relation = &view->relations[slot];
    if (relation->state != MNI_RELATION_FREE) {
        mni_relation_free(relation);
    }
    mni_view_set_behind(view, slot, false);
    relation->object = view->free[relation->kind];
    view->free[relation->kind] = slot;
    view->count--;
}

void mni_view_set_behind(mni_view *view, uint32_t slot, bool is_behind)
{
    uint64_t bit = 1ULL << slot % 64;
    uint64_t *word = &view->behind[slot / 64];
    if (((*word & bit) != 0) == is_behind) {
        return;
    }
    *word ^= bit;
    view->behind_count = is_behind ? view->behind_count + 1 : view->behind_count - 1;
}

uint32_t mni_view_next_behind(const mni_view *view, uint32_t slot)
{
    while (slot < view->slot_count) {
        uint64_t word = view->behind[slot / 64] & ~mni_bit_mask(slot % 64);
        if (word != 0) {
            return slot / 64 * 64 + mni_bit_first(word);
        }
        slot = (slot / 64 + 1) * 64;
    }
    return MNI_VIEW_NONE;
}
