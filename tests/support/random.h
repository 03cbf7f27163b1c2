/* SPDX-License-Identifier: MIT */
/*
 * Bytes for keys and tokens that are the same on every machine: Knuth's MMIX generator, which is
 * not a good one, and enough for a test.
 */
#ifndef SUPPORT_RANDOM_H
#define SUPPORT_RANDOM_H

#include <stdint.h>

/* As in mn_random_source; user is the state, an uint64_t that begins as the seed. */
void test_random_fill(void *user, void *bytes, uint32_t size);

#endif
