/* SPDX-License-Identifier: MIT */
/* See host.h. */
#include "message/host.h"

#include "base/how.h"
#include "message/endpoint_state.h"
#include "message/utf8.h"

#include <string.h>

enum {
    PARCELS_PER_SLAB = 64,
    PARCEL_COST = 32, /* besides the bytes: empty messages fill a queue as well */
    STRUCT_SIZE_MIN = 8,
    STRUCT_SIZE_MAX = 4096
};

/* ---- lanes */

static void append(mni_parcels *lane, mni_parcel *parcel)
{
    parcel->next = NULL;
    if (lane->first != NULL) {
        lane->last->next = parcel;
    } else {
        lane->first = parcel;
    }
    lane->last = parcel;
}

static mni_parcel *take_first(mni_parcels *lane)
{
    mni_parcel *parcel = lane->first;
    if (parcel != NULL) {
        lane->first = parcel->next;
    }
    return parcel;
}

static uint32_t cost_of(const mni_parcel *parcel)
{
    return parcel->buffer->size + PARCEL_COST;
}

static mni_host_round round_of(const mni_parcel *parcel)
{
    switch (parcel->channel) {
    case MNI_CHANNEL_CONTROL:
        return MNI_HOST_CONTROL;
    case MNI_CHANNEL_CALLS:
        return MNI_HOST_CALLS;
    default:
        return MNI_HOST_MESSAGES;
    }
}

static void enter_round(mni_host *host, mni_host_round round, mni_parcels *lane)
{
    lane->next = NULL;
    if (host->rounds[round].first != NULL) {
        host->rounds[round].last->next = lane;
    } else {
        host->rounds[round].first = lane;
    }
    host->rounds[round].last = lane;
}

static void enqueue(mni_host *host, mni_parcel *parcel)
{
    uint32_t kind = parcel->mode == MN_RELIABLE ? 0 : parcel->mode == MN_UNORDERED ? 1 : 2;
    mni_parcels *lane = &host->lanes[parcel->channel][kind];
    if (lane->first == NULL) {
        enter_round(host, round_of(parcel), lane);
    }
    append(lane, parcel);
    host->bytes += cost_of(parcel);
}

/* The parcel whose turn it is, which there is; the next lane's turn. */
static mni_parcel *dequeue(mni_host *host, mni_host_round round)
{
    mni_parcels *lane = host->rounds[round].first;
    host->rounds[round].first = lane->next;
    mni_parcel *parcel = take_first(lane);
    if (lane->first != NULL) {
        enter_round(host, round, lane);
    }
    host->bytes -= cost_of(parcel);
    return parcel;
}

static const mni_parcel *peek(const mni_host *host, mni_host_round round)
{
    const mni_parcels *lane = host->rounds[round].first;
    return lane != NULL ? lane->first : NULL;
}

/* ---- fates of notify messages */

static void drop(mni_endpoint *side, mni_parcel *parcel)
{
    mni_buffer_drop(mni_endpoint_buffers(side), parcel->buffer);
    mni_pool_give(&side->host.pool, parcel);
}

/* Into the place that was promised when it was posted. */
static void tell_fate(mni_endpoint *side, const mni_parcel *parcel, uint16_t type)
{
    mn_event event = {.type = type, .token = parcel->token, .time_us = side->now_us};
    if (side->is_server) {
        event.who = side->host.player->id;
        event.user = side->host.player->user;
    }
    mni_inbox_redeem(&side->inbox, &(mni_inbox_entry){.event = event});
}

static void settle(mni_endpoint *side)
{
    mni_parcel *parcel = take_first(&side->host.delivered);
    while (parcel != NULL) {
        tell_fate(side, parcel, MN_EVENT_DELIVERED);
        drop(side, parcel);
        parcel = take_first(&side->host.delivered);
    }
}

static void lose_all(mni_endpoint *side)
{
    for (mni_host_round round = MNI_HOST_CONTROL; round < MNI_HOST_ROUNDS; round++) {
        while (peek(&side->host, round) != NULL) {
            mni_parcel *parcel = dequeue(&side->host, round);
            if (parcel->mode == MN_NOTIFY) {
                tell_fate(side, parcel, MN_EVENT_LOST);
            }
            drop(side, parcel);
        }
    }
}

/* ---- joining and parting */

void mni_host_init(mni_host *host, mni_memory *memory)
{
    *host = (mni_host){0};
    mni_pool_init(&host->pool, memory, sizeof(mni_parcel), PARCELS_PER_SLAB, 0);
}

void mni_host_clear(mni_host *host)
{
    MNI_ASSERT(host->partner == NULL);
    MNI_ASSERT(host->pool.used == 0);
    if (host->pool.memory != NULL) {
        mni_pool_clear(&host->pool);
    }
}

