/* SPDX-License-Identifier: MIT */
/*
 * What goes through a peer: messages in, events out. An event holds its sender's credit until it is
 * read, so that a slow reader slows down who sends to it, and nobody else. What was polled stays in
 * the queue until the next update, so that polling needs no memory and cannot fail.
 */
#include "base/how.h"
#include "socket/peer_state.h"

#include <string.h>

/* ---- events */

bool mni_peer_take_event(mn_peer *peer, mni_peer_event *event_out)
{
    if (!mni_events_pop(&peer->events, event_out)) {
        return false;
    }
    peer->stamped--;
    return true;
}

void mni_peer_return_credit(mn_peer *peer, mni_peer_event *event)
{
    mni_link *link = event->credit > 0 ? mni_links_find(&peer->links, event->event.who) : NULL;
    if (link != NULL && link->state == MNI_LINK_OPEN &&
        mni_connection_return_credit(&link->connection, event->event.delivery, event->credit)) {
        mni_chain_join(&peer->links.due, &link->due);
    }
    event->credit = 0;
}

void mni_peer_return_event(mn_peer *peer, mni_peer_event *event)
{
    mni_peer_return_credit(peer, event);
    mni_buffer_drop(&peer->buffers, event->buffer);
    *event = (mni_peer_event){0};
}

mn_result mn_peer_poll(mn_peer *peer, mn_event *events, uint32_t capacity)
{
    if (peer == NULL || (events == NULL && capacity > 0)) {
        return MN_ERROR_ARGUMENT;
    }
    mn_result count = 0;
    while ((uint32_t)count < capacity && peer->polled < mni_events_count(&peer->events)) {
        mni_peer_event *item = mni_ring_at(&peer->events.ring, peer->polled);
        events[count] = item->event;
        /* Its bytes are let go by the next update, and before that nothing more is received. */
        mni_peer_return_credit(peer, item);
        peer->polled++;
        count++;
    }
    return count;
}

/* ---- messages */

/* Zero is reliable on channel 0; anything that is no mode and channel is an error. */
static mn_result read_how(uint32_t how, uint32_t *how_out)
{
    how |= mni_how_mode(how) == 0 ? MN_RELIABLE : 0;
    if (!mni_how_is_valid(how, MN_CHANNELS)) {
        return MN_ERROR_ARGUMENT;
    }
    *how_out = how;
    return MN_OK;
}

static mn_result queue(mn_peer *peer, mn_connection to, mni_buffer *buffer, uint32_t how,
                       uint64_t token)
{
    mni_link *link;
    mn_result result = mni_peer_find_open(peer, to.id, &link);
    if (result < 0) {
        return result;
    }
    mni_connection_set_now(&link->connection, peer->clock.now_us); /* it may have slept */
    result = mni_connection_send(&link->connection, buffer, how, token);
    if (result >= 0) {
        mni_chain_join(&peer->links.queued, &link->queued);
    }
    mni_peer_stamp_events(peer); /* of what expired to make room */
    return result;
}

mn_result mni_peer_send_buffer(mn_peer *peer, mn_connection to, mni_buffer *buffer, uint32_t how,
                               uint64_t token)
{
    return queue(peer, to, buffer, how, token);
}

