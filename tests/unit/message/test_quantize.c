/* SPDX-License-Identifier: MIT */
/*
 * For every kind: what a value becomes, that any bits at all become something, and that what was
 * stored loads as what it was.
 */
#include "base/random.h"
#include "message/field.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static mni_leaf leaf_of(uint8_t kind, uint32_t size, double min, double max, double step,
                        uint16_t packing)
{
    mn_field field = {.min = min,
                      .max = max,
                      .step = step,
                      .size = size,
                      .count = 1,
                      .kind = kind,
                      .packing = packing,
                      .name = "x"};
    const char *fault = mni_field_fault(&field);
    if (fault != NULL) {
        fail_msg("kind %u, size %u: %s", kind, size, fault);
    }
    return mni_field_leaf(&field);
}

static uint64_t load_one(const mni_leaf *leaf, const void *element)
{
    uint64_t quanta[MNI_RUN_MAX] = {0};
    assert_int_equal(mni_leaf_load(leaf, element, 1, quanta), 1);
    assert_true(mni_leaf_accepts(leaf, quanta, 1));
    return quanta[0];
}

static double back(const mni_leaf *leaf, uint64_t quantum)
{
    uint64_t quanta[MNI_RUN_MAX] = {quantum};
    float narrow = 0;
    double wide = 0;
    mni_leaf_store(leaf, quanta, 1, leaf->size == 4 ? (void *)&narrow : (void *)&wide);
    return leaf->size == 4 ? (double)narrow : wide;
}

static void integers_are_clamped_to_their_range(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind, size;
        int64_t min, max, value, expected;
    } cases[] = {
        {MN_KIND_INT, 4, 0, 100, 50, 50},
        {MN_KIND_INT, 4, 0, 100, -1, 0},
        {MN_KIND_INT, 4, 0, 100, 101, 100},
        {MN_KIND_INT, 4, -7, -3, 0, -3},
        {MN_KIND_INT, 4, -7, -3, INT32_MIN, -7},
        {MN_KIND_INT, 1, -128, 127, -128, -128},
        {MN_KIND_INT, 2, -300, 300, 32767, 300},
        {MN_KIND_INT, 8, -(INT64_C(1) << 53), INT64_C(1) << 53, INT64_MIN, -(INT64_C(1) << 53)},
        {MN_KIND_INT, 8, 0, 0, INT64_MIN, INT64_MIN},
        {MN_KIND_INT, 8, 0, 0, INT64_MAX, INT64_MAX},
        {MN_KIND_INT, 2, 0, 0, -5, -5},
        {MN_KIND_UINT, 4, 10, 20, 9, 10},
        {MN_KIND_UINT, 4, 10, 20, 0xffffffff, 20},
        {MN_KIND_UINT, 1, 0, 255, 200, 200},
        {MN_KIND_UINT, 8, 0, 0, -1, -1},
        {MN_KIND_UINT, 8, 5, 6, -1, 6}, /* the largest there is, not below 5 */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        mni_leaf leaf =
            leaf_of(cases[i].kind, cases[i].size, (double)cases[i].min, (double)cases[i].max, 1, 0);
        int64_t value = cases[i].value; /* the low bytes come first on what we test on */
        uint64_t quantum = load_one(&leaf, &value);
        int64_t stored = cases[i].expected < 0 && cases[i].kind == MN_KIND_INT ? -1 : 0;
        mni_leaf_store(&leaf, &quantum, 1, &stored);
        if (stored != cases[i].expected) {
            fail_msg("case %zu: %" PRId64, i, stored);
        }
    }
}

static void packing_gives_integers_a_number_of_bits(void **state)
{
    (void)state;
    mni_leaf leaf = leaf_of(MN_KIND_UINT, 4, 0, 0, 0, 12);
    assert_int_equal(leaf.bits, 12);
    assert_int_equal(load_one(&leaf, &(uint32_t){5000}), 4095);
    leaf = leaf_of(MN_KIND_INT, 4, 0, 0, 0, 4);
    assert_int_equal(leaf.bits, 4);
    assert_int_equal(load_one(&leaf, &(int32_t){-9}), 0);
    assert_int_equal(load_one(&leaf, &(int32_t){-8}), 0);
    assert_int_equal(load_one(&leaf, &(int32_t){0}), 8);
    assert_int_equal(load_one(&leaf, &(int32_t){7}), 15);
    assert_int_equal(load_one(&leaf, &(int32_t){100}), 15);
}

