/* SPDX-License-Identifier: MIT */
/* Owners and characters, as the server sets them and as both sides hear of it. */
#include "support/stage.h"
#include "support/test.h"

#include <stdio.h>

#define SECOND UINT64_C(1000000)

static const mn_player nobody;
static const mn_object nothing;

static test_stage *open_stage(mn_object *tank_out, mn_player *first_out, mn_player *second_out)
{
    test_stage *stage = stage_create(NULL, 1);
    stage_serve(stage);
    (void)stage_join(stage);
    (void)stage_join(stage);
    *tank_out = stage_spawn(stage, STAGE_TANK, nobody);
    stage_gather(stage);
    *first_out = stage_player(stage, 0);
    *second_out = stage_player(stage, 1);
    return stage;
}

static uint32_t count(const test_stage *stage, uint32_t client, uint16_t type)
{
    return stage->clients[client].counts[type];
}

static void an_owner_sees_what_is_the_owners(void **state)
{
    (void)state;
    mn_object tank;
    mn_player first;
    mn_player second;
    test_stage *stage = open_stage(&tank, &first, &second);
    (void)snprintf(stage_tank_of(stage, tank)->secret, 16, "hush");
    assert_int_equal(mn_server_objects_set_owner(stage->objects, tank, first), MN_OK);
    stage_run(stage, SECOND / 5);
    assert_string_equal(stage_seen_tank(stage, 0, tank)->secret, "hush");
    assert_string_equal(stage_seen_tank(stage, 1, tank)->secret, "");
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(count(stage, i, MN_EVENT_OWNER), 1);
        assert_int_equal(stage->clients[i].last[MN_EVENT_OWNER].who, first.id);
    }
    assert_int_equal(mn_server_objects_set_owner(stage->objects, tank, second), MN_OK);
    stage_run(stage, SECOND / 5);
    assert_string_equal(stage_seen_tank(stage, 0, tank)->secret, ""); /* back to the default */
    assert_string_equal(stage_seen_tank(stage, 1, tank)->secret, "hush");
    assert_int_equal(stage->clients[0].last[MN_EVENT_CHANGED].changed, STAGE_TANK_SECRET);
    assert_true(stage_is_equal(stage, 0) && stage_is_equal(stage, 1));
    assert_int_equal(mn_server_objects_set_owner(stage->objects, tank, second), MN_OK);
    stage_run(stage, SECOND / 5);
    assert_int_equal(count(stage, 0, MN_EVENT_OWNER), 2);
    stage_destroy(stage);
}

static void both_sides_hear_of_a_character(void **state)
{
    (void)state;
    mn_object tank;
    mn_player first;
    mn_player second;
    test_stage *stage = open_stage(&tank, &first, &second);
    mn_object other = stage_spawn(stage, STAGE_TANK, nobody);
    assert_int_equal(mn_server_objects_set_character(stage->objects, first, tank), MN_OK);
    assert_int_equal(mn_server_objects_owner(stage->objects, tank).id, first.id);
    assert_int_equal(mn_server_objects_character(stage->objects, first).id, tank.id);
    stage_run(stage, SECOND / 5);
    assert_int_equal(stage->server_counts[MN_EVENT_CHARACTER], 1);
    assert_int_equal(stage->server_last[MN_EVENT_CHARACTER].who, first.id);
    assert_int_equal(stage->server_last[MN_EVENT_CHARACTER].object.id, tank.id);
    assert_int_equal(stage->clients[0].character, tank.id);
    assert_int_equal(mn_client_objects_character(stage->clients[0].objects).id, tank.id);
    assert_int_equal(count(stage, 1, MN_EVENT_CHARACTER), 0);
    /* Another one: the old one stays the player's. */
    assert_int_equal(mn_server_objects_set_character(stage->objects, first, other), MN_OK);
    stage_run(stage, SECOND / 5);
    assert_int_equal(stage->clients[0].character, other.id);
    assert_int_equal(count(stage, 0, MN_EVENT_CHARACTER), 2);
    assert_int_equal(mn_server_objects_owner(stage->objects, tank).id, first.id);
    /* None. */
    assert_int_equal(mn_server_objects_set_character(stage->objects, first, nothing), MN_OK);
    stage_run(stage, SECOND / 5);
    assert_int_equal(stage->clients[0].character, 0);
    assert_int_equal(stage->server_counts[MN_EVENT_CHARACTER], 3);
    assert_int_equal(mn_server_objects_owner(stage->objects, other).id, first.id);
    stage_destroy(stage);
}

