/* SPDX-License-Identifier: MIT */
/* Pieces by hand: what is taken, what is refused, and that a check leaves no trace. */
#include "base/random.h"
#include "support/seed.h"
#include "support/test.h"
#include "support/viewer.h"

#include <string.h>

#define BEGIN_US UINT64_C(1000000)

static void spawn(test_viewer *viewer, uint32_t slot, uint32_t object, int32_t counter,
                  uint64_t time_us)
{
    viewer_begin(viewer, time_us);
    viewer_state(viewer, slot, object, 1, counter);
    assert_int_equal(viewer_end(viewer), MNI_VERDICT_GOOD);
}

static const stage_tank *tank_of(const mn_event *event)
{
    return event->data;
}

static void a_piece_becomes_events(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    spawn(&viewer, 4, 10, 100, BEGIN_US);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US), 1);
    assert_int_equal(viewer.events[0].type, MN_EVENT_SPAWNED);
    assert_int_equal(viewer.events[0].time_us, BEGIN_US);
    assert_int_equal(tank_of(&viewer.events[0])->counter, 100);
    viewer_begin(&viewer, BEGIN_US + 16);
    viewer_update(&viewer, 4, 1, 1, 100, 101);
    viewer_state(&viewer, 5, 11, 1, 7);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
    viewer_begin(&viewer, BEGIN_US + 32);
    viewer_update(&viewer, 4, 2, 1, 101, 102);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US + 40), 2);
    assert_int_equal(viewer.events[0].type, MN_EVENT_SPAWNED);
    assert_int_equal(viewer.events[0].object.id, 11);
    assert_int_equal(viewer.events[1].type, MN_EVENT_CHANGED);
    assert_int_equal(viewer.events[1].time_us, BEGIN_US + 32);
    assert_int_equal(viewer.events[1].changed, STAGE_TANK_COUNTER);
    assert_int_equal(tank_of(&viewer.events[1])->counter, 102);
    assert_int_equal(((const stage_tank *)viewer.events[1].before)->counter, 100);
    viewer_begin(&viewer, BEGIN_US + 48);
    viewer_gone(&viewer, 4);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US + 50), 1);
    assert_int_equal(viewer.events[0].type, MN_EVENT_DESPAWNED);
    assert_int_equal(viewer.events[0].reason, MN_REASON_DESTROYED);
    assert_int_equal(tank_of(&viewer.events[0])->counter, 102);
    viewer_close(&viewer);
}

static void events_of_an_update_come_in_their_order(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    spawn(&viewer, 0, 10, 100, BEGIN_US);
    spawn(&viewer, 1, 11, 100, BEGIN_US + 1);
    (void)viewer_poll(&viewer, BEGIN_US + 1);
    viewer_begin(&viewer, BEGIN_US + 16);
    viewer_update(&viewer, 0, 1, 1, 100, 101);
    viewer_gone(&viewer, 1);
    viewer_state(&viewer, 2, 12, 1, 7);
    viewer_state(&viewer, 3, 13, 1, 8);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
    viewer_begin(&viewer, BEGIN_US + 32);
    viewer_gone(&viewer, 3); /* born and gone within one update */
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
    static const struct {
        uint16_t type;
        uint32_t object;
    } order[] = {{MN_EVENT_DESPAWNED, 11},
                 {MN_EVENT_SPAWNED, 12},
                 {MN_EVENT_SPAWNED, 13},
                 {MN_EVENT_DESPAWNED, 13},
                 {MN_EVENT_CHANGED, 10}};
    assert_int_equal(viewer_poll(&viewer, BEGIN_US + 40), 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(viewer.events[i].type, order[i].type);
        assert_int_equal(viewer.events[i].object.id, order[i].object);
    }
    assert_int_equal(viewer_poll(&viewer, BEGIN_US + 50), 0);
    viewer_close(&viewer);
}

