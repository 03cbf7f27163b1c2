/* SPDX-License-Identifier: MIT */
/*
 * The door of the message floor. An endpoint is what a server and a client have in common: a
 * schema, players (a client has one: itself), the queue of events, and one attachment, the table
 * through which the object floor takes part. The attachment runs inside update and flush; `joined`
 * also inside accept, and `left` inside stop and destroy, a host's on both sides.
 *
 * Order within an endpoint. update: packets are taken in (check and take for each, calls are handed
 * over as they come), then `updated`. flush: `flushing`, then for a host player its messages,
 * `host_flush` and its calls, then packets are packed (write for each). A call that is handed over
 * is kept until `updated`, so that the state it was made in is there first.
 */
#ifndef MESSAGE_ENDPOINT_H
#define MESSAGE_ENDPOINT_H

#include "message/schema.h"
#include "socket/peer.h"

typedef struct mni_endpoint mni_endpoint;

/* All functions are set. On a client every player argument is the client itself. */
typedef struct mni_attachment {
    void *user;
    /* As in mni_rider, of an authenticated player. */
    mni_verdict (*check)(void *user, mn_player from, const uint8_t *bytes, uint32_t size);
    void (*take)(void *user, mn_player from, uint64_t packet, const uint8_t *bytes, uint32_t size);
    uint32_t (*write)(void *user, mn_player to, uint8_t *bytes, uint32_t capacity,
                      uint32_t *record_out);
    void (*settled)(void *user, mn_player to, uint32_t record, bool delivered);
    /* What the other side sent with mni_endpoint_send_call. The attachment owns `call` from here
       (bytes: call->event.data, call->event.size) and returns it with mni_endpoint_return. */
    void (*called)(void *user, mn_player from, const mni_peer_event *call);
    void (*updated)(void *user, uint64_t now_us);
    void (*flushing)(void *user, uint64_t now_us);
    /* Server: the host player takes in at once what a packet would have carried, through the
       client's attachment (mni_endpoint_partner). Not called on a client. */
    void (*host_flush)(void *user, mn_player player, uint64_t now_us);
    void (*joined)(void *user, mn_player player); /* after its AUTHENTICATED was queued */
    void (*left)(void *user, mn_player player);   /* before its DISCONNECTED is queued */
    void (*destroyed)(void *user);                /* the endpoint goes: free yourself */
} mni_attachment;

mni_endpoint *mni_server_endpoint(mn_server *server);
mni_endpoint *mni_client_endpoint(mn_client *client);

/* MN_ERROR_STATE: it has one, or it is started or connected. Copied. */
MNI_CHECK mn_result mni_endpoint_attach(mni_endpoint *endpoint, const mni_attachment *attachment);
void mni_endpoint_detach(mni_endpoint *endpoint);

/* Queues an event. On success the endpoint owns the buffer (NULL: none), which holds what
   event->data and event->before point to, until the first update after it was polled. event->user
   is the caller's to fill. MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_endpoint_push(mni_endpoint *endpoint, const mn_event *event,
                                      mni_buffer *buffer);
/* Makes room, so that the next count pushes cannot fail. */
MNI_CHECK mn_result mni_endpoint_reserve(mni_endpoint *endpoint, uint32_t count);
uint32_t mni_endpoint_waiting(const mni_endpoint *endpoint); /* events not yet polled */

/* On the calls channel, in order; shares the buffer. how: MN_RELIABLE or MN_UNRELIABLE. Through the
   host channel for a host player. */
MNI_CHECK mn_result mni_endpoint_send_call(mni_endpoint *endpoint, mn_player to, mni_buffer *buffer,
                                           uint32_t how);
/* It was read: its credit goes back to who sent it. The buffer is returned later. */
void mni_endpoint_return_credit(mni_endpoint *endpoint, mni_peer_event *event);
void mni_endpoint_return(mni_endpoint *endpoint, mni_peer_event *event); /* all of it */
void mni_endpoint_charge(mni_endpoint *endpoint, mn_player player);      /* see mni_peer_charge */
void mni_endpoint_wake(mni_endpoint *endpoint, mn_player player);        /* see mni_peer_wake */

/* Of an authenticated player: a small number below mni_endpoint_max_players, its own while it is
   there; -1 for anybody else. */
int32_t mni_endpoint_index(const mni_endpoint *endpoint, mn_player player);
mn_player mni_endpoint_player(const mni_endpoint *endpoint, uint32_t index); /* {0}: not there */
uint32_t mni_endpoint_max_players(const mni_endpoint *endpoint);
/* Of a host player on a server, or of a client that is a host: the `user` of the other side's
   attachment; NULL where there is none. */
void *mni_endpoint_partner(const mni_endpoint *endpoint, mn_player player);
bool mni_endpoint_is_host(const mni_endpoint *endpoint, mn_player player);

/* NULL is a schema without types, as everywhere in schema.h. */
const mn_schema *mni_endpoint_schema(const mni_endpoint *endpoint);
mni_memory *mni_endpoint_memory(mni_endpoint *endpoint);
mni_buffers *mni_endpoint_buffers(mni_endpoint *endpoint);
mn_counters *mni_endpoint_counts(mni_endpoint *endpoint);
uint64_t mni_endpoint_seed(const mni_endpoint *endpoint);
uint64_t mni_endpoint_now_us(const mni_endpoint *endpoint); /* of the last update or flush */
/* now_us in the server's time: itself on a server or host, the estimate on a client. */
uint64_t mni_endpoint_server_time(const mni_endpoint *endpoint, uint64_t now_us);

#endif
