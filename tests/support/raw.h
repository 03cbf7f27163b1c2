/* SPDX-License-Identifier: MIT */
/*
 * A client made by hand: a socket that says handshake packets to the server of a world, in any
 * order, late, twice and forged.
 */
#ifndef SUPPORT_RAW_H
#define SUPPORT_RAW_H

#include "socket/handshake.h"
#include "support/peers.h"

typedef struct test_raw {
    mn_socket socket;
    uint8_t version; /* of its hellos and connects */
    uint64_t token;
    uint8_t cookie[MNI_COOKIE_SIZE];
    uint8_t share[MNI_SHARE_SIZE];
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
mni_handshake test_raw_connect_of(const test_raw *raw);

/* The kind of the next handshake packet that came, 0 if none did. */
uint32_t test_raw_hear(test_raw *raw);
/* The server looks once, and the answer is heard. */
uint32_t test_raw_answer(test_peers *world, test_raw *raw);
void test_raw_get_cookie(test_peers *world, test_raw *raw);
void test_raw_join(test_peers *world, test_raw *raw);

#endif
