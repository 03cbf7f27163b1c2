/* SPDX-License-Identifier: MIT */
/*
 * The allocator of one root object. Everything a root owns is taken through its mni_memory, so that
 * use is counted, limited, and can be made to fail in a test. Frees are told the size as allocated.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/assert.h"

#include <miragenet.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fetches what will be needed soon while something else is done. NULL is allowed. */
#if defined(__GNUC__)
#  define MNI_PREFETCH(pointer) __builtin_prefetch(pointer)
#else
#  define MNI_PREFETCH(pointer) ((void)(pointer))
#endif

typedef struct mni_memory {
    mn_allocator allocator;
    uint64_t limit; /* bytes; 0: none */
    uint64_t used;
    uint64_t peak;
    uint64_t allocations; /* ever made: a steady state is one in which this stands still */
} mni_memory;

/* False where one of its functions is missing; NULL, for the C library's, is complete. */
bool mni_allocator_is_complete(const mn_allocator *allocator);
/* allocator NULL: the C library's; else complete. */
void mni_memory_init(mni_memory *memory, const mn_allocator *allocator, uint64_t limit);

/* Zeroed memory aligned to 16, or NULL when over the limit or the allocator has none. size > 0. */
MNI_CHECK void *mni_allocate(mni_memory *memory, size_t size);
/* The same with whatever was there, for large blocks that are written before they are read: pages
   that nobody touches cost nothing. */
MNI_CHECK void *mni_allocate_unzeroed(mni_memory *memory, size_t size);
/* NULL is allowed. */
void mni_release(mni_memory *memory, void *block, size_t size);

/* Make and free a root object that contains the mni_memory it lives in (at any offset): allocates
   through `allocator`, counts the block itself. */
MNI_CHECK void *mni_memory_create_root(const mn_allocator *allocator, uint64_t limit, size_t size,
                                       size_t memory_offset);
void mni_memory_destroy_root(void *root, size_t size, size_t memory_offset);

#endif
