/* SPDX-License-Identifier: MIT */
/* Bytes come, as many as asked for, and not the same twice. */
#include "base/entropy.h"
#include "support/test.h"

#include <string.h>

static void every_byte_asked_for_is_filled_and_no_more(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 16, 255, 257, 4000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t any[4001] = {0}; /* a byte that is zero 20 times over was not filled */
        for (uint32_t round = 0; round < 20; round++) {
            uint8_t bytes[4001] = {0};
            assert_int_equal(mni_entropy(bytes, sizes[i]), MN_OK);
            for (size_t at = 0; at < sizeof bytes; at++) {
                any[at] |= bytes[at];
            }
        }
        for (size_t at = 0; at < sizeof any; at++) {
            assert_int_equal(any[at] != 0, at < sizes[i]);
        }
    }
}

static void it_does_not_repeat(void **state)
{
    (void)state;
    uint8_t a[16];
    uint8_t b[16];
    assert_int_equal(mni_entropy(a, sizeof a), MN_OK);
    assert_int_equal(mni_entropy(b, sizeof b), MN_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_asked_for_is_filled_and_no_more),
        cmocka_unit_test(it_does_not_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
