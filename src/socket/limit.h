/* SPDX-License-Identifier: MIT */
/*
 * A token bucket that is one number: when it will be full again. What is taken moves that time
 * away, and a bucket is empty when it is further away than filling takes (GCRA, ITU-T I.371). It
 * may go into debt by the last thing taken, so that nothing is too large for it for ever.
 */
#ifndef SOCKET_LIMIT_H
#define SOCKET_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct mni_limit {
    uint64_t full_ns; /* wraps */
} mni_limit;

static inline void mni_limit_init(mni_limit *limit, uint64_t now_us) /* full */
{
    limit->full_ns = now_us * 1000;
}

/* depth_ns: how long it takes to fill. */
static inline bool mni_limit_allows(const mni_limit *limit, uint64_t depth_ns, uint64_t now_us)
{
    return (int64_t)(limit->full_ns - now_us * 1000) < (int64_t)depth_ns;
}

static inline void mni_limit_take(mni_limit *limit, uint64_t count, uint32_t per_second,
                                  uint64_t now_us)
{
    if ((int64_t)(limit->full_ns - now_us * 1000) < 0) {
        limit->full_ns = now_us * 1000;
    }
    limit->full_ns += count * 1000000000 / per_second;
}

#endif
