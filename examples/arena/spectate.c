/* SPDX-License-Identifier: MIT */
#include "spectate.h"

#include <stdio.h>

enum { OBJECTS = ARENA_TANKS + ARENA_SHELLS + 1 };

static void tell_blast(arena_view *view, const arena_match *match, const arena_blast *blast,
                       uint64_t now_us)
{
    view_flash_at(view, blast->position, now_us);
    if (blast->destroyed) {
        char line[VIEW_LINE_SIZE];
        (void)snprintf(line, sizeof(line), "* %s destroyed %s",
                       match->sessions[blast->shooter].name, match->sessions[blast->victim].name);
        view_say(view, line);
    }
}

void spectate(arena_view *view, arena_match *match, uint64_t now_us)
{
    mn_object objects[OBJECTS];
    mn_result count = mn_server_objects_list(match->objects, objects, OBJECTS);
    view_clear(view);
    for (mn_result i = 0; i < count && i < OBJECTS; i++) {
        view_add(view, objects[i], mn_server_objects_type(match->objects, objects[i]),
                 mn_server_objects_state(match->objects, objects[i]));
    }
    for (uint32_t i = 0; i < match->world.blast_count; i++) {
        tell_blast(view, match, &match->world.blasts[i], now_us);
    }
    for (uint32_t i = 0; i < match->said_count; i++) {
        view_say_as(view, match->said[i].name, match->said[i].text);
    }
    match->said_count = 0;
}
