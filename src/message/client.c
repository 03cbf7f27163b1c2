/* SPDX-License-Identifier: MIT */
/*
 * A client: an endpoint that connects, and a table with one player, itself. This file is its life,
 * what it goes through with a server, and the public calls; the frame is in frame.c.
 */
#include "message/authenticate.h"
#include "message/config.h"
#include "message/difference.h"

#include <string.h>

struct mn_client {
    mni_endpoint endpoint;
};

/* From connect to the end; NULL: idle. */
static mni_player *self_of(const mni_endpoint *client)
{
    return mni_players_at(&client->players, 0);
}

/* ---- what it goes through */

static void connected(mni_endpoint *client, mni_peer_event *event)
{
    mni_player *self = self_of(client);
    if (self != NULL && !self->is_host && event->tag != mni_schema_hash(client->schema)) {
        mni_authenticate_differ(client, self);
    } else if (self != NULL) {
        self->stage = MNI_STAGE_CONNECTED;
        mni_server_clock_init(&client->clock, client->now_us);
        mni_endpoint_note(client, self, (mn_event){.type = MN_EVENT_CONNECTED}, NULL);
    }
    mni_endpoint_return(client, event);
}

/* What is known better than the event says: that the schemas differ, and where. Into `from`, where
   there is memory for it. */
static void name_difference(mni_endpoint *client, mn_event *end, mni_peer_event *from)
{
    bool server_named_it = end->reason == MN_REASON_SCHEMA;
    end->reason = MN_REASON_SCHEMA;
    uint32_t size = (uint32_t)strlen(client->difference);
    mni_buffer *text = size > 0 ? mni_buffer_take(mni_endpoint_buffers(client), size + 1) : NULL;
    if (text != NULL) {
        memcpy(text->bytes, client->difference, (size_t)size + 1);
        mni_buffer_drop(mni_endpoint_buffers(client), from->buffer);
        from->buffer = text;
        end->data = text->bytes;
        end->size = size;
    } else if (!server_named_it) {
        end->data = mni_difference_unnamed;
        end->size = (uint32_t)strlen(mni_difference_unnamed);
    }
}

static void drop_held(mni_endpoint *client)
{
    while (client->held.count > 0) {
        mni_endpoint_return(client, mni_ring_at(&client->held, 0));
        mni_ring_pop(&client->held);
    }
}

static void ended(mni_endpoint *client, mni_player *self, mni_peer_event *event)
{
    mn_event end = {.type = MN_EVENT_DISCONNECTED,
                    .reason = event->event.reason,
                    .size = event->event.size,
                    .data = event->event.data};
    if (self->stage < MNI_STAGE_CONNECTED) {
        end.type = MN_EVENT_CONNECT_FAILED; /* the game has not seen CONNECTED */
    }
    if (self->stage == MNI_STAGE_DIFFERENT) {
        name_difference(client, &end, event);
    }
    if (self->stage == MNI_STAGE_AUTHENTICATED && client->is_attached) {
        client->attachment.left(client->attachment.user, (mn_player){self->id});
    }
    drop_held(client);
    mni_endpoint_note_end(client, self, end, event);
    mni_players_remove(&client->players, self);
}

/* The server's time on arrival, as far as one can say: half a round trip after it was written. */
static void guess_time(mni_endpoint *client, const mni_player *self, uint64_t server_us)
{
    mn_statistics statistics = {.struct_size = sizeof statistics};
    mn_connection connection = {self->connection};
    if (!self->is_host && mn_peer_statistics(client->peer, connection, &statistics) == MN_OK) {
        server_us += statistics.rtt_us / 2;
    }
    mni_server_clock_guess(&client->clock, server_us, client->now_us);
}

