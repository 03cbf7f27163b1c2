/* SPDX-License-Identifier: MIT */
/*
 * A client made by hand: a socket that says handshake packets to the server of a world, in any
 * order, late, twice and forged. Its keys are those of support/security.h.
 */
#ifndef SUPPORT_RAW_H
#define SUPPORT_RAW_H

#include "socket/handshake.h"
#include "support/peers.h"

typedef struct test_raw {
    mn_socket socket;
    uint8_t version;  /* of its hellos and connects */
    uint8_t security; /* of its connects; plain unless set */
    uint64_t token;
    const char *payload; /* of its application; NULL: none */
    uint8_t cookie[MNI_COOKIE_SIZE];
    uint8_t share[MNI_SHARE_SIZE];
    uint8_t ephemeral[MNI_KEY_SIZE]; /* of the last connect; each has another */
    mni_noise noise;                 /* likewise */
    uint8_t message[MNI_NOISE_OVERHEAD + MNI_FIRST_PAYLOAD_MAX];
    uint8_t said[MNI_HANDSHAKE_SIZE_MAX]; /* the last of these that was said */
    uint32_t said_size;
    uint8_t bytes[1500]; /* of the handshake packet received last */
    uint32_t size;
    mni_handshake packet; /* the same, read */
} test_raw;

test_raw test_raw_open(test_peers *world, const mn_address *from, uint64_t token);
void test_raw_close(test_raw *raw);

void test_raw_send(test_raw *raw, const void *bytes, uint32_t size);
/* With the checksum that belongs to what is in it in its last bytes. */
void test_raw_send_sealed(test_raw *raw, uint8_t *bytes, uint32_t size);
/* These return the size of what was said. */
uint32_t test_raw_say(test_raw *raw, const mni_handshake *packet);
uint32_t test_raw_hello(test_raw *raw);
uint32_t test_raw_connect(test_raw *raw);
mni_handshake test_raw_connect_of(test_raw *raw); /* begins another Noise handshake */
void test_raw_repeat(test_raw *raw);              /* what was said last */

/* The kind of the next handshake packet that came, 0 if none did. */
uint32_t test_raw_hear(test_raw *raw);
/* The server looks once, and the answer is heard. */
uint32_t test_raw_answer(test_peers *world, test_raw *raw);
void test_raw_get_cookie(test_peers *world, test_raw *raw);
void test_raw_join(test_peers *world, test_raw *raw);
/* Does the accept that came belong to the last connect? */
bool test_raw_opens_accept(const test_raw *raw);

#endif
