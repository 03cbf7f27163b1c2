/* SPDX-License-Identifier: MIT */
/*
 * The rules of the game: tanks, shells, walls. No networking, no clock, no memory of its own: a
 * world is a value, and the same seed with the same commands gives the same world, tick by tick.
 * The server runs it and copies what is worth seeing into the state of network objects.
 */
#ifndef ARENA_RULES_H
#define ARENA_RULES_H

#include "map.h"

enum {
    ARENA_HZ = 30, /* ticks in a second */
    ARENA_TANKS = 32,
    ARENA_SHELLS = 128,
    ARENA_HEALTH = 3, /* hits that a tank takes */
    ARENA_AMMO = 8,
    ARENA_POINTS_HIT = 1,
    ARENA_POINTS_DESTROYED = 3
};

typedef struct arena_tank {
    bool used;
    vec position;
    vec facing;            /* a direction: one unit long */
    float throttle, turn;  /* the driver's wish, -1 to 1 */
    int32_t health;        /* 0: destroyed, waits for its return */
    int32_t ammo;          /* shells that it can still fire */
    int32_t score;         /* points since it joined */
    int32_t reload_ticks;  /* until the gun is ready */
    int32_t refill_ticks;  /* until the next shell is added */
    int32_t respawn_ticks; /* until it returns */
} arena_tank;

typedef struct arena_shell {
    bool used;
    vec position;
    vec facing;
    uint32_t shooter;
    int32_t life_ticks;
} arena_shell;

/* A shell that went off in the last tick. */
typedef struct arena_blast {
    vec position;
    uint32_t shooter;
    int32_t victim; /* -1: it hit a wall, or nothing */
    bool destroyed; /* the victim is */
} arena_blast;

typedef struct arena_world {
    uint64_t random;
    uint32_t ticks, shots, hits;
    uint32_t blast_count;
    arena_map map;
    arena_tank tanks[ARENA_TANKS];
    arena_shell shells[ARENA_SHELLS];
    arena_blast blasts[ARENA_SHELLS];
} arena_world;

void world_init(arena_world *world, uint64_t seed);
/* The number of the new tank; -1: there is no room. */
int32_t world_join(arena_world *world);
void world_leave(arena_world *world, uint32_t tank);
/* What the driver wants until told otherwise. Out of range is cut; NaN is zero. */
void world_drive(arena_world *world, uint32_t tank, float throttle, float turn);
/* False: destroyed, not reloaded, or nothing left. */
bool world_fire(arena_world *world, uint32_t tank);
void world_step(arena_world *world);

#endif