static void ranges_take_the_fewest_bits(void **state)
{
    (void)state;
    assert_int_equal(leaf_of(MN_KIND_INT, 4, 0, 1, 1, 0).bits, 1);
    assert_int_equal(leaf_of(MN_KIND_INT, 4, 0, 100, 1, 0).bits, 7);
    assert_int_equal(leaf_of(MN_KIND_INT, 4, -64, 63, 1, 0).bits, 7);
    assert_int_equal(leaf_of(MN_KIND_INT, 4, -64, 64, 1, 0).bits, 8);
    assert_int_equal(leaf_of(MN_KIND_FLOAT, 4, -512, 512, 0.01, 0).bits, 17);
    assert_int_equal(leaf_of(MN_KIND_FLOAT, 4, -512, 512, 0.01, 0).limit, 102400);
    assert_int_equal(leaf_of(MN_KIND_FLOAT, 4, 0, 1, 0, 8).limit, 255);
    assert_int_equal(leaf_of(MN_KIND_FLOAT, 4, 0, 1, 0.3, 0).limit, 4); /* never coarser */
    assert_int_equal(leaf_of(MN_KIND_FLOAT, 4, 0, 1, 5, 0).limit, 1);
    assert_int_equal(leaf_of(MN_KIND_ANGLE, 4, 0, 0, 0, 0).bits, 16);
    assert_int_equal(leaf_of(MN_KIND_QUATERNION, 16, 0, 0, 0, 0).bits, 10);
}

static void anything_but_zero_is_true(void **state)
{
    (void)state;
    mni_leaf leaf = leaf_of(MN_KIND_BOOL, 1, 0, 0, 0, 0);
    for (uint32_t i = 0; i < 256; i++) {
        assert_int_equal(load_one(&leaf, &(uint8_t){(uint8_t)i}), i != 0);
    }
    leaf = leaf_of(MN_KIND_BOOL, 4, 0, 0, 0, 0);
    assert_int_equal(load_one(&leaf, &(uint32_t){0x100}), 1);
}

static void reals_go_to_the_nearest_step(void **state)
{
    (void)state;
    static const struct {
        double value;
        uint64_t quantum;
    } cases[] = {
        {-1, 0},    {-0.96, 0},  {-0.94, 1}, {0, 10},    {0.04, 10},
        {0.06, 11}, {0.951, 20}, {1, 20},    {1e30, 20}, {-1e30, 0},
    };
    mni_leaf narrow = leaf_of(MN_KIND_FLOAT, 4, -1, 1, 0.1, 0);
    mni_leaf wide = leaf_of(MN_KIND_FLOAT, 8, -1, 1, 0.1, 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(load_one(&narrow, &(float){(float)cases[i].value}), cases[i].quantum);
        assert_int_equal(load_one(&wide, &cases[i].value), cases[i].quantum);
    }
    assert_true(back(&narrow, 0) == -1 && back(&narrow, 10) == 0 && back(&narrow, 20) == 1);
}

static double special(uint32_t which)
{
    static const uint64_t bits[] = {
        UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000001), UINT64_C(0x7ff0000000000001),
        UINT64_C(0x7ff0000000000000), UINT64_C(0xfff0000000000000), UINT64_C(0x0000000000000001),
        UINT64_C(0x8000000000000000), UINT64_C(0x7fefffffffffffff), UINT64_C(0xffefffffffffffff),
    };
    double value;
    memcpy(&value, &bits[which % COUNT(bits)], 8);
    return value;
}

