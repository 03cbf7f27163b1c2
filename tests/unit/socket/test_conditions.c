/* SPDX-License-Identifier: MIT */
/*
 * Statistics of each condition over many datagrams. The bounds are more than five standard
 * deviations wide, so that any seed passes; MN_SEED tries another one.
 */
#include "base/hash.h"
#include "socket/conditions.h"
#include "support/seed.h"
#include "support/test.h"

#include <math.h>
#include <string.h>

enum { COUNT = 100000 };

static mn_conditions nothing(void)
{
    return (mn_conditions){.struct_size = sizeof(mn_conditions)};
}

static void assert_near(double value, double expected, double tolerance, const char *what)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%s is %f, expected %f +- %f, MN_SEED=%llu", what, value, expected, tolerance,
                 (unsigned long long)test_seed(1));
    }
}

/* Passes COUNT datagrams of 100 bytes, one a millisecond. */
static mni_line_counts pass_many(const mn_conditions *conditions)
{
    mni_line line;
    mni_line_counts counts = {0};
    mni_line_init(&line, test_seed(1));
    for (uint64_t i = 0; i < COUNT; i++) {
        mni_fate fate;
        mni_line_pass(&line, conditions, 100, i * 1000, &counts, &fate);
    }
    assert_int_equal(counts.entered, COUNT);
    return counts;
}

static void without_conditions_everything_passes_at_once(void **state)
{
    mn_conditions none = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    (void)state;
    mni_line_init(&line, 1);
    for (uint64_t now_us = 0; now_us < 1000; now_us++) {
        mni_fate fate;
        mni_line_pass(&line, &none, (uint32_t)now_us * 100, now_us, &counts, &fate);
        assert_int_equal(fate.copies, 1);
        assert_int_equal(fate.copy[0].due_us, now_us);
        assert_false(fate.copy[0].is_corrupt);
    }
    mni_line_counts only_entered = {.entered = 1000};
    assert_memory_equal(&counts, &only_entered, sizeof(counts));
}

static void wrong_conditions_are_refused(void **state)
{
    mn_conditions read = nothing();
    mn_conditions bad[12];
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        bad[i] = nothing();
    }
    bad[0].struct_size = 0;
    bad[1].struct_size = sizeof(mn_conditions) - 1;
    bad[2].loss = -0.001f;
    bad[3].loss = 1.001f;
    bad[4].loss = NAN;
    bad[5].duplicate = NAN;
    bad[6].reorder = 2.0f;
    bad[7].corrupt = -1.0f;
    bad[8].latency_us = MNI_LATENCY_US_MAX + 1;
    bad[9].jitter_us = UINT64_MAX;
    bad[10].corrupt = INFINITY;
    bad[11].reorder = NAN;
    for (size_t i = 0; i < 12; i++) {
        if (mni_conditions_read(&bad[i], &read) != MN_ERROR_ARGUMENT) {
            fail_msg("case %zu was accepted", i);
        }
    }
    mn_conditions good = nothing();
    good.loss = good.duplicate = good.reorder = good.corrupt = 1.0f;
    good.latency_us = good.jitter_us = MNI_LATENCY_US_MAX;
    good.queue_bytes = good.bytes_per_second = UINT64_MAX;
    assert_int_equal(mni_conditions_read(&good, &read), MN_OK);
    assert_memory_equal(&read, &good, sizeof(good));
    assert_int_equal(mni_conditions_read(NULL, &read), MN_OK);
    mn_conditions none = nothing();
    assert_memory_equal(&read, &none, sizeof(none));
}

typedef struct bursts {
    double share; /* of datagrams lost */
    double mean;  /* losses in a row */
} bursts;

static bursts lose(float loss, uint32_t burst)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    uint32_t runs = 0;
    bool was_lost = false;
    conditions.loss = loss;
    conditions.burst = burst;
    mni_line_init(&line, test_seed(2));
    for (uint64_t i = 0; i < COUNT; i++) {
        mni_fate fate;
        mni_line_pass(&line, &conditions, 100, i, &counts, &fate);
        bool is_lost = fate.copies == 0;
        runs += is_lost && !was_lost ? 1 : 0;
        was_lost = is_lost;
    }
    return (bursts){(double)counts.lost / (double)COUNT,
                    runs > 0 ? (double)counts.lost / (double)runs : 0.0};
}

