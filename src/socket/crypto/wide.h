/* SPDX-License-Identifier: MIT */
/*
 * The product of two 64-bit numbers, and sums of such products. Field arithmetic is written once
 * against these few functions: where the compiler has integers of 128 bits they are single
 * expressions, elsewhere the product is put together from four of 32 bits. That a multiplication
 * takes the same time for all numbers is the processor's promise: all but some very small ones
 * (Cortex-M3) keep it.
 */
#ifndef SOCKET_CRYPTO_WIDE_H
#define SOCKET_CRYPTO_WIDE_H

#include <stdint.h>

#if defined(__SIZEOF_INT128__) && !defined(MNI_CRYPTO_PORTABLE)
__extension__ typedef unsigned __int128 mni_wide;

static inline mni_wide mni_wide_multiply(uint64_t a, uint64_t b)
{
    return (mni_wide)a * b;
}

static inline mni_wide mni_wide_add(mni_wide a, mni_wide b)
{
    return a + b;
}

static inline mni_wide mni_wide_add_u64(mni_wide a, uint64_t b)
{
    return a + b;
}

static inline uint64_t mni_wide_low(mni_wide a)
{
    return (uint64_t)a;
}

/* 0 < bits < 64, and what is left fits. */
static inline uint64_t mni_wide_shift(mni_wide a, uint32_t bits)
{
    return (uint64_t)(a >> bits);
}
#else
typedef struct mni_wide {
    uint64_t low, high;
} mni_wide;

static inline mni_wide mni_wide_add_u64(mni_wide a, uint64_t b)
{
    uint64_t low = a.low + b;
    /* The carry, without a comparison that might become a branch. */
    uint64_t carry = ((a.low & b) | ((a.low | b) & ~low)) >> 63;
    return (mni_wide){low, a.high + carry};
}

static inline mni_wide mni_wide_add(mni_wide a, mni_wide b)
{
    mni_wide sum = mni_wide_add_u64(a, b.low);
    sum.high += b.high;
    return sum;
}

static inline mni_wide mni_wide_multiply(uint64_t a, uint64_t b)
{
    const uint64_t half = 0xffffffff;
    uint64_t low = (a & half) * (b & half);
    /* Each is at most (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1. */
    uint64_t middle = (a >> 32) * (b & half) + (low >> 32);
    uint64_t other = (a & half) * (b >> 32) + (middle & half);
    return (mni_wide){other << 32 | (low & half),
                      (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32)};
}

static inline uint64_t mni_wide_low(mni_wide a)
{
    return a.low;
}

static inline uint64_t mni_wide_shift(mni_wide a, uint32_t bits)
{
    return a.low >> bits | a.high << (64 - bits);
}
#endif

#endif
