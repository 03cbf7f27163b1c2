/* SPDX-License-Identifier: MIT */
/* See session.h. Both sides are updated every 5 ms and flushed every 20. */
#include "conformance/session.h"

#include "message/endpoint_state.h"
#include "socket/peer_state.h"
#include "support/random.h"

#include <stdio.h>
#include <string.h>

#include "conformance/must.h"
#include "conformance/record.h"
#include "conformance/types.h"
#include "conformance/values.h"

enum {
    START_US = 1000000,
    STEP_US = 5000,
    FLUSH_US = 20000,
    LATENCY_US = 15000,
    SERVER_WINDOW = 16384, /* no larger than pieces need, so that credit has to be granted */
    CLIENT_WINDOW = 17000,
    SERVER_LARGEST = 1200, /* packet */
    CLIENT_LARGEST = 1300,
    KEY_PACKETS = 15 /* under one key, where 2^20 are the rule: so few that keys change */
};

static const uint8_t shared_key[MN_KEY_SIZE] = "shared key of the captured";
static const uint8_t private_key[MN_KEY_SIZE] = "private key of the server";

static const mn_address address = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1},
                                   .port = MN_DEFAULT_PORT};

/* ---- security */

static void fill_random(void *user, void *bytes, uint32_t size)
{
    const random_user *side = user;
    test_random_fill(&side->session->random, bytes, size);
    if (size == MN_KEY_SIZE) { /* nothing else has that size */
        record_did(side->session->now_us, side->name, "random");
        record_key("ephemeral", bytes);
        record_end();
    }
}

static uint32_t security_of(const session *s)
{
    return s->mode == PLAIN ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED;
}

/* Makes the keys of a peer last for as few packets as the script wants. */
static void hurry(const session *s, mni_endpoint *endpoint)
{
    if (s->mode != PLAIN) {
        endpoint->peer->shared.rekey.packets = KEY_PACKETS;
    }
}

/* ---- the server */

static void say_listen(const session *s, const mn_server_config *config)
{
    record_did(s->now_us, 's', "listen");
    (void)printf(",\"window\":%d,\"largest\":%d", SERVER_WINDOW, SERVER_LARGEST);
    if (s->mode != PLAIN) {
        (void)printf(",\"rekey\":%d", KEY_PACKETS);
        record_key("shared", config->shared_key);
        record_key("private", config->private_key);
    }
    record_end();
}

static void start_server(session *s)
{
    s->server_random = (random_user){s, 's'};
    mn_random_source random = {.fill = fill_random, .user = &s->server_random};
    mn_server_config config = {.struct_size = sizeof config,
                               .flags = MN_SERVER_AUTHENTICATE,
                               .max_players = 3,
                               .security = security_of(s),
                               .max_packet_size = SERVER_LARGEST,
                               .receive_window_bytes = SERVER_WINDOW,
                               .application = APPLICATION,
                               .seed = 99,
                               .schema = s->schemas[0],
                               .sockets = &s->tap.sockets.factory,
                               .random = &random,
                               .shared_key = s->mode == NK_PSK ? shared_key : NULL,
                               .private_key = s->mode == NK_PSK ? private_key : NULL};
    MUST(mn_server_create(&config, &s->server) == MN_OK);
    MUST(mn_server_objects_create(s->server, &s->objects) == MN_OK);
    say_listen(s, &config);
    hurry(s, mni_server_endpoint(s->server));
    MUST(mn_server_start(s->server, &address) == MN_OK);
}

void session_open(session *s, session_mode mode)
{
    *s = (session){.mode = mode, .now_us = START_US, .random = 7};
    mn_conditions conditions = {.struct_size = sizeof conditions, .latency_us = LATENCY_US};
    MUST(mn_network_create(NULL, &s->network) == MN_OK);
    MUST(mn_lossy_create(mn_network_sockets(s->network), &conditions, NULL, 1, NULL, &s->lossy) ==
         MN_OK);
    tap_init(&s->tap, mn_lossy_sockets(s->lossy));
    for (int i = 0; i < SCHEMAS; i++) {
        s->schemas[i] = make_schema(i);
    }
    start_server(s);
}

