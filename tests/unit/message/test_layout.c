/* SPDX-License-Identifier: MIT */
/* How tables become leaves: order, nesting, counts, and what does not hold together. */
#include "message/layout.h"
#include "support/test.h"

#include <stdbool.h>
#include <string.h>

typedef struct item {
    uint16_t shot_count;
    uint8_t shots[4];
    int32_t kind;
} item;

typedef struct bag {
    double weight;
    uint16_t item_count;
    item items[3];
    float place[3];
} bag;

static const mn_field item_fields[] = {
    MN_INT(item, kind, 0, 9),
    {.offset = offsetof(item, shots),
     .size = 4,
     .count = 4,
     .kind = MN_KIND_UINT,
     .name = "shots",
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(item, shot_count)},
};
static const mn_field bag_fields[] = {
    MN_FLOAT(bag, weight, 0, 100, 0.1),
    {.offset = offsetof(bag, items),
     .size = 3 * sizeof(item),
     .count = 3,
     .kind = MN_KIND_STRUCT,
     .name = "items",
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(bag, item_count),
     .fields = item_fields,
     .field_count = MN_COUNT(item_fields)},
    MN_VECTOR3(bag, place, 0, 0, 0),
};

static mni_memory memory;
static mni_layout layout;
static mni_layout_fault fault;
static uint64_t hash_value;

static mn_result make(const mn_field *fields, uint32_t count, uint32_t size)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE];
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_table table = {fields, count};
    mni_layout_source source = {&table, 1, size};
    mn_result result = mni_layout_init(&layout, &memory, &source, &hash, &fault);
    hash_value = mni_hash_end(&hash);
    return result;
}

