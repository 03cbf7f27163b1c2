/* SPDX-License-Identifier: MIT */
/*
 * From 64-bit keys to 32-bit values: open addressing, linear probing, backward-shift deletion, at
 * most three quarters full. Keys are mixed with a seed, so that a remote peer cannot choose
 * collisions. Values are not MNI_MAP_NONE.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/memory.h"

#define MNI_MAP_NONE UINT32_MAX

typedef struct mni_map {
    mni_memory *memory;
    uint64_t *keys;
    uint32_t *values;
    uint64_t seed;
    uint32_t capacity, count;
} mni_map;

void mni_map_init(mni_map *map, mni_memory *memory, uint64_t seed);
void mni_map_clear(mni_map *map);
MNI_CHECK mn_result mni_map_reserve(mni_map *map,
                                    uint32_t count); /* room for count entries in all */
MNI_CHECK mn_result mni_map_set(mni_map *map, uint64_t key, uint32_t value); /* adds or replaces */
uint32_t mni_map_get(const mni_map *map, uint64_t key); /* MNI_MAP_NONE if absent */
void mni_map_remove(mni_map *map, uint64_t key);        /* absent: nothing */

#endif
