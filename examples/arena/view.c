/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define FLASH_US 350000u

void view_clear(arena_view *view)
{
    view->tank_count = 0;
    view->shell_count = 0;
}

static void take_match(arena_view *view, const match_state *match)
{
    if (!view->has_map || view->match.seed != match->seed) {
        map_make(&view->map, match->seed);
        view->has_map = true;
    }
    view->match = *match;
}

void view_add(arena_view *view, mn_object object, uint32_t type, const void *state)
{
    if (state == NULL) {
        return;
    }
    if (type == TYPE_MATCH) {
        take_match(view, state);
    } else if (type == TYPE_TANK && view->tank_count < ARENA_TANKS) {
        view_tank *tank = &view->tanks[view->tank_count++];
        tank->object = object;
        memcpy(&tank->state, state, sizeof(tank->state));
    } else if (type == TYPE_SHELL && view->shell_count < ARENA_SHELLS) {
        memcpy(&view->shells[view->shell_count++], state, sizeof(view->shells[0]));
    }
}

const view_tank *view_tank_of(const arena_view *view, mn_object object)
{
    for (uint32_t i = 0; i < view->tank_count; i++) {
        if (view->tanks[i].object.id == object.id) {
            return &view->tanks[i];
        }
    }
    return NULL;
}

void view_flash_at(arena_view *view, vec at, uint64_t now_us)
{
    view->flashes[view->flash_next++ % VIEW_FLASHES] = (view_flash){at, now_us + FLASH_US};
}

void view_say(arena_view *view, const char *line)
{
    memmove(view->lines[0], view->lines[1], sizeof(view->lines) - sizeof(view->lines[0]));
    text_copy(view->lines[VIEW_LINES - 1], sizeof(view->lines[0]), line);
}

void view_say_as(arena_view *view, const char *name, const char *line)
{
    char said[VIEW_LINE_SIZE + ARENA_NAME_SIZE];
    (void)snprintf(said, sizeof(said), "%s: %s", name, line);
    view_say(view, said);
}

const char *view_phase(const arena_view *view)
{
    static const char *const phases[] = {"waiting", "playing", "stopped"};
    return phases[view->match.phase % MN_COUNT(phases)];
}
