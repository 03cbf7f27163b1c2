/* SPDX-License-Identifier: MIT */
/*
 * The fields of one object in one update: which groups, which fields of them, and what differs from
 * the baseline. It depends on the two states and the mask alone, so that it is encoded once for all
 * who have the same baseline and may see the same.
 */
#ifndef OBJECT_DELTA_H
#define OBJECT_DELTA_H

#include "message/bits.h"
#include "object/kind.h"

/* The fields in mask that differ; both states are canonical. */
void mni_delta_write(const mni_kind *kind, uint64_t mask, const void *state, const void *baseline,
                     mni_bit_writer *writer);
/* The whole new state, of kind->size bytes, canonical. False: the bits mean nothing, and state_out
   is spoiled. It is not the baseline. */
MNI_CHECK bool mni_delta_read(const mni_kind *kind, const void *baseline, mni_bit_reader *reader,
                              void *state_out);

#endif
