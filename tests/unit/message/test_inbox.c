/* SPDX-License-Identifier: MIT */
/* The order of events, what holds their memory, and the room that was promised. */
#include "message/inbox.h"
#include "support/memory.h"
#include "support/test.h"

typedef struct test_world {
    test_allocator allocator;
    mni_memory memory;
    mni_inbox inbox;
} test_world;

static void begin(test_world *world)
{
    test_allocator_init(&world->allocator);
    mni_memory_init(&world->memory, &world->allocator.table, 0);
    mni_inbox_init(&world->inbox, &world->memory);
}

static void end(test_world *world)
{
    mni_inbox_entry entry;
    while (mni_inbox_next(&world->inbox) != NULL) {
        mni_inbox_advance(&world->inbox);
    }
    while (mni_inbox_release(&world->inbox, &entry)) {
    }
    mni_inbox_clear(&world->inbox);
    assert_int_equal(world->allocator.live, 0);
}

static mni_inbox_entry numbered(uint64_t number)
{
    return (mni_inbox_entry){.event = {.type = 1, .token = number}};
}

static void push(test_world *world, uint64_t number)
{
    mni_inbox_entry entry = numbered(number);
    assert_int_equal(mni_inbox_push(&world->inbox, &entry), MN_OK);
}

static void events_come_in_order(void **state)
{
    (void)state;
    test_world world;
    begin(&world);
    for (uint64_t i = 0; i < 100; i++) {
        push(&world, i);
    }
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(mni_inbox_waiting(&world.inbox), 100 - i);
        assert_int_equal(mni_inbox_next(&world.inbox)->event.token, i);
        mni_inbox_advance(&world.inbox);
    }
    assert_null(mni_inbox_next(&world.inbox));
    end(&world);
}

static void what_was_polled_stays_until_it_is_released(void **state)
{
    (void)state;
    test_world world;
    begin(&world);
    push(&world, 1);
    push(&world, 2);
    mni_inbox_entry entry;
    assert_false(mni_inbox_release(&world.inbox, &entry));
    mni_inbox_advance(&world.inbox);
    push(&world, 3);
    assert_true(mni_inbox_release(&world.inbox, &entry));
    assert_int_equal(entry.event.token, 1);
    assert_false(mni_inbox_release(&world.inbox, &entry));
    assert_int_equal(mni_inbox_next(&world.inbox)->event.token, 2);
    assert_int_equal(mni_inbox_waiting(&world.inbox), 2);
    end(&world);
}

static void an_entry_can_be_changed_in_place(void **state)
{
    (void)state;
    test_world world;
    begin(&world);
    push(&world, 1);
    mni_inbox_next(&world.inbox)->credit = 7;
    mni_inbox_advance(&world.inbox);
    mni_inbox_entry entry;
    assert_true(mni_inbox_release(&world.inbox, &entry));
    assert_int_equal(entry.credit, 7);
    end(&world);
}

static void a_promised_place_is_there_when_memory_is_gone(void **state)
{
    (void)state;
    test_world world;
    begin(&world);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(mni_inbox_promise(&world.inbox), MN_OK);
    }
    world.memory.limit = world.memory.used;
    uint32_t free_places = 0;
    mni_inbox_entry entry = numbered(5);
    while (mni_inbox_push(&world.inbox, &entry) == MN_OK) {
        free_places++;
    }
    assert_in_range(free_places, 0, 16);
    for (int i = 0; i < 20; i++) {
        mni_inbox_redeem(&world.inbox, &entry);
    }
    assert_int_equal(mni_inbox_waiting(&world.inbox), free_places + 20);
    end(&world);
}

static void a_recalled_promise_gives_its_place_back(void **state)
{
    (void)state;
    test_world world;
    begin(&world);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(mni_inbox_promise(&world.inbox), MN_OK);
    }
    world.memory.limit = world.memory.used;
    mni_inbox_entry entry = numbered(5);
    assert_int_equal(mni_inbox_push(&world.inbox, &entry), MN_ERROR_MEMORY);
    mni_inbox_recall(&world.inbox);
    assert_int_equal(mni_inbox_push(&world.inbox, &entry), MN_OK);
    assert_int_equal(mni_inbox_push(&world.inbox, &entry), MN_ERROR_MEMORY);
    end(&world);
}

static void reserved_pushes_cannot_fail(void **state)
{
    (void)state;
    test_world world;
    begin(&world);
    assert_int_equal(mni_inbox_promise(&world.inbox), MN_OK);
    push(&world, 1);
    assert_int_equal(mni_inbox_reserve(&world.inbox, 30), MN_OK);
    world.memory.limit = world.memory.used;
    for (uint64_t i = 0; i < 30; i++) {
        push(&world, i);
    }
    end(&world);
}

static void a_failed_reservation_changes_nothing(void **state)
{
    (void)state;
    test_world world;
    begin(&world);
    push(&world, 1);
    world.memory.limit = world.memory.used;
    assert_int_equal(mni_inbox_reserve(&world.inbox, 1000), MN_ERROR_MEMORY);
    assert_int_equal(mni_inbox_reserve(&world.inbox, UINT32_MAX), MN_ERROR_MEMORY);
    assert_int_equal(mni_inbox_waiting(&world.inbox), 1);
    assert_int_equal(mni_inbox_next(&world.inbox)->event.token, 1);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_order),
        cmocka_unit_test(what_was_polled_stays_until_it_is_released),
        cmocka_unit_test(an_entry_can_be_changed_in_place),
        cmocka_unit_test(a_promised_place_is_there_when_memory_is_gone),
        cmocka_unit_test(a_recalled_promise_gives_its_place_back),
        cmocka_unit_test(reserved_pushes_cannot_fail),
        cmocka_unit_test(a_failed_reservation_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
