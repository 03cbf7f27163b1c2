/* SPDX-License-Identifier: MIT */
/*
 * A connection's course: it begins in mn_peer_connect or at the gate, takes a turn whenever
 * something happened to it, and ends in one event. Nothing is done for a connection outside of its
 * turn but to note that it is due, so that each writes its packets once, after all that concerns it
 * has been heard.
 */
#include "base/log.h"
#include "socket/peer_state.h"

#include <string.h>

enum { EVENTS_PER_LINK = 2 /* its CONNECTED and its end */ };

mn_result mni_peer_add_link(mn_peer *peer, const mn_address *address, mni_link **link_out)
{
    mn_result result = mni_events_reserve(&peer->events, EVENTS_PER_LINK);
    if (result < 0) {
        return result;
    }
    result = mni_links_add(&peer->links, address, link_out);
    if (result < 0) {
        mni_events_unreserve(&peer->events, EVENTS_PER_LINK);
    }
    return result;
}

static void free_attempt(mn_peer *peer, mni_link *link)
{
    if (link->attempt != NULL) {
        mni_attempt_clear(link->attempt, &peer->buffers);
        mni_release(&peer->memory, link->attempt, sizeof(*link->attempt));
        link->attempt = NULL;
    }
}

static void free_accept(mn_peer *peer, mni_link *link)
{
    mni_buffer_drop(&peer->buffers, link->accept);
    link->accept = NULL;
}

void mni_peer_note_heard(mn_peer *peer, mni_link *link)
{
    if (mni_connection_is_confirmed(&link->connection)) {
        free_accept(peer, link);
        if (mni_connection_is_announced(&link->connection)) {
            mni_unheard_hear(&peer->unheard, peer->secret, mni_links_address(&peer->links, link),
                             &link->unheard, peer->clock.now_us);
        }
    }
}

static void free_link(mn_peer *peer, mni_link *link)
{
    free_attempt(peer, link);
    free_accept(peer, link);
    mni_unheard_remove(&peer->unheard, peer->secret, mni_links_address(&peer->links, link),
                       &link->unheard);
    mni_links_remove(&peer->links, link);
}

void mni_peer_remove_link(mn_peer *peer, mni_link *link)
{
    mni_events_unreserve(&peer->events, EVENTS_PER_LINK);
    free_link(peer, link);
}

/* The event's bytes, with a terminator behind them. */
static mni_buffer *copy_text(mn_peer *peer, const void *text, uint32_t size)
{
    mni_buffer *buffer = mni_buffer_take(&peer->buffers, size + 1);
    if (buffer != NULL) {
        memcpy(buffer->bytes, text, size);
        buffer->bytes[size] = '\0';
        buffer->size = size;
    }
    return buffer;
}

static void push_event(mn_peer *peer, uint16_t type, const mni_link *link, int32_t reason,
                       mni_buffer *data)
{
    mni_peer_event *item = mni_events_push_reserved(&peer->events);
    item->event.type = type;
    item->event.who = link->id;
    item->event.reason = reason;
    item->tag = link->tag;
    item->buffer = data;
    if (data != NULL) {
        item->event.data = data->bytes;
        item->event.size = data->size;
    }
}

/* Where we asked, from the connect to the accept; where we answered, from the retry to the
   connect. */
static uint64_t round_trip_us(const mni_link *link, uint64_t now_us)
{
    return link->is_ours ? mni_dialer_waited_us(&link->attempt->dialer, now_us)
                         : now_us - link->issued_us;
}

/* The connection takes over from the attempt that it came of. */
static void end_attempt(mn_peer *peer, mni_link *link)
{
    mni_buffer *payload = mni_attempt_take_payload(link->attempt);
    if (payload != NULL) {
        mni_connection_offer_payload(&link->connection, payload);
    }
    free_attempt(peer, link);
    link->connection.is_ping_due = true; /* the other side sees that its accept arrived */
}

