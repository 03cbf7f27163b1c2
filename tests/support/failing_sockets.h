/* SPDX-License-Identifier: MIT */
/*
 * A socket factory that fails on purpose: it wraps another one and lets each kind of call give an
 * error, after so many calls and for so many calls, before the inner socket hears of it. Without a
 * plan it passes everything on.
 */
#ifndef SUPPORT_FAILING_SOCKETS_H
#define SUPPORT_FAILING_SOCKETS_H

#include <miragenet.h>

enum failing_call {
    FAILING_OPEN_SERVER,
    FAILING_OPEN_CLIENT,
    FAILING_SEND,
    FAILING_RECEIVE,
    FAILING_WAIT,
    FAILING_ADDRESS,
    FAILING_CALLS
};

#define FAILING_FOREVER UINT32_MAX
enum { FAILING_SOCKETS_MAX = 64 };

typedef struct failing_socket {
    struct failing_sockets *owner; /* NULL: not open */
    mn_socket inner;
} failing_socket;

typedef struct failing_plan {
    uint32_t after; /* calls that still go well */
    uint32_t times; /* calls that then fail; FAILING_FOREVER: all */
    mn_result result;
    int error; /* errno of a failed open */
} failing_plan;

typedef struct failing_sockets {
    mn_socket_factory factory; /* give this to what is tested; points back here, so do not move */
    mn_socket_factory inner;
    failing_plan plans[FAILING_CALLS];
    uint32_t calls[FAILING_CALLS];  /* made so far, failed ones included */
    uint32_t failed[FAILING_CALLS]; /* of these */
    uint32_t open;                  /* sockets: 0 at the end, or one leaked */
    uint32_t closed_datagrams;      /* left to deliver: see failing_sockets_close_peer */
    uint64_t waited_us;             /* the timeout that the last wait was called with */
    mn_address closed_address;
    failing_socket sockets[FAILING_SOCKETS_MAX];
} failing_sockets;

void failing_sockets_init(failing_sockets *failing, const mn_socket_factory *inner);
/* Lets a kind of call fail with `result`; replaces the plan before. times 0: no more. */
void failing_sockets_plan(failing_sockets *failing, enum failing_call call, uint32_t after,
                          uint32_t times, mn_result result);
/* The next receive with room begins with a datagram that says that `address` is gone. */
void failing_sockets_close_peer(failing_sockets *failing, const mn_address *address);

#endif
