/* SPDX-License-Identifier: MIT */
/*
 * How a message travels, as the public header packs it: mode and copies in four bits each, channel
 * and time to live in twelve. The first three have more room than values, so that what is a little
 * too large is seen and does not become part of the next.
 */
#ifndef BASE_HOW_H
#define BASE_HOW_H

#include <miragenet.h>

#include <stdbool.h>

static inline uint32_t mni_how_mode(uint32_t how)
{
    return how & 0xf;
}

static inline uint32_t mni_how_channel(uint32_t how)
{
    return how >> 8 & 0xfff;
}

static inline uint32_t mni_how_copies(uint32_t how)
{
    return how >> 4 & 0xf;
}

static inline uint32_t mni_how_expires_ms(uint32_t how) /* 0: never */
{
    return how >> 20;
}

/* The same channel and time to live for a notify message. */
static inline uint32_t mni_how_notify(uint32_t how)
{
    return MN_NOTIFY | (how & 0xffffff00);
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

/* What has no sequence cannot be told from its copy. */
static inline bool mni_mode_has_copies(uint32_t mode)
{
    return mode == MN_SEQUENCED || mni_mode_is_reliable(mode);
}

/* A mode, a channel below this count, and up to three copies where the mode has them. */
static inline bool mni_how_is_valid(uint32_t how, uint32_t channels)
{
    uint32_t copies = mni_how_copies(how);
    return mni_mode_exists(mni_how_mode(how)) && mni_how_channel(how) < channels &&
           (copies == 0 || (copies <= 3 && mni_mode_has_copies(mni_how_mode(how))));
}

#endif
