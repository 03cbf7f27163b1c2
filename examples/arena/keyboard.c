/* SPDX-License-Identifier: MIT */
#include "keyboard.h"

#include <string.h>

#define TURN_US 150000u

enum { BACKSPACE = 8, NEWLINE = 10, RETURN = 13, DELETE = 127 };

static void type(keyboard *keys, int key, command *wanted)
{
    if (key == RETURN || key == NEWLINE) {
        memcpy(wanted->say, keys->line, sizeof(wanted->say));
        keys->is_typing = false;
    } else if (key == KEY_ESCAPE) {
        keys->is_typing = false;
    } else if ((key == BACKSPACE || key == DELETE) && keys->typed > 0) {
        keys->line[--keys->typed] = 0;
    } else if (key >= ' ' && key <= '~' && keys->typed + 1 < sizeof(keys->line)) {
        keys->line[keys->typed++] = (char)key;
        keys->line[keys->typed] = 0;
    }
}

static void turn(keyboard *keys, float direction, uint64_t now_us)
{
    keys->turn = direction;
    keys->turn_until_us = now_us + TURN_US;
}

/* One step forward or back: from reverse to standing to forward. */
static void shift(keyboard *keys, float by)
{
    float throttle = keys->throttle + by;
    keys->throttle = throttle > 1.0f ? 1.0f : throttle < -1.0f ? -1.0f : throttle;
}

static void press(keyboard *keys, int key, command *wanted, uint64_t now_us)
{
    switch (key) {
    case 'w':
    case KEY_UP:
        shift(keys, 1.0f);
        break;
    case 's':
    case KEY_DOWN:
        shift(keys, -1.0f);
        break;
    case 'a':
    case KEY_LEFT:
        turn(keys, -1.0f, now_us);
        break;
    case 'd':
    case KEY_RIGHT:
        turn(keys, 1.0f, now_us);
        break;
    case ' ':
        wanted->fire = true;
        break;
    case RETURN:
    case NEWLINE:
        keys->is_typing = true;
        keys->typed = 0;
        keys->line[0] = 0;
        break;
    case 'q':
        wanted->quit = true;
        break;
    default:
        break;
    }
}

command keyboard_read(keyboard *keys, const arena_screen *screen, uint64_t now_us)
{
    command wanted = {0};
    int key;
    while ((key = screen_key(screen)) != KEY_NONE) {
        if (key == KEY_CONTROL_C) {
            wanted.quit = true;
        } else if (keys->is_typing) {
            type(keys, key, &wanted);
        } else {
            press(keys, key, &wanted, now_us);
        }
    }
    wanted.throttle = keys->throttle;
    wanted.turn = now_us < keys->turn_until_us ? keys->turn : 0.0f;
    return wanted;
}
