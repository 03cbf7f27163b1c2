/* SPDX-License-Identifier: MIT */
/* Every result has a text of its own, and the version is the header's. */
#include "support/test.h"

#include <miragenet.h>

#include <string.h>

static void every_error_has_a_text_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(mn_result_text(MN_OK), "ok");
    assert_string_equal(mn_result_text(17), "ok");
    const char *unknown = mn_result_text(-1000);
    assert_string_equal(mn_result_text(INT32_MIN), unknown);
    for (mn_result a = MN_ERROR_SCHEMA; a < 0; a++) {
        assert_string_not_equal(mn_result_text(a), unknown);
        for (mn_result b = MN_ERROR_SCHEMA; b < a; b++) {
            assert_string_not_equal(mn_result_text(a), mn_result_text(b));
        }
    }
}

static void the_version_has_a_byte_for_each_part_but_the_first(void **state)
{
    (void)state;
    uint32_t version = mn_version();
    assert_int_equal(version >> 16, MN_VERSION_MAJOR);
    assert_int_equal(version >> 8 & 0xff, MN_VERSION_MINOR);
    assert_int_equal(version & 0xff, MN_VERSION_PATCH);
}

static void time_does_not_run_backwards(void **state)
{
    (void)state;
    uint64_t before_us = mn_time_us();
    assert_true(before_us > 0);
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t now_us = mn_time_us();
        assert_true(now_us >= before_us);
        before_us = now_us;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_text_of_its_own),
        cmocka_unit_test(the_version_has_a_byte_for_each_part_but_the_first),
        cmocka_unit_test(time_does_not_run_backwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
