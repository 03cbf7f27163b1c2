/* SPDX-License-Identifier: MIT */
/* Every allocation of a scenario fails in turn: what failed says so, and all views become equal. */
#include "support/stage.h"
#include "support/test.h"

#define SECOND UINT64_C(1000000)

static const mn_player nobody;

static test_stage *open_stage(void)
{
    test_stage *stage = stage_create(NULL, 1);
    stage->flush_us = 4000;
    stage_serve(stage);
    (void)stage_join_host(stage);
    (void)stage_join(stage);
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    return stage;
}

/* One thing that may fail; which one says the number. */
static mn_result do_step(test_stage *stage, mn_object *tanks, uint32_t step, uint32_t at)
{
    mn_player host = stage_player(stage, 0);
    mn_player remote = stage_player(stage, 1);
    mn_player owner = at % 2 == 0 ? host : remote;
    switch (step) {
    case 0:
        owner = at % 3 == 0 ? nobody : owner;
        return mn_server_objects_spawn(stage->objects, STAGE_TANK, owner, &tanks[at]);
    case 1:
        return stage_call_clients(stage, tanks[at % 8], STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
    case 2:
        return mn_server_objects_set_owner(stage->objects, tanks[at % 4], owner);
    case 3:
        return mn_server_objects_set_character(stage->objects, remote, tanks[at % 3]);
    case 4:
        return mn_server_objects_despawn(stage->objects, tanks[at], 0);
    default:
        return stage_seen_tank(stage, at % 2, tanks[7]) != NULL
                   ? stage_call_server(stage, at % 2, tanks[7], STAGE_HONK, 0)
                   : MN_OK;
    }
}

/* What fails for want of memory has changed nothing: the second time it works. */
static void again(test_stage *stage, mn_object *tanks, uint32_t step, uint32_t at)
{
    mn_result result = do_step(stage, tanks, step, at);
    if (result == MN_ERROR_MEMORY) {
        result = do_step(stage, tanks, step, at);
    }
    assert_true(result >= 0);
}

static void play(test_stage *stage)
{
    mn_object tanks[8] = {{0}};
    for (uint32_t i = 0; i < 8; i++) {
        again(stage, tanks, 0, i);
        assert_int_equal(tanks[i].id, i + 1);
    }
    stage_run(stage, 40000);
    for (uint32_t frame = 0; frame < 10; frame++) {
        for (uint32_t i = 0; i < 8; i++) {
            stage_change(stage, tanks[i]);
        }
        again(stage, tanks, 1, frame);
        again(stage, tanks, 2, frame);
        again(stage, tanks, 3, frame);
        again(stage, tanks, 5, frame);
        stage_run(stage, 8000);
    }
    for (uint32_t i = 0; i < 4; i++) {
        again(stage, tanks, 4, i);
    }
    stage_run(stage, 40000);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    uint64_t failed = 0;
    for (uint64_t more = 1;; more++) {
        test_stage *stage = open_stage();
        stage->allocator.fail_at = stage->allocator.count + more;
        play(stage);
        bool has_failed = stage->allocator.count >= stage->allocator.fail_at;
        stage->allocator.fail_at = 0;
        if (stage_settle(stage, 2 * SECOND) == UINT64_MAX) {
            fail_msg("allocation %u: not equal", (unsigned)more);
        }
        stage_run(stage, SECOND / 10);
        assert_int_equal(stage->clients[1].character,
                         mn_server_objects_character(stage->objects, stage_player(stage, 1)).id);
        assert_int_equal(stage->clients[0].counts[MN_EVENT_DESPAWNED], 4);
        assert_int_equal(stage->clients[1].counts[MN_EVENT_DESPAWNED], 4);
        stage_destroy(stage);
        if (!has_failed) {
            break;
        }
        failed = more;
    }
    assert_true(failed > 20);
}

/* A view that could not be made, or that is incomplete, is made or completed by a later flush. */
static void a_join_finds_memory_later(void **state)
{
    (void)state;
    uint64_t failed = 0;
    for (uint64_t more = 1;; more++) {
        test_stage *stage = stage_create(NULL, 1);
        stage->flush_us = 4000;
        stage_serve(stage);
        for (uint32_t i = 0; i < 100; i++) {
            (void)stage_spawn(stage, STAGE_TANK, nobody);
        }
        stage_run(stage, 10000);
        uint32_t client = stage_join(stage);
        uint32_t host = stage_join_host(stage);
        stage->allocator.fail_at = stage->allocator.count + more;
        stage_run(stage, SECOND / 2);
        bool has_failed = stage->allocator.count >= stage->allocator.fail_at;
        stage->allocator.fail_at = 0;
        if (stage->clients[client].is_ended) {
            stage_reconnect(stage, client);
        }
        stage_gather(stage);
        if (stage_settle(stage, 2 * SECOND) == UINT64_MAX) {
            fail_msg("allocation %u: not equal", (unsigned)more);
        }
        assert_int_equal(mn_client_objects_list(stage->clients[client].objects, NULL, 0), 100);
        assert_int_equal(mn_client_objects_list(stage->clients[host].objects, NULL, 0), 100);
        stage_destroy(stage);
        if (!has_failed) {
            break;
        }
        failed = more;
    }
    assert_true(failed > 20);
}

static void a_manager_that_cannot_be_made_leaves_nothing(void **state)
{
    (void)state;
    test_stage *stage = stage_create(NULL, 1);
    mn_server_config server_config = {.struct_size = sizeof server_config,
                                      .security = MN_SECURITY_NONE,
                                      .schema = stage->schema,
                                      .allocator = &stage->allocator.table};
    mn_client_config client_config = {.struct_size = sizeof client_config,
                                      .security = MN_SECURITY_NONE,
                                      .schema = stage->schema,
                                      .allocator = &stage->allocator.table};
    mn_client *client = NULL;
    assert_int_equal(mn_server_create(&server_config, &stage->server), MN_OK);
    assert_int_equal(mn_client_create(&client_config, &client), MN_OK);
    uint64_t live = stage->allocator.live;
    mn_server_objects *server_objects = NULL;
    mn_client_objects *client_objects = NULL;
    uint64_t failures = 0;
    for (uint64_t more = 1; server_objects == NULL || client_objects == NULL; more++) {
        if (server_objects == NULL) {
            stage->allocator.fail_at = stage->allocator.count + more;
            mn_result result = mn_server_objects_create(stage->server, &server_objects);
            assert_true(result == MN_OK || result == MN_ERROR_MEMORY);
            failures += result != MN_OK;
            assert_true(result == MN_OK || stage->allocator.live == live);
        }
        live = stage->allocator.live;
        if (client_objects == NULL) {
            stage->allocator.fail_at = stage->allocator.count + more;
            mn_result result = mn_client_objects_create(client, &client_objects);
            assert_true(result == MN_OK || result == MN_ERROR_MEMORY);
            failures += result != MN_OK;
            assert_true(result == MN_OK || stage->allocator.live == live);
        }
        live = stage->allocator.live;
    }
    assert_true(failures >= 8);
    mn_client_destroy(client);
    stage_destroy(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(a_join_finds_memory_later),
        cmocka_unit_test(a_manager_that_cannot_be_made_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