static void a_character_that_is_taken_away_is_none(void **state)
{
    (void)state;
    mn_object tank;
    mn_player first;
    mn_player second;
    test_stage *stage = open_stage(&tank, &first, &second);
    assert_int_equal(mn_server_objects_set_character(stage->objects, first, tank), MN_OK);
    stage_run(stage, SECOND / 5);
    /* It becomes somebody else's. */
    assert_int_equal(mn_server_objects_set_character(stage->objects, second, tank), MN_OK);
    assert_int_equal(mn_server_objects_character(stage->objects, first).id, 0);
    stage_run(stage, SECOND / 5);
    assert_int_equal(stage->server_counts[MN_EVENT_CHARACTER], 3);
    assert_int_equal(stage->clients[0].character, 0);
    assert_int_equal(stage->clients[1].character, tank.id);
    /* It changes hands without being a character again. */
    assert_int_equal(mn_server_objects_set_owner(stage->objects, tank, first), MN_OK);
    stage_run(stage, SECOND / 5);
    assert_int_equal(stage->clients[1].character, 0);
    assert_int_equal(stage->clients[0].character, 0);
    /* It goes. */
    assert_int_equal(mn_server_objects_set_character(stage->objects, first, tank), MN_OK);
    stage_run(stage, SECOND / 5);
    assert_int_equal(mn_server_objects_despawn(stage->objects, tank, 0), MN_OK);
    assert_int_equal(mn_server_objects_character(stage->objects, first).id, 0);
    stage_run(stage, SECOND / 5);
    assert_int_equal(stage->clients[0].character, 0);
    assert_int_equal(stage->server_last[MN_EVENT_CHARACTER].object.id, 0);
    stage_destroy(stage);
}

static void an_object_that_is_given_away_stays(void **state)
{
    (void)state;
    mn_object tank;
    mn_player first;
    mn_player second;
    test_stage *stage = open_stage(&tank, &first, &second);
    mn_object kept = stage_spawn(stage, STAGE_TANK, first);
    mn_object gone = stage_spawn(stage, STAGE_TANK, first);
    stage_run(stage, SECOND / 5);
    assert_int_equal(mn_server_objects_set_owner(stage->objects, kept, second), MN_OK);
    assert_int_equal(mn_client_disconnect(stage->clients[0].client, 0, NULL), MN_OK);
    stage_run(stage, SECOND);
    assert_non_null(mn_server_objects_state(stage->objects, kept));
    assert_null(mn_server_objects_state(stage->objects, gone));
    assert_int_equal(stage->server_counts[MN_EVENT_DESPAWNED], 1);
    assert_int_equal(stage->server_last[MN_EVENT_DESPAWNED].size, sizeof(stage_tank));
    stage_destroy(stage);
}

