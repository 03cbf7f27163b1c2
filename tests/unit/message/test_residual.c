/* SPDX-License-Identifier: MIT */
/* Folding loses nothing and leaves no number unused; runs come back and take the shortest code. */
#include "base/random.h"
#include "message/residual.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

static void folding_is_one_to_one(void **state)
{
    (void)state;
    for (uint64_t limit = 0; limit <= 40; limit++) {
        for (uint64_t reference = 0; reference <= limit; reference++) {
            uint64_t seen = 0;
            for (uint64_t value = 0; value <= limit; value++) {
                uint64_t residual = mni_residual_fold(value, reference, limit);
                assert_true(residual <= limit);
                seen |= UINT64_C(1) << residual;
                assert_int_equal(mni_residual_unfold(residual, reference, limit), value);
            }
            assert_true(seen == mni_bit_mask((uint32_t)limit + 1));
        }
    }
}

static void small_differences_are_small_residuals(void **state)
{
    (void)state;
    assert_int_equal(mni_residual_fold(50, 50, 100), 0);
    assert_int_equal(mni_residual_fold(51, 50, 100), 1);
    assert_int_equal(mni_residual_fold(49, 50, 100), 2);
    assert_int_equal(mni_residual_fold(2, 0, 100), 2);    /* there is nothing below */
    assert_int_equal(mni_residual_fold(97, 100, 100), 3); /* nor above */
}

static void nothing_overflows_at_the_widest(void **state)
{
    (void)state;
    static const uint64_t ends[] = {
        0,         1, 2, UINT64_MAX / 2 - 1, UINT64_MAX / 2, UINT64_MAX / 2 + 1, UINT64_MAX - 1,
        UINT64_MAX};
    for (uint32_t i = 0; i < 8; i++) {
        for (uint32_t j = 0; j < 8; j++) {
            uint64_t residual = mni_residual_fold(ends[i], ends[j], UINT64_MAX);
            assert_true(mni_residual_unfold(residual, ends[j], UINT64_MAX) == ends[i]);
        }
    }
}

static void a_residual_above_the_limit_is_a_value_above_it(void **state)
{
    (void)state;
    for (uint64_t reference = 0; reference <= 100; reference++) {
        for (uint64_t residual = 101; residual < 400; residual++) {
            assert_true(mni_residual_unfold(residual, reference, 100) > 100);
        }
        assert_true(mni_residual_unfold(UINT64_MAX, reference, 100) > 100);
    }
}

static uint32_t run_size(const uint64_t *residuals, uint32_t count, uint32_t bits)
{
    uint8_t bytes[64];
    mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
    mni_write_residuals(&writer, residuals, count, bits);
    assert_false(writer.failed);
    return (uint32_t)mni_bit_writer_count(&writer);
}

static void a_run_takes_the_shortest_code(void **state)
{
    (void)state;
    assert_int_equal(run_size((uint64_t[]){0, 0, 0}, 3, 17), 2 + 3);
    assert_int_equal(run_size((uint64_t[]){7, 7, 7}, 3, 17), 2 + 3 * 4);
    assert_int_equal(run_size((uint64_t[]){100, 100, 100}, 3, 17), 2 + 3 * 9);
    assert_int_equal(run_size((uint64_t[]){90000, 90000, 90000}, 3, 17), 2 + 3 * 17);
    assert_int_equal(run_size((uint64_t[]){UINT64_MAX}, 1, 64), 2 + 64);
    assert_int_equal(run_size((uint64_t[]){200}, 1, 8), 8); /* too small for a choice */
    assert_int_equal(run_size((uint64_t[]){0, 0, 0, 0}, 4, 2), 8);
}

static void random_runs_come_back_and_never_cost_more_than_a_choice(void **state)
{
    (void)state;
    uint64_t seed = test_seed(13);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t bits = 1 + (uint32_t)mni_random_below(&random, 64);
        uint32_t count = 1 + (uint32_t)mni_random_below(&random, 4);
        uint64_t residuals[4];
        uint64_t out[4];
        for (uint32_t i = 0; i < count; i++) {
            uint32_t size = (uint32_t)mni_random_below(&random, bits + 1);
            residuals[i] = mni_random_next(&random) & mni_bit_mask(size);
        }
        uint8_t bytes[64];
        mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
        mni_write_residuals(&writer, residuals, count, bits);
        mni_bit_reader reader = mni_bit_reader_over(bytes, mni_bit_writer_size(&writer));
        mni_read_residuals(&reader, out, count, bits);
        bool is_plain = count * bits <= MNI_RESIDUAL_PLAIN;
        if (writer.failed || reader.failed || reader.at != mni_bit_writer_count(&writer) ||
            reader.at > count * bits + (is_plain ? 0 : MNI_RESIDUAL_CHOICE) ||
            memcmp(residuals, out, count * sizeof residuals[0]) != 0) {
            fail_msg("MN_SEED=%" PRIu64 ", round %u", seed, round);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_is_one_to_one),
        cmocka_unit_test(small_differences_are_small_residuals),
        cmocka_unit_test(nothing_overflows_at_the_widest),
        cmocka_unit_test(a_residual_above_the_limit_is_a_value_above_it),
        cmocka_unit_test(a_run_takes_the_shortest_code),
        cmocka_unit_test(random_runs_come_back_and_never_cost_more_than_a_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
