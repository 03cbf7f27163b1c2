/* SPDX-License-Identifier: MIT */
/* The bits lie in the message's own buffer, so that there is one thing to take and to fail. */
#include "socket/assembly.h"

#include <string.h>

enum { PER_SLAB = 16 };

void mni_assemblies_init(mni_assemblies *assemblies, mni_memory *memory, mni_buffers *buffers)
{
    mni_pool_init(&assemblies->pool, memory, sizeof(mni_assembly), PER_SLAB, 0);
    assemblies->buffers = buffers;
}

void mni_assemblies_clear(mni_assemblies *assemblies)
{
    mni_pool_clear(&assemblies->pool);
}

mni_assembly *mni_assembly_take(mni_assemblies *assemblies, uint32_t total)
{
    mni_assembly *assembly = mni_pool_take(&assemblies->pool);
    if (assembly == NULL) {
        return NULL;
    }
    mni_buffer *buffer = mni_buffer_take(assemblies->buffers, total + mni_cover_size(total));
    if (buffer == NULL) {
        mni_pool_give(&assemblies->pool, assembly);
        return NULL;
    }
    buffer->size = total;
    assembly->buffer = buffer;
    mni_cover_init(&assembly->cover, buffer->bytes + total, total);
    return assembly;
}

bool mni_assembly_add(mni_assembly *assembly, uint32_t offset, uint32_t size, const uint8_t *bytes)
{
    mni_cover_add(&assembly->cover, offset, size);
    memcpy(assembly->buffer->bytes + offset, bytes, size);
    return assembly->cover.covered == assembly->cover.total;
}

mni_buffer *mni_assembly_end(mni_assemblies *assemblies, mni_assembly *assembly)
{
    mni_buffer *buffer = assembly->buffer;
    mni_chain_leave(&assembly->waiting);
    mni_pool_give(&assemblies->pool, assembly);
    return buffer;
}

void mni_assembly_drop(mni_assemblies *assemblies, mni_assembly *assembly)
{
    if (assembly != NULL) {
        mni_buffer_drop(assemblies->buffers, mni_assembly_end(assemblies, assembly));
    }
}