static void losses_are_as_many_and_as_long_as_asked(void **state)
{
    static const struct {
        float loss;
        uint32_t burst;
        double mean, share_tolerance, mean_tolerance;
    } cases[] = {
        {0.0f, 0, 0, 0, 0},
        {0.0f, 4, 0, 0, 0},
        {0.05f, 0, 1 / 0.95, 0.005, 0.03}, /* independent: a run is geometric */
        {0.5f, 0, 2, 0.01, 0.07},
        {0.1f, 1, 1, 0.006, 0}, /* never two in a row */
        {0.05f, 5, 5, 0.013, 0.6},
        {0.3f, 10, 10, 0.05, 1.2},
        {0.9f, 2, 9, 0.025, 0.6}, /* bursts of 2 cannot make 90 %: they become longer */
        {1.0f, 0, COUNT, 0, 0},
        {1.0f, 3, COUNT, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bursts found = lose(cases[i].loss, cases[i].burst);
        assert_near(found.share, (double)cases[i].loss, cases[i].share_tolerance, "loss");
        assert_near(found.mean, cases[i].mean, cases[i].mean_tolerance, "mean burst");
    }
}

static void a_burst_ends_where_nothing_is_lost_any_more(void **state)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    mni_fate fate;
    (void)state;
    mni_line_init(&line, 1);
    conditions.burst = UINT32_MAX;
    conditions.loss = 0.999f;
    line.is_in_burst = true; /* in one that would last for billions of datagrams */
    mni_line_pass(&line, &conditions, 100, 0, &counts, &fate);
    assert_int_equal(fate.copies, 0);
    conditions.loss = 0.0f;
    mni_line_pass(&line, &conditions, 100, 0, &counts, &fate);
    assert_int_equal(fate.copies, 1);
    conditions.loss = 0.001f;
    mni_line_pass(&line, &conditions, 100, 0, &counts, &fate);
    assert_int_equal(fate.copies, 1);
}

static void the_other_chances_are_as_asked(void **state)
{
    mn_conditions conditions = nothing();
    (void)state;
    conditions.duplicate = 0.1f;
    conditions.corrupt = 0.05f;
    conditions.reorder = 0.02f;
    mni_line_counts counts = pass_many(&conditions);
    double copies = (double)COUNT + (double)counts.duplicated;
    assert_near((double)counts.duplicated / (double)COUNT, 0.1, 0.006, "duplicate");
    assert_near((double)counts.corrupted / copies, 0.05, 0.005, "corrupt");
    assert_near((double)counts.reordered / copies, 0.02, 0.003, "reorder");
    conditions.duplicate = conditions.corrupt = conditions.reorder = 1.0f;
    counts = pass_many(&conditions);
    assert_int_equal(counts.duplicated, COUNT);
    assert_int_equal(counts.corrupted, 2 * COUNT);
    assert_int_equal(counts.reordered, 2 * COUNT);
}

static void a_lost_datagram_is_not_doubled(void **state)
{
    mn_conditions conditions = nothing();
    (void)state;
    conditions.loss = 1.0f;
    conditions.duplicate = 1.0f;
    assert_int_equal(pass_many(&conditions).duplicated, 0);
}

static void jitter_spreads_evenly_and_keeps_the_order(void **state)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    double sum = 0;
    uint64_t last_us = 0;
    uint64_t least_us = UINT64_MAX;
    uint64_t most_us = 0;
    (void)state;
    conditions.latency_us = 50000;
    conditions.jitter_us = 20000;
    mni_line_init(&line, test_seed(3));
    for (uint64_t i = 0; i < COUNT; i++) {
        /* Alternately far from the one before, where jitter shows, and close, where order does. */
        uint64_t now_us = i / 2 * 100000 + i % 2 * 1000;
        mni_fate fate;
        mni_line_pass(&line, &conditions, 100, now_us, &counts, &fate);
        uint64_t delay_us = fate.copy[0].due_us - now_us;
        assert_true(fate.copy[0].due_us >= last_us);
        last_us = fate.copy[0].due_us;
        if (i % 2 == 0) {
            sum += (double)delay_us;
            least_us = delay_us < least_us ? delay_us : least_us;
            most_us = delay_us > most_us ? delay_us : most_us;
        }
    }
    assert_near(sum * 2 / (double)COUNT, 60000, 150, "mean delay");
    assert_true(least_us >= 50000 && least_us < 50100);
    assert_true(most_us <= 70000 && most_us > 69900);
}

static void a_reordered_datagram_is_held_back_and_passed_by_later_ones(void **state)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    uint64_t passed = 0;
    uint64_t held_until_us = 0;
    (void)state;
    conditions.latency_us = 10000;
    conditions.reorder = 0.1f;
    mni_line_init(&line, test_seed(4));
    for (uint64_t i = 0; i < COUNT; i++) {
        mni_fate fate;
        mni_line_pass(&line, &conditions, 100, i * 1000, &counts, &fate);
        uint64_t held_us = fate.copy[0].due_us - i * 1000 - 10000;
        if (held_us > 0) {
            assert_true(held_us >= MNI_REORDER_US_MIN && held_us <= MNI_REORDER_US_MAX);
            held_until_us = fate.copy[0].due_us;
        } else if (fate.copy[0].due_us < held_until_us) {
            passed++;
        }
    }
    assert_true(passed > COUNT / 2); /* one in ten, held for 27 places on average */
}

