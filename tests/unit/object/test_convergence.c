/* SPDX-License-Identifier: MIT */
/* Whatever a line loses, doubles and reorders: after a second of quiet all views are equal. */
#include "support/seed.h"
#include "support/stage.h"
#include "support/test.h"

#include <stdio.h>

#define SECOND UINT64_C(1000000)

static const mn_conditions bad_line = {.struct_size = sizeof(mn_conditions),
                                       .loss = 0.3F,
                                       .duplicate = 0.1F,
                                       .reorder = 0.1F,
                                       .latency_us = 20000,
                                       .jitter_us = 10000};

static const mn_player nobody;

typedef struct population {
    mn_object objects[256];
    uint32_t count;
    uint32_t most;
    bool has_calls;
    bool has_owners;
} population;

static mn_player anybody(test_stage *stage)
{
    uint32_t client = (uint32_t)mni_random_below(&stage->random, stage->count + 1);
    if (client == stage->count || !stage->clients[client].is_authenticated) {
        return nobody;
    }
    return stage_player(stage, client);
}

static void live_a_frame(test_stage *stage, population *world)
{
    static const uint32_t types[] = {STAGE_TANK, STAGE_SHELL, STAGE_BAG, STAGE_FLAG, STAGE_MARK};
    mni_random *random = &stage->random;
    if (world->count < world->most && mni_random_chance(random, 0.3)) {
        world->objects[world->count++] =
            stage_spawn(stage, types[mni_random_below(random, 5)], anybody(stage));
    }
    for (uint32_t i = 0; i < world->count; i++) {
        mn_object object = world->objects[i];
        if (mn_server_objects_state(stage->objects, object) == NULL) {
            world->objects[i--] = world->objects[--world->count]; /* went with its owner */
            continue;
        }
        if (mni_random_chance(random, 0.5)) {
            stage_change(stage, object);
        }
        bool is_tank = mn_server_objects_type(stage->objects, object) == STAGE_TANK;
        if (world->has_calls && is_tank && mni_random_chance(random, 0.05)) {
            (void)stage_call_clients(stage, object, STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
            (void)stage_call_clients(stage, object, STAGE_SPARK, MN_TARGET_OWNER, nobody);
        }
        if (world->has_owners && mni_random_chance(random, 0.05)) {
            assert_int_equal(mn_server_objects_set_owner(stage->objects, object, anybody(stage)),
                             MN_OK);
        }
        if (world->has_owners && mni_random_chance(random, 0.02)) {
            mn_player player = anybody(stage);
            if (player.id != 0) {
                assert_int_equal(mn_server_objects_set_character(stage->objects, player, object),
                                 MN_OK);
            }
        }
        if (mni_random_chance(random, 0.01)) {
            assert_int_equal(mn_server_objects_despawn(stage->objects, object, 0), MN_OK);
            world->objects[i--] = world->objects[--world->count];
        }
    }
}

/* The secret of a tank is in nobody's state but its owner's. */
static void check_secrets(const test_stage *stage, const population *world)
{
    for (uint32_t i = 0; i < world->count; i++) {
        mn_player owner = mn_server_objects_owner(stage->objects, world->objects[i]);
        if (mn_server_objects_type(stage->objects, world->objects[i]) != STAGE_TANK) {
            continue;
        }
        for (uint32_t c = 0; c < stage->count; c++) {
            const stage_tank *tank = stage_seen_tank(stage, c, world->objects[i]);
            if (tank != NULL && stage_player(stage, c).id != owner.id &&
                !stage->clients[c].is_host) {
                assert_int_equal(tank->ammo, 50);
                assert_string_equal(tank->secret, "");
            }
        }
    }
}

static void live(uint64_t seed, const mn_conditions *conditions, uint64_t duration_us, bool host)
{
    test_stage *stage = stage_create(conditions, seed);
    population world = {.most = 40, .has_calls = true, .has_owners = true};
    stage_serve(stage);
    if (host) {
        (void)stage_join_host(stage);
    }
    (void)stage_join(stage);
    (void)stage_join(stage);
    uint64_t end_us = stage->now_us + duration_us;
    uint64_t limit_us = end_us + 60 * SECOND;
    while (stage->now_us < end_us || !stage_is_complete(stage)) {
        assert_true(stage->now_us < limit_us);
        if (stage->now_us + stage->step_us >= stage->next_flush_us) {
            live_a_frame(stage, &world);
        }
        if (stage->count < 4 && stage->now_us > end_us - duration_us / 2) {
            (void)stage_join(stage); /* late */
        }
        stage_step(stage);
    }
    uint64_t took_us = stage_settle(stage, SECOND);
    if (took_us == UINT64_MAX) {
        fail_msg("seed %llu: not equal after a second of quiet", (unsigned long long)seed);
    }
    stage_run(stage, SECOND / 2); /* who is whose character is not part of the digest */
    check_secrets(stage, &world);
    for (uint32_t c = 0; c < stage->count; c++) {
        assert_int_equal(stage->clients[c].character,
                         mn_server_objects_character(stage->objects, stage_player(stage, c)).id);
        assert_int_equal(stage->clients[c].counts[MN_EVENT_DISCONNECTED], 0);
    }
    stage_destroy(stage);
}

static void views_become_equal_within_a_second_of_quiet(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1000);
    for (uint64_t i = 0; i < 12; i++) {
        mn_conditions line = bad_line;
        line.reorder = 0.25F * (float)(i % 3);
        line.jitter_us = i % 4 == 0 ? 60000 : 10000;
        live(seed + i, &line, 3 * SECOND, i % 2 == 1);
    }
}

