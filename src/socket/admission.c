/* SPDX-License-Identifier: MIT */
/*
 * What comes of a connect whose address is proven: the answer that it had before, a new connection,
 * a refusal, or nothing. Comparisons come first, then what costs time, and only what was found good
 * in all of it changes anything: a connect that does not fit the keys leaves no trace.
 */
#include "base/log.h"
#include "socket/address.h"
#include "socket/peer_state.h"

enum {
    REFUSAL_LOG_INTERVAL_US = 1000000,
    PATIENCE_US = 1000000 /* some round trips and losses */
};

static void refuse(mn_peer *peer, const mni_question *asked, int32_t reason)
{
    const mni_handshake reject = {.kind = MNI_REJECT,
                                  .version = MNI_PROTOCOL_VERSION,
                                  .token = asked->connect.token,
                                  .reason = reason};
    uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
    uint32_t size = mni_handshake_write(&reject, bytes, sizeof(bytes));
    mni_peer_send_handshake(peer, asked->from, bytes, size);
    if (peer->clock.now_us >= peer->refusal_log_us) {
        peer->refusal_log_us = peer->clock.now_us + REFUSAL_LOG_INTERVAL_US;
        mni_log_write(peer->config.peer.log, MNI_LOG_REFUSED, (uint64_t)reason);
    }
}

static void accept(mn_peer *peer, const mni_link *link)
{
    mni_peer_send_handshake(peer, mni_links_address(&peer->links, link), link->accept->bytes,
                            link->accept->size);
}

static bool is_paid_for(mn_peer *peer, const mni_question *asked)
{
    return mni_flood_allows_connect(&peer->flood, peer->secret, asked->from, peer->clock.now_us);
}

/* The accept as bytes, and what it agrees on. -1 or the MN_DROP_…. */
static int32_t write_accept(mn_peer *peer, mni_answer *answer, mni_buffer **accept_out,
                            mni_agreement *agreement_out)
{
    mni_buffer *buffer = mni_buffer_take(&peer->buffers, MNI_ACCEPT_SIZE_MAX);
    if (buffer == NULL) {
        return MN_DROP_MEMORY;
    }
    buffer->size = mni_answer_accept(answer, buffer->bytes, agreement_out);
    if (buffer->size == 0) {
        mni_buffer_drop(&peer->buffers, buffer);
        return MN_DROP_KEY;
    }
    *accept_out = buffer;
    return -1;
}

static void keep_answer(mn_peer *peer, mni_link *link, const mni_question *asked,
                        mni_buffer *answer)
{
    mni_buffer_drop(&peer->buffers, link->accept);
    link->accept = answer;
    link->question = asked->hash;
    link->issued_us = asked->issued_us;
}

/* ---- a connect of an attempt that was accepted already */

/* Of what a connect says, which only its client knows where it is encrypted. */
static uint64_t content_of(const mn_peer *peer, const mni_answer *answer)
{
    uint8_t offer[MNI_OFFER_SIZE];
    mni_hash hash;
    mni_offer_write(&answer->offer, offer);
    mni_hash_init(&hash, peer->secret);
    mni_hash_add(&hash, "content", 7); /* the key makes other hashes as well */
    mni_hash_add(&hash, offer, sizeof(offer));
    mni_hash_add(&hash, answer->payload, answer->payload_size);
    return mni_hash_end(&hash);
}

static int32_t change_keys(mn_peer *peer, mni_link *link, const mni_question *asked,
                           mni_answer *answer)
{
    mni_buffer *buffer;
    mni_agreement agreement;
    int32_t drop = write_accept(peer, answer, &buffer, &agreement);
    if (drop < 0) {
        mni_connection_change_keys(&link->connection, agreement.send_key, agreement.receive_key);
        mni_wipe(&agreement, sizeof(agreement));
        keep_answer(peer, link, asked, buffer);
        accept(peer, link);
    }
    return drop;
}

/* The client has begun anew with a later cookie, and cannot open what the first one was answered.
   If it is him: the application was told what the first one said, and gets nobody else for it. */
static int32_t begin_anew(mn_peer *peer, mni_link *link, const mni_question *asked)
{
    if (!is_paid_for(peer, asked)) {
        return MN_DROP_FLOOD;
    }
    mni_answer answer;
    int32_t drop = mni_answer_open(&answer, &peer->config, &asked->connect);
    if (drop < 0) {
        drop = content_of(peer, &answer) == link->content ? change_keys(peer, link, asked, &answer)
                                                          : MN_DROP_COOKIE_USED;
    }
    mni_answer_clear(&answer);
    return drop;
}

