/* SPDX-License-Identifier: MIT */
/* All three are asked before one is spent, so that what is dropped costs nothing. */
#include "socket/quota.h"

static const uint64_t depth_ns = 1000000000;

void mni_quota_init(mni_quota *quota, uint64_t now_us)
{
    mni_limit_init(&quota->packets, now_us);
    mni_limit_init(&quota->bytes, now_us);
    mni_limit_init(&quota->messages, now_us);
}

bool mni_quota_spend(mni_quota *quota, const mni_quota_rates *rates, uint32_t bytes,
                     uint32_t messages, uint64_t now_us)
{
    if (!mni_limit_allows(&quota->packets, depth_ns, now_us) ||
        !mni_limit_allows(&quota->bytes, depth_ns, now_us) ||
        !(messages == 0 || mni_limit_allows(&quota->messages, depth_ns, now_us))) {
        return false;
    }
    mni_limit_take(&quota->packets, 1, rates->packets, now_us);
    mni_limit_take(&quota->bytes, bytes, rates->bytes, now_us);
    mni_limit_take(&quota->messages, messages, rates->messages, now_us);
    return true;
}
