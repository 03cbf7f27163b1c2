/* SPDX-License-Identifier: MIT */
/*
 * Sequence numbers that wrap (RFC 1982), and the widening of a truncated number to the 64-bit
 * number nearest to what is expected next (RFC 9000, appendix A.3).
 */
#ifndef BASE_SEQ_H
#define BASE_SEQ_H

#include <stdint.h>

static inline int32_t mni_seq16_distance(uint16_t from, uint16_t to) /* to - from, wrapped */
{
    return (int16_t)(uint16_t)(to - from);
}

/* bits is 8 to 32; the result is congruent to truncated and nearest to expected. */
uint64_t mni_seq_widen(uint64_t expected, uint32_t truncated, uint32_t bits);

#endif