void session_close(session *s)
{
    for (uint32_t i = 0; i < CLIENTS; i++) {
        mn_client_destroy(s->players[i].client);
    }
    mn_server_destroy(s->server);
    for (uint32_t i = 0; i < SCHEMAS; i++) {
        mn_schema_destroy(s->schemas[i]);
    }
    mn_lossy_destroy(s->lossy);
    mn_network_destroy(s->network);
}

/* ---- the clients */

entrant *session_player(session *s, char name)
{
    MUST(name >= 'a' && name < 'a' + CLIENTS);
    return &s->players[name - 'a'];
}

static void say_connect(const session *s, char name, int schema, const char *payload,
                        const mn_client_config *config)
{
    record_did(s->now_us, name, "connect");
    (void)printf(",\"application\":%llu,\"window\":%d,\"largest\":%d,\"schema\":%d,\"payload\":",
                 (unsigned long long)config->application, CLIENT_WINDOW, CLIENT_LARGEST, schema);
    print_bytes(payload, (uint32_t)strlen(payload));
    if (s->mode != PLAIN) {
        (void)printf(",\"security\":%d,\"rekey\":%d", s->mode == NN ? 2 : 5, KEY_PACKETS);
        record_key("shared", config->shared_key);
        record_key("pin", config->server_key);
    }
    record_end();
}

static void join(session *s, char name, uint64_t application, int schema, const char *payload,
                 const uint8_t *shared)
{
    entrant *player = session_player(s, name);
    uint8_t server_key[MN_KEY_SIZE];
    mn_random_source random = {.fill = fill_random, .user = &player->random};
    MUST(mn_key_public(private_key, server_key) == MN_OK);
    player->random = (random_user){s, name};
    mn_client_config config = {.struct_size = sizeof config,
                               .security = security_of(s),
                               .max_packet_size = CLIENT_LARGEST,
                               .receive_window_bytes = CLIENT_WINDOW,
                               .application = application,
                               .seed = 100 + (uint64_t)(name - 'a'),
                               .schema = s->schemas[schema],
                               .sockets = &s->tap.sockets.factory,
                               .random = &random,
                               .shared_key = s->mode == NK_PSK ? shared : NULL,
                               .server_key = s->mode == NK_PSK ? server_key : NULL};
    say_connect(s, name, schema, payload, &config);
    MUST(mn_client_create(&config, &player->client) == MN_OK);
    MUST(mn_client_objects_create(player->client, &player->objects) == MN_OK);
    hurry(s, mni_client_endpoint(player->client));
    s->tap.name = name;
    s->newest = player;
    MUST(mn_client_connect(player->client, &address, payload, (uint32_t)strlen(payload)) == MN_OK);
}

void session_join(session *s, char name, uint64_t application, int schema, const char *payload)
{
    join(s, name, application, schema, payload, shared_key);
}

void session_join_with(session *s, char name, const uint8_t *other_key, const char *payload)
{
    join(s, name, APPLICATION, 0, payload, other_key);
}

void session_leave(session *s, char name)
{
    mn_client_destroy(session_player(s, name)->client);
    *session_player(s, name) = (entrant){0};
}

/* ---- time */

static void poll_server(session *s)
{
    mn_event event;
    while (mn_server_poll(s->server, &event, 1) == 1) {
        record_event(s->now_us, 's', &event);
        if (event.type == MN_EVENT_CONNECTED) {
            s->newest->id.id = event.who;
        }
    }
}

static void poll_clients(session *s)
{
    mn_event event;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        while (s->players[i].client && mn_client_poll(s->players[i].client, &event, 1) == 1) {
            record_event(s->now_us, (char)('a' + i), &event);
        }
    }
}

static void step(session *s)
{
    s->now_us += STEP_US;
    int is_flush = s->now_us % FLUSH_US == 0;
    MUST(mn_server_update(s->server, s->now_us) >= 0);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        MUST(!s->players[i].client || mn_client_update(s->players[i].client, s->now_us) >= 0);
    }
    poll_server(s);
    poll_clients(s);
    if (!is_flush) {
        return;
    }
    MUST(mn_server_flush(s->server, s->now_us) >= 0);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        MUST(!s->players[i].client || mn_client_flush(s->players[i].client, s->now_us) >= 0);
    }
}

void session_run(session *s, uint64_t duration_ms)
{
    for (uint64_t end_us = s->now_us + duration_ms * 1000; s->now_us < end_us;) {
        step(s);
    }
}
