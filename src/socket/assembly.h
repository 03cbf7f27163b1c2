/* SPDX-License-Identifier: MIT */
/*
 * A message that arrives in pieces. Its buffer is taken whole when its first piece comes, and has
 * been paid for by then: reliable ones with credit, others from the allowance for such.
 */
#ifndef SOCKET_ASSEMBLY_H
#define SOCKET_ASSEMBLY_H

#include "base/buffer.h"
#include "socket/chain.h"
#include "socket/cover.h"

/* Where those of all connections of a peer come from. */
typedef struct mni_assemblies {
    mni_pool pool;
    mni_buffers *buffers;
} mni_assemblies;

typedef struct mni_assembly {
    mni_chain waiting;  /* of those that are given up after a while, the oldest first */
    uint64_t until_us;  /* when that is */
    uint64_t heard_in;  /* the packet that had a piece of it last */
    mni_buffer *buffer; /* with the bits of `cover` behind the message */
    mni_cover cover;    /* what has come */
    uint16_t sequence;
    uint8_t mode;
    uint8_t channel;
    bool is_large; /* its credit is paid by the piece */
} mni_assembly;

static inline mni_assembly *mni_assembly_of(mni_chain *waiting)
{
    return (mni_assembly *)(void *)((uint8_t *)waiting - offsetof(mni_assembly, waiting));
}

void mni_assemblies_init(mni_assemblies *assemblies, mni_memory *memory, mni_buffers *buffers);
void mni_assemblies_clear(mni_assemblies *assemblies);
/* NULL out of memory. */
MNI_CHECK mni_assembly *mni_assembly_take(mni_assemblies *assemblies, uint32_t total);
/* Copies a piece, which fits. True: the message is whole. */
bool mni_assembly_add(mni_assembly *assembly, uint32_t offset, uint32_t size, const uint8_t *bytes);
/* Frees it, and returns the message, whose reference is the caller's. */
mni_buffer *mni_assembly_end(mni_assemblies *assemblies, mni_assembly *assembly);
/* Frees it with all that has come. NULL is allowed. */
void mni_assembly_drop(mni_assemblies *assemblies, mni_assembly *assembly);

#endif
