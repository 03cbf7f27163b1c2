/* SPDX-License-Identifier: MIT */
/*
 * Pieces out of views: what is behind and due goes into a packet, in the order of slots, as much as
 * fits; a record keeps what it was; and when the packet's fate is known, the relations move on. All
 * packets of a flush together look at each relation once, and the next flush goes on where this one
 * found no more room.
 */
#ifndef OBJECT_PACK_H
#define OBJECT_PACK_H

#include "object/world.h"

/* The size of the piece, 0 for nothing; of capacity bytes at most. */
uint32_t mni_pack_write(mni_world *world, mni_view *view, uint8_t *bytes, uint32_t capacity,
                        uint32_t *record_out);
/* view NULL: the player is gone. */
void mni_pack_settle(mni_world *world, mni_view *view, uint32_t record, bool delivered);

/* What a state entry says to this player about the object. */
mni_piece_state mni_pack_state(const mni_view *view, const mni_object *object);

/* Sends the queued calls that can be sent, after what the flush has seen. */
void mni_pack_calls(mni_world *world, mni_view *view);

#endif
