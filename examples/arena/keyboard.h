/* SPDX-License-Identifier: MIT */
/*
 * Keys of a terminal as commands. A terminal tells that a key went down (and, after a while, that
 * it is still down), but never that it was let go: so the throttle stays where it was put, and a
 * turn lasts a moment.
 */
#ifndef ARENA_KEYBOARD_H
#define ARENA_KEYBOARD_H

#include "command.h"
#include "screen.h"

typedef struct keyboard {
    float throttle, turn;
    uint64_t turn_until_us;
    bool is_typing; /* a line of chat */
    uint32_t typed;
    char line[ARENA_CHAT_SIZE];
} keyboard;

/* Takes all keys that were pressed since the last call. */
command keyboard_read(keyboard *keys, const arena_screen *screen, uint64_t now_us);

#endif
