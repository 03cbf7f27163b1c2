/* SPDX-License-Identifier: MIT */
/*
 * The receiving half of a UDP socket: slots that the system fills, many in one call, and that are
 * given out before they are filled again. A client begins with a few small slots; one call that
 * fills them all shows that it has become busy, and it gets what a server has from the start: large
 * slots, into which the system may put many datagrams that came together.
 */
#ifndef SOCKET_UDP_INBOX_H
#define SOCKET_UDP_INBOX_H

#include "socket/udp_system.h"

typedef struct mni_udp_inbox {
    mni_memory *memory;
    mni_udp_port *port;
    mni_udp_message *messages;
    mni_udp_envelope *envelopes;
    struct iovec *vectors;
    uint8_t *bytes;
    uint32_t slots, slot_size;
    bool is_wide;       /* it has the large slots, or there was no memory for them */
    bool is_joining;    /* a slot may hold several datagrams */
    uint32_t stale;     /* slots from the first on that the system has written to */
    uint32_t count, at; /* slots that are filled, and the next to be given out */
    uint32_t offset;    /* how much of that is given out already; then: */
    uint32_t part;      /* the size of its datagrams */
    mn_address from;    /* where it came from */
} mni_udp_inbox;

/* The port is the caller's. After a failure nothing is held. */
MNI_CHECK mn_result mni_udp_inbox_init(mni_udp_inbox *inbox, mni_memory *memory,
                                       mni_udp_port *port);
void mni_udp_inbox_clear(mni_udp_inbox *inbox);
/* As mn_socket_ops has it. */
mn_result mni_udp_inbox_receive(mni_udp_inbox *inbox, mn_datagram *datagrams, uint32_t capacity);

/* Something can be received without asking the system. */
static inline bool mni_udp_inbox_has_more(const mni_udp_inbox *inbox)
{
    return inbox->at < inbox->count || inbox->port->was_refused;
}

#endif
