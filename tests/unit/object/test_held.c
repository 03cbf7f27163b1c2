/* SPDX-License-Identifier: MIT */
/* Calls of the server, and the states that they have to wait for. */
#include "support/test.h"
#include "support/viewer.h"

#define BEGIN_US UINT64_C(1000000)

static void piece_state(test_viewer *viewer, uint32_t slot, uint32_t object, uint16_t version,
                        uint64_t time_us)
{
    viewer_begin(viewer, time_us);
    viewer_state(viewer, slot, object, version, 100 + version);
    assert_int_equal(viewer_end(viewer), MNI_VERDICT_GOOD);
}

static void piece_gone(test_viewer *viewer, uint32_t slot, uint64_t time_us)
{
    viewer_begin(viewer, time_us);
    viewer_gone(viewer, slot);
    assert_int_equal(viewer_end(viewer), MNI_VERDICT_GOOD);
}

static void call_comes(test_viewer *viewer, uint32_t slot, uint32_t object, uint16_t version,
                       uint64_t time_us, int32_t number)
{
    mni_call call = {.time = (uint32_t)time_us,
                     .slot = slot,
                     .object = object,
                     .version = version,
                     .call = STAGE_HIT};
    viewer_call(viewer, &call, number, MN_RELIABLE);
}

static int32_t number_of(const mn_event *event)
{
    assert_int_equal(event->type, MN_EVENT_CALL);
    assert_int_equal(event->size, sizeof(stage_number));
    return ((const stage_number *)event->data)->number;
}

static void a_call_comes_after_its_state(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    call_comes(&viewer, 0, 10, 5, BEGIN_US + 7, 1); /* before the object is there */
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 0);
    piece_state(&viewer, 0, 10, 4, BEGIN_US + 3);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 1); /* SPAWNED, in an older version */
    piece_state(&viewer, 0, 10, 6, BEGIN_US + 16);       /* any newer one will do */
    assert_int_equal(viewer_poll(&viewer, BEGIN_US + 20), 2);
    assert_int_equal(viewer.events[0].type, MN_EVENT_CHANGED);
    assert_int_equal(number_of(&viewer.events[1]), 1);
    assert_int_equal(viewer.events[1].time_us, BEGIN_US + 7);
    assert_int_equal(viewer.events[1].what, STAGE_HIT);
    assert_int_equal(viewer.held.calls.count, 0);
    viewer_close(&viewer);
}

static void versions_wrap(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    piece_state(&viewer, 0, 10, 65535, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    call_comes(&viewer, 0, 10, 1, BEGIN_US + 16, 1);
    call_comes(&viewer, 0, 10, 1, BEGIN_US + 16, 2);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 0);
    piece_state(&viewer, 0, 10, 1, BEGIN_US + 16);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 3);
    /* Made long before, and late: by its number it could as well be in the future. */
    call_comes(&viewer, 0, 10, 40000, BEGIN_US + 8, 3);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 1);
    viewer_close(&viewer);
}

static void the_version_itself_will_do_however_old(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    piece_state(&viewer, 0, 10, 7, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    call_comes(&viewer, 0, 10, 7, BEGIN_US + 500000000, 1); /* nothing changed since */
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 1);
    viewer_close(&viewer);
}

static void a_held_call_blocks_its_own_object_only(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    piece_state(&viewer, 0, 10, 4, BEGIN_US);
    piece_state(&viewer, 1, 11, 4, BEGIN_US + 1);
    (void)viewer_poll(&viewer, BEGIN_US);
    call_comes(&viewer, 0, 10, 5, BEGIN_US + 16, 1);
    call_comes(&viewer, 1, 11, 4, BEGIN_US + 16, 2);
    call_comes(&viewer, 0, 10, 4, BEGIN_US, 3); /* could go, but is behind the first */
    call_comes(&viewer, 1, 11, 4, BEGIN_US + 16, 4);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 2);
    assert_int_equal(number_of(&viewer.events[0]), 2);
    assert_int_equal(number_of(&viewer.events[1]), 4);
    piece_state(&viewer, 0, 10, 5, BEGIN_US + 16);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 3);
    assert_int_equal(number_of(&viewer.events[1]), 1);
    assert_int_equal(number_of(&viewer.events[2]), 3);
    viewer_close(&viewer);
}

static void gone_drops_what_is_held(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    piece_state(&viewer, 0, 10, 4, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    call_comes(&viewer, 0, 10, 5, BEGIN_US + 8, 1);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 0);
    piece_gone(&viewer, 0, BEGIN_US + 16);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 1);
    assert_int_equal(viewer.events[0].type, MN_EVENT_DESPAWNED);
    assert_int_equal(viewer.held.calls.count, 0);
    /* One that comes after the end. */
    call_comes(&viewer, 0, 10, 5, BEGIN_US + 10, 1);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 0);
    assert_int_equal(viewer.held.calls.count, 0);
    viewer_close(&viewer);
}

