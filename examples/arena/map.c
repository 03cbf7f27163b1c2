/* SPDX-License-Identifier: MIT */
/*
 * Short straight walls, each with free ground all around it: whatever the seed, no place is cut off
 * from the others. Every wall has a twin on the opposite side, so that no corner is better.
 */
#include "map.h"

#include <string.h>

enum { WALLS = 12, LONGEST_WALL = 4, ATTEMPTS = 400 };

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint32_t map_random(uint64_t *state, uint32_t bound)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) % bound);
}

/* A wall from (column, row), `width` by `height` tiles, and one tile around it. */
static bool is_free(const arena_map *map, int column, int row, int width, int height)
{
    if (column < 2 || row < 2 || column + width > ARENA_COLUMNS - 2 ||
        row + height > ARENA_ROWS - 2) {
        return false;
    }
    for (int y = row - 1; y <= row + height; y++) {
        for (int x = column - 1; x <= column + width; x++) {
            if (map->wall[y][x]) {
                return false;
            }
        }
    }
    return true;
}

static void put(arena_map *map, int column, int row, int width, int height)
{
    for (int y = row; y < row + height; y++) {
        for (int x = column; x < column + width; x++) {
            map->wall[y][x] = true;
        }
    }
}

static bool put_wall_and_twin(arena_map *map, uint64_t *random)
{
    int length = 1 + (int)map_random(random, LONGEST_WALL);
    bool lies = map_random(random, 2) == 0;
    int width = lies ? length : 1;
    int height = lies ? 1 : length;
    int column = (int)map_random(random, ARENA_COLUMNS);
    int row = (int)map_random(random, ARENA_ROWS);
    int twin_column = ARENA_COLUMNS - column - width;
    int twin_row = ARENA_ROWS - row - height;
    if (!is_free(map, column, row, width, height)) {
        return false;
    }
    put(map, column, row, width, height);
    if (!is_free(map, twin_column, twin_row, width, height)) {
        for (int y = row; y < row + height; y++) {
            memset(&map->wall[y][column], 0, (size_t)width * sizeof(map->wall[y][column]));
        }
        return false;
    }
    put(map, twin_column, twin_row, width, height);
    return true;
}

void map_make(arena_map *map, uint64_t seed)
{
    memset(map, 0, sizeof(*map));
    put(map, 0, 0, ARENA_COLUMNS, 1);
    put(map, 0, ARENA_ROWS - 1, ARENA_COLUMNS, 1);
    put(map, 0, 0, 1, ARENA_ROWS);
    put(map, ARENA_COLUMNS - 1, 0, 1, ARENA_ROWS);
    uint64_t random = seed;
    int walls = 0;
    for (int attempt = 0; attempt < ATTEMPTS && walls < WALLS; attempt++) {
        walls += put_wall_and_twin(map, &random) ? 1 : 0;
    }
}

bool map_is_wall(const arena_map *map, vec at)
{
    /* Written so that NaN is outside, too. */
    if (!(at.x >= 0.0f && at.x < (float)ARENA_WIDTH && at.y >= 0.0f &&
          at.y < (float)ARENA_HEIGHT)) {
        return true;
    }
    return map->wall[(int)at.y / ARENA_TILE][(int)at.x / ARENA_TILE];
}

bool map_has_room(const arena_map *map, vec at, float half)
{
    return !map_is_wall(map, (vec){at.x - half, at.y - half}) &&
           !map_is_wall(map, (vec){at.x + half, at.y - half}) &&
           !map_is_wall(map, (vec){at.x - half, at.y + half}) &&
           !map_is_wall(map, (vec){at.x + half, at.y + half});
}

bool map_sees(const arena_map *map, vec from, vec to)
{
    const int steps = 96; /* less than a unit each, over the longest way there is */
    for (int i = 1; i < steps; i++) {
        float part = (float)i / (float)steps;
        vec at = {from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
        if (map_is_wall(map, at)) {
            return false;
        }
    }
    return true;
}