static int32_t answer_again(mn_peer *peer, mni_link *link, const mni_question *asked)
{
    if (link->accept == NULL || mni_connection_is_confirmed(&link->connection)) {
        return MN_DROP_COOKIE_USED; /* the client has its answer */
    }
    if (asked->connect.security != link->security ||
        mni_answer_find_fault(&peer->config, &asked->connect) != MN_REASON_NONE) {
        return MN_DROP_COOKIE_USED;
    }
    if (link->security == MNI_SECURITY_PLAIN || asked->hash == link->question) {
        accept(peer, link); /* the first one was lost, or is on its way */
        return -1;
    }
    return asked->issued_us > link->issued_us ? begin_anew(peer, link, asked) : MN_DROP_COOKIE_USED;
}

/* ---- a connect of a new attempt */

/* The table of who is gone knows our own attempts as well, as those of a client without address. */
static uint64_t own_name(const mn_peer *peer, uint64_t token)
{
    const mn_address nobody = {0};
    return mni_used_client(peer->secret, &nobody, token);
}

void mni_peer_note_own(mn_peer *peer, uint64_t token)
{
    if (peer->is_listening) {
        mni_used_add(&peer->used, own_name(peer, token), peer->clock.now_us);
        peer->echo_us = peer->clock.now_us + MNI_COOKIE_LIFETIME_US;
    }
}

/* We said it ourselves to somebody, and it was brought back to us: with a shared key, which is the
   same for both sides, we would take ourselves for him. */
static bool is_our_own(const mn_peer *peer, const mni_question *asked)
{
    if (peer->clock.now_us >= peer->echo_us) {
        return false;
    }
    uint64_t name = own_name(peer, asked->connect.token);
    return mni_used_has(&peer->used, name, peer->clock.now_us) ||
           !mni_used_knows(&peer->used, name, asked->issued_us);
}

/* A connection with the other side, which nobody is ending. */
static bool lasts(const mni_link *link)
{
    return link->state == MNI_LINK_OPEN &&
           mni_connection_state_of(&link->connection) == MNI_CONNECTION_OPEN &&
           mni_connection_is_confirmed(&link->connection);
}

/* Its address connects anew: the client was started again, or somebody speaks under its address.
   The one that we have is asked, and answers or does not. */
static bool is_still_there(mn_peer *peer, mni_link *link)
{
    bool was_asked = link->asked_us > 0;
    if (!lasts(link)) {
        return false;
    }
    if (was_asked && peer->listened_us < link->asked_us + PATIENCE_US) {
        return true; /* its answer may be waiting behind this */
    }
    if (was_asked && mni_connection_heard_us(&link->connection) <= link->asked_us) {
        return false;
    }
    link->asked_us = peer->clock.now_us;
    mni_connection_ask(&link->connection);
    mni_chain_join(&peer->links.due, &link->due);
    return true;
}

/* May it take the place of what we have with its address? */
static bool may_replace(const mni_link *old, const mni_question *asked)
{
    if (old->state == MNI_LINK_DIALING) {
        /* Both connect to each other at the same time: one token is larger, for both sides. */
        return asked->connect.token > old->token;
    }
    /* Of two attempts from one address the one that began later is the one that lives. */
    return asked->issued_us > old->issued_us;
}

static bool is_of_its_network(const mn_peer *peer, const mni_question *asked, const mni_link *link)
{
    return mni_address_network_hash(mni_links_address(&peer->links, link), peer->secret) ==
           mni_address_network_hash(asked->from, peer->secret);
}

/* The oldest of those that are unheard, if its time is over: a second after its accept, which has
   long arrived if there is anybody; and for other networks, a second after its own had the first of
   them. Else NULL. */
static mni_link *find_idler(mn_peer *peer, const mni_question *asked)
{
    mni_chain *chain = &peer->unheard.chain;
    while (!mni_chain_is_empty(chain)) {
        mni_link *link = mni_link_of_unheard(chain->next);
        mni_peer_note_heard(peer, link);
        if (link->unheard.next != NULL) {
            uint64_t since_us = is_of_its_network(peer, asked, link)
                                    ? mni_connection_heard_us(&link->connection)
                                    : mni_unheard_since_us(&peer->unheard, peer->secret,
                                                           mni_links_address(&peer->links, link));
            return peer->listened_us >= since_us + PATIENCE_US ? link : NULL;
        }
    }
    return NULL;
}

static bool is_allowed(const mn_peer *peer, const mni_question *asked, const mni_link *gone)
{
    return mni_unheard_allows(&peer->unheard, peer->secret, asked->from,
                              gone != NULL ? &gone->unheard : NULL, mni_links_room(&peer->links));
}

/* Where its network has too many that are unheard, an idler of those makes room for it.
   gone: whose place it takes, if it is known: what we have with its address, or that idler. */
