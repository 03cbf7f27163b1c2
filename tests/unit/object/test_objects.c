/* SPDX-License-Identifier: MIT */
/* A server's objects and its clients', from the first to the last. */
#include "support/stage.h"
#include "support/test.h"

#define SECOND UINT64_C(1000000)

static const mn_player nobody;

static void two_clients(test_stage *stage)
{
    stage_serve(stage);
    (void)stage_join(stage);
    (void)stage_join(stage);
    assert_true(stage_settle(stage, 5 * SECOND) != UINT64_MAX);
}

static void an_object_appears_with_its_state(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    mn_object object = stage_spawn(stage, STAGE_TANK, nobody);
    assert_int_equal(object.id, 1);
    stage_tank *tank = stage_tank_of(stage, object);
    assert_int_equal(tank->counter, 5);
    tank->position[1] = 12.344F;
    tank->ammo = 77;
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    for (uint32_t i = 0; i < 2; i++) {
        const stage_tank *seen = stage_seen_tank(stage, i, object);
        assert_non_null(seen);
        assert_float_equal(seen->position[1], 12.34, 0.001);
        assert_int_equal(seen->ammo, 50);
        assert_string_equal(seen->name, "unnamed");
        assert_int_equal(stage->clients[i].counts[MN_EVENT_SPAWNED], 1);
        assert_int_equal(mn_client_objects_type(stage->clients[i].objects, object), STAGE_TANK);
    }
    assert_int_equal(mn_server_objects_despawn(stage->objects, object, 0), MN_OK);
    assert_null(mn_server_objects_state(stage->objects, object));
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    for (uint32_t i = 0; i < 2; i++) {
        assert_null(stage_seen_tank(stage, i, object));
        assert_int_equal(stage->clients[i].counts[MN_EVENT_DESPAWNED], 1);
        assert_int_equal(stage->clients[i].last[MN_EVENT_DESPAWNED].reason, MN_REASON_DESTROYED);
    }
    stage_destroy(stage);
}

static uint64_t packets_to(const test_stage *stage, uint32_t client)
{
    mn_statistics statistics = {.struct_size = sizeof statistics};
    assert_int_equal(mn_server_statistics(stage->server, stage_player(stage, client), &statistics),
                     MN_OK);
    return statistics.packets_sent;
}

static void an_idle_world_is_silent(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    for (uint32_t i = 0; i < 100; i++) {
        (void)stage_spawn(stage, STAGE_TANK, nobody);
    }
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    stage_run(stage, SECOND);
    uint64_t before = packets_to(stage, 0);
    stage_run(stage, 4 * SECOND);
    assert_in_range(packets_to(stage, 0) - before, 0, 8); /* pongs */
    stage_destroy(stage);
}

static void what_only_the_owner_sees_makes_no_traffic_for_others(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    mn_object object = stage_spawn(stage, STAGE_TANK, stage_player(stage, 0));
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    stage_run(stage, SECOND);
    uint64_t to_owner = packets_to(stage, 0);
    uint64_t to_other = packets_to(stage, 1);
    for (int32_t i = 0; i < 100; i++) {
        stage_tank_of(stage, object)->ammo = i;
        stage_run(stage, stage->flush_us);
    }
    assert_int_equal(stage_seen_tank(stage, 0, object)->ammo, 99);
    assert_true(packets_to(stage, 0) - to_owner >= 100);
    assert_in_range(packets_to(stage, 1) - to_other, 0, 8);
    assert_int_equal(stage->clients[1].counts[MN_EVENT_CHANGED], 0);
    stage_destroy(stage);
}

/* The newest version is news for the owner alone: that of the late one is older. */
static void a_late_player_is_done_with_an_older_version(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    mn_object object = stage_spawn(stage, STAGE_TANK, stage_player(stage, 0));
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    stage_tank_of(stage, object)->ammo = 99;
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    uint32_t late = stage_join(stage);
    assert_true(stage_settle(stage, 5 * SECOND) != UINT64_MAX);
    stage_run(stage, SECOND);
    uint64_t before = packets_to(stage, late);
    stage_run(stage, 4 * SECOND);
    assert_in_range(packets_to(stage, late) - before, 0, 8); /* pongs */
    stage_destroy(stage);
}

static void a_large_world_comes_as_a_stream(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    for (uint32_t i = 0; i < 3000; i++) {
        mn_object object = stage_spawn(stage, STAGE_TANK, nobody);
        stage_tank_of(stage, object)->counter = (int32_t)i;
    }
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    uint32_t late = stage_join(stage);
    uint64_t took_us = stage_settle(stage, 2 * SECOND);
    assert_true(took_us != UINT64_MAX);
    assert_int_equal(stage->clients[late].counts[MN_EVENT_SPAWNED], 3000);
    assert_int_equal(mn_client_objects_list(stage->clients[late].objects, NULL, 0), 3000);
    stage_destroy(stage);
}

