/* SPDX-License-Identifier: MIT */
/* What there is no memory for on the other side stays behind, and is tried again by the next flush.
   */
#include "object/host.h"

#include "object/client_objects.h"
#include "object/pack.h"

/* One would do, but for a host that has just left: it polls after the next. */
enum { UPDATES_MIN = 2 };

static bool admit(mni_world *world, mni_view *view, uint32_t slot, mn_client_objects *partner)
{
    mni_relation *relation = &view->relations[slot];
    const mni_object *object = mni_world_object(world, relation);
    mni_piece_state entry = mni_pack_state(view, object);
    mni_kind_veil(object->kind, mni_kind_mask(object->kind, entry.is_yours),
                  mni_object_newest(object), world->scratch);
    if (!mni_client_objects_admit(partner, slot, &entry, world->scratch, mni_object_state(object),
                                  world->flush_us)) {
        return false;
    }
    mni_relation_send(relation, entry.version, 0);
    mni_relation_delivered(relation, entry.version);
    return true;
}

void mni_host_objects_flush(mni_world *world, mni_view *view, mn_client_objects *partner)
{
    uint32_t slot = mni_view_next_behind(view, 0);
    while (slot != MNI_VIEW_NONE) {
        const mni_relation *relation = &view->relations[slot];
        if (relation->state == MNI_RELATION_GONE) {
            if (mni_client_objects_dismiss(partner, slot, relation->object, world->flush_us)) {
                mni_view_free(view, slot);
            }
        } else if (admit(world, view, slot, partner)) {
            mni_view_set_behind(view, slot, false);
        }
        slot = mni_view_next_behind(view, slot + 1);
    }
    mni_client_objects_tell(partner);
}

void mni_host_objects_release(mni_world *world, const mn_client_objects *partner)
{
    mni_ring *ring = &world->objects.departed;
    for (uint32_t left = ring->count; left > 0; left--) {
        mni_departed departed = *(mni_departed *)mni_ring_at(ring, 0);
        mni_ring_pop(ring);
        departed.updates++;
        if (departed.updates < UPDATES_MIN ||
            (partner != NULL && mni_client_objects_hold(partner, departed.id))) {
            mni_departed *again = mni_ring_push(ring);
            MNI_ASSERT(again != NULL); /* it has just had this place */
            *again = departed;
        } else {
            mni_buffer_drop(world->objects.buffers, departed.block);
        }
    }
}
