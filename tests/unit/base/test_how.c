/* SPDX-License-Identifier: MIT */
/* What the public macros put together is read as it was meant, and refused at each limit. */
#include "base/how.h"
#include "support/test.h"

static void parts_are_read_as_they_were_put_together(void **state)
{
    (void)state;
    uint32_t how = MN_SEQUENCED | MN_ON_CHANNEL(63) | MN_REDUNDANT(3) | MN_EXPIRES_MS(4095);
    assert_int_equal(mni_how_mode(how), MN_SEQUENCED);
    assert_int_equal(mni_how_channel(how), 63);
    assert_int_equal(mni_how_copies(how), 3);
    assert_int_equal(mni_how_expires_ms(how), 4095);
    assert_true(mni_how_is_valid(how, MN_CHANNELS));
    assert_int_equal(mni_how_expires_ms(MN_RELIABLE | MN_REDUNDANT(3)), 0);
    assert_int_equal(mni_how_copies(MN_RELIABLE | MN_EXPIRES_MS(4095)), 0);
    assert_int_equal(mni_how_notify(how), MN_NOTIFY | MN_ON_CHANNEL(63) | MN_EXPIRES_MS(4095));
    assert_int_equal(mni_how_notify(0), MN_NOTIFY);
}

static void each_part_has_its_limits(void **state)
{
    (void)state;
    static const struct {
        uint32_t how;
        bool is_valid;
    } cases[] = {
        {0, false},
        {MN_UNRELIABLE, true},
        {MN_NOTIFY, true},
        {MN_NOTIFY + 1, false},
        {MN_RELIABLE | MN_ON_CHANNEL(63), true},
        {MN_RELIABLE | MN_ON_CHANNEL(64), false},
        {MN_RELIABLE | MN_ON_CHANNEL(4095), false},
        {MN_RELIABLE | MN_ON_CHANNEL(4096), false},
        {MN_RELIABLE | MN_ON_CHANNEL(-1), false},
        {MN_RELIABLE | MN_REDUNDANT(3), true},
        {MN_RELIABLE | MN_REDUNDANT(4), false},
        {MN_RELIABLE | MN_REDUNDANT(15), false},
        {MN_RELIABLE | MN_REDUNDANT(16), false},
        {MN_UNRELIABLE | MN_REDUNDANT(1), false},
        {MN_NOTIFY | MN_REDUNDANT(1), false},
        {MN_UNRELIABLE | MN_EXPIRES_MS(0), true},
        {MN_UNRELIABLE | MN_EXPIRES_MS(1), true},
        {MN_NOTIFY | MN_EXPIRES_MS(MN_EXPIRES_MS_MAX), true},
        {MN_NOTIFY | MN_EXPIRES_MS(MN_EXPIRES_MS_MAX + 1), false},
        {MN_RELIABLE | MN_EXPIRES_MS(-1), false},
        {MN_RELIABLE | MN_EXPIRES_MS(UINT64_MAX), false},
        {MN_EXPIRES_MS(1), false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(mni_how_is_valid(cases[i].how, MN_CHANNELS), cases[i].is_valid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_read_as_they_were_put_together),
        cmocka_unit_test(each_part_has_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
