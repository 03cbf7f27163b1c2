/* SPDX-License-Identifier: MIT */
/*
 * The whole of a peer, for the files that drive it: peer.c (its life, and the order of what happens
 * in update and flush), gate.c (handshake packets), admission.c (what comes of a connect), course.c
 * (a connection's course from its beginning through its turns to its end), door.c (messages and
 * events), facts.c (what can be asked).
 */
#ifndef SOCKET_PEER_STATE_H
#define SOCKET_PEER_STATE_H

#include "socket/answer.h"
#include "socket/batch.h"
#include "socket/clock.h"
#include "socket/config.h"
#include "socket/flood.h"
#include "socket/links.h"
#include "socket/peer.h"
#include "socket/unheard.h"
#include "socket/used.h"

struct mn_peer {
    mni_memory memory;
    mni_config config;
    mni_buffers buffers;
    mni_events events;
    mni_shared shared;
    mn_counters counters;
    mni_clock clock;
    mni_links links;
    uint32_t polled;     /* of the events in the queue, the oldest: they go with the next update */
    uint32_t stamped;    /* of the events in the queue, the oldest: time and user are set */
    uint32_t dialed;     /* not listening: the connection that the socket is for */
    bool is_listening;   /* the socket hears from everybody */
    mn_socket socket;    /* ops NULL: not open */
    mni_batch batch;     /* while the socket is open */
    mni_used used;       /* while listening */
    mni_flood flood;     /* while listening */
    mni_unheard unheard; /* while listening */
    uint64_t refusal_log_us; /* no refusal is logged before: they come as often as anybody likes */
    uint8_t secret[MNI_HASH_KEY_SIZE]; /* of the cookies; another one each time it listens */
    uint64_t listened_us;              /* what had arrived by then has been taken in */
    uint64_t echo_us; /* while listening: until then a connect of ours may be brought back to us */
    const char *error_text;
};

static inline bool mni_peer_is_open(const mn_peer *peer)
{
    return peer->socket.ops != NULL;
}

static inline void mni_peer_count_drop(mn_peer *peer, int32_t why)
{
    peer->counters.dropped[why]++;
}

/* ---- gate.c */

/* A handshake packet, or the news that nobody listens at an address. */
void mni_peer_take_handshake(mn_peer *peer, const mn_datagram *datagram);
void mni_peer_take_closed(mn_peer *peer, const mn_address *address);

/* ---- admission.c */

/* A connect whose address is proven. */
typedef struct mni_question {
    const mn_address *from;
    mni_handshake connect;
    uint64_t issued_us; /* when its cookie was made */
    uint64_t hash;      /* of all its bytes */
} mni_question;

/* Answers it. -1 or the MN_DROP_…. */
int32_t mni_peer_admit(mn_peer *peer, const mni_question *asked);
/* An attempt of ours has a cookie: whatever becomes of it, its connects are not to be admitted. */
void mni_peer_note_own(mn_peer *peer, uint64_t token);

/* ---- course.c */

/* A link that will end in an event, and whose CONNECTED has its place as well. */
MNI_CHECK mn_result mni_peer_add_link(mn_peer *peer, const mn_address *address,
                                      mni_link **link_out);
/* What the handshake agreed on becomes a connection; what concerns time is added here. payload: of
   the other side's application, for CONNECTED, unless the connection awaits it. An error changes
   nothing. */
MNI_CHECK mn_result mni_peer_open_link(mn_peer *peer, mni_link *link, mni_agreement *agreement,
                                       const void *payload, uint32_t size);
/* The event of its end, and the link is gone. text NULL or "": the reason's own. An application
   that has not heard of it hears nothing of its end. */
void mni_peer_end_link(mn_peer *peer, mni_link *link, int32_t reason, const char *text);
/* The same after one close packet, as far as the socket takes it. */
void mni_peer_end_at_once(mn_peer *peer, mni_link *link, int32_t reason);
/* A link that never came to an event. */
void mni_peer_remove_link(mn_peer *peer, mni_link *link);
/* What was kept until the client is heard goes, if it was heard. */
void mni_peer_note_heard(mn_peer *peer, mni_link *link);
/* The link that serves datagrams from this address. */
mni_link *mni_peer_link_from(const mn_peer *peer, const mn_address *address);
/* The link that the application knows by this id, or NULL. */
mni_link *mni_peer_find(const mn_peer *peer, uint32_t id);
/* The same, and it is open: MN_ERROR_ARGUMENT, _STALE, or _STATE while it dials. */
MNI_CHECK mn_result mni_peer_find_open(const mn_peer *peer, uint32_t id, mni_link **link_out);
/* Lets what is due by time happen; what is to be said is said in the next turn. */
void mni_peer_run_timers(mn_peer *peer);
/* Gives each link that has something to do its turn: it writes what is due, or is ended. */
void mni_peer_take_turns(mn_peer *peer, bool flushing);
/* A handshake packet on the way out; what does not leave now is asked for again. */
void mni_peer_send_handshake(mn_peer *peer, const mn_address *to, const uint8_t *bytes,
                             uint32_t size);
/* Sets time and user of all events that were queued since the last time. */
void mni_peer_stamp_events(mn_peer *peer);

#endif
