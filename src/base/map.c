/* SPDX-License-Identifier: MIT */
/*
 * An entry lies at its home or, where that is taken, in the next free place after it; a search ends
 * at a free place. Removal closes the gap by moving later entries of the run back (Knuth, volume 3,
 * algorithm 6.4R), so that no tombstones pile up in a table that lives as long as a server.
 */
#include "base/map.h"

#include <string.h>

enum { FIRST_CAPACITY = 8 };

#define CAPACITY_MAX (UINT32_C(1) << 28) /* of 8-byte keys: half of what 32 bits can address */

static uint64_t mix(uint64_t value) /* the finaliser of splitmix64 */
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

/* The seed goes in twice: mixed in once only, at the start, keys with chosen differences could be
   made to collide more often than chance has it. */
static uint32_t home_of(const mni_map *map, uint64_t key)
{
    return (uint32_t)mix(mix(key ^ map->seed) ^ map->seed) & (map->capacity - 1);
}

/* Where the key is, or the free place where it would go. There always is a free place. */
static uint32_t find(const mni_map *map, uint64_t key)
{
    uint32_t at = home_of(map, key);
    while (map->values[at] != MNI_MAP_NONE && map->keys[at] != key) {
        at = (at + 1) & (map->capacity - 1);
    }
    return at;
}

void mni_map_init(mni_map *map, mni_memory *memory, uint64_t seed)
{
    *map = (mni_map){.memory = memory, .seed = seed};
}

void mni_map_clear(mni_map *map)
{
    mni_release(map->memory, map->keys, map->capacity * sizeof map->keys[0]);
    mni_release(map->memory, map->values, map->capacity * sizeof map->values[0]);
    mni_map_init(map, map->memory, map->seed);
}

static mn_result resize(mni_map *map, uint32_t capacity)
{
    mni_map larger = {.memory = map->memory, .seed = map->seed, .capacity = capacity};
    larger.keys = mni_allocate(map->memory, capacity * sizeof larger.keys[0]);
    larger.values = mni_allocate(map->memory, capacity * sizeof larger.values[0]);
    if (larger.keys == NULL || larger.values == NULL) {
        mni_map_clear(&larger);
        return MN_ERROR_MEMORY;
    }
    memset(larger.values, 0xff, capacity * sizeof larger.values[0]); /* all MNI_MAP_NONE */
    for (uint32_t i = 0; i < map->capacity; i++) {
        if (map->values[i] != MNI_MAP_NONE) {
            uint32_t at = find(&larger, map->keys[i]);
            larger.keys[at] = map->keys[i];
            larger.values[at] = map->values[i];
        }
    }
    larger.count = map->count;
    mni_map_clear(map);
    *map = larger;
    return MN_OK;
}

mn_result mni_map_reserve(mni_map *map, uint32_t count)
{
    if (count > CAPACITY_MAX / 4 * 3) {
        return MN_ERROR_FULL;
    }
    uint32_t capacity = map->capacity > 0 ? map->capacity : FIRST_CAPACITY;
    while (capacity / 4 * 3 < count) {
        capacity *= 2;
    }
    return capacity > map->capacity ? resize(map, capacity) : MN_OK;
}

mn_result mni_map_set(mni_map *map, uint64_t key, uint32_t value)
{
    MNI_ASSERT(value != MNI_MAP_NONE);
    uint32_t at = map->capacity > 0 ? find(map, key) : 0;
    if (map->capacity > 0 && map->values[at] != MNI_MAP_NONE) {
        map->values[at] = value;
        return MN_OK;
    }
    uint32_t capacity = map->capacity;
    mn_result result = mni_map_reserve(map, map->count + 1);
    if (result != MN_OK) {
        return result;
    }
    if (map->capacity != capacity) {
        at = find(map, key);
    }
    map->keys[at] = key;
    map->values[at] = value;
    map->count++;
    return MN_OK;
}

uint32_t mni_map_get(const mni_map *map, uint64_t key)
{
    return map->count > 0 ? map->values[find(map, key)] : MNI_MAP_NONE;
}

void mni_map_remove(mni_map *map, uint64_t key)
{
    if (mni_map_get(map, key) == MNI_MAP_NONE) {
        return;
    }
    uint32_t mask = map->capacity - 1;
    uint32_t gap = find(map, key);
    for (uint32_t at = (gap + 1) & mask; map->values[at] != MNI_MAP_NONE; at = (at + 1) & mask) {
        /* An entry may move back to the gap, but not to a place before its home. */
        uint32_t from_home = (at - home_of(map, map->keys[at])) & mask;
        uint32_t from_gap = (at - gap) & mask;
        if (from_home >= from_gap) {
            map->keys[gap] = map->keys[at];
            map->values[gap] = map->values[at];
            gap = at;
        }
    }
    map->values[gap] = MNI_MAP_NONE;
    map->count--;
}
