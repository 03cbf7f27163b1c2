/* SPDX-License-Identifier: MIT */
/* Calls in both directions: who may, what becomes of those who may not, and where calls wait. */
#include "message/endpoint.h"
#include "object/call.h"
#include "support/stage.h"
#include "support/test.h"

#include <string.h>

#define SECOND UINT64_C(1000000)

static const mn_player nobody;

static test_stage *open_stage(mn_object *object_out)
{
    test_stage *stage = stage_create(NULL, 1);
    stage_serve(stage);
    (void)stage_join(stage);
    (void)stage_join(stage);
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    *object_out = stage_spawn(stage, STAGE_TANK, stage_player(stage, 0));
    assert_true(stage_settle(stage, SECOND) != UINT64_MAX);
    return stage;
}

static uint64_t malformed(const test_stage *stage)
{
    mn_counters counters = {.struct_size = sizeof counters};
    assert_int_equal(mn_server_counters(stage->server, &counters), MN_OK);
    return counters.dropped[MN_DROP_MALFORMED];
}

/* Any bytes as a call to the server, past the client's own checks. */
static void send_bytes(test_stage *stage, uint32_t client, const uint8_t *bytes, uint32_t size)
{
    mni_endpoint *endpoint = mni_client_endpoint(stage->clients[client].client);
    mni_buffer *buffer = mni_buffer_take(mni_endpoint_buffers(endpoint), size);
    assert_non_null(buffer);
    memcpy(buffer->bytes, bytes, size);
    assert_int_equal(
        mni_endpoint_send_call(endpoint, stage_player(stage, client), buffer, MN_RELIABLE), MN_OK);
    mni_buffer_drop(mni_endpoint_buffers(endpoint), buffer);
    stage_run(stage, SECOND / 10);
}

static void fire_by_force(test_stage *stage, uint32_t client, mn_object object)
{
    uint8_t bytes[] = {(uint8_t)object.id, STAGE_FIRE, 0, 0, 0};
    send_bytes(stage, client, bytes, sizeof bytes);
}

static void the_owner_calls_the_server(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    assert_int_equal(mn_server_objects_set_user(stage->objects, tank, 55), MN_OK);
    assert_int_equal(stage_call_server(stage, 0, tank, STAGE_FIRE, 7), MN_OK);
    stage_run(stage, SECOND / 10);
    const mn_event *event = &stage->server_last[MN_EVENT_CALL];
    assert_int_equal(stage->server_counts[MN_EVENT_CALL], 1);
    assert_int_equal(event->who, stage_player(stage, 0).id);
    assert_int_equal(event->object.id, tank.id);
    assert_int_equal(event->object_type, STAGE_TANK);
    assert_int_equal(event->what, STAGE_FIRE);
    assert_int_equal(event->delivery, MN_RELIABLE);
    assert_int_equal(event->user, 55);
    assert_int_equal(stage->fires, 7);
    assert_int_equal(stage_call_server(stage, 1, tank, STAGE_FIRE, 1), MN_ERROR_STATE);
    stage_destroy(stage);
}

static void anybody_calls_what_is_open_to_anybody(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    assert_int_equal(stage_call_server(stage, 1, tank, STAGE_HONK, 0), MN_OK);
    assert_int_equal(stage_call_server(stage, 1, tank, STAGE_WAVE, 3), MN_OK);
    stage_run(stage, SECOND / 10);
    assert_int_equal(stage->server_counts[MN_EVENT_CALL], 2);
    assert_int_equal(malformed(stage), 0);
    stage_destroy(stage);
}

static void the_server_calls_clients(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    assert_int_equal(stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_OBSERVERS, nobody), 2);
    assert_int_equal(stage_call_clients(stage, tank, STAGE_SPARK, MN_TARGET_OWNER, nobody), 1);
    assert_int_equal(
        stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_PLAYER, stage_player(stage, 1)), 1);
    stage_run(stage, SECOND / 10);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_CALL], 2);
    assert_int_equal(stage->clients[1].counts[MN_EVENT_CALL], 2);
    assert_int_equal(stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_PLAYER, nobody),
                     MN_ERROR_STATE);
    assert_int_equal(mn_server_objects_set_owner(stage->objects, tank, nobody), MN_OK);
    assert_int_equal(stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_OWNER, nobody),
                     MN_ERROR_STATE);
    stage_destroy(stage);
}

