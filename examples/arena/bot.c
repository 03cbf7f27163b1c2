/* SPDX-License-Identifier: MIT */
/*
 * Geometry without angles: with a direction and the way to the prey, the cross product is how far a
 * shot would pass beside it (its sign: on which side), the dot product how far ahead it is.
 */
#include "bot.h"

#include <stdio.h>

#define AIM_WIDTH 0.8f  /* a shot passes this close to the middle of the prey: fire */
#define TURN_WIDTH 0.3f /* below this, aiming is good enough */
#define TOO_NEAR 6.0f   /* closer than this it stops */
#define LOOK_AHEAD 2.5f /* that far a driver watches the road */

enum { PREY_TICKS = 3 * ARENA_HZ, AVOID_TICKS = ARENA_HZ / 2 };

static vec way(vec from, vec to)
{
    return (vec){to.x - from.x, to.y - from.y};
}

static float dot(vec a, vec b)
{
    return a.x * b.x + a.y * b.y;
}

static float cross(vec a, vec b)
{
    return a.x * b.y - a.y * b.x;
}

static vec ahead(const tank_state *tank, float along, float aside)
{
    return (vec){tank->position.x + tank->facing.x * along - tank->facing.y * aside,
                 tank->position.y + tank->facing.y * along + tank->facing.x * aside};
}

/* The nearest tank that can be seen, else the nearest. */
static mn_object find_prey(const arena_view *view, const view_tank *mine)
{
    const float hidden = 1.0e4f; /* more than any distance there is, squared */
    float best = 2.0f * hidden;
    mn_object prey = {0};
    for (uint32_t i = 0; i < view->tank_count; i++) {
        const view_tank *other = &view->tanks[i];
        if (other == mine || other->state.health <= 0) {
            continue;
        }
        vec to = way(mine->state.position, other->state.position);
        float far = dot(to, to);
        if (!map_sees(&view->map, mine->state.position, other->state.position)) {
            far += hidden;
        }
        if (far < best) {
            best = far;
            prey = other->object;
        }
    }
    return prey;
}

static const tank_state *choose_prey(arena_bot *bot, const arena_view *view, const view_tank *mine)
{
    const view_tank *prey = view_tank_of(view, bot->prey);
    if (prey == NULL || prey->state.health <= 0 || bot->prey_ticks == 0) {
        bot->prey = find_prey(view, mine);
        bot->prey_ticks = PREY_TICKS + map_random(&bot->random, PREY_TICKS);
        prey = view_tank_of(view, bot->prey);
    }
    bot->prey_ticks--;
    return prey == NULL ? NULL : &prey->state;
}

static void hunt(const arena_view *view, const tank_state *mine, const tank_state *prey,
                 command *wanted)
{
    vec to = way(mine->position, prey->position);
    float beside = cross(mine->facing, to);
    float before = dot(mine->facing, to);
    if (before < 0.0f || beside > TURN_WIDTH || beside < -TURN_WIDTH) {
        bool nearly = before > 0.0f && beside < 2.0f && beside > -2.0f;
        wanted->turn = (beside < 0.0f ? -1.0f : 1.0f) * (nearly ? 0.375f : 1.0f);
    }
    bool sees = map_sees(&view->map, mine->position, prey->position);
    wanted->throttle = sees && dot(to, to) < TOO_NEAR * TOO_NEAR ? 0.0f : 1.0f;
    wanted->fire = sees && before > 0.0f && beside < AIM_WIDTH && beside > -AIM_WIDTH &&
                   mine->ammo > 0 && mine->reload_ticks == 0;
}

/* A wall in front: turn to the freer side, and keep to that for a moment. */
static void avoid(arena_bot *bot, const arena_view *view, const tank_state *mine, command *wanted)
{
    bool left = map_is_wall(&view->map, ahead(mine, LOOK_AHEAD, -1.0f));
    bool right = map_is_wall(&view->map, ahead(mine, LOOK_AHEAD, 1.0f));
    if ((left || right) && wanted->throttle > 0.0f && bot->avoid_ticks == 0) {
        bool either = left == right;
        bool to_right = either ? map_random(&bot->random, 2) == 0 : left;
        bot->avoid_turn = to_right ? 1.0f : -1.0f;
        bot->avoid_ticks = AVOID_TICKS;
    }
    if (bot->avoid_ticks > 0) {
        bot->avoid_ticks--;
        wanted->turn = bot->avoid_turn;
        wanted->throttle = left && right ? 0.0f : 0.75f;
    }
}

static void cheer(arena_bot *bot, const tank_state *mine, command *wanted)
{
    if (mine->score >= bot->score + ARENA_POINTS_DESTROYED) {
        (void)snprintf(wanted->say, sizeof(wanted->say), "that makes %d points", mine->score);
    }
    bot->score = mine->score;
}

command bot_drive(arena_bot *bot, const arena_view *view, mn_object me)
{
    command wanted = {0};
    const view_tank *mine = view_tank_of(view, me);
    if (mine == NULL || !view->has_map || view->match.phase != PHASE_PLAYING) {
        return wanted;
    }
    cheer(bot, &mine->state, &wanted);
    const tank_state *prey = choose_prey(bot, view, mine);
    if (mine->state.health <= 0) {
        return wanted;
    }
    if (prey == NULL) {
        wanted.throttle = 1.0f;
    } else {
        hunt(view, &mine->state, prey, &wanted);
    }
    avoid(bot, view, &mine->state, &wanted);
    return wanted;
}
