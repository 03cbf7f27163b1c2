/* SPDX-License-Identifier: MIT */
/*
 * Choosing by a secret without telling it. A choice is arithmetic with a mask of all ones or all
 * zeros; a compiler that sees where the mask comes from may still make a branch of it, so it goes
 * through a place that the compiler cannot see through.
 */
#ifndef SOCKET_CRYPTO_SECRET_H
#define SOCKET_CRYPTO_SECRET_H

#include <stdint.h>

/* The same value, of which the compiler knows nothing any more. */
static inline uint64_t mni_secret_hide(uint64_t value)
{
#if defined(__GNUC__)
    __asm__("" : "+r"(value));
    return value;
#else
    volatile uint64_t hidden = value;
    return hidden;
#endif
}

/* All ones if the bit is 1, all zeros if it is 0. */
static inline uint64_t mni_secret_mask(uint64_t bit)
{
    return 0 - mni_secret_hide(bit);
}

#endif
