/* SPDX-License-Identifier: MIT */
/*
 * Escape sequences that every terminal of the last forty years knows (ECMA-48), and the alternate
 * screen of xterm. The few variables here are what a signal handler must reach: it calls nothing
 * but tcsetattr and write, which POSIX allows there (XSH 2.4.3).
 */
#define _POSIX_C_SOURCE 200809L
#include "screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t is_drawn;
static volatile sig_atomic_t is_raw;
static struct termios before;

static void write_all(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, size);
        if (written <= 0) {
            return; /* a screen that is half drawn is no reason to stop the game */
        }
        bytes += written;
        size -= (size_t)written;
    }
}

static void restore(void)
{
    static const char leave[] = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
    if (is_drawn) {
        is_drawn = 0;
        write_all(leave, sizeof(leave) - 1);
    }
    if (is_raw) {
        is_raw = 0;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
}

static void on_wish(int number)
{
    interrupts++;
    if (interrupts > 1) {
        restore();
        _exit(128 + number);
    }
}

/* The handler is gone by now (SA_RESETHAND): what happened happens again, and ends the program as
   it would have without us. */
static void on_crash(int number)
{
    restore();
    (void)raise(number);
}

void screen_watch_signals(void)
{
    static const int wishes[] = {SIGINT, SIGTERM, SIGHUP};
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on_wish;
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        (void)sigaction(wishes[i], &action, NULL);
    }
    action.sa_handler = on_crash;
    action.sa_flags = (int)SA_RESETHAND;
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        (void)sigaction(crashes[i], &action, NULL);
    }
}

bool screen_was_interrupted(void)
{
    return interrupts > 0;
}

/* Keys come one by one, unechoed; Ctrl-C is a key like others. */
static bool make_raw(void)
{
    struct termios raw;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) {
        return false;
    }
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    is_raw = 1;
    return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

bool screen_open(arena_screen *screen)
{
    static const char enter[] = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
    memset(screen, 0, sizeof(*screen));
    const char *kind = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || kind == NULL || strcmp(kind, "dumb") == 0 ||
        atexit(restore) != 0) {
        return false;
    }
    screen->is_open = true;
    screen->has_keys = make_raw();
    is_drawn = 1;
    write_all(enter, sizeof(enter) - 1);
    screen_clear(screen);
    return true;
}

void screen_close(arena_screen *screen)
{
    screen->is_open = false;
    restore();
}

void screen_clear(arena_screen *screen)
{
    for (int row = 0; row < SCREEN_ROWS; row++) {
        for (int column = 0; column < SCREEN_COLUMNS; column++) {
            screen->cells[row][column] = (screen_cell){' ', COLOUR_PLAIN};
        }
    }
}

void screen_put(arena_screen *screen, int column, int row, char glyph, uint8_t colour)
{
    if (column >= 0 && column < SCREEN_COLUMNS && row >= 0 && row < SCREEN_ROWS) {
        screen->cells[row][column] = (screen_cell){glyph, colour};
    }
}

void screen_text(arena_screen *screen, int column, int row, const char *text, uint8_t colour)
{
    for (int i = 0; text[i] != 0; i++) {
        screen_put(screen, column + i, row, text[i], colour);
    }
}

/* A row as bytes: a colour is said once where it begins. Room for the worst, a colour a cell. */
static void show_row(const screen_cell *cells, int row)
{
    char bytes[SCREEN_COLUMNS * 10 + 32];
    int size = snprintf(bytes, sizeof(bytes), "\x1b[%d;1H\x1b[0m", row + 1);
    uint8_t colour = COLOUR_PLAIN;
    for (int column = 0; column < SCREEN_COLUMNS; column++) {
        if (cells[column].colour != colour) {
            colour = cells[column].colour;
            size += snprintf(bytes + size, sizeof(bytes) - (size_t)size, "\x1b[0;%dm", colour);
        }
        bytes[size++] = cells[column].glyph;
    }
    write_all(bytes, (size_t)size);
}

void screen_show(arena_screen *screen)
{
    for (int row = 0; screen->is_open && row < SCREEN_ROWS; row++) {
        if (memcmp(screen->cells[row], screen->shown[row], sizeof(screen->cells[row])) != 0) {
            show_row(screen->cells[row], row);
            memcpy(screen->shown[row], screen->cells[row], sizeof(screen->shown[row]));
        }
    }
}

/* The arrows are an escape, a bracket (or O), and a letter. They arrive together. */
int screen_key(const arena_screen *screen)
{
    unsigned char bytes[3] = {0};
    if (!screen->has_keys || read(STDIN_FILENO, bytes, 1) != 1) {
        return KEY_NONE;
    }
    if (bytes[0] != KEY_ESCAPE || read(STDIN_FILENO, bytes + 1, 1) != 1 ||
        read(STDIN_FILENO, bytes + 2, 1) != 1) {
        return bytes[0];
    }
    switch (bytes[2]) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return KEY_RIGHT;
    case 'D':
        return KEY_LEFT;
    default:
        return KEY_NONE;
    }
}
