/* SPDX-License-Identifier: MIT */
/*
 * Plays one session of a server and some clients, always the same, and prints what went over the
 * wire and what the games on both sides did and got. Nothing in it depends on a clock, on chance or
 * on the machine: time is counted, keys come from a fixed source, and the line between the sides
 * takes 15 ms and loses what the script says. verify.py reads the output.
 *
 *   1005000 a>s 8101…                        a datagram; see tap.h
 *   1005000 a {"did":"connect",…}            what a game did: s the server's, a to f the clients'
 *   1045000 a {"got":"message","what":1,…}   an event that a game polled; fields of 0 are left out
 *
 * The argument says how it is secured: plain, or NN or NKpsk0. Of these the session is shorter, and
 * what nobody but the two sides knows is printed as well: keys, and where they make new ones.
 */
#include "message/endpoint_state.h"
#include "socket/peer_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/tap.h"
#include "conformance/types.h"

enum {
    START_US = 1000000,
    STEP_US = 5000,
    FLUSH_US = 20000,
    LATENCY_US = 15000,
    SERVER_WINDOW = 16384, /* no larger than pieces need, so that credit has to be granted */
    CLIENT_WINDOW = 17000,
    SERVER_LARGEST = 1200, /* packet */
    CLIENT_LARGEST = 1300,
    CLIENTS = 6,
    SCHEMAS = 4,
    RAW_BYTES = 700,
    LARGE_BYTES = 5200, /* more than a quarter of the windows */
    APPLICATION = 0x4d4e,
    KEY_PACKETS = 15 /* under one key, where 2^20 are the rule: so few that keys change */
};

typedef enum mode { PLAIN, NN, NK_PSK } mode;

static const uint8_t shared_key[MN_KEY_SIZE] = "shared key of the captured";
static const uint8_t other_shared_key[MN_KEY_SIZE] = "shared key of somebody else";
static const uint8_t private_key[MN_KEY_SIZE] = "private key of the server";

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
    mode mode;
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
    uint32_t newest;          /* who connected last */
} session;

static const mn_address address = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1},
                                   .port = MN_DEFAULT_PORT};

static void must_be(int line, int is_true)
{
    if (!is_true) {
        (void)fprintf(stderr, "capture: line %d: not as the script wants it\n", line);
        abort();
    }
}
#define MUST(condition) must_be(__LINE__, (condition))

/* ---- what is printed */

static void say(const session *s, char who, const char *what)
{
    (void)printf("%llu %c {%s", (unsigned long long)s->now_us, who, what);
}

/* Not a good one, but the same everywhere (Knuth's MMIX generator). */
static void fill_random(void *user, void *bytes, uint32_t size)
{
    const random_user *side = user;
    uint64_t *state = &side->session->random;
    uint8_t *at = bytes;
    for (uint32_t i = 0; i < size; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        at[i] = (uint8_t)(*state >> 56);
    }
    if (size == MN_KEY_SIZE) { /* nothing else has that size */
        say(side->session, side->name, "\"did\":\"random\",\"ephemeral\":");
        print_bytes(bytes, size);
        (void)printf("}\n");
    }
}

static void print_key(const char *name, const uint8_t *key)
{
    if (key != NULL) {
        (void)printf(",\"%s\":", name);
        print_bytes(key, MN_KEY_SIZE);
    }
}

static const char *event_name(uint32_t type)
{
    static const char *const names[] = {
        "",        "connected", "authenticate", "authenticated", "connect failed", "disconnected",
        "message", "delivered", "lost",         "spawned",       "changed",        "despawned",
        "owner",   "call",      "character"};
    MUST(type < MN_COUNT(names));
    return names[type];
}

static void print_number(const char *name, uint64_t number)
{
    if (number != 0) {
        (void)printf(",\"%s\":%llu", name, (unsigned long long)number);
    }
}

