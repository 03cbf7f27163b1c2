/* SPDX-License-Identifier: MIT */
/*
 * A factory around another one that adds every datagram, with its time and address, to a hash: two
 * runs with the same trace did the same on the wire.
 */
#ifndef SIM_TAP_H
#define SIM_TAP_H

#include "base/hash.h"
#include "support/tap.h"

typedef struct sim_tap {
    test_tap sockets; /* points back here: do not move */
    mni_hash *trace;
    uint64_t packets; /* sent */
    uint64_t bytes;   /* sent */
} sim_tap;

void sim_tap_init(sim_tap *tap, const mn_socket_factory *inner, mni_hash *trace);

#endif
