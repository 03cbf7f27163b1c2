/* SPDX-License-Identifier: MIT */
/* The array of chunks doubles when it is used up, and never shrinks. */
#include "object/manifest.h"

#include <string.h>

enum { CAPACITY_FIRST = 64, CAPACITY_MAX = 1 << 24 };

void mni_manifests_init(mni_manifests *manifests, mni_memory *memory)
{
    *manifests = (mni_manifests){.memory = memory, .free = MNI_MANIFEST_NONE};
}

void mni_manifests_clear(mni_manifests *manifests)
{
    mni_release(manifests->memory, manifests->chunks,
                manifests->capacity * sizeof(mni_manifest_chunk));
    mni_manifests_init(manifests, manifests->memory);
}

static mn_result grow(mni_manifests *manifests)
{
    uint32_t capacity = manifests->capacity > 0 ? 2 * manifests->capacity : CAPACITY_FIRST;
    if (capacity > CAPACITY_MAX) {
        return MN_ERROR_MEMORY;
    }
    mni_manifest_chunk *chunks = mni_allocate(manifests->memory, capacity * sizeof chunks[0]);
    if (chunks == NULL) {
        return MN_ERROR_MEMORY;
    }
    if (manifests->chunks != NULL) {
        memcpy(chunks, manifests->chunks, manifests->capacity * sizeof chunks[0]);
        mni_release(manifests->memory, manifests->chunks, manifests->capacity * sizeof chunks[0]);
    }
    for (uint32_t i = capacity; i-- > manifests->capacity;) {
        chunks[i].next = manifests->free;
        manifests->free = i;
    }
    manifests->chunks = chunks;
    manifests->capacity = capacity;
    return MN_OK;
}

mn_result mni_manifest_add(mni_manifests *manifests, mni_manifest *manifest, mni_manifest_item item)
{
    bool is_empty = manifest->first == MNI_MANIFEST_NONE;
    if (is_empty || manifests->chunks[manifest->last].count == MNI_MANIFEST_CHUNK) {
        if (manifests->free == MNI_MANIFEST_NONE && grow(manifests) != MN_OK) {
            return MN_ERROR_MEMORY;
        }
        uint32_t taken = manifests->free;
        manifests->free = manifests->chunks[taken].next;
        manifests->chunks[taken].next = MNI_MANIFEST_NONE;
        manifests->chunks[taken].count = 0;
        if (is_empty) {
            manifest->first = taken;
        } else {
            manifests->chunks[manifest->last].next = taken;
        }
        manifest->last = taken;
    }
    mni_manifest_chunk *chunk = &manifests->chunks[manifest->last];
    chunk->items[chunk->count++] = item;
    return MN_OK;
}

const mni_manifest_chunk *mni_manifest_read(const mni_manifests *manifests, uint32_t number)
{
    return number < manifests->capacity ? &manifests->chunks[number] : NULL;
}

void mni_manifest_free(mni_manifests *manifests, uint32_t first)
{
    for (uint32_t i = first; i != MNI_MANIFEST_NONE;) {
        uint32_t next = manifests->chunks[i].next;
        manifests->chunks[i].next = manifests->free;
        manifests->free = i;
        i = next;
    }
}