static void print_data(const mn_event *event)
{
    switch (event->type) {
    case MN_EVENT_CONNECTED:
    case MN_EVENT_AUTHENTICATE:
        print_bytes(event->data, event->size);
        return;
    case MN_EVENT_CONNECT_FAILED:
    case MN_EVENT_DISCONNECTED:
        print_text(event->data, event->size);
        return;
    case MN_EVENT_MESSAGE:
        print_message(message_type(event->what), event->data, event->size);
        return;
    case MN_EVENT_CALL:
        print_arguments(&object_type(event->object_type)->calls[event->what], event->data);
        return;
    default:
        print_state(object_type(event->object_type), event->data);
    }
}

static void print_event(const session *s, char who, const mn_event *event)
{
    say(s, who, "\"got\":");
    (void)printf("\"%s\"", event_name(event->type));
    print_number("who", event->who);
    print_number("object", event->object.id);
    print_number("type", event->object_type);
    print_number("what", event->what);
    print_number("by", event->delivery);
    print_number("channel", event->channel);
    print_number("reason", (uint64_t)event->reason);
    print_number("token", event->token);
    print_number("time", event->time_us);
    print_number("changed", event->changed);
    if (event->data != NULL) {
        (void)printf(",\"data\":");
        print_data(event);
    }
    if (event->before != NULL) {
        (void)printf(",\"before\":");
        print_state(object_type(event->object_type), event->before);
    }
    (void)printf("}\n");
}

/* ---- time */

static void poll_server(session *s)
{
    mn_event event;
    while (mn_server_poll(s->server, &event, 1) == 1) {
        print_event(s, 's', &event);
        if (event.type == MN_EVENT_CONNECTED) {
            s->players[s->newest].id.id = event.who;
        }
    }
}

