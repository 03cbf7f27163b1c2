/* SPDX-License-Identifier: MIT */
/*
 * Elements of one size, taken and given back in any order. Grows by slabs up to a maximum and never
 * shrinks, so that a steady state allocates nothing. Addresses are stable.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/memory.h"

enum { MNI_CACHE_LINE = 64 }; /* an element of a multiple of it begins on a line */

typedef struct mni_pool_element {
    struct mni_pool_element *next; /* free, of its list */
} mni_pool_element;

enum { MNI_POOL_LISTS = 4 };

typedef struct mni_pool {
    mni_memory *memory;
    void *slabs;                            /* list of all slabs, for clear */
    mni_pool_element *free[MNI_POOL_LISTS]; /* that were given back */
    uint8_t *fresh; /* in the newest slab: the first element that was never taken */
    uint32_t fresh_count;
    uint32_t element_size;
    uint32_t per_slab;
    uint32_t max;   /* elements; 0: no limit but memory's */
    uint32_t count; /* made so far */
    uint32_t used;
    uint32_t turn; /* whose of the lists it is */
} mni_pool;

void mni_pool_init(mni_pool *pool, mni_memory *memory, uint32_t element_size, uint32_t per_slab,
                   uint32_t max);
void mni_pool_clear(mni_pool *pool); /* frees everything, also elements still taken */
/* A zeroed element, or NULL at the maximum or out of memory. */
MNI_CHECK void *mni_pool_take(mni_pool *pool);
/* One that was never taken before, or NULL. Not zeroed. */
MNI_CHECK void *mni_pool_take_fresh(mni_pool *pool);

/* Like mni_pool_take with bytes of the past in it, for elements that are written whole anyway. */
MNI_CHECK static inline void *mni_pool_take_unzeroed(mni_pool *pool)
{
    mni_pool_element **list = &pool->free[pool->turn % MNI_POOL_LISTS];
    mni_pool_element *element = *list;
    if (element == NULL) {
        return mni_pool_take_fresh(pool);
    }
    *list = element->next;
    MNI_PREFETCH(element->next);
    pool->turn++;
    pool->used++;
    return element;
}

/* NULL is allowed. */
static inline void mni_pool_give(mni_pool *pool, void *element)
{
    if (element == NULL) {
        return;
    }
    MNI_ASSERT(pool->used > 0);
    pool->turn--;
    mni_pool_element **list = &pool->free[pool->turn % MNI_POOL_LISTS];
    mni_pool_element *freed = element;
    freed->next = *list;
    *list = freed;
    pool->used--;
}

#endif