static void players_and_objects_that_are_not_there_are_stale(void **state)
{
    (void)state;
    mn_object tank;
    mn_player first;
    mn_player second;
    test_stage *stage = open_stage(&tank, &first, &second);
    mn_server_objects *objects = stage->objects;
    mn_player stranger = {first.id + (1U << 20)};
    mn_object no_object = {999};
    mn_object out = {5};
    assert_int_equal(mn_server_objects_spawn(objects, STAGE_TANK, stranger, &out), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_spawn(objects, 4444, nobody, &out), MN_ERROR_SCHEMA);
    assert_int_equal(mn_server_objects_spawn(objects, STAGE_TANK, nobody, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_spawn(NULL, STAGE_TANK, nobody, &out), MN_ERROR_ARGUMENT);
    assert_int_equal(out.id, 5);
    assert_int_equal(mn_server_objects_set_owner(objects, tank, stranger), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_set_owner(objects, no_object, first), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_set_owner(NULL, tank, first), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_set_character(objects, stranger, tank), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_set_character(objects, nobody, tank), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_set_character(objects, first, no_object), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_set_character(NULL, first, tank), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_set_user(objects, no_object, 1), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_set_user(NULL, tank, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_despawn(objects, no_object, 0), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_despawn(objects, tank, -1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_despawn(objects, tank, 65536), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_despawn(NULL, tank, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_character(objects, stranger).id, 0);
    assert_int_equal(mn_server_objects_character(NULL, first).id, 0);
    assert_int_equal(mn_server_objects_owner(objects, no_object).id, 0);
    assert_int_equal(mn_server_objects_type(objects, no_object), 0);
    assert_null(mn_server_objects_state(objects, no_object));
    assert_null(mn_server_objects_state(NULL, tank));
    uint64_t digest;
    assert_int_equal(mn_server_objects_digest(objects, stranger, &digest), MN_ERROR_STALE);
    assert_int_equal(mn_server_objects_digest(objects, first, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_digest(NULL, first, &digest), MN_ERROR_ARGUMENT);
    mn_object list[4];
    assert_int_equal(mn_server_objects_list(objects, list, 4), 1);
    assert_int_equal(list[0].id, tank.id);
    assert_int_equal(mn_server_objects_list(objects, NULL, 0), 1);
    assert_int_equal(mn_server_objects_list(objects, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_list(NULL, list, 4), MN_ERROR_ARGUMENT);
    stage_destroy(stage);
}

static void the_clients_side_says_so_as_well(void **state)
{
    (void)state;
    mn_object tank;
    mn_player first;
    mn_player second;
    test_stage *stage = open_stage(&tank, &first, &second);
    mn_client_objects *objects = stage->clients[0].objects;
    mn_object no_object = {999};
    assert_null(mn_client_objects_state(objects, no_object));
    assert_null(mn_client_objects_state(NULL, tank));
    assert_int_equal(mn_client_objects_type(objects, no_object), 0);
    assert_int_equal(mn_client_objects_owner(objects, no_object).id, 0);
    assert_int_equal(mn_client_objects_character(NULL).id, 0);
    assert_int_equal(mn_client_objects_set_user(objects, no_object, 1), MN_ERROR_STALE);
    assert_int_equal(mn_client_objects_set_user(NULL, tank, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_objects_digest(objects, NULL), MN_ERROR_ARGUMENT);
    uint64_t digest;
    assert_int_equal(mn_client_objects_digest(NULL, &digest), MN_ERROR_ARGUMENT);
    mn_object list[2];
    assert_int_equal(mn_client_objects_list(objects, list, 2), 1);
    assert_int_equal(list[0].id, tank.id);
    assert_int_equal(mn_client_objects_list(objects, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_objects_list(NULL, list, 2), MN_ERROR_ARGUMENT);
    stage_destroy(stage);
}

static void managers_attach_once_and_in_time(void **state)
{
    (void)state;
    mn_object tank;
    mn_player first;
    mn_player second;
    test_stage *stage = open_stage(&tank, &first, &second);
    mn_server_objects *server = stage->objects;
    assert_int_equal(mn_server_objects_create(stage->server, &server), MN_ERROR_STATE);
    assert_null(server);
    assert_int_equal(mn_server_objects_create(NULL, &server), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_create(stage->server, NULL), MN_ERROR_ARGUMENT);
    mn_client_objects *client = stage->clients[0].objects;
    assert_int_equal(mn_client_objects_create(stage->clients[0].client, &client), MN_ERROR_STATE);
    assert_null(client);
    assert_int_equal(mn_client_objects_create(NULL, &client), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_objects_create(stage->clients[0].client, NULL), MN_ERROR_ARGUMENT);
    mn_server_objects_destroy(NULL);
    mn_client_objects_destroy(NULL);
    /* Destroyed in the middle of everything; the connections go on without objects. */
    mn_client_objects_destroy(stage->clients[0].objects);
    stage->clients[0].objects = NULL;
    stage_tank_of(stage, tank)->counter++;
    (void)stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_OBSERVERS, nobody);
    stage_run(stage, SECOND / 5);
    assert_int_equal(stage_seen_tank(stage, 1, tank)->counter, 6);
    mn_server_objects_destroy(stage->objects);
    stage->objects = NULL;
    stage_run(stage, SECOND / 5);
    assert_false(stage->clients[0].is_ended || stage->clients[1].is_ended);
    stage_destroy(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_owner_sees_what_is_the_owners),
        cmocka_unit_test(both_sides_hear_of_a_character),
        cmocka_unit_test(a_character_that_is_taken_away_is_none),
        cmocka_unit_test(an_object_that_is_given_away_stays),
        cmocka_unit_test(players_and_objects_that_are_not_there_are_stale),
        cmocka_unit_test(the_clients_side_says_so_as_well),
        cmocka_unit_test(managers_attach_once_and_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
