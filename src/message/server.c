/* SPDX-License-Identifier: MIT */
/*
 * A server: an endpoint that listens, and the table of its players. This file is its life, what
 * players go through, and the public calls; the frame is in frame.c.
 */
#include "base/log.h"
#include "message/authenticate.h"
#include "message/config.h"
#include "message/difference.h"

#include <string.h>

struct mn_server {
    mni_endpoint endpoint;
    bool has_socket; /* started, and not offline */
};

/* ---- what players go through */

static void connected(mni_endpoint *server, mni_peer_event *event)
{
    uint32_t id = event->event.who;
    bool is_host = id == MNI_CONNECTION_HOST;
    if (!is_host && mni_endpoint_add_player(server, id) != MN_OK) {
        /* A host player has the place that this connection was let in for. */
        (void)mn_peer_disconnect(server->peer, (mn_connection){id}, MN_REASON_FULL, NULL);
        mni_endpoint_return(server, event);
        return;
    }
    mni_player *player = mni_players_of_connection(&server->players, id);
    if (!is_host && event->tag != mni_schema_hash(server->schema)) {
        mni_authenticate_differ(server, player);
        mni_endpoint_return(server, event);
        return;
    }
    mni_authenticate_begin(server, player, event);
}

static void ended(mni_endpoint *server, mni_player *player, mni_peer_event *event)
{
    mn_event end = {.type = MN_EVENT_DISCONNECTED,
                    .reason = event->event.reason,
                    .size = event->event.size,
                    .data = event->event.data};
    if (player->stage == MNI_STAGE_DIFFERENT && end.reason != MN_REASON_SCHEMA) {
        end.reason = MN_REASON_SCHEMA;
        end.data = mni_difference_unnamed;
        end.size = (uint32_t)strlen(mni_difference_unnamed);
    }
    if (end.reason == MN_REASON_PROTOCOL) {
        mni_log_write(mni_peer_config(server->peer)->log, MNI_LOG_BUDGET_SPENT, player->id);
    }
    if (player->stage == MNI_STAGE_AUTHENTICATED && server->is_attached) {
        server->attachment.left(server->attachment.user, (mn_player){player->id});
    }
    if (player->stage == MNI_STAGE_ARRIVING) { /* a host: the game was not told of it */
        mni_endpoint_forget_player(server, player);
        mni_endpoint_return(server, event);
        return;
    }
    mni_endpoint_note_end(server, player, end, event);
    mni_players_remove(&server->players, player);
}

static bool told(mni_endpoint *server, mni_player *from, const mni_control *control)
{
    switch (control->kind) {
    case MNI_CONTROL_READY:
        if (from->stage != MNI_STAGE_AUTHENTICATED || from->is_ready) {
            return false;
        }
        from->is_ready = true;
        mni_peer_wake(server->peer, (mn_connection){from->connection});
        return true;
    case MNI_CONTROL_PING:
        from->ping_client_us = control->client_us;
        from->ping_taken_us = server->now_us;
        mni_players_add_errand(&server->players, from, MNI_ERRAND_PONG);
        return true;
    default:
        return false;
    }
}

static const mni_side server_side = {.connected = connected, .ended = ended, .told = told};

/* ---- life */

