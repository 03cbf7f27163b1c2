/* SPDX-License-Identifier: MIT */
/*
 * The server's own view of the arena, for a screen that watches and does not play.
 */
#ifndef ARENA_SPECTATE_H
#define ARENA_SPECTATE_H

#include "match.h"
#include "view.h"

/* After match_step of the same tick. Takes what has been said. */
void spectate(arena_view *view, arena_match *match, uint64_t now_us);

#endif
