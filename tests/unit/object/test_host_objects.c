/* SPDX-License-Identifier: MIT */
/*
 * One script, played once with a host and once with a remote client over a perfect line: both sides
 * log the same.
 */
#include "support/stage.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const mn_player nobody;

static test_stage *open_stage(bool as_host)
{
    test_stage *stage = stage_create(NULL, 1);
    stage->flush_us = stage->step_us;
    stage_serve(stage);
    if (as_host) {
        (void)stage_join_host(stage);
    } else {
        (void)stage_join(stage);
    }
    while (!stage->clients[0].is_authenticated ||
           stage->server_counts[MN_EVENT_AUTHENTICATED] == 0) {
        stage_step(stage);
    }
    stage_run(stage, 10000); /* a remote client says that it is ready */
    return stage;
}

/* A frame goes from poll to poll: what the game does, the flush, and what comes of it. */
static void frames(test_stage *stage, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        stage_step(stage);
    }
}

static mn_object spawn_tank(test_stage *stage, mn_player owner)
{
    mn_object object = stage_spawn(stage, STAGE_TANK, owner);
    stage_tank *tank = stage_tank_of(stage, object);
    tank->position[0] = 1.2345F;
    tank->ammo = 7;
    (void)snprintf(tank->secret, sizeof tank->secret, "hush %u", (unsigned)object.id);
    return object;
}

/* The host handles objects in the frame in which a packet would bring them. Note that calls of a
   client take one flush more on their way back. */
static void play(test_stage *stage)
{
    stage_client *client = &stage->clients[0];
    mn_player player = stage_player(stage, 0);
    mn_object a = spawn_tank(stage, nobody);
    mn_object b = spawn_tank(stage, player);
    mn_object bag = stage_spawn(stage, STAGE_BAG, nobody);
    (void)stage_call_clients(stage, a, STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
    frames(stage, 3);
    assert_int_equal(mn_client_objects_set_user(client->objects, a, 1234), MN_OK);
    assert_int_equal(mn_server_objects_set_user(stage->objects, b, 99), MN_OK);
    for (int32_t i = 0; i < 5; i++) {
        stage_tank *tank = stage_tank_of(stage, a);
        tank->position[2] += 0.5F;
        tank->counter++;
        tank->secret[0]++;
        stage_tank_of(stage, b)->ammo++;
        stage_bag *things = mn_server_objects_state(stage->objects, bag);
        things->count = (uint16_t)(3 * i);
        things->items[i] = (int16_t)(100 + i);
        (void)stage_call_clients(stage, a, STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
        (void)stage_call_clients(stage, b, STAGE_SPARK, MN_TARGET_OWNER, nobody);
        frames(stage, 1);
    }
    frames(stage, 3);
    assert_int_equal(stage_call_server(stage, 0, b, STAGE_FIRE, 5), MN_OK);
    assert_int_equal(stage_call_server(stage, 0, a, STAGE_HONK, 0), MN_OK);
    assert_int_equal(stage_call_server(stage, 0, a, STAGE_WAVE, 6), MN_OK);
    frames(stage, 3);
    /* The owner changes, and with it what is seen of the secret; a change in the same frame. */
    assert_int_equal(mn_server_objects_set_owner(stage->objects, a, player), MN_OK);
    stage_tank_of(stage, a)->counter++;
    frames(stage, 3);
    assert_int_equal(mn_server_objects_set_character(stage->objects, player, b), MN_OK);
    frames(stage, 3);
    assert_int_equal(mn_server_objects_set_character(stage->objects, player, a), MN_OK);
    frames(stage, 3);
    assert_int_equal(mn_server_objects_set_owner(stage->objects, a, nobody), MN_OK);
    frames(stage, 3);
    /* One is born, called and gone in the same frame: nobody hears of it. */
    mn_object brief = spawn_tank(stage, nobody);
    (void)stage_call_clients(stage, brief, STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
    assert_int_equal(mn_server_objects_despawn(stage->objects, brief, 0), MN_OK);
    frames(stage, 3);
    assert_int_equal(mn_server_objects_set_character(stage->objects, player, b), MN_OK);
    frames(stage, 3);
    /* All kinds of things in one frame. */
    assert_int_equal(mn_server_objects_despawn(stage->objects, b, 1001), MN_OK);
    mn_object c = spawn_tank(stage, player);
    assert_int_equal(mn_server_objects_set_owner(stage->objects, a, player), MN_OK);
    ((stage_bag *)mn_server_objects_state(stage->objects, bag))->items[0] = -1;
    (void)stage_call_clients(stage, c, STAGE_HIT, MN_TARGET_PLAYER, player);
    frames(stage, 5);
    assert_int_equal(mn_server_disconnect(stage->server, player, 1002, "bye"), MN_OK);
    frames(stage, 100);
}

static void record(bool as_host, char *server_log, char *client_log)
{
    test_stage *stage = open_stage(as_host);
    stage->server_log = calloc(1, STAGE_LOG_MAX);
    stage->clients[0].log = calloc(1, STAGE_LOG_MAX);
    assert_non_null(stage->server_log);
    assert_non_null(stage->clients[0].log);
    play(stage);
    for (uint32_t type = MN_EVENT_SPAWNED; type <= MN_EVENT_CHARACTER; type++) {
        if (stage->clients[0].counts[type] == 0) {
            fail_msg("no event of type %u in the script", (unsigned)type);
        }
    }
    memcpy(server_log, stage->server_log, STAGE_LOG_MAX);
    memcpy(client_log, stage->clients[0].log, STAGE_LOG_MAX);
    stage_destroy(stage);
}

static void compare(const char *host, const char *remote)
{
    uint32_t line = 1;
    size_t begin = 0;
    size_t i = 0;
    for (; host[i] == remote[i] && host[i] != '\0'; i++) {
        if (host[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    if (host[i] != remote[i]) {
        fail_msg("line %u differs:\nhost:   %.300s\nremote: %.300s", (unsigned)line, host + begin,
                 remote + begin);
    }
}

static void a_host_and_a_remote_client_log_the_same(void **state)
{
    (void)state;
    static char logs[4][STAGE_LOG_MAX];
    record(true, logs[0], logs[1]);
    record(false, logs[2], logs[3]);
    compare(logs[1], logs[3]);
    compare(logs[0], logs[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_a_remote_client_log_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
