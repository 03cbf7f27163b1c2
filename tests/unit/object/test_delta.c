/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "message/codec.h"
#include "object/delta.h"
#include "object/fragment.h"
#include "support/kinds.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

enum { BYTES = 256 };

static size_t write(const mni_kind *kind, uint64_t mask, const void *state, const void *baseline,
                    uint8_t *bytes)
{
    memset(bytes, 0xff, BYTES);
    mni_bit_writer writer = mni_bit_writer_over(bytes, BYTES);
    mni_delta_write(kind, mask, state, baseline, &writer);
    assert_false(writer.failed);
    return mni_bit_writer_count(&writer);
}

static mni_bit_reader reader_over(const uint8_t *bytes, size_t count)
{
    mni_bit_reader reader = mni_bit_reader_over(bytes, BYTES);
    reader.end = count;
    return reader;
}

static stage_tank canonical(const mni_kind *kind, const stage_tank *tank)
{
    stage_tank out;
    memset(&out, 0, sizeof out);
    mni_layout_quantise(&kind->type->layout, kind->everything, tank, &out);
    return out;
}

static void a_delta_rebuilds_the_state(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    uint64_t seed = test_seed(7);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t i = 0; i < 2000; i++) {
        stage_tank before = canonical(all.tank, &(stage_tank){.counter = 3, .name = "old"});
        stage_tank raw = before;
        uint64_t which = mni_random_next(&random);
        raw.position[0] = (which & 1) != 0 ? 100.0F * (float)mni_random_unit(&random) : 0;
        raw.counter = (which & 2) != 0 ? (int32_t)mni_random_below(&random, 1000) : raw.counter;
        raw.ammo = (which & 4) != 0 ? (int32_t)mni_random_below(&random, 1000) : raw.ammo;
        if ((which & 8) != 0) {
            raw.name[0] = 'x';
        }
        raw.target.id = (which & 16) != 0 ? 77 : 0;
        stage_tank after = canonical(all.tank, &raw);
        uint8_t bytes[BYTES];
        size_t count = write(all.tank, all.tank->everything, &after, &before, bytes);
        mni_bit_reader reader = reader_over(bytes, count);
        stage_tank read;
        assert_true(mni_delta_read(all.tank, &before, &reader, &read));
        assert_int_equal(mni_bit_reader_left(&reader), 0);
        assert_memory_equal(&read, &after, sizeof after);
    }
    test_kinds_close(&all);
}

static void what_is_not_in_the_mask_does_not_travel(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    stage_tank before = canonical(all.tank, &(stage_tank){.counter = 3});
    stage_tank after = before;
    uint8_t bytes[BYTES];
    size_t nothing = write(all.tank, all.tank->in_public, &after, &before, bytes);
    after.ammo = 9;
    after.secret[0] = 'x';
    assert_int_equal(write(all.tank, all.tank->in_public, &after, &before, bytes), nothing);
    assert_true(write(all.tank, all.tank->everything, &after, &before, bytes) > nothing);
    test_kinds_close(&all);
}

static void the_first_group_alone_takes_one_bit(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    stage_tank before = canonical(all.tank, &(stage_tank){0});
    stage_tank after = before;
    after.position[0] = 0.01F;
    after = canonical(all.tank, &after);
    uint8_t bytes[BYTES];
    (void)write(all.tank, all.tank->everything, &after, &before, bytes);
    assert_int_equal(bytes[0] & 1, 1);      /* only group 0 */
    assert_int_equal(bytes[0] >> 1 & 3, 1); /* its first field */
    stage_flag up = {1};
    stage_flag down = {0};
    /* One group of one field: a bit that says so, and the value. */
    assert_true(write(all.flag, 1, &up, &down, bytes) <= 2);
    assert_int_equal(write(all.flag, 1, &up, &up, bytes), 1);
    test_kinds_close(&all);
}

