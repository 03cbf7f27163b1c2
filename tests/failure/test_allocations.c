/* SPDX-License-Identifier: MIT */
/*
 * One whole session (schema, server, two clients, one of them a host, objects, messages, calls) in
 * which the allocation number k fails, for every k, encrypted and not. It may come to nothing, but
 * nothing is freed twice or forgotten; without a failure the same session works.
 */
#include "support/memory.h"
#include "support/test.h"

#include <miragenet.h>

#include <stdbool.h>

enum { CHAT = 1, THING = 1, POKE = 0, BOOM = 1, FRAMES = 40, CLIENTS = 2 };

typedef struct thing {
    int32_t health;
    char name[16];
} thing;

static const mn_field thing_fields[] = {MN_INT(thing, health, 0, 100), MN_STRING(thing, name)};
static const mn_group thing_groups[] = {MN_GROUP(thing_fields, MN_TO_ALL, MN_FROM_SERVER, 0)};
static const mn_call_type thing_calls[] = {
    {.flags = MN_CALL_TO_SERVER, .name = "poke"},
    {.flags = MN_CALL_TO_CLIENT, .name = "boom"},
};

typedef struct session {
    test_allocator memory;
    mn_network *network;
    mn_schema *schema;
    mn_server *server;
    mn_server_objects *objects;
    mn_client *clients[CLIENTS];
    mn_client_objects *client_objects[CLIENTS];
    mn_object object;
    uint64_t now_us;
    uint32_t security;
    uint32_t messages, spawns, changes, calls, pokes;
} session;

static bool create_schema(session *s)
{
    const mn_message_type chat = {
        .struct_size = sizeof chat, .id = CHAT, .max_size = 100, .name = "chat"};
    const mn_object_type type = {
        .struct_size = sizeof type,
        .id = THING,
        .size = sizeof(thing),
        .group_count = MN_COUNT(thing_groups),
        .groups = thing_groups,
        .call_count = MN_COUNT(thing_calls),
        .calls = thing_calls,
        .name = "thing",
    };
    return mn_schema_create(&s->memory.table, &s->schema) == MN_OK &&
           mn_schema_add_message(s->schema, &chat) == MN_OK &&
           mn_schema_add_object(s->schema, &type) == MN_OK && mn_schema_finish(s->schema) == MN_OK;
}

static bool create_server(session *s)
{
    const mn_server_config config = {
        .struct_size = sizeof config,
        .max_players = 4,
        .security = s->security,
        .seed = 1,
        .schema = s->schema,
        .sockets = mn_network_sockets(s->network),
        .allocator = &s->memory.table,
    };
    return mn_server_create(&config, &s->server) == MN_OK &&
           mn_server_objects_create(s->server, &s->objects) == MN_OK &&
           mn_server_start(s->server, NULL) == MN_OK;
}

static bool create_client(session *s, int index)
{
    const mn_client_config config = {
        .struct_size = sizeof config,
        .security = s->security,
        .seed = 2,
        .schema = s->schema,
        .sockets = mn_network_sockets(s->network),
        .allocator = &s->memory.table,
    };
    mn_address address;
    if (mn_client_create(&config, &s->clients[index]) != MN_OK ||
        mn_client_objects_create(s->clients[index], &s->client_objects[index]) != MN_OK ||
        mn_server_address(s->server, &address) != MN_OK) {
        return false;
    }
    if (index == 0) {
        return mn_client_connect_host(s->clients[0], s->server, "me", 2) == MN_OK;
    }
    return mn_client_connect(s->clients[index], &address, "you", 3) == MN_OK;
}

static bool create(session *s)
{
    if (mn_network_create(&s->memory.table, &s->network) != MN_OK || !create_schema(s) ||
        !create_server(s)) {
        return false;
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (!create_client(s, i)) {
            return false;
        }
    }
    return true;
}