static void a_client_that_comes_back_sees_everything_again(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    mn_object kept = stage_spawn(stage, STAGE_TANK, nobody);
    mn_object owned = stage_spawn(stage, STAGE_TANK, stage_player(stage, 0));
    assert_int_equal(mn_server_objects_set_character(stage->objects, stage_player(stage, 0), owned),
                     MN_OK);
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    stage_client *client = &stage->clients[0];
    assert_int_equal(client->character, owned.id);
    assert_int_equal(mn_client_disconnect(client->client, 0, NULL), MN_OK);
    stage_run(stage, SECOND);
    assert_true(client->is_ended);
    assert_int_equal(client->counts[MN_EVENT_DESPAWNED], 2);
    assert_int_equal(client->last[MN_EVENT_DESPAWNED].reason, MN_REASON_DISCONNECTED);
    assert_int_equal(client->character, 0);
    assert_null(mn_client_objects_state(client->objects, kept));
    /* Its object went with it, and the server and the other client were told. */
    assert_int_equal(stage->server_counts[MN_EVENT_DESPAWNED], 1);
    assert_int_equal(stage->server_last[MN_EVENT_DESPAWNED].object.id, owned.id);
    assert_int_equal(stage->server_last[MN_EVENT_DESPAWNED].reason, MN_REASON_OWNER_LEFT);
    assert_null(mn_server_objects_state(stage->objects, owned));
    assert_int_equal(stage->clients[1].last[MN_EVENT_DESPAWNED].reason, MN_REASON_OWNER_LEFT);

    stage_reconnect(stage, 0);
    stage_run(stage, SECOND);
    assert_true(stage_is_equal(stage, 0));
    assert_int_equal(client->counts[MN_EVENT_SPAWNED], 3);
    assert_non_null(mn_client_objects_state(client->objects, kept));
    stage_destroy(stage);
}

static void objects_outlast_a_stop_of_the_server(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    mn_object object = stage_spawn(stage, STAGE_TANK, nobody);
    mn_object owned = stage_spawn(stage, STAGE_TANK, stage_player(stage, 1));
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    assert_int_equal(mn_server_stop(stage->server), MN_OK);
    stage_run(stage, SECOND);
    assert_true(stage->clients[0].is_ended && stage->clients[1].is_ended);
    assert_non_null(mn_server_objects_state(stage->objects, object));
    assert_null(mn_server_objects_state(stage->objects, owned));
    stage_restart(stage);
    stage_reconnect(stage, 0);
    stage_run(stage, SECOND);
    assert_true(stage_is_equal(stage, 0));
    assert_non_null(stage_seen_tank(stage, 0, object));
    stage_destroy(stage);
}

static void who_does_not_poll_loses_nothing(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    two_clients(stage);
    mn_object object = stage_spawn(stage, STAGE_TANK, nobody);
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    stage->is_patient = true;
    for (int32_t i = 0; i < 500; i++) {
        stage_tank_of(stage, object)->counter++;
        (void)stage_call_clients(stage, object, STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
        stage_run(stage, stage->flush_us);
    }
    stage->is_patient = false;
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_CALL], 500);
    assert_int_equal(stage->clients[1].mirrors[object.id].hits, 505);
    stage_destroy(stage);
}

/* Of 64 objects one goes and comes, all change, and there are calls both ways. */
static void live_a_frame(test_stage *stage, mn_object *objects, uint32_t frame)
{
    uint32_t at = frame % 64;
    mn_object called = objects[(at + 32) % 64];
    if (frame >= 64) {
        assert_int_equal(mn_server_objects_despawn(stage->objects, objects[at], 0), MN_OK);
    }
    objects[at] = stage_spawn(stage, STAGE_TANK, nobody);
    for (uint32_t j = 0; j < 64 && j <= frame; j++) {
        stage_change(stage, objects[j]);
    }
    (void)stage_call_clients(stage, objects[at], STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
    for (uint32_t c = 0; c < stage->count; c++) {
        if (stage_seen_tank(stage, c, called) != NULL) {
            assert_int_equal(stage_call_server(stage, c, called, STAGE_HONK, 0), MN_OK);
        }
    }
    stage_run(stage, stage->flush_us);
}

static void a_steady_state_allocates_nothing(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    stage_serve(stage);
    (void)stage_join_host(stage);
    (void)stage_join(stage);
    (void)stage_join(stage);
    mn_object objects[64] = {{0}};
    for (uint32_t frame = 0; frame < 600; frame++) {
        live_a_frame(stage, objects, frame);
    }
    uint64_t before = stage->allocator.count;
    for (uint32_t frame = 600; frame < 900; frame++) {
        live_a_frame(stage, objects, frame);
    }
    assert_int_equal(stage->allocator.count - before, 0);
    assert_true(stage->server_counts[MN_EVENT_CALL] > 2000);
    stage_destroy(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_appears_with_its_state),
        cmocka_unit_test(an_idle_world_is_silent),
        cmocka_unit_test(what_only_the_owner_sees_makes_no_traffic_for_others),
        cmocka_unit_test(a_late_player_is_done_with_an_older_version),
        cmocka_unit_test(a_large_world_comes_as_a_stream),
        cmocka_unit_test(a_client_that_comes_back_sees_everything_again),
        cmocka_unit_test(objects_outlast_a_stop_of_the_server),
        cmocka_unit_test(who_does_not_poll_loses_nothing),
        cmocka_unit_test(a_steady_state_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
