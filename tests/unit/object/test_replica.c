/* SPDX-License-Identifier: MIT */
/* What comes late, twice and in another order, by the times of the flushes that sent it. */
#include "object/replica.h"
#include "support/kinds.h"
#include "support/test.h"

#include <string.h>

enum { SELF = 77 };

typedef struct fixture {
    test_kinds kinds;
    mni_replicas replicas;
} fixture;

static void open_replicas(fixture *all)
{
    test_kinds_open(&all->kinds);
    assert_int_equal(mni_replicas_init(&all->replicas, &all->kinds.memory, &all->kinds.buffers,
                                       &all->kinds.kinds, 1),
                     MN_OK);
    all->replicas.self = SELF;
}

static void close_replicas(fixture *all)
{
    mni_replicas_clear(&all->replicas);
    test_kinds_close(&all->kinds);
}

/* A whole state of a tank with this counter. */
static enum mni_arrival state_comes(fixture *all, uint32_t slot, uint32_t object, uint16_t version,
                                    int32_t counter, uint64_t time_us)
{
    mni_replicas *replicas = &all->replicas;
    stage_tank tank = {.counter = counter};
    mni_piece_state entry = {.object = object, .kind = all->kinds.tank->number, .version = version};
    enum mni_arrival arrival =
        mni_replica_arrival(mni_replicas_at(replicas, slot), object, time_us);
    mni_replicas_count_anew(replicas);
    assert_int_equal(mni_replicas_count_spawn(replicas, all->kinds.tank), MN_OK);
    assert_int_equal(mni_replicas_reserve(replicas, slot + 1, 1), MN_OK);
    mni_replicas_take_state(replicas, slot, &entry, &tank, time_us);
    return arrival;
}

/* An update against this version; false: that is not there. */
static bool update_comes(fixture *all, uint32_t slot, uint16_t baseline, uint16_t age,
                         int32_t counter, uint64_t time_us)
{
    const mni_replica *replica = mni_replicas_at(&all->replicas, slot);
    if (mni_replica_baseline(replica, baseline, time_us) == NULL) {
        return false;
    }
    stage_tank tank = {.counter = counter};
    mni_replicas_take_update(&all->replicas, slot, (uint16_t)(baseline + age), &tank, time_us);
    return true;
}

static void gone_comes(fixture *all, uint32_t slot, uint64_t time_us)
{
    assert_int_equal(mni_replicas_reserve(&all->replicas, slot + 1, 0), MN_OK);
    mni_replicas_take_gone(&all->replicas, slot, MN_REASON_DESTROYED, time_us);
}

static int32_t counter_of(const fixture *all, uint32_t object)
{
    const mni_replica *replica = mni_replicas_find(&all->replicas, object);
    if (replica == NULL) {
        return -1;
    }
    return ((const stage_tank *)(const void *)replica->block->bytes)->counter;
}

/* As if the game had been told of the end. */
static void bury(fixture *all, uint32_t slot)
{
    mni_replica *replica = mni_replicas_at(&all->replicas, slot);
    mni_buffer_drop(&all->kinds.buffers, replica->block);
    replica->block = NULL;
    mni_replicas_settle(&all->replicas, replica);
}

static void states_and_updates_are_shown(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    assert_int_equal(state_comes(&all, 3, 10, 5, 100, 1000), MNI_ARRIVAL_SPAWN);
    assert_int_equal(counter_of(&all, 10), 100);
    assert_int_equal(all.replicas.live_count, 1);
    assert_int_equal(mni_replicas_next_touched(&all.replicas, 0), 3);
    assert_true(update_comes(&all, 3, 5, 1, 101, 1016));
    assert_int_equal(counter_of(&all, 10), 101);
    assert_int_equal(mni_replicas_find(&all.replicas, 10)->version, 6);
    assert_int_equal(mni_replicas_find(&all.replicas, 10)->changed, STAGE_TANK_COUNTER);
    close_replicas(&all);
}

