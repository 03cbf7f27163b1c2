/* SPDX-License-Identifier: MIT */
/*
 * A driver that needs no keyboard. It sees the view of its own client, late and rounded as the
 * network delivers it, and answers with the commands that a person could give.
 */
#ifndef ARENA_BOT_H
#define ARENA_BOT_H

#include "command.h"
#include "view.h"

typedef struct arena_bot {
    uint64_t random;
    mn_object prey;
    uint32_t prey_ticks;  /* until it looks for another */
    uint32_t avoid_ticks; /* it turns away from something until then */
    float avoid_turn;
    int32_t score; /* as of the last tick, to see that it has won something */
} arena_bot;

command bot_drive(arena_bot *bot, const arena_view *view, mn_object me);

#endif
