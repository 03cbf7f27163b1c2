/* SPDX-License-Identifier: MIT */
/*
 * What a driver wants in this tick, whoever drives: a person at a keyboard, or a bot.
 */
#ifndef ARENA_COMMAND_H
#define ARENA_COMMAND_H

#include "protocol.h"

typedef struct command {
    float throttle, turn; /* -1 to 1 */
    bool fire;
    bool quit;
    char say[ARENA_CHAT_SIZE]; /* "": nothing */
} command;

#endif