mn_result mn_peer_set_channel(mn_peer *peer, uint32_t channel, uint32_t priority, uint32_t weight)
{
    if (peer == NULL || channel >= MN_CHANNELS || priority >= MNI_PRIORITIES || weight == 0 ||
        weight > UINT8_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    peer->shared.ranks[channel] =
        (mni_rank){.round = (uint8_t)(MNI_ROUNDS - 1 - priority), .weight = (uint8_t)weight};
    return MN_OK;
}

/* As far as this side knows: the other one's limits may be lower. */
static uint32_t max_message_size(const mn_peer *peer, uint32_t how)
{
    const mn_peer_config *config = &peer->config.peer;
    mni_agreement own = {.max_packet_size = config->max_packet_size,
                         .max_message_size = config->max_message_size,
                         .remote_window = config->receive_window_bytes,
                         .is_sealed = config->security != MN_SECURITY_NONE};
    return mni_max_message_size(&own, how);
}

/* A message as a buffer, after all that can be wrong with it was looked for. */
static mn_result make_message(mn_peer *peer, const void *data, uint32_t size, uint32_t how,
                              mni_buffer **buffer_out)
{
    if (size > max_message_size(peer, how)) {
        return MN_ERROR_TOO_LARGE;
    }
    mni_buffer *buffer = mni_buffer_take(&peer->buffers, size);
    if (buffer == NULL) {
        return MN_ERROR_MEMORY;
    }
    if (size > 0) {
        memcpy(buffer->bytes, data, size);
    }
    buffer->size = size;
    *buffer_out = buffer;
    return MN_OK;
}

mn_result mn_peer_send(mn_peer *peer, mn_connection to, const void *data, uint32_t size,
                       uint32_t how, uint64_t token)
{
    uint32_t full_how;
    mni_link *link;
    mni_buffer *buffer;
    if (peer == NULL || (data == NULL && size > 0) || read_how(how, &full_how) < 0) {
        return MN_ERROR_ARGUMENT;
    }
    mn_result result = mni_peer_find_open(peer, to.id, &link);
    if (result >= 0) {
        result = make_message(peer, data, size, full_how, &buffer);
    }
    if (result < 0) {
        return result;
    }
    result = queue(peer, to, buffer, full_how, token);
    mni_buffer_drop(&peer->buffers, buffer);
    return result;
}

/* NOLINTNEXTLINE(readability-function-size): seven parameters, for the sake of who calls it. */
mn_result mn_peer_send_many(mn_peer *peer, const mn_connection *to, uint32_t count,
                            const void *data, uint32_t size, uint32_t how, mn_result *results)
{
    uint32_t full_how;
    mni_buffer *buffer;
    if (peer == NULL || (to == NULL && count > 0) || count > INT32_MAX ||
        (data == NULL && size > 0) || read_how(how, &full_how) < 0 ||
        mni_how_mode(full_how) == MN_NOTIFY) {
        return MN_ERROR_ARGUMENT;
    }
    mn_result result = make_message(peer, data, size, full_how, &buffer);
    if (result < 0) {
        return result;
    }
    mn_result queued = 0;
    for (uint32_t i = 0; i < count; i++) {
        result = queue(peer, to[i], buffer, full_how, 0);
        queued += result >= 0 ? 1 : 0;
        if (results != NULL) {
            results[i] = result;
        }
    }
    mni_buffer_drop(&peer->buffers, buffer);
    return queued;
}

static mn_result cancel(mn_peer *peer, mn_connection to, uint64_t token, bool only_notify)
{
    mni_link *link;
    mn_result result = mni_peer_find_open(peer, to.id, &link);
    if (result < 0) {
        return result;
    }
    result = (mn_result)mni_connection_cancel(&link->connection, token, only_notify);
    if (result > 0) {
        mni_chain_join(&peer->links.due, &link->due); /* others may leave, or the connection end */
        mni_peer_stamp_events(peer); /* what was lost by it can be polled before the next update */
    }
    return result;
}

mn_result mn_peer_cancel(mn_peer *peer, mn_connection to, uint64_t token)
{
    return cancel(peer, to, token, false);
}

mn_result mni_peer_cancel_notify(mn_peer *peer, mn_connection to, uint64_t token)
{
    return cancel(peer, to, token, true);
}

mn_result mn_peer_max_message_size(const mn_peer *peer, uint32_t how)
{
    uint32_t full_how;
    if (peer == NULL || read_how(how, &full_how) < 0) {
        return MN_ERROR_ARGUMENT;
    }
    return (mn_result)max_message_size(peer, full_how);
}

/* ---- for the floor above */

void mni_peer_set_rider(mn_peer *peer, const mni_rider *rider)
{
    peer->shared.rider = rider != NULL ? *rider : (mni_rider){0};
    peer->shared.channel_count = rider != NULL ? MNI_CHANNELS : MN_CHANNELS;
}

void mni_peer_wake(mn_peer *peer, mn_connection connection)
{
    mni_link *link;
    if (mni_peer_find_open(peer, connection.id, &link) == MN_OK) {
        mni_chain_join(&peer->links.queued, &link->queued);
    }
}

void mni_peer_charge(mn_peer *peer, mn_connection connection)
{
    mni_link *link;
    if (mni_peer_find_open(peer, connection.id, &link) == MN_OK) {
        mni_connection_charge(&link->connection);
        mni_chain_join(&peer->links.due, &link->due);
    }
}

mni_memory *mni_peer_memory(mn_peer *peer)
{
    return &peer->memory;
}

mni_buffers *mni_peer_buffers(mn_peer *peer)
{
    return &peer->buffers;
}

const mn_peer_config *mni_peer_config(const mn_peer *peer)
{
    return &peer->config.peer;
}

mn_counters *mni_peer_counts(mn_peer *peer)
{
    return &peer->counters;
}
