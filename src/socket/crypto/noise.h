/* SPDX-License-Identifier: MIT */
/*
 * The two messages of a Noise handshake (the Noise Protocol Framework, revision 34) in the patterns
 * that end with the second: NN, NNpsk0, NK and NKpsk0, all with 25519, ChaChaPoly and BLAKE2s. It
 * knows nothing of packets: payloads go in and messages come out, and the other way round.
 *
 *   client   init, write (the first)                          read (the second), split
 *   server   init,                    read (the first), write (the second),      split
 */
#ifndef SOCKET_CRYPTO_NOISE_H
#define SOCKET_CRYPTO_NOISE_H

#include "socket/crypto/crypto.h"

typedef enum mni_pattern {
    MNI_PATTERN_NN,     /*              -> e             <- e, ee */
    MNI_PATTERN_NN_PSK, /*              -> psk, e        <- e, ee */
    MNI_PATTERN_NK,     /* <- s ...     -> e, es         <- e, ee */
    MNI_PATTERN_NK_PSK  /* <- s ...     -> psk, e, es    <- e, ee */
} mni_pattern;

/* Whether the payload of the first message is encrypted. */
static inline bool mni_pattern_seals_first(mni_pattern pattern)
{
    return pattern != MNI_PATTERN_NN;
}

/* Of both messages: what they are longer than their payload, at most. */
enum { MNI_NOISE_OVERHEAD = MNI_KEY_SIZE + MNI_TAG_SIZE };

/* What a side brings along. Pointers are read by init alone; those its pattern and side do not need
   are not read. */
typedef struct mni_noise_keys {
    const uint8_t *shared;         /* psk: 32 bytes, on both sides */
    const uint8_t *server_public;  /* NK: of the server, on both sides */
    const uint8_t *server_private; /* NK: on the server */
    const uint8_t *ephemeral;      /* 32 random bytes, for this handshake alone */
} mni_noise_keys;

typedef struct mni_noise {
    mni_pattern pattern;
    bool is_client;
    bool has_key;          /* from here on payloads are encrypted */
    uint32_t message_next; /* how many were written or read: 0 to 2 */
    uint8_t key[MNI_KEY_SIZE];
    uint8_t chaining_key[MNI_HASH_SIZE];
    uint8_t hash[MNI_HASH_SIZE]; /* of all that both sides know in common; no secret */
    uint8_t shared[MNI_KEY_SIZE];
    uint8_t own_static[MNI_KEY_SIZE];       /* the server's private key */
    uint8_t remote_static[MNI_KEY_SIZE];    /* the server's public key, on the client */
    uint8_t own_ephemeral[MNI_KEY_SIZE];    /* private */
    uint8_t remote_ephemeral[MNI_KEY_SIZE]; /* public */
} mni_noise;

void mni_noise_init(mni_noise *noise, mni_pattern pattern, bool is_client, const void *prologue,
                    size_t prologue_size, const mni_noise_keys *keys);
/* message_out has room for size + MNI_NOISE_OVERHEAD bytes and is not the payload; the size of the
   message. 0: the other side's public key is none and nothing can be said, or it is not our turn;
   the handshake is as it was before, and message_out means nothing. */
MNI_CHECK uint32_t mni_noise_write(mni_noise *noise, const uint8_t *payload, uint32_t size,
                                   uint8_t *message_out);
/* payload_out has room for the message's size and is not the message. False: it is not what the
   other side wrote, or not its turn; nothing has changed. In NN nothing tells whose the first
   message is: any 32 bytes that are a public key will do, and what follows them is the payload. */
MNI_CHECK bool mni_noise_read(mni_noise *noise, const uint8_t *message, uint32_t size,
                              uint8_t *payload_out, uint32_t *payload_size_out);
/* After the second message: the keys of both directions. */
void mni_noise_split(const mni_noise *noise, uint8_t client_to_server_out[MNI_KEY_SIZE],
                     uint8_t server_to_client_out[MNI_KEY_SIZE]);
void mni_noise_clear(mni_noise *noise); /* wipes it */

#endif
