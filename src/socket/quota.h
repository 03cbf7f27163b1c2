/* SPDX-License-Identifier: MIT */
/*
 * What the other side of a connection may send by the second: packets, bytes, messages, each with a
 * second's worth saved up. A packet above it is as good as lost, which slows an honest sender down
 * and costs little with any other.
 */
#ifndef SOCKET_QUOTA_H
#define SOCKET_QUOTA_H

#include "socket/limit.h"

typedef struct mni_quota_rates {
    uint32_t packets, bytes, messages; /* a second; none is 0. A piece is a message */
} mni_quota_rates;

typedef struct mni_quota {
    mni_limit packets, bytes, messages;
} mni_quota;

void mni_quota_init(mni_quota *quota, uint64_t now_us);
/* One packet came. False: it is one too many, and counts for nothing. */
bool mni_quota_spend(mni_quota *quota, const mni_quota_rates *rates, uint32_t bytes,
                     uint32_t messages, uint64_t now_us);

#endif
