/* SPDX-License-Identifier: MIT */
/*
 * Of the numbers that end in the given bits, two lie next to what is expected, one on each side.
 * The nearer one is meant, unless it would lie outside 64 bits; of two equally near, the later one
 * (as RFC 9000, appendix A.3, has it).
 */
#include "base/seq.h"

#include "base/assert.h"

uint64_t mni_seq_widen(uint64_t expected, uint32_t truncated, uint32_t bits)
{
    MNI_ASSERT(bits >= 8 && bits <= 32);
    uint64_t window = UINT64_C(1) << bits;
    uint64_t ahead = (truncated - expected) & (window - 1);
    uint64_t behind = window - ahead;
    if (ahead <= window / 2) {
        return ahead <= UINT64_MAX - expected ? expected + ahead : expected - behind;
    }
    return behind <= expected ? expected - behind : expected + ahead;
}
