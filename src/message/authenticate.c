/* SPDX-License-Identifier: MIT */
/* See authenticate.h. */
#include "message/authenticate.h"

#include "base/log.h"
#include "message/difference.h"
#include "message/errand.h"

#include <string.h>

static void set_deadline(mni_endpoint *endpoint, const mni_player *player)
{
    mni_timers_set(&endpoint->players.deadlines, player->index,
                   mni_endpoint_steady_us(endpoint) + endpoint->decide_us);
}

static void join(mni_endpoint *endpoint, const mni_player *player)
{
    mni_endpoint_note(endpoint, player, (mn_event){.type = MN_EVENT_AUTHENTICATED}, NULL);
    if (endpoint->is_attached) {
        endpoint->attachment.joined(endpoint->attachment.user, (mn_player){player->id});
    }
}

static void accept(mni_endpoint *server, mni_player *player)
{
    mni_players_authenticate(&server->players, player, player->id);
    player->is_ready = player->is_host;
    mni_players_add_errand(&server->players, player, MNI_ERRAND_ACCEPTED);
    join(server, player);
}

void mni_authenticate_begin(mni_endpoint *server, mni_player *player, mni_peer_event *connected)
{
    player->stage = MNI_STAGE_CONNECTED;
    mn_event event = {
        .type = MN_EVENT_CONNECTED, .size = connected->event.size, .data = connected->event.data};
    mni_peer_event again = {.event.who = connected->event.who};
    if (connected->buffer != NULL) {
        again.buffer = mni_buffer_share(connected->buffer);
    }
    mni_endpoint_note(server, player, event, connected);
    if (server->has_verdicts) {
        event.type = MN_EVENT_AUTHENTICATE;
        mni_endpoint_note(server, player, event, &again);
        set_deadline(server, player);
    } else {
        mni_endpoint_return(server, &again);
        accept(server, player);
    }
}

mn_result mni_authenticate_accept(mni_endpoint *server, mni_player *player)
{
    if (!server->has_verdicts || player->stage != MNI_STAGE_CONNECTED || player->is_leaving) {
        return MN_ERROR_STATE;
    }
    mn_result result = mni_endpoint_make_room(server);
    if (result == MN_OK) {
        accept(server, player);
    }
    return result;
}

void mni_authenticate_enter(mni_endpoint *client, mni_player *player, uint32_t id)
{
    mni_players_authenticate(&client->players, player, id);
    player->is_ready = true;
    if (!player->is_host) {
        mni_players_add_errand(&client->players, player, MNI_ERRAND_READY);
    }
    join(client, player);
    while (client->held.count > 0) {
        mni_peer_event event = *(mni_peer_event *)mni_ring_at(&client->held, 0);
        mni_ring_pop(&client->held);
        mni_endpoint_route(client, &event);
    }
}

void mni_authenticate_differ(mni_endpoint *endpoint, mni_player *player)
{
    player->stage = MNI_STAGE_DIFFERENT;
    endpoint->difference[0] = '\0';
    mni_log_write(mni_peer_config(endpoint->peer)->log, MNI_LOG_SCHEMA_DIFFERS, player->id);
    set_deadline(endpoint, player);
    /* At once, because the other side's table may be here already, and its end would be the end. */
    mni_errand_send_table(endpoint, player);
}

bool mni_authenticate_compare(mni_endpoint *endpoint, mni_player *player, const mni_control *table)
{
    if (player->stage != MNI_STAGE_DIFFERENT) {
        return false;
    }
    if (endpoint->difference[0] != '\0') {
        return true; /* a client that has found it waits for the server's close */
    }
    char text[MN_TEXT_MAX + 1];
    mni_reader piece = mni_reader_over(table->data, table->size);
    switch (mni_difference_read(endpoint->schema, endpoint->is_server, &player->seen_entries,
                                &piece, table->is_last != 0, text)) {
    case MNI_COMPARISON_OPEN:
        return true;
    case MNI_COMPARISON_MALFORMED:
        return false;
    case MNI_COMPARISON_FOUND:
        break;
    }
    if (endpoint->is_server) {
        (void)mni_outgoing_disconnect(endpoint, player, MN_REASON_SCHEMA, text);
    } else {
        memcpy(endpoint->difference, text, sizeof text);
    }
    return true;
}

void mni_authenticate_expire(mni_endpoint *endpoint)
{
    for (;;) {
        int64_t index =
            mni_timers_pop(&endpoint->players.deadlines, mni_endpoint_steady_us(endpoint));
        if (index < 0) {
            return;
        }
        mni_player *player = mni_players_at(&endpoint->players, (uint32_t)index);
        if (player->stage == MNI_STAGE_DIFFERENT) {
            (void)mni_outgoing_disconnect(endpoint, player, MN_REASON_SCHEMA,
                                          mni_difference_unnamed);
        } else {
            (void)mni_outgoing_disconnect(endpoint, player, MN_REASON_TIMEOUT, NULL);
        }
    }
}
