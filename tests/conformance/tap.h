/* SPDX-License-Identifier: MIT */
/*
 * A socket factory around another one that writes every datagram to the standard output, one a
 * line: time, sender > receiver, what becomes of it if it does not simply arrive, bytes. The line
 * keeps the order, so that of arrivals it is enough to say when they are.
 *
 *   1005000 a>s 8101…        the client a sends to the server
 *   1005000 s>a lost 8201…   it will never arrive
 *   1005000 s>a twice 8201…  it will arrive twice
 *   1005000 s>a late 8201…   it waits before the line,
 *   1030000 s>a now          and goes on, while others have overtaken it
 *   1025000 s<a              the oldest that is under way from a reaches the server
 *
 * Which ones are lost, doubled or late is told by the script.
 */
#ifndef CONFORMANCE_TAP_H
#define CONFORMANCE_TAP_H

#include "support/tap.h"

enum { TAP_SERVER = 0, TAP_CLIENT = 1, TAP_SOCKETS_MAX = 17, TAP_BYTES_MAX = 1500 };

typedef struct tap_fate { /* of what one side sends */
    uint32_t lose_next;   /* so many from now on */
    uint32_t lose_every;  /* one in so many; 0: none */
    uint32_t double_next;
    uint32_t delay_every; /* one in so many is late, but one at a time; 0: none */
    uint32_t count;
} tap_fate;

typedef struct tap_late { /* what waits */
    mn_datagram datagram; /* size 0: nothing */
    char from;            /* its sender, */
    uint64_t until_us;    /* which lets it go with an update after that */
    uint8_t bytes[TAP_BYTES_MAX];
} tap_late;

typedef struct wire_tap {
    test_tap sockets; /* what server and clients use; points back here: do not move */
    char name;        /* of the client whose socket opens next */
    tap_fate fates[2];
    tap_late late;
    char names[TAP_SOCKETS_MAX]; /* by the index of a socket; s: the server's */
    mn_address addresses[TAP_SOCKETS_MAX];
} wire_tap;

void tap_init(wire_tap *tap, const mn_socket_factory *inner);

#endif
