/* SPDX-License-Identifier: MIT */
/*
 * The server's side of the game, for arena_server and for a client that is a host: players and
 * their tanks, the world copied into network objects tick by tick, and the phases of a match. In a
 * frame: mn_server_update, match_poll, match_step when a tick is due, mn_server_flush.
 */
#ifndef ARENA_MATCH_H
#define ARENA_MATCH_H

#include "protocol.h"

enum { MATCH_SAID = 4 };

typedef struct match_config {
    const mn_schema *schema;
    const mn_socket_factory *sockets; /* NULL: UDP */
    uint64_t seed;
    uint32_t seconds;           /* 0: without end */
    uint32_t expect;            /* players that it waits for, for a while */
    uint16_t port;              /* 0: any free one */
    bool is_plain;              /* not encrypted */
    const uint8_t *private_key; /* the server's identity; NULL: none */
} match_config;

/* A player, its tank and what it has reported; the index is that of the tank in the world. */
typedef struct match_session {
    mn_player player; /* {0}: free */
    mn_object tank;
    char name[ARENA_NAME_SIZE];
    uint64_t joined_us;
    uint32_t input_number;
    bool is_driven; /* input has come */
    bool has_reported;
    report_message report;
} match_session;

typedef struct arena_match {
    match_config config;
    mn_server *server;
    mn_server_objects *objects;
    mn_object clock;
    mn_object shells[ARENA_SHELLS]; /* of the world's shells; {0}: none */
    match_session sessions[ARENA_TANKS];
    arena_world world;
    chat_message said[MATCH_SAID]; /* for who watches, and takes it */
    uint32_t said_count;
    uint32_t phase;
    uint64_t phase_us; /* when it began */
} arena_match;

/* MN_ERROR_NETWORK: mn_server_error_text tells why. After a failure, too, close it. */
mn_result match_open(arena_match *match, const match_config *config, uint64_t now_us);
void match_close(arena_match *match);
void match_poll(arena_match *match, uint64_t now_us);
/* One tick. The phases follow one another here; in PHASE_STOPPED nothing changes any more. */
void match_step(arena_match *match, uint64_t now_us);
uint32_t match_player_count(const arena_match *match);
/* Tells all players to go, and why. They are gone when match_player_count is 0. */
void match_dismiss(arena_match *match, int32_t reason, const char *text);

#endif