static bool may_come(mn_peer *peer, const mni_question *asked, mni_link **gone)
{
    if (is_allowed(peer, asked, *gone)) {
        return true;
    }
    mni_link *idler = *gone == NULL ? find_idler(peer, asked) : NULL;
    if (idler == NULL || !is_of_its_network(peer, asked, idler) ||
        !is_allowed(peer, asked, idler)) {
        return false;
    }
    *gone = idler;
    return true;
}

/* Of the same address. Who is ending it already has said why. */
static void replace(mn_peer *peer, mni_link *old)
{
    int32_t code = MN_REASON_REPLACED;
    const char *text = NULL;
    if (old->state == MNI_LINK_OPEN &&
        mni_connection_state_of(&old->connection) != MNI_CONNECTION_OPEN) {
        code = mni_connection_reason(&old->connection, &text);
    }
    mni_peer_end_link(peer, old, code, text);
}

/* A new link with a connection; takes over the buffer in any case. -1 or MN_DROP_MEMORY. */
static int32_t open_link(mn_peer *peer, const mni_question *asked, const mni_answer *answer,
                         mni_agreement *agreement, mni_buffer *buffer)
{
    mni_link *link;
    if (mni_peer_add_link(peer, asked->from, &link) < 0) {
        mni_buffer_drop(&peer->buffers, buffer);
        return MN_DROP_MEMORY;
    }
    mni_unheard_add(&peer->unheard, peer->secret, asked->from, &link->unheard, peer->clock.now_us);
    link->token = asked->connect.token;
    link->security = asked->connect.security;
    link->content = content_of(peer, answer);
    keep_answer(peer, link, asked, buffer);
    if (mni_peer_open_link(peer, link, agreement, answer->payload, answer->payload_size) < 0) {
        mni_peer_remove_link(peer, link);
        return MN_DROP_MEMORY;
    }
    accept(peer, link);
    return -1;
}

static void make_way(mn_peer *peer, const mni_question *asked, mni_link *gone)
{
    if (mni_address_equals(mni_links_address(&peer->links, gone), asked->from)) {
        replace(peer, gone);
    } else {
        mni_peer_end_at_once(peer, gone, MN_REASON_FULL);
    }
}

static int32_t let_in(mn_peer *peer, const mni_question *asked, mni_answer *answer, mni_link *gone)
{
    if (gone == NULL && mni_links_are_full(&peer->links)) {
        gone = find_idler(peer, asked);
        if (gone == NULL) {
            refuse(peer, asked, MN_REASON_FULL);
            return -1;
        }
    }
    mni_buffer *buffer;
    mni_agreement agreement;
    int32_t drop = write_accept(peer, answer, &buffer, &agreement);
    if (drop < 0) {
        if (gone != NULL) {
            make_way(peer, asked, gone);
        }
        drop = open_link(peer, asked, answer, &agreement, buffer);
        mni_wipe(&agreement, sizeof(agreement));
    }
    return drop;
}

int32_t mni_peer_admit(mn_peer *peer, const mni_question *asked)
{
    mni_link *old = mni_links_from(&peer->links, asked->from);
    if (old != NULL && !old->is_ours && old->token == asked->connect.token) {
        return answer_again(peer, old, asked);
    }
    uint64_t client = mni_used_client(peer->secret, asked->from, asked->connect.token);
    if (mni_used_has(&peer->used, client, peer->clock.now_us) ||
        (old != NULL && !may_replace(old, asked))) {
        return MN_DROP_COOKIE_USED;
    }
    if (!mni_used_knows(&peer->used, client, asked->issued_us)) {
        return MN_DROP_COOKIE_ROOM;
    }
    int32_t fault = mni_answer_find_fault(&peer->config, &asked->connect);
    if (fault != MN_REASON_NONE) {
        refuse(peer, asked, fault);
        return fault == MN_REASON_KEY ? MN_DROP_KEY : -1;
    }
    if (old != NULL && is_still_there(peer, old)) {
        return MN_DROP_OCCUPIED;
    }
    mni_link *gone = old;
    if (!may_come(peer, asked, &gone) || !is_paid_for(peer, asked)) {
        return MN_DROP_FLOOD;
    }
    if (is_our_own(peer, asked)) {
        return MN_DROP_COOKIE_USED;
    }
    mni_answer answer;
    int32_t drop = mni_answer_open(&answer, &peer->config, &asked->connect);
    if (drop == MN_DROP_KEY) {
        refuse(peer, asked, MN_REASON_KEY);
    } else if (drop < 0) {
        drop = let_in(peer, asked, &answer, gone);
    }
    mni_answer_clear(&answer);
    return drop;
}
