/* SPDX-License-Identifier: MIT */
/*
 * The ground of the arena: walls on a grid, made from a seed. Who knows the seed has the map, so it
 * never travels: the match clock (an object) carries eight bytes, and every client makes the same
 * walls from them. Only integers decide, so that they are the same on every machine.
 */
#ifndef ARENA_MAP_H
#define ARENA_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ARENA_COLUMNS = 30, /* of tiles */
    ARENA_ROWS = 20,
    ARENA_TILE = 2, /* units that a tile is wide and high */
    ARENA_WIDTH = ARENA_COLUMNS * ARENA_TILE,
    ARENA_HEIGHT = ARENA_ROWS * ARENA_TILE
};

/* In units; y grows downwards, as on a screen. */
typedef struct vec {
    float x, y;
} vec;

typedef struct arena_map {
    bool wall[ARENA_ROWS][ARENA_COLUMNS];
} arena_map;

/* The next number of a sequence that is the same everywhere, below `bound`. */
uint32_t map_random(uint64_t *state, uint32_t bound);

void map_make(arena_map *map, uint64_t seed);
/* Outside is a wall as well. */
bool map_is_wall(const arena_map *map, vec at);
/* Does a square of twice `half` a side fit here? `half` is below half a tile. */
bool map_has_room(const arena_map *map, vec at, float half);
/* Is there no wall between the two? */
bool map_sees(const arena_map *map, vec from, vec to);

#endif
