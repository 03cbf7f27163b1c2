/* SPDX-License-Identifier: MIT */
#include "object/object.h"
#include "support/kinds.h"
#include "support/test.h"

#include <string.h>

typedef struct fixture {
    test_kinds kinds;
    mni_objects objects;
    uint8_t scratch[256];
    uint64_t now_us;
    uint32_t flush;
} fixture;

static void open_objects(fixture *all)
{
    test_kinds_open(&all->kinds);
    mni_objects_init(&all->objects, &all->kinds.memory, &all->kinds.buffers, 1);
    all->now_us = 1000000;
    all->flush = 0;
}

static void close_objects(fixture *all)
{
    mni_objects_clear(&all->objects);
    test_kinds_close(&all->kinds);
}

static mni_object *add_tank(fixture *all, uint32_t owner)
{
    mni_object *object = NULL;
    assert_int_equal(mni_objects_add(&all->objects, all->kinds.tank, owner, &object), MN_OK);
    return object;
}

static enum mni_change refresh(fixture *all, mni_object *object)
{
    all->now_us += 16000;
    return mni_object_refresh(object, ++all->flush, all->now_us, all->scratch);
}

static stage_tank *tank_of(mni_object *object)
{
    return mni_object_state(object);
}

static const stage_tank *newest_of(const mni_object *object)
{
    return mni_object_newest(object);
}

static void a_new_object_has_the_defaults(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object = add_tank(&all, 7);
    assert_int_equal(object->id, 1);
    assert_int_equal(tank_of(object)->ammo, 50);
    assert_int_equal((uintptr_t)mni_object_state(object) % 16, 0);
    assert_int_equal(refresh(&all, object), MNI_CHANGE_RENEWED);
    assert_int_equal(object->newest, 1);
    assert_int_equal(newest_of(object)->ammo, 50);
    assert_int_equal(refresh(&all, object), MNI_CHANGE_NONE);
    assert_int_equal(object->newest, 1);
    close_objects(&all);
}

static void a_version_is_made_where_something_changed(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object = add_tank(&all, 7);
    (void)refresh(&all, object);
    tank_of(object)->position[0] = 0.004F; /* below the step */
    assert_int_equal(refresh(&all, object), MNI_CHANGE_NONE);
    tank_of(object)->position[0] = 0.006F;
    assert_int_equal(refresh(&all, object), MNI_CHANGE_FOR_ALL);
    assert_int_equal(object->newest, 3); /* the number of the flush */
    assert_int_equal(object->newest_in_public, 3);
    tank_of(object)->ammo++;
    assert_int_equal(refresh(&all, object), MNI_CHANGE_FOR_OWNER);
    assert_int_equal(mni_object_target(object, true), 4);
    assert_int_equal(mni_object_target(object, false), 3);
    tank_of(object)->ammo++;
    tank_of(object)->counter++;
    assert_int_equal(refresh(&all, object), MNI_CHANGE_FOR_ALL);
    assert_int_equal(mni_object_target(object, false), 5);
    close_objects(&all);
}

static void a_renewed_object_has_a_new_version_at_all_events(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object = add_tank(&all, 7);
    (void)refresh(&all, object);
    object->owner = 8;
    object->is_renewed = true;
    assert_int_equal(object->sent_owner, 7);
    assert_int_equal(refresh(&all, object), MNI_CHANGE_RENEWED);
    assert_int_equal(object->sent_owner, 8);
    assert_int_equal(object->newest_in_public, 2);
    assert_int_equal(refresh(&all, object), MNI_CHANGE_NONE);
    close_objects(&all);
}

static void a_limited_group_is_looked_at_as_often_as_its_rate_says(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object = add_tank(&all, 7);
    (void)refresh(&all, object);
    uint64_t start_us = all.now_us;
    uint32_t versions = 0;
    for (uint32_t i = 0; i < 63; i++) { /* a second */
        tank_of(object)->name[0] = (char)('a' + i % 20);
        versions += refresh(&all, object) != MNI_CHANGE_NONE;
    }
    assert_in_range(versions, 9, 10);
    assert_true(all.now_us - start_us > 1000000);
    /* What waits is not forgotten when nothing changes any more, and other groups do not wait. */
    tank_of(object)->name[0] = 'z';
    tank_of(object)->counter++;
    assert_int_equal(refresh(&all, object), MNI_CHANGE_FOR_ALL);
    versions = 0;
    for (uint32_t i = 0; i < 10; i++) {
        versions += refresh(&all, object) != MNI_CHANGE_NONE;
    }
    assert_int_equal(newest_of(object)->name[0], 'z');
    assert_true(versions <= 1);
    assert_int_equal(object->stale, 0);
    close_objects(&all);
}

static void what_is_out_of_reach_is_renewed(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object = add_tank(&all, 7);
    (void)refresh(&all, object);
    tank_of(object)->counter++;
    all.flush += MNI_HISTORY_REACH - 2;
    assert_int_equal(refresh(&all, object), MNI_CHANGE_FOR_ALL);
    tank_of(object)->counter++;
    all.flush += MNI_HISTORY_REACH - 1;
    assert_int_equal(refresh(&all, object), MNI_CHANGE_RENEWED);
    /* What others see may be out of reach where the owner's part is not. */
    uint32_t renewed = 0;
    for (uint32_t i = 0; i < MNI_HISTORY_REACH; i++) {
        tank_of(object)->ammo = (int32_t)(i % 1000);
        renewed += refresh(&all, object) == MNI_CHANGE_RENEWED;
    }
    assert_int_equal(renewed, 0);
    tank_of(object)->counter++;
    assert_int_equal(refresh(&all, object), MNI_CHANGE_RENEWED);
    assert_int_equal(object->newest_in_public, all.flush);
    close_objects(&all);
}

