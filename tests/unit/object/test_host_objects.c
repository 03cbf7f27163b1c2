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
    stage_run(stage, 100000); /* a remote client says that it is ready */
    assert_true(stage->clients[0].is_authenticated);
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

static void a_host_has_the_servers_own_states(void **state)
{
    (void)state;
    test_stage *stage = open_stage(true);
    mn_object object = spawn_tank(stage, nobody);
    stage_tank *tank = stage_tank_of(stage, object);
    assert_null(stage_seen_tank(stage, 0, object)); /* not before the flush */
    frames(stage, 2);
    assert_ptr_equal(stage_seen_tank(stage, 0, object), tank);
    /* Live and raw behind the pointer; in events as it would have travelled. */
    tank->position[0] = 7.77777F;
    assert_true(stage_seen_tank(stage, 0, object)->position[0] == 7.77777F);
    assert_int_equal(stage_seen_tank(stage, 0, object)->ammo, 7);
    frames(stage, 2);
    stage_tank told;
    memcpy(&told, stage->clients[0].mirrors[object.id].state, sizeof told);
    assert_float_equal(told.position[0], 7.78, 0.0001);
    assert_int_equal(told.ammo, 50);
    assert_string_equal(told.secret, "");
    assert_true(stage_is_equal(stage, 0));
    stage_destroy(stage);
}

/* Fifty objects come and go while nobody polls. */
static void keep_waiting(test_stage *stage, const stage_tank *tank)
{
    stage->is_patient = true;
    for (uint32_t i = 0; i < 50; i++) {
        mn_object other = spawn_tank(stage, nobody);
        stage_tank_of(stage, other)->ammo = 999;
        frames(stage, 1);
        assert_int_equal(tank->ammo, 7);
        assert_int_equal(mn_server_objects_despawn(stage->objects, other, 0), MN_OK);
    }
    stage->is_patient = false;
    frames(stage, 1);
}

static void a_hosts_pointer_lasts_until_the_end_was_polled(void **state)
{
    (void)state;
    test_stage *stage = open_stage(true);
    uint64_t allocations = 0;
    for (uint32_t round = 0; round < 4; round++) {
        mn_object object = spawn_tank(stage, nobody);
        frames(stage, 2);
        const stage_tank *tank = stage_seen_tank(stage, 0, object);
        assert_int_equal(mn_server_objects_despawn(stage->objects, object, 0), MN_OK);
        keep_waiting(stage, tank);
        assert_null(stage_seen_tank(stage, 0, object));
        assert_int_equal(tank->ammo, 7); /* polled, but there was no update since */
        frames(stage, 6000);             /* here it goes, and is used again in the next round */
        assert_int_equal(stage->clients[0].counts[MN_EVENT_DESPAWNED], 51 * (round + 1));
        allocations = round == 1 ? stage->allocator.count : allocations;
    }
    assert_int_equal(stage->allocator.count, allocations);
    stage_destroy(stage);
}

static void a_host_may_leave_and_come_back(void **state)
{
    (void)state;
    test_stage *stage = open_stage(true);
    mn_object kept = spawn_tank(stage, nobody);
    (void)spawn_tank(stage, stage_player(stage, 0));
    frames(stage, 2);
    assert_int_equal(mn_client_disconnect(stage->clients[0].client, 0, NULL), MN_OK);
    frames(stage, 10);
    assert_true(stage->clients[0].is_ended);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_DESPAWNED], 2);
    assert_int_equal(stage->server_counts[MN_EVENT_DESPAWNED], 1);
    assert_null(stage_seen_tank(stage, 0, kept));
    stage->clients[0].is_ended = false;
    assert_int_equal(mn_client_connect_host(stage->clients[0].client, stage->server, NULL, 0),
                     MN_OK);
    frames(stage, 10);
    assert_ptr_equal(stage_seen_tank(stage, 0, kept), stage_tank_of(stage, kept));
    assert_true(stage_is_equal(stage, 0));
    stage_destroy(stage);
}

static void a_host_outlives_the_servers_objects(void **state)
{
    (void)state;
    test_stage *stage = open_stage(true);
    mn_object object = spawn_tank(stage, stage_player(stage, 0));
    assert_int_equal(
        mn_server_objects_set_character(stage->objects, stage_player(stage, 0), object), MN_OK);
    frames(stage, 3);
    mn_server_objects_destroy(stage->objects);
    stage->objects = NULL;
    assert_null(stage_seen_tank(stage, 0, object));
    frames(stage, 3);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_DESPAWNED], 1);
    assert_int_equal(stage->clients[0].character, 0);
    assert_false(stage->clients[0].is_ended);
    stage_destroy(stage);
}

static void a_host_without_objects_does_no_harm(void **state)
{
    (void)state;
    test_stage *stage = open_stage(true);
    mn_client_objects_destroy(stage->clients[0].objects);
    stage->clients[0].objects = NULL;
    (void)stage_join(stage);
    mn_object object = spawn_tank(stage, nobody);
    frames(stage, 100);
    (void)stage_call_clients(stage, object, STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
    frames(stage, 20);
    assert_int_equal(stage->clients[1].counts[MN_EVENT_CALL], 1);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_SPAWNED], 0);
    stage_destroy(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_a_remote_client_log_the_same),
        cmocka_unit_test(a_host_has_the_servers_own_states),
        cmocka_unit_test(a_hosts_pointer_lasts_until_the_end_was_polled),
        cmocka_unit_test(a_host_may_leave_and_come_back),
        cmocka_unit_test(a_host_outlives_the_servers_objects),
        cmocka_unit_test(a_host_without_objects_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
