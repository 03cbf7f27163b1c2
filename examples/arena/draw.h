/* SPDX-License-Identifier: MIT */
/*
 * A view on a screen: the map on the left, scores on the right, below it three lines of chat and
 * one of status.
 */
#ifndef ARENA_DRAW_H
#define ARENA_DRAW_H

#include "screen.h"
#include "view.h"

/* me: the tank that is mine, {0}: I only watch. status: the last line. */
void draw_view(arena_screen *screen, const arena_view *view, mn_object me, const char *status,
               uint64_t now_us);

#endif
