/* SPDX-License-Identifier: MIT */
/*
 * What server and clients have agreed on: messages, object types and calls, one schema for both. A
 * client whose schema differs is refused by name before it can misunderstand anything.
 */
#ifndef ARENA_PROTOCOL_H
#define ARENA_PROTOCOL_H

#include <miragenet.h>

#include <stdint.h>

#include "rules.h"

#define ARENA_APPLICATION 0x6172656e612d3031u /* "arena-01" */

enum { ARENA_NAME_SIZE = 16, ARENA_CHAT_SIZE = 64 }; /* with their terminators */
enum {
    ARENA_REASON_MATCH_OVER = MN_REASON_USER,
    ARENA_REASON_CLOSED,
    ARENA_REASON_FULL,
    ARENA_REASON_LATE
};

/* ---- messages -------------------------------------------------------------------------------- */

enum { MESSAGE_JOIN = 1, MESSAGE_INPUT, MESSAGE_CHAT, MESSAGE_STOP, MESSAGE_REPORT };

/* To the server, once, reliable: it answers with a tank. */
typedef struct join_message {
    char name[ARENA_NAME_SIZE];
} join_message;

/* To the server, every tick, unreliable: only the newest counts, and the next comes soon. */
typedef struct input_message {
    uint32_t number; /* grows by one; what was overtaken is ignored; travels as 16 bits */
    float throttle, turn;
} input_message;

/* Both ways, reliable. The server fills in the name of who said it. */
typedef struct chat_message {
    char name[ARENA_NAME_SIZE];
    char text[ARENA_CHAT_SIZE];
} chat_message;

/* To the clients, reliable, without content: the world stands still from here on. */

/* To the server, after the stop, when the client's own copy of the world stands still as well. */
typedef struct report_message {
    uint64_t digest;
    uint32_t objects;
    uint32_t unused;
} report_message;

/* ---- objects --------------------------------------------------------------------------------- */

enum { TYPE_TANK = 1, TYPE_SHELL, TYPE_MATCH };

typedef struct tank_state {
    vec position;
    vec facing;
    int32_t health; /* 0: destroyed, waits for its return */
    int32_t score;
    int32_t ammo, reload_ticks; /* known to the owner alone */
    char name[ARENA_NAME_SIZE];
} tank_state;

typedef struct shell_state {
    vec position;
    mn_object shooter; /* the tank */
} shell_state;

enum { PHASE_WAITING, PHASE_PLAYING, PHASE_STOPPED };

typedef struct match_state {
    uint64_t seed; /* of the map */
    uint32_t phase;
    uint32_t seconds; /* left; played so far in a match without end */
    uint32_t shots, hits;
} match_state;

/* ---- calls ----------------------------------------------------------------------------------- */

enum { CALL_FIRE = 0 };      /* of a tank, to the server, by its owner; no arguments */
enum { CALL_EXPLOSION = 0 }; /* of the match, to the clients */

typedef struct explosion_call {
    vec position;
    mn_object shooter, victim; /* tanks; victim {0}: a wall */
    uint32_t destroyed;
} explosion_call;

/* MN_ERROR_…: the tables do not hold together, a mistake in this program; it says which. */
mn_result protocol_create(mn_schema **schema_out);

#endif
