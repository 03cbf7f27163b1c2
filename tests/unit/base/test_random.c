/* SPDX-License-Identifier: MIT */
/* The published values, and a fair use of them. */
#include "base/random.h"
#include "support/test.h"

static void the_published_sequence_comes_out(void **state)
{
    (void)state;
    /* Of the reference implementation of xoshiro256** from this state. */
    static const uint64_t golden[] = {
        11520,
        0,
        1509978240,
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    mni_random random = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        assert_int_equal(mni_random_next(&random), golden[i]);
    }
}

static void the_seed_is_spread_by_splitmix64(void **state)
{
    (void)state;
    /* Of the reference implementation of splitmix64 from 1234567. */
    static const uint64_t golden[] = {
        UINT64_C(6457827717110365317),
        UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431),
    };
    mni_random random;
    mni_random_init(&random, 1234567);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(random.state[i], golden[i]);
    }
    mni_random_init(&random, 0);
    assert_int_equal(random.state[0], UINT64_C(0xe220a8397b1dcdaf));
}

static void a_bound_is_kept_and_every_value_below_it_comes(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, 5);
    assert_int_equal(mni_random_below(&random, 0), 0);
    assert_int_equal(mni_random_below(&random, 1), 0);
    uint32_t counts[6] = {0};
    for (uint32_t i = 0; i < 60000; i++) {
        uint64_t value = mni_random_below(&random, 6);
        assert_true(value < 6);
        counts[value]++;
    }
    for (uint32_t i = 0; i < 6; i++) {
        assert_in_range(counts[i], 9600, 10400); /* more than four standard deviations */
    }
}

static void a_bound_that_does_not_divide_is_unbiased(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, 6);
    /* Of this bound a plain remainder would give the lower half twice as often as the upper. */
    uint64_t bound = UINT64_C(3) << 62;
    uint32_t low = 0;
    for (uint32_t i = 0; i < 30000; i++) {
        low += mni_random_below(&random, bound) < UINT64_C(1) << 62;
    }
    assert_in_range(low, 9600, 10400);
}

static void the_unit_is_half_open_and_even(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, 7);
    double sum = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        double value = mni_random_unit(&random);
        assert_true(value >= 0 && value < 1);
        sum += value;
    }
    assert_true(sum > 49600 && sum < 50400);
    mni_random zeros = {{0, 0, 0, 0}};
    assert_true(mni_random_unit(&zeros) <= 0);
    mni_random ones = {{0, UINT64_C(0x4fc71c71c71c71c7), 0, 0}}; /* next is all ones */
    double largest = mni_random_unit(&ones);
    assert_true(largest < 1 && largest > 0.9999999999999998);
}

static void a_chance_of_zero_never_and_of_one_always_comes(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, 8);
    uint32_t hits = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        assert_false(mni_random_chance(&random, 0));
        assert_false(mni_random_chance(&random, -1));
        assert_true(mni_random_chance(&random, 1));
        hits += mni_random_chance(&random, 0.25);
    }
    assert_in_range(hits, 2300, 2700);
}

static void a_chance_takes_one_draw_whatever_it_is(void **state)
{
    (void)state;
    mni_random a;
    mni_random b;
    mni_random_init(&a, 9);
    b = a;
    (void)mni_random_chance(&a, 0);
    (void)mni_random_chance(&b, 1);
    assert_int_equal(mni_random_next(&a), mni_random_next(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_sequence_comes_out),
        cmocka_unit_test(the_seed_is_spread_by_splitmix64),
        cmocka_unit_test(a_bound_is_kept_and_every_value_below_it_comes),
        cmocka_unit_test(a_bound_that_does_not_divide_is_unbiased),
        cmocka_unit_test(the_unit_is_half_open_and_even),
        cmocka_unit_test(a_chance_of_zero_never_and_of_one_always_comes),
        cmocka_unit_test(a_chance_takes_one_draw_whatever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
