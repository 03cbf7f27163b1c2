/* SPDX-License-Identifier: MIT */
/*
 * What is left of a number when a reference is known. The residual folds the differences that are
 * possible onto 0 to limit: 0, +1, -1, +2, -2 … while both sides have room, then the longer side
 * alone. So every residual up to limit is a number up to limit: nothing overflows, and a decoder
 * has nothing to check but the limit.
 *
 * A run of residuals is coded with a choice of two bits in front: Exp-Golomb of order 0, 3 or 6, or
 * plainly. The writer takes the shortest, so no table has to know how fast things move or how fine
 * a step is; measured over still, slow and fast movement at 1 cm and 1 mm, it stays within three to
 * five bits of the best fixed order for each, the choice included. A run of at most
 * MNI_RESIDUAL_PLAIN bits has no choice.
 */
#ifndef MESSAGE_RESIDUAL_H
#define MESSAGE_RESIDUAL_H

#include "message/bits.h"

enum { MNI_RESIDUAL_PLAIN = 8, MNI_RESIDUAL_CHOICE = 2 };

/* value and reference are at most limit. */
uint64_t mni_residual_fold(uint64_t value, uint64_t reference, uint64_t limit);
/* The inverse; a residual above limit gives a value above limit, where there are any. */
uint64_t mni_residual_unfold(uint64_t residual, uint64_t reference, uint64_t limit);

/* count is 1 to 4; bits is the size of the limit: 1 to 64. */
void mni_write_residuals(mni_bit_writer *writer, const uint64_t *residuals, uint32_t count,
                         uint32_t bits);
void mni_read_residuals(mni_bit_reader *reader, uint64_t *residuals_out, uint32_t count,
                        uint32_t bits);

#endif