static void owners_that_change_all_the_time_become_equal(void **state)
{
    (void)state;
    uint64_t seed = test_seed(50);
    for (uint64_t i = 0; i < 3; i++) {
        test_stage *stage = stage_create(&bad_line, seed + i);
        stage_serve(stage);
        (void)stage_join(stage);
        (void)stage_join(stage);
        population world = {.count = 4};
        for (uint32_t j = 0; j < world.count; j++) {
            world.objects[j] = stage_spawn(stage, STAGE_TANK, nobody);
        }
        stage_gather(stage);
        for (uint32_t frame = 0; frame < 200; frame++) {
            for (uint32_t j = 0; j < world.count; j++) {
                mn_player owner = anybody(stage);
                assert_int_equal(
                    mn_server_objects_set_owner(stage->objects, world.objects[j], owner), MN_OK);
                stage_change(stage, world.objects[j]);
            }
            stage_run(stage, stage->flush_us);
        }
        if (stage_settle(stage, SECOND) == UINT64_MAX) {
            fail_msg("seed %llu: not equal", (unsigned long long)(seed + i));
        }
        check_secrets(stage, &world);
        for (uint32_t j = 0; j < world.count; j++) {
            mn_player owner = mn_server_objects_owner(stage->objects, world.objects[j]);
            for (uint32_t c = 0; c < 2; c++) {
                stage_client *client = &stage->clients[c];
                assert_int_equal(mn_client_objects_owner(client->objects, world.objects[j]).id,
                                 owner.id);
                assert_int_equal(client->mirrors[world.objects[j].id].owner, owner.id);
            }
        }
        stage_destroy(stage);
    }
}

/* In each frame eight of 32 objects are replaced by new ones. */
static void storm(test_stage *stage, mn_object *alive)
{
    static const uint32_t types[] = {STAGE_TANK, STAGE_BAG, STAGE_FLAG};
    for (uint32_t j = 0; j < 8; j++) {
        uint32_t at = (uint32_t)mni_random_below(&stage->random, 32);
        if (alive[at].id != 0) {
            assert_int_equal(mn_server_objects_despawn(stage->objects, alive[at], 1000), MN_OK);
        }
        alive[at] = stage_spawn(stage, types[at % 3], nobody);
        stage_change(stage, alive[at]);
    }
    stage_run(stage, stage->flush_us);
}

static void slots_are_used_again_in_a_storm(void **state)
{
    (void)state;
    uint64_t seed = test_seed(60);
    mn_conditions line = bad_line;
    line.reorder = 0.4F;
    for (uint64_t i = 0; i < 3; i++) {
        test_stage *stage = stage_create(&line, seed + i);
        stage->flush_us = 4000;
        stage_serve(stage);
        (void)stage_join(stage);
        mn_object first = stage_spawn(stage, STAGE_FLAG, nobody);
        stage_gather(stage);
        mn_object alive[32] = {{0}};
        for (uint32_t frame = 0; frame < 400; frame++) {
            storm(stage, alive);
        }
        if (stage_settle(stage, SECOND) == UINT64_MAX) {
            fail_msg("seed %llu: not equal", (unsigned long long)(seed + i));
        }
        assert_true(mn_client_objects_state(stage->clients[0].objects, first) != NULL);
        assert_int_equal(mn_client_objects_list(stage->clients[0].objects, NULL, 0), 33);
        stage_destroy(stage);
    }
}

static void versions_wrap(void **state)
{
    (void)state;
    mn_conditions line = bad_line;
    line.latency_us = 2000;
    line.jitter_us = 1000;
    test_stage *stage = stage_create(&line, test_seed(5));
    stage->flush_us = stage->step_us;
    stage_serve(stage);
    (void)stage_join(stage);
    mn_object object = stage_spawn(stage, STAGE_TANK, nobody);
    mn_object rare = stage_spawn(stage, STAGE_TANK, nobody);
    for (uint32_t i = 0; i < 70000; i++) {
        stage_tank_of(stage, object)->counter = (int32_t)i;
        stage_tank_of(stage, rare)->ammo = (int32_t)(i % 1000); /* nobody sees it */
        if (i % 16384 == 16000) {
            stage_tank_of(stage, rare)->counter++;
        }
        stage_step(stage);
    }
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    assert_int_equal(stage_seen_tank(stage, 0, object)->counter, 69999);
    assert_int_equal(stage_seen_tank(stage, 0, rare)->counter, 9);
    stage_destroy(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_become_equal_within_a_second_of_quiet),
        cmocka_unit_test(owners_that_change_all_the_time_become_equal),
        cmocka_unit_test(slots_are_used_again_in_a_storm),
        cmocka_unit_test(versions_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
