/* SPDX-License-Identifier: MIT */
/* Events come out as they went in, and a promised place is never given to somebody else. */
#include "socket/events.h"
#include "support/memory.h"
#include "support/test.h"

static test_allocator allocator;
static mni_memory memory;
static mni_buffers buffers;
static mni_events events;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_buffers_init(&buffers, &memory);
    mni_events_init(&events, &memory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mni_events_clear(&events, &buffers);
    mni_buffers_clear(&buffers);
    return allocator.live == 0 ? 0 : -1;
}

static void push(uint64_t token)
{
    assert_int_equal(mni_events_reserve(&events, 1), MN_OK);
    mni_peer_event *event = mni_events_push_reserved(&events);
    assert_int_equal(event->event.token, 0);
    assert_null(event->buffer);
    event->event.token = token;
}

static void events_come_out_in_order(void **state)
{
    (void)state;
    mni_peer_event event;
    assert_false(mni_events_pop(&events, &event));
    for (uint64_t i = 1; i <= 20; i++) {
        push(i);
    }
    assert_int_equal(mni_events_count(&events), 20);
    for (uint64_t i = 1; i <= 20; i++) {
        assert_true(mni_events_pop(&events, &event));
        assert_int_equal(event.event.token, i);
    }
    assert_int_equal(mni_events_count(&events), 0);
}

static void promised_places_need_no_memory_later(void **state)
{
    (void)state;
    assert_int_equal(mni_events_reserve(&events, 100), MN_OK);
    for (uint64_t i = 1; i <= 50; i++) {
        push(i);
    }
    allocator.fail_at = allocator.count + 1;
    for (int i = 0; i < 100; i++) {
        (void)mni_events_push_reserved(&events);
    }
    assert_int_equal(mni_events_count(&events), 150);
    assert_int_equal(events.reserved, 0);
}

static void without_memory_nothing_is_promised(void **state)
{
    (void)state;
    allocator.fail_at = allocator.count + 1;
    assert_int_equal(mni_events_reserve(&events, 1000), MN_ERROR_MEMORY);
    assert_int_equal(events.reserved, 0);
    assert_int_equal(mni_events_reserve(&events, UINT32_MAX), MN_ERROR_MEMORY);
    assert_int_equal(mni_events_reserve(&events, 3), MN_OK);
    mni_events_unreserve(&events, 2);
    assert_int_equal(events.reserved, 1);
}

static void clearing_drops_the_buffers_of_what_is_queued(void **state)
{
    (void)state;
    push(1);
    assert_int_equal(mni_events_reserve(&events, 1), MN_OK);
    mni_peer_event *event = mni_events_push_reserved(&events);
    event->buffer = mni_buffer_take(&buffers, 100);
    assert_non_null(event->buffer);
    mni_events_clear(&events, &buffers);
    assert_int_equal(mni_events_count(&events), 0);
    mni_pool *pools = buffers.pools;
    for (int i = 0; i < MNI_BUFFER_CLASSES; i++) {
        assert_int_equal(pools[i].used, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_come_out_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(promised_places_need_no_memory_later, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_promised, setup, teardown),
        cmocka_unit_test_setup_teardown(clearing_drops_the_buffers_of_what_is_queued, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
