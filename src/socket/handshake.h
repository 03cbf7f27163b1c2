/* SPDX-License-Identifier: MIT */
/*
 * The five packets by which a connection begins, as bytes; docs/protocol_handshake.md describes
 * them. What all protocol versions must agree on to refuse each other by name (kind, version,
 * token, cookie and reason) lies at the same place in all of them, ever.
 *
 *   client   hello ->              -> connect ->
 *   server            <- retry                    <- accept or reject
 *
 * In plain mode connect and accept carry what each side brings along in the open. Else they carry
 * the two messages of a Noise handshake, and those carry it.
 */
#ifndef SOCKET_HANDSHAKE_H
#define SOCKET_HANDSHAKE_H

#include "socket/cookie.h"
#include "socket/crypto/noise.h"
#include "socket/offer.h"

/* The security byte of a connect. */
typedef enum mni_security {
    MNI_SECURITY_PLAIN = 1,
    MNI_SECURITY_NN,
    MNI_SECURITY_NN_PSK,
    MNI_SECURITY_NK,
    MNI_SECURITY_NK_PSK
} mni_security;

enum {
    MNI_PROTOCOL_VERSION = 1,
    MNI_SHARE_SIZE = 16,
    MNI_HELLO_SIZE =
        48, /* more than a retry, so that a server answers with fewer bytes than came */
    MNI_RETRY_SIZE = 30,
    MNI_CONNECT_HEAD_SIZE = 35, /* what comes before share or Noise message */
    MNI_PROLOGUE_SIZE = MNI_HELLO_SIZE + MNI_RETRY_SIZE + MNI_CONNECT_HEAD_SIZE,
    /* The payloads of the two Noise messages. */
    MNI_FIRST_PAYLOAD_MAX = MNI_OFFER_SIZE + MN_PAYLOAD_MAX,
    MNI_SECOND_PAYLOAD_SIZE = MNI_OFFER_SIZE,
    MNI_HANDSHAKE_SIZE_MAX = MNI_CONNECT_HEAD_SIZE + MNI_NOISE_OVERHEAD + MNI_FIRST_PAYLOAD_MAX + 4,
    MNI_ACCEPT_SIZE_MAX = 10 + MNI_NOISE_OVERHEAD + MNI_SECOND_PAYLOAD_SIZE + 4
};

typedef enum mni_handshake_kind {
    MNI_HELLO = 1, /* client: I would like to connect */
    MNI_RETRY,     /* server: say it again with this cookie */
    MNI_CONNECT,   /* client: here it is, and who I am */
    MNI_ACCEPT,    /* server: the connection stands */
    MNI_REJECT     /* server: no, and why */
} mni_handshake_kind;

/* Any of them. Which members a kind has stands beside each; the others are zero. */
typedef struct mni_handshake {
    mni_handshake_kind kind;
    uint8_t version;
    uint8_t security;      /* connect: a mni_security, or one that is unknown */
    uint64_t token;        /* all: the client's, echoed by the server */
    uint64_t application;  /* connect */
    mni_offer offer;       /* plain connect, plain accept */
    int32_t reason;        /* reject */
    uint32_t size;         /* of data */
    const uint8_t *cookie; /* retry, connect: MNI_COOKIE_SIZE bytes */
    const uint8_t *share;  /* plain connect, plain accept: MNI_SHARE_SIZE bytes */
    const uint8_t *data;   /* plain connect: payload; other connect and accept: the Noise message;
                              reject: text */
} mni_handshake;

static inline bool mni_is_handshake(uint8_t first_byte)
{
    return (first_byte & 0x80) != 0;
}

static inline bool mni_security_is_sealed(uint8_t security)
{
    return security >= MNI_SECURITY_NN && security <= MNI_SECURITY_NK_PSK;
}

/* Of one that is sealed. */
static inline mni_pattern mni_security_pattern(uint8_t security)
{
    return (mni_pattern)(security - MNI_SECURITY_NN + MNI_PATTERN_NN);
}

/* -1 when it is whole and valid, else the MN_DROP_…. Pointers lead into bytes. Of a connect of
   another version only kind, version, token and cookie are read; of one with an unknown security
   all before its share. */
int32_t mni_handshake_read(const uint8_t *bytes, uint32_t size, mni_handshake *packet_out);
/* The size; capacity is that of this packet at least. */
uint32_t mni_handshake_write(const mni_handshake *packet, uint8_t *bytes, uint32_t capacity);

/* All that both sides have said before the first Noise message: the hello, the retry (whose server
   spoke this version) and the head of this connect. */
void mni_handshake_prologue(const mni_handshake *connect, uint8_t retry_version,
                            uint8_t prologue_out[MNI_PROLOGUE_SIZE]);

/* In plain mode: the keys of the checksums of data packets, one for each direction. They keep out
   who does not see the packets, and nobody else: the shares travel in the open. */
void mni_handshake_keys(const uint8_t client_share[MNI_SHARE_SIZE],
                        const uint8_t server_share[MNI_SHARE_SIZE], uint64_t token,
                        uint8_t client_to_server_out[MNI_HASH_KEY_SIZE],
                        uint8_t server_to_client_out[MNI_HASH_KEY_SIZE]);

#endif
