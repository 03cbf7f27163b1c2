/* SPDX-License-Identifier: MIT */
/*
 * Directions are unit vectors and turning is a small rotation, so the rules need four operations of
 * arithmetic and nothing from the mathematics library, whose last bits differ between systems.
 */
#include "rules.h"

#include <string.h>

#define TICK (1.0f / (float)ARENA_HZ)
#define TANK_SPEED 8.0f   /* units a second; half of it backwards */
#define TANK_TURN 2.6f    /* radians a second */
#define TANK_HALF 0.8f    /* of its side, against walls */
#define TANK_RADIUS 1.1f  /* against tanks and shells */
#define SHELL_SPEED 24.0f /* a unit and less per tick: it does not jump over a tank */
#define MUZZLE 1.3f       /* from the middle of the tank to where its shells appear */

enum {
    RELOAD_TICKS = ARENA_HZ / 2,
    REFILL_TICKS = ARENA_HZ,
    RESPAWN_TICKS = 2 * ARENA_HZ,
    SHELL_TICKS = 2 * ARENA_HZ,
    PLACES_TRIED = 12
};

static vec along(vec from, vec direction, float distance)
{
    return (vec){from.x + direction.x * distance, from.y + direction.y * distance};
}

static float distance_squared(vec a, vec b)
{
    float x = a.x - b.x;
    float y = a.y - b.y;
    return x * x + y * y;
}

/* Clockwise on the screen. The series is exact enough for the tenth of a radian that a tick turns;
   the last line keeps the length at one without a square root (one step of Newton's method). */
static vec rotate(vec v, float angle)
{
    float c = 1.0f - angle * angle / 2.0f;
    float s = angle - angle * angle * angle / 6.0f;
    vec turned = {v.x * c - v.y * s, v.x * s + v.y * c};
    float scale = (3.0f - (turned.x * turned.x + turned.y * turned.y)) / 2.0f;
    return (vec){turned.x * scale, turned.y * scale};
}

static float within_one(float value)
{
    if (value > 1.0f) {
        return 1.0f;
    }
    return value < -1.0f ? -1.0f : value >= -1.0f ? value : 0.0f; /* the last: NaN */
}

/* The tank that stands within `distance` of a place, but not this one; -1: none. */
static int32_t tank_at(const arena_world *world, vec at, float distance, uint32_t but)
{
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        const arena_tank *other = &world->tanks[i];
        if (i != but && other->used && other->health > 0 &&
            distance_squared(at, other->position) < distance * distance) {
            return (int32_t)i;
        }
    }
    return -1;
}

static float nearest_tank_squared(const arena_world *world, vec at, uint32_t but)
{
    float nearest = (float)(ARENA_WIDTH * ARENA_WIDTH);
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        const arena_tank *other = &world->tanks[i];
        float distance = distance_squared(at, other->position);
        if (i != but && other->used && other->health > 0 && distance < nearest) {
            nearest = distance;
        }
    }
    return nearest;
}

/* Of some places, the one that is farthest from everybody. */
static void place(arena_world *world, uint32_t number)
{
    static const vec directions[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    arena_tank *tank = &world->tanks[number];
    float best = -1.0f;
    for (int tries = 0; tries < PLACES_TRIED || best < 0.0f; tries++) {
        vec at = {(float)(1 + 2 * map_random(&world->random, ARENA_COLUMNS)),
                  (float)(1 + 2 * map_random(&world->random, ARENA_ROWS))};
        float distance = nearest_tank_squared(world, at, number);
        if (!map_is_wall(&world->map, at) && distance > best) {
            best = distance;
            tank->position = at;
        }
    }
    tank->facing = directions[map_random(&world->random, 4)];
    tank->health = ARENA_HEALTH;
    tank->ammo = ARENA_AMMO;
    tank->reload_ticks = 0;
    tank->refill_ticks = REFILL_TICKS;
}

void world_init(arena_world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    world->random = seed;
    map_make(&world->map, seed);
}

int32_t world_join(arena_world *world)
{
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        if (!world->tanks[i].used) {
            memset(&world->tanks[i], 0, sizeof(world->tanks[i]));
            world->tanks[i].used = true;
            place(world, i);
            return (int32_t)i;
        }
    }
    return -1;
}