static void a_call_to_what_goes_in_the_same_frame_is_dropped(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    assert_int_equal(stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_OBSERVERS, nobody), 2);
    assert_int_equal(mn_server_objects_despawn(stage->objects, tank, 0), MN_OK);
    stage_run(stage, SECOND / 10);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_CALL], 0);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_DESPAWNED], 1);
    stage_destroy(stage);
}

static void a_full_queue_is_said(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    for (uint32_t i = 0; i < MNI_QUEUED_CALLS_MAX; i++) {
        assert_int_equal(stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_OWNER, nobody), 1);
    }
    assert_int_equal(stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_OWNER, nobody),
                     MN_ERROR_FULL);
    assert_int_equal(stage_call_clients(stage, tank, STAGE_HIT, MN_TARGET_OBSERVERS, nobody), 1);
    stage_run(stage, SECOND);
    assert_int_equal(stage->clients[0].counts[MN_EVENT_CALL], MNI_QUEUED_CALLS_MAX);
    assert_int_equal(stage->clients[1].counts[MN_EVENT_CALL], 1);
    stage_destroy(stage);
}

static void who_may_not_is_charged(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    uint64_t before = malformed(stage);
    fire_by_force(stage, 1, tank);
    assert_int_equal(malformed(stage) - before, 1);
    static const uint8_t unknown[] = {200,
                                      STAGE_HONK}; /* no such object; also not a whole varint */
    send_bytes(stage, 1, unknown, sizeof unknown);
    static const uint8_t future[] = {99, STAGE_HONK};
    send_bytes(stage, 1, future, sizeof future);
    uint8_t wrong[] = {(uint8_t)tank.id, 77};
    send_bytes(stage, 1, wrong, sizeof wrong); /* no such call */
    wrong[1] = STAGE_HIT;
    send_bytes(stage, 1, wrong, sizeof wrong); /* not in this direction */
    wrong[1] = STAGE_WAVE;
    send_bytes(stage, 1, wrong, sizeof wrong); /* no arguments */
    send_bytes(stage, 1, wrong, 0);
    assert_int_equal(malformed(stage) - before, 7);
    assert_int_equal(stage->server_counts[MN_EVENT_CALL], 0);
    for (uint32_t i = 0; i < 1000 && !stage->clients[1].is_ended; i++) {
        fire_by_force(stage, 1, tank);
    }
    assert_true(stage->clients[1].is_ended);
    assert_int_equal(stage->clients[1].last[MN_EVENT_DISCONNECTED].reason, MN_REASON_PROTOCOL);
    stage_destroy(stage);
}

static void who_could_not_know_yet_is_not_charged(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    uint64_t before = malformed(stage);
    assert_int_equal(mn_server_objects_set_owner(stage->objects, tank, nobody), MN_OK);
    fire_by_force(stage, 0, tank);
    assert_int_equal(malformed(stage) - before, 0);
    fire_by_force(stage, 1, tank); /* was never the owner */
    assert_int_equal(malformed(stage) - before, 1);
    assert_int_equal(mn_server_objects_despawn(stage->objects, tank, 0), MN_OK);
    fire_by_force(stage, 0, tank);
    fire_by_force(stage, 1, tank);
    assert_int_equal(malformed(stage) - before, 1);
    stage_run(stage, 6 * SECOND);
    fire_by_force(stage, 0, tank);
    assert_int_equal(malformed(stage) - before, 2);
    assert_int_equal(stage->server_counts[MN_EVENT_CALL], 0);
    stage_destroy(stage);
}

static mn_result call_with(test_stage *stage, mn_call call)
{
    mn_result server = mn_server_objects_call(stage->objects, &call);
    call.target = 0;
    mn_result client = mn_client_objects_call(stage->clients[0].objects, &call);
    return server < client ? server : client; /* whichever says more */
}

