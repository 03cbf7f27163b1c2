/* SPDX-License-Identifier: MIT */
/* See random.h. */
#include "support/random.h"

void test_random_fill(void *user, void *bytes, uint32_t size)
{
    uint64_t *state = user;
    uint8_t *out = bytes;
    for (uint32_t i = 0; i < size; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (uint8_t)(*state >> 56);
    }
}
