/* SPDX-License-Identifier: MIT */
/*
 * An attempt to connect: what is said and when, and what is believed of the answers. It exists from
 * mn_peer_connect until there is a connection or none, and then is forgotten with its secrets. Each
 * retry that is taken begins a new handshake with fresh secrets, for which the connect is written
 * once and then repeated as it is: one secret never serves two handshakes.
 */
#ifndef SOCKET_ATTEMPT_H
#define SOCKET_ATTEMPT_H

#include "socket/config.h"
#include "socket/dialer.h"
#include "socket/handshake.h"

typedef struct mni_attempt {
    mni_dialer dialer;
    uint64_t token;
    uint8_t share[MNI_SHARE_SIZE]; /* plain: ours, the same for the whole attempt */
    uint8_t security;              /* a mni_security */
    uint8_t retry_version;
    bool was_deceived;     /* an accept came that was not written for our keys */
    mni_noise noise;       /* from the first connect on */
    mni_buffer *payload;   /* of our application */
    uint32_t connect_size; /* 0: not written yet */
    uint8_t connect[MNI_HANDSHAKE_SIZE_MAX];
} mni_attempt;

/* MN_ERROR_MEMORY or, without randomness, _NETWORK; clear follows in any case. */
MNI_CHECK mn_result mni_attempt_init(mni_attempt *attempt, const mni_config *config,
                                     mni_buffers *buffers, const void *payload, uint32_t size);
void mni_attempt_clear(mni_attempt *attempt, mni_buffers *buffers); /* wipes it */

/* What is to be said now, a hello or a connect: its size. 0: nothing, for want of randomness. */
uint32_t mni_attempt_write(mni_attempt *attempt, const mni_config *config,
                           uint8_t bytes_out[MNI_HANDSHAKE_SIZE_MAX]);
/* These answers have our token. False: no retry was asked for. */
bool mni_attempt_take_retry(mni_attempt *attempt, const mni_handshake *retry, uint64_t now_us);
/* -1, and what was agreed on but for what concerns time, or the MN_DROP_…. It may come again. */
int32_t mni_attempt_take_accept(mni_attempt *attempt, const mni_config *config,
                                const mni_handshake *accept, mni_agreement *agreement_out);
/* Why it came to nothing, when its time is over. */
int32_t mni_attempt_reason(const mni_attempt *attempt);
/* What goes in the first packets of the connection, and is taken over: NULL where the connect had
   it already. */
mni_buffer *mni_attempt_take_payload(mni_attempt *attempt);

#endif