static void what_is_said_too_long_or_cut_is_refused(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    const void *defaults = all.tank->type->defaults;
    stage_tank read;
    uint8_t long_form[4] = {0};
    mni_bit_writer writer = mni_bit_writer_over(long_form, sizeof long_form);
    mni_write_bits(&writer, 0, 1);
    mni_write_bits(&writer, 1, 4); /* group 0 alone, in the long form */
    mni_bit_reader reader = mni_bit_reader_over(long_form, sizeof long_form);
    assert_false(mni_delta_read(all.tank, defaults, &reader, &read));
    uint8_t no_field[4] = {1}; /* group 0, none of its fields */
    reader = mni_bit_reader_over(no_field, sizeof no_field);
    assert_false(mni_delta_read(all.tank, defaults, &reader, &read));

    stage_tank after = canonical(all.tank, &(stage_tank){.counter = 77, .name = "somebody"});
    uint8_t bytes[BYTES];
    size_t count = write(all.tank, all.tank->everything, &after, defaults, bytes);
    for (size_t cut = 0; cut < count; cut++) {
        reader = reader_over(bytes, cut);
        assert_false(mni_delta_read(all.tank, defaults, &reader, &read));
    }
    test_kinds_close(&all);
}

static void a_fragment_is_encoded_once(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    mni_fragments fragments;
    assert_int_equal(mni_fragments_init(&fragments, &all.memory), MN_OK);
    stage_tank before = canonical(all.tank, &(stage_tank){0});
    stage_tank after = canonical(all.tank, &(stage_tank){.counter = 5, .ammo = 6});
    mni_fragment_source source = {
        .kind = all.tank, .state = &after, .baseline = &before, .object = 1, .baseline_version = 3};
    uint8_t bytes[BYTES];
    size_t in_public = write(all.tank, all.tank->in_public, &after, &before, bytes);
    mni_bit_reader first = mni_fragment_of(&fragments, &source);
    assert_int_equal(mni_bit_reader_left(&first), in_public);
    uint32_t used = fragments.used;
    mni_bit_reader second = mni_fragment_of(&fragments, &source);
    assert_int_equal(fragments.used, used);
    assert_int_equal(second.at, first.at);
    stage_tank read;
    assert_true(mni_delta_read(all.tank, &before, &second, &read));
    assert_int_equal(read.counter, 5);
    assert_int_equal(read.ammo, 0);
    source.is_owner = true; /* somebody else's eyes: other bits */
    mni_bit_reader third = mni_fragment_of(&fragments, &source);
    assert_true(mni_bit_reader_left(&third) > in_public);
    source.baseline_version = 4;
    (void)mni_fragment_of(&fragments, &source);
    assert_true(fragments.used > used);
    mni_fragments_forget(&fragments);
    assert_int_equal(fragments.used, 0);
    after.counter = 6;
    mni_bit_reader fourth = mni_fragment_of(&fragments, &source);
    assert_true(mni_delta_read(all.tank, &before, &fourth, &read));
    assert_int_equal(read.counter, 6);
    mni_fragments_clear(&fragments);
    test_kinds_close(&all);
}

static void a_full_arena_begins_anew(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    mni_fragments fragments;
    assert_int_equal(mni_fragments_init(&fragments, &all.memory), MN_OK);
    for (uint32_t i = 1; i < 20000; i++) {
        stage_tank after =
            canonical(all.tank, &(stage_tank){.counter = (int32_t)i, .name = "a long name"});
        mni_fragment_source source = {.kind = all.tank,
                                      .state = &after,
                                      .baseline = all.tank->type->defaults,
                                      .object = i,
                                      .baseline_version = MNI_FRAGMENT_NO_BASELINE};
        mni_bit_reader reader = mni_fragment_of(&fragments, &source);
        stage_tank read;
        assert_true(mni_delta_read(all.tank, all.tank->type->defaults, &reader, &read));
        assert_int_equal(read.counter, i);
    }
    mni_fragments_clear(&fragments);
    test_kinds_close(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delta_rebuilds_the_state),
        cmocka_unit_test(what_is_not_in_the_mask_does_not_travel),
        cmocka_unit_test(the_first_group_alone_takes_one_bit),
        cmocka_unit_test(what_is_said_too_long_or_cut_is_refused),
        cmocka_unit_test(a_fragment_is_encoded_once),
        cmocka_unit_test(a_full_arena_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
