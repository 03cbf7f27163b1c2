/* SPDX-License-Identifier: MIT */
/* See host.h. */
#include "message/host.h"

#include "base/how.h"
#include "message/endpoint_state.h"
#include "message/utf8.h"

#include <string.h>

enum { STRUCT_SIZE_MIN = 8, STRUCT_SIZE_MAX = 4096 };

/* ---- fates of notify messages */

static void drop(mni_endpoint *side, mni_parcel *parcel)
{
    mni_buffer_drop(mni_endpoint_buffers(side), parcel->buffer);
    mni_parcels_give(&side->host.parcels, parcel);
}

/* Into the place that was promised when it was posted. */
static void tell_fate(mni_endpoint *side, const mni_parcel *parcel)
{
    mn_event event = {.type = parcel->is_lost ? MN_EVENT_LOST : MN_EVENT_DELIVERED,
                      .token = parcel->token,
                      .time_us = side->now_us};
    if (side->is_server) {
        event.who = side->host.player->id;
        event.user = side->host.player->user;
    }
    mni_inbox_redeem(&side->inbox, &(mni_inbox_entry){.event = event});
}

/* It waits no more; whoever is to be told of it is told with the next update. */
static void settle(mni_endpoint *side, mni_parcel *parcel, bool is_lost)
{
    if (parcel->mode == MN_NOTIFY) {
        parcel->is_lost = is_lost;
        mni_parcel_list_push(&side->host.settled, parcel);
    } else {
        drop(side, parcel);
    }
}

static void tell_fates(mni_endpoint *side)
{
    mni_parcel *parcel;
    while ((parcel = mni_parcel_list_pop(&side->host.settled)) != NULL) {
        tell_fate(side, parcel);
        drop(side, parcel);
    }
}

static uint32_t lose_list(mni_endpoint *side, mni_parcel_list list)
{
    uint32_t count = 0;
    mni_parcel *parcel;
    while ((parcel = mni_parcel_list_pop(&list)) != NULL) {
        settle(side, parcel, true);
        count++;
    }
    return count;
}

static void lose_expired(mni_endpoint *side)
{
    uint64_t now_us = mni_endpoint_steady_us(side);
    mni_parcel_list expired = mni_parcels_expire(&side->host.parcels, now_us);
    mni_endpoint_counts(side)->dropped[MN_DROP_EXPIRED] += lose_list(side, expired);
}

static void lose_all(mni_endpoint *side)
{
    static const mni_parcel_kind kinds[] = {MNI_PARCEL_CONTROL, MNI_PARCEL_MESSAGE,
                                            MNI_PARCEL_CALL};
    for (uint32_t i = 0; i < 3; i++) {
        while (mni_parcels_peek(&side->host.parcels, kinds[i]) != NULL) {
            settle(side, mni_parcels_take(&side->host.parcels, kinds[i]), true);
        }
    }
    tell_fates(side);
}

/* ---- joining and parting */

void mni_host_init(mni_host *host, mni_memory *memory)
{
    *host = (mni_host){0};
    mni_parcels_init(&host->parcels, memory);
}

void mni_host_clear(mni_host *host)
{
    MNI_ASSERT(host->partner == NULL);
    mni_parcels_clear(&host->parcels);
}

static void join(mni_endpoint *side, mni_endpoint *partner, const mn_peer_config *config)
{
    mni_host *host = &side->host;
    MNI_ASSERT(host->partner == NULL && host->parcels.bytes == 0);
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

static bool is_full(const mni_host *host, uint32_t size) /* as in the socket floor */
{
    uint64_t bytes = (uint64_t)host->parcels.bytes + size + MNI_PARCEL_COST;
    return bytes > host->bytes_max && host->parcels.bytes > 0;
}

mn_result mni_host_post(mni_endpoint *side, mni_buffer *buffer, uint32_t how, uint64_t token)
{
    mni_host *host = &side->host;
    if (is_full(host, buffer->size)) {
        lose_expired(side);
    }
    if (is_full(host, buffer->size)) {
        return MN_ERROR_FULL;
    }
    uint64_t now_us = mni_endpoint_steady_us(side);
    uint64_t expires_us = mni_how_expires_ms(how) * UINT64_C(1000);
    mni_parcel parcel = {.buffer = buffer,
                         .token = token,
                         .posted_us = now_us,
                         .expires_us = expires_us > 0 ? now_us + expires_us : UINT64_MAX,
                         .mode = (uint8_t)mni_how_mode(how),
                         .channel = (uint8_t)mni_how_channel(how)};
    MNI_ASSERT(parcel.channel < MNI_CHANNELS);
    bool is_notify = parcel.mode == MN_NOTIFY;
    if (is_notify && mni_inbox_promise(&side->inbox) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    if (mni_parcels_add(&host->parcels, &parcel) == NULL) {
        if (is_notify) {
            mni_inbox_recall(&side->inbox);
        }
        return MN_ERROR_MEMORY;
    }
    (void)mni_buffer_share(buffer);
    return MN_OK;
}

uint32_t mni_host_cancel(mni_endpoint *side, uint64_t token)
{
    return lose_list(side, mni_parcels_recall(&side->host.parcels, token));
}

/* Alone it may always, however large. */
static bool has_credit(const mni_host *host, const mni_parcel *parcel)
{
    uint64_t unread = (uint64_t)host->unread + mni_parcel_cost(parcel);
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
                            .credit = mni_parcel_cost(parcel)};
    side->host.unread += event.credit;
    mni_endpoint_route(to, &event);
    return MN_OK;
}

mn_result mni_host_deliver(mni_endpoint *side, mni_parcel_kind kind)
{
    mni_host *host = &side->host;
    mni_endpoint *partner = host->partner;
    if (!host->is_open || !partner->host.is_open || partner->host.reason != MN_REASON_NONE) {
        return MN_OK;
    }
    mni_endpoint_advance(partner, side->now_us); /* both have the same clock, and it arrives now */
    lose_expired(side);
    const mni_parcel *next;
    while ((next = mni_parcels_peek(&host->parcels, kind)) != NULL && has_credit(host, next)) {
        mn_result result = hand_over(side, next);
        if (result != MN_OK) {
            return result;
        }
        settle(side, mni_parcels_take(&host->parcels, kind), false);
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
    tell_fates(side);
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
    return host->is_open && host->settled.first == NULL ? MNI_NEVER : side->now_us;
}

mn_result mni_host_statistics(const mni_endpoint *side, mn_statistics *statistics_out)
{
    uint32_t theirs = statistics_out->struct_size;
    if (theirs < STRUCT_SIZE_MIN || theirs > STRUCT_SIZE_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_parcels *parcels = &side->host.parcels;
    uint64_t now_us = mni_endpoint_steady_us(side);
    mn_statistics statistics = {.struct_size = theirs,
                                .queue_us = mni_parcels_waiting_us(parcels, now_us),
                                .queue_bytes = parcels->bytes};
    memcpy(statistics_out, &statistics, theirs < sizeof statistics ? theirs : sizeof statistics);
    return MN_OK;
}
