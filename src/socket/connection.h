/* SPDX-License-Identifier: MIT */
/*
 * One established connection: it owns the state of the mechanisms and the order in which they run,
 * and contains none of them. It knows no socket, no address and no clock: datagrams go in,
 * datagrams to send come out, and it says when it wants to be called again. now_us is the peer's
 * own clock, from which jumps are taken out.
 */
#ifndef SOCKET_CONNECTION_H
#define SOCKET_CONNECTION_H

#include "socket/crypto/crypto.h"
#include "socket/events.h"

/* What all connections of one peer share: pools, the event queue, limits, counters, the rider. */
typedef struct mni_shared mni_shared;         /* in socket/shared.h */
typedef struct mni_connection mni_connection; /* in socket/connection_state.h, for who embeds it */

/* What the handshake agreed on. Who made one wipes it when the connection is open. */
typedef struct mni_agreement {
    uint8_t send_key[MNI_KEY_SIZE]; /* plain: MNI_HASH_KEY_SIZE of it */
    uint8_t receive_key[MNI_KEY_SIZE];
    uint64_t tag;              /* the other side's */
    uint64_t remote_window;    /* bytes of credit that the other side grants at the start */
    uint64_t round_trip_us;    /* what a question and its answer took, at most; 0: not known */
    uint32_t max_packet_size;  /* the smaller of both sides' */
    uint32_t max_message_size; /* likewise, of what goes in pieces and is reliable */
    bool keeps_alive;          /* this side sends keep-alives: the one that connected */
    bool is_sealed;            /* encrypted; else plain */
    bool awaits_payload;       /* of the other side's application, before all else; then a place for
                                  CONNECTED is reserved, until the connection is announced */
} mni_agreement;

/* OPEN -> DRAINING (delivers what is queued) -> CLOSING (close sent, until acknowledged or given
   up) -> OVER. The other side's close, silence and broken protocol lead to OVER at once. */
typedef enum mni_connection_state {
    MNI_CONNECTION_OPEN,
    MNI_CONNECTION_DRAINING,
    MNI_CONNECTION_CLOSING,
    MNI_CONNECTION_OVER
} mni_connection_state;

/* MN_ERROR_MEMORY: nothing is held. */
MNI_CHECK mn_result mni_connection_open(mni_connection *connection, mni_shared *shared, uint32_t id,
                                        const mni_agreement *agreement, uint64_t now_us);
/* Settles what is open as lost (rider records, LOST events) and gives back all it holds. */
void mni_connection_clear(mni_connection *connection);
mni_connection_state mni_connection_state_of(const mni_connection *connection);
/* Of an ending connection: why. text is terminated; both last as long as the connection. */
int32_t mni_connection_reason(const mni_connection *connection, const char **text_out);

MNI_CHECK mn_result mni_connection_send(mni_connection *connection, mni_buffer *buffer,
                                        uint32_t how, uint64_t token);
/* The most bytes of one message with this delivery, by what was agreed on. */
uint32_t mni_max_message_size(const mni_agreement *agreement, uint32_t how);
/* A data packet from the wire, not yet verified. -1 when taken, else the MN_DROP_… (which the
   caller counts). Messages go into the shared event queue. */
int32_t mni_connection_receive(mni_connection *connection, const uint8_t *bytes, uint32_t size,
                               uint64_t now_us);
/* Takes back the (notify) messages with this token of which nothing has left; how many. */
uint32_t mni_connection_cancel(mni_connection *connection, uint64_t token, bool only_notify);
/* The game has flushed: what is queued may leave from now on, also in later updates. */
void mni_connection_release(mni_connection *connection);
/* The next datagram that is due, 0: none. flushing: the rider is asked as well. Call it until it
   returns 0, after release, tick and receive, and when next_us has come (also when the
   connection is over: its last packet may be due). */
uint32_t mni_connection_write(mni_connection *connection, uint8_t *bytes, uint32_t capacity,
                              uint64_t now_us, bool flushing);
/* Runs what is due by time (loss, probes, silence, draining); call write after it. */
void mni_connection_tick(mni_connection *connection, uint64_t now_us);
/* When tick and write want to be called, at the latest; MNI_NEVER: not at all. Any call may have
   changed it; what is due at once gives a time that has come. */
uint64_t mni_connection_next_us(const mni_connection *connection);

/* Ends it: drain_us > 0 delivers first what is queued, for so long at most; 0: close leaves with
   the next write. reason and text as in mn_peer_disconnect. */
void mni_connection_end(mni_connection *connection, int32_t reason, const char *text,
                        uint64_t drain_us, uint64_t now_us);
/* For a peer that closes at once, after end: one close packet (0 bytes if it is over already). */
uint32_t mni_connection_last_word(mni_connection *connection, uint8_t *bytes, uint32_t capacity,
                                  uint64_t now_us);
/* An event of this delivery was read; bytes is its credit. True: a credit frame is due. */
bool mni_connection_return_credit(mni_connection *connection, uint8_t delivery, uint32_t bytes);
void mni_connection_charge(mni_connection *connection); /* see mni_peer_charge */
/* A packet of the other side was verified: it has these keys. */
bool mni_connection_is_confirmed(const mni_connection *connection);
uint64_t mni_connection_heard_us(const mni_connection *connection); /* the newest of these */
void mni_connection_ask(mni_connection *connection); /* for a sign of life: it is due */
/* The application knows of it: it had its CONNECTED, which the connection pushes itself when it
   awaits a payload. */
bool mni_connection_is_announced(const mni_connection *connection);
/* The handshake was done anew, before it was confirmed. */
void mni_connection_change_keys(mni_connection *connection, const uint8_t send_key[MNI_KEY_SIZE],
                                const uint8_t receive_key[MNI_KEY_SIZE]);
/* What the other side awaits: goes with the first packets until it is acknowledged. Takes over the
   caller's reference to the buffer; not NULL. */
void mni_connection_offer_payload(mni_connection *connection, mni_buffer *payload);
void mni_connection_clock_jumped(mni_connection *connection); /* no RTT sample may span it */
void mni_connection_statistics(const mni_connection *connection, mn_statistics *statistics_out);

#endif
