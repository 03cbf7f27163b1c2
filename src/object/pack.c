/* SPDX-License-Identifier: MIT */
/*
 * An entry that does not fit is taken back by restoring the writer. The delta of an entry is copied
 * from the fragments, so nothing is encoded again for it.
 */
#include "object/pack.h"

#include "object/call.h"

mni_piece_state mni_pack_state(const mni_view *view, const mni_object *object)
{
    return (mni_piece_state){
        .object = object->id,
        .kind = object->kind->number,
        .owner = object->sent_owner,
        .version = mni_object_target(object, object->sent_owner == view->player),
        .is_yours = object->sent_owner == view->player,
        .is_character = object->sent_owner == view->player && object->id == view->character,
    };
}

/* The player's version of the object, where both sides have it still. */
static const void *find_baseline(const mni_relation *relation, const mni_object *object,
                                 uint16_t target)
{
    if (!mni_relation_has_baseline(relation) || relation->acked == target) {
        return NULL;
    }
    return mni_history_find(object->history, relation->acked);
}

static void write_state(mni_world *world, const mni_view *view, uint32_t slot,
                        mni_piece_writer *piece)
{
    const mni_relation *relation = &view->relations[slot];
    const mni_object *object = mni_world_object(world, relation);
    mni_piece_state state = mni_pack_state(view, object);
    mni_fragment_source source = {
        .kind = object->kind,
        .state = mni_object_newest(object),
        .baseline = find_baseline(relation, object, state.version),
        .object = object->id,
        .baseline_version = relation->acked,
        .is_owner = state.is_yours,
    };
    if (source.baseline != NULL) {
        mni_piece_write_update(piece, slot, relation->acked, state.version);
    } else {
        source.baseline = object->kind->type->defaults;
        source.baseline_version = MNI_FRAGMENT_NO_BASELINE;
        mni_piece_write_state(piece, slot, &world->kinds, &state);
    }
    mni_bit_reader delta = mni_fragment_of(&world->fragments, &source);
    mni_write_bits_from(&piece->bits, &delta, mni_bit_reader_left(&delta));
}

/* The newest version that this relation is about; of GONE, none. */
static uint16_t target_of(const mni_world *world, const mni_view *view,
                          const mni_relation *relation)
{
    if (relation->state == MNI_RELATION_GONE) {
        return 0;
    }
    const mni_object *object = mni_world_object(world, relation);
    return mni_object_target(object, object->sent_owner == view->player);
}

/* Goes on to the next slot that is behind; MNI_VIEW_NONE at the end of the table, and when this
   flush has looked at all. */
static uint32_t advance(mni_view *view)
{
    uint32_t slot = mni_view_next_behind(view, view->cursor);
    uint32_t end = slot != MNI_VIEW_NONE ? slot : view->slot_count;
    uint32_t passed = end - view->cursor;
    if (passed >= view->left) {
        view->left = 0;
        return MNI_VIEW_NONE;
    }
    view->left -= passed;
    view->cursor = slot != MNI_VIEW_NONE ? slot : 0;
    return slot;
}

/* False: the entry has no room, in the piece or in memory. */
static bool write_entry(mni_world *world, mni_view *view, mni_piece_writer *piece,
                        mni_manifest *manifest)
{
    uint32_t slot = view->cursor;
    mni_relation *relation = &view->relations[slot];
    uint16_t target = target_of(world, view, relation);
    uint16_t now_ms = (uint16_t)(world->flush_us / 1000);
    if (!mni_relation_is_due(relation, target, now_ms)) {
        return true;
    }
    mni_piece_writer before = *piece;
    bool is_gone = relation->state == MNI_RELATION_GONE;
    if (is_gone) {
        mni_piece_write_gone(piece, slot, relation->object);
    } else {
        mni_relation_age(relation, (uint16_t)world->flush, target);
        write_state(world, view, slot, piece);
    }
    mni_manifest_item item = {
        .slot = slot, .version = target, .generation = relation->generation, .is_gone = is_gone};
    if (piece->bits.failed || mni_manifest_add(&world->manifests, manifest, item) != MN_OK) {
        *piece = before;
        return false;
    }
    mni_relation_send(relation, target, now_ms);
    return true;
}

