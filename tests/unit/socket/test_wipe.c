/* SPDX-License-Identifier: MIT */
/* Forgetting and comparing: every byte counts, and none beyond them. */
#include "socket/crypto/crypto.h"
#include "support/test.h"

#include <string.h>

enum { SIZE = 80 };

static void what_is_wiped_is_zero_and_no_more(void **state)
{
    (void)state;
    for (size_t size = 0; size < SIZE; size++) {
        uint8_t bytes[SIZE];
        memset(bytes, 0xff, sizeof(bytes));
        mni_wipe(bytes, size);
        for (size_t i = 0; i < SIZE; i++) {
            assert_int_equal(bytes[i], i < size ? 0 : 0xff);
        }
    }
}

static void every_bit_of_every_byte_is_compared(void **state)
{
    (void)state;
    for (size_t size = 0; size < SIZE; size++) {
        uint8_t a[SIZE], b[SIZE];
        memset(a, 0x5a, sizeof(a));
        memset(b, 0x5a, sizeof(b));
        assert_true(mni_is_equal(a, b, size));
        for (uint32_t at = 0; at < 8 * SIZE; at++) {
            b[at / 8] ^= (uint8_t)(1u << at % 8);
            assert_int_equal(mni_is_equal(a, b, size), at / 8 >= size);
            b[at / 8] = 0x5a;
        }
    }
}

/* Differences in two bytes do not make up for each other. */
static void two_differences_are_a_difference(void **state)
{
    (void)state;
    const uint8_t a[] = {1, 2, 3, 4}, b[] = {2, 1, 3, 4}, c[] = {0x81, 0x82, 3, 4};
    assert_false(mni_is_equal(a, b, sizeof(a)));
    assert_false(mni_is_equal(a, c, sizeof(a)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wiped_is_zero_and_no_more),
        cmocka_unit_test(every_bit_of_every_byte_is_compared),
        cmocka_unit_test(two_differences_are_a_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
