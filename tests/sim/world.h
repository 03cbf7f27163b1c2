/* SPDX-License-Identifier: MIT */
/*
 * A server, its clients and a bad network between them, in virtual time and from one seed: update
 * every millisecond, flush at 60 Hz. What must never happen is collected as violations.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "base/random.h"

#include "sim/tap.h"
#include "sim/traffic.h"

enum { SIM_VIOLATIONS_MAX = 16, SIM_VIOLATION_SIZE = 128, SIM_STREAMS_EACH = 2 * SIM_MODES };

typedef struct sim_options {
    uint64_t seed;
    uint32_t clients, objects;
    double seconds;
    double loss, duplicate, reorder, corrupt; /* fractions, for each datagram and direction */
    double latency_ms, jitter_ms;             /* one way */
    double rate_kbit;                         /* of each client's line, each direction; 0: none */
    uint32_t host;                            /* not 0: the first client is a host */
    uint32_t pattern;                         /* of security: TEST_… of support/patterns.h */
} sim_options;

typedef struct sim_meter { /* an allocator that counts */
    mn_allocator table;
    uint64_t allocations, used, peak;
} sim_meter;

/* What a client knows of an object from its events alone. */
typedef struct sim_seen {
    uint32_t owner, stamp;
} sim_seen;

typedef struct sim_client {
    mn_client *client;
    mn_client_objects *objects;
    mn_player player; /* as the server knows it; 0 until authenticated there */
    mn_object character;
    sim_seen *seen; /* by object id */
    uint32_t seen_count;
    uint32_t fired, heard; /* calls made, and arrived at the server */
    bool is_authenticated, has_converged;
} sim_client;

typedef struct sim_world {
    sim_options options;
    sim_meter meter; /* of server, clients and schema */
    sim_meter line;  /* of the network: what is under way on a simulated line is not its users' */
    mni_random random;
    mni_hash trace;
    mn_network *network;
    mn_lossy *lossy;
    sim_tap server_tap, client_tap;
    mn_schema *schema;
    mn_server *server;
    mn_server_objects *objects;
    sim_client *clients;
    mn_object *movers; /* all objects that are not characters */
    uint32_t mover_count;
    sim_traffic traffic;
    uint64_t now_us, next_flush_us, flushes;
    bool is_moving; /* the game changes objects and sends traffic */
    char violations[SIM_VIOLATIONS_MAX][SIM_VIOLATION_SIZE];
    uint32_t violation_count;
} sim_world;

bool sim_world_create(sim_world *world, const sim_options *options);
/* What was measured (traffic, trace, violations) stays; sim_traffic_clear frees the traffic. */
void sim_world_destroy(sim_world *world);
void sim_world_step(sim_world *world); /* one millisecond */
bool sim_world_is_connected(const sim_world *world);
/* Everything vanishes on the lines, or it is as in the options again. */
void sim_world_partition(sim_world *world, bool is_partitioned);
/* Forgets what was measured so far. Nothing may be under way. */
bool sim_world_measure_anew(sim_world *world);
bool sim_world_has_converged(sim_world *world); /* every client's digest equals the server's */
void sim_world_violate(sim_world *world, const char *text); /* a text once */

/* game.c: what the simulated game does at a flush, and with an event. */
void sim_game_joined(sim_world *world, uint32_t client);
void sim_game_move(sim_world *world);
void sim_game_server_event(sim_world *world, const mn_event *event);
void sim_game_client_event(sim_world *world, uint32_t client, const mn_event *event);

#endif
