/* SPDX-License-Identifier: MIT */
/* Order across the wrap, and widening to the nearest number, at both ends of 64 bits too. */
#include "base/random.h"
#include "base/seq.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

static void distance_is_signed_and_wraps(void **state)
{
    (void)state;
    static const struct {
        uint16_t from, to;
        int32_t distance;
    } cases[] = {{0, 0, 0},         {0, 1, 1},          {1, 0, -1},
                 {65535, 0, 1},     {0, 65535, -1},     {65530, 5, 11},
                 {0, 32767, 32767}, {0, 32768, -32768}, {32768, 0, -32768}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mni_seq16_distance(cases[i].from, cases[i].to), cases[i].distance);
    }
}

static void widening_finds_the_nearest(void **state)
{
    (void)state;
    static const struct {
        uint64_t expected;
        uint32_t truncated, bits;
        uint64_t wide;
    } cases[] = {
        {UINT64_C(0xa82f30eb), 0x9b32, 16, UINT64_C(0xa82f9b32)}, /* the example of RFC 9000 */
        {0, 0, 16, 0},
        {0, 5, 16, 5},
        {5, 0, 16, 0},
        {0, 0xffff, 16, 0xffff}, /* nothing lies before 0 */
        {1, 0xffff, 16, 0xffff},
        {0x8000, 0xffff, 16, 0xffff},
        {0x10000, 0xffff, 16, 0xffff},
        {0xffff, 0, 16, 0x10000},
        {0x10000, 0x8000, 16, 0x18000}, /* equally near: the later one */
        {0x10000, 0x8001, 16, 0x8001},
        {0x12345, 0x44, 8, 0x12344},
        {0x12345, 0xff, 8, 0x122ff},
        {UINT64_C(0x500000000), 0xffffffff, 32, UINT64_C(0x4ffffffff)},
        {UINT64_C(0x4ffffffff), 0, 32, UINT64_C(0x500000000)},
        {UINT64_MAX, 0, 16, UINT64_MAX - 0xffff}, /* nothing lies after the last */
        {UINT64_MAX, 0xffff, 16, UINT64_MAX},
        {UINT64_MAX - 1, 0x10000 + 0xffff, 16, UINT64_MAX}, /* bits above are not looked at */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t wide = mni_seq_widen(cases[i].expected, cases[i].truncated, cases[i].bits);
        if (wide != cases[i].wide) {
            fail_msg("case %zu: %" PRIx64, i, wide);
        }
    }
}

static void what_lies_within_half_a_window_comes_back(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t bits = 8 + (uint32_t)mni_random_below(&random, 25);
        uint64_t half = UINT64_C(1) << (bits - 1);
        uint64_t expected =
            half + (mni_random_next(&random) >> (1 + mni_random_below(&random, 63)));
        uint64_t number = expected - half + 1 + mni_random_below(&random, 2 * half);
        uint32_t truncated = (uint32_t)(number & (2 * half - 1));
        if (mni_seq_widen(expected, truncated, bits) != number) {
            fail_msg("MN_SEED=%" PRIu64 ": %" PRIx64 " near %" PRIx64 " of %u bits", seed, number,
                     expected, bits);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_is_signed_and_wraps),
        cmocka_unit_test(widening_finds_the_nearest),
        cmocka_unit_test(what_lies_within_half_a_window_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