static void a_change_that_came_back_is_no_news(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    spawn(&viewer, 0, 10, 100, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    spawn(&viewer, 0, 10, 100, BEGIN_US + 16); /* repeated */
    assert_int_equal(viewer_poll(&viewer, BEGIN_US + 16), 0);
    viewer_close(&viewer);
}

static void what_no_server_sends_is_malformed(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    spawn(&viewer, 0, 10, 100, BEGIN_US);
    (void)viewer_poll(&viewer, BEGIN_US);
    /* An update for a slot that nobody spoke of. */
    viewer_begin(&viewer, BEGIN_US + 16);
    viewer_update(&viewer, 1, 1, 1, 100, 101);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_MALFORMED);
    /* Somebody else in a slot that is taken. */
    viewer_begin(&viewer, BEGIN_US + 16);
    viewer_state(&viewer, 0, 11, 1, 0);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_MALFORMED);
    /* Another kind in a slot of tanks, even after the end. */
    viewer_begin(&viewer, BEGIN_US + 16);
    viewer_gone(&viewer, 0);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
    (void)viewer_poll(&viewer, BEGIN_US + 16);
    viewer_begin(&viewer, BEGIN_US + 32);
    mni_piece_state flag = {.object = 12, .kind = 3, .version = 1};
    mni_piece_write_state(&viewer.piece, 0, &viewer.kinds, &flag);
    mni_write_bits(&viewer.piece.bits, 0, 1);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_MALFORMED);
    assert_int_equal(viewer_poll(&viewer, BEGIN_US + 32), 0);
    viewer_close(&viewer);
}

static void an_update_without_its_baseline_lets_the_packet_be_lost(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    spawn(&viewer, 0, 10, 100, BEGIN_US);
    viewer_begin(&viewer, BEGIN_US + 16);
    viewer_update(&viewer, 0, 2, 1, 100, 101);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_NO_ROOM);
    assert_int_equal(viewer_dropped(&viewer, MN_DROP_STALE_STATE), 1);
    viewer_close(&viewer);
}

static void times_are_widened_around_the_newest(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    /* The first is near the client's own time; what follows, however long after, near the last. */
    uint64_t time_us = 500;
    (void)mn_client_update(viewer.client, time_us);
    spawn(&viewer, 0, 10, 0, time_us);
    assert_int_equal(viewer_poll(&viewer, time_us), 1);
    for (uint32_t i = 1; i < 20; i++) {
        uint64_t before_us = time_us;
        time_us += i % 3 == 0 ? UINT64_C(3600000000) : 100000000;
        (void)mn_client_update(viewer.client, time_us);
        viewer_begin(&viewer, time_us - 20000);
        viewer_update(&viewer, 0, (uint16_t)i, 1, (int32_t)i - 1, (int32_t)i);
        assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
        assert_int_equal(viewer_poll(&viewer, time_us), 1);
        assert_true(viewer.events[0].time_us == time_us - 20000);
        assert_true(before_us < time_us);
    }
    viewer_close(&viewer);
}

static void too_many_events_make_no_room(void **state)
{
    (void)state;
    test_viewer viewer;
    viewer_open(&viewer);
    spawn(&viewer, 0, 10, 0, BEGIN_US);
    int32_t counter = 0;
    uint16_t version = 1;
    mni_verdict verdict = MNI_VERDICT_GOOD;
    while (verdict == MNI_VERDICT_GOOD && version < 65000) {
        viewer_begin(&viewer, BEGIN_US + version);
        viewer_update(&viewer, 0, version, 1, counter, counter + 1);
        verdict = viewer_end(&viewer);
        if (verdict == MNI_VERDICT_GOOD) {
            version++;
            counter++;
            assert_true(mni_notices_tell(&viewer.notices));
        }
        if (version == 100) { /* as if so many had not been polled */
            mn_event event = {.type = MN_EVENT_OWNER};
            while (mni_endpoint_waiting(viewer.endpoint) < MNI_OBJECT_EVENTS_MAX - 100) {
                assert_int_equal(mni_endpoint_push(viewer.endpoint, &event, NULL), MN_OK);
            }
        }
    }
    assert_int_equal(verdict, MNI_VERDICT_NO_ROOM);
    assert_in_range(version, 150, 250);
    while (viewer_poll(&viewer, BEGIN_US + version) > 0) {
    }
    viewer_begin(&viewer, BEGIN_US + version);
    viewer_update(&viewer, 0, version, 1, counter, counter + 1);
    assert_int_equal(viewer_end(&viewer), MNI_VERDICT_GOOD);
    viewer_close(&viewer);
}

