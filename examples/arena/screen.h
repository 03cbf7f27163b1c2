/* SPDX-License-Identifier: MIT */
/*
 * A terminal as 80 by 24 coloured cells and a queue of keys. Whatever ends the program, an exit, a
 * signal or a crash, the terminal is as it was before.
 */
#ifndef ARENA_SCREEN_H
#define ARENA_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

enum { SCREEN_COLUMNS = 80, SCREEN_ROWS = 24 };

enum { /* foregrounds as ANSI counts them; WALL is a background */
       COLOUR_PLAIN = 0,
       COLOUR_RED = 31,
       COLOUR_YELLOW = 33,
       COLOUR_GREY = 90,
       COLOUR_WALL = 100
};

enum {
    KEY_NONE = 0,
    KEY_CONTROL_C = 3,
    KEY_ESCAPE = 27,
    KEY_UP = 256,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT
};

typedef struct screen_cell {
    char glyph;
    uint8_t colour;
} screen_cell;

typedef struct arena_screen {
    bool is_open;
    bool has_keys; /* the input is a terminal as well */
    screen_cell cells[SCREEN_ROWS][SCREEN_COLUMNS];
    screen_cell shown[SCREEN_ROWS][SCREEN_COLUMNS];
} arena_screen;

/* From here on SIGINT, SIGTERM and SIGHUP are a wish, the second one an order. */
void screen_watch_signals(void);
bool screen_was_interrupted(void);

/* False: the output is no terminal, or one that can only print. */
bool screen_open(arena_screen *screen);
void screen_close(arena_screen *screen);
void screen_clear(arena_screen *screen);
/* What is outside of the screen is cut off. */
void screen_put(arena_screen *screen, int column, int row, char glyph, uint8_t colour);
void screen_text(arena_screen *screen, int column, int row, const char *text, uint8_t colour);
/* Writes the rows that differ from what is on the terminal. */
void screen_show(arena_screen *screen);
/* The next key: a character, KEY_…, or KEY_NONE; never waits. */
int screen_key(const arena_screen *screen);

#endif
