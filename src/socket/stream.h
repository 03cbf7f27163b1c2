/* SPDX-License-Identifier: MIT */
/*
 * The reliable messages of one mode on one channel, both directions. They carry 16-bit sequence
 * numbers of their stream; what arrives early is held until what is before it has arrived, or in an
 * unordered stream, only marked, so that it is delivered once. No more than 8192 messages are under
 * way at a time, so that a sequence number is never ambiguous.
 */
#ifndef SOCKET_STREAM_H
#define SOCKET_STREAM_H

#include "base/ring.h"
#include "base/seq.h"
#include "socket/assembly.h"
#include "socket/message.h"

enum { MNI_STREAM_AHEAD = 8192 };

typedef struct mni_stream {
    mni_message *flight_first, *flight_last; /* sent, from the oldest not acknowledged on */
    mni_ring places;        /* of messages that arrive, from `expected` on; see stream.c */
    uint16_t next_sequence; /* of the next message to send */
    uint16_t expected;      /* the oldest sequence that is not delivered */
} mni_stream;

void mni_stream_init(mni_stream *stream, mni_memory *memory);
/* Lets go of what is in flight and held. Returns how many messages were held. */
uint32_t mni_stream_clear(mni_stream *stream, mni_messages *messages, mni_assemblies *assemblies);

static inline bool mni_stream_can_send(const mni_stream *stream)
{
    return stream->flight_first == NULL ||
           mni_seq16_distance(stream->flight_first->sequence, stream->next_sequence) <
               MNI_STREAM_AHEAD;
}

/* Gives a message its sequence, and keeps hold of it until it and all before are acknowledged. */
void mni_stream_sent(mni_stream *stream, mni_message *message);
/* One was acknowledged. */
static inline void mni_stream_settle(mni_stream *stream, mni_messages *messages)
{
    while (stream->flight_first != NULL && stream->flight_first->is_acked) {
        mni_message *message = stream->flight_first;
        stream->flight_first = message->next_flight;
        mni_message_drop(messages, message);
    }
}

typedef enum mni_arrival {
    MNI_ARRIVAL_NEW,
    MNI_ARRIVAL_DUPLICATE,
    MNI_ARRIVAL_TOO_FAR /* no honest sender is that far ahead */
} mni_arrival;

mni_arrival mni_stream_check(const mni_stream *stream, uint16_t sequence);
/* How many messages before this one, and with it, are not known of yet. */
uint32_t mni_stream_unknown(const mni_stream *stream, uint16_t sequence);
/* Makes a place for this one, which is new; those before it are known to be missing from now on. */
MNI_CHECK mn_result mni_stream_expect(mni_stream *stream, uint16_t sequence);
/* What has come of this one, which is new, if it comes in pieces; else NULL. */
mni_assembly *mni_stream_assembly(const mni_stream *stream, uint16_t sequence);
/* It comes in pieces, and is expected. NULL: they are together, and it can be held or marked. */
void mni_stream_assemble(mni_stream *stream, uint16_t sequence, mni_assembly *assembly);
/* Puts it there, with the credit that it holds; takes over the reference. */
void mni_stream_hold(mni_stream *stream, uint16_t sequence, mni_buffer *buffer, uint32_t credit);
/* The next in order, with its reference; NULL: it is missing. */
mni_buffer *mni_stream_deliver(mni_stream *stream, uint32_t *credit_out);
/* This one is delivered without waiting for those before it. */
void mni_stream_mark(mni_stream *stream, uint16_t sequence);

#endif
