/* SPDX-License-Identifier: MIT */
/* The seed of a randomised test: MN_SEED where it is set, so that a failure can be run again. */
#ifndef SUPPORT_SEED_H
#define SUPPORT_SEED_H

#include <stdint.h>
#include <stdlib.h>

static inline uint64_t test_seed(uint64_t fallback)
{
    const char *text = getenv("MN_SEED");
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : fallback;
}

#endif