static void what_is_not_a_number_becomes_one(void **state)
{
    (void)state;
    mni_leaf real = leaf_of(MN_KIND_FLOAT, 8, -5, 5, 0.5, 0);
    mni_leaf angle = leaf_of(MN_KIND_ANGLE, 8, 0, 0, 0, 8);
    for (uint32_t i = 0; i < 3; i++) {
        double nan = special(i);
        assert_int_equal(load_one(&real, &nan), 0);
        assert_int_equal(load_one(&angle, &nan), 0);
    }
    assert_int_equal(load_one(&real, &(double){special(3)}), 20);
    assert_int_equal(load_one(&real, &(double){special(4)}), 0);
    assert_int_equal(load_one(&angle, &(double){special(3)}), 0);
    assert_int_equal(load_one(&angle, &(double){special(4)}), 0);
}

static void a_step_without_bounds_reaches_as_far_as_it_can(void **state)
{
    (void)state;
    mni_leaf leaf = leaf_of(MN_KIND_FLOAT, 4, 0, 0, 0.25, 0);
    assert_true(leaf.is_small);
    assert_true(back(&leaf, load_one(&leaf, &(float){1000000.3F})) == 1000000.25);
    assert_true(back(&leaf, load_one(&leaf, &(float){-3.1F})) == -3);
    assert_true(back(&leaf, load_one(&leaf, &(float){1e9F})) == 0.25 * (1 << 22));
    assert_true(back(&leaf, leaf.origin) == 0);
}

static void floats_of_full_width_are_kept(void **state)
{
    (void)state;
    mni_leaf leaf = leaf_of(MN_KIND_FLOAT, 4, 0, 0, 0, 0);
    static const float ascending[] = {-3e38F, -1, -1e-40F, 0, 1e-40F, 0.1F, 1, 3e38F};
    uint64_t last = 0;
    for (size_t i = 0; i < COUNT(ascending); i++) {
        uint64_t quantum = load_one(&leaf, &ascending[i]);
        assert_true(quantum > last);
        assert_true(back(&leaf, quantum) == (double)ascending[i]);
        last = quantum;
    }
    assert_true(load_one(&leaf, &(float){-0.0F}) == load_one(&leaf, &(float){0}));
    uint32_t nans[] = {0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff};
    for (size_t i = 0; i < COUNT(nans); i++) {
        assert_true(load_one(&leaf, &nans[i]) == load_one(&leaf, &nans[0]));
    }
    assert_false(mni_leaf_accepts(&leaf, &(uint64_t){0x7fffffff}, 1)); /* would be -0 */
    assert_false(mni_leaf_accepts(&leaf, &(uint64_t){0xffffffff}, 1)); /* another NaN */
    assert_true(mni_leaf_accepts(&leaf, &(uint64_t){0xffc00000}, 1));
}

static void angles_go_round(void **state)
{
    (void)state;
    mni_leaf degrees = leaf_of(MN_KIND_ANGLE, 4, -180, 180, 0, 8); /* steps of 1.40625 */
    static const struct {
        float value;
        uint64_t quantum;
    } cases[] = {{-180, 0}, {180, 0},    {0, 128},    {360, 128},   {-360, 128}, {179.9F, 0},
                 {90, 192}, {-270, 192}, {3690, 192}, {-180.5F, 0}, {-181, 255}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (load_one(&degrees, &cases[i].value) != cases[i].quantum) {
            fail_msg("case %zu", i);
        }
    }
    mni_leaf radians = leaf_of(MN_KIND_ANGLE, 4, 0, 0, 0, 0);
    assert_int_equal(load_one(&radians, &(float){3.14159265F}), 32768);
    assert_int_equal(load_one(&radians, &(float){-1.57079633F}), 49152);
    assert_int_equal(load_one(&radians, &(float){6.2831F}), 65535);
    assert_int_equal(load_one(&radians, &(float){6.2831853F}), 0);
}

static uint64_t random_width(mni_random *random) /* of any magnitude */
{
    return mni_random_next(random) >> mni_random_below(random, 64);
}

/* Any bits at all, or a number from -range to range. */
static void random_element(mni_random *random, double range, uint32_t size, void *out)
{
    uint64_t bits = random_width(random);
    double wide = (2 * mni_random_unit(random) - 1) * range;
    wide = mni_random_chance(random, 0.1) ? special((uint32_t)mni_random_below(random, 9)) : wide;
    float narrow = (float)wide;
    if (mni_random_chance(random, 0.3)) {
        memcpy(out, &bits, size);
    } else {
        memcpy(out, size == 4 ? (void *)&narrow : (void *)&wide, size);
    }
}

