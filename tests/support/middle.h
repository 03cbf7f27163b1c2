/* SPDX-License-Identifier: MIT */
/*
 * Somebody who stands between: a socket factory around another one that shows each datagram before
 * it leaves, to alter it or to drop it, and that can say one again later as if it came from the
 * same side.
 */
#ifndef SUPPORT_MIDDLE_H
#define SUPPORT_MIDDLE_H

#include <miragenet.h>

#include <stdbool.h>

enum { TEST_MIDDLE_SOCKETS = 16, TEST_MIDDLE_BYTES = 1500, TEST_MIDDLE_KINDS = 6 };

typedef struct test_middle_socket {
    struct test_middle *owner; /* NULL: not open */
    mn_socket inner;
} test_middle_socket;

typedef struct test_middle_packet {
    test_middle_socket *from;
    mn_address to;
    uint32_t size; /* 0: none was seen */
    uint8_t bytes[TEST_MIDDLE_BYTES];
} test_middle_packet;

typedef struct test_middle {
    mn_socket_factory factory; /* give this to the peers; points back here, so do not move */
    mn_socket_factory inner;
    /* May alter it; false: it is dropped. NULL: all pass. */
    bool (*look)(void *user, uint8_t *bytes, uint32_t size);
    void *user;
    test_middle_packet seen[TEST_MIDDLE_KINDS]; /* of each kind of handshake packet the newest that
                                                   was sent, as it was; 0: of data packets */
    uint32_t counts[TEST_MIDDLE_KINDS];         /* how many were sent */
    test_middle_socket sockets[TEST_MIDDLE_SOCKETS];
} test_middle;

void test_middle_init(test_middle *middle, const mn_socket_factory *inner);
/* As it was seen, or as it was altered since. */
void test_middle_say_again(const test_middle_packet *packet, uint64_t now_us);
/* The checksum of a handshake packet is made to fit again. */
void test_middle_seal(uint8_t *bytes, uint32_t size);

#endif
