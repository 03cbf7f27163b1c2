/* SPDX-License-Identifier: MIT */
/*
 * xoshiro256** 1.0, seeded by splitmix64, as published by Blackman and Vigna (prng.di.unimi.it).
 * Integers throughout, and one exact conversion to double: a seed means the same everywhere.
 */
#include "base/random.h"

static uint64_t rotate_left(uint64_t value, uint32_t bits)
{
    return value << bits | value >> (64 - bits);
}

void mni_random_init(mni_random *random, uint64_t seed)
{
    for (uint32_t i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t mixed = seed;
        mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
        random->state[i] = mixed ^ mixed >> 31;
    }
}

uint64_t mni_random_next(mni_random *random)
{
    uint64_t *state = random->state;
    uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t mni_random_below(mni_random *random, uint64_t bound)
{
    if (bound == 0) {
        return 0;
    }
    /* 2^64 mod bound values at the bottom would make the low remainders likelier: draw again. */
    uint64_t excess = (0 - bound) % bound;
    uint64_t value = mni_random_next(random);
    while (value < excess) {
        value = mni_random_next(random);
    }
    return value % bound;
}

double mni_random_unit(mni_random *random)
{
    return (double)(mni_random_next(random) >> 11) * 0x1p-53;
}

bool mni_random_chance(mni_random *random, double probability)
{
    return mni_random_unit(random) < probability;
}
