/* SPDX-License-Identifier: MIT */
/*
 * The five packets by which a connection begins, as bytes; docs/protocol.md describes them. What
 * all protocol versions must agree on to refuse each other by name (kind, version, token, cookie
 * and reason) lies at the same place in all of them, ever.
 *
 *   client   hello ->              -> connect ->
 *   server            <- retry                    <- accept or reject
 */
#ifndef SOCKET_HANDSHAKE_H
#define SOCKET_HANDSHAKE_H

#include "socket/cookie.h"

enum {
    MNI_PROTOCOL_VERSION = 1,
    MNI_SHARE_SIZE = 16,
    MNI_HELLO_SIZE =
        48, /* more than a retry, so that a server answers with fewer bytes than came */
    MNI_HANDSHAKE_SIZE_MAX = 75 + MN_PAYLOAD_MAX
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
    uint8_t security;          /* connect */
    uint64_t token;            /* all: the client's, echoed by the server */
    uint64_t application;      /* connect */
    uint64_t tag;              /* connect, accept */
    uint32_t window;           /* connect, accept: bytes of credit granted at the start */
    uint32_t max_packet_size;  /* connect, accept */
    uint32_t max_message_size; /* connect, accept */
    int32_t reason;            /* reject */
    uint32_t size;             /* of data */
    const uint8_t *cookie;     /* retry, connect: MNI_COOKIE_SIZE bytes */
    const uint8_t *share;      /* connect, accept: MNI_SHARE_SIZE bytes */
    const uint8_t *data;       /* connect: payload; reject: text */
} mni_handshake;

static inline bool mni_is_handshake(uint8_t first_byte)
{
    return (first_byte & 0x80) != 0;
}

/* -1 when it is whole and valid, else the MN_DROP_…. Pointers lead into bytes. Of a connect of
   another version only kind, version, token and cookie are read. */
int32_t mni_handshake_read(const uint8_t *bytes, uint32_t size, mni_handshake *packet_out);
/* The size; capacity is that of this packet at least. */
uint32_t mni_handshake_write(const mni_handshake *packet, uint8_t *bytes, uint32_t capacity);

/* The keys of the checksums of data packets, one for each direction. They keep out who does not see
   the packets, and nobody else: the shares travel in the open. */
void mni_handshake_keys(const uint8_t client_share[MNI_SHARE_SIZE],
                        const uint8_t server_share[MNI_SHARE_SIZE], uint64_t token,
                        uint8_t client_to_server_out[MNI_HASH_KEY_SIZE],
                        uint8_t server_to_client_out[MNI_HASH_KEY_SIZE]);

#endif