static void join(mni_endpoint *side, mni_endpoint *partner, const mn_peer_config *config)
{
    mni_host *host = &side->host;
    MNI_ASSERT(host->partner == NULL && host->bytes == 0);
    host->partner = partner;
    host->player = mni_players_of_connection(&side->players, MNI_CONNECTION_HOST);
    host->bytes_max = config->send_queue_bytes;
    host->unread = 0;
    host->unread_max = config->receive_window_bytes;
    host->reason = MN_REASON_NONE;
    host->is_open = false;
    host->text[0] = '\0';
}

static mn_result add_players(mni_endpoint *client, mni_endpoint *server)
{
    mn_result result = mni_endpoint_add_player(server, MNI_CONNECTION_HOST);
    if (result != MN_OK) {
        return result;
    }
    result = mni_endpoint_add_player(client, MNI_CONNECTION_HOST);
    if (result != MN_OK) {
        mni_endpoint_forget_player(
            server, mni_players_of_connection(&server->players, MNI_CONNECTION_HOST));
    }
    return result;
}

mn_result mni_host_join(mni_endpoint *client, mni_endpoint *server, const void *payload,
                        uint32_t size)
{
    if (client->players.count > 0 || !server->is_started || server->host.partner != NULL) {
        return MN_ERROR_STATE;
    }
    if (client->schema != server->schema) {
        return MN_ERROR_SCHEMA;
    }
    mni_buffer *copy = mni_buffer_take(mni_endpoint_buffers(server), size + 1);
    if (copy == NULL) {
        return MN_ERROR_MEMORY;
    }
    memcpy(copy->bytes, size > 0 ? payload : "", size);
    copy->bytes[size] = '\0';
    copy->size = size;
    mn_result result = add_players(client, server);
    if (result != MN_OK) {
        mni_buffer_drop(mni_endpoint_buffers(server), copy);
        return result;
    }
    const mn_peer_config *config = mni_peer_config(server->peer);
    join(server, client, config);
    join(client, server, config);
    server->host.payload = copy;
    return MN_OK;
}

/* A reason's text as a peer's event has it: terminated, and never empty. Out of memory: none. */
static mni_peer_event end_event(mni_endpoint *side, int32_t reason, const char *text)
{
    const char *words = text[0] != '\0' ? text : mn_reason_text(reason);
    uint32_t size = (uint32_t)strlen(words);
    mni_peer_event end = {
        .event = {.type = MN_EVENT_DISCONNECTED, .who = MNI_CONNECTION_HOST, .reason = reason},
        .buffer = mni_buffer_take(mni_endpoint_buffers(side), size + 1)};
    if (end.buffer != NULL) {
        memcpy(end.buffer->bytes, words, (size_t)size + 1);
        end.event.data = end.buffer->bytes;
        end.event.size = size;
    }
    return end;
}

static void part(mni_endpoint *side, int32_t reason, const char *text)
{
    settle(side);
    lose_all(side);
    mni_buffer_drop(mni_endpoint_buffers(side), side->host.payload);
    side->host.payload = NULL;
    mni_peer_event end = end_event(side, reason, text);
    mni_endpoint_route(side, &end);
    side->host.player = NULL;
}

void mni_host_part(mni_endpoint *side, int32_t reason, const char *text)
{
    mni_endpoint *client = side->is_server ? side->host.partner : side;
    mni_endpoint *server = client->host.partner;
    const mni_host *ending = client->host.reason != MN_REASON_NONE ? &client->host : &server->host;
    if (ending->reason != MN_REASON_NONE) {
        reason = ending->reason;
        text = ending->text;
    }
    /* The client first: what it holds of the server's objects is there still. */
    part(client, reason, text);
    part(server, reason, text);
    client->host.partner = NULL;
    server->host.partner = NULL;
}

void mni_host_end(mni_endpoint *side, int32_t reason, const char *text)
{
    mni_host *host = &side->host;
    host->reason = reason != MN_REASON_NONE ? reason : MN_REASON_CLOSED;
    size_t size = text != NULL ? mni_utf8_length((const uint8_t *)text, MN_TEXT_MAX) : 0;
    memcpy(host->text, text != NULL ? text : "", size);
    host->text[size] = '\0';
}

/* ---- messages */