mn_result mni_peer_open_link(mn_peer *peer, mni_link *link, mni_agreement *agreement,
                             const void *payload, uint32_t size)
{
    uint64_t now_us = peer->clock.now_us;
    mni_buffer *data = NULL;
    if (!link->is_ours && !agreement->awaits_payload) {
        data = copy_text(peer, payload, size);
        if (data == NULL) {
            return MN_ERROR_MEMORY;
        }
    }
    agreement->round_trip_us = round_trip_us(link, now_us);
    agreement->keeps_alive = link->is_ours;
    mn_result result =
        mni_connection_open(&link->connection, &peer->shared, link->id, agreement, now_us);
    if (result < 0) {
        mni_buffer_drop(&peer->buffers, data);
        return result;
    }
    link->state = MNI_LINK_OPEN;
    link->tag = agreement->tag;
    if (link->is_ours) {
        end_attempt(peer, link);
    }
    if (!agreement->awaits_payload) { /* else the connection says it when its time has come */
        push_event(peer, MN_EVENT_CONNECTED, link, MN_REASON_NONE, data);
    }
    mni_chain_join(&peer->links.due, &link->due);
    mni_log_write(peer->config.peer.log, MNI_LOG_CONNECTED, link->id);
    return MN_OK;
}

/* A late or replayed connect must not revive it. */
static void remember(mn_peer *peer, const mni_link *link)
{
    if (!link->is_ours && peer->is_listening) {
        const mn_address *address = mni_links_address(&peer->links, link);
        uint64_t client = mni_used_client(peer->secret, address, link->token);
        mni_used_add(&peer->used, client, peer->clock.now_us);
    }
}

static bool is_announced(const mni_link *link)
{
    return link->state == MNI_LINK_DIALING || mni_connection_is_announced(&link->connection);
}

/* text: what is said of it, NULL out of memory. */
static void push_end(mn_peer *peer, const mni_link *link, int32_t reason, mni_buffer *text)
{
    uint16_t type = MN_EVENT_DISCONNECTED;
    if (link->state == MNI_LINK_DIALING) {
        type = MN_EVENT_CONNECT_FAILED;
        mni_events_unreserve(&peer->events, EVENTS_PER_LINK - 1);
    }
    push_event(peer, type, link, reason, text);
    mni_peer_stamp_events(peer); /* as long as it is known whose they are */
}

void mni_peer_end_link(mn_peer *peer, mni_link *link, int32_t reason, const char *text)
{
    bool was_announced = is_announced(link);
    const char *words = text != NULL && text[0] != '\0' ? text : mn_reason_text(reason);
    mni_buffer *data = was_announced ? copy_text(peer, words, (uint32_t)strlen(words)) : NULL;
    if (link->state == MNI_LINK_OPEN) {
        mni_connection_clear(&link->connection);
        remember(peer, link);
        mni_log_write(peer->config.peer.log, MNI_LOG_DISCONNECTED, link->id);
    }
    if (was_announced) {
        push_end(peer, link, reason, data);
    } else {
        mni_events_unreserve(&peer->events, EVENTS_PER_LINK);
    }
    free_link(peer, link);
}

void mni_peer_end_at_once(mn_peer *peer, mni_link *link, int32_t reason)
{
    const char *text = NULL;
    if (link->state == MNI_LINK_OPEN) {
        uint64_t now_us = peer->clock.now_us;
        mni_connection_end(&link->connection, reason, NULL, 0, now_us);
        uint8_t *bytes = mni_batch_begin(&peer->batch, peer->clock.told_us);
        uint32_t size = bytes == NULL ? 0
                                      : mni_connection_last_word(&link->connection, bytes,
                                                                 peer->batch.datagram_size, now_us);
        if (size > 0) {
            mni_batch_end(&peer->batch, mni_links_address(&peer->links, link), size);
        }
        reason = mni_connection_reason(&link->connection, &text);
    }
    mni_peer_end_link(peer, link, reason, text);
}

mni_link *mni_peer_link_from(const mn_peer *peer, const mn_address *address)
{
    /* A socket that talks with one side only may name it otherwise than the caller did. */
    return peer->is_listening ? mni_links_from(&peer->links, address)
                              : mni_links_find(&peer->links, peer->dialed);
}

mni_link *mni_peer_find(const mn_peer *peer, uint32_t id)
{
    mni_link *link = mni_links_find(&peer->links, id);
    return link != NULL && is_announced(link) ? link : NULL;
}

