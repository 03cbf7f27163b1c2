/* SPDX-License-Identifier: MIT */
/*
 * The frame of an endpoint: update, poll, flush, and when to come again. All of it is the same for
 * a server and a client; where they differ, the host channel or the table of players knows.
 */
#include "message/authenticate.h"
#include "message/errand.h"
#include "message/payload.h"
#include "message/schema.h"

/* ---- update */

void mni_endpoint_advance(mni_endpoint *endpoint, uint64_t now_us)
{
    if (now_us <= endpoint->now_us) {
        return;
    }
    uint64_t passed_us = now_us - endpoint->now_us;
    if (passed_us > mni_peer_config(endpoint->peer)->clock_gap_us) {
        endpoint->skipped_us += passed_us;
    }
    endpoint->now_us = now_us;
}

uint64_t mni_endpoint_steady_us(const mni_endpoint *endpoint)
{
    return endpoint->now_us - endpoint->skipped_us;
}

/* What the peer gave to us in an entry. */
static mni_peer_event event_of(const mni_inbox_entry *entry)
{
    mni_peer_event event = {
        .event = entry->event, .buffer = entry->buffer, .credit = entry->credit};
    event.event.who = entry->connection;
    return event;
}

/* Gives back what an entry holds: credit to who sent it, and its bytes. */
static void give_back(mni_endpoint *endpoint, const mni_inbox_entry *entry)
{
    mni_buffer_drop(mni_endpoint_buffers(endpoint), entry->decoded);
    mni_peer_event event = event_of(entry);
    mni_endpoint_return(endpoint, &event);
}

void mni_endpoint_release(mni_endpoint *endpoint)
{
    mni_inbox_entry entry;
    while (mni_inbox_release(&endpoint->inbox, &entry)) {
        give_back(endpoint, &entry);
    }
    endpoint->decoded_bytes = 0;
}

mn_result mni_endpoint_receive(mni_endpoint *endpoint)
{
    for (;;) {
        /* What there is no room for waits in the peer, where it holds its sender's credit. */
        mn_result result = mni_endpoint_make_room(endpoint);
        if (result != MN_OK) {
            return result;
        }
        mni_peer_event event;
        if (!mni_peer_take_event(endpoint->peer, &event)) {
            return MN_OK;
        }
        mni_endpoint_route(endpoint, &event);
    }
}

mn_result mni_endpoint_update(mni_endpoint *endpoint, uint64_t now_us)
{
    mni_endpoint_advance(endpoint, now_us);
    mni_endpoint_release(endpoint);
    mn_result result = mn_peer_update(endpoint->peer, now_us);
    mn_result received = mni_endpoint_receive(endpoint);
    if (received == MN_OK && endpoint->host.partner != NULL) {
        received = mni_host_update(endpoint);
    }
    mni_authenticate_expire(endpoint);
    if (endpoint->is_attached) {
        endpoint->attachment.updated(endpoint->attachment.user, endpoint->now_us);
    }
    return result < 0 ? result : received;
}

/* ---- poll */

/* MN_ERROR_FULL: so much was decoded already that it has to wait; MN_ERROR_SCHEMA: it is wrong. */
static mn_result decode(mni_endpoint *endpoint, mni_inbox_entry *entry)
{
    mn_event *event = &entry->event;
    const mni_message_type *type = mni_schema_message(endpoint->schema, event->what);
    if (type->size == 0) {
        return MN_OK;
    }
    if (endpoint->decoded_bytes > 0 && endpoint->decoded_bytes + type->size > MNI_DECODED_MAX) {
        return MN_ERROR_FULL;
    }
    entry->decoded = mni_buffer_take(mni_endpoint_buffers(endpoint), type->size);
    if (entry->decoded == NULL) {
        return MN_ERROR_MEMORY;
    }
    if (mni_message_decode(type, event->data, event->size, entry->decoded->bytes) == NULL) {
        mni_buffer_drop(mni_endpoint_buffers(endpoint), entry->decoded);
        entry->decoded = NULL;
        return MN_ERROR_SCHEMA;
    }
    endpoint->decoded_bytes += type->size;
    event->data = entry->decoded->bytes;
    event->size = type->size;
    return MN_OK;
}

static void charge_sender(mni_endpoint *endpoint, const mni_inbox_entry *entry)
{
    mni_endpoint_counts(endpoint)->dropped[MN_DROP_MALFORMED]++;
    if (entry->connection != MNI_CONNECTION_HOST) {
        mni_peer_charge(endpoint->peer, (mn_connection){entry->connection});
    }
}

/* What was attached to a player may have changed since the event was queued. */
static void refresh_user(const mni_endpoint *endpoint, mn_event *event)
{
    if (event->type <= MN_EVENT_LOST) {
        const mni_player *player = mni_players_find(&endpoint->players, (mn_player){event->who});
        event->user = player != NULL ? player->user : event->user;
    }
}

