/* SPDX-License-Identifier: MIT */
/* Every reason and every drop has a text of its own. */
#include "support/test.h"

#include <miragenet.h>

#include <string.h>

static void every_reason_has_its_own_text(void **state)
{
    (void)state;
    const char *unknown = mn_reason_text(-1);
    for (int32_t a = MN_REASON_NONE; a <= MN_REASON_KEY; a++) {
        assert_string_not_equal(mn_reason_text(a), unknown);
        for (int32_t b = MN_REASON_NONE; b < a; b++) {
            assert_string_not_equal(mn_reason_text(a), mn_reason_text(b));
        }
    }
    assert_string_equal(mn_reason_text(MN_REASON_KEY + 1), unknown);
    assert_string_equal(mn_reason_text(MN_REASON_USER - 1), unknown);
    assert_string_equal(mn_reason_text(65536), unknown);
    assert_string_not_equal(mn_reason_text(MN_REASON_USER), unknown);
    assert_string_equal(mn_reason_text(65535), mn_reason_text(MN_REASON_USER));
}

static void every_drop_has_its_own_text(void **state)
{
    (void)state;
    const char *unknown = mn_drop_text(MN_DROP_COUNT);
    for (uint32_t a = 0; a < MN_DROP_COUNT; a++) {
        assert_string_not_equal(mn_drop_text(a), unknown);
        for (uint32_t b = 0; b < a; b++) {
            assert_string_not_equal(mn_drop_text(a), mn_drop_text(b));
        }
    }
    assert_string_equal(mn_drop_text(UINT32_MAX), unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_its_own_text),
        cmocka_unit_test(every_drop_has_its_own_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
