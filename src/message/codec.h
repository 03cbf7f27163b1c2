/* SPDX-License-Identifier: MIT */
/*
 * Whole structs. A *canonical* struct has the game's own layout and holds what a receiver would
 * hold after it had travelled: values loaded and stored once, nothing in holes, behind the ends of
 * strings and above counts. Canonical structs that travel alike are equal bytes.
 *
 * Masks have one bit for each field of the table. Everything but the fields in the mask is left
 * alone, so a struct is refreshed, and a delta applied, field by field onto a copy.
 */
#ifndef MESSAGE_CODEC_H
#define MESSAGE_CODEC_H

#include "base/hash.h"
#include "message/bits.h"
#include "message/layout.h"

/* The fields in mask of any struct at all, into one that is canonical, or all zeros. */
void mni_layout_quantise(const mni_layout *layout, uint64_t mask, const void *raw,
                         void *canonical_out);
/* The fields in mask that differ between two canonical structs. */
uint64_t mni_layout_changed(const mni_layout *layout, uint64_t mask, const void *a, const void *b);
/* The same values give the same digest on every platform. */
void mni_layout_digest(const mni_layout *layout, uint64_t mask, const void *canonical,
                       mni_hash *hash);

/*
 * The fields in mask, in order; nothing says which, see mni_write_field_mask. With a baseline that
 * the reader has as well, what differs from it; with NULL, everything. Both structs are canonical.
 */
void mni_layout_encode(const mni_layout *layout, uint64_t mask, const void *canonical,
                       const void *baseline, mni_bit_writer *writer);
/* True: the fields in mask of out are canonical. False: the bits mean nothing; these fields of out
   are spoiled, and nothing else is. out is not the baseline. */
MNI_CHECK bool mni_layout_decode(const mni_layout *layout, uint64_t mask, const void *baseline,
                                 mni_bit_reader *reader, void *out);

/*
 * Which of count fields follow, 0 to 64. Up to six: a bit each. More: a bit for each block of four
 * (of eight where they are more than 32), then a bit each for the blocks with fields in them.
 */
void mni_write_field_mask(mni_bit_writer *writer, uint64_t mask, uint32_t count);
uint64_t mni_read_field_mask(mni_bit_reader *reader, uint32_t count);
uint32_t mni_field_mask_max_bits(uint32_t count);

#endif
