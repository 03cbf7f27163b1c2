/* SPDX-License-Identifier: MIT */
/* First in, first out, whatever state a ring grows in; full or out of memory, it is unchanged. */
#include "base/ring.h"
#include "support/memory.h"
#include "support/test.h"

static test_allocator allocator;
static mni_memory memory;
static mni_ring ring;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_ring_init(&ring, &memory, sizeof(uint32_t), 32);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mni_ring_clear(&ring);
    return allocator.live == 0 && memory.used == 0 ? 0 : -1;
}

static void push(uint32_t value)
{
    uint32_t *element = mni_ring_push(&ring);
    assert_non_null(element);
    assert_int_equal(*element, 0);
    *element = value;
}

static void expect_run(uint32_t first, uint32_t count) /* first, first + 1, … and no more */
{
    assert_int_equal(ring.count, count);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *element = mni_ring_at(&ring, i);
        assert_non_null(element);
        assert_int_equal(*element, first + i);
    }
    assert_null(mni_ring_at(&ring, count));
    assert_null(mni_ring_at(&ring, UINT32_MAX));
}

static void elements_come_out_as_they_went_in(void **state)
{
    (void)state;
    expect_run(0, 0);
    for (uint32_t i = 1; i <= 5; i++) {
        push(i);
    }
    expect_run(1, 5);
    mni_ring_pop(&ring);
    expect_run(2, 4);
    mni_ring_pop_back(&ring);
    expect_run(2, 3);
}

static void growth_keeps_the_order_in_every_wrapped_state(void **state)
{
    (void)state;
    for (uint32_t turn = 0; turn < 8; turn++) {
        for (uint32_t i = 0; i < turn; i++) { /* move the head to place `turn` of 8 */
            push(99);
            mni_ring_pop(&ring);
        }
        for (uint32_t i = 1; i <= 32; i++) {
            push(i);
            expect_run(1, i);
        }
        assert_int_equal(ring.capacity, 32);
        mni_ring_clear(&ring);
    }
}

static void the_head_may_pass_the_end_of_its_type(void **state)
{
    (void)state;
    push(1);
    mni_ring_pop(&ring);
    ring.head = UINT32_MAX - 2;
    for (uint32_t i = 1; i <= 8; i++) {
        push(i);
    }
    expect_run(1, 8);
    mni_ring_pop(&ring);
    mni_ring_pop(&ring);
    mni_ring_pop(&ring);
    mni_ring_pop(&ring);
    expect_run(5, 4);
}

static void the_maximum_is_a_limit(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 32; i++) {
        push(i);
    }
    assert_null(mni_ring_push(&ring));
    expect_run(1, 32);
    mni_ring_pop(&ring);
    push(33);
    expect_run(2, 32);
    assert_int_equal(mni_ring_reserve(&ring, 33), MN_ERROR_FULL);
}

static void a_maximum_below_the_first_growth_holds(void **state)
{
    (void)state;
    ring.max = 2;
    push(1);
    push(2);
    assert_null(mni_ring_push(&ring));
    expect_run(1, 2);
}

static void reserved_room_needs_no_memory_later(void **state)
{
    (void)state;
    assert_int_equal(mni_ring_reserve(&ring, 17), MN_OK);
    allocator.fail_at = allocator.count + 1;
    for (uint32_t i = 1; i <= 17; i++) {
        push(i);
    }
    assert_int_equal(mni_ring_reserve(&ring, 5), MN_OK);
    assert_int_equal(memory.allocations, 1);
    expect_run(1, 17);
}

static void no_more_room_is_reserved_than_the_next_power_of_two(void **state)
{
    (void)state;
    static const struct {
        uint32_t count, capacity;
    } cases[] = {{1, 8}, {8, 8}, {9, 16}, {16, 16}, {17, 32}, {32, 32}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mni_ring_reserve(&ring, cases[i].count), MN_OK);
        assert_int_equal(ring.capacity, cases[i].capacity);
        mni_ring_clear(&ring);
    }
}

static void a_steady_state_allocates_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 8; i++) {
        push(i);
    }
    for (uint32_t i = 9; i < 100; i++) {
        mni_ring_pop(&ring);
        push(i);
        expect_run(i - 7, 8);
    }
    assert_int_equal(memory.allocations, 1);
}

static void out_of_memory_leaves_the_ring_as_it_was(void **state)
{
    (void)state;
    allocator.fail_at = 1;
    assert_null(mni_ring_push(&ring));
    for (uint32_t i = 1; i <= 8; i++) {
        push(i);
    }
    allocator.fail_at = allocator.count + 1;
    assert_null(mni_ring_push(&ring));
    expect_run(1, 8);
    allocator.fail_at = allocator.count + 1;
    assert_int_equal(mni_ring_reserve(&ring, 9), MN_ERROR_MEMORY);
    expect_run(1, 8);
    push(9);
    expect_run(1, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(elements_come_out_as_they_went_in, setup, teardown),
        cmocka_unit_test_setup_teardown(growth_keeps_the_order_in_every_wrapped_state, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_head_may_pass_the_end_of_its_type, setup, teardown),
        cmocka_unit_test_setup_teardown(the_maximum_is_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_maximum_below_the_first_growth_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(reserved_room_needs_no_memory_later, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_room_is_reserved_than_the_next_power_of_two, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_steady_state_allocates_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory_leaves_the_ring_as_it_was, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
