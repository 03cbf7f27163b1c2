/* SPDX-License-Identifier: MIT */
/* Messages live as long as something holds them, their bytes no longer than they are needed. */
#include "socket/message.h"
#include "support/store.h"
#include "support/test.h"

static test_store store;

static int setup(void **state)
{
    (void)state;
    test_store_init(&store);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return test_store_clear(&store);
}

static void a_message_shares_its_buffer_until_the_last_reference_goes(void **state)
{
    (void)state;
    mni_buffer *buffer = mni_buffer_take(&store.buffers, 10);
    assert_non_null(buffer);
    mni_message *message = mni_message_take(&store.messages, buffer, false);
    assert_non_null(message);
    assert_int_equal(buffer->references, 2);
    mni_message_hold(message);
    mni_message_drop(&store.messages, message);
    assert_int_equal(buffer->references, 2);
    mni_message_drop(&store.messages, message);
    assert_int_equal(buffer->references, 1);
    assert_int_equal(store.messages.pool.used, 0);
    mni_buffer_drop(&store.buffers, buffer);
}

static void an_acknowledged_message_gives_its_bytes_back_at_once(void **state)
{
    (void)state;
    mni_buffer *buffer = mni_buffer_take(&store.buffers, 10);
    assert_non_null(buffer);
    mni_message *message = mni_message_take(&store.messages, buffer, false);
    assert_non_null(message);
    mni_message_acknowledge(&store.messages, message);
    assert_true(message->is_acked);
    assert_null(message->buffer);
    assert_int_equal(buffer->references, 1);
    mni_message_drop(&store.messages, message);
    mni_buffer_drop(&store.buffers, buffer);
}

static void a_whole_message_fits_into_a_line_of_the_cache(void **state)
{
    (void)state;
    assert_true(sizeof(mni_message) <= 64);
}

static void one_in_pieces_gives_back_its_notes_with_its_bytes(void **state)
{
    (void)state;
    mni_message *message = test_store_message(&store, 4000, true);
    assert_int_equal(store.messages.pool.used, 0);
    assert_true(mni_message_begin_pieces(&store.messages, message));
    assert_false(mni_message_arrived(message, 0, 1024));
    assert_true(mni_message_arrived(message, 1024, 2976));
    mni_message_acknowledge(&store.messages, message);
    assert_null(message->buffer);
    assert_null(mni_split_of(message)->bits);
    mni_message_drop(&store.messages, message);
    assert_int_equal(store.messages.splits.used, 0);
}

static void without_memory_nothing_is_shared(void **state)
{
    (void)state;
    mni_buffer *buffer = mni_buffer_take(&store.buffers, 10);
    assert_non_null(buffer);
    store.allocator.fail_at = store.allocator.count + 1;
    assert_null(mni_message_take(&store.messages, buffer, false));
    assert_int_equal(buffer->references, 1);
    mni_buffer_drop(&store.buffers, buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_shares_its_buffer_until_the_last_reference_goes,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_acknowledged_message_gives_its_bytes_back_at_once, setup,
                                        teardown),
        cmocka_unit_test(a_whole_message_fits_into_a_line_of_the_cache),
        cmocka_unit_test_setup_teardown(one_in_pieces_gives_back_its_notes_with_its_bytes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_shared, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