static void a_bottleneck_sends_exactly_its_rate(void **state)
{
    static const uint64_t rates[] = {1000, 37500, 125000, 999983, 12500000, 333333333};
    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        mn_conditions conditions = nothing();
        mni_line line;
        mni_line_counts counts = {0};
        mni_fate fate = {.copies = 0};
        uint64_t bytes = 0;
        conditions.bytes_per_second = rates[i];
        conditions.queue_bytes = UINT64_MAX;
        mni_line_init(&line, 1);
        for (uint32_t j = 0; j < 1000; j++) {
            uint32_t size = 1 + j * 7 % 1200;
            bytes += size;
            mni_line_pass(&line, &conditions, size, 5, &counts, &fate);
            assert_int_equal(fate.copies, 1);
            assert_int_equal(fate.copy[0].due_us, 5 + bytes * 1000000 / rates[i]);
        }
    }
}

static void an_idle_bottleneck_saves_nothing_up(void **state)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    mni_fate fate;
    (void)state;
    conditions.bytes_per_second = 3000000;
    mni_line_init(&line, 1);
    for (uint64_t now_us = 0; now_us < 10000000; now_us += 1000000) {
        mni_line_pass(&line, &conditions, 1000, now_us, &counts, &fate);
        assert_int_equal(fate.copy[0].due_us, now_us + 333);
        mni_line_pass(&line, &conditions, 1000, now_us, &counts, &fate);
        assert_int_equal(fate.copy[0].due_us, now_us + 666);
    }
}

static void a_slower_rate_owes_nothing_to_a_faster_one_before(void **state)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    mni_fate fate;
    (void)state;
    conditions.bytes_per_second = UINT64_C(1000000000000);
    mni_line_init(&line, 1);
    for (uint32_t i = 0; i < 500; i++) { /* each a thousandth of a microsecond */
        mni_line_pass(&line, &conditions, 1000, 5, &counts, &fate);
        assert_int_equal(fate.copy[0].due_us, 5);
    }
    conditions.bytes_per_second = 1000;
    mni_line_pass(&line, &conditions, 1000, 5, &counts, &fate);
    assert_int_equal(fate.copy[0].due_us, 1000005);
}

static void what_does_not_fit_before_the_bottleneck_is_dropped(void **state)
{
    static const struct {
        uint64_t queue_bytes;
        uint32_t passed; /* of datagrams of 1000 bytes at once */
    } cases[] = {{0, 65}, {10000, 10}, {2500, 2}, {1, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mn_conditions conditions = nothing();
        mni_line line;
        mni_line_counts counts = {0};
        mni_fate fate;
        conditions.bytes_per_second = 100000;
        conditions.queue_bytes = cases[i].queue_bytes;
        mni_line_init(&line, 1);
        for (uint32_t j = 0; j < 200; j++) {
            mni_line_pass(&line, &conditions, 1000, 77, &counts, &fate);
            assert_int_equal(fate.copies, j < cases[i].passed ? 1 : 0);
        }
        assert_int_equal(counts.queue_full, 200 - cases[i].passed);
        /* 10 ms later one of them has left, and one more fits. */
        mni_line_pass(&line, &conditions, 1000, 77 + 10000, &counts, &fate);
        assert_int_equal(fate.copies, 1);
    }
}

static void a_lost_datagram_has_used_the_bottleneck(void **state)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    mni_fate fate;
    (void)state;
    conditions.bytes_per_second = 1000000;
    conditions.loss = 1.0f;
    mni_line_init(&line, 1);
    mni_line_pass(&line, &conditions, 1000, 0, &counts, &fate);
    conditions.loss = 0.0f;
    mni_line_pass(&line, &conditions, 1000, 0, &counts, &fate);
    assert_int_equal(fate.copy[0].due_us, 2000);
}

