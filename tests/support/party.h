/* SPDX-License-Identifier: MIT */
/*
 * A server and clients over an in-process network with a lossy wrapper around it, in virtual time
 * and from a seed. Every event is kept with its bytes, so that a test looks at it when it likes.
 */
#ifndef SUPPORT_PARTY_H
#define SUPPORT_PARTY_H

#include "support/memory.h"

#include <miragenet.h>

#include <stdbool.h>

enum {
    PARTY_CLIENTS_MAX = 8,
    PARTY_EVENTS_MAX = 1024,
    PARTY_BYTES_MAX = 1280,
    PARTY_START_US = 1000000
};

/* The messages of the party's schema. */
enum {
    PARTY_CHAT = 1,      /* party_chat; reliable on channel 0 */
    PARTY_RAW = 2,       /* raw bytes; reliable on channel 0 */
    PARTY_TO_SERVER = 3, /* raw */
    PARTY_TO_CLIENT = 4, /* raw */
    PARTY_EARLY = 5,     /* raw, also before authentication */
    PARTY_LOOSE = 6,     /* raw, unreliable on channel 3 */
    PARTY_SMALL = 7,     /* raw, of 4 bytes at most */
    PARTY_FAR = 1000,    /* raw, with an id of two bytes */
    PARTY_UNKNOWN = 999
};

typedef struct party_chat {
    int32_t number; /* 0 to 100000 */
    char text[64];
} party_chat;

typedef struct party_event {
    mn_event event; /* data points to bytes */
    uint8_t bytes[PARTY_BYTES_MAX];
} party_event;

typedef struct party_log {
    uint32_t count;
    party_event events[PARTY_EVENTS_MAX];
} party_log;

typedef struct party_client {
    mn_client *client; /* NULL: destroyed */
    party_log log;
} party_client;

typedef struct test_party {
    test_allocator allocator; /* of servers, clients and schema */
    mn_network *network;
    mn_lossy *lossy;
    mn_schema *schema;
    mn_random_source random; /* of all keys and tokens */
    uint64_t random_state;
    uint32_t security;        /* MN_SECURITY_…, by the seed: odd ones encrypt */
    uint64_t now_us, step_us; /* 1 ms */
    mn_server *server;        /* NULL: destroyed */
    party_log log;            /* the server's */
    party_client clients[PARTY_CLIENTS_MAX];
    uint32_t count;
} test_party;

extern const mn_address party_address; /* where the server listens */

/* conditions are those of each way from one side to the other; NULL: perfect. */
test_party *party_create(const mn_conditions *conditions, uint64_t seed);
/* Everything is destroyed, and nothing may be left of it. */
void party_destroy(test_party *party);

/* A schema with the messages above and, where extra is not NULL, that one. */
mn_schema *party_make_schema(const mn_allocator *allocator, const mn_message_type *extra);

mn_server_config party_server_config(test_party *party);
mn_client_config party_client_config(test_party *party);
/* Makes the server and starts it; NULL: the config above. */
void party_serve(test_party *party, const mn_server_config *config);
/* Makes a client, NULL: with the config above, that connects; returns its index. */
uint32_t party_join(test_party *party, const mn_client_config *config, const char *payload);
uint32_t party_join_host(test_party *party, const char *payload);

/* Time goes on by a step, and everybody has a frame: server update, client updates, poll all,
   server flush, client flushes. */
void party_step(test_party *party);
void party_run(test_party *party, uint64_t duration_us);
/* Polls all of them into the logs. */
void party_poll(test_party *party);

/* Runs until the log has its nth event of this type (the first is 1), for so long at most; NULL: it
   did not come. */
const party_event *party_await(test_party *party, const party_log *log, uint16_t type, uint32_t nth,
                               uint64_t duration_us);
const party_event *party_find(const party_log *log, uint16_t type, uint32_t nth); /* NULL: none */
uint32_t party_count(const party_log *log, uint16_t type);
bool party_says(const party_event *event, const char *text); /* its data is this text */
/* Of the player of this client, where that is authenticated. */
mn_player party_player(const test_party *party, uint32_t client);
mn_counters party_server_counters(const test_party *party);

#endif
