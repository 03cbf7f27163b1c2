/* SPDX-License-Identifier: MIT */
/*
 * The world as one looks at it: collected anew every tick from the state of network objects, on a
 * client and on the server alike. The screen draws it, and a bot thinks about it: a bot knows no
 * more than a player does.
 */
#ifndef ARENA_VIEW_H
#define ARENA_VIEW_H

#include "protocol.h"

enum { VIEW_FLASHES = 16, VIEW_LINES = 3, VIEW_LINE_SIZE = 80 };

typedef struct view_tank {
    mn_object object;
    tank_state state;
} view_tank;

typedef struct view_flash { /* of an explosion */
    vec position;
    uint64_t until_us;
} view_flash;

typedef struct arena_view {
    arena_map map;
    bool has_map;
    match_state match;
    uint32_t tank_count, shell_count;
    view_tank tanks[ARENA_TANKS];
    shell_state shells[ARENA_SHELLS];
    view_flash flashes[VIEW_FLASHES];
    uint32_t flash_next;
    char lines[VIEW_LINES][VIEW_LINE_SIZE]; /* of chat and news, the newest last */
} arena_view;

/* Forgets the objects, keeps map, flashes and lines. */
void view_clear(arena_view *view);
void view_add(arena_view *view, mn_object object, uint32_t type, const void *state);
/* NULL: there is no such tank. */
const view_tank *view_tank_of(const arena_view *view, mn_object object);
void view_flash_at(arena_view *view, vec at, uint64_t now_us);
void view_say(arena_view *view, const char *line);
void view_say_as(arena_view *view, const char *name, const char *line);
/* "waiting", "playing", "stopped" */
const char *view_phase(const arena_view *view);

#endif
