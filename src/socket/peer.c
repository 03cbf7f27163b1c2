/* SPDX-License-Identifier: MIT */
/*
 * A peer: a socket and the connections over it. This file is its life (create, listen, connect,
 * disconnect, close) and the order in which things happen in update and flush; what happens is in
 * the files that socket/peer_state.h lists.
 */
#include "base/log.h"
#include "socket/address.h"
#include "socket/peer_state.h"
#include "socket/reason.h"
#include "socket/socket.h"

#include <errno.h>

enum {
    /* What a peer with one connection usually sends between two calls. */
    CLIENT_BATCH = 4,
    /* Datagrams taken in by one update: a flood must not keep it from ever ending. */
    RECEIVE_ROUNDS_MAX = 256,
    /* So many datagrams later is needed what is fetched now. */
    FETCH_AHEAD = 2,
    /* When a socket that was full is tried again. */
    RETRY_US = 1000
};

/* ---- create and destroy */

static mn_result create(const mni_config *config, mn_peer **peer_out)
{
    uint8_t key[MNI_HASH_KEY_SIZE];
    mn_result result = mni_config_random(config, key, sizeof(key));
    if (result < 0) {
        return result;
    }
    mn_peer *peer = mni_memory_create_root(config->peer.allocator, config->peer.memory_limit,
                                           sizeof(*peer), offsetof(mn_peer, memory));
    if (peer == NULL) {
        return MN_ERROR_MEMORY;
    }
    result = mni_links_init(&peer->links, &peer->memory, config->peer.max_connections, key);
    if (result < 0) {
        mni_memory_destroy_root(peer, sizeof(*peer), offsetof(mn_peer, memory));
        return result;
    }
    mni_config_copy(config, &peer->config);
    mni_buffers_init(&peer->buffers, &peer->memory);
    mni_events_init(&peer->events, &peer->memory);
    mni_shared_init(&peer->shared, &peer->config.peer, &peer->memory, &peer->buffers, &peer->events,
                    &peer->counters);
    mni_clock_init(&peer->clock, peer->config.peer.clock_gap_us);
    peer->error_text = "";
    *peer_out = peer;
    return MN_OK;
}

