/* SPDX-License-Identifier: MIT */
/*
 * The whole of a connection, for who embeds it and for the files that drive it: connection.c (its
 * life and its timers), inbound.c (takes a packet in), reassembly.c (and the pieces in it),
 * outbound.c (composes the next one) and draft.c (which is in the making), fate.c (what becomes of
 * those sent). The mechanisms have files of their own.
 */
#ifndef SOCKET_CONNECTION_STATE_H
#define SOCKET_CONNECTION_STATE_H

#include "socket/budget.h"
#include "socket/connection.h"
#include "socket/credit.h"
#include "socket/loss.h"
#include "socket/passed.h"
#include "socket/rate.h"
#include "socket/ratio.h"
#include "socket/reason.h"
#include "socket/received.h"
#include "socket/resend.h"
#include "socket/shared.h"

enum {
    MNI_NOTIFY_MAX = 4096, /* notify messages whose fate is open */
    MNI_PIECES_MAX = 32,   /* of the largest packets: a message in pieces that is not reliable */
    MNI_CLOSE_TRIES = 3,   /* close packets, unless one is acknowledged */
    MNI_CLOSE_TIMEOUT_US = 1000000
};

/* What an ended connection still has to say, in one packet. */
typedef enum mni_parting { MNI_PARTING_NONE, MNI_PARTING_ACK, MNI_PARTING_CLOSE } mni_parting;

typedef struct mni_traffic {
    uint64_t packets_sent, packets_received;
    uint64_t bytes_sent, bytes_received;
    uint64_t messages_sent, messages_received;
    uint64_t messages_resent, messages_copied;
    uint64_t message_bytes_sent, message_bytes_received;
    mni_rate goodput_out, goodput_in;
    uint64_t packets_lost, packets_lost_spuriously;
    mni_ratio loss;
} mni_traffic;

/* What every packet touches comes first and stands together, because a server with many connections
   finds each one cold; what only some need is at the end. */
struct mni_connection {
    mni_shared *shared;
    uint64_t now_us;   /* of the newest call that told it */
    uint64_t heard_us; /* when a fresh packet was verified last; not before it is announced */
    uint64_t spoke_us; /* when a packet left that must be answered: there is room for all of it */
    mni_connection_state state;
    mni_parting parting;
    uint32_t id;
    uint32_t notify_count; /* each has an event place reserved */
    mni_message *large;    /* the large message that is on its way out, or NULL */
    bool is_large_coming;  /* one is on its way in */
    bool is_ping_due;
    bool is_announced;       /* the application knows of it */
    bool is_payload_due;     /* a packet with it is to be sent */
    mni_agreement agreement; /* without its keys */
    mni_opener opener;
    mni_sealer sealer;
    mni_credit_out credit_out;
    mni_credit_in credit_in;
    mni_quota quota;
    mni_loss loss;
    mni_resend resend;
    mni_queue queue;
    mni_sent sent;
    mni_rtt rtt;
    mni_traffic traffic;
    mni_chain assembling; /* messages not reliable that come in pieces, the oldest first */
    mni_received received;
    mni_passed passed;
    mni_channel *channels[MNI_CHANNELS]; /* NULL before first use */
    mni_buffer *payload;                 /* until the other side has acknowledged it; NULL: none */
    uint64_t end_us;                     /* of draining or closing, at the latest */
    uint64_t close_us;                   /* when the next close packet is due */
    uint64_t sampled_from; /* packets below give no RTT sample: the clock jumped over them */
    uint32_t close_tries;
    mni_budget budget;
    mni_reason reason;
};

/* The channel, made at its first use; NULL out of memory. */
MNI_CHECK mni_channel *mni_connection_channel(mni_connection *connection, uint32_t index);
/* Time does not go backwards within a connection. */
void mni_connection_set_now(mni_connection *connection, uint64_t now_us);
/* It is over. The first reason stays; NULL where it ends already. */
void mni_connection_finish(mni_connection *connection, const mni_reason *reason,
                           mni_parting parting);
/* The other side has the payload, or the connection is at its end. */
void mni_connection_drop_payload(mni_connection *connection);
/* Gives up those that wait for their pieces for too long. */
void mni_reassembly_expire(mni_connection *connection);
uint64_t mni_reassembly_next_us(const mni_connection *connection); /* MNI_NEVER: none waits */
/* An acknowledgement came: settles what it names, and what is lost by it. */
void mni_connection_take_ack(mni_connection *connection, const mni_ack *ack);
/* Settles what is lost by now. */
void mni_connection_detect_losses(mni_connection *connection);
/* Will not be sent, because it has expired; it still waits for its turn. */
void mni_connection_drop_expired(mni_connection *connection, mni_message *message);
/* Takes all that have expired out of the queue, if there can be any. */
void mni_connection_expire(mni_connection *connection);
/* Settles everything as lost. */
void mni_connection_settle_all(mni_connection *connection);

#endif