static void poll_server(session *s)
{
    mn_event events[8];
    mn_result count;
    while ((count = mn_server_poll(s->server, events, 8)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            s->messages += events[i].type == MN_EVENT_MESSAGE;
            s->pokes += events[i].type == MN_EVENT_CALL;
            if (events[i].type == MN_EVENT_AUTHENTICATED && s->object.id == 0) {
                mn_player player = {events[i].who};
                (void)mn_server_objects_spawn(s->objects, THING, player, &s->object);
            }
        }
    }
}

static void poll_client(session *s, int index)
{
    mn_event events[8];
    mn_result count;
    while ((count = mn_client_poll(s->clients[index], events, 8)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            s->messages += events[i].type == MN_EVENT_MESSAGE;
            s->spawns += events[i].type == MN_EVENT_SPAWNED;
            s->changes += events[i].type == MN_EVENT_CHANGED;
            s->calls += events[i].type == MN_EVENT_CALL;
        }
    }
}

static void play(session *s, int frame)
{
    const mn_call boom = {.object = s->object, .call = BOOM};
    const mn_call poke = {.object = s->object, .call = POKE};
    thing *state = mn_server_objects_state(s->objects, s->object);
    if (state) {
        state->health = frame;
        (void)mn_server_objects_call(s->objects, &boom);
    }
    (void)mn_server_broadcast(s->server, CHAT, "hello", 5, 0);
    for (int i = 0; i < CLIENTS; i++) {
        (void)mn_client_send(s->clients[i], CHAT, "hi", 2, MN_UNRELIABLE);
        (void)mn_client_objects_call(s->client_objects[i], &poke);
    }
}

static void run(session *s)
{
    for (int frame = 0; frame < FRAMES; frame++) {
        s->now_us += 16000;
        (void)mn_server_update(s->server, s->now_us);
        for (int i = 0; i < CLIENTS; i++) {
            (void)mn_client_update(s->clients[i], s->now_us);
        }
        poll_server(s);
        for (int i = 0; i < CLIENTS; i++) {
            poll_client(s, i);
        }
        play(s, frame);
        (void)mn_server_flush(s->server, s->now_us);
        for (int i = 0; i < CLIENTS; i++) {
            (void)mn_client_flush(s->clients[i], s->now_us);
        }
    }
}

/* How many allocations it made. */
static uint64_t attempt(session *s, uint32_t security, uint64_t fail_at)
{
    *s = (session){.now_us = 1000000, .security = security};
    test_allocator_init(&s->memory);
    s->memory.fail_at = fail_at;
    if (create(s)) {
        run(s);
    }
    for (int i = 0; i < CLIENTS; i++) {
        mn_client_destroy(s->clients[i]);
    }
    mn_server_destroy(s->server);
    mn_schema_destroy(s->schema);
    mn_network_destroy(s->network);
    assert_int_equal(s->memory.live, 0);
    return s->memory.count;
}

static void whichever_allocation_fails_nothing_breaks(void **state)
{
    (void)state;
    session s;
    for (uint32_t security = MN_SECURITY_NONE; security <= MN_SECURITY_ENCRYPTED; security++) {
        uint64_t count = attempt(&s, security, 0);
        assert_true(count > 20);
        for (uint64_t k = 1; k <= count; k++) {
            (void)attempt(&s, security, k);
        }
    }
}

static void without_a_failure_the_session_works(void **state)
{
    (void)state;
    session s;
    for (uint32_t security = MN_SECURITY_NONE; security <= MN_SECURITY_ENCRYPTED; security++) {
        (void)attempt(&s, security, 0);
        assert_int_equal(s.spawns, CLIENTS);
        assert_true(s.messages > FRAMES);
        assert_true(s.changes > FRAMES / 2);
        assert_true(s.calls > FRAMES / 2);
        assert_true(s.pokes > FRAMES / 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_failure_the_session_works),
        cmocka_unit_test(whichever_allocation_fails_nothing_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