mn_result mn_peer_create(const mn_peer_config *config, mn_peer **peer_out)
{
    if (peer_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *peer_out = NULL;
    mni_config read;
    mn_result result = mni_config_read(config, &read);
    if (result < 0) {
        return result;
    }
    result = create(&read, peer_out);
    mni_config_clear(&read);
    return result;
}

void mn_peer_destroy(mn_peer *peer)
{
    if (peer == NULL) {
        return;
    }
    if (mni_peer_is_open(peer)) {
        (void)mn_peer_close(peer);
    }
    MNI_ASSERT(peer->events.reserved == 0); /* each link has used or given back its places */
    mni_events_clear(&peer->events, &peer->buffers);
    mni_links_clear(&peer->links);
    mni_shared_clear(&peer->shared);
    mni_buffers_clear(&peer->buffers);
    mni_config_clear(&peer->config);
    mni_memory_destroy_root(peer, sizeof(*peer), offsetof(mn_peer, memory));
}

/* ---- the socket */

static void close_socket(mn_peer *peer)
{
    mni_batch_retry(&peer->batch, peer->clock.told_us);
    mni_batch_clear(&peer->batch);
    mni_socket_close(&peer->socket);
    if (peer->is_listening) {
        mni_unheard_clear(&peer->unheard);
        mni_flood_clear(&peer->flood);
        mni_used_clear(&peer->used);
        mni_wipe(peer->secret, sizeof(peer->secret));
    }
    peer->is_listening = false;
    peer->dialed = 0;
}

/* A socket of its own goes with the connection that it was for. */
static void close_if_idle(mn_peer *peer)
{
    if (!peer->is_listening && mni_links_count(&peer->links) == 0) {
        close_socket(peer);
    }
}

static mn_result note_failure(mn_peer *peer, mn_result result)
{
    int error = errno;
    if (result == MN_ERROR_NETWORK) {
        const char *text = mni_socket_error_text(error);
        if (text != peer->error_text) { /* a broken socket says the same at every update */
            mni_log_write(peer->config.peer.log, MNI_LOG_SOCKET_FAILED, (uint64_t)error);
        }
        peer->error_text = text;
    }
    return result;
}

static mn_result open_server(mn_peer *peer, const mn_address *bind)
{
    const mni_config *config = &peer->config;
    mn_result result = mni_config_random(config, peer->secret, sizeof(peer->secret));
    if (result < 0) {
        return result;
    }
    result = mni_batch_init(&peer->batch, &peer->memory, &peer->counters, MNI_BATCH_MAX,
                            MNI_BATCH_MAX, config->peer.max_packet_size);
    if (result < 0) {
        return result;
    }
    result = mni_used_init(&peer->used, &peer->memory, config->peer.max_connections);
    if (result < 0) {
        goto fail_used;
    }
    result = mni_flood_init(&peer->flood, &peer->memory, peer->clock.now_us);
    if (result < 0) {
        goto fail_flood;
    }
    result = mni_unheard_init(&peer->unheard, &peer->memory);
    if (result < 0) {
        goto fail_unheard;
    }
    result = note_failure(peer, mni_socket_open_server(&config->sockets, bind, &peer->socket));
    if (result < 0) {
        goto fail_socket;
    }
    mni_batch_reset(&peer->batch, &peer->socket);
    return MN_OK;

fail_socket:
    mni_unheard_clear(&peer->unheard);
fail_unheard:
    mni_flood_clear(&peer->flood);
fail_flood:
    mni_used_clear(&peer->used);
fail_used:
    mni_batch_clear(&peer->batch);
    return result;
}

mn_result mn_peer_listen(mn_peer *peer, const mn_address *bind)
{
    if (peer == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (mni_peer_is_open(peer)) {
        return MN_ERROR_STATE;
    }
    mn_result result = open_server(peer, bind);
    if (result < 0) {
        return result;
    }
    peer->is_listening = true;
    peer->error_text = "";
    mn_address address = {0};
    (void)peer->socket.ops->address(peer->socket.self, &address);
    mni_log_write(peer->config.peer.log, MNI_LOG_STARTED, address.port);
    return MN_OK;
}

static mn_result open_client(mn_peer *peer, const mn_address *remote)
{
    const mni_config *config = &peer->config;
    mn_result result = mni_batch_init(&peer->batch, &peer->memory, &peer->counters, CLIENT_BATCH,
                                      MNI_BATCH_MAX, config->peer.max_packet_size);
    if (result < 0) {
        return result;
    }
    result = note_failure(peer, mni_socket_open_client(&config->sockets, remote, &peer->socket));
    if (result < 0) {
        mni_batch_clear(&peer->batch);
        return result;
    }
    mni_batch_reset(&peer->batch, &peer->socket);
    return MN_OK;
}

/* ---- connections */

static mn_result make_dialing(mn_peer *peer, const mn_address *remote, const void *payload,
                              uint32_t size, mni_link **link_out)
{
    mni_link *link;
    mn_result result = mni_peer_add_link(peer, remote, &link);
    if (result < 0) {
        return result;
    }
    link->is_ours = true;
    link->attempt = mni_allocate(&peer->memory, sizeof(*link->attempt));
    result = MN_ERROR_MEMORY;
    if (link->attempt != NULL) {
        result = mni_attempt_init(link->attempt, &peer->config, &peer->buffers, payload, size);
    }
    if (result < 0) {
        mni_peer_remove_link(peer, link);
        return result;
    }
    link->token = link->attempt->token;
    *link_out = link;
    return MN_OK;
}

static bool may_connect(const mn_peer *peer, const mn_address *remote)
{
    return peer->is_listening ? mni_links_from(&peer->links, remote) == NULL
                              : !mni_peer_is_open(peer);
}

mn_result mn_peer_connect(mn_peer *peer, const mn_address *remote, const void *payload,
                          uint32_t size, mn_connection *connection_out)
{
    if (peer == NULL || remote == NULL || connection_out == NULL || (payload == NULL && size > 0) ||
        (remote->kind == MNI_ADDRESS_IP && remote->port == 0)) {
        return MN_ERROR_ARGUMENT;
    }
    if (size > MN_PAYLOAD_MAX) {
        return MN_ERROR_TOO_LARGE;
    }
    if (!may_connect(peer, remote)) {
        return MN_ERROR_STATE;
    }
    mni_link *link;
    mn_result result = make_dialing(peer, remote, payload, size, &link);
    if (result < 0) {
        return result;
    }
    if (!peer->is_listening) {
        result = open_client(peer, remote);
        if (result < 0) {
            mni_peer_remove_link(peer, link);
            return result;
        }
        peer->dialed = link->id;
    }
    peer->error_text = "";
    mni_chain_join(&peer->links.due, &link->due);
    connection_out->id = link->id;
    return MN_OK;
}

mn_result mn_peer_disconnect(mn_peer *peer, mn_connection connection, int32_t reason,
                             const char *text)
{
    if (peer == NULL || reason < 0 || reason > UINT16_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    mni_link *link = mni_peer_find(peer, connection.id);
    if (link == NULL) {
        return MN_ERROR_STALE;
    }
    if (link->state == MNI_LINK_DIALING) {
        mni_reason own;
        mni_reason_set_text(&own, reason, text);
        mni_peer_end_link(peer, link, own.code, own.text);
        close_if_idle(peer);
        return MN_OK;
    }
    mni_connection_end(&link->connection, reason, text, peer->config.peer.close_timeout_us,
                       peer->clock.now_us);
    mni_chain_join(&peer->links.due, &link->due);
    return MN_OK;
}

mn_result mn_peer_close(mn_peer *peer)
{
    if (peer == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (!mni_peer_is_open(peer)) {
        return MN_ERROR_STATE;
    }
    mni_link *next;
    for (mni_link *link = mni_links_next(&peer->links, NULL); link != NULL; link = next) {
        next = mni_links_next(&peer->links, link);
        mni_peer_end_at_once(peer, link, MN_REASON_STOPPED);
    }
    close_socket(peer);
    mni_log_write(peer->config.peer.log, MNI_LOG_STOPPED, 0);
    return MN_OK;
}

/* ---- update and flush */

static void take_datagram(mn_peer *peer, const mn_datagram *datagram)
{
    if (datagram->flags & MN_DATAGRAM_CLOSED) {
        mni_peer_take_closed(peer, &datagram->address);
        return;
    }
    peer->counters.packets_received++;
    peer->counters.bytes_received += datagram->size;
    if (datagram->size == 0 || (datagram->flags & MN_DATAGRAM_TRUNCATED) != 0) {
        mni_peer_count_drop(peer, MN_DROP_EMPTY);
        return;
    }
    if (mni_is_handshake(datagram->bytes[0])) {
        mni_peer_take_handshake(peer, datagram);
        return;
    }
    mni_link *link = mni_peer_link_from(peer, &datagram->address);
    if (link == NULL || link->state != MNI_LINK_OPEN) {
        mni_peer_count_drop(peer, MN_DROP_UNKNOWN);
        return;
    }
    int32_t drop = mni_connection_receive(&link->connection, datagram->bytes, datagram->size,
                                          peer->clock.now_us);
    if (drop >= 0) {
        mni_peer_count_drop(peer, drop);
    }
    mni_chain_join(&peer->links.due, &link->due);
}

static void forget_polled(mn_peer *peer)
{
    mni_peer_event event;
    for (; peer->polled > 0 && mni_peer_take_event(peer, &event); peer->polled--) {
        mni_peer_return_event(peer, &event);
    }
}

static mn_result receive(mn_peer *peer)
{
    mn_datagram datagrams[MNI_SOCKET_BATCH];
    for (uint32_t round = 0; round < RECEIVE_ROUNDS_MAX; round++) {
        errno = 0;
        mn_result count = peer->socket.ops->receive(peer->socket.self, datagrams, MNI_SOCKET_BATCH,
                                                    peer->clock.told_us);
        if (count < 0) {
            return note_failure(peer, MN_ERROR_NETWORK);
        }
        if (count > MNI_SOCKET_BATCH) { /* a factory of the game's own that counts wrongly */
            count = MNI_SOCKET_BATCH;
        }
        bool was_last = count == 0;
        for (int32_t i = 0; i < count; i++) {
            if (i + FETCH_AHEAD < count) {
                mni_link_fetch(mni_links_from(&peer->links, &datagrams[i + FETCH_AHEAD].address));
            }
            take_datagram(peer, &datagrams[i]);
            was_last = (datagrams[i].flags & MN_DATAGRAM_LAST) != 0;
        }
        if (was_last) {
            peer->listened_us = peer->clock.now_us;
            break;
        }
    }
    return MN_OK;
}

static void advance_clock(mn_peer *peer, uint64_t now_us)
{
    if (!mni_clock_advance(&peer->clock, now_us)) {
        return;
    }
    for (mni_link *link = mni_links_next(&peer->links, NULL); link != NULL;
         link = mni_links_next(&peer->links, link)) {
        if (link->state == MNI_LINK_OPEN) {
            mni_connection_clock_jumped(&link->connection);
        }
    }
}

mn_result mn_peer_update(mn_peer *peer, uint64_t now_us)
{
    if (peer == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    advance_clock(peer, now_us);
    forget_polled(peer);
    if (!mni_peer_is_open(peer)) {
        return MN_OK;
    }
    mni_batch_retry(&peer->batch, peer->clock.told_us);
    mn_result result = receive(peer);
    mni_peer_run_timers(peer);
    mni_peer_take_turns(peer, false);
    mni_batch_send(&peer->batch, peer->clock.told_us);
    mni_peer_stamp_events(peer);
    close_if_idle(peer);
    return result;
}

mn_result mn_peer_flush(mn_peer *peer, uint64_t now_us)
{
    if (peer == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    advance_clock(peer, now_us);
    if (!mni_peer_is_open(peer)) {
        return MN_OK;
    }
    mni_batch_retry(&peer->batch, peer->clock.told_us);
    mni_peer_take_turns(peer, true);
    mni_peer_take_turns(peer, false);
    mni_batch_send(&peer->batch, peer->clock.told_us);
    mni_peer_stamp_events(peer);
    close_if_idle(peer);
    return MN_OK;
}

uint64_t mn_peer_next_us(const mn_peer *peer)
{
    if (peer == NULL || !mni_peer_is_open(peer)) {
        return MNI_NEVER;
    }
    uint64_t due_us = mni_timers_next_us(&peer->links.timers);
    if (peer->batch.is_stuck) {
        due_us = peer->clock.now_us + RETRY_US;
    } else if (!mni_chain_is_empty(&peer->links.due)) {
        due_us = peer->clock.now_us;
    }
    uint64_t next_us = mni_clock_told_us(&peer->clock, due_us);
    uint64_t socket_us = peer->socket.ops->next_us(peer->socket.self);
    return socket_us < next_us ? socket_us : next_us;
}

mn_result mn_peer_wait(mn_peer *peer, uint64_t timeout_us)
{
    if (peer == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (!mni_peer_is_open(peer)) {
        return MN_ERROR_STATE;
    }
    errno = 0;
    return note_failure(peer, peer->socket.ops->wait(peer->socket.self, timeout_us));
}