static void a_late_version_is_remembered_and_not_shown(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    (void)state_comes(&all, 0, 10, 5, 100, 1000);
    assert_true(update_comes(&all, 0, 5, 2, 102, 1032));
    assert_true(update_comes(&all, 0, 5, 1, 101, 1016)); /* late */
    assert_int_equal(counter_of(&all, 10), 102);
    assert_int_equal(mni_replicas_find(&all.replicas, 10)->version, 7);
    /* The server may have taken it for what the client has. */
    assert_true(update_comes(&all, 0, 6, 2, 103, 1048));
    assert_int_equal(counter_of(&all, 10), 103);
    /* A repeated state of the same occupant, older than what is shown. */
    assert_int_equal(state_comes(&all, 0, 10, 5, 100, 1001), MNI_ARRIVAL_UPDATE);
    assert_int_equal(counter_of(&all, 10), 103);
    close_replicas(&all);
}

static void an_update_without_its_baseline_is_known(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    (void)state_comes(&all, 0, 10, 5, 100, 1000);
    assert_false(update_comes(&all, 0, 6, 1, 101, 1016));
    for (uint16_t i = 0; i < 31; i++) {
        assert_true(update_comes(&all, 0, (uint16_t)(5 + i), 1, 101 + i, 1016U + i));
    }
    assert_true(update_comes(&all, 0, 5, 32, 200, 2000)); /* the 33rd pushes the first out */
    assert_false(update_comes(&all, 0, 5, 33, 201, 2016));
    assert_true(update_comes(&all, 0, 6, 33, 201, 2016));
    close_replicas(&all);
}

static void a_number_that_wrapped_is_another_version(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    (void)state_comes(&all, 0, 10, 5, 100, 1000);
    (void)state_comes(&all, 0, 10, 5, 200, 9000000); /* 65536 flushes later */
    const mni_replica *replica = mni_replicas_at(&all.replicas, 0);
    const stage_tank *tank = mni_replica_baseline(replica, 5, 9000001);
    assert_int_equal(tank->counter, 200);
    /* The first, once more and very late, does not displace it. */
    (void)state_comes(&all, 0, 10, 5, 100, 1001);
    tank = mni_replica_baseline(replica, 5, 9000001);
    assert_int_equal(tank->counter, 200);
    close_replicas(&all);
}

static void what_is_gone_is_not_revived(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    (void)state_comes(&all, 0, 10, 5, 100, 1000);
    gone_comes(&all, 0, 2000);
    assert_int_equal(counter_of(&all, 10), -1);
    assert_int_equal(all.replicas.live_count, 0);
    assert_int_equal(state_comes(&all, 0, 10, 5, 100, 1016), MNI_ARRIVAL_LATE);
    assert_int_equal(counter_of(&all, 10), -1);
    /* A late update can still be read, and is nothing. */
    assert_true(update_comes(&all, 0, 5, 1, 101, 1500));
    assert_int_equal(counter_of(&all, 10), -1);
    /* Before its end is told, the place is not free. */
    assert_int_equal(mni_replica_arrival(mni_replicas_at(&all.replicas, 0), 11, 3000),
                     MNI_ARRIVAL_BUSY);
    bury(&all, 0);
    assert_int_equal(state_comes(&all, 0, 11, 1, 7, 3000), MNI_ARRIVAL_SPAWN);
    assert_int_equal(counter_of(&all, 11), 7);
    close_replicas(&all);
}

static void a_late_end_does_not_meet_the_next_occupant(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    (void)state_comes(&all, 0, 10, 5, 100, 1000);
    gone_comes(&all, 0, 2000);
    bury(&all, 0);
    (void)state_comes(&all, 0, 11, 1, 7, 3000);
    gone_comes(&all, 0, 2016); /* the same end, repeated */
    assert_int_equal(counter_of(&all, 11), 7);
    assert_false(update_comes(&all, 0, 5, 1, 101, 1500)); /* of the former occupant */
    assert_int_equal(state_comes(&all, 0, 10, 5, 100, 1001), MNI_ARRIVAL_LATE);
    assert_int_equal(counter_of(&all, 11), 7);
    assert_int_equal(mni_replica_arrival(mni_replicas_at(&all.replicas, 0), 12, 4000),
                     MNI_ARRIVAL_REFUSED);
    close_replicas(&all);
}

static void an_end_may_come_before_its_beginning(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    gone_comes(&all, 5, 2000);
    assert_int_equal(state_comes(&all, 5, 10, 5, 100, 1984), MNI_ARRIVAL_LATE);
    assert_int_equal(counter_of(&all, 10), -1);
    assert_int_equal(state_comes(&all, 5, 11, 5, 100, 3000), MNI_ARRIVAL_SPAWN);
    assert_int_equal(counter_of(&all, 11), 100);
    close_replicas(&all);
}