static int set_up(void **state)
{
    (void)state;
    mni_memory_init(&memory, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mni_layout_clear(&layout, &memory);
    return memory.used == 0 ? 0 : 1;
}

static void structures_are_unrolled_with_their_counts_before_them(void **state)
{
    (void)state;
    assert_int_equal(make(bag_fields, MN_COUNT(bag_fields), sizeof(bag)), MN_OK);
    assert_int_equal(layout.field_count, 3);
    assert_int_equal(layout.leaf_count, 1 + 1 + 3 * 3 + 1);
    assert_int_equal(mni_layout_mask(&layout), 7);
    assert_int_equal(layout.fields[1].first_leaf, 1);
    assert_int_equal(layout.fields[1].leaf_count, 10);
    const mni_leaf *leaf = &layout.leaves[1];
    assert_int_equal(leaf->offset, offsetof(bag, item_count));
    assert_int_equal(leaf->presence, MNI_PRESENT);
    assert_int_equal(leaf->limit, 3);
    for (uint32_t i = 0; i < 3; i++) {
        size_t base = offsetof(bag, items) + i * sizeof(item);
        leaf = &layout.leaves[2 + 3 * i]; /* kind */
        assert_int_equal(leaf->offset, base + offsetof(item, kind));
        assert_int_equal(leaf->presence, MNI_PRESENT_FROM);
        assert_int_equal(leaf->count_offset, offsetof(bag, item_count));
        assert_int_equal(leaf->count_above, i);
        leaf++; /* shot_count */
        assert_int_equal(leaf->offset, base + offsetof(item, shot_count));
        assert_int_equal(leaf->presence, MNI_PRESENT_FROM);
        assert_int_equal(leaf->count_above, i);
        leaf++; /* shots */
        assert_int_equal(leaf->offset, base + offsetof(item, shots));
        assert_int_equal(leaf->presence, MNI_PRESENT_FIRST);
        assert_int_equal(leaf->count_offset, base + offsetof(item, shot_count));
        assert_int_equal(leaf->field, 1);
        assert_true(leaf->is_part);
    }
    leaf = &layout.leaves[11];
    assert_int_equal(leaf->form, MNI_FORM_EXACT);
    assert_int_equal(leaf->count, 3);
    assert_int_equal(leaf->run, 3);
    assert_false(leaf->is_part);
}

static void the_most_bits_are_those_of_each_field(void **state)
{
    (void)state;
    assert_int_equal(make(bag_fields, MN_COUNT(bag_fields), sizeof(bag)), MN_OK);
    assert_int_equal(mni_layout_max_bits(&layout, 1), 10 + 2);
    assert_int_equal(mni_layout_max_bits(&layout, 4), 3 * 32 + 2);
    uint32_t item_bits = (1 + 4) + (1 + 3) + (1 + 2 + 4 * 8); /* unchanged or not, choice, value */
    assert_int_equal(mni_layout_max_bits(&layout, 2), 2 + 3 * item_bits);
    assert_int_equal(mni_layout_max_bits(&layout, UINT64_MAX),
                     12 + 98 + mni_layout_max_bits(&layout, 2));
}

static void only_runs_of_more_than_two_bits_can_be_unchanged(void **state)
{
    (void)state;
    typedef struct pair {
        uint8_t small;
        uint8_t large;
    } pair;
    static const mn_field members[] = {MN_UINT(pair, small, 0, 3), MN_UINT(pair, large, 0, 7)};
    static const mn_field both[] = {{.size = sizeof(pair),
                                     .count = 1,
                                     .kind = MN_KIND_STRUCT,
                                     .name = "both",
                                     .fields = members,
                                     .field_count = 2}};
    assert_int_equal(make(both, 1, sizeof(pair)), MN_OK);
    assert_false(layout.leaves[0].is_part);
    assert_true(layout.leaves[1].is_part);
}

static void nothing_is_a_layout_too(void **state)
{
    (void)state;
    assert_int_equal(make(NULL, 0, 0), MN_OK);
    assert_int_equal(layout.leaf_count, 0);
    assert_int_equal(mni_layout_mask(&layout), 0);
    assert_int_equal(mni_layout_max_bits(&layout, UINT64_MAX), 0);
}

static void refuse(const mn_field *fields, uint32_t count, uint32_t size, const char *why)
{
    assert_int_equal(make(fields, count, size), MN_ERROR_SCHEMA);
    if (strncmp(fault.why, why, strlen(why)) != 0) {
        fail_msg("%s, not %s", fault.why, why);
    }
    assert_true(memory.used == 0);
    assert_null(layout.leaves);
}

static void what_reaches_outside_or_overlaps_is_refused(void **state)
{
    (void)state;
    mn_field fields[2] = {
        {.name = "a", .kind = MN_KIND_INT, .size = 4, .count = 1},
        {.name = "b", .kind = MN_KIND_INT, .size = 4, .count = 1, .offset = 4},
    };
    assert_int_equal(make(fields, 2, 8), MN_OK);
    mni_layout_clear(&layout, &memory);
    refuse(fields, 2, 7, "it reaches outside");
    assert_string_equal(fault.field, "b");
    fields[1].offset = 3;
    refuse(fields, 2, 8, "it overlaps");
    assert_string_equal(fault.field, "b");
    fields[1].offset = UINT32_MAX - 1;
    refuse(fields, 2, 8, "it reaches outside");
    fields[1].offset = 4;
    fields[1].flags = MN_FIELD_COUNTED;
    fields[1].count_offset = 2;
    refuse(fields, 2, 8, "it overlaps");
    fields[1].count_offset = 7;
    refuse(fields, 2, 8, "its count reaches outside");
    fields[1].count_offset = UINT32_MAX;
    refuse(fields, 2, 8, "its count reaches outside");
}

static void inner_fields_stay_inside_their_structure(void **state)
{
    (void)state;
    const mn_field inner[] = {
        {.name = "deep", .kind = MN_KIND_INT, .size = 4, .count = 1, .offset = 2}};
    const mn_field outer[] = {{.name = "outer",
                               .kind = MN_KIND_STRUCT,
                               .size = 10,
                               .count = 2,
                               .fields = inner,
                               .field_count = 1}};
    refuse(outer, 1, 10, "it reaches outside");
    assert_string_equal(fault.field, "deep");
}

static void limits_are_limits(void **state)
{
    (void)state;
    mn_field many[65];
    for (uint32_t i = 0; i < 65; i++) {
        many[i] = (mn_field){.name = "x", .kind = MN_KIND_UINT, .size = 1, .count = 1, .offset = i};
    }
    refuse(many, 65, 65, "it has more than 64 fields");
    assert_int_equal(make(many, 64, 65), MN_OK);
    assert_true(mni_layout_mask(&layout) == UINT64_MAX);
    mni_layout_clear(&layout, &memory);
    refuse(many, 1, 65537, "the struct is larger");
    refuse(many, 0, 4, "it has a size, but no fields");
    refuse(many, 1, 0, "it has no size");
    refuse(NULL, 1, 4, "a table of fields is missing");

    const mn_field wide[] = {{.name = "wide",
                              .kind = MN_KIND_STRUCT,
                              .size = 2000,
                              .count = 1000,
                              .fields = many,
                              .field_count = 2}};
    refuse(wide, 1, 2000, "it makes too many");

    mn_field endless = {
        .name = "endless", .kind = MN_KIND_STRUCT, .size = 4, .count = 1, .field_count = 1};
    endless.fields = &endless; /* a table that contains itself */
    refuse(&endless, 1, 4, "structures are nested too deeply");
}

static void repetitions_are_hashed_once(void **state)
{
    (void)state;
    mn_field inner[] = {{.name = "x", .kind = MN_KIND_UINT, .size = 1, .count = 1}};
    mn_field outer[] = {{.name = "outer",
                         .kind = MN_KIND_STRUCT,
                         .size = 8,
                         .count = 4,
                         .fields = inner,
                         .field_count = 1}};
    assert_int_equal(make(outer, 1, 8), MN_OK);
    mni_layout_clear(&layout, &memory);
    uint64_t loose = hash_value;
    outer[0].size = 12; /* another platform, another padding */
    assert_int_equal(make(outer, 1, 20), MN_OK);
    mni_layout_clear(&layout, &memory);
    assert_true(hash_value == loose);
    inner[0].name = "y";
    assert_int_equal(make(outer, 1, 20), MN_OK);
    assert_true(hash_value != loose);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(structures_are_unrolled_with_their_counts_before_them,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_most_bits_are_those_of_each_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_runs_of_more_than_two_bits_can_be_unchanged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_a_layout_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_reaches_outside_or_overlaps_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(inner_fields_stay_inside_their_structure, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(limits_are_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repetitions_are_hashed_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
