/* SPDX-License-Identifier: MIT */
/*
 * What each side of a connection tells the other about itself in the handshake, and what follows
 * from both: of limits, the smaller one.
 */
#ifndef SOCKET_OFFER_H
#define SOCKET_OFFER_H

#include "socket/connection.h"

typedef struct mni_offer {
    uint64_t tag;    /* for the floors above */
    uint32_t window; /* bytes of credit granted at the start */
    uint32_t max_packet_size;
    uint32_t max_message_size;
} mni_offer;

enum { MNI_OFFER_SIZE = 20 }; /* as bytes */

mni_offer mni_offer_of(const mn_peer_config *config);
void mni_offer_write(const mni_offer *offer, uint8_t bytes_out[MNI_OFFER_SIZE]);
/* False: a value is out of its range. */
MNI_CHECK bool mni_offer_read(const uint8_t bytes[MNI_OFFER_SIZE], mni_offer *offer_out);
/* Adds to an agreement what follows from their offer and our config. */
void mni_offer_agree(const mni_offer *theirs, const mn_peer_config *config,
                     mni_agreement *agreement);

#endif