static void an_object_is_in_one_slot(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    (void)state_comes(&all, 0, 10, 5, 100, 1000);
    (void)state_comes(&all, 1, 10, 5, 200, 1016);
    assert_int_equal(counter_of(&all, 10), 100);
    assert_false(mni_replicas_at(&all.replicas, 1)->is_live);
    close_replicas(&all);
}

static void tell_character(fixture *all, uint32_t slot, uint32_t object, bool is_character,
                           uint64_t time_us)
{
    stage_tank tank = {.counter = 1};
    mni_piece_state entry = {.object = object,
                             .kind = all->kinds.tank->number,
                             .version = 1,
                             .is_yours = true,
                             .is_character = is_character};
    mni_replicas_count_anew(&all->replicas);
    assert_int_equal(mni_replicas_count_spawn(&all->replicas, all->kinds.tank), MN_OK);
    assert_int_equal(mni_replicas_reserve(&all->replicas, slot + 1, 1), MN_OK);
    mni_replicas_take_state(&all->replicas, slot, &entry, &tank, time_us);
}

static void the_newest_word_about_the_character_is_true(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    tell_character(&all, 1, 11, true, 2000); /* from 10 to 11 at 2000 */
    assert_int_equal(all.replicas.character, 11);
    tell_character(&all, 0, 10, true, 1000); /* late */
    assert_int_equal(all.replicas.character, 11);
    tell_character(&all, 0, 10, false, 2000);
    assert_int_equal(all.replicas.character, 11);
    assert_int_equal(mni_replicas_find(&all.replicas, 10)->owner, SELF);
    gone_comes(&all, 1, 3000);
    assert_int_equal(all.replicas.character, 0);
    tell_character(&all, 1, 11, true, 2500); /* late again */
    assert_int_equal(all.replicas.character, 0);
    /* It passed to 12 before the end of 11 was heard of, and the word of that comes after it. */
    tell_character(&all, 2, 12, true, 2900);
    assert_int_equal(all.replicas.character, 12);
    close_replicas(&all);
}

static void what_is_prepared_is_used(void **state)
{
    (void)state;
    fixture all;
    open_replicas(&all);
    uint64_t allocations = 0;
    for (uint32_t i = 0; i < 50; i++) {
        uint64_t time_us = UINT64_C(1000) * (i + 1);
        (void)state_comes(&all, i % 4, i + 1, 1, 0, time_us);
        (void)state_comes(&all, i % 4, i + 1, 2, 1, time_us + 1);
        gone_comes(&all, i % 4, time_us + 2);
        bury(&all, i % 4);
        allocations = i == 8 ? all.kinds.memory.allocations : allocations;
    }
    assert_int_equal(all.kinds.memory.allocations, allocations);
    assert_true(all.replicas.spares[0].count <= 1);
    close_replicas(&all);
}

static void no_memory_is_said_before_anything_changes(void **state)
{
    (void)state;
    for (uint64_t more = 1; more <= 5; more++) {
        fixture all;
        open_replicas(&all);
        all.kinds.allocator.fail_at = all.kinds.allocator.count + more;
        mni_replicas_count_anew(&all.replicas);
        mn_result counted = mni_replicas_count_spawn(&all.replicas, all.kinds.tank);
        mn_result reserved = mni_replicas_reserve(&all.replicas, 1, 1);
        assert_true(counted == MN_ERROR_MEMORY || reserved == MN_ERROR_MEMORY);
        assert_int_equal(all.replicas.end, 0);
        assert_int_equal(state_comes(&all, 0, 10, 5, 100, 1000), MNI_ARRIVAL_SPAWN);
        close_replicas(&all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_and_updates_are_shown),
        cmocka_unit_test(a_late_version_is_remembered_and_not_shown),
        cmocka_unit_test(an_update_without_its_baseline_is_known),
        cmocka_unit_test(a_number_that_wrapped_is_another_version),
        cmocka_unit_test(what_is_gone_is_not_revived),
        cmocka_unit_test(a_late_end_does_not_meet_the_next_occupant),
        cmocka_unit_test(an_end_may_come_before_its_beginning),
        cmocka_unit_test(an_object_is_in_one_slot),
        cmocka_unit_test(the_newest_word_about_the_character_is_true),
        cmocka_unit_test(what_is_prepared_is_used),
        cmocka_unit_test(no_memory_is_said_before_anything_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
