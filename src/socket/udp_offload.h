/* SPDX-License-Identifier: MIT */
/*
 * Many datagrams of one size as one large message, which the system cuts (GSO) or has put together
 * (GRO): one passage through its network code instead of dozens. Linux since 4.18 and 5.0; where it
 * is missing, the functions say so and nothing else changes.
 */
#ifndef SOCKET_UDP_OFFLOAD_H
#define SOCKET_UDP_OFFLOAD_H

#include "socket/udp_system.h"

/* Whether the system cuts what is sent. */
bool mni_udp_offload_can_cut(int descriptor);
/* From now on what arrives may be joined, or not any more. False: it never is. */
bool mni_udp_offload_join(int descriptor, bool joins);
/* The message, which is to be sent, is to be cut into datagrams of this size; the last may be
   smaller. */
void mni_udp_offload_cut(struct msghdr *header, mni_udp_envelope *envelope, uint32_t size);
/* Whether a failure to send means that the system, or the device, does not cut after all. */
bool mni_udp_offload_was_refused(int error);
/* Makes room for the size of the datagrams in a message that is to be received. */
void mni_udp_offload_ask(struct msghdr *header, mni_udp_envelope *envelope);
/* The size of each datagram in a message that came but the last, or `size`, its own. */
uint32_t mni_udp_offload_size(struct msghdr *header, uint32_t size);

#endif
