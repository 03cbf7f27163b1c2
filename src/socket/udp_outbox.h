/* SPDX-License-Identifier: MIT */
/*
 * The sending half of a UDP socket. Datagrams go in one call, as many as there are; those in a row
 * that have one receiver and one size go as one message, where the system cuts it.
 */
#ifndef SOCKET_UDP_OUTBOX_H
#define SOCKET_UDP_OUTBOX_H

#include "socket/udp_system.h"

typedef struct mni_udp_outbox {
    mni_memory *memory;
    mni_udp_port *port;
    mni_udp_message *messages;
    mni_udp_envelope *envelopes; /* one for each message */
    struct iovec *vectors;       /* one for each datagram */
    uint32_t capacity;           /* messages */
    bool can_cut;
    bool has_asked; /* whether the system can cut */
} mni_udp_outbox;

/* The port is the caller's. After a failure nothing is held. */
MNI_CHECK mn_result mni_udp_outbox_init(mni_udp_outbox *outbox, mni_memory *memory,
                                        mni_udp_port *port);
void mni_udp_outbox_clear(mni_udp_outbox *outbox);
/* As mn_socket_ops has it. */
mn_result mni_udp_outbox_send(mni_udp_outbox *outbox, const mn_datagram *datagrams, uint32_t count);

#endif
