/* SPDX-License-Identifier: MIT */
/*
 * What the server's objects may ask of a host's: to take in what a packet would have carried. See
 * host.h, which does the asking.
 */
#ifndef OBJECT_CLIENT_OBJECTS_H
#define OBJECT_CLIENT_OBJECTS_H

#include "object/piece.h"

/* The state as this client may see it, and where the server has it. False: there is no room, or no
   memory. */
MNI_CHECK bool mni_client_objects_admit(mn_client_objects *objects, uint32_t slot,
                                        const mni_piece_state *entry, const void *state,
                                        const void *live, uint64_t time_us);
/* False: no memory, where it never heard of the slot. */
MNI_CHECK bool mni_client_objects_dismiss(mn_client_objects *objects, uint32_t slot,
                                          uint32_t reason, uint64_t time_us);
/* All is taken in: the game is told. */
void mni_client_objects_tell(mn_client_objects *objects);
/* A pointer to the state of this object may be in use. */
bool mni_client_objects_hold(const mn_client_objects *objects, uint32_t object);
/* The server's objects are destroyed, and with them all states. */
void mni_client_objects_abandon(mn_client_objects *objects);

#endif