static void check_comes_back(const mni_leaf *leaf, const void *element, uint64_t seed)
{
    uint64_t first[MNI_RUN_MAX] = {0};
    uint64_t second[MNI_RUN_MAX] = {0};
    uint8_t stored[32];
    uint32_t count = mni_leaf_load(leaf, element, 1, first);
    mni_leaf_store(leaf, first, 1, stored);
    (void)mni_leaf_load(leaf, stored, 1, second);
    if (memcmp(first, second, count * sizeof first[0]) != 0 || !mni_leaf_accepts(leaf, first, 1)) {
        fail_msg("MN_SEED=%" PRIu64 ": form %u, size %u, %u bits, min %g, step %g: %" PRIu64
                 " came back as %" PRIu64,
                 seed, leaf->form, leaf->size, leaf->bits, leaf->min, leaf->step, first[0],
                 second[0]);
    }
}

/* A field of a random kind and range; false if that kind cannot have that range. */
static bool random_leaf(mni_random *random, mni_leaf *leaf_out)
{
    static const uint8_t kinds[] = {MN_KIND_INT, MN_KIND_UINT, MN_KIND_FLOAT, MN_KIND_ANGLE};
    mn_field field = {.count = 1, .name = "x", .kind = kinds[mni_random_below(random, 4)]};
    bool is_real = field.kind == MN_KIND_FLOAT || field.kind == MN_KIND_ANGLE;
    field.size = 1U << (is_real ? 2 + mni_random_below(random, 2) : mni_random_below(random, 4));
    if (mni_random_chance(random, 0.7)) {
        double a = is_real ? (mni_random_unit(random) - 0.5) * (double)(random_width(random) >> 11)
                           : (double)(int64_t)(random_width(random) >> 11);
        double b = is_real ? (mni_random_unit(random) - 0.5) * (double)(random_width(random) >> 11)
                           : -(double)(int64_t)(random_width(random) >> 11);
        field.min = a < b ? a : b;
        field.max = a < b ? b : a;
    }
    if (field.kind == MN_KIND_FLOAT && mni_random_chance(random, 0.7)) {
        double whole = (double)(1 + (random_width(random) >> 16));
        field.step = (field.max - field.min) / whole;
    } else if (mni_random_chance(random, 0.5)) {
        field.packing = (uint16_t)mni_random_below(random, 33);
    }
    if (mni_field_fault(&field) != NULL) {
        return false;
    }
    *leaf_out = mni_field_leaf(&field);
    return true;
}

static void whatever_was_stored_loads_as_what_it_was(void **state)
{
    (void)state;
    uint64_t seed = test_seed(21);
    mni_random random;
    mni_random_init(&random, seed);
    uint32_t leaves = 0;
    for (uint32_t round = 0; round < 6000; round++) {
        mni_leaf leaf;
        if (!random_leaf(&random, &leaf)) {
            continue;
        }
        leaves++;
        for (uint32_t i = 0; i < 30; i++) {
            uint8_t element[32];
            random_element(&random, 1.2 * leaf.step * (double)(leaf.limit | 1), leaf.size, element);
            check_comes_back(&leaf, element, seed);
        }
        for (uint32_t i = 0; i < 30; i++) { /* quanta themselves, both ends among them */
            uint64_t quanta[MNI_RUN_MAX] = {i == 0 ? 0 : leaf.limit};
            if (i > 1 && leaf.limit < UINT64_MAX) {
                quanta[0] = mni_random_below(&random, leaf.limit + 1);
            }
            if (mni_leaf_accepts(&leaf, quanta, 1)) {
                uint8_t element[32];
                uint64_t again[MNI_RUN_MAX];
                mni_leaf_store(&leaf, quanta, 1, element);
                (void)mni_leaf_load(&leaf, element, 1, again);
                if (again[0] != quanta[0]) {
                    check_comes_back(&leaf, element, seed);
                    fail_msg("MN_SEED=%" PRIu64 ": form %u, quantum %" PRIu64, seed, leaf.form,
                             quanta[0]);
                }
            }
        }
    }
    assert_true(leaves > 1500);
}

