/* SPDX-License-Identifier: MIT */
#include "socket/assembly.h"
#include "socket/channel.h"
#include "support/test.h"

static mni_memory memory;
static mni_channel channel;

static int open_channel(void **state)
{
    (void)state;
    mni_memory_init(&memory, NULL, 0);
    mni_channel_init(&channel, &memory);
    return 0;
}

static void each_reliable_mode_is_an_order_of_its_own(void **state)
{
    (void)state;
    assert_ptr_equal(mni_channel_stream(&channel, MN_RELIABLE), &channel.ordered);
    assert_ptr_equal(mni_channel_stream(&channel, MN_UNORDERED), &channel.unordered);
    assert_ptr_not_equal(mni_channel_lane(&channel, MN_RELIABLE),
                         mni_channel_lane(&channel, MN_UNORDERED));
    assert_ptr_equal(mni_channel_lane(&channel, MN_UNRELIABLE),
                     mni_channel_lane(&channel, MN_NOTIFY));
}

static void a_sequenced_message_is_newer_than_all_before_or_overtaken(void **state)
{
    (void)state;
    assert_true(mni_channel_is_newer(&channel, 40000)); /* the first is, whatever its number */
    mni_channel_deliver_sequenced(&channel, 65535);
    assert_false(mni_channel_is_newer(&channel, 65535));
    assert_false(mni_channel_is_newer(&channel, 65534));
    assert_true(mni_channel_is_newer(&channel, 0)); /* numbers wrap */
    mni_channel_deliver_sequenced(&channel, 0);
    assert_false(mni_channel_is_newer(&channel, 65535));
}

static void two_are_put_together_at_a_time_and_none_is_begun_again(void **state)
{
    (void)state;
    mni_assembly first = {.sequence = 7};
    mni_assembly second = {.sequence = 9};
    assert_true(mni_channel_is_later(&channel, 7));
    mni_channel_assemble(&channel, &first);
    mni_channel_assemble(&channel, &second);
    assert_ptr_equal(mni_channel_assembly(&channel, 7), &first);
    assert_ptr_equal(mni_channel_assembly(&channel, 9), &second);
    assert_null(mni_channel_assembly(&channel, 8));
    mni_channel_forget(&channel, &first);
    assert_ptr_equal(channel.assemblies[0], &second);
    assert_null(channel.assemblies[1]);
    mni_channel_forget(&channel, &second);
    assert_null(channel.assemblies[0]);
    assert_false(mni_channel_is_later(&channel, 9));
    assert_true(mni_channel_is_later(&channel, 10));
}

static void long_without_the_one_kind_the_other_keeps_the_count(void **state)
{
    (void)state;
    mni_assembly first = {.sequence = 0};
    mni_channel_assemble(&channel, &first);
    mni_channel_forget(&channel, &first);
    for (uint32_t i = 1; i < 200000; i++) {
        assert_true(mni_channel_is_newer(&channel, (uint16_t)i));
        mni_channel_deliver_sequenced(&channel, (uint16_t)i);
        assert_true(mni_channel_is_later(&channel, (uint16_t)i));
    }
    for (uint32_t i = 200000; i < 400000; i++) {
        mni_assembly next = {.sequence = (uint16_t)i};
        assert_true(mni_channel_is_later(&channel, (uint16_t)i));
        mni_channel_assemble(&channel, &next);
        mni_channel_forget(&channel, &next);
        assert_true(mni_channel_is_newer(&channel, (uint16_t)i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_reliable_mode_is_an_order_of_its_own, open_channel),
        cmocka_unit_test_setup(a_sequenced_message_is_newer_than_all_before_or_overtaken,
                               open_channel),
        cmocka_unit_test_setup(two_are_put_together_at_a_time_and_none_is_begun_again,
                               open_channel),
        cmocka_unit_test_setup(long_without_the_one_kind_the_other_keeps_the_count, open_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
