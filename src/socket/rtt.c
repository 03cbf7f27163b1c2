/* SPDX-License-Identifier: MIT */
/*
 * RFC 9002, sections 5.2 and 5.3, with two choices of our own. Before the first sample we assume
 * 100 ms where the RFC recommends 333: a probe too many costs a game one small packet, a probe too
 * late costs it the first second. And a delay is taken off every sample, of the minimum as well:
 * who sends less often than acknowledgements may wait has no sample without a delay. Who lies
 * about it makes the other side ask sooner, and gains nothing.
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

/* RFC 3550, section 6.4.1 and appendix A.8: it moves by a sixteenth of what a difference is off. */
static void add_jitter(mni_rtt *rtt, uint64_t adjusted_us)
{
    rtt->jitter_16us -= (rtt->jitter_16us + 8) / 16;
    rtt->jitter_16us += distance(adjusted_us, rtt->adjusted_us);
}

void mni_rtt_add(mni_rtt *rtt, uint64_t sample_us, uint64_t delay_us)
{
    uint64_t adjusted_us = delay_us < sample_us ? sample_us - delay_us : sample_us;
    rtt->latest_us = sample_us;
    if (!rtt->is_measured) {
        rtt->is_measured = true;
        rtt->min_us = adjusted_us;
        rtt->smoothed_us = adjusted_us;
        rtt->variance_us = adjusted_us / 2;
        rtt->adjusted_us = adjusted_us;
        return;
    }
    rtt->min_us = adjusted_us < rtt->min_us ? adjusted_us : rtt->min_us;
    add_jitter(rtt, adjusted_us);
    rtt->adjusted_us = adjusted_us;
    uint64_t error_us = distance(rtt->smoothed_us, adjusted_us);
    rtt->variance_us = (3 * rtt->variance_us + error_us) / 4;
    rtt->smoothed_us = (7 * rtt->smoothed_us + adjusted_us) / 8;
}

uint64_t mni_rtt_jitter_us(const mni_rtt *rtt)
{
    return (rtt->jitter_16us + 8) / 16;
}