static void the_error_of_a_real_is_half_a_step(void **state)
{
    (void)state;
    uint64_t seed = test_seed(22);
    mni_random random;
    mni_random_init(&random, seed);
    mni_leaf leaf = leaf_of(MN_KIND_FLOAT, 4, -512, 512, 0.01, 0);
    for (uint32_t i = 0; i < 100000; i++) {
        float value = (float)(1024 * mni_random_unit(&random) - 512);
        double error = back(&leaf, load_one(&leaf, &value)) - (double)value;
        if (error > 0.00503 || error < -0.00503) { /* and what a float has there, 0.00003 */
            fail_msg("MN_SEED=%" PRIu64 ": %g", seed, (double)value);
        }
    }
}

static void quaternions_that_mean_nothing_are_the_identity(void **state)
{
    (void)state;
    mni_leaf leaf = leaf_of(MN_KIND_QUATERNION, 16, 0, 0, 0, 10);
    float nan = (float)special(0);
    float infinity = (float)special(3);
    const float cases[][4] = {
        {0, 0, 0, 0},  {nan, 0, 0, 1}, {0, infinity, 0, 1},
        {0, 0, 0, -1}, {0, 0, 0, 17},  {1e-30F, 0, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t quanta[MNI_RUN_MAX];
        float out[4];
        assert_int_equal(mni_leaf_load(&leaf, cases[i], 1, quanta), 4);
        mni_leaf_store(&leaf, quanta, 1, out);
        assert_true(out[0] == 0 && out[1] == 0 && out[2] == 0 && out[3] > 0.9999999F);
    }
}

static void rotations_about_an_axis_are_kept(void **state)
{
    (void)state;
    static const float half = 0.70710678F;
    static const float cases[][4] = {
        {1, 0, 0, 0},       {0, 1, 0, 0},        {half, 0, 0, half},  {0, half, 0, half},
        {0, half, half, 0}, {half, 0, 0, -half}, {0, 0, -half, half},
    };
    for (uint16_t packing = 2; packing <= 16; packing++) {
        mni_leaf leaf = leaf_of(MN_KIND_QUATERNION, 16, 0, 0, 0, packing);
        for (size_t i = 0; i < COUNT(cases); i++) {
            uint64_t quanta[MNI_RUN_MAX];
            float out[4];
            (void)mni_leaf_load(&leaf, cases[i], 1, quanta);
            mni_leaf_store(&leaf, quanta, 1, out);
            float dot = 0;
            for (uint32_t j = 0; j < 4; j++) {
                dot += out[j] * cases[i][j];
            }
            if (dot < 0.999999F && dot > -0.999999F) {
                fail_msg("packing %u, case %zu", packing, i);
            }
        }
    }
}

/* Random, and with components as near to each other as floats are. */
static void random_quaternion(mni_random *random, double out[4])
{
    double level = mni_random_unit(random);
    bool is_close = mni_random_chance(random, 0.5);
    for (uint32_t i = 0; i < 4; i++) {
        out[i] = 2 * mni_random_unit(random) - 1;
        if (is_close && mni_random_chance(random, 0.7)) {
            double noise = 1 + (mni_random_unit(random) - 0.5) /
                                   (double)(UINT64_C(1) << mni_random_below(random, 30));
            out[i] = (mni_random_chance(random, 0.5) ? level : -level) * noise;
        }
    }
}

static void quaternions_come_back_and_their_sign_means_nothing(void **state)
{
    (void)state;
    uint64_t seed = test_seed(23);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 60000; round++) {
        uint32_t size = round % 2 == 0 ? 16 : 32;
        mni_leaf leaf = leaf_of(MN_KIND_QUATERNION, size, 0, 0, 0,
                                (uint16_t)(2 + mni_random_below(&random, 15)));
        double wide[4];
        double opposite[4];
        float narrow[4];
        float narrow_opposite[4];
        random_quaternion(&random, wide);
        for (uint32_t i = 0; i < 4; i++) {
            narrow[i] = (float)wide[i];
            opposite[i] = -wide[i];
            narrow_opposite[i] = -narrow[i];
        }
        check_comes_back(&leaf, size == 16 ? (void *)narrow : (void *)wide, seed);
        uint64_t a[MNI_RUN_MAX];
        uint64_t b[MNI_RUN_MAX];
        (void)mni_leaf_load(&leaf, size == 16 ? (void *)narrow : (void *)wide, 1, a);
        (void)mni_leaf_load(&leaf, size == 16 ? (void *)narrow_opposite : (void *)opposite, 1, b);
        if (memcmp(a, b, sizeof a) != 0) {
            fail_msg("MN_SEED=%" PRIu64 ", round %u", seed, round);
        }
    }
}