static void what_is_wrong_with_a_call_is_said(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    stage_number number = {0};
    mn_call good = {.object = tank, .call = STAGE_HIT, .size = sizeof number, .arguments = &number};
    assert_int_equal(mn_server_objects_call(stage->objects, &good), 2);
    good.call = STAGE_FIRE;
    assert_int_equal(mn_client_objects_call(stage->clients[0].objects, &good), MN_OK);
    mn_call bad = good;
    bad.object.id = 0;
    assert_int_equal(call_with(stage, bad), MN_ERROR_STALE);
    bad.object.id = 999;
    assert_int_equal(call_with(stage, bad), MN_ERROR_STALE);
    bad = good;
    bad.call = 5;
    assert_int_equal(call_with(stage, bad), MN_ERROR_SCHEMA);
    assert_int_equal(mn_server_objects_call(stage->objects, &good), MN_ERROR_SCHEMA);
    bad = good;
    bad.call = STAGE_SPARK;
    assert_int_equal(mn_client_objects_call(stage->clients[0].objects, &bad), MN_ERROR_SCHEMA);
    bad = good;
    bad.target = 3;
    assert_int_equal(mn_server_objects_call(stage->objects, &bad), MN_ERROR_ARGUMENT);
    bad.target = 1;
    assert_int_equal(mn_client_objects_call(stage->clients[0].objects, &bad), MN_ERROR_ARGUMENT);
    static const uint32_t calls[] = {STAGE_HIT, STAGE_FIRE};
    for (uint32_t i = 0; i < 2; i++) {
        mn_call cases[] = {good, good, good};
        cases[0].size--;
        cases[1].arguments = NULL;
        cases[2].how = MN_NOTIFY;
        for (uint32_t j = 0; j < 3; j++) {
            cases[j].call = calls[i];
            mn_result result = i == 0
                                   ? mn_server_objects_call(stage->objects, &cases[j])
                                   : mn_client_objects_call(stage->clients[0].objects, &cases[j]);
            assert_int_equal(result, MN_ERROR_ARGUMENT);
        }
    }
    assert_int_equal(mn_server_objects_call(NULL, &good), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_objects_call(stage->objects, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_objects_call(NULL, &good), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_objects_call(stage->clients[0].objects, NULL), MN_ERROR_ARGUMENT);
    stage_destroy(stage);
}

static void a_caller_may_choose_how(void **state)
{
    (void)state;
    mn_object tank;
    test_stage *stage = open_stage(&tank);
    stage_number number = {0};
    mn_call call = {.object = tank,
                    .call = STAGE_HIT,
                    .target = MN_TARGET_OWNER,
                    .size = sizeof number,
                    .how = MN_UNRELIABLE,
                    .arguments = &number};
    assert_int_equal(mn_server_objects_call(stage->objects, &call), 1);
    call.call = STAGE_WAVE;
    call.target = 0;
    call.how = MN_RELIABLE;
    assert_int_equal(mn_client_objects_call(stage->clients[0].objects, &call), MN_OK);
    stage_run(stage, SECOND / 10);
    assert_int_equal(stage->clients[0].last[MN_EVENT_CALL].delivery, MN_UNRELIABLE);
    assert_int_equal(stage->server_last[MN_EVENT_CALL].delivery, MN_RELIABLE);
    stage_destroy(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_owner_calls_the_server),
        cmocka_unit_test(anybody_calls_what_is_open_to_anybody),
        cmocka_unit_test(the_server_calls_clients),
        cmocka_unit_test(a_call_to_what_goes_in_the_same_frame_is_dropped),
        cmocka_unit_test(a_full_queue_is_said),
        cmocka_unit_test(who_may_not_is_charged),
        cmocka_unit_test(who_could_not_know_yet_is_not_charged),
        cmocka_unit_test(what_is_wrong_with_a_call_is_said),
        cmocka_unit_test(a_caller_may_choose_how),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