void world_leave(arena_world *world, uint32_t tank)
{
    if (tank >= ARENA_TANKS) {
        return;
    }
    world->tanks[tank].used = false;
    for (uint32_t i = 0; i < ARENA_SHELLS; i++) {
        if (world->shells[i].shooter == tank) {
            world->shells[i].used = false;
        }
    }
}

void world_drive(arena_world *world, uint32_t tank, float throttle, float turn)
{
    if (tank < ARENA_TANKS) {
        world->tanks[tank].throttle = within_one(throttle);
        world->tanks[tank].turn = within_one(turn);
    }
}

bool world_fire(arena_world *world, uint32_t number)
{
    if (number >= ARENA_TANKS) {
        return false;
    }
    arena_tank *tank = &world->tanks[number];
    if (!tank->used || tank->health <= 0 || tank->reload_ticks > 0 || tank->ammo <= 0) {
        return false;
    }
    for (uint32_t i = 0; i < ARENA_SHELLS; i++) {
        if (!world->shells[i].used) {
            world->shells[i] = (arena_shell){true, along(tank->position, tank->facing, MUZZLE),
                                             tank->facing, number, SHELL_TICKS};
            tank->ammo--;
            tank->reload_ticks = RELOAD_TICKS;
            world->shots++;
            return true;
        }
    }
    return false;
}

/* One axis at a time, so that a tank slides along a wall. It may leave a tank that it overlaps, but
   not come closer. */
static void move(arena_world *world, uint32_t number, vec by)
{
    arena_tank *tank = &world->tanks[number];
    vec to = {tank->position.x + by.x, tank->position.y + by.y};
    int32_t other = tank_at(world, to, 2.0f * TANK_RADIUS, number);
    if (map_has_room(&world->map, to, TANK_HALF) &&
        (other < 0 || distance_squared(to, world->tanks[other].position) >=
                          distance_squared(tank->position, world->tanks[other].position))) {
        tank->position = to;
    }
}

static void step_tank(arena_world *world, uint32_t number)
{
    arena_tank *tank = &world->tanks[number];
    if (tank->health <= 0) {
        if (--tank->respawn_ticks <= 0) {
            place(world, number);
        }
        return;
    }
    tank->reload_ticks -= tank->reload_ticks > 0 ? 1 : 0;
    if (tank->ammo < ARENA_AMMO && --tank->refill_ticks <= 0) {
        tank->ammo++;
        tank->refill_ticks = REFILL_TICKS;
    }
    tank->facing = rotate(tank->facing, tank->turn * TANK_TURN * TICK);
    float speed = TANK_SPEED * (tank->throttle < 0.0f ? 0.5f : 1.0f);
    float distance = tank->throttle * speed * TICK;
    move(world, number, (vec){tank->facing.x * distance, 0.0f});
    move(world, number, (vec){0.0f, tank->facing.y * distance});
}

static void explode(arena_world *world, arena_shell *shell, int32_t victim)
{
    arena_blast *blast = &world->blasts[world->blast_count++];
    *blast = (arena_blast){shell->position, shell->shooter, victim, false};
    shell->used = false;
    if (victim < 0) {
        return;
    }
    arena_tank *tank = &world->tanks[victim];
    world->hits++;
    tank->health--;
    blast->destroyed = tank->health == 0;
    world->tanks[shell->shooter].score +=
        blast->destroyed ? ARENA_POINTS_DESTROYED : ARENA_POINTS_HIT;
    tank->respawn_ticks = RESPAWN_TICKS;
}

static void step_shell(arena_world *world, arena_shell *shell)
{
    shell->position = along(shell->position, shell->facing, SHELL_SPEED * TICK);
    int32_t victim = tank_at(world, shell->position, TANK_RADIUS, shell->shooter);
    if (victim >= 0 || map_is_wall(&world->map, shell->position) || --shell->life_ticks <= 0) {
        explode(world, shell, victim);
    }
}

void world_step(arena_world *world)
{
    world->ticks++;
    world->blast_count = 0;
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        if (world->tanks[i].used) {
            step_tank(world, i);
        }
    }
    for (uint32_t i = 0; i < ARENA_SHELLS; i++) {
        if (world->shells[i].used) {
            step_shell(world, &world->shells[i]);
        }
    }
}
