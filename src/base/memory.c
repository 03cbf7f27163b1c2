/* SPDX-License-Identifier: MIT */
/*
 * Counting in front of an allocator. The count is of the sizes that were asked for, because every
 * release repeats its size: no header is needed, and a limit means the same on every platform.
 * This is the only file that refers to the C library's allocator.
 */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16 };

static void *allocate_default(void *user, size_t size, size_t alignment)
{
    (void)user;
    if (size > SIZE_MAX - alignment) {
        return NULL;
    }
    /* C11 wants a size that is a multiple of the alignment. */
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void release_default(void *user, void *memory, size_t size, size_t alignment)
{
    (void)user;
    (void)size;
    (void)alignment;
    free(memory);
}

static const mn_allocator default_allocator = {
    .allocate = allocate_default,
    .release = release_default,
};

bool mni_allocator_is_complete(const mn_allocator *allocator)
{
    return allocator == NULL || (allocator->allocate != NULL && allocator->release != NULL);
}

void mni_memory_init(mni_memory *memory, const mn_allocator *allocator, uint64_t limit)
{
    *memory = (mni_memory){
        .allocator = allocator != NULL ? *allocator : default_allocator,
        .limit = limit,
    };
}

void *mni_allocate_unzeroed(mni_memory *memory, size_t size)
{
    MNI_ASSERT(size > 0);
    if (memory->limit != 0 && (size > memory->limit || memory->used > memory->limit - size)) {
        return NULL;
    }
    void *block = memory->allocator.allocate(memory->allocator.user, size, ALIGNMENT);
    if (block == NULL) {
        return NULL;
    }
    memory->used += size;
    memory->allocations++;
    if (memory->peak < memory->used) {
        memory->peak = memory->used;
    }
    return block;
}

void *mni_allocate(mni_memory *memory, size_t size)
{
    void *block = mni_allocate_unzeroed(memory, size);
    return block != NULL ? memset(block, 0, size) : NULL;
}

void mni_release(mni_memory *memory, void *block, size_t size)
{
    if (block == NULL) {
        return;
    }
    MNI_ASSERT(size > 0 && size <= memory->used);
    memory->used -= size;
    memory->allocator.release(memory->allocator.user, block, size, ALIGNMENT);
}

/* The count lives in the block that it counts, so it is begun outside and moved in, and moved out
   again before the block goes. */
void *mni_memory_create_root(const mn_allocator *allocator, uint64_t limit, size_t size,
                             size_t memory_offset)
{
    MNI_ASSERT(memory_offset <= size && size - memory_offset >= sizeof(mni_memory));
    mni_memory memory;
    mni_memory_init(&memory, allocator, limit);
    uint8_t *root = mni_allocate(&memory, size);
    if (root != NULL) {
        memcpy(root + memory_offset, &memory, sizeof memory);
    }
    return root;
}

void mni_memory_destroy_root(void *root, size_t size, size_t memory_offset)
{
    if (root == NULL) {
        return;
    }
    mni_memory memory;
    memcpy(&memory, (uint8_t *)root + memory_offset, sizeof memory);
    MNI_ASSERT(memory.used == size); /* else the root leaks something that it owned */
    mni_release(&memory, root, size);
}
