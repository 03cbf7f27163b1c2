/* SPDX-License-Identifier: MIT */
/*
 * The client's side of the game: one connection, the view made from its objects, and the player's
 * commands on their way to the server. When the server has stopped the world, the client waits
 * until its own copy stands still and reports what it has. In a frame: mn_client_update,
 * player_poll, player_step when a tick is due, mn_client_flush.
 */
#ifndef ARENA_PLAYER_H
#define ARENA_PLAYER_H

#include "command.h"
#include "match.h"
#include "view.h"

enum { PLAYER_TEXT_SIZE = 2 * MN_TEXT_MAX };

typedef struct player_config {
    const mn_schema *schema;
    const mn_socket_factory *sockets; /* NULL: UDP */
    const char *name;
    const char *server_key; /* text of the key that the server must have; NULL: anybody */
    bool is_plain;          /* not encrypted */
} player_config;

typedef struct arena_player {
    mn_client *client;
    mn_client_objects *objects;
    arena_view view;
    char name[ARENA_NAME_SIZE];
    mn_object me; /* my tank; {0}: none yet */
    uint32_t input_number;
    bool is_in;      /* authenticated: messages and objects flow */
    bool is_stopped; /* the server has stopped the world */
    bool is_over;    /* disconnected, or never connected: see reason and text */
    int32_t reason;
    char text[PLAYER_TEXT_SIZE];
    report_message seen;    /* the copy as it is */
    uint64_t seen_since_us; /* it has not changed since */
    report_message sent;    /* the last report */
    bool has_sent;
} arena_player;

/* After a failure, too, close it. MN_ERROR_ARGUMENT: the server's key is none. */
mn_result player_open(arena_player *player, const player_config *config);
void player_close(arena_player *player);
void player_poll(arena_player *player, uint64_t now_us);
void player_step(arena_player *player, const command *wanted, uint64_t now_us);

#endif
