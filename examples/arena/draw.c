/* SPDX-License-Identifier: MIT */
/*
 * A cell of a terminal is about twice as high as it is wide, so a cell is one unit wide and two
 * high, and a tile of the map is two cells beside each other: angles look as they are.
 */
#include "draw.h"

#include <stdio.h>

enum { CELL_HEIGHT = 2, PANEL = ARENA_WIDTH + 1, STATUS_ROW = SCREEN_ROWS - 1 };
enum { LINES_ROW = ARENA_ROWS, SCORES_ROW = 3 };

static uint8_t colour_of(mn_object tank)
{
    static const uint8_t colours[] = {92, 91, 94, 93, 95, 96, 32, 31, 34, 33, 35, 36};
    return colours[tank.id % MN_COUNT(colours)];
}

static void draw_walls(arena_screen *screen, const arena_map *map)
{
    for (int row = 0; row < ARENA_ROWS; row++) {
        for (int column = 0; column < ARENA_WIDTH; column++) {
            if (map->wall[row][column / ARENA_TILE]) {
                screen_put(screen, column, row, ' ', COLOUR_WALL);
            }
        }
    }
}

/* By both signs, as seen from the tank. */
static const char barrels[3][3] = {{'\\', '|', '/'}, {'-', ' ', '-'}, {'/', '|', '\\'}};

/* -1, 0 or 1: the eighth of the circle that a direction is in, one axis of it. */
static int sign_of(float part)
{
    const float eighth = 0.38f; /* sine of 22.5 degrees */
    return part > eighth ? 1 : part < -eighth ? -1 : 0;
}

static void draw_tank(arena_screen *screen, const view_tank *tank, bool is_mine)
{
    int column = (int)tank->state.position.x;
    int row = (int)tank->state.position.y / CELL_HEIGHT;
    if (tank->state.health <= 0) {
        screen_put(screen, column, row, 'x', COLOUR_GREY);
        return;
    }
    uint8_t colour = colour_of(tank->object);
    int x = sign_of(tank->state.facing.x);
    int y = sign_of(tank->state.facing.y);
    screen_put(screen, column + x, row + y, barrels[y + 1][x + 1], colour);
    const char *body = is_mine ? "@" : tank->state.name;
    screen_put(screen, column, row, body[0], colour);
}

static void draw_flashes(arena_screen *screen, const arena_view *view, uint64_t now_us)
{
    for (int i = 0; i < VIEW_FLASHES; i++) {
        const view_flash *flash = &view->flashes[i];
        if (flash->until_us > now_us) {
            int column = (int)flash->position.x;
            int row = (int)flash->position.y / CELL_HEIGHT;
            screen_put(screen, column - 1, row, '(', COLOUR_RED);
            screen_put(screen, column, row, '*', COLOUR_YELLOW);
            screen_put(screen, column + 1, row, ')', COLOUR_RED);
        }
    }
}

static void draw_scores(arena_screen *screen, const arena_view *view, mn_object me)
{
    char line[SCREEN_COLUMNS];
    (void)snprintf(line, sizeof(line), "%s %u:%02u", view_phase(view), view->match.seconds / 60,
                   view->match.seconds % 60);
    screen_text(screen, PANEL, 0, line, COLOUR_PLAIN);
    (void)snprintf(line, sizeof(line), "%u shots, %u hits", view->match.shots, view->match.hits);
    screen_text(screen, PANEL, 1, line, COLOUR_GREY);
    for (uint32_t i = 0; i < view->tank_count; i++) {
        const view_tank *tank = &view->tanks[i];
        (void)snprintf(line, sizeof(line), "%c%-9.9s%4d %.*s", tank->object.id == me.id ? '@' : ' ',
                       tank->state.name, tank->state.score, (int)tank->state.health, "###");
        screen_text(screen, PANEL, SCORES_ROW + (int)i, line, colour_of(tank->object));
    }
}

void draw_view(arena_screen *screen, const arena_view *view, mn_object me, const char *status,
               uint64_t now_us)
{
    screen_clear(screen);
    if (view->has_map) {
        draw_walls(screen, &view->map);
    }
    for (uint32_t i = 0; i < view->shell_count; i++) {
        vec at = view->shells[i].position;
        screen_put(screen, (int)at.x, (int)at.y / CELL_HEIGHT, 'o', COLOUR_YELLOW);
    }
    for (uint32_t i = 0; i < view->tank_count; i++) {
        draw_tank(screen, &view->tanks[i], view->tanks[i].object.id == me.id);
    }
    draw_flashes(screen, view, now_us);
    draw_scores(screen, view, me);
    for (int i = 0; i < VIEW_LINES; i++) {
        screen_text(screen, 0, LINES_ROW + i, view->lines[i], COLOUR_PLAIN);
    }
    screen_text(screen, 0, STATUS_ROW, status, COLOUR_GREY);
    screen_show(screen);
}
