/* SPDX-License-Identifier: MIT */
/*
 * The ring of held messages has a place for each sequence from the one that is expected to the
 * newest known, so that finding one is a subtraction. Who sends far ahead pays for the places with
 * credit (see inbound.c), and an unusually large ring is given back as it empties: the places that
 * it keeps are in proportion to what is still paid for.
 */
#include "socket/channel.h"

#include "base/seq.h"

enum { KEPT_PLACES = 256 };

void mni_channel_init(mni_channel *channel, mni_memory *memory, uint32_t index)
{
    *channel = (mni_channel){.index = index};
    mni_ring_init(&channel->held, memory, sizeof(mni_buffer *), MNI_CHANNEL_AHEAD);
}

static mni_buffer **place(const mni_channel *channel, uint16_t sequence)
{
    int32_t ahead = mni_seq16_distance(channel->expected, sequence);
    MNI_ASSERT(ahead >= 0);
    return mni_ring_at(&channel->held, (uint32_t)ahead);
}

uint32_t mni_channel_clear(mni_channel *channel, mni_messages *messages)
{
    while (channel->flight_first != NULL) {
        mni_message *message = channel->flight_first;
        channel->flight_first = message->next;
        mni_message_drop(messages, message);
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < channel->held.count; i++) {
        mni_buffer **held = mni_ring_at(&channel->held, i);
        count += *held != NULL;
        mni_buffer_drop(messages->buffers, *held);
    }
    mni_ring_clear(&channel->held);
    return count;
}

bool mni_channel_can_send(const mni_channel *channel)
{
    return channel->flight_first == NULL ||
           mni_seq16_distance(channel->flight_first->sequence, channel->next_sequence) <
               MNI_CHANNEL_AHEAD;
}

void mni_channel_sent(mni_channel *channel, mni_message *message)
{
    mni_message_hold(message);
    message->sequence = channel->next_sequence++;
    message->next = NULL;
    if (channel->flight_first == NULL) {
        channel->flight_first = message;
    } else {
        channel->flight_last->next = message;
    }
    channel->flight_last = message;
}

void mni_channel_settle(mni_channel *channel, mni_messages *messages)
{
    while (channel->flight_first != NULL && channel->flight_first->is_acked) {
        mni_message *message = channel->flight_first;
        channel->flight_first = message->next;
        mni_message_drop(messages, message);
    }
}

mni_arrival mni_channel_check(const mni_channel *channel, uint16_t sequence)
{
    int32_t ahead = mni_seq16_distance(channel->expected, sequence);
    if (ahead >= MNI_CHANNEL_AHEAD) {
        return MNI_ARRIVAL_TOO_FAR;
    }
    if (ahead < 0) {
        return MNI_ARRIVAL_DUPLICATE;
    }
    mni_buffer **held = place(channel, sequence);
    return held != NULL && *held != NULL ? MNI_ARRIVAL_DUPLICATE : MNI_ARRIVAL_NEW;
}

uint32_t mni_channel_unknown(const mni_channel *channel, uint16_t sequence)
{
    uint32_t wanted = (uint32_t)mni_seq16_distance(channel->expected, sequence) + 1;
    return wanted > channel->held.count ? wanted - channel->held.count : 0;
}

mn_result mni_channel_expect(mni_channel *channel, uint16_t sequence)
{
    uint32_t wanted = (uint32_t)mni_seq16_distance(channel->expected, sequence) + 1;
    mn_result result = mni_ring_reserve(&channel->held, wanted);
    while (result == MN_OK && channel->held.count < wanted) {
        mni_buffer **held = mni_ring_push(&channel->held);
        MNI_ASSERT(held != NULL);
        *held = NULL;
    }
    return result;
}

void mni_channel_hold(mni_channel *channel, uint16_t sequence, mni_buffer *buffer)
{
    mni_buffer **held = place(channel, sequence);
    MNI_ASSERT(held != NULL && *held == NULL);
    *held = buffer;
}

/* Where there is no memory for the smaller ring, the larger one stays. */
static void shrink(mni_ring *held)
{
    if (held->capacity <= KEPT_PLACES || held->count > held->capacity / 4) {
        return;
    }
    mni_ring smaller;
    mni_ring_init(&smaller, held->memory, held->element_size, held->max);
    if (mni_ring_reserve(&smaller, held->count) != MN_OK) {
        return;
    }
    for (uint32_t i = 0; i < held->count; i++) {
        mni_buffer **from = mni_ring_at(held, i);
        mni_buffer **to = mni_ring_push(&smaller);
        MNI_ASSERT(from != NULL && to != NULL);
        *to = *from;
    }
    mni_ring_clear(held);
    *held = smaller;
}

mni_buffer *mni_channel_deliver(mni_channel *channel)
{
    mni_buffer **held = mni_ring_at(&channel->held, 0);
    if (held == NULL || *held == NULL) {
        return NULL;
    }
    mni_buffer *buffer = *held;
    mni_ring_pop(&channel->held);
    channel->expected++;
    shrink(&channel->held);
    return buffer;
}
