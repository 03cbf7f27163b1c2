/* SPDX-License-Identifier: MIT */
/*
 * The gate: what handshake packets do. For the side that listens, everything up to a connect with a
 * proven cookie is answered from the packet alone and leaves no trace. The side that connects
 * believes what echoes its token, which nobody knows who does not see its packets.
 */
#include "base/log.h"
#include "socket/peer_state.h"
#include "socket/reason.h"

#include <string.h>

enum { REFUSAL_LOG_INTERVAL_US = 1000000 };

static void say(mn_peer *peer, const mn_address *to, const mni_handshake *packet)
{
    uint8_t *bytes = mni_batch_begin(&peer->batch, peer->clock.told_us);
    if (bytes == NULL) { /* stuck: the client asks again */
        mni_peer_count_drop(peer, MN_DROP_SEND_FAILED);
        return;
    }
    mni_batch_end(&peer->batch, to, mni_handshake_write(packet, bytes, peer->batch.datagram_size));
}

static void add_offer(const mn_peer *peer, const mni_link *link, mni_handshake *packet)
{
    packet->share = link->share;
    packet->tag = peer->config.peer.tag;
    packet->window = peer->config.peer.receive_window_bytes;
    packet->max_packet_size = peer->config.peer.max_packet_size;
    packet->max_message_size = peer->config.peer.max_message_size;
}

/* ---- the side that listens */

/* -1 or the MN_DROP_…. */
static int32_t take_hello(mn_peer *peer, const mn_datagram *datagram, const mni_handshake *hello)
{
    const mn_address *from = &datagram->address;
    if (!mni_flood_allows(&peer->flood, peer->secret, from, peer->clock.now_us)) {
        return MN_DROP_FLOOD;
    }
    const mni_cookie_claim claim = {from, datagram->bytes, datagram->size};
    uint8_t cookie[MNI_COOKIE_SIZE];
    mni_cookie_make(cookie, peer->secret, &claim, peer->clock.now_us);
    say(peer, from,
        &(mni_handshake){.kind = MNI_RETRY,
                         .version = MNI_PROTOCOL_VERSION,
                         .token = hello->token,
                         .cookie = cookie});
    return -1;
}

static void refuse(mn_peer *peer, const mn_address *to, uint64_t token, int32_t reason)
{
    say(peer, to,
        &(mni_handshake){
            .kind = MNI_REJECT, .version = MNI_PROTOCOL_VERSION, .token = token, .reason = reason});
    if (peer->clock.now_us >= peer->refusal_log_us) {
        peer->refusal_log_us = peer->clock.now_us + REFUSAL_LOG_INTERVAL_US;
        mni_log_write(peer->config.peer.log, MNI_LOG_REFUSED, (uint64_t)reason);
    }
}

static void accept(mn_peer *peer, const mni_link *link)
{
    mni_handshake packet = {
        .kind = MNI_ACCEPT, .version = MNI_PROTOCOL_VERSION, .token = link->token};
    add_offer(peer, link, &packet);
    say(peer, mni_links_address(&peer->links, link), &packet);
}

static int32_t find_mismatch(const mn_peer *peer, const mni_handshake *connect)
{
    if (connect->version != MNI_PROTOCOL_VERSION) {
        return MN_REASON_VERSION;
    }
    if (connect->application != peer->config.peer.application) {
        return MN_REASON_APPLICATION;
    }
    if (connect->security != peer->config.peer.security) {
        return MN_REASON_SECURITY;
    }
    return MN_REASON_NONE;
}

/* May this connect take the place of what we have with its address? */
static bool may_replace(const mni_link *old, const mni_handshake *connect, uint64_t issued_us)
{
    if (old->state == MNI_LINK_DIALING) {
        /* Both connect to each other at the same time: one token is larger, for both sides. */
        return connect->token > old->token;
    }
    /* Of two attempts from one address the one that began later is the one that lives. */
    return issued_us > old->issued_us;
}

/* A new link with a connection; MN_ERROR_FULL or _MEMORY, and nothing has changed. */
static mn_result admit(mn_peer *peer, const mn_address *from, const mni_handshake *connect,
                       uint64_t issued_us)
{
    mni_link *link;
    mn_result result = mni_peer_add_link(peer, from, &link);
    if (result < 0) {
        return result;
    }
    link->token = connect->token;
    link->issued_us = issued_us;
    result = mni_config_random(&peer->config, link->share, MNI_SHARE_SIZE);
    if (result >= 0) {
        result = mni_peer_open_link(peer, link, connect);
    }
    if (result < 0) {
        mni_peer_remove_link(peer, link);
        return MN_ERROR_MEMORY;
    }
    accept(peer, link);
    return MN_OK;
}

