/* SPDX-License-Identifier: MIT */
/* A buffer has room for what was asked, little more, and lives until its last holder drops it. */
#include "base/buffer.h"
#include "support/memory.h"
#include "support/test.h"

#include <string.h>

static test_allocator allocator;
static mni_memory memory;
static mni_buffers buffers;

static int setup(void **state)
{
    (void)state;
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_buffers_init(&buffers, &memory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mni_buffers_clear(&buffers);
    return allocator.live == 0 && memory.used == 0 ? 0 : -1;
}

static void every_size_has_room_and_wastes_at_most_a_third(void **state)
{
    (void)state;
    for (uint32_t size = 0; size <= 70000; size += size < 2000 ? 1 : 997) {
        mni_buffer *buffer = mni_buffer_take(&buffers, size);
        assert_non_null(buffer);
        assert_int_equal(buffer->size, size);
        assert_true(buffer->capacity >= size);
        assert_true(size <= 24 || (buffer->capacity - size) * 3 < buffer->capacity);
        memset(buffer->bytes, 0xee, buffer->capacity);
        mni_buffer_drop(&buffers, buffer);
    }
}

static void the_borders_of_the_classes_are_where_they_should_be(void **state)
{
    (void)state;
    static const struct {
        uint32_t size, capacity;
    } cases[] = {{0, 24},        {24, 24},       {25, 32},       {33, 48},      {1200, 1536},
                 {49152, 49152}, {49153, 65536}, {65536, 65536}, {65537, 65537}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mni_buffer *buffer = mni_buffer_take(&buffers, cases[i].size);
        assert_int_equal(buffer->capacity, cases[i].capacity);
        mni_buffer_drop(&buffers, buffer);
    }
}

static void the_last_of_many_holders_gives_it_back(void **state)
{
    (void)state;
    mni_buffer *buffer = mni_buffer_take(&buffers, 100);
    mni_pool *pool = &buffers.pools[buffer->size_class];
    assert_ptr_equal(mni_buffer_share(buffer), buffer);
    assert_ptr_equal(mni_buffer_share(buffer), buffer);
    mni_buffer_drop(&buffers, buffer);
    mni_buffer_drop(&buffers, buffer);
    assert_int_equal(pool->used, 1);
    assert_int_equal(buffer->references, 1);
    mni_buffer_drop(&buffers, buffer);
    assert_int_equal(pool->used, 0);
    mni_buffer_drop(&buffers, NULL);
}

static void a_large_buffer_is_released_at_once(void **state)
{
    (void)state;
    mni_buffer *buffer = mni_buffer_take(&buffers, 1000000);
    assert_int_equal(allocator.live, 1);
    (void)mni_buffer_share(buffer);
    mni_buffer_drop(&buffers, buffer);
    assert_int_equal(allocator.live, 1);
    mni_buffer_drop(&buffers, buffer);
    assert_int_equal(allocator.live, 0);
}

static void a_steady_state_allocates_nothing(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        mni_buffer *a = mni_buffer_take(&buffers, 1200);
        mni_buffer *b = mni_buffer_take(&buffers, 40);
        mni_buffer_drop(&buffers, a);
        mni_buffer_drop(&buffers, b);
    }
    assert_int_equal(memory.allocations, 2);
}

static void out_of_memory_is_null(void **state)
{
    (void)state;
    memory.limit = 1000;
    assert_null(mni_buffer_take(&buffers, 100));
    assert_null(mni_buffer_take(&buffers, 100000));
    assert_null(mni_buffer_take(&buffers, UINT32_MAX));
    assert_int_equal(memory.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_size_has_room_and_wastes_at_most_a_third, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_borders_of_the_classes_are_where_they_should_be, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_last_of_many_holders_gives_it_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_large_buffer_is_released_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_steady_state_allocates_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory_is_null, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
