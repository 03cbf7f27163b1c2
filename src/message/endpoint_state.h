/* SPDX-License-Identifier: MIT */
/*
 * The whole of an endpoint, for the files that drive it: endpoint.c (its life and the door),
 * frame.c (update, poll, flush), route.c (what comes in), outgoing.c (what goes out),
 * authenticate.c, errand.c, host.c, and server.c and client.c, which say in which order.
 */
#ifndef MESSAGE_ENDPOINT_STATE_H
#define MESSAGE_ENDPOINT_STATE_H

#include "message/control.h"
#include "message/endpoint.h"
#include "message/host.h"
#include "message/inbox.h"
#include "message/player.h"
#include "message/server_clock.h"

enum {
    /* Places in the inbox that one event of the peer can need: CONNECTED, AUTHENTICATE, and the
       promise of DISCONNECTED. */
    MNI_PLACES_PER_EVENT = 3,
    /* Structs decoded between two updates, in bytes: a few bytes on the wire can become a large
       struct, and credit bounds the wire alone. What is over it is polled after the next update. */
    MNI_DECODED_MAX = 1024 * 1024
};

/* What a server and a client do differently with what comes in. There is room in the inbox. */
typedef struct mni_side {
    void (*connected)(mni_endpoint *endpoint, mni_peer_event *event);
    void (*ended)(mni_endpoint *endpoint, mni_player *player, mni_peer_event *event);
    /* False: it is not for this side, or not now. */
    bool (*told)(mni_endpoint *endpoint, mni_player *from, const mni_control *control);
} mni_side;

struct mni_endpoint {
    mn_peer *peer;
    const mn_schema *schema; /* NULL: without types */
    const mni_side *side;
    mni_inbox inbox;
    mni_players players;
    mni_attachment attachment;
    mni_host host;
    mni_ring held;          /* client: of mni_peer_event, what came before its AUTHENTICATED */
    mni_server_clock clock; /* client */
    uint64_t now_us;
    uint64_t skipped_us; /* of now_us: in jumps of the clock */
    uint64_t decide_us;  /* how long a verdict, or the other side's table, may take */
    uint8_t *scratch;    /* room for the largest struct, */
    uint8_t *wire;       /* and for the largest message as it travels */
    uint32_t scratch_size;
    uint32_t wire_size;
    uint32_t decoded_bytes; /* polled and not yet released */
    bool is_server;
    bool is_attached;
    bool is_started;                  /* server */
    bool has_verdicts;                /* server: the game decides who is in */
    char difference[MN_TEXT_MAX + 1]; /* client: between the schemas, once it is found */
};

/* On failure everything but the peer is given back. */
MNI_CHECK mn_result mni_endpoint_init(mni_endpoint *endpoint, mn_peer *peer,
                                      const mn_schema *schema, const mni_side *side,
                                      bool is_server);
/* Lets the attachment go and frees everything but the peer, which the endpoint's memory comes
   from. */
void mni_endpoint_clear(mni_endpoint *endpoint);

/* One more, ARRIVING, with a place in the inbox for its end. MN_ERROR_FULL, MN_ERROR_MEMORY. */
MNI_CHECK mn_result mni_endpoint_add_player(mni_endpoint *endpoint, uint32_t connection);
/* The same back: nobody was told of it. */
void mni_endpoint_forget_player(mni_endpoint *endpoint, mni_player *player);
/* Ends all connections and the host channel at once, with MN_REASON_STOPPED. */
void mni_endpoint_shut(mni_endpoint *endpoint);

/* ---- the frame: frame.c */

void mni_endpoint_advance(mni_endpoint *endpoint, uint64_t now_us); /* never back */
/* The time that deadlines run on. As in the peer, an update that comes later than clock_gap_us
   after the last (a debugger, a suspended laptop) adds nothing: who owes an answer stood still. */
uint64_t mni_endpoint_steady_us(const mni_endpoint *endpoint);
void mni_endpoint_release(mni_endpoint *endpoint);      /* what was polled */
mn_result mni_endpoint_receive(mni_endpoint *endpoint); /* the peer's events */
MNI_CHECK mn_result mni_endpoint_update(mni_endpoint *endpoint, uint64_t now_us);
MNI_CHECK mn_result mni_endpoint_poll(mni_endpoint *endpoint, mn_event *events, uint32_t capacity);
MNI_CHECK mn_result mni_endpoint_flush(mni_endpoint *endpoint, uint64_t now_us);
uint64_t mni_endpoint_next_us(const mni_endpoint *endpoint);

/* ---- what comes in: route.c */

/* Room for one event, whatever it is. */
MNI_CHECK mn_result mni_endpoint_make_room(mni_endpoint *endpoint);
/* Takes in an event of the peer, or one like it from the host channel. There is room for it. */
void mni_endpoint_route(mni_endpoint *endpoint, mni_peer_event *event);
/* Into the inbox, where there is room; with the bytes and the credit of `from`, if that is not
   NULL. Who and when are filled in: player NULL is the server. */
void mni_endpoint_note(mni_endpoint *endpoint, const mni_player *player, mn_event event,
                       mni_peer_event *from);
/* The same into the place that was promised for the player's end. */
void mni_endpoint_note_end(mni_endpoint *endpoint, const mni_player *player, mn_event event,
                           mni_peer_event *from);

/* ---- what goes out: outgoing.c */

/* A message, checked and encoded once. */
typedef struct mni_letter {
    const mni_message_type *type;
    mni_buffer *buffer;
    uint32_t how;
} mni_letter;

/* How a message is sent that is to be told of: else as its type declares. */
uint32_t mni_outgoing_notify(const mni_endpoint *endpoint, uint32_t message);
MNI_CHECK mn_result mni_outgoing_write(mni_endpoint *endpoint, const mn_outgoing *outgoing,
                                       mni_letter *letter_out);
MNI_CHECK mn_result mni_outgoing_send(mni_endpoint *endpoint, mni_player *to,
                                      const mni_letter *letter, uint64_t token);
void mni_outgoing_drop(mni_endpoint *endpoint, mni_letter *letter);
/* Shares the buffer. MN_ERROR_STATE: the player is leaving. */
MNI_CHECK mn_result mni_outgoing_post(mni_endpoint *endpoint, mni_player *to, mni_buffer *buffer,
                                      uint32_t how, uint64_t token);
/* Takes back the notify messages with this token. MN_ERROR_STATE: its connection has ended. */
mn_result mni_outgoing_cancel(mni_endpoint *endpoint, const mni_player *to, uint64_t token);
/* As mn_peer_set_channel, for a host as well. */
mn_result mni_outgoing_set_channel(mni_endpoint *endpoint, uint32_t channel, uint32_t priority,
                                   uint32_t weight);
mn_result mni_outgoing_control(mni_endpoint *endpoint, mni_player *to, const mni_control *control,
                               uint32_t mode);
/* Again: MN_OK. */
mn_result mni_outgoing_disconnect(mni_endpoint *endpoint, mni_player *player, int32_t reason,
                                  const char *text);

#endif