/* A connect whose address is proven. -1 or the MN_DROP_…. */
static int32_t take_proven(mn_peer *peer, const mn_address *from, const mni_handshake *connect,
                           uint64_t issued_us)
{
    uint64_t now_us = peer->clock.now_us;
    uint64_t client = mni_used_client(peer->secret, from, connect->token);
    mni_link *old = mni_links_from(&peer->links, from);
    if (old != NULL && !old->is_ours && old->token == connect->token) {
        accept(peer, old); /* the first one was lost, or is on its way */
        return -1;
    }
    if (mni_used_has(&peer->used, client, now_us) ||
        (old != NULL && !may_replace(old, connect, issued_us))) {
        return MN_DROP_COOKIE_USED;
    }
    int32_t mismatch = find_mismatch(peer, connect);
    if (mismatch != MN_REASON_NONE) {
        refuse(peer, from, connect->token, mismatch);
        return -1;
    }
    if (!mni_used_add(&peer->used, client, issued_us + MNI_COOKIE_LIFETIME_US, now_us)) {
        return MN_DROP_COOKIE_ROOM;
    }
    if (old != NULL) {
        mni_peer_end_link(peer, old, MN_REASON_REPLACED, NULL);
    }
    mn_result result = admit(peer, from, connect, issued_us);
    if (result == MN_OK) {
        return -1;
    }
    mni_used_remove(&peer->used, client);
    if (result == MN_ERROR_FULL) {
        refuse(peer, from, connect->token, MN_REASON_FULL);
        return -1;
    }
    return MN_DROP_MEMORY;
}

static int32_t take_connect(mn_peer *peer, const mn_address *from, const mni_handshake *connect)
{
    /* There is one hello that is right for this token: where another one came, somebody altered it
       on its way. */
    uint8_t hello[MNI_HELLO_SIZE];
    uint32_t size = mni_handshake_write(
        &(mni_handshake){.kind = MNI_HELLO, .version = connect->version, .token = connect->token},
        hello, sizeof(hello));
    const mni_cookie_claim claim = {from, hello, size};
    uint64_t issued_us;
    if (!mni_cookie_check(connect->cookie, peer->secret, &claim, peer->clock.now_us, &issued_us)) {
        return MN_DROP_COOKIE;
    }
    return take_proven(peer, from, connect, issued_us);
}

/* ---- the side that connects */

void mni_peer_say(mn_peer *peer, const mni_link *link)
{
    mni_handshake packet = {
        .kind = MNI_HELLO, .version = MNI_PROTOCOL_VERSION, .token = link->token};
    if (link->dialer.has_cookie) {
        packet.kind = MNI_CONNECT;
        packet.cookie = link->dialer.cookie;
        packet.application = peer->config.peer.application;
        packet.security = (uint8_t)peer->config.peer.security;
        packet.data = link->payload->bytes;
        packet.size = link->payload->size;
        add_offer(peer, link, &packet);
    }
    say(peer, mni_links_address(&peer->links, link), &packet);
}

static int32_t take_retry(mn_peer *peer, mni_link *link, const mni_handshake *retry)
{
    if (!mni_dialer_take_retry(&link->dialer, retry->cookie, peer->clock.now_us)) {
        return MN_DROP_HANDSHAKE;
    }
    mni_chain_join(&peer->links.due, &link->due);
    return -1;
}

static int32_t take_accept(mn_peer *peer, mni_link *link, const mni_handshake *packet)
{
    link->issued_us = peer->clock.now_us;
    return mni_peer_open_link(peer, link, packet) == MN_OK ? -1 : MN_DROP_MEMORY;
}

static int32_t take_reject(mn_peer *peer, mni_link *link, const mni_handshake *reject)
{
    mni_reason reason;
    mni_reason_set(&reason, reject->reason, reject->data, reject->size);
    mni_peer_end_link(peer, link, reason.code, reason.text);
    return -1;
}

static int32_t take_answer(mn_peer *peer, const mn_address *from, const mni_handshake *packet)
{
    mni_link *link = mni_peer_link_from(peer, from);
    if (link == NULL || link->state != MNI_LINK_DIALING || link->token != packet->token) {
        return MN_DROP_HANDSHAKE;
    }
    switch (packet->kind) {
    case MNI_RETRY:
        return take_retry(peer, link, packet);
    case MNI_ACCEPT:
        return take_accept(peer, link, packet);
    case MNI_REJECT:
        return take_reject(peer, link, packet);
    case MNI_HELLO:
    case MNI_CONNECT:
        break;
    }
    return MN_DROP_HANDSHAKE;
}

void mni_peer_take_closed(mn_peer *peer, const mn_address *address)
{
    /* Once there is a connection, this is believed to nobody: it is easily forged, and a server
       that is really gone is noticed by its silence. */
    mni_link *link = mni_peer_link_from(peer, address);
    if (link != NULL && link->state == MNI_LINK_DIALING && mni_dialer_take_closed(&link->dialer)) {
        mni_peer_end_link(peer, link, MN_REASON_UNREACHABLE, NULL);
    }
}

/* ---- both */

void mni_peer_take_handshake(mn_peer *peer, const mn_datagram *datagram)
{
    mni_handshake packet;
    const mn_address *from = &datagram->address;
    int32_t drop = mni_handshake_read(datagram->bytes, datagram->size, &packet);
    if (drop < 0) {
        bool is_question = packet.kind == MNI_HELLO || packet.kind == MNI_CONNECT;
        if (!is_question) {
            drop = take_answer(peer, from, &packet);
        } else if (!peer->is_listening) {
            drop = MN_DROP_HANDSHAKE;
        } else if (packet.kind == MNI_HELLO) {
            drop = take_hello(peer, datagram, &packet);
        } else {
            drop = take_connect(peer, from, &packet);
        }
    }
    if (drop >= 0) {
        mni_peer_count_drop(peer, drop);
    }
}
