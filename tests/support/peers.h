/* SPDX-License-Identifier: MIT */
/*
 * Peers over an in-process network with a lossy wrapper around it, in virtual time and from a seed.
 * What their events say is kept with its bytes, so that a test looks at it when it likes.
 */
#ifndef SUPPORT_PEERS_H
#define SUPPORT_PEERS_H

#include "support/failing_sockets.h"
#include "support/memory.h"

#include <miragenet.h>

#include <stdbool.h>

enum { TEST_PEERS_MAX = 64, TEST_EVENTS_MAX = 256, TEST_EVENT_BYTES = 1280 };

typedef struct test_event {
    mn_event event; /* data points to bytes, or is NULL where it was */
    uint32_t peer;  /* index */
    uint8_t bytes[TEST_EVENT_BYTES];
} test_event;

typedef struct test_peers {
    mn_network *network;
    mn_lossy *lossy;
    test_allocator allocator; /* of all peers */
    uint64_t random_state;    /* of all keys and tokens */
    uint32_t security;        /* MN_SECURITY_…, by the seed: even ones encrypt */
    uint64_t now_us;
    uint64_t step_us;                 /* 1 ms; each step updates, polls and flushes every peer */
    const mn_socket_factory *sockets; /* for peers that are made from now on; the lossy wrapper's */
    mn_peer *peers[TEST_PEERS_MAX];   /* may be NULL */
    uint32_t count;
    test_event events[TEST_EVENTS_MAX]; /* the newest */
    uint64_t event_count;               /* ever */
} test_peers;

extern const mn_address test_server_address; /* where test_peers_server listens */

/* On the heap: a fresh world. conditions are those of every way from one peer to another; may be
   NULL. */
test_peers *test_peers_create(const mn_conditions *conditions, uint64_t seed);
/* Everything is destroyed, and nothing may be left of it. */
void test_peers_destroy(test_peers *world);
void test_peers_set_line(test_peers *world, const mn_conditions *conditions);

/* As the world needs it; all else is default, the application is 7 and the tag 70. */
mn_peer_config test_peers_config(test_peers *world);
/* The same over sockets that fail as planned, which are made here: nothing is planned yet. */
mn_peer_config test_peers_failing_config(test_peers *world, failing_sockets *failing);
/* The index. config NULL: test_peers_config. */
uint32_t test_peers_add(test_peers *world, const mn_peer_config *config);
uint32_t test_peers_server(test_peers *world, const mn_peer_config *config);
/* A peer that connects to the server's address with this payload. */
uint32_t test_peers_client(test_peers *world, const mn_peer_config *config, const char *payload,
                           mn_connection *connection_out);

void test_peers_step(test_peers *world);
void test_peers_run(test_peers *world, uint64_t duration_us);
/* Runs until the peer has an event of this type that is newer than `after` events, for so long at
   most. The event, or NULL. */
const test_event *test_peers_await(test_peers *world, uint32_t peer, uint16_t type, uint64_t after,
                                   uint64_t duration_us);
/* The newest of this type, NULL if there is none. */
const test_event *test_peers_last(const test_peers *world, uint32_t peer, uint16_t type);
uint32_t test_peers_count(const test_peers *world, uint32_t peer, uint16_t type);
/* A server and a client that know each other. */
typedef struct test_two {
    test_peers *world;
    uint32_t server, client; /* indices */
    mn_connection at_server, at_client;
} test_two;

test_two test_two_create(const mn_conditions *conditions, uint64_t seed);
static inline mn_peer *test_server_of(const test_two *two)
{
    return two->world->peers[two->server];
}
static inline mn_peer *test_client_of(const test_two *two)
{
    return two->world->peers[two->client];
}

bool test_event_says(const test_event *event, const char *text);
mn_counters test_peers_counters(const test_peers *world, uint32_t peer);

#endif
