/* SPDX-License-Identifier: MIT */
/* How a message travels, as the public header packs it: the mode, and the channel above it. */
#ifndef BASE_HOW_H
#define BASE_HOW_H

#include <miragenet.h>

#include <stdbool.h>

static inline uint32_t mni_how_mode(uint32_t how)
{
    return how & 0xff;
}

static inline uint32_t mni_how_channel(uint32_t how)
{
    return how >> 8;
}

static inline bool mni_mode_exists(uint32_t mode)
{
    return mode >= MN_UNRELIABLE && mode <= MN_NOTIFY;
}

/* Once, however often it must be sent. */
static inline bool mni_mode_is_reliable(uint32_t mode)
{
    return mode == MN_RELIABLE || mode == MN_UNORDERED;
}

/* A mode, and a channel below this count. */
static inline bool mni_how_is_valid(uint32_t how, uint32_t channels)
{
    return mni_mode_exists(mni_how_mode(how)) && mni_how_channel(how) < channels;
}

#endif
