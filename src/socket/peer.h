/* SPDX-License-Identifier: MIT */
/*
 * The door of the socket floor: what the message floor may use besides the public mn_peer calls.
 * Upward the peer speaks by return values, by its event queue, and through one rider: a table of
 * functions that puts pieces of its own into the peer's packets and learns their fate. The rider
 * runs inside mn_peer_update and mn_peer_flush (mn_peer_close settles what is open), and must not
 * call the peer back except where a comment here says so.
 */
#ifndef SOCKET_PEER_H
#define SOCKET_PEER_H

#include "base/buffer.h"

#include <miragenet.h>

#include <stdbool.h>

/* Channels above the public ones, for the floors above. */
enum { MNI_CHANNEL_CONTROL = MN_CHANNELS, MNI_CHANNEL_CALLS, MNI_CHANNELS };

typedef enum mni_verdict {
    MNI_VERDICT_GOOD,
    MNI_VERDICT_MALFORMED, /* the packet is dropped, counted and charged to its sender */
    MNI_VERDICT_NO_ROOM    /* the packet is dropped whole and not acknowledged */
} mni_verdict;

/* All four functions are set, or none. One packet carries one piece at most. */
typedef struct mni_rider {
    void *user;
    /* Is this piece, in a packet that is verified, well-formed and is there room for it? No side
       effects: the packet may be dropped still. */
    mni_verdict (*check)(void *user, mn_connection from, const uint8_t *bytes, uint32_t size);
    /* Takes in a piece that was checked just before. packet is the packet's number: larger is
       newer, within one connection. */
    void (*take)(void *user, mn_connection from, uint64_t packet, const uint8_t *bytes,
                 uint32_t size);
    /* During flush: writes a piece of at most capacity bytes for a packet that leaves now; returns
       its size, 0 for nothing. record_out is the rider's own number, handed back exactly once. A
       connection is asked again for its next packet as long as it writes and the window allows. */
    uint32_t (*write)(void *user, mn_connection to, uint8_t *bytes, uint32_t capacity,
                      uint32_t *record_out);
    /* The fate of the packet that carried it. When a connection ends, what is open is lost. A
       packet taken for lost that is acknowledged later stays lost. */
    void (*settled)(void *user, mn_connection to, uint32_t record, bool delivered);
} mni_rider;

/* Copied. NULL: none; then none of its pieces is under way, and messages on the channels above the
   public ones, which a game would not expect, are malformed. */
void mni_peer_set_rider(mn_peer *peer, const mni_rider *rider);
/* The rider has something to write to this connection in the next flush. May be called any time. */
void mni_peer_wake(mn_peer *peer, mn_connection connection);

/* One event with its bytes. Who takes it holds the buffer and the sender's credit until it returns
   the event. */
typedef struct mni_peer_event {
    mn_event event;     /* data points into buffer */
    mni_buffer *buffer; /* NULL: no data */
    uint64_t tag;       /* of CONNECTED: the other side's; the connection may have ended since */
    uint32_t credit;    /* bytes of the receive window that it holds */
    uint32_t unused;
} mni_peer_event;

/* The oldest event, false if there is none. Instead of mn_peer_poll, not beside it. */
bool mni_peer_take_event(mn_peer *peer, mni_peer_event *event_out);
/* Gives back its credit: it was read, and its buffer is returned before the next update. */
void mni_peer_return_credit(mn_peer *peer, mni_peer_event *event);
/* Gives back buffer and credit. The connection may be gone. */
void mni_peer_return_event(mn_peer *peer, mni_peer_event *event);

/* As mn_peer_send, on any channel, without a copy: the peer shares the buffer. */
MNI_CHECK mn_result mni_peer_send_buffer(mn_peer *peer, mn_connection to, mni_buffer *buffer,
                                         uint32_t how, uint64_t token);
/* As mn_peer_cancel, but notify messages alone: others have no token of the game's, and some belong
   to the floors above. */
mn_result mni_peer_cancel_notify(mn_peer *peer, mn_connection to, uint64_t token);
/* The other side sent something that is wrong in a verified packet: charged to its error budget;
   past it, the connection ends with MN_REASON_PROTOCOL (its event comes by the next update). */
void mni_peer_charge(mn_peer *peer, mn_connection connection);

/* Of the peer's root: the floors above draw from the same. They last as long as the peer. */
mni_memory *mni_peer_memory(mn_peer *peer);
mni_buffers *mni_peer_buffers(mn_peer *peer);
const mn_peer_config *mni_peer_config(const mn_peer *peer); /* resolved */
mn_counters *mni_peer_counts(mn_peer *peer);                /* to count drops of the floors above */

#endif
