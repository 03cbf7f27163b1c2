/* SPDX-License-Identifier: MIT */
/* See errand.h. */
#include "message/errand.h"

#include "message/difference.h"

#include <string.h>

static bool send_accepted(mni_endpoint *server, mni_player *player)
{
    mni_control accepted = {
        .kind = MNI_CONTROL_ACCEPTED, .player = player->id, .server_us = server->now_us};
    return mni_outgoing_control(server, player, &accepted, MN_RELIABLE) == MN_OK;
}

static bool send_ready(mni_endpoint *client, mni_player *player)
{
    mni_control ready = {.kind = MNI_CONTROL_READY};
    return mni_outgoing_control(client, player, &ready, MN_RELIABLE) == MN_OK;
}

/* One that finds no room is not missed: the client asks again. */
static void send_pong(mni_endpoint *server, mni_player *player)
{
    mni_control pong = {.kind = MNI_CONTROL_PONG,
                        .client_us = player->ping_client_us,
                        .server_us = player->ping_taken_us,
                        .held_us = server->now_us - player->ping_taken_us};
    (void)mni_outgoing_control(server, player, &pong, MN_UNRELIABLE);
}

static mn_result send_piece(mni_endpoint *endpoint, mni_player *player, bool *is_last_out)
{
    uint8_t bytes[MNI_TABLE_SIZE_MAX];
    mni_control head = {.kind = MNI_CONTROL_TABLE};
    uint32_t head_size = mni_control_write(&head, bytes);
    mni_writer writer = mni_writer_over(bytes + head_size, sizeof bytes - head_size);
    uint32_t sent =
        mni_difference_write(endpoint->schema, player->sent_entries, &writer, is_last_out);
    head.is_last = *is_last_out;
    (void)mni_control_write(&head, bytes);

    mni_buffer *buffer = mni_buffer_take(mni_endpoint_buffers(endpoint),
                                         head_size + (uint32_t)mni_writer_size(&writer));
    if (buffer == NULL) {
        return MN_ERROR_MEMORY;
    }
    memcpy(buffer->bytes, bytes, buffer->size);
    mn_result result = mni_outgoing_post(endpoint, player, buffer,
                                         MN_RELIABLE | MN_ON_CHANNEL(MNI_CHANNEL_CONTROL), 0);
    mni_buffer_drop(mni_endpoint_buffers(endpoint), buffer);
    if (result == MN_OK) {
        player->sent_entries = sent;
    }
    return result;
}

void mni_errand_send_table(mni_endpoint *endpoint, mni_player *player)
{
    bool is_last = false;
    mn_result result = MN_OK;
    while (result == MN_OK && !is_last) {
        result = send_piece(endpoint, player, &is_last);
    }
    if (result != MN_OK) {
        mni_players_add_errand(&endpoint->players, player, MNI_ERRAND_TABLE);
    }
}

static void run(mni_endpoint *endpoint, mni_player *player)
{
    uint8_t errands = player->errands;
    uint8_t left = 0;
    player->errands = 0;
    if (player->is_leaving) {
        return;
    }
    if ((errands & MNI_ERRAND_ACCEPTED) != 0 && !send_accepted(endpoint, player)) {
        left |= MNI_ERRAND_ACCEPTED;
    }
    if ((errands & MNI_ERRAND_READY) != 0 && !send_ready(endpoint, player)) {
        left |= MNI_ERRAND_READY;
    }
    if ((errands & MNI_ERRAND_PONG) != 0) {
        send_pong(endpoint, player);
    }
    if (left != 0) {
        mni_players_add_errand(&endpoint->players, player, left);
    }
    if ((errands & MNI_ERRAND_TABLE) != 0) {
        mni_errand_send_table(endpoint, player);
    }
}

void mni_errand_run(mni_endpoint *endpoint)
{
    /* Who is put back has to wait for the next flush. */
    for (uint32_t i = mni_players_errand_count(&endpoint->players); i > 0; i--) {
        mni_player *player = mni_players_take_errand(&endpoint->players);
        if (player != NULL) {
            run(endpoint, player);
        }
    }
}

uint64_t mni_errand_ping_us(const mni_endpoint *client)
{
    const mni_player *self = mni_players_at(&client->players, 0);
    bool is_there = self != NULL && self->stage >= MNI_STAGE_CONNECTED && !self->is_leaving;
    return is_there && !self->is_host ? client->clock.ping_us : MNI_NEVER;
}

void mni_errand_ping(mni_endpoint *client)
{
    if (client->now_us < mni_errand_ping_us(client)) {
        return;
    }
    mni_control ping = {.kind = MNI_CONTROL_PING, .client_us = client->now_us};
    mni_player *self = mni_players_at(&client->players, 0);
    if (mni_outgoing_control(client, self, &ping, MN_UNRELIABLE) == MN_OK) {
        mni_server_clock_pinged(&client->clock, client->now_us);
    }
}
