/* SPDX-License-Identifier: MIT */
/*
 * The connections of a peer, from the first hello on, and the ways to find them: by id, by address,
 * by time, and by what is to be done. A link is what the peer knows of a connection: where the
 * other side is, how it was agreed upon; the connection itself knows neither. Links never move.
 */
#ifndef SOCKET_LINKS_H
#define SOCKET_LINKS_H

#include "base/slots.h"
#include "base/timer.h"
#include "socket/attempt.h"
#include "socket/chain.h"
#include "socket/connection_state.h"
#include "socket/lookup.h"

typedef enum mni_link_state {
    MNI_LINK_DIALING, /* we connect and have no answer yet; there is no connection */
    MNI_LINK_OPEN     /* there is a connection, until it is over */
} mni_link_state;

typedef struct mni_link {
    mni_chain due;     /* has something to do now */
    mni_chain queued;  /* has something for the next flush */
    mni_chain unheard; /* socket/unheard.h */
    uint32_t id, index;
    mni_link_state state;
    bool is_ours;     /* we connected */
    uint8_t security; /* OPEN: of the handshake, a mni_security */
    uint64_t user;
    uint64_t tag;              /* the other side's */
    mni_connection connection; /* OPEN */
    uint64_t token;            /* of the handshake */
    /* When the cookie that it came with was made; of ours: when it was accepted. */
    uint64_t issued_us;
    uint64_t asked_us;    /* when it was asked whether it is still there; 0: never */
    uint64_t question;    /* a hash of the connect that was answered with accept */
    uint64_t content;     /* and one of the offer and the payload in it. Both not ours */
    mni_buffer *accept;   /* as it was said; until it is seen that it arrived. Not ours */
    mni_attempt *attempt; /* DIALING */
} mni_link;

typedef struct mni_links {
    mni_memory *memory;
    mni_link **at; /* by index */
    mni_slots slots;
    mni_lookup lookup;
    mni_timers timers;
    mni_pool pool;
    mni_chain due, queued;
} mni_links;

/* key: of the lookup. After a failure nothing is held. */
MNI_CHECK mn_result mni_links_init(mni_links *links, mni_memory *memory, uint32_t max,
                                   const uint8_t key[MNI_HASH_KEY_SIZE]);
void mni_links_clear(mni_links *links);
/* A zeroed link with id and index; no link has this address. MN_ERROR_FULL or MN_ERROR_MEMORY. */
MNI_CHECK mn_result mni_links_add(mni_links *links, const mn_address *address, mni_link **link_out);
void mni_links_remove(mni_links *links, mni_link *link);

static inline uint32_t mni_links_count(const mni_links *links)
{
    return links->slots.count;
}

static inline bool mni_links_are_full(const mni_links *links)
{
    return links->slots.count == links->slots.capacity;
}

static inline uint32_t mni_links_room(const mni_links *links)
{
    return links->slots.capacity - links->slots.count;
}

/* All give NULL where there is none. */
mni_link *mni_links_find(const mni_links *links, uint32_t id);
mni_link *mni_links_from(const mni_links *links, const mn_address *address);
void mni_link_fetch(const mni_link *link); /* it will be needed soon; NULL is allowed */
mni_link *mni_links_next(const mni_links *links, const mni_link *link); /* NULL: the first */
mni_link *mni_links_pop_timer(mni_links *links, uint64_t now_us);       /* it is due, and unset */

void mni_links_set_timer(mni_links *links, const mni_link *link, uint64_t due_us);
const mn_address *mni_links_address(const mni_links *links, const mni_link *link);

static inline mni_link *mni_link_of_due(mni_chain *element)
{
    return (mni_link *)(void *)((char *)element - offsetof(mni_link, due));
}

static inline mni_link *mni_link_of_unheard(mni_chain *element)
{
    return (mni_link *)(void *)((char *)element - offsetof(mni_link, unheard));
}

static inline mni_link *mni_link_of_queued(mni_chain *element)
{
    return (mni_link *)(void *)((char *)element - offsetof(mni_link, queued));
}

#endif
