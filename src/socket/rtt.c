/* SPDX-License-Identifier: MIT */
/*
 * RFC 9002, sections 5.2 and 5.3, with two choices of our own. Before the first sample we assume
 * 100 ms where the RFC recommends 333: a probe too many costs a game one small packet, a probe too
 * late costs it the first second. And a delay is believed as far as the result stays at or above
 * the minimum, not up to a negotiated maximum: there is no such negotiation, and one byte bounds
 * it.
 */
#include "socket/rtt.h"

enum { INITIAL_US = 100000 };

void mni_rtt_init(mni_rtt *rtt)
{
    *rtt = (mni_rtt){.smoothed_us = INITIAL_US, .variance_us = INITIAL_US / 2};
}

/* RFC 9002, section 6.3, allows it. What took longer than is assumed may have been lost on its way:
   that tells nothing. */
void mni_rtt_expect(mni_rtt *rtt, uint64_t us)
{
    if (!rtt->is_measured && us < rtt->smoothed_us) {
        rtt->smoothed_us = us;
        rtt->variance_us = us / 2;
    }
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

void mni_rtt_add(mni_rtt *rtt, uint64_t sample_us, uint64_t delay_us)
{
    rtt->latest_us = sample_us;
    if (!rtt->is_measured) {
        rtt->is_measured = true;
        rtt->min_us = sample_us;
        rtt->smoothed_us = sample_us;
        rtt->variance_us = sample_us / 2;
        return;
    }
    if (sample_us < rtt->min_us) {
        rtt->min_us = sample_us;
    }
    uint64_t adjusted_us = sample_us;
    if (sample_us >= rtt->min_us + delay_us) {
        adjusted_us -= delay_us;
    }
    uint64_t error_us = distance(rtt->smoothed_us, adjusted_us);
    rtt->variance_us = (3 * rtt->variance_us + error_us) / 4;
    rtt->smoothed_us = (7 * rtt->smoothed_us + adjusted_us) / 8;
}
