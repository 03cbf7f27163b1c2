/* SPDX-License-Identifier: MIT */
/*
 * Calls from clients: whether the object is there, the call is one of its type and to the server,
 * the caller may, and the arguments are what they should be. What is wrong is charged to the
 * caller, unless it could not know yet. What there is no room for waits, and keeps its sender's
 * credit.
 */
#ifndef OBJECT_REQUEST_H
#define OBJECT_REQUEST_H

#include "object/ownership.h"

typedef struct mni_requests {
    mni_world *world;
    mni_grace *grace;
    mni_ring waiting; /* of requests, by arrival */
} mni_requests;

void mni_requests_init(mni_requests *requests, mni_world *world, mni_grace *grace);
void mni_requests_clear(mni_requests *requests);

void mni_requests_take(mni_requests *requests, mn_player from, const mni_peer_event *call);
void mni_requests_tell(mni_requests *requests); /* what waits, as far as there is room */
void mni_requests_forget(mni_requests *requests, mn_player from); /* the player left */

#endif
