/* SPDX-License-Identifier: MIT */
/*
 * The player in the same program: what a packet would have carried is handed to its objects
 * directly, and is delivered with that. The relations are the same as a remote player's, so the
 * same things are told in the same order.
 */
#ifndef OBJECT_HOST_H
#define OBJECT_HOST_H

#include "object/world.h"

/* partner: the host's objects. */
void mni_host_objects_flush(mni_world *world, mni_view *view, mn_client_objects *partner);
/* Frees the blocks of objects that are gone, but for those which the host's game may still look at.
   partner NULL: there is no host. */
void mni_host_objects_release(mni_world *world, const mn_client_objects *partner);

#endif