mn_result mni_peer_find_open(const mn_peer *peer, uint32_t id, mni_link **link_out)
{
    if (peer == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_link *link = mni_peer_find(peer, id);
    if (link == NULL) {
        return MN_ERROR_STALE;
    }
    if (link->state != MNI_LINK_OPEN) {
        return MN_ERROR_STATE;
    }
    *link_out = link;
    return MN_OK;
}

void mni_peer_run_timers(mn_peer *peer)
{
    for (;;) {
        mni_link *link = mni_links_pop_timer(&peer->links, peer->clock.now_us);
        if (link == NULL) {
            return;
        }
        if (link->state == MNI_LINK_OPEN) {
            mni_connection_tick(&link->connection, peer->clock.now_us);
        }
        mni_chain_join(&peer->links.due, &link->due);
    }
}

/* False: the batch is stuck, and there may be more to write. */
static bool write_packets(mn_peer *peer, mni_link *link, bool flushing)
{
    for (;;) {
        uint8_t *bytes = mni_batch_begin(&peer->batch, peer->clock.told_us);
        if (bytes == NULL) {
            return false;
        }
        uint32_t size = mni_connection_write(&link->connection, bytes, peer->batch.datagram_size,
                                             peer->clock.now_us, flushing);
        if (size == 0) {
            return true;
        }
        mni_batch_end(&peer->batch, mni_links_address(&peer->links, link), size);
    }
}

static void take_open_turn(mn_peer *peer, mni_link *link, bool flushing)
{
    mni_connection *connection = &link->connection;
    mni_peer_note_heard(peer, link);
    if (flushing) {
        mni_connection_release(connection);
    }
    bool has_written = write_packets(peer, link, flushing);
    if (mni_connection_state_of(connection) == MNI_CONNECTION_OVER) {
        /* A socket that is full keeps nobody alive, not even for the last packet. */
        const char *text;
        int32_t reason = mni_connection_reason(connection, &text);
        mni_peer_end_link(peer, link, reason, text);
        return;
    }
    mni_links_set_timer(&peer->links, link, mni_connection_next_us(connection));
    if (!has_written) {
        mni_chain_join(&peer->links.due, &link->due);
        if (flushing) { /* the rider has not been asked */
            mni_chain_join(&peer->links.queued, &link->queued);
        }
    }
}

void mni_peer_send_handshake(mn_peer *peer, const mn_address *to, const uint8_t *bytes,
                             uint32_t size)
{
    uint8_t *place = mni_batch_begin(&peer->batch, peer->clock.told_us);
    if (place == NULL) { /* stuck */
        mni_peer_count_drop(peer, MN_DROP_SEND_FAILED);
        return;
    }
    memcpy(place, bytes, size);
    mni_batch_end(&peer->batch, to, size);
}

/* The next hello or connect of a link that dials. */
static void say(mn_peer *peer, mni_link *link)
{
    uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
    uint32_t size = mni_attempt_write(link->attempt, &peer->config, bytes);
    if (size > 0) { /* else another time */
        mni_peer_send_handshake(peer, mni_links_address(&peer->links, link), bytes, size);
    }
}

static void take_dialing_turn(mn_peer *peer, mni_link *link)
{
    uint64_t timeout_us = peer->config.peer.connect_timeout_us;
    mni_dialer *dialer = &link->attempt->dialer;
    switch (mni_dialer_tick(dialer, timeout_us, peer->clock.now_us)) {
    case MNI_DIAL_GIVE_UP:
        mni_peer_end_link(peer, link, mni_attempt_reason(link->attempt), NULL);
        return;
    case MNI_DIAL_SAY:
        say(peer, link);
        break;
    case MNI_DIAL_WAIT:
        break;
    }
    mni_links_set_timer(&peer->links, link, mni_dialer_next_us(dialer));
}

void mni_peer_take_turns(mn_peer *peer, bool flushing)
{
    /* Who joins the chain from now on has a turn next time: a rider may wake whom it likes. */
    mni_chain turns;
    mni_chain_init(&turns);
    mni_chain_move(&turns, flushing ? &peer->links.queued : &peer->links.due);
    while (!mni_chain_is_empty(&turns)) {
        mni_link *link = flushing ? mni_link_of_queued(turns.next) : mni_link_of_due(turns.next);
        mni_chain_leave(&link->due);
        if (flushing) {
            mni_chain_leave(&link->queued);
        }
        if (link->state == MNI_LINK_DIALING) {
            take_dialing_turn(peer, link);
        } else {
            take_open_turn(peer, link, flushing);
        }
    }
}

void mni_peer_stamp_events(mn_peer *peer)
{
    for (; peer->stamped < mni_events_count(&peer->events); peer->stamped++) {
        mni_peer_event *item = mni_ring_at(&peer->events.ring, peer->stamped);
        const mni_link *link = mni_links_find(&peer->links, item->event.who);
        item->event.time_us = peer->clock.told_us;
        item->event.user = link != NULL ? link->user : 0;
    }
}
