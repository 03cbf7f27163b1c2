/* SPDX-License-Identifier: MIT */
/* The round trip time, as RFC 9002, section 5, estimates it. */
#ifndef SOCKET_RTT_H
#define SOCKET_RTT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct mni_rtt {
    uint64_t min_us;
    uint64_t latest_us;
    uint64_t smoothed_us;
    uint64_t variance_us;
    uint64_t adjusted_us; /* the latest, without the delay of its acknowledgement */
    uint64_t jitter_16us; /* sixteen times */
    bool is_measured;
} mni_rtt;

void mni_rtt_init(mni_rtt *rtt);
/* Before the first sample: the handshake took so long, its repeated packets included. */
void mni_rtt_expect(mni_rtt *rtt, uint64_t us);
/* sample_us: from the sending of a packet to its acknowledgement, which waited for delay_us. */
void mni_rtt_add(mni_rtt *rtt, uint64_t sample_us, uint64_t delay_us);
/* How much a sample differs from the one before it, smoothed. */
uint64_t mni_rtt_jitter_us(const mni_rtt *rtt);

#endif