mn_result mn_server_create(const mn_server_config *config, mn_server **server_out)
{
    if (server_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *server_out = NULL;
    mn_server_config read;
    mn_result result = mni_server_config_read(config, &read);
    if (result != MN_OK) {
        return result;
    }
    mn_peer_config peer_config = mni_server_config_peer(&read);
    mn_peer *peer = NULL;
    result = mn_peer_create(&peer_config, &peer);
    if (result != MN_OK) {
        return result;
    }
    mn_server *server = mni_allocate(mni_peer_memory(peer), sizeof(mn_server));
    result = MN_ERROR_MEMORY;
    if (server != NULL) {
        result = mni_endpoint_init(&server->endpoint, peer, read.schema, &server_side, true);
    }
    if (result != MN_OK) {
        mni_release(mni_peer_memory(peer), server, sizeof(mn_server));
        mn_peer_destroy(peer);
        return result;
    }
    server->endpoint.has_verdicts = (read.flags & MN_SERVER_AUTHENTICATE) != 0;
    server->endpoint.decide_us = read.authenticate_timeout_us;
    *server_out = server;
    return MN_OK;
}

void mn_server_destroy(mn_server *server)
{
    if (server == NULL) {
        return;
    }
    mn_peer *peer = server->endpoint.peer;
    mni_endpoint_shut(&server->endpoint);
    mni_endpoint_clear(&server->endpoint);
    mni_release(mni_peer_memory(peer), server, sizeof(mn_server));
    mn_peer_destroy(peer);
}

mn_result mn_server_start(mn_server *server, const mn_address *bind)
{
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (server->endpoint.is_started) {
        return MN_ERROR_STATE;
    }
    mn_result result = mn_peer_listen(server->endpoint.peer, bind);
    if (result == MN_OK) {
        server->endpoint.is_started = true;
        server->has_socket = true;
    }
    return result;
}

mn_result mn_server_start_offline(mn_server *server)
{
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (server->endpoint.is_started) {
        return MN_ERROR_STATE;
    }
    server->endpoint.is_started = true;
    return MN_OK;
}

mn_result mn_server_stop(mn_server *server)
{
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (!server->endpoint.is_started) {
        return MN_ERROR_STATE;
    }
    mni_endpoint_shut(&server->endpoint);
    server->endpoint.is_started = false;
    server->has_socket = false;
    return MN_OK;
}

const char *mn_server_error_text(const mn_server *server)
{
    return server != NULL ? mn_peer_error_text(server->endpoint.peer) : "";
}

/* ---- the frame */

mn_result mn_server_update(mn_server *server, uint64_t now_us)
{
    return server != NULL ? mni_endpoint_update(&server->endpoint, now_us) : MN_ERROR_ARGUMENT;
}

mn_result mn_server_poll(mn_server *server, mn_event *events, uint32_t capacity)
{
    return server != NULL ? mni_endpoint_poll(&server->endpoint, events, capacity)
                          : MN_ERROR_ARGUMENT;
}

mn_result mn_server_flush(mn_server *server, uint64_t now_us)
{
    return server != NULL ? mni_endpoint_flush(&server->endpoint, now_us) : MN_ERROR_ARGUMENT;
}

uint64_t mn_server_next_us(const mn_server *server)
{
    return server != NULL ? mni_endpoint_next_us(&server->endpoint) : MNI_NEVER;
}

mn_result mn_server_wait(mn_server *server, uint64_t timeout_us)
{
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (!server->endpoint.is_started) {
        return MN_ERROR_STATE;
    }
    return server->has_socket ? mn_peer_wait(server->endpoint.peer, timeout_us) : 0;
}

/* ---- players */

static mn_result find(const mn_server *server, mn_player id, mni_player **player_out)
{
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *player_out = mni_players_find(&server->endpoint.players, id);
    return *player_out != NULL ? MN_OK : MN_ERROR_STALE;
}

mn_result mn_server_accept(mn_server *server, mn_player player)
{
    mni_player *found;
    mn_result result = find(server, player, &found);
    return result == MN_OK ? mni_authenticate_accept(&server->endpoint, found) : result;
}

mn_result mn_server_reject(mn_server *server, mn_player player, int32_t reason, const char *text)
{
    mni_player *found;
    mn_result result = find(server, player, &found);
    if (result != MN_OK) {
        return result;
    }
    if (!server->endpoint.has_verdicts || found->stage != MNI_STAGE_CONNECTED ||
        found->is_leaving) {
        return MN_ERROR_STATE;
    }
    return mni_outgoing_disconnect(&server->endpoint, found,
                                   reason != MN_REASON_NONE ? reason : MN_REASON_REJECTED, text);
}

mn_result mn_server_disconnect(mn_server *server, mn_player player, int32_t reason,
                               const char *text)
{
    mni_player *found;
    mn_result result = find(server, player, &found);
    return result == MN_OK ? mni_outgoing_disconnect(&server->endpoint, found, reason, text)
                           : result;
}

mn_result mn_server_set_user(mn_server *server, mn_player player, uint64_t user)
{
    mni_player *found;
    mn_result result = find(server, player, &found);
    if (result == MN_OK) {
        found->user = user;
    }
    return result;
}

mn_result mn_server_players(const mn_server *server, mn_player *players_out, uint32_t capacity)
{
    if (server == NULL || (players_out == NULL && capacity > 0)) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_players *players = &server->endpoint.players;
    uint32_t count = 0;
    for (uint32_t i = 0; i < players->capacity; i++) {
        const mni_player *player = mni_players_at(players, i);
        /* Those before CONNECTED are not known to the game. */
        if (player == NULL || player->stage < MNI_STAGE_CONNECTED) {
            continue;
        }
        if (count < capacity) {
            players_out[count].id = player->id;
        }
        count++;
    }
    return (mn_result)count;
}

/* ---- messages */

static mn_result send(mn_server *server, mn_player to, const mn_outgoing *outgoing, uint64_t token)
{
    mni_player *player;
    mni_letter letter;
    mn_result result = find(server, to, &player);
    if (result == MN_OK) {
        result = mni_outgoing_write(&server->endpoint, outgoing, &letter);
    }
    if (result != MN_OK) {
        return result;
    }
    result = mni_outgoing_send(&server->endpoint, player, &letter, token);
    mni_outgoing_drop(&server->endpoint, &letter);
    return result;
}

mn_result mn_server_send(mn_server *server, mn_player to, uint32_t message, const void *value,
                         uint32_t size, uint32_t how)
{
    mn_outgoing outgoing = {.message = message, .size = size, .how = how, .value = value};
    return send(server, to, &outgoing, 0);
}

mn_result mn_server_notify(mn_server *server, mn_player to, uint32_t message, const void *value,
                           uint32_t size, uint64_t token)
{
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mn_outgoing outgoing = {.message = message,
                            .size = size,
                            .how = mni_outgoing_notify(&server->endpoint, message),
                            .value = value};
    return send(server, to, &outgoing, token);
}

mn_result mn_server_broadcast(mn_server *server, uint32_t message, const void *value, uint32_t size,
                              uint32_t how)
{
    if (server == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_endpoint *endpoint = &server->endpoint;
    mn_outgoing outgoing = {.message = message, .size = size, .how = how, .value = value};
    mni_letter letter;
    mn_result result = mni_outgoing_write(endpoint, &outgoing, &letter);
    if (result != MN_OK) {
        return result;
    }
    mn_result count = 0;
    for (uint32_t i = 0; i < endpoint->players.authenticated_count; i++) {
        mni_player *player = mni_players_authenticated(&endpoint->players, i);
        count += mni_outgoing_send(endpoint, player, &letter, 0) == MN_OK;
    }
    mni_outgoing_drop(endpoint, &letter);
    return count;
}

mn_result mn_server_send_many(mn_server *server, const mn_player *to, uint32_t count,
                              const mn_outgoing *outgoing, mn_result *results)
{
    if (server == NULL || (to == NULL && count > 0) || count > INT32_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    mni_letter letter;
    mn_result result = mni_outgoing_write(&server->endpoint, outgoing, &letter);
    if (result != MN_OK) {
        return result;
    }
    mn_result queued = 0;
    for (uint32_t i = 0; i < count; i++) {
        mni_player *player;
        result = find(server, to[i], &player);
        if (result == MN_OK) {
            result = mni_outgoing_send(&server->endpoint, player, &letter, 0);
        }
        queued += result == MN_OK;
        if (results != NULL) {
            results[i] = result;
        }
    }
    mni_outgoing_drop(&server->endpoint, &letter);
    return queued;
}

mn_result mn_server_cancel(mn_server *server, mn_player to, uint64_t token)
{
    mni_player *player;
    mn_result result = find(server, to, &player);
    return result == MN_OK ? mni_outgoing_cancel(&server->endpoint, player, token) : result;
}

mn_result mn_server_set_channel(mn_server *server, uint32_t channel, uint32_t priority,
                                uint32_t weight)
{
    return server != NULL ? mni_outgoing_set_channel(&server->endpoint, channel, priority, weight)
                          : MN_ERROR_ARGUMENT;
}

/* ---- facts */

mn_result mn_server_address(const mn_server *server, mn_address *address_out)
{
    return server != NULL ? mn_peer_address(server->endpoint.peer, address_out) : MN_ERROR_ARGUMENT;
}

mn_result mn_server_player_address(const mn_server *server, mn_player player,
                                   mn_address *address_out)
{
    mni_player *found;
    mn_result result = address_out != NULL ? find(server, player, &found) : MN_ERROR_ARGUMENT;
    if (result != MN_OK) {
        return result;
    }
    if (found->is_host) {
        return MN_ERROR_STATE;
    }
    mn_connection connection = {found->connection};
    return mn_peer_connection_address(server->endpoint.peer, connection, address_out);
}

mn_result mn_server_statistics(const mn_server *server, mn_player player,
                               mn_statistics *statistics_out)
{
    mni_player *found;
    mn_result result = statistics_out != NULL ? find(server, player, &found) : MN_ERROR_ARGUMENT;
    if (result != MN_OK) {
        return result;
    }
    if (found->is_host) {
        return mni_host_statistics(&server->endpoint, statistics_out);
    }
    mn_connection connection = {found->connection};
    return mn_peer_statistics(server->endpoint.peer, connection, statistics_out);
}

mn_result mn_server_counters(const mn_server *server, mn_counters *counters_out)
{
    return server != NULL ? mn_peer_counters(server->endpoint.peer, counters_out)
                          : MN_ERROR_ARGUMENT;
}

mni_endpoint *mni_server_endpoint(mn_server *server)
{
    return &server->endpoint;
}
