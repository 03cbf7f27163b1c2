/* SPDX-License-Identifier: MIT */
/*
 * The exchange after the socket's handshake. A server's player arrives, the game or nobody gives a
 * verdict, and the player is in. Where the schemas differ, tables are exchanged instead until the
 * difference has a name. Each step has a deadline; what is to be sent is an errand, and leaves at
 * the next flush.
 */
#ifndef MESSAGE_AUTHENTICATE_H
#define MESSAGE_AUTHENTICATE_H

#include "message/endpoint_state.h"

/* Server: it is connected, with the same schema. CONNECTED, then AUTHENTICATE or AUTHENTICATED. */
void mni_authenticate_begin(mni_endpoint *server, mni_player *player, mni_peer_event *connected);
/* Server: MN_ERROR_STATE: nobody waits for this verdict. */
MNI_CHECK mn_result mni_authenticate_accept(mni_endpoint *server, mni_player *player);
/* Client: it was accepted, under this id. Takes in what came before it knew. */
void mni_authenticate_enter(mni_endpoint *client, mni_player *player, uint32_t id);

/* Both: the other side has another schema. */
void mni_authenticate_differ(mni_endpoint *endpoint, mni_player *player);
/* A piece of the other side's table. False: it is wrong. */
bool mni_authenticate_compare(mni_endpoint *endpoint, mni_player *player, const mni_control *table);
/* Ends those whose deadline has passed. */
void mni_authenticate_expire(mni_endpoint *endpoint);

#endif
