/* SPDX-License-Identifier: MIT */
/* The estimates of RFC 9002, section 5. */
#include "socket/rtt.h"
#include "support/test.h"

static void the_first_sample_is_believed(void **state)
{
    (void)state;
    mni_rtt rtt;
    mni_rtt_init(&rtt);
    assert_false(rtt.is_measured);
    mni_rtt_add(&rtt, 80000, 20000);
    assert_true(rtt.is_measured);
    assert_int_equal(rtt.min_us, 60000);
    assert_int_equal(rtt.smoothed_us, 60000);
    assert_int_equal(rtt.variance_us, 30000);
}

static void estimates_move_as_the_rfc_has_it(void **state)
{
    (void)state;
    mni_rtt rtt;
    mni_rtt_init(&rtt);
    mni_rtt_add(&rtt, 100000, 0);
    mni_rtt_add(&rtt, 180000, 0);
    assert_int_equal(rtt.latest_us, 180000);
    assert_int_equal(rtt.min_us, 100000);
    assert_int_equal(rtt.variance_us, (3 * 50000 + 80000) / 4);
    assert_int_equal(rtt.smoothed_us, (7 * 100000 + 180000) / 8);
}

static void the_delay_of_an_acknowledgement_is_taken_off(void **state)
{
    (void)state;
    mni_rtt rtt;
    mni_rtt_init(&rtt);
    mni_rtt_add(&rtt, 100000, 0);
    mni_rtt_add(&rtt, 125000, 25000);
    assert_int_equal(rtt.smoothed_us, 100000);
    assert_int_equal(rtt.latest_us, 125000);
    assert_int_equal(rtt.min_us, 100000);
}

/* Whoever sends less often than that has no other samples. */
static void a_delay_that_is_always_there_is_no_part_of_the_round_trip(void **state)
{
    (void)state;
    mni_rtt rtt;
    mni_rtt_init(&rtt);
    for (int i = 0; i < 10; i++) {
        mni_rtt_add(&rtt, 125000, 25000);
        assert_int_equal(rtt.smoothed_us, 100000);
        assert_int_equal(rtt.min_us, 100000);
    }
}

static void a_delay_that_cannot_be_is_not_believed(void **state)
{
    (void)state;
    mni_rtt rtt;
    mni_rtt_init(&rtt);
    mni_rtt_add(&rtt, 100000, 0);
    mni_rtt_add(&rtt, 60000, 127500);
    assert_int_equal(rtt.min_us, 60000);
    assert_int_equal(rtt.smoothed_us, (7 * 100000 + 60000) / 8);
    mni_rtt_add(&rtt, 60000, 60000);
    assert_int_equal(rtt.min_us, 60000);
}

static void jitter_is_what_a_sample_differs_from_the_one_before(void **state)
{
    (void)state;
    mni_rtt rtt;
    mni_rtt_init(&rtt);
    mni_rtt_add(&rtt, 100000, 0);
    assert_int_equal(mni_rtt_jitter_us(&rtt), 0);
    mni_rtt_add(&rtt, 116000, 0);
    assert_int_equal(mni_rtt_jitter_us(&rtt), 1000);
    mni_rtt_add(&rtt, 125000, 9000); /* the delay is no jitter */
    assert_in_range(mni_rtt_jitter_us(&rtt), 930, 940);
    for (int i = 0; i < 200; i++) {
        mni_rtt_add(&rtt, i % 2 == 0 ? 100000 : 130000, 0);
    }
    assert_in_range(mni_rtt_jitter_us(&rtt), 29980, 30000);
    for (int i = 0; i < 200; i++) {
        mni_rtt_add(&rtt, 130000, 0);
    }
    assert_int_equal(mni_rtt_jitter_us(&rtt), 0);
}

static void a_steady_line_has_no_variance(void **state)
{
    (void)state;
    mni_rtt rtt;
    mni_rtt_init(&rtt);
    for (int i = 0; i < 100; i++) {
        mni_rtt_add(&rtt, 50000, 0);
    }
    assert_int_equal(rtt.smoothed_us, 50000);
    assert_int_equal(rtt.variance_us, 0);
}

static void an_expectation_shortens_what_is_assumed_until_the_first_sample(void **state)
{
    (void)state;
    mni_rtt rtt, assumed;
    mni_rtt_init(&assumed);
    rtt = assumed;
    mni_rtt_expect(&rtt, assumed.smoothed_us + 1);
    assert_memory_equal(&rtt, &assumed, sizeof(rtt));
    mni_rtt_expect(&rtt, 30000);
    assert_int_equal(rtt.smoothed_us, 30000);
    assert_int_equal(rtt.variance_us, 15000);
    assert_false(rtt.is_measured);
    mni_rtt_add(&rtt, 80000, 0);
    assert_int_equal(rtt.smoothed_us, 80000);
    assert_int_equal(rtt.min_us, 80000);
    mni_rtt_expect(&rtt, 30000);
    assert_int_equal(rtt.smoothed_us, 80000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_sample_is_believed),
        cmocka_unit_test(estimates_move_as_the_rfc_has_it),
        cmocka_unit_test(the_delay_of_an_acknowledgement_is_taken_off),
        cmocka_unit_test(a_delay_that_is_always_there_is_no_part_of_the_round_trip),
        cmocka_unit_test(a_delay_that_cannot_be_is_not_believed),
        cmocka_unit_test(jitter_is_what_a_sample_differs_from_the_one_before),
        cmocka_unit_test(a_steady_line_has_no_variance),
        cmocka_unit_test(an_expectation_shortens_what_is_assumed_until_the_first_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
