/* SPDX-License-Identifier: MIT */
/*
 * See links.h. The tables are made for their maximum at once and cost some seventy bytes a place;
 * links, which are large, come from slabs as they are needed.
 */
#include "socket/links.h"

enum {
    LINKS_PER_SLAB = 8,
    LINK_LINES = (sizeof(mni_link) + MNI_CACHE_LINE - 1) / MNI_CACHE_LINE,
    LINK_SIZE = LINK_LINES * MNI_CACHE_LINE,
    FETCHED = offsetof(mni_link, connection.channels)
};

mn_result mni_links_init(mni_links *links, mni_memory *memory, uint32_t max,
                         const uint8_t key[MNI_HASH_KEY_SIZE])
{
    *links = (mni_links){.memory = memory};
    mni_chain_init(&links->due);
    mni_chain_init(&links->queued);
    mni_pool_init(&links->pool, memory, LINK_SIZE, max < LINKS_PER_SLAB ? max : LINKS_PER_SLAB,
                  max);
    mn_result result = mni_slots_init(&links->slots, memory, max);
    if (result < 0) {
        return result;
    }
    result = mni_lookup_init(&links->lookup, memory, max, key);
    if (result < 0) {
        goto fail_lookup;
    }
    result = mni_timers_init(&links->timers, memory, max);
    if (result < 0) {
        goto fail_timers;
    }
    links->at = mni_allocate(memory, max * sizeof(mni_link *));
    if (links->at == NULL) {
        result = MN_ERROR_MEMORY;
        goto fail_at;
    }
    return MN_OK;

fail_at:
    mni_timers_clear(&links->timers);
fail_timers:
    mni_lookup_clear(&links->lookup);
fail_lookup:
    mni_slots_clear(&links->slots);
    return result;
}

void mni_links_clear(mni_links *links)
{
    mni_release(links->memory, links->at, links->slots.capacity * sizeof(mni_link *));
    mni_timers_clear(&links->timers);
    mni_lookup_clear(&links->lookup);
    mni_slots_clear(&links->slots);
    mni_pool_clear(&links->pool);
}

mn_result mni_links_add(mni_links *links, const mn_address *address, mni_link **link_out)
{
    if (mni_links_are_full(links)) {
        return MN_ERROR_FULL;
    }
    mni_link *link = mni_pool_take(&links->pool);
    if (link == NULL) {
        return MN_ERROR_MEMORY;
    }
    int32_t index = mni_slots_take(&links->slots, &link->id);
    MNI_ASSERT(index >= 0);
    link->index = (uint32_t)index;
    links->at[link->index] = link;
    mni_lookup_add(&links->lookup, address, link->index);
    *link_out = link;
    return MN_OK;
}

void mni_links_remove(mni_links *links, mni_link *link)
{
    mni_chain_leave(&link->due);
    mni_chain_leave(&link->queued);
    mni_timers_set(&links->timers, link->index, MNI_NEVER);
    mni_lookup_remove(&links->lookup, link->index);
    links->at[link->index] = NULL;
    mni_slots_give(&links->slots, link->id);
    mni_pool_give(&links->pool, link);
}

mni_link *mni_links_find(const mni_links *links, uint32_t id)
{
    int32_t index = mni_slots_find(&links->slots, id);
    return index == MNI_SLOT_NONE ? NULL : links->at[index];
}

mni_link *mni_links_from(const mni_links *links, const mn_address *address)
{
    int32_t index = mni_lookup_find(&links->lookup, address);
    return index == MNI_LOOKUP_NONE ? NULL : links->at[index];
}

void mni_link_fetch(const mni_link *link)
{
    for (size_t i = 0; link != NULL && i < FETCHED; i += MNI_CACHE_LINE) {
        MNI_PREFETCH((const char *)link + i);
    }
}

mni_link *mni_links_next(const mni_links *links, const mni_link *link)
{
    for (uint32_t i = link == NULL ? 0 : link->index + 1; i < links->slots.capacity; i++) {
        if (links->at[i] != NULL) {
            return links->at[i];
        }
    }
    return NULL;
}

mni_link *mni_links_pop_timer(mni_links *links, uint64_t now_us)
{
    int64_t index = mni_timers_pop(&links->timers, now_us);
    return index < 0 ? NULL : links->at[index];
}

void mni_links_set_timer(mni_links *links, const mni_link *link, uint64_t due_us)
{
    mni_timers_set(&links->timers, link->index, due_us);
}

const mn_address *mni_links_address(const mni_links *links, const mni_link *link)
{
    return mni_lookup_address(&links->lookup, link->index);
}