static void poll_clients(session *s)
{
    mn_event event;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        while (s->players[i].client && mn_client_poll(s->players[i].client, &event, 1) == 1) {
            print_event(s, (char)('a' + i), &event);
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

static void run(session *s, uint64_t duration_ms)
{
    for (uint64_t end_us = s->now_us + duration_ms * 1000; s->now_us < end_us;) {
        step(s);
    }
}

/* ---- what games do */

/* Makes the keys of a peer last for as few packets as the script wants. */
static void hurry(const session *s, mni_endpoint *endpoint)
{
    if (s->mode != PLAIN) {
        endpoint->peer->shared.rekey.packets = KEY_PACKETS;
    }
}

static void print_security(const session *s, const mn_client_config *config)
{
    if (s->mode != PLAIN) {
        (void)printf(",\"security\":%d,\"rekey\":%d", s->mode == NN ? 2 : 5, KEY_PACKETS);
        print_key("shared", config->shared_key);
        print_key("pin", config->server_key);
    }
}

static void join_with(session *s, char name, uint64_t application, int schema, const char *payload,
                      const uint8_t *shared)
{
    uint32_t index = (uint32_t)(name - 'a');
    entrant *player = &s->players[index];
    uint8_t server_key[MN_KEY_SIZE];
    mn_random_source random = {.fill = fill_random, .user = &player->random};
    MUST(mn_key_public(private_key, server_key) == MN_OK);
    player->random = (random_user){s, name};
    mn_client_config config = {.struct_size = sizeof config,
                               .security =
                                   s->mode == PLAIN ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED,
                               .max_packet_size = CLIENT_LARGEST,
                               .receive_window_bytes = CLIENT_WINDOW,
                               .application = application,
                               .seed = 100 + index,
                               .schema = s->schemas[schema],
                               .sockets = &s->tap.sockets.factory,
                               .random = &random,
                               .shared_key = s->mode == NK_PSK ? shared : NULL,
                               .server_key = s->mode == NK_PSK ? server_key : NULL};
    say(s, name, "\"did\":\"connect\"");
    (void)printf(",\"application\":%llu,\"window\":%d,\"largest\":%d,\"schema\":%d,\"payload\":",
                 (unsigned long long)application, CLIENT_WINDOW, CLIENT_LARGEST, schema);
    print_bytes(payload, (uint32_t)strlen(payload));
    print_security(s, &config);
    (void)printf("}\n");
    MUST(mn_client_create(&config, &player->client) == MN_OK);
    MUST(mn_client_objects_create(player->client, &player->objects) == MN_OK);
    hurry(s, mni_client_endpoint(player->client));
    s->tap.name = name;
    s->newest = index;
    MUST(mn_client_connect(player->client, &address, payload, (uint32_t)strlen(payload)) == MN_OK);
}

static void join(session *s, char name, uint64_t application, int schema, const char *payload)
{
    join_with(s, name, application, schema, payload, shared_key);
}

static void say_send(session *s, char who, char to, uint32_t message, uint32_t how)
{
    say(s, who, "\"did\":\"send\"");
    (void)printf(",\"to\":\"%c\",\"message\":%u,\"how\":%u,\"value\":", to, message, how);
}

static void send_server(session *s, char from, uint32_t message, const void *value, uint32_t size,
                        uint32_t how)
{
    say_send(s, from, 's', message, how);
    print_message(message_type(message), value, size);
    (void)printf("}\n");
    mn_client *client = s->players[from - 'a'].client;
    MUST(mn_client_send(client, message, value, size, how) == MN_OK);
}

static void send_client(session *s, char to, uint32_t message, const void *value, uint32_t size,
                        uint32_t how)
{
    say_send(s, 's', to, message, how);
    print_message(message_type(message), value, size);
    (void)printf("}\n");
    mn_player player = s->players[to - 'a'].id;
    MUST(mn_server_send(s->server, player, message, value, size, how) == MN_OK);
}

/* To the server where `to` is it, else from it. */
static void notify(session *s, char from, char to, const mn_outgoing *what, uint64_t token)
{
    say_send(s, from, to, what->message, MN_NOTIFY);
    print_message(message_type(what->message), what->value, what->size);
    (void)printf(",\"token\":%llu}\n", (unsigned long long)token);
    if (to == 's') {
        mn_client *client = s->players[from - 'a'].client;
        MUST(mn_client_notify(client, what->message, what->value, what->size, token) == MN_OK);
    } else {
        mn_player player = s->players[to - 'a'].id;
        MUST(mn_server_notify(s->server, player, what->message, what->value, what->size, token) ==
             MN_OK);
    }
}

static mn_object spawn(session *s, uint32_t type, char owner)
{
    mn_object object = {0};
    mn_player player = {owner == 's' ? 0 : s->players[owner - 'a'].id.id};
    MUST(mn_server_objects_spawn(s->objects, type, player, &object) == MN_OK);
    say(s, 's', "\"did\":\"spawn\"");
    (void)printf(",\"object\":%u,\"type\":%u,\"owner\":%u}\n", object.id, type, player.id);
    return object;
}

/* To be called when the script has written into a state. */
static void wrote(session *s, mn_object object)
{
    say(s, 's', "\"did\":\"write\"");
    (void)printf(",\"object\":%u,\"value\":", object.id);
    print_state(object_type(mn_server_objects_type(s->objects, object)),
                mn_server_objects_state(s->objects, object));
    (void)printf("}\n");
}

static void despawn(session *s, mn_object object, int32_t reason)
{
    say(s, 's', "\"did\":\"despawn\"");
    (void)printf(",\"object\":%u,\"reason\":%d}\n", object.id, reason);
    MUST(mn_server_objects_despawn(s->objects, object, reason) == MN_OK);
}

static void give(session *s, mn_object object, char owner)
{
    mn_player player = {owner == 's' ? 0 : s->players[owner - 'a'].id.id};
    say(s, 's', "\"did\":\"owner\"");
    (void)printf(",\"object\":%u,\"owner\":%u}\n", object.id, player.id);
    MUST(mn_server_objects_set_owner(s->objects, object, player) == MN_OK);
}

static void embody(session *s, char name, mn_object object)
{
    mn_player player = s->players[name - 'a'].id;
    say(s, 's', "\"did\":\"character\"");
    (void)printf(",\"player\":%u,\"object\":%u}\n", player.id, object.id);
    MUST(mn_server_objects_set_character(s->objects, player, object) == MN_OK);
}

static void say_call(session *s, char who, const mn_call *call)
{
    say(s, who, "\"did\":\"call\"");
    (void)printf(",\"object\":%u,\"call\":%u,\"target\":%u,\"player\":%u,\"arguments\":",
                 call->object.id, call->call, call->target, call->player.id);
    if (call->size != 0) {
        print_arguments(&object_type(TANK)->calls[call->call], call->arguments);
    } else {
        (void)printf("[]");
    }
    (void)printf("}\n");
}

static void call_clients(session *s, mn_object object, uint32_t index, uint32_t target, char name)
{
    shot_values shot = {.direction = {0.5f, -0.25f}, .power = 7 + (uint32_t)(s->now_us / 1000)};
    mn_call call = {.object = object,
                    .call = index,
                    .target = target,
                    .player = {name == 's' ? 0 : s->players[name - 'a'].id.id},
                    .size = sizeof shot,
                    .arguments = &shot};
    say_call(s, 's', &call);
    MUST(mn_server_objects_call(s->objects, &call) >= 0);
}

static void call_server(session *s, char name, mn_object object, uint32_t index)
{
    shot_values shot = {.direction = {-1, 0.333f}, .power = 4000000000u};
    mn_call call = {.object = object,
                    .call = index,
                    .size = index == HONK ? 0 : sizeof shot,
                    .arguments = index == HONK ? NULL : &shot};
    say_call(s, name, &call);
    MUST(mn_client_objects_call(s->players[name - 'a'].objects, &call) == MN_OK);
}

/* ---- the session */

static sample make_sample(int is_extreme)
{
    sample value = {.int8 = -128,
                    .int16 = -12345,
                    .int32 = 2000000001,
                    .int64 = INT64_MIN,
                    .ranged = 2345,
                    .packed = -1024,
                    .uint8 = 200,
                    .uint16 = 65535,
                    .uint32 = 1,
                    .uint64 = UINT64_MAX - 1,
                    .bounded = 131,
                    .flag = 1,
                    .float_full = 0.1f,
                    .double_full = -1e-300,
                    .float_step = 0.12345f,
                    .double_step = 98765.4321,
                    .float_packed = 0.7f,
                    .open_step = -123.456f,
                    .open_vector = {0.26, 70000.3},
                    .vector2 = {-10.04f, 3.14159f},
                    .vector3 = {-511.996f, 0.005f, 511.123f},
                    .vector4 = {0, 0.03125, 0.7, 1},
                    .full_vector = {1, -2.5f, 1e30f},
                    .quaternion = {0.5f, -0.5f, 0.5f, 0.5f},
                    .fine_quaternion = {0.1f, -0.2f, 0.3f, -0.9273618f},
                    .close_quaternion = {0.43788759f, 0.23308445f, 0.23086654f, 0.43788026f},
                    .angle = -1,
                    .fine_angle = 6.2831f,
                    .string = "Gr\xc3\xbc\xc3\x9f"
                              "e",
                    .blob = {1, 2, 3, 4, 255},
                    .object = {70000},
                    .nested = {-100, {8, -0.3f}},
                    .parts = {{1, {1, 2}}, {2, {3, 4}}},
                    .list = {-5, 0, 3, 5},
                    .number_count = 2,
                    .numbers = {7, 999},
                    .part_count = 1,
                    .counted_parts = {{50, {-8, 8}}},
                    .flags = {1, 0, 1}};
    if (is_extreme) {
        value.float_full = NAN;
        value.float_step = NAN;
        value.double_step = 1e9;
        value.vector2[0] = -1e9f;
        value.quaternion[3] = -1.5f;
        value.fine_quaternion[0] = NAN;
        value.angle = 100;
        value.fine_angle = 1e30f;
        value.number_count = 6;
        value.part_count = 3;
    }
    return value;
}

static void open_all(session *s)
{
    mn_conditions conditions = {.struct_size = sizeof conditions, .latency_us = LATENCY_US};
    MUST(mn_network_create(NULL, &s->network) == MN_OK);
    MUST(mn_lossy_create(mn_network_sockets(s->network), &conditions, NULL, 1, NULL, &s->lossy) ==
         MN_OK);
    tap_init(&s->tap, mn_lossy_sockets(s->lossy));
    for (int i = 0; i < SCHEMAS; i++) {
        s->schemas[i] = make_schema(i);
    }
    s->server_random = (random_user){s, 's'};
    mn_random_source random = {.fill = fill_random, .user = &s->server_random};
    mn_server_config config = {.struct_size = sizeof config,
                               .flags = MN_SERVER_AUTHENTICATE,
                               .max_players = 3,
                               .security =
                                   s->mode == PLAIN ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED,
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
    say(s, 's', "\"did\":\"listen\"");
    (void)printf(",\"window\":%d,\"largest\":%d", SERVER_WINDOW, SERVER_LARGEST);
    if (s->mode != PLAIN) {
        (void)printf(",\"rekey\":%d", KEY_PACKETS);
        print_key("shared", config.shared_key);
        print_key("private", config.private_key);
    }
    (void)printf("}\n");
    hurry(s, mni_server_endpoint(s->server));
    MUST(mn_server_start(s->server, &address) == MN_OK);
}

static void accept(session *s, char name)
{
    say(s, 's', "\"did\":\"accept\"");
    (void)printf(",\"player\":%u}\n", s->players[name - 'a'].id.id);
    MUST(mn_server_accept(s->server, s->players[name - 'a'].id) == MN_OK);
}

static void disconnect(session *s, char name, int32_t reason, const char *text)
{
    say(s, name, "\"did\":\"disconnect\"");
    (void)printf(",\"reason\":%d,\"text\":\"%s\"}\n", reason, text);
    MUST(mn_client_disconnect(s->players[name - 'a'].client, reason, text) == MN_OK);
}

static void leave(session *s, char name)
{
    mn_client_destroy(s->players[name - 'a'].client);
    s->players[name - 'a'] = (entrant){0};
}

/* Hellos are lost, the first accept as well, and who is not in yet says something already. */
static void begin(session *s)
{
    s->tap.fates[TAP_CLIENT].lose_next = 3;
    join(s, 'a', APPLICATION, 0, "alice");
    run(s, 1200);
    s->tap.fates[TAP_SERVER].lose_next = 2; /* the retry, then after a new hello the accept */
    join(s, 'b', APPLICATION, 0, "");
    run(s, 240);
    s->tap.fates[TAP_SERVER].lose_next = 0;
    run(s, 260);
    send_server(s, 'a', EARLY, "let me in", 9, 0);
    send_client(s, 'a', NEWS, "wait", 4, 0);
    run(s, 40);
    accept(s, 'a');
    accept(s, 'b');
    s->tap.fates[TAP_SERVER].lose_next = 1; /* what tells a; so the next has to wait */
    run(s, 20);
    send_client(s, 'a', RAW, "early", 5, 0);
    run(s, 200);
}

/* What both sides think that the client sees, when nothing is under way. */
static void compare(session *s, char name)
{
    entrant *player = &s->players[name - 'a'];
    uint64_t here = 0;
    uint64_t there = 0;
    MUST(mn_client_objects_digest(player->objects, &here) == MN_OK);
    MUST(mn_server_objects_digest(s->objects, player->id, &there) == MN_OK);
    MUST(here == there);
    say(s, name, "\"did\":\"digest\"");
    (void)printf(",\"digest\":%llu}\n", (unsigned long long)here);
}

/* Those who do not get in. */
static void refuse(session *s)
{
    join(s, 'c', APPLICATION + 1, 0, "carol");
    run(s, 100);
    leave(s, 'c');
    join(s, 'd', APPLICATION, 0, "dave");
    run(s, 100);
    join(s, 'f', APPLICATION, 0, "the fourth");
    run(s, 100);
    leave(s, 'f');
    say(s, 's', "\"did\":\"reject\"");
    (void)printf(",\"player\":%u,\"reason\":%d,\"text\":\"not today\"}\n", s->players[3].id.id,
                 MN_REASON_USER + 1);
    MUST(mn_server_reject(s->server, s->players[3].id, MN_REASON_USER + 1, "not today") == MN_OK);
    s->tap.fates[TAP_SERVER].lose_next = 1;
    run(s, 400);
    leave(s, 'd');
    for (int i = 1; i < SCHEMAS; i++) {
        join(s, 'e', APPLICATION, i, "eve");
        run(s, 300);
        leave(s, 'e');
    }
}

/* Who has another shared key. */
static void refuse_stranger(session *s)
{
    join_with(s, 'c', APPLICATION, 0, "carol", other_shared_key);
    run(s, 100);
    leave(s, 'c');
}

/* Messages of both forms in all modes and on several channels, each line losing one in five. */
static void talk(session *s)
{
    uint8_t bytes[RAW_BYTES];
    for (uint32_t i = 0; i < RAW_BYTES; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (int32_t i = 0; i < 2; i++) {
        sample value = make_sample(i);
        send_server(s, 'a', SAMPLE, &value, sizeof value, 0);
        send_client(s, 'b', SAMPLE, &value, sizeof value, MN_RELIABLE | MN_ON_CHANNEL(40));
        run(s, 40);
    }
    s->tap.fates[TAP_SERVER].lose_every = 5;
    s->tap.fates[TAP_CLIENT].lose_every = 4;
    for (int32_t i = 0; i < 24; i++) {
        chat words = {.tone = i % 7 - 3, .text = "hello"};
        uint32_t size = i == 0 ? 0 : i == 1 ? 29 : i == 2 ? 284 : (uint32_t)i * 30;
        send_server(s, 'a', CHAT, &words, sizeof words, 0);
        send_client(s, 'a', RAW, bytes, size, 0);
        send_server(s, 'b', RAW, bytes, size / 2,
                    MN_UNRELIABLE | MN_ON_CHANNEL((uint32_t)i % 3 * 30));
        mn_outgoing note = {.message = CHAT, .value = &words, .size = sizeof words};
        notify(s, 'a', 's', &note, 1000 + (uint64_t)i);
        if (i % 3 == 0) {
            far_news news = {.is_good = i % 2 == 0};
            note = (mn_outgoing){.message = FAR, .value = &news, .size = sizeof news};
            notify(s, 's', 'b', &note, 2000 + (uint64_t)i);
            send_client(s, 'b', FAR, &news, sizeof news, 0);
        }
        run(s, 40);
    }
    s->tap.fates[TAP_SERVER].lose_every = 0;
    s->tap.fates[TAP_CLIENT].lose_every = 0;
    run(s, 400);
    say(s, 's', "\"did\":\"broadcast\"");
    (void)printf(",\"message\":1,\"how\":%d,\"value\":[3,\"to all\"]}\n", MN_UNRELIABLE);
    chat all = {.tone = 3, .text = "to all"};
    MUST(mn_server_broadcast(s->server, CHAT, &all, sizeof all, MN_UNRELIABLE) == 2);
    s->tap.fates[TAP_SERVER].double_next = 2;
    run(s, 100);
}

/* Messages in pieces, in all modes and large ones among them, and copies; some are lost, and some
   overtaken. */
static void discuss(session *s)
{
    static uint8_t bytes[LARGE_BYTES];
    for (uint32_t i = 0; i < LARGE_BYTES; i++) {
        bytes[i] = (uint8_t)(i / 64 + i);
    }
    s->tap.fates[TAP_SERVER].delay_every = 3;
    s->tap.fates[TAP_CLIENT].delay_every = 4;
    s->tap.fates[TAP_SERVER].lose_every = 7;
    s->tap.fates[TAP_CLIENT].lose_every = 6;
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t channel = MN_ON_CHANNEL(i % 2 * 5);
        send_server(s, 'a', RAW, bytes + i, 1200 + 500 * (i % 3), MN_RELIABLE | channel);
        send_client(s, 'b', RAW, bytes + i, 2400 - 300 * i, MN_UNORDERED | channel);
        send_client(s, 'a', RAW, bytes + i, 20 + i, MN_UNORDERED);
        send_server(s, 'b', RAW, bytes + i, 1200 + 60 * i, MN_UNRELIABLE | channel);
        send_server(s, 'a', RAW, bytes + i, i == 3 ? 1500 : 30, MN_SEQUENCED | MN_REDUNDANT(2));
        send_client(s, 'b', RAW, bytes + i, 40 + i, MN_RELIABLE | MN_REDUNDANT(1));
        mn_outgoing note = {.message = RAW, .value = bytes + i, .size = 1300 + 60 * i};
        notify(s, 'b', 's', &note, 3000 + i);
        if (i % 2 == 0 && i > 0) {
            send_server(s, 'a', RAW, bytes, LARGE_BYTES - i, MN_UNORDERED | MN_ON_CHANNEL(7));
            send_client(s, 'a', RAW, bytes, LARGE_BYTES - 64 * i, 0);
        }
        run(s, 60);
    }
    s->tap.fates[TAP_SERVER].lose_every = 0;
    s->tap.fates[TAP_CLIENT].lose_every = 0;
    run(s, 600);
    s->tap.fates[TAP_SERVER].delay_every = 0;
    s->tap.fates[TAP_CLIENT].delay_every = 0;
    run(s, 400);
}

static void move(session *s, mn_object object, int32_t i)
{
    tank_state *tank = mn_server_objects_state(s->objects, object);
    MUST(tank != NULL);
    tank->position[0] += 0.5f;
    tank->position[2] = (float)(i * i) * 3 - 100;
    tank->heading = (float)i * 0.4f;
    if (i % 3 == 0) {
        tank->health -= 7;
        tank->score -= (int64_t)i << 33;
        tank->rotation[i / 3 % 4] -= 0.25f;
        tank->is_lit ^= 1;
    }
    if (i % 4 == 0) {
        tank->wheel_count = (uint16_t)(i % 7);
        for (int32_t k = 0; k < 6; k++) {
            tank->wheels[k] = (int16_t)(k * i);
        }
        tank->ammo = i * 40;
        memcpy(tank->secret, i % 8 == 0 ? "sesame" : "\0rest", 6);
        memcpy(tank->name, i % 8 == 0 ? "Panther" : "Puma\0x", 7);
        tank->target.id = i % 8 == 0 ? 0 : object.id;
        tank->far = (double)i * 1.1;
        tank->part = (part){.weight = (int16_t)-i, .point = {(float)i * 0.3f, -1}};
        tank->crest[i / 4 % 4] = (uint8_t)i;
    }
    wrote(s, object);
}

static void show(session *s)
{
    mn_object mine = spawn(s, TANK, 'a');
    mn_object theirs = spawn(s, TANK, 's');
    mn_object crates[40];
    for (uint32_t i = 0; i < 40; i++) {
        crates[i] = spawn(s, CRATE, 's');
        crate_state *crate = mn_server_objects_state(s->objects, crates[i]);
        crate->weight = i * 13;
        wrote(s, crates[i]);
    }
    move(s, mine, 4);
    embody(s, 'a', mine);
    call_clients(s, mine, HIT, MN_TARGET_OBSERVERS, 's');
    run(s, 100);
    call_server(s, 'a', mine, FIRE);
    call_server(s, 'b', mine, HONK);
    call_server(s, 'b', theirs, WAVE);
    s->tap.fates[TAP_SERVER].lose_every = 5;
    s->tap.fates[TAP_CLIENT].lose_every = 7;
    for (int32_t i = 0; i < 24; i++) {
        move(s, mine, i);
        if (i % 5 == 0) {
            move(s, theirs, i + 3);
            call_clients(s, theirs, SPARK, MN_TARGET_PLAYER, 'b');
            call_clients(s, mine, HIT, MN_TARGET_OWNER, 's');
        }
        if (i % 6 < 2) {
            mn_object object = crates[i % 6 == 0 ? 0 : 39];
            crate_state *crate = mn_server_objects_state(s->objects, object);
            crate->is_open ^= 1;
            crate->west = (uint8_t)(i / 3);
            crate->below = (uint8_t)(crate->below + i % 4);
            wrote(s, object);
        }
        if (i == 10) {
            give(s, mine, 'b');
            give(s, crates[3], 'a');
        }
        run(s, 20);
    }
    s->tap.fates[TAP_SERVER].lose_every = 0;
    s->tap.fates[TAP_CLIENT].lose_every = 0;
    run(s, 200);
    compare(s, 'a');
    compare(s, 'b');
    embody(s, 'b', theirs);
    run(s, 60);
    embody(s, 'b', (mn_object){0});
    despawn(s, theirs, 0);
    despawn(s, crates[7], MN_REASON_USER + 2);
    run(s, 200);
    (void)spawn(s, MARKER, 'b');
    (void)spawn(s, CRATE, 's'); /* in a slot that was free already */
    run(s, 100);
    compare(s, 'b');
}

static void end(session *s)
{
    send_server(s, 'a', CHAT, &(chat){.tone = 0, .text = "bye"}, sizeof(chat), 0);
    disconnect(s, 'a', MN_REASON_USER + 3, "good night");
    run(s, 300);
    run(s, 5500); /* b keeps its connection alive */
    say(s, 's', "\"did\":\"stop\"}\n");
    MUST(mn_server_stop(s->server) == MN_OK);
    run(s, 100);
}

/* Of an encrypted session what is in its packets is the same: less of it is enough. */
static void play(session *s)
{
    open_all(s);
    begin(s);
    if (s->mode == PLAIN) {
        refuse(s);
    } else if (s->mode == NK_PSK) {
        refuse_stranger(s);
    }
    if (s->mode != NK_PSK) {
        talk(s);
        discuss(s);
    }
    if (s->mode != NN) {
        show(s);
    }
    end(s);
}

int main(int argc, char **argv)
{
    static session s;
    static const char *const modes[] = {[PLAIN] = "plain", [NN] = "NN", [NK_PSK] = "NKpsk0"};
    while (s.mode <= NK_PSK && (argc != 2 || strcmp(argv[1], modes[s.mode]) != 0)) {
        s.mode++;
    }
    if (s.mode > NK_PSK) {
        (void)fputs("capture plain|NN|NKpsk0\n", stderr);
        return 2;
    }
    s.now_us = START_US;
    s.random = 7;
    (void)printf("# The captured session of tests/conformance; see capture.c.\n");
    play(&s);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        mn_client_destroy(s.players[i].client);
    }
    mn_server_destroy(s.server);
    for (uint32_t i = 0; i < SCHEMAS; i++) {
        mn_schema_destroy(s.schemas[i]);
    }
    mn_lossy_destroy(s.lossy);
    mn_network_destroy(s.network);
    return ferror(stdout) != 0;
}
