/* SPDX-License-Identifier: MIT */
/*
 * A socket factory around another one, for a test that looks at what passes: what carries datagrams
 * goes to functions of the test, and every other call to the inner socket.
 */
#ifndef SUPPORT_TAP_H
#define SUPPORT_TAP_H

#include <miragenet.h>

typedef struct test_tap test_tap;

typedef struct test_tapped { /* a socket of it */
    mn_socket inner;
    test_tap *tap;
    uint32_t index; /* 0: a server's; the clients' count from 1 as they are opened */
} test_tapped;

/* What stands in the place of the inner socket's functions, which it calls itself. */
typedef struct test_tap_ops {
    void (*opened)(const test_tapped *socket); /* by a client; NULL: of no interest */
    mn_result (*send)(const test_tapped *socket, const mn_datagram *datagrams, uint32_t count,
                      uint64_t now_us);
    mn_result (*receive)(const test_tapped *socket, mn_datagram *datagrams, uint32_t capacity,
                         uint64_t now_us);
} test_tap_ops;

struct test_tap {
    mn_socket_factory factory; /* what the peers use; points back here: do not move */
    const mn_socket_factory *inner;
    const test_tap_ops *ops;
    void *user; /* of the ops */
    uint32_t clients;
};

void test_tap_init(test_tap *tap, const mn_socket_factory *inner, const test_tap_ops *ops,
                   void *user);

/* On the inner socket. */
mn_result test_tapped_send(const test_tapped *socket, const mn_datagram *datagrams, uint32_t count,
                           uint64_t now_us);
mn_result test_tapped_receive(const test_tapped *socket, mn_datagram *datagrams, uint32_t capacity,
                              uint64_t now_us);

#endif
