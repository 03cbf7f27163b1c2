/* SPDX-License-Identifier: MIT */
/*
 * One channel of one connection, both directions: reliable messages carry 16-bit sequence numbers
 * of their channel, and what arrives early is held until what is before it has arrived. No more
 * than 8192 messages are under way at a time, so that a sequence number is never ambiguous.
 */
#ifndef SOCKET_CHANNEL_H
#define SOCKET_CHANNEL_H

#include "base/ring.h"
#include "socket/queue.h"

enum { MNI_CHANNEL_AHEAD = 8192 };

typedef struct mni_channel {
    mni_lane reliable, loose;                /* waiting for their first sending */
    mni_message *flight_first, *flight_last; /* sent, from the oldest not acknowledged on */
    mni_ring held; /* of mni_buffer *, from `expected` on; NULL: missing */
    uint32_t index;
    uint16_t next_sequence; /* of the next message to send */
    uint16_t expected;      /* the next sequence to deliver */
} mni_channel;

void mni_channel_init(mni_channel *channel, mni_memory *memory, uint32_t index);
/* Lets go of what is in flight and held; lanes are empty. Returns how many messages were held. */
uint32_t mni_channel_clear(mni_channel *channel, mni_messages *messages);

bool mni_channel_can_send(const mni_channel *channel);
/* Gives a reliable message its sequence, and keeps hold of it until it and all before are
   acknowledged. */
void mni_channel_sent(mni_channel *channel, mni_message *message);
void mni_channel_settle(mni_channel *channel, mni_messages *messages); /* one was acknowledged */

typedef enum mni_arrival {
    MNI_ARRIVAL_NEW,
    MNI_ARRIVAL_DUPLICATE,
    MNI_ARRIVAL_TOO_FAR /* no honest sender is that far ahead */
} mni_arrival;

mni_arrival mni_channel_check(const mni_channel *channel, uint16_t sequence);
/* How many messages before this one, and with it, are not known of yet. */
uint32_t mni_channel_unknown(const mni_channel *channel, uint16_t sequence);
/* Makes a place for this one, which is new; those before it are known to be missing from now on. */
MNI_CHECK mn_result mni_channel_expect(mni_channel *channel, uint16_t sequence);
/* Puts it there; takes over the reference. */
void mni_channel_hold(mni_channel *channel, uint16_t sequence, mni_buffer *buffer);
/* The next in order, with its reference; NULL: it is missing. */
mni_buffer *mni_channel_deliver(mni_channel *channel);

#endif
