/* SPDX-License-Identifier: MIT */
/*
 * The two sides of a captured session, the line between them, and their time: who is there, and how
 * it goes on. Nothing in it depends on a clock, on chance or on the machine: time is counted, keys
 * come from a fixed source, and the line takes 15 ms and loses what the script says.
 */
#ifndef CONFORMANCE_SESSION_H
#define CONFORMANCE_SESSION_H

#include "conformance/tap.h"

enum { CLIENTS = 6, SCHEMAS = 4, APPLICATION = 0x4d4e };

typedef enum session_mode { PLAIN, NN, NK_PSK } session_mode;

/* Of one side, so that it is known whose bytes they are; the numbers are those of the session. */
typedef struct random_user {
    struct session *session;
    char name;
} random_user;

typedef struct entrant {
    mn_client *client; /* NULL: not there yet, or gone */
    mn_client_objects *objects;
    mn_player id; /* as the server knows it; from CONNECTED on */
    random_user random;
} entrant;

typedef struct session {
    session_mode mode;
    uint64_t now_us;
    uint64_t random;
    random_user server_random;
    mn_network *network;
    mn_lossy *lossy;
    wire_tap tap;
    mn_schema *schemas[SCHEMAS];
    mn_server *server;
    mn_server_objects *objects;
    entrant players[CLIENTS]; /* a to f */
    entrant *newest;          /* who connected last */
} session;

/* Starts the server. */
void session_open(session *s, session_mode mode);
void session_close(session *s);
/* Lets a client connect; `schema` is the variation that it has. */
void session_join(session *s, char name, uint64_t application, int schema, const char *payload);
/* With another shared key, in the mode that has one. */
void session_join_with(session *s, char name, const uint8_t *other_key, const char *payload);
void session_leave(session *s, char name);
entrant *session_player(session *s, char name);
void session_run(session *s, uint64_t duration_ms);

#endif