static void without_memory_nothing_is_taken(void **state)
{
    (void)state;
    uint64_t failures = 0;
    for (uint64_t more = 1; more < 40; more++) {
        test_viewer viewer;
        viewer_open(&viewer);
        viewer.allocator.fail_at = viewer.allocator.count + more;
        viewer_begin(&viewer, BEGIN_US);
        for (uint32_t i = 0; i < 100; i++) {
            viewer_state(&viewer, i, i + 1, 1, 3);
        }
        mni_verdict verdict = viewer_end(&viewer);
        if (verdict != MNI_VERDICT_GOOD) {
            failures++;
            assert_int_equal(verdict, MNI_VERDICT_NO_ROOM);
            assert_int_equal(viewer.replicas.live_count, 0);
            uint32_t size = mni_piece_end(&viewer.piece);
            assert_int_equal(mni_intake_check(&viewer.intake, viewer.bytes, size),
                             MNI_VERDICT_GOOD);
            mni_intake_take(&viewer.intake, viewer.bytes, size);
        }
        uint32_t told = 0;
        for (uint32_t i = 0; i < 4; i++) { /* what could not be told is told later, once */
            uint32_t count = viewer_poll(&viewer, BEGIN_US + i);
            for (uint32_t j = 0; j < count; j++) {
                assert_int_equal(viewer.events[j].type, MN_EVENT_SPAWNED);
                assert_int_equal(viewer.events[j].object.id, ++told);
            }
        }
        assert_int_equal(told, 100);
        viewer_close(&viewer);
    }
    assert_true(failures >= 5);
}

/* What came before, and then any bits at all: no trace unless it is good, and never an assertion.
   */
static void mutated_pieces_do_no_harm(void **state)
{
    (void)state;
    uint64_t seed = test_seed(11);
    mni_random random;
    mni_random_init(&random, seed);
    test_viewer viewer;
    viewer_open(&viewer);
    uint64_t good = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        uint64_t time_us = BEGIN_US + UINT64_C(16) * i;
        (void)mn_client_update(viewer.client, time_us);
        viewer_begin(&viewer, time_us - mni_random_below(&random, 200));
        uint32_t slot = 0;
        for (uint32_t j = 0; j < 4; j++) {
            slot += (uint32_t)mni_random_below(&random, 5);
            uint16_t version = (uint16_t)(1 + mni_random_below(&random, 40));
            switch (mni_random_below(&random, 3)) {
            case 0:
                viewer_state(&viewer, slot, (uint32_t)mni_random_below(&random, 30) + 1, version,
                             9);
                break;
            case 1:
                viewer_update(&viewer, slot, version, 1 + (uint32_t)mni_random_below(&random, 31),
                              9, 10);
                break;
            default:
                viewer_gone(&viewer, slot);
                break;
            }
            slot++;
        }
        uint32_t size = mni_piece_end(&viewer.piece);
        for (uint64_t flips = mni_random_below(&random, 4); flips > 0; flips--) {
            viewer.bytes[4 + mni_random_below(&random, size - 4)] ^=
                (uint8_t)(1U << mni_random_below(&random, 8));
        }
        size -= (uint32_t)(mni_random_chance(&random, 0.1) ? mni_random_below(&random, size) : 0);
        uint32_t live = viewer.replicas.live_count;
        uint32_t touched = viewer.replicas.touched_count;
        mni_verdict verdict = mni_intake_check(&viewer.intake, viewer.bytes, size);
        assert_int_equal(viewer.replicas.live_count, live);
        assert_int_equal(viewer.replicas.touched_count, touched);
        if (verdict == MNI_VERDICT_GOOD) {
            good++;
            mni_intake_take(&viewer.intake, viewer.bytes, size);
        }
        if (mni_random_chance(&random, 0.5)) {
            (void)viewer_poll(&viewer, time_us);
        }
    }
    assert_true(good > 100);
    viewer_close(&viewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_becomes_events),
        cmocka_unit_test(events_of_an_update_come_in_their_order),
        cmocka_unit_test(a_change_that_came_back_is_no_news),
        cmocka_unit_test(what_no_server_sends_is_malformed),
        cmocka_unit_test(an_update_without_its_baseline_lets_the_packet_be_lost),
        cmocka_unit_test(times_are_widened_around_the_newest),
        cmocka_unit_test(too_many_events_make_no_room),
        cmocka_unit_test(without_memory_nothing_is_taken),
        cmocka_unit_test(mutated_pieces_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