static bool told(mni_endpoint *client, mni_player *self, const mni_control *control)
{
    switch (control->kind) {
    case MNI_CONTROL_ACCEPTED:
        if (self->stage != MNI_STAGE_CONNECTED) {
            return false;
        }
        guess_time(client, self, control->server_us);
        mni_authenticate_enter(client, self, control->player);
        return true;
    case MNI_CONTROL_PONG:
        return mni_server_clock_add(&client->clock, control->client_us, control->server_us,
                                    control->held_us, client->now_us);
    default:
        return false;
    }
}

static const mni_side client_side = {.connected = connected, .ended = ended, .told = told};

/* ---- life */

mn_result mn_client_create(const mn_client_config *config, mn_client **client_out)
{
    if (client_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *client_out = NULL;
    mn_client_config read;
    mn_result result = mni_client_config_read(config, &read);
    if (result != MN_OK) {
        return result;
    }
    mn_peer_config peer_config = mni_client_config_peer(&read);
    mn_peer *peer = NULL;
    result = mn_peer_create(&peer_config, &peer);
    if (result != MN_OK) {
        return result;
    }
    mn_client *client = mni_allocate(mni_peer_memory(peer), sizeof(mn_client));
    result = MN_ERROR_MEMORY;
    if (client != NULL) {
        result = mni_endpoint_init(&client->endpoint, peer, read.schema, &client_side, false);
    }
    if (result != MN_OK) {
        mni_release(mni_peer_memory(peer), client, sizeof(mn_client));
        mn_peer_destroy(peer);
        return result;
    }
    client->endpoint.decide_us = mni_peer_config(peer)->connect_timeout_us;
    *client_out = client;
    return MN_OK;
}

void mn_client_destroy(mn_client *client)
{
    if (client == NULL) {
        return;
    }
    mn_peer *peer = client->endpoint.peer;
    mni_endpoint_shut(&client->endpoint);
    mni_endpoint_clear(&client->endpoint);
    mni_release(mni_peer_memory(peer), client, sizeof(mn_client));
    mn_peer_destroy(peer);
}

mn_result mn_client_connect(mn_client *client, const mn_address *server, const void *payload,
                            uint32_t size)
{
    if (client == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_endpoint *endpoint = &client->endpoint;
    if (self_of(endpoint) != NULL) {
        return MN_ERROR_STATE;
    }
    /* Room first: what has begun has an end that must be told. */
    mn_result result = mni_inbox_reserve(&endpoint->inbox, 1);
    mn_connection connection = {0};
    if (result == MN_OK) {
        result = mn_peer_connect(endpoint->peer, server, payload, size, &connection);
    }
    if (result == MN_OK) {
        result = mni_endpoint_add_player(endpoint, connection.id);
        MNI_ASSERT(result == MN_OK);
    }
    return result;
}

mn_result mn_client_connect_host(mn_client *client, mn_server *server, const void *payload,
                                 uint32_t size)
{
    if (client == NULL || server == NULL || (payload == NULL && size > 0)) {
        return MN_ERROR_ARGUMENT;
    }
    if (size > MN_PAYLOAD_MAX) {
        return MN_ERROR_TOO_LARGE;
    }
    return mni_host_join(&client->endpoint, mni_server_endpoint(server), payload, size);
}

mn_result mn_client_disconnect(mn_client *client, int32_t reason, const char *text)
{
    if (client == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_player *self = self_of(&client->endpoint);
    return self != NULL ? mni_outgoing_disconnect(&client->endpoint, self, reason, text)
                        : MN_ERROR_STATE;
}

const char *mn_client_error_text(const mn_client *client)
{
    return client != NULL ? mn_peer_error_text(client->endpoint.peer) : "";
}

/* ---- the frame */

mn_result mn_client_update(mn_client *client, uint64_t now_us)
{
    return client != NULL ? mni_endpoint_update(&client->endpoint, now_us) : MN_ERROR_ARGUMENT;
}

mn_result mn_client_poll(mn_client *client, mn_event *events, uint32_t capacity)
{
    return client != NULL ? mni_endpoint_poll(&client->endpoint, events, capacity)
                          : MN_ERROR_ARGUMENT;
}

mn_result mn_client_flush(mn_client *client, uint64_t now_us)
{
    return client != NULL ? mni_endpoint_flush(&client->endpoint, now_us) : MN_ERROR_ARGUMENT;
}

uint64_t mn_client_next_us(const mn_client *client)
{
    return client != NULL ? mni_endpoint_next_us(&client->endpoint) : MNI_NEVER;
}

mn_result mn_client_wait(mn_client *client, uint64_t timeout_us)
{
    if (client == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_player *self = self_of(&client->endpoint);
    if (self == NULL) {
        return MN_ERROR_STATE;
    }
    return self->is_host ? 0 : mn_peer_wait(client->endpoint.peer, timeout_us);
}

/* ---- messages */

static mn_result send(mn_client *client, const mn_outgoing *outgoing, uint64_t token)
{
    mni_endpoint *endpoint = &client->endpoint;
    mni_player *self = self_of(endpoint);
    mni_letter letter;
    mn_result result = mni_outgoing_write(endpoint, outgoing, &letter);
    if (result != MN_OK) {
        return result;
    }
    result = MN_ERROR_STATE;
    if (self != NULL) {
        result = mni_outgoing_send(endpoint, self, &letter, token);
    }
    mni_outgoing_drop(endpoint, &letter);
    return result;
}

mn_result mn_client_send(mn_client *client, uint32_t message, const void *value, uint32_t size,
                         uint32_t how)
{
    mn_outgoing outgoing = {.message = message, .size = size, .how = how, .value = value};
    return client != NULL ? send(client, &outgoing, 0) : MN_ERROR_ARGUMENT;
}

mn_result mn_client_notify(mn_client *client, uint32_t message, const void *value, uint32_t size,
                           uint64_t token)
{
    if (client == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mn_outgoing outgoing = {.message = message,
                            .size = size,
                            .how = mni_outgoing_notify(&client->endpoint, message),
                            .value = value};
    return send(client, &outgoing, token);
}

mn_result mn_client_cancel(mn_client *client, uint64_t token)
{
    if (client == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_player *self = self_of(&client->endpoint);
    return self != NULL ? mni_outgoing_cancel(&client->endpoint, self, token) : MN_ERROR_STATE;
}

mn_result mn_client_set_channel(mn_client *client, uint32_t channel, uint32_t priority,
                                uint32_t weight)
{
    return client != NULL ? mni_outgoing_set_channel(&client->endpoint, channel, priority, weight)
                          : MN_ERROR_ARGUMENT;
}

/* ---- facts */

mn_player mn_client_player(const mn_client *client)
{
    const mni_player *self = client != NULL ? self_of(&client->endpoint) : NULL;
    return (mn_player){self != NULL ? self->id : 0};
}

uint64_t mn_client_server_time(const mn_client *client, uint64_t now_us)
{
    return client != NULL ? mni_endpoint_server_time(&client->endpoint, now_us) : now_us;
}

mn_result mn_client_address(const mn_client *client, mn_address *address_out)
{
    return client != NULL ? mn_peer_address(client->endpoint.peer, address_out) : MN_ERROR_ARGUMENT;
}

mn_result mn_client_statistics(const mn_client *client, mn_statistics *statistics_out)
{
    if (client == NULL || statistics_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_player *self = self_of(&client->endpoint);
    if (self == NULL) {
        return MN_ERROR_STATE;
    }
    if (self->is_host) {
        return mni_host_statistics(&client->endpoint, statistics_out);
    }
    mn_connection connection = {self->connection};
    return mn_peer_statistics(client->endpoint.peer, connection, statistics_out);
}

mn_result mn_client_counters(const mn_client *client, mn_counters *counters_out)
{
    return client != NULL ? mn_peer_counters(client->endpoint.peer, counters_out)
                          : MN_ERROR_ARGUMENT;
}

mni_endpoint *mni_client_endpoint(mn_client *client)
{
    return &client->endpoint;
}