static void the_error_of_a_quaternion_is_two_steps(void **state)
{
    (void)state;
    uint64_t seed = test_seed(24);
    mni_random random;
    mni_random_init(&random, seed);
    mni_leaf leaf = leaf_of(MN_KIND_QUATERNION, 32, 0, 0, 0, 10);
    double worst = 0;
    for (uint32_t round = 0; round < 60000; round++) {
        double in[4];
        double out[4];
        random_quaternion(&random, in);
        uint64_t quanta[MNI_RUN_MAX];
        (void)mni_leaf_load(&leaf, in, 1, quanta);
        mni_leaf_store(&leaf, quanta, 1, out);
        double in_square = 0;
        double out_square = 0;
        double dot = 0;
        for (uint32_t i = 0; i < 4; i++) {
            in_square += in[i] * in[i];
            out_square += out[i] * out[i];
            dot += in[i] * out[i];
        }
        if (in_square > 0.01) {
            double sine_square = 1 - dot * dot / in_square / out_square; /* of half the angle */
            worst = sine_square > worst ? sine_square : worst;
            assert_true(out_square > 1 - 1e-12 && out_square < 1 + 1e-12);
        }
    }
    assert_true(worst < 4 * leaf.step * leaf.step);
}

static void a_triple_that_is_accepted_comes_back(void **state)
{
    (void)state;
    for (uint16_t packing = 2; packing <= 5; packing++) {
        mni_leaf leaf = leaf_of(MN_KIND_QUATERNION, 16, 0, 0, 0, packing);
        uint64_t side = leaf.limit + 2; /* and one that is too large */
        uint32_t accepted = 0;
        for (uint64_t i = 0; i < 5 * side * side * side; i++) {
            uint64_t quanta[MNI_RUN_MAX] = {i / side / side / side, i / side / side % side,
                                            i / side % side, i % side};
            if (!mni_leaf_accepts(&leaf, quanta, 1)) {
                continue;
            }
            uint64_t again[MNI_RUN_MAX];
            float element[4];
            mni_leaf_store(&leaf, quanta, 1, element);
            (void)mni_leaf_load(&leaf, element, 1, again);
            if (memcmp(quanta, again, sizeof again) != 0) {
                fail_msg("packing %u: %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, packing,
                         quanta[0], quanta[1], quanta[2], quanta[3]);
            }
            accepted++;
        }
        assert_true(8 * accepted > 4 * side * side * side / 3);
    }
}