mn_result mni_host_post(mni_endpoint *side, mni_buffer *buffer, uint32_t how, uint64_t token)
{
    mni_host *host = &side->host;
    uint64_t bytes = (uint64_t)host->bytes + buffer->size + PARCEL_COST;
    if (bytes > host->bytes_max && host->bytes > 0) { /* as in the socket floor */
        return MN_ERROR_FULL;
    }
    mni_parcel *parcel = mni_pool_take(&host->pool);
    if (parcel == NULL) {
        return MN_ERROR_MEMORY;
    }
    *parcel = (mni_parcel){.buffer = buffer,
                           .token = token,
                           .mode = (uint8_t)mni_how_mode(how),
                           .channel = (uint8_t)mni_how_channel(how)};
    MNI_ASSERT(parcel->channel < MNI_CHANNELS);
    if (parcel->mode == MN_NOTIFY && mni_inbox_promise(&side->inbox) != MN_OK) {
        mni_pool_give(&host->pool, parcel);
        return MN_ERROR_MEMORY;
    }
    (void)mni_buffer_share(buffer);
    enqueue(host, parcel);
    return MN_OK;
}

/* Alone it may always, however large. */
static bool has_credit(const mni_host *host, const mni_parcel *parcel)
{
    uint64_t unread = (uint64_t)host->unread + cost_of(parcel);
    return host->unread == 0 || unread <= host->unread_max;
}

/* A copy in the receiver's memory, taken in as if it came from a peer. */
static mn_result hand_over(mni_endpoint *side, const mni_parcel *parcel)
{
    mni_endpoint *to = side->host.partner;
    mn_result result = mni_endpoint_make_room(to);
    if (result != MN_OK) {
        return result;
    }
    uint32_t size = parcel->buffer->size;
    mni_buffer *copy = mni_buffer_take(mni_endpoint_buffers(to), size);
    if (copy == NULL) {
        return MN_ERROR_MEMORY;
    }
    memcpy(copy->bytes, parcel->buffer->bytes, size);
    mni_peer_event event = {.event = {.type = MN_EVENT_MESSAGE,
                                      .who = MNI_CONNECTION_HOST,
                                      .delivery = parcel->mode,
                                      .channel = parcel->channel,
                                      .size = size,
                                      .data = copy->bytes},
                            .buffer = copy,
                            .credit = cost_of(parcel)};
    side->host.unread += event.credit;
    mni_endpoint_route(to, &event);
    return MN_OK;
}

mn_result mni_host_deliver(mni_endpoint *side, mni_host_round round)
{
    mni_host *host = &side->host;
    mni_endpoint *partner = host->partner;
    if (!host->is_open || !partner->host.is_open || partner->host.reason != MN_REASON_NONE) {
        return MN_OK;
    }
    mni_endpoint_advance(partner, side->now_us); /* both have the same clock, and it arrives now */
    while (peek(host, round) != NULL && has_credit(host, peek(host, round))) {
        mn_result result = hand_over(side, peek(host, round));
        if (result != MN_OK) {
            return result;
        }
        mni_parcel *parcel = dequeue(host, round);
        if (parcel->mode == MN_NOTIFY) {
            append(&host->delivered, parcel);
        } else {
            drop(side, parcel);
        }
    }
    return MN_OK;
}

void mni_host_read(mni_endpoint *side, uint32_t credit)
{
    mni_endpoint *partner = side->host.partner;
    if (partner != NULL) {
        uint32_t unread = partner->host.unread;
        partner->host.unread = credit < unread ? unread - credit : 0; /* of an earlier host: 0 */
    }
}

mn_result mni_host_update(mni_endpoint *side)
{
    mni_host *host = &side->host;
    settle(side);
    if (host->is_open || host->reason != MN_REASON_NONE ||
        host->partner->host.reason != MN_REASON_NONE) {
        return MN_OK;
    }
    mn_result result = mni_endpoint_make_room(side);
    if (result != MN_OK) {
        return result;
    }
    mni_peer_event event = {.event = {.type = MN_EVENT_CONNECTED, .who = MNI_CONNECTION_HOST},
                            .buffer = host->payload};
    if (host->payload != NULL) {
        event.event.data = host->payload->bytes;
        event.event.size = host->payload->size;
        host->payload = NULL;
    }
    host->is_open = true;
    mni_endpoint_route(side, &event);
    return MN_OK;
}

uint64_t mni_host_next_us(const mni_endpoint *side)
{
    const mni_host *host = &side->host;
    return host->is_open && host->delivered.first == NULL ? MNI_NEVER : side->now_us;
}

mn_result mni_host_statistics(const mni_endpoint *side, mn_statistics *statistics_out)
{
    uint32_t theirs = statistics_out->struct_size;
    if (theirs < STRUCT_SIZE_MIN || theirs > STRUCT_SIZE_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    mn_statistics statistics = {.struct_size = theirs, .queue_bytes = side->host.bytes};
    memcpy(statistics_out, &statistics, theirs < sizeof statistics ? theirs : sizeof statistics);
    return MN_OK;
}