static void a_late_call_is_told_from_an_early_one(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    piece_gone(&viewer, 0, BEGIN_US + 16);            /* the end of an object that never came */
    call_comes(&viewer, 0, 10, 5, BEGIN_US + 15, 1);  /* for it */
    call_comes(&viewer, 0, 11, 5, BEGIN_US + 100, 2); /* for the one to come */
    (void)viewer_poll(&viewer, BEGIN_US);
    assert_int_equal(viewer.held.calls.count, 1);
    piece_state(&viewer, 0, 11, 5, BEGIN_US + 120); /* repeated, the first was lost */
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 2);
    assert_int_equal(number_of(&viewer.events[1]), 2);
    /* The slot has somebody else: a call for the former one is over. */
    call_comes(&viewer, 0, 10, 5, BEGIN_US + 15, 3);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 0);
    assert_int_equal(viewer.held.calls.count, 0);
    viewer_close(&viewer);
}

static void an_unreliable_call_does_not_wait(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    mni_call call = {.slot = 0, .object = 10, .version = 9, .call = STAGE_HIT};
    viewer_call(&viewer, &call, 1, MN_UNRELIABLE);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 0);
    assert_int_equal(viewer.held.calls.count, 0);
    piece_state(&viewer, 0, 10, 4, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    viewer_call(&viewer, &call, 2, MN_UNRELIABLE); /* its state is not there, and need not be */
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 1);
    assert_int_equal(number_of(&viewer.events[0]), 2);
    viewer_close(&viewer);
}

static void so_many_wait_and_then_all(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    piece_state(&viewer, 1, 11, 4, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    for (int32_t i = 0; i < MNI_HELD_MAX; i++) {
        call_comes(&viewer, 0, 10, 5, BEGIN_US, i);
        call_comes(&viewer, 1, 11, 4, BEGIN_US, 1000 + i);
    }
    call_comes(&viewer, 1, 11, 4, BEGIN_US, 2000); /* behind as many as may be held */
    uint32_t told = viewer_poll(&viewer, BEGIN_US);
    assert_int_equal(told, MNI_HELD_MAX - 1);
    assert_int_equal(viewer.held.calls.count, MNI_HELD_MAX + 2);
    piece_state(&viewer, 0, 10, 5, BEGIN_US + 16);
    told = viewer_poll(&viewer, BEGIN_US);
    assert_int_equal(told, VIEWER_EVENTS);
    assert_int_equal(viewer.events[0].type, MN_EVENT_SPAWNED);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), MNI_HELD_MAX + 3 - VIEWER_EVENTS);
    assert_int_equal(number_of(&viewer.events[0]), MNI_HELD_MAX - 1);
    assert_int_equal(number_of(&viewer.events[1]), 1000 + MNI_HELD_MAX - 1);
    assert_int_equal(number_of(&viewer.events[2]), 2000);
    viewer_close(&viewer);
}

static void rubbish_is_counted(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    piece_state(&viewer, 0, 10, 4, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    mni_call call = {.slot = 0, .object = 10, .version = 4, .call = 200};
    viewer_call(&viewer, &call, 1, MN_RELIABLE); /* no such call */
    call.call = STAGE_FIRE;
    viewer_call(&viewer, &call, 1, MN_RELIABLE); /* not in this direction */
    static const uint8_t bytes[] = {1, 2, 3};
    mni_buffer *buffer = mni_buffer_take(mni_endpoint_buffers(viewer.endpoint), sizeof bytes);
    assert_non_null(buffer);
    for (uint32_t i = 0; i < sizeof bytes; i++) {
        buffer->bytes[i] = bytes[i];
    }
    mni_peer_event event = {
        .event = {.delivery = MN_RELIABLE, .size = sizeof bytes, .data = buffer->bytes},
        .buffer = buffer};
    mni_held_take(&viewer.held, &event);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 0);
    assert_int_equal(viewer.held.calls.count, 0);
    assert_int_equal(viewer_dropped(&viewer, MN_DROP_MALFORMED), 3);
    viewer_close(&viewer);
}

static void without_memory_a_call_is_not_lost(void **state)
{
    (void)state;
    uint32_t late = 0;
    for (uint64_t more = 1; more < 8; more++) {
        test_viewer viewer;
        viewer_open(&viewer);
        piece_state(&viewer, 0, 10, 4, BEGIN_US);
        (void)viewer_poll(&viewer, BEGIN_US);
        for (int32_t i = 0; i < 50; i++) {
            call_comes(&viewer, 0, 10, 4, BEGIN_US, i);
        }
        viewer.allocator.fail_at = viewer.allocator.count + more;
        uint32_t told = viewer_poll(&viewer, BEGIN_US);
        late += told < 50;
        for (uint32_t i = 0; i < told; i++) {
            assert_int_equal(number_of(&viewer.events[i]), i);
        }
        uint32_t rest = viewer_poll(&viewer, BEGIN_US);
        assert_int_equal(told + rest, 50);
        for (uint32_t i = 0; i < rest; i++) {
            assert_int_equal(number_of(&viewer.events[i]), told + i);
        }
        viewer_close(&viewer);
    }
    assert_true(late > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_comes_after_its_state),
        cmocka_unit_test(versions_wrap),
        cmocka_unit_test(the_version_itself_will_do_however_old),
        cmocka_unit_test(a_held_call_blocks_its_own_object_only),
        cmocka_unit_test(gone_drops_what_is_held),
        cmocka_unit_test(a_late_call_is_told_from_an_early_one),
        cmocka_unit_test(an_unreliable_call_does_not_wait),
        cmocka_unit_test(so_many_wait_and_then_all),
        cmocka_unit_test(rubbish_is_counted),
        cmocka_unit_test(without_memory_a_call_is_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
