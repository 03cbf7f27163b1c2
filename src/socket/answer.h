/* SPDX-License-Identifier: MIT */
/*
 * The listening side of one handshake: from a connect whose address is proven to the keys of a
 * connection and to the accept that lets the other side make the same. It lives on the stack while
 * one packet is looked at. What is cheap comes first:
 *
 *   find_fault    is there anything that both sides have differently? (no computation)
 *   open          what is in the connect? (with a pinned key: one X25519)
 *   accept        the keys, and what to say (two more)
 */
#ifndef SOCKET_ANSWER_H
#define SOCKET_ANSWER_H

#include "socket/config.h"
#include "socket/handshake.h"

typedef struct mni_answer {
    const mni_config *config;
    const mni_handshake *connect;
    mni_offer offer;        /* the client's; from here on: after open */
    const uint8_t *payload; /* of its application; the connect's, or in here */
    uint32_t payload_size;
    uint8_t share[MNI_SHARE_SIZE]; /* plain: ours */
    mni_noise noise;               /* else */
    uint8_t opened[MNI_KEY_SIZE + MNI_TAG_SIZE + MNI_FIRST_PAYLOAD_MAX];
} mni_answer;

/* MN_REASON_NONE or why it is refused. */
int32_t mni_answer_find_fault(const mni_config *config, const mni_handshake *connect);
/* Of a connect without fault, which lasts as long as the answer. -1; MN_DROP_KEY: it was not
   written for our keys; MN_DROP_MEMORY: there is no randomness just now. clear follows in any
   case. */
MNI_CHECK int32_t mni_answer_open(mni_answer *answer, const mni_config *config,
                                  const mni_handshake *connect);
/* The size of the accept, and what was agreed on but for what concerns time. 0: the client's key
   share is none. */
MNI_CHECK uint32_t mni_answer_accept(mni_answer *answer, uint8_t accept_out[MNI_ACCEPT_SIZE_MAX],
                                     mni_agreement *agreement_out);
void mni_answer_clear(mni_answer *answer); /* wipes it */

#endif
