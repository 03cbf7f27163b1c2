/* SPDX-License-Identifier: MIT */
/*
 * A free element holds the pointer to the next free one, so that the pool needs no memory but the
 * slabs. The element given back last is taken first: it is the one that the cache still knows. Four
 * lists take turns at that, so that the next elements are known, and can be fetched, in time. What
 * of a slab was never taken is never touched. A slab's first element begins a line of the cache, so
 * that elements of one line's size do not lie across two.
 */
#include "base/pool.h"

#include <stdbool.h>
#include <string.h>

enum { ALIGNMENT = 16 };

typedef struct slab {
    struct slab *next;
    size_t size; /* as allocated: the last slab before the maximum may be smaller */
} slab;

/* The header, and what its end may be away from the next line. */
enum { SLAB_OVERHEAD = sizeof(slab) + MNI_CACHE_LINE - 1 };

void mni_pool_init(mni_pool *pool, mni_memory *memory, uint32_t element_size, uint32_t per_slab,
                   uint32_t max)
{
    MNI_ASSERT(element_size > 0 && element_size <= UINT32_MAX - ALIGNMENT && per_slab > 0);
    *pool = (mni_pool){
        .memory = memory,
        .element_size = (element_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
        .per_slab = per_slab,
        .max = max,
    };
}

void mni_pool_clear(mni_pool *pool)
{
    slab *next;
    for (slab *each = pool->slabs; each != NULL; each = next) {
        next = each->next;
        mni_release(pool->memory, each, each->size);
    }
    pool->slabs = NULL;
    memset(pool->free, 0, sizeof(pool->free));
    pool->fresh = NULL;
    pool->fresh_count = 0;
    pool->count = 0;
    pool->used = 0;
}

static bool grow(mni_pool *pool)
{
    uint32_t room = (pool->max != 0 ? pool->max : UINT32_MAX) - pool->count;
    uint32_t count = pool->per_slab < room ? pool->per_slab : room;
    if (count == 0 || count > (SIZE_MAX - SLAB_OVERHEAD) / pool->element_size) {
        return false;
    }
    size_t size = SLAB_OVERHEAD + (size_t)count * pool->element_size;
    slab *made = mni_allocate_unzeroed(pool->memory, size);
    if (made == NULL) {
        return false;
    }
    *made = (slab){.next = pool->slabs, .size = size};
    pool->slabs = made;
    pool->count += count;
    pool->fresh = (uint8_t *)made + sizeof(slab);
    pool->fresh += (MNI_CACHE_LINE - (uintptr_t)pool->fresh % MNI_CACHE_LINE) % MNI_CACHE_LINE;
    pool->fresh_count = count;
    return true;
}

void *mni_pool_take_fresh(mni_pool *pool)
{
    if (pool->fresh_count == 0 && !grow(pool)) {
        return NULL;
    }
    void *element = pool->fresh;
    pool->fresh += pool->element_size;
    pool->fresh_count--;
    pool->used++;
    return element;
}

void *mni_pool_take(mni_pool *pool)
{
    void *element = mni_pool_take_unzeroed(pool);
    if (element != NULL) {
        memset(element, 0, pool->element_size);
    }
    return element;
}
