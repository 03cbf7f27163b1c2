/* SPDX-License-Identifier: MIT */
/*
 * A server with objects and clients that see them, over a lossy in-process network or as a host, in
 * virtual time and from a seed. Each client has a mirror, built from events alone; what an event
 * says must fit what was said before, or the program aborts.
 */
#ifndef SUPPORT_STAGE_H
#define SUPPORT_STAGE_H

#include "base/random.h"
#include "support/memory.h"

#include <miragenet.h>

#include <stdbool.h>

enum {
    STAGE_CLIENTS_MAX = 8,
    STAGE_IDS_MAX = 1 << 14, /* net ids that mirrors know */
    STAGE_LOG_MAX = 1 << 16,
    STAGE_STATE_MAX = 96,
    STAGE_START_US = 1000000
};

enum {
    STAGE_TANK = 3,
    STAGE_SHELL = 7,
    STAGE_BAG = 100,
    STAGE_FLAG = 101,
    STAGE_MARK = 102,
    STAGE_TYPES = 5
};

typedef struct stage_tank {
    float position[3];
    float heading;
    int32_t counter;
    int32_t ammo;    /* owner only */
    char secret[16]; /* owner only */
    char name[16];   /* ten times a second at most */
    mn_object target;
} stage_tank;
enum { /* bits of changed */
       STAGE_TANK_POSITION = 1,
       STAGE_TANK_HEADING = 2,
       STAGE_TANK_COUNTER = 4,
       STAGE_TANK_AMMO = 8,
       STAGE_TANK_SECRET = 16,
       STAGE_TANK_NAME = 32,
       STAGE_TANK_TARGET = 64
};

typedef struct stage_shell {
    float position[2];
} stage_shell;

typedef struct stage_bag {
    uint16_t count;
    int16_t items[20];
    char text[12];
} stage_bag;

typedef struct stage_flag { /* of two versions */
    uint8_t is_up;
} stage_flag;

/* A mark has no state at all. */

typedef struct stage_number { /* arguments of all calls that have any */
    int32_t number;
} stage_number;

enum {                 /* calls of a tank */
       STAGE_FIRE = 0, /* to the server, by the owner */
       STAGE_HONK,     /* to the server, by anybody, no arguments */
       STAGE_WAVE,     /* to the server, by anybody, unreliable */
       STAGE_HIT,      /* to the client; the number is the tank's counter, which has to be there */
       STAGE_SPARK     /* to the client, unreliable */
};

typedef struct stage_mirror {
    bool is_alive;
    uint32_t type, owner;
    int32_t hits; /* the last number of STAGE_HIT */
    uint8_t state[STAGE_STATE_MAX];
} stage_mirror;

typedef struct stage_client {
    mn_client *client; /* NULL: destroyed */
    mn_client_objects *objects;
    stage_mirror *mirrors; /* by net id */
    uint32_t character;
    uint32_t counts[MN_EVENT_CHARACTER + 1]; /* of events, by type */
    bool is_authenticated, is_ended, is_host;
    mn_event last[MN_EVENT_CHARACTER + 1];
    char *log; /* NULL: nobody reads it */
    size_t log_size;
} stage_client;

typedef struct test_stage {
    test_allocator allocator;
    mn_network *network;
    mn_lossy *lossy;
    mn_schema *schema;
    mn_server *server;
    mn_server_objects *objects;
    stage_client clients[STAGE_CLIENTS_MAX];
    uint32_t count;
    mni_random random;
    uint64_t now_us, step_us; /* of update; 1 ms */
    uint64_t flush_us;        /* between flushes; 16 ms */
    uint64_t next_flush_us;
    uint64_t random_state; /* of keys and tokens */
    uint32_t security;     /* MN_SECURITY_…, by the seed: odd ones encrypt */
    uint32_t server_counts[MN_EVENT_CHARACTER + 1];
    mn_event server_last[MN_EVENT_CHARACTER + 1];
    char *server_log;
    size_t server_log_size;
    int32_t fires;   /* the last number of STAGE_FIRE */
    bool is_patient; /* nobody polls */
} test_stage;

/* Finished, with the types above. */
mn_schema *stage_make_schema(const mn_allocator *allocator);

/* conditions NULL: a perfect line. */
test_stage *stage_create(const mn_conditions *conditions, uint64_t seed);
void stage_destroy(test_stage *stage); /* nothing may be left */
void stage_set_conditions(test_stage *stage, const mn_conditions *conditions);

/* The server, with its own limits where config is not NULL, and started. */
void stage_serve(test_stage *stage);
uint32_t stage_join(test_stage *stage);
uint32_t stage_join_host(test_stage *stage);
void stage_reconnect(test_stage *stage, uint32_t client); /* one that has ended */
void stage_restart(test_stage *stage);                    /* a server that was stopped */
void stage_leave(test_stage *stage, uint32_t client);     /* destroys it */
mn_player stage_player(const test_stage *stage, uint32_t client);

/* One step: updates, polls, and, when it is time, flushes. */
void stage_step(test_stage *stage);
void stage_run(test_stage *stage, uint64_t duration_us);
/* Steps until every client that is there is authenticated and its view equals the server's; how
   long it took, or UINT64_MAX after limit_us. */
uint64_t stage_settle(test_stage *stage, uint64_t limit_us);
/* Steps until stage_is_complete; aborts when that takes more than a minute. */
void stage_gather(test_stage *stage);
bool stage_is_complete(const test_stage *stage); /* all have seen an object, or have ended */
bool stage_is_equal(const test_stage *stage, uint32_t client);

/* Server: the newest state of an object, or NULL; a spawn that must succeed. */
mn_object stage_spawn(test_stage *stage, uint32_t type, mn_player owner);
void stage_change(test_stage *stage, mn_object object); /* of any type, at random */
stage_tank *stage_tank_of(test_stage *stage, mn_object object);
/* Client: the state, or NULL. */
const stage_tank *stage_seen_tank(const test_stage *stage, uint32_t client, mn_object object);
mn_result stage_call_clients(test_stage *stage, mn_object object, uint32_t call, uint32_t target,
                             mn_player player);
mn_result stage_call_server(test_stage *stage, uint32_t client, mn_object object, uint32_t call,
                            int32_t number);

#endif
