/* SPDX-License-Identifier: MIT */
/*
 * What every socket factory must do, as a suite that runs against any of them: the bundled ones in
 * our tests, yours in your own. It needs nothing but miragenet.h and the C library.
 *
 * The factory must be one that loses nothing in the suite's small traffic (UDP on the loopback
 * interface, a lossy wrapper that only delays); order is not asked for.
 */
#ifndef SUPPORT_SOCKET_CONFORMANCE_H
#define SUPPORT_SOCKET_CONFORMANCE_H

#include <miragenet.h>

typedef struct socket_conformance_case {
    const mn_socket_factory *factory;
    mn_address bind;  /* where servers may be opened; an IP address has port 0 */
    uint64_t step_us; /* how much later it is at each look for a datagram; 0: 1 ms */
    uint32_t looks;   /* in vain, before a datagram counts as lost; 0: 500 */
    uint32_t unused;
    /* Called at each look: time passes for whatever is behind the sockets. May be NULL. */
    void (*advance)(void *user, uint64_t now_us);
    void *user;
} socket_conformance_case;

/* NULL, or what the factory does not do: a sentence of what was expected. All sockets that were
   opened are closed again. */
const char *socket_conformance(const socket_conformance_case *subject);

#endif