/* It is read. Its bytes go before the peer receives more, and what flush sends tells the sender. */
static void return_credit(mni_endpoint *endpoint, mni_inbox_entry *entry)
{
    mni_peer_event event = event_of(entry);
    mni_endpoint_return_credit(endpoint, &event);
    entry->credit = event.credit;
}

mn_result mni_endpoint_poll(mni_endpoint *endpoint, mn_event *events, uint32_t capacity)
{
    if ((events == NULL && capacity > 0) || capacity > INT32_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    mn_result count = 0;
    while ((uint32_t)count < capacity) {
        mni_inbox_entry *entry = mni_inbox_next(&endpoint->inbox);
        mn_result result = MN_OK;
        if (entry == NULL) {
            break;
        }
        if (entry->event.type == MN_EVENT_MESSAGE) {
            result = decode(endpoint, entry);
        }
        if (result == MN_ERROR_FULL || result == MN_ERROR_MEMORY) {
            return count == 0 && result == MN_ERROR_MEMORY ? result : count;
        }
        mni_inbox_advance(&endpoint->inbox);
        return_credit(endpoint, entry);
        if (result == MN_ERROR_SCHEMA) {
            charge_sender(endpoint, entry);
            continue;
        }
        refresh_user(endpoint, &entry->event);
        events[count] = entry->event;
        count++;
    }
    return count;
}

/* ---- flush */

/* The host player takes in what a packet would have carried to it. */
static void flush_objects(mni_endpoint *server)
{
    const mni_host *host = &server->host;
    const mni_endpoint *client = host->partner;
    const mni_player *player = host->player;
    const mni_player *theirs = client->host.player;
    if (server->is_attached && player->stage == MNI_STAGE_AUTHENTICATED && !player->is_leaving &&
        theirs->stage == MNI_STAGE_AUTHENTICATED && !theirs->is_leaving) {
        server->attachment.host_flush(server->attachment.user, (mn_player){player->id},
                                      server->now_us);
    }
}

static mn_result flush_host(mni_endpoint *endpoint)
{
    mn_result result = mni_host_deliver(endpoint, MNI_PARCEL_CONTROL);
    if (result == MN_OK) {
        result = mni_host_deliver(endpoint, MNI_PARCEL_MESSAGE);
    }
    if (endpoint->is_server) {
        flush_objects(endpoint);
    }
    if (result == MN_OK) {
        result = mni_host_deliver(endpoint, MNI_PARCEL_CALL);
    }
    if (result == MN_OK && endpoint->host.reason != MN_REASON_NONE) {
        mni_host_part(endpoint, MN_REASON_CLOSED, "");
    }
    return result;
}

mn_result mni_endpoint_flush(mni_endpoint *endpoint, uint64_t now_us)
{
    mni_endpoint_advance(endpoint, now_us);
    if (endpoint->is_attached) {
        endpoint->attachment.flushing(endpoint->attachment.user, endpoint->now_us);
    }
    mni_errand_run(endpoint);
    if (!endpoint->is_server) {
        mni_errand_ping(endpoint);
    }
    mn_result handed = MN_OK;
    if (endpoint->host.partner != NULL) {
        handed = flush_host(endpoint);
    }
    mn_result result = mn_peer_flush(endpoint->peer, now_us);
    return result < 0 ? result : handed;
}

/* ---- when to come again */

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

/* When the first deadline passes; sooner if that is far off, because who sleeps for longer than the
   gap looks like a jump. */
static uint64_t deadline_us(const mni_endpoint *endpoint)
{
    uint64_t due_us = mni_timers_next_us(&endpoint->players.deadlines);
    if (due_us == MNI_NEVER) {
        return MNI_NEVER;
    }
    uint64_t steady_us = mni_endpoint_steady_us(endpoint);
    uint64_t wait_us = due_us > steady_us ? due_us - steady_us : 0;
    wait_us = earlier(wait_us, mni_peer_config(endpoint->peer)->clock_gap_us / 2);
    return earlier(wait_us, MNI_NEVER - endpoint->now_us) + endpoint->now_us;
}

uint64_t mni_endpoint_next_us(const mni_endpoint *endpoint)
{
    uint64_t next_us = mn_peer_next_us(endpoint->peer);
    next_us = earlier(next_us, deadline_us(endpoint));
    if (!endpoint->is_server) {
        next_us = earlier(next_us, mni_errand_ping_us(endpoint));
    }
    if (endpoint->host.partner != NULL) {
        next_us = earlier(next_us, mni_host_next_us(endpoint));
    }
    return next_us;
}
