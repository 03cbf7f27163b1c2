/* SPDX-License-Identifier: MIT */
/*
 * How much of something there is in a second. It is counted in spans of a second; what is told is
 * the newest span that is full, or the one under way once it is longer than that. So it follows a
 * change within two seconds, goes to zero by itself, and costs an addition.
 */
#ifndef SOCKET_RATE_H
#define SOCKET_RATE_H

#include <stdint.h>

typedef struct mni_rate {
    uint64_t began_us; /* of the span under way */
    uint64_t count;    /* in it */
    uint32_t told;     /* a second, of the span before it */
} mni_rate;

static inline uint32_t mni_rate_read(const mni_rate *rate, uint64_t now_us)
{
    uint64_t span_us = now_us - rate->began_us;
    if (span_us < 1000000) {
        return rate->told;
    }
    uint64_t per_second = rate->count * 1000000 / span_us;
    return per_second < UINT32_MAX ? (uint32_t)per_second : UINT32_MAX;
}

static inline void mni_rate_add(mni_rate *rate, uint32_t count, uint64_t now_us)
{
    if (now_us - rate->began_us >= 1000000) {
        rate->told = mni_rate_read(rate, now_us);
        rate->began_us = now_us;
        rate->count = 0;
    }
    rate->count += count;
}

#endif
