/* SPDX-License-Identifier: MIT */
/*
 * How often something happened of the last hundred times or so: the mean of the first hundred, then
 * a moving average. In fixed point, so that it is the same number on every machine.
 */
#ifndef SOCKET_RATIO_H
#define SOCKET_RATIO_H

#include <stdbool.h>
#include <stdint.h>

enum { MNI_RATIO_ONE = 1 << 20, MNI_RATIO_SPAN = 100 };

typedef struct mni_ratio {
    uint32_t value; /* of MNI_RATIO_ONE */
    uint32_t count; /* up to MNI_RATIO_SPAN */
} mni_ratio;

static inline void mni_ratio_add(mni_ratio *ratio, bool happened)
{
    ratio->count += ratio->count < MNI_RATIO_SPAN;
    ratio->value -= ratio->value / ratio->count;
    ratio->value += happened ? MNI_RATIO_ONE / ratio->count : 0;
}

/* What was counted as happened did not, after all. */
static inline void mni_ratio_revoke(mni_ratio *ratio)
{
    uint32_t step = ratio->count > 0 ? MNI_RATIO_ONE / ratio->count : 0;
    ratio->value -= step < ratio->value ? step : ratio->value;
}

static inline float mni_ratio_read(const mni_ratio *ratio)
{
    return (float)ratio->value / (float)MNI_RATIO_ONE;
}

#endif
