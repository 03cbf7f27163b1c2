/* SPDX-License-Identifier: MIT */
/* See lookup.h. Open addressing with linear probing; removal shifts back what probed past. */
#include "socket/lookup.h"

#include "socket/address.h"

#include <string.h>

mn_result mni_lookup_init(mni_lookup *lookup, mni_memory *memory, uint32_t max,
                          const uint8_t key[MNI_HASH_KEY_SIZE])
{
    *lookup = (mni_lookup){.memory = memory, .max = max, .capacity = 2};
    memcpy(lookup->key, key, MNI_HASH_KEY_SIZE);
    while (lookup->capacity < 2 * max) {
        lookup->capacity *= 2;
    }
    lookup->entries = mni_allocate(memory, lookup->capacity * sizeof(lookup->entries[0]));
    lookup->addresses = mni_allocate(memory, max * sizeof(lookup->addresses[0]));
    if (lookup->entries == NULL || lookup->addresses == NULL) {
        mni_lookup_clear(lookup);
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

void mni_lookup_clear(mni_lookup *lookup)
{
    mni_release(lookup->memory, lookup->entries, lookup->capacity * sizeof(lookup->entries[0]));
    mni_release(lookup->memory, lookup->addresses, lookup->max * sizeof(lookup->addresses[0]));
    *lookup = (mni_lookup){.memory = lookup->memory};
}

static uint32_t hash_of(const mni_lookup *lookup, const mn_address *address)
{
    return (uint32_t)mni_address_hash(address, lookup->key);
}

static uint32_t next(const mni_lookup *lookup, uint32_t at)
{
    return (at + 1) & (lookup->capacity - 1);
}

void mni_lookup_add(mni_lookup *lookup, const mn_address *address, uint32_t index)
{
    uint32_t hash = hash_of(lookup, address);
    uint32_t at = hash & (lookup->capacity - 1);
    while (lookup->entries[at].place != 0) {
        at = next(lookup, at);
    }
    lookup->entries[at] = (mni_lookup_entry){hash, index + 1};
    lookup->addresses[index] = *address;
}

void mni_lookup_remove(mni_lookup *lookup, uint32_t index)
{
    uint32_t mask = lookup->capacity - 1;
    uint32_t hole = hash_of(lookup, &lookup->addresses[index]) & mask;
    while (lookup->entries[hole].place != index + 1) {
        MNI_ASSERT(lookup->entries[hole].place != 0);
        hole = next(lookup, hole);
    }
    /* Whoever would not be found any more past a hole moves into it and leaves another. */
    for (uint32_t at = next(lookup, hole); lookup->entries[at].place != 0; at = next(lookup, at)) {
        uint32_t home = lookup->entries[at].hash & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            lookup->entries[hole] = lookup->entries[at];
            hole = at;
        }
    }
    lookup->entries[hole] = (mni_lookup_entry){0};
}

int32_t mni_lookup_find(const mni_lookup *lookup, const mn_address *address)
{
    uint32_t hash = hash_of(lookup, address);
    uint32_t at = hash & (lookup->capacity - 1);
    for (; lookup->entries[at].place != 0; at = next(lookup, at)) {
        const mni_lookup_entry *entry = &lookup->entries[at];
        if (entry->hash == hash &&
            mni_address_equals(&lookup->addresses[entry->place - 1], address)) {
            return (int32_t)(entry->place - 1);
        }
    }
    return MNI_LOOKUP_NONE;
}

const mn_address *mni_lookup_address(const mni_lookup *lookup, uint32_t index)
{
    return &lookup->addresses[index];
}
