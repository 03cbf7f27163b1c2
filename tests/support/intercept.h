/* SPDX-License-Identifier: MIT */
/*
 * A man in the middle: a socket factory that wraps another one and shows every datagram to him
 * before it goes on, if he lets it. He keeps all that he has seen, and speaks to either side as the
 * other one, also when that one is gone: he keeps its socket.
 *
 * Each client socket makes a line between itself and whatever listens at the address that it
 * calls.
 */
#ifndef SUPPORT_INTERCEPT_H
#define SUPPORT_INTERCEPT_H

#include <miragenet.h>

#include <stdbool.h>

enum { INTERCEPT_LINES_MAX = 32, INTERCEPT_SERVERS_MAX = 4, INTERCEPT_PACKET_MAX = 1472 };

typedef struct intercept_packet {
    uint32_t line;
    bool to_server;
    uint32_t size;
    uint8_t bytes[INTERCEPT_PACKET_MAX];
} intercept_packet;

typedef struct intercept intercept;

typedef struct intercept_socket {
    intercept *owner; /* NULL: never opened */
    mn_socket inner;
    mn_address local, remote; /* remote: of a client */
    bool is_open;
} intercept_socket;

struct intercept {
    mn_socket_factory factory; /* give this to the peers; points back here, so do not move */
    mn_socket_factory inner;
    uint64_t now_us; /* of the newest call */
    uint32_t line_count;
    intercept_socket lines[INTERCEPT_LINES_MAX]; /* the clients' sockets */
    intercept_socket servers[INTERCEPT_SERVERS_MAX];
    intercept_packet *seen; /* all that was sent, oldest first; grows */
    uint32_t seen_count, seen_capacity;
    /* What becomes of a datagram that was sent; it lasts for the call. NULL: it passes. */
    void (*handle)(void *user, const intercept_packet *packet);
    void *user;
};

void intercept_init(intercept *way, const mn_socket_factory *inner);
/* Closes the sockets that he kept, and frees what he has seen. All peers are gone. */
void intercept_clear(intercept *way);
/* To one side of a line, as if the other one had sent it. */
void intercept_inject(intercept *way, uint32_t line, bool to_server, const void *bytes,
                      uint32_t size);
void intercept_pass(intercept *way, const intercept_packet *packet);
/* The newest that was sent on a line in this direction and begins with this byte; NULL: none. */
const intercept_packet *intercept_find(const intercept *way, uint32_t line, bool to_server,
                                       uint8_t first_byte);
/* How many were sent, on all lines, that begin with this byte. */
uint32_t intercept_count(const intercept *way, uint8_t first_byte);
/* Handshake packets end in a checksum under a public key: anybody can make it right. */
void intercept_fix_checksum(uint8_t *bytes, uint32_t size);

#endif
