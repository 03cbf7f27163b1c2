/* SPDX-License-Identifier: MIT */
#include "object/call.h"
#include "support/kinds.h"
#include "support/test.h"

#include <string.h>

static const uint8_t arguments[] = {1, 2, 3};
static const mni_call sent = {.time = 0xfedcba98,
                              .slot = 131071,
                              .object = 0xffffffff,
                              .version = 65535,
                              .call = 63,
                              .arguments = arguments,
                              .size = sizeof arguments};

static void a_call_to_a_client_comes_back_as_it_was(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    mni_buffer *buffer = mni_call_encode(&all.buffers, &sent, false);
    assert_non_null(buffer);
    mni_call got;
    assert_true(mni_call_decode(buffer->bytes, buffer->size, false, &got));
    assert_int_equal(got.time, sent.time);
    assert_int_equal(got.slot, sent.slot);
    assert_int_equal(got.object, sent.object);
    assert_int_equal(got.version, sent.version);
    assert_int_equal(got.call, sent.call);
    assert_int_equal(got.size, sent.size);
    assert_memory_equal(got.arguments, arguments, sizeof arguments);
    mni_buffer_drop(&all.buffers, buffer);
    test_kinds_close(&all);
}

static void a_call_to_the_server_has_neither_slot_nor_version(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    mni_buffer *buffer = mni_call_encode(&all.buffers, &sent, true);
    assert_non_null(buffer);
    assert_int_equal(buffer->size, 5 + 1 + sizeof arguments);
    mni_call got;
    assert_true(mni_call_decode(buffer->bytes, buffer->size, true, &got));
    assert_int_equal(got.object, sent.object);
    assert_int_equal(got.call, sent.call);
    assert_memory_equal(got.arguments, arguments, sizeof arguments);
    mni_buffer_drop(&all.buffers, buffer);
    test_kinds_close(&all);
}

static void what_ends_in_its_head_is_no_call(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    mni_call got;
    for (int to_server = 0; to_server < 2; to_server++) {
        mni_buffer *buffer = mni_call_encode(&all.buffers, &sent, to_server != 0);
        assert_non_null(buffer);
        uint32_t head = buffer->size - (uint32_t)sizeof arguments;
        for (uint32_t size = 0; size < head; size++) {
            assert_false(mni_call_decode(buffer->bytes, size, to_server != 0, &got));
        }
        assert_true(mni_call_decode(buffer->bytes, head, to_server != 0, &got));
        assert_int_equal(got.size, 0);
        mni_buffer_drop(&all.buffers, buffer);
    }
    test_kinds_close(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_to_a_client_comes_back_as_it_was),
        cmocka_unit_test(a_call_to_the_server_has_neither_slot_nor_version),
        cmocka_unit_test(what_ends_in_its_head_is_no_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