/* Where the largest and the second are within two steps of each other, rounding could swap them. */
static void triples_on_the_edge_come_back_too(void **state)
{
    (void)state;
    uint64_t seed = test_seed(25);
    mni_random random;
    mni_random_init(&random, seed);
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < 40000; round++) {
        uint32_t size = round % 2 == 0 ? 16 : 32;
        mni_leaf leaf = leaf_of(MN_KIND_QUATERNION, size, 0, 0, 0,
                                (uint16_t)(6 + mni_random_below(&random, 11)));
        uint64_t h = leaf.limit / 2;
        uint64_t b = mni_random_below(&random, h * 4 / 5);
        uint64_t c = mni_random_chance(&random, 0.3) ? 0 : mni_random_below(&random, h * 4 / 5);
        uint64_t low = 0;
        for (uint64_t bit = 1U << 15; bit > 0; bit /= 2) { /* sqrt((2h² - b² - c²) / 2) */
            uint64_t a = low + bit;
            low = 2 * a * a <= 2 * h * h - b * b - c * c ? a : low;
        }
        uint64_t a = low + 2 - mni_random_below(&random, 5);
        uint64_t quanta[MNI_RUN_MAX] = {mni_random_below(&random, 4), h + a, h - b, h + c};
        for (uint32_t i = 3; i > 1; i--) {
            uint32_t other = 1 + (uint32_t)mni_random_below(&random, i);
            uint64_t swapped = quanta[i];
            quanta[i] = quanta[other];
            quanta[other] = swapped;
        }
        if (mni_leaf_accepts(&leaf, quanta, 1)) {
            uint64_t again[MNI_RUN_MAX];
            uint8_t element[32];
            mni_leaf_store(&leaf, quanta, 1, element);
            (void)mni_leaf_load(&leaf, element, 1, again);
            accepted++;
            if (memcmp(quanta, again, sizeof again) != 0) {
                fail_msg("MN_SEED=%" PRIu64 ", round %u", seed, round);
            }
        }
    }
    assert_true(accepted > 10000 && accepted < 30000);
}

static void every_platform_gets_the_same_bits(void **state)
{
    (void)state;
    static const uint8_t key[MNI_HASH_KEY_SIZE];
    const mni_leaf leaves[] = {
        leaf_of(MN_KIND_FLOAT, 4, -512, 512, 0.01, 0), leaf_of(MN_KIND_FLOAT, 8, -1, 7, 0.003, 0),
        leaf_of(MN_KIND_ANGLE, 4, 0, 0, 0, 0),         leaf_of(MN_KIND_QUATERNION, 16, 0, 0, 0, 10),
        leaf_of(MN_KIND_QUATERNION, 32, 0, 0, 0, 15),
    };
    mni_random random;
    mni_random_init(&random, 1);
    mni_hash hash;
    mni_hash_init(&hash, key);
    for (uint32_t round = 0; round < 5000; round++) {
        const mni_leaf *leaf = &leaves[round % COUNT(leaves)];
        double wide[4];
        float narrow[4];
        for (uint32_t i = 0; i < 4; i++) {
            wide[i] = 20 * mni_random_unit(&random) - 10;
            narrow[i] = (float)wide[i];
        }
        bool is_wide = leaf->size == 8 || leaf->size == 32;
        uint64_t quanta[MNI_RUN_MAX];
        uint64_t stored[4] = {0};
        uint32_t count = mni_leaf_load(leaf, is_wide ? (void *)wide : (void *)narrow, 1, quanta);
        mni_leaf_store(leaf, quanta, 1, stored);
        for (uint32_t i = 0; i < count; i++) {
            mni_hash_add_u64(&hash, quanta[i]);
        }
        mni_hash_add(&hash, stored, leaf->size); /* as it lies: little-endian */
    }
    assert_true(mni_hash_end(&hash) == UINT64_C(0x6685c46891ed1363));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_clamped_to_their_range),
        cmocka_unit_test(packing_gives_integers_a_number_of_bits),
        cmocka_unit_test(ranges_take_the_fewest_bits),
        cmocka_unit_test(anything_but_zero_is_true),
        cmocka_unit_test(reals_go_to_the_nearest_step),
        cmocka_unit_test(what_is_not_a_number_becomes_one),
        cmocka_unit_test(a_step_without_bounds_reaches_as_far_as_it_can),
        cmocka_unit_test(floats_of_full_width_are_kept),
        cmocka_unit_test(angles_go_round),
        cmocka_unit_test(whatever_was_stored_loads_as_what_it_was),
        cmocka_unit_test(the_error_of_a_real_is_half_a_step),
        cmocka_unit_test(quaternions_that_mean_nothing_are_the_identity),
        cmocka_unit_test(rotations_about_an_axis_are_kept),
        cmocka_unit_test(quaternions_come_back_and_their_sign_means_nothing),
        cmocka_unit_test(the_error_of_a_quaternion_is_two_steps),
        cmocka_unit_test(a_triple_that_is_accepted_comes_back),
        cmocka_unit_test(triples_on_the_edge_come_back_too),
        cmocka_unit_test(every_platform_gets_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
