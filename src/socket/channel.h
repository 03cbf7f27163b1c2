/* SPDX-License-Identifier: MIT */
/*
 * One channel of one connection, both directions. Each mode on it is an order of its own: an
 * ordered message waits for ordered ones, and nothing else waits for anything.
 */
#ifndef SOCKET_CHANNEL_H
#define SOCKET_CHANNEL_H

#include "base/how.h"
#include "socket/queue.h"
#include "socket/stream.h"

typedef struct mni_channel {
    mni_lane lanes[3]; /* waiting for their first sending: ordered, unordered, and all others */
    mni_stream ordered, unordered;
    mni_assembly *assemblies[2]; /* not reliable, the older first; NULL: none */
    /* Sequenced messages, and those not reliable that come in pieces, share one count. A number is
       told by its low 16 bits, and is meant around the larger of these: */
    uint64_t newer;       /* than all sequenced messages that were delivered, from here on */
    uint64_t later;       /* than all that were begun to be put together, from here on */
    uint16_t next_number; /* of the next one to send */
} mni_channel;

void mni_channel_init(mni_channel *channel, mni_memory *memory);
/* Lanes are empty. Returns how many messages were held. */
uint32_t mni_channel_clear(mni_channel *channel, mni_messages *messages,
                           mni_assemblies *assemblies);

static inline mni_lane *mni_channel_lane(mni_channel *channel, uint32_t mode)
{
    return &channel->lanes[mode == MN_RELIABLE ? 0 : mode == MN_UNORDERED ? 1 : 2];
}

/* Of a reliable mode. */
static inline mni_stream *mni_channel_stream(mni_channel *channel, uint32_t mode)
{
    MNI_ASSERT(mni_mode_is_reliable(mode));
    return mode == MN_RELIABLE ? &channel->ordered : &channel->unordered;
}

/* Whether a sequenced message is newer than all that were delivered. */
bool mni_channel_is_newer(const mni_channel *channel, uint16_t sequence);
/* Returns by how much the count goes on. */
uint64_t mni_channel_deliver_sequenced(mni_channel *channel, uint16_t sequence);
/* What comes in pieces and is not reliable: two at a time, because the end of one and the beginning
   of the next travel in one packet; later ones only, and none again. */
mni_assembly *mni_channel_assembly(const mni_channel *channel, uint16_t sequence); /* NULL: none */
bool mni_channel_is_later(const mni_channel *channel, uint16_t sequence);
/* There is a place for it: the second is free. Returns by how much the count goes on. */
uint64_t mni_channel_assemble(mni_channel *channel, mni_assembly *assembly);
void mni_channel_forget(mni_channel *channel, const mni_assembly *assembly);

#endif