uint32_t mni_pack_write(mni_world *world, mni_view *view, uint8_t *bytes, uint32_t capacity,
                        uint32_t *record_out)
{
    if (view->behind_count == 0 || view->left == 0) {
        return 0;
    }
    mni_piece_writer piece =
        mni_piece_begin(bytes, capacity, world->flush_us, (uint16_t)world->flush);
    if (piece.bits.failed) {
        return 0;
    }
    mni_manifest manifest = {MNI_MANIFEST_NONE, MNI_MANIFEST_NONE};
    while (view->left > 0) {
        uint32_t slot = advance(view);
        if (slot == MNI_VIEW_NONE && manifest.first != MNI_MANIFEST_NONE) {
            break; /* slots ascend within a piece */
        }
        if (slot == MNI_VIEW_NONE) {
            continue;
        }
        if (!write_entry(world, view, &piece, &manifest)) {
            break;
        }
        view->cursor++;
        view->left--;
    }
    if (manifest.first == MNI_MANIFEST_NONE) {
        return 0;
    }
    *record_out = manifest.first;
    return mni_piece_end(&piece);
}

static void settle_item(mni_world *world, mni_view *view, const mni_manifest_item *item,
                        bool delivered)
{
    mni_relation *relation = &view->relations[item->slot];
    if (relation->generation != item->generation ||
        item->is_gone != (relation->state == MNI_RELATION_GONE)) {
        return;
    }
    if (!delivered) {
        mni_relation_lost(relation, item->version);
    } else if (item->is_gone) {
        mni_view_free(view, item->slot);
    } else {
        mni_relation_delivered(relation, item->version);
        uint16_t target = target_of(world, view, relation);
        mni_view_set_behind(view, item->slot, mni_relation_is_behind(relation, target));
    }
}

void mni_pack_settle(mni_world *world, mni_view *view, uint32_t record, bool delivered)
{
    for (uint32_t i = record; view != NULL && i != MNI_MANIFEST_NONE;) {
        const mni_manifest_chunk *chunk = mni_manifest_read(&world->manifests, i);
        for (uint32_t j = 0; j < chunk->count; j++) {
            settle_item(world, view, &chunk->items[j], delivered);
        }
        i = chunk->next;
    }
    mni_manifest_free(&world->manifests, record);
}

/* MN_ERROR_FULL, MN_ERROR_MEMORY: it has to wait. */
static mn_result send_call(mni_world *world, mni_view *view, const mni_queued_call *queued)
{
    const mni_object *object = mni_objects_find(&world->objects, queued->object);
    const mni_observer *observer = object != NULL ? mni_object_observer(object, view->index) : NULL;
    if (observer == NULL) {
        return object != NULL && view->is_incomplete ? MN_ERROR_MEMORY : MN_OK;
    }
    mni_call call = {
        .time = (uint32_t)world->flush_us,
        .slot = observer->slot,
        .object = object->id,
        .version = mni_object_target(object, object->sent_owner == view->player),
        .call = queued->call,
        .arguments = queued->arguments->bytes,
        .size = queued->arguments->size,
    };
    mni_buffers *buffers = mni_endpoint_buffers(world->endpoint);
    mni_buffer *buffer = mni_call_encode(buffers, &call, false);
    if (buffer == NULL) {
        return MN_ERROR_MEMORY;
    }
    mn_result result =
        mni_endpoint_send_call(world->endpoint, (mn_player){view->player}, buffer, queued->how);
    if (result == MN_OK) {
        mni_relation_name(&view->relations[observer->slot]);
    }
    mni_buffer_drop(buffers, buffer);
    return result;
}

void mni_pack_calls(mni_world *world, mni_view *view)
{
    while (view->calls.count > 0) {
        const mni_queued_call *queued = mni_ring_at(&view->calls, 0);
        mn_result result = send_call(world, view, queued);
        bool must_wait = result == MN_ERROR_FULL || result == MN_ERROR_MEMORY;
        if (must_wait && queued->how == MN_RELIABLE) {
            return;
        }
        mni_queued_call_drop(view, mni_endpoint_buffers(world->endpoint));
    }
}
