/* SPDX-License-Identifier: MIT */
/*
 * The seed of a randomised test: MN_SEED where it is set, so that a failure can be run again; and
 * MN_CASES, which says how many times as many cases as usual it shall run.
 */
#ifndef SUPPORT_SEED_H
#define SUPPORT_SEED_H

#include <stdint.h>
#include <stdlib.h>

static inline uint64_t test_seed(uint64_t fallback)
{
    const char *text = getenv("MN_SEED");
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : fallback;
}

static inline uint64_t test_cases(uint64_t usual)
{
    const char *text = getenv("MN_CASES");
    return usual * (text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : 1);
}

#endif