static void ids_are_not_used_again_but_places_are(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    for (uint32_t i = 1; i < 1000; i++) {
        mni_object *object = add_tank(&all, 0);
        assert_int_equal(object->id, i);
        assert_int_equal(mni_objects_index(&all.objects, object), 0);
        assert_ptr_equal(mni_objects_find(&all.objects, i), object);
        mni_objects_remove(&all.objects, object);
        assert_null(mni_objects_find(&all.objects, i));
        mni_departed *departed = mni_ring_at(&all.objects.departed, 0);
        assert_int_equal(departed->id, i);
        mni_buffer_drop(&all.kinds.buffers, departed->block);
        mni_ring_pop(&all.objects.departed);
    }
    uint64_t allocations = all.kinds.memory.allocations;
    mni_object *object = add_tank(&all, 0);
    mni_objects_remove(&all.objects, object);
    assert_int_equal(all.kinds.memory.allocations, allocations);
    close_objects(&all);
}

static void there_is_a_most_of_objects(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object;
    for (uint32_t i = 0; i < MNI_OBJECTS_MAX; i++) {
        assert_int_equal(mni_objects_add(&all.objects, all.kinds.flag, 0, &object), MN_OK);
    }
    assert_int_equal(mni_objects_add(&all.objects, all.kinds.flag, 0, &object), MN_ERROR_FULL);
    mni_objects_remove(&all.objects, object);
    assert_int_equal(mni_objects_add(&all.objects, all.kinds.flag, 0, &object), MN_OK);
    close_objects(&all);
}

/* Blocks stay until an update lets them go. */
static void there_is_a_most_of_the_departed(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object;
    mn_result result = MN_OK;
    for (uint32_t i = 0; i <= 2 * (MNI_OBJECTS_MAX + 1) && result == MN_OK; i++) {
        result = mni_objects_add(&all.objects, all.kinds.flag, 0, &object);
        if (result == MN_OK) {
            mni_objects_remove(&all.objects, object);
        }
    }
    assert_int_equal(result, MN_ERROR_FULL);
    assert_int_equal(all.objects.count, 0);
    close_objects(&all);
}

static void an_add_that_fails_changes_nothing(void **state)
{
    (void)state;
    uint64_t fail_at = 1;
    for (bool has_failed = true; has_failed; fail_at++) {
        fixture all;
        open_objects(&all);
        all.kinds.allocator.fail_at = all.kinds.allocator.count + fail_at;
        mni_object *object = NULL;
        mn_result result = mni_objects_add(&all.objects, all.kinds.tank, 0, &object);
        has_failed = result != MN_OK;
        if (has_failed) {
            assert_int_equal(result, MN_ERROR_MEMORY);
            assert_int_equal(all.objects.count, 0);
            assert_int_equal(all.objects.next_id, 1);
            assert_int_equal(add_tank(&all, 0)->id, 1);
        }
        close_objects(&all);
    }
    assert_true(fail_at > 4);
}

static void observers_are_kept_by_player(void **state)
{
    (void)state;
    fixture all;
    open_objects(&all);
    mni_object *object = add_tank(&all, 0);
    static const uint32_t players[] = {5, 1, 9, 3, 7, 0, 8};
    for (uint32_t i = 0; i < 7; i++) {
        mni_observer observer = {.player = players[i], .slot = 100 + players[i]};
        assert_int_equal(mni_object_add_observer(object, &all.kinds.memory, observer), MN_OK);
    }
    for (uint32_t i = 1; i < 7; i++) {
        assert_true(object->observers[i - 1].player < object->observers[i].player);
    }
    assert_int_equal(mni_object_observer(object, 7)->slot, 107);
    assert_null(mni_object_observer(object, 2));
    mni_object_remove_observer(object, 2);
    mni_object_remove_observer(object, 0);
    mni_object_remove_observer(object, 9);
    assert_int_equal(object->observer_count, 5);
    assert_null(mni_object_observer(object, 9));
    assert_int_equal(mni_object_observer(object, 8)->slot, 108);
    close_objects(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_object_has_the_defaults),
        cmocka_unit_test(a_version_is_made_where_something_changed),
        cmocka_unit_test(a_renewed_object_has_a_new_version_at_all_events),
        cmocka_unit_test(a_limited_group_is_looked_at_as_often_as_its_rate_says),
        cmocka_unit_test(what_is_out_of_reach_is_renewed),
        cmocka_unit_test(ids_are_not_used_again_but_places_are),
        cmocka_unit_test(there_is_a_most_of_objects),
        cmocka_unit_test(there_is_a_most_of_the_departed),
        cmocka_unit_test(an_add_that_fails_changes_nothing),
        cmocka_unit_test(observers_are_kept_by_player),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