static void large_datagrams_and_partitioned_ones_vanish(void **state)
{
    mn_conditions conditions = nothing();
    mni_line line;
    mni_line_counts counts = {0};
    mni_fate fate;
    (void)state;
    conditions.max_packet_size = 1200;
    mni_line_init(&line, 1);
    mni_line_pass(&line, &conditions, 1200, 0, &counts, &fate);
    assert_int_equal(fate.copies, 1);
    mni_line_pass(&line, &conditions, 1201, 0, &counts, &fate);
    assert_int_equal(fate.copies, 0);
    assert_int_equal(counts.too_large, 1);
    conditions.partitioned = 1;
    mni_line_pass(&line, &conditions, 1, 0, &counts, &fate);
    assert_int_equal(fate.copies, 0);
    assert_int_equal(counts.partitioned, 1);
}

static uint32_t count_flips(const uint8_t *bytes, uint32_t size)
{
    uint32_t flips = 0;
    for (uint32_t i = 0; i < size * 8; i++) {
        flips += bytes[i / 8] >> (i % 8) & 1u;
    }
    return flips;
}

static void corruption_always_changes_something_and_little(void **state)
{
    mni_line line;
    uint32_t cut = 0;
    uint32_t flipped[4] = {0};
    (void)state;
    mni_line_init(&line, test_seed(5));
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t bytes[64] = {0};
        uint32_t size = 1 + i % 64;
        uint32_t left = mni_line_corrupt(&line, bytes, size);
        uint32_t flips = count_flips(bytes, sizeof(bytes));
        assert_true(left < size ? flips == 0 : left == size && flips >= 1 && flips <= 3);
        assert_int_equal(flips, count_flips(bytes, size)); /* none past the end */
        cut += left < size ? 1 : 0;
        flipped[flips]++;
    }
    assert_near((double)cut / 20000, 0.25, 0.02, "share of cuts");
    for (uint32_t i = 1; i <= 3; i++) {
        assert_near((double)flipped[i] / 20000, 0.25, 0.02, "share of flips");
    }
    assert_int_equal(mni_line_corrupt(&line, NULL, 0), 0);
}

/* Of every fate under all conditions at once. */
static uint64_t digest(uint64_t seed)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE] = {0};
    mn_conditions conditions = {.struct_size = sizeof(conditions),
                                .loss = 0.1f,
                                .duplicate = 0.1f,
                                .reorder = 0.1f,
                                .corrupt = 0.1f,
                                .burst = 3,
                                .latency_us = 30000,
                                .jitter_us = 10000,
                                .bytes_per_second = 50000,
                                .queue_bytes = 5000,
                                .max_packet_size = 1200};
    mni_line line;
    mni_line_counts counts = {0};
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_line_init(&line, seed);
    for (uint64_t i = 0; i < 10000; i++) {
        mni_fate fate;
        mni_line_pass(&line, &conditions, (uint32_t)(i * 31 % 1300), i * 11000, &counts, &fate);
        mni_hash_add_u64(&hash, fate.copies);
        for (uint32_t j = 0; j < fate.copies; j++) {
            mni_hash_add_u64(&hash, fate.copy[j].due_us);
            mni_hash_add_u64(&hash, fate.copy[j].is_corrupt ? 1 : 0);
        }
    }
    assert_true(counts.lost > 0 && counts.queue_full > 0 && counts.too_large > 0);
    return mni_hash_end(&hash);
}

static void a_seed_gives_the_same_fate_everywhere_and_always(void **state)
{
    (void)state;
    assert_true(digest(1) == digest(1));
    assert_true(digest(1) != digest(2));
    /* Changes when the model does: then every recorded simulation changes as well. */
    assert_int_equal(digest(1), UINT64_C(0x9e49b31208311971));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_conditions_everything_passes_at_once),
        cmocka_unit_test(wrong_conditions_are_refused),
        cmocka_unit_test(losses_are_as_many_and_as_long_as_asked),
        cmocka_unit_test(a_burst_ends_where_nothing_is_lost_any_more),
        cmocka_unit_test(the_other_chances_are_as_asked),
        cmocka_unit_test(a_lost_datagram_is_not_doubled),
        cmocka_unit_test(jitter_spreads_evenly_and_keeps_the_order),
        cmocka_unit_test(a_reordered_datagram_is_held_back_and_passed_by_later_ones),
        cmocka_unit_test(a_bottleneck_sends_exactly_its_rate),
        cmocka_unit_test(an_idle_bottleneck_saves_nothing_up),
        cmocka_unit_test(a_slower_rate_owes_nothing_to_a_faster_one_before),
        cmocka_unit_test(what_does_not_fit_before_the_bottleneck_is_dropped),
        cmocka_unit_test(a_lost_datagram_has_used_the_bottleneck),
        cmocka_unit_test(large_datagrams_and_partitioned_ones_vanish),
        cmocka_unit_test(corruption_always_changes_something_and_little),
        cmocka_unit_test(a_seed_gives_the_same_fate_everywhere_and_always),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
