/* SPDX-License-Identifier: MIT */
/*
 * Repeatable randomness from a seed (xoshiro256**, seeded by splitmix64; Blackman and Vigna). For
 * simulation and jitter, never for keys, cookies or nonces: those come from mni_entropy.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct mni_random {
    uint64_t state[4];
} mni_random;

void mni_random_init(mni_random *random, uint64_t seed);
uint64_t mni_random_next(mni_random *random);
uint64_t mni_random_below(mni_random *random, uint64_t bound); /* unbiased; 0 where bound is 0 */
double mni_random_unit(mni_random *random);                    /* in [0, 1) */
bool mni_random_chance(mni_random *random, double probability);

#endif
