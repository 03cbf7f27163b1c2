/* SPDX-License-Identifier: MIT */
/*
 * Reference-counted byte buffers in size classes (powers of two with a halfway step), drawn from
 * pools. A message that goes to many receivers is encoded into one buffer that all of them hold; a
 * message that was received stays in its buffer until the game has polled it.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/pool.h"

enum { MNI_BUFFER_CLASSES = 24 };

typedef struct mni_buffers {
    mni_memory *memory;
    mni_pool pools[MNI_BUFFER_CLASSES];
} mni_buffers;

typedef struct mni_buffer {
    uint32_t references;
    uint32_t size;     /* bytes in use */
    uint32_t capacity; /* of bytes, at least the size asked for */
    uint32_t size_class;
    uint8_t bytes[];
} mni_buffer;

void mni_buffers_init(mni_buffers *buffers, mni_memory *memory);
void mni_buffers_clear(mni_buffers *buffers); /* all were dropped before */
/* size bytes, not zeroed, one reference; NULL out of memory. Sizes above the largest class (64 KiB)
   are allocated on their own. */
MNI_CHECK mni_buffer *mni_buffer_take(mni_buffers *buffers, uint32_t size);
mni_buffer *mni_buffer_share(mni_buffer *buffer);               /* one reference more */
void mni_buffer_drop(mni_buffers *buffers, mni_buffer *buffer); /* one less; NULL is allowed */

#endif
