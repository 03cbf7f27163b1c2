/* SPDX-License-Identifier: MIT */
/*
 * The gate: what handshake packets do. For the side that listens, everything up to a connect with a
 * proven cookie is answered from the packet alone and leaves no trace. The side that connects
 * believes what echoes its token, which nobody knows who does not see its packets.
 */
#include "socket/peer_state.h"
#include "socket/reason.h"

/* ---- the side that listens */

/* -1 or the MN_DROP_…. */
static int32_t take_hello(mn_peer *peer, const mn_datagram *datagram, const mni_handshake *hello)
{
    const mn_address *from = &datagram->address;
    if (!mni_flood_allows_hello(&peer->flood, peer->secret, from, peer->clock.now_us)) {
        return MN_DROP_FLOOD;
    }
    const mni_cookie_claim claim = {from, datagram->bytes, datagram->size};
    uint8_t cookie[MNI_COOKIE_SIZE];
    mni_cookie_make(cookie, peer->secret, &claim, peer->clock.now_us);
    const mni_handshake retry = {.kind = MNI_RETRY,
                                 .version = MNI_PROTOCOL_VERSION,
                                 .token = hello->token,
                                 .cookie = cookie};
    uint8_t bytes[MNI_RETRY_SIZE];
    uint32_t size = mni_handshake_write(&retry, bytes, sizeof(bytes));
    mni_peer_send_handshake(peer, from, bytes, size);
    return -1;
}

static uint64_t hash_of(const mn_peer *peer, const mn_datagram *datagram)
{
    mni_hash hash;
    mni_hash_init(&hash, peer->secret);
    mni_hash_add(&hash, "connect", 7); /* the key makes other hashes as well */
    mni_hash_add(&hash, datagram->bytes, datagram->size);
    return mni_hash_end(&hash);
}

static int32_t take_connect(mn_peer *peer, const mn_datagram *datagram,
                            const mni_handshake *connect)
{
    /* There is one hello that is right for this token: where another one came, somebody altered it
       on its way. */
    const mni_handshake right = {
        .kind = MNI_HELLO, .version = connect->version, .token = connect->token};
    uint8_t hello[MNI_HELLO_SIZE];
    const mni_cookie_claim claim = {&datagram->address, hello,
                                    mni_handshake_write(&right, hello, sizeof(hello))};
    mni_question asked = {.from = &datagram->address, .connect = *connect};
    if (!mni_cookie_check(connect->cookie, peer->secret, &claim, peer->clock.now_us,
                          &asked.issued_us)) {
        return MN_DROP_COOKIE;
    }
    asked.hash = hash_of(peer, datagram);
    return mni_peer_admit(peer, &asked);
}

/* ---- the side that connects */

static int32_t take_retry(mn_peer *peer, mni_link *link, const mni_handshake *retry)
{
    if (!mni_attempt_take_retry(link->attempt, retry, peer->clock.now_us)) {
        return MN_DROP_HANDSHAKE;
    }
    mni_peer_note_own(peer, link->token);
    mni_chain_join(&peer->links.due, &link->due);
    return -1;
}

static int32_t take_accept(mn_peer *peer, mni_link *link, const mni_handshake *packet)
{
    mni_agreement agreement;
    int32_t drop = mni_attempt_take_accept(link->attempt, &peer->config, packet, &agreement);
    if (drop < 0) {
        link->issued_us = peer->clock.now_us;
        mn_result result = mni_peer_open_link(peer, link, &agreement, NULL, 0);
        drop = result == MN_OK ? -1 : MN_DROP_MEMORY;
        mni_wipe(&agreement, sizeof(agreement));
    }
    return drop;
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
    if (link != NULL && link->state == MNI_LINK_DIALING &&
        mni_dialer_take_closed(&link->attempt->dialer)) {
        mni_peer_end_link(peer, link, MN_REASON_UNREACHABLE, NULL);
    }
}

/* ---- both */

void mni_peer_take_handshake(mn_peer *peer, const mn_datagram *datagram)
{
    mni_handshake packet;
    int32_t drop = mni_handshake_read(datagram->bytes, datagram->size, &packet);
    if (drop < 0) {
        bool is_question = packet.kind == MNI_HELLO || packet.kind == MNI_CONNECT;
        if (!is_question) {
            drop = take_answer(peer, &datagram->address, &packet);
        } else if (!peer->is_listening) {
            drop = MN_DROP_HANDSHAKE;
        } else if (packet.kind == MNI_HELLO) {
            drop = take_hello(peer, datagram, &packet);
        } else {
            drop = take_connect(peer, datagram, &packet);
        }
    }
    if (drop >= 0) {
        mni_peer_count_drop(peer, drop);
    }
}
