/* SPDX-License-Identifier: MIT */
/*
 * One number for all that somebody sees: the sum of the objects' hashes, so that the order in which
 * they are met does not matter. Made of net ids, types, owners and quantised fields alone, it is
 * the same on every platform.
 */
#ifndef OBJECT_DIGEST_H
#define OBJECT_DIGEST_H

#include "object/kind.h"

/* mask: the fields that are seen. */
uint64_t mni_digest_object(const mni_kind *kind, uint32_t object, uint32_t owner, uint64_t mask,
                           const void *canonical);

#endif
