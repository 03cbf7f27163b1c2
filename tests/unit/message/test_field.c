/* SPDX-License-Identifier: MIT */
/* Every way in which a line of a field table can be wrong, and what the right ones become. */
#include "message/field.h"
#include "support/test.h"

#include <stdbool.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const mn_field inner[] = {{.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1}};

static const mn_field sound[] = {
    {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1},
    {.name = "x", .kind = MN_KIND_INT, .size = 12, .count = 3, .step = 1},
    {.name = "x", .kind = MN_KIND_INT, .size = 1, .count = 1, .min = -128, .max = 127},
    {.name = "x", .kind = MN_KIND_INT, .size = 8, .count = 1, .min = -0x1p53, .max = 0x1p53},
    {.name = "x", .kind = MN_KIND_UINT, .size = 8, .count = 1, .packing = 64},
    {.name = "x", .kind = MN_KIND_UINT, .size = 2, .count = 1, .max = 65535},
    {.name = "x", .kind = MN_KIND_BOOL, .size = 1, .count = 1},
    {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1},
    {.name = "x", .kind = MN_KIND_FLOAT, .size = 8, .count = 1, .step = 0.001},
    {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .max = 1, .packing = 8},
    {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .max = 1, .step = 0x1p-22},
    {.name = "x", .kind = MN_KIND_FLOAT, .size = 8, .count = 1, .max = 1, .packing = 32},
    {.name = "x", .kind = MN_KIND_VECTOR2, .size = 16, .count = 2},
    {.name = "x", .kind = MN_KIND_VECTOR3, .size = 24, .count = 1},
    {.name = "x",
     .kind = MN_KIND_VECTOR4,
     .size = 16,
     .count = 1,
     .min = -1,
     .max = 1,
     .step = 0.1},
    {.name = "x", .kind = MN_KIND_QUATERNION, .size = 16, .count = 1},
    {.name = "x", .kind = MN_KIND_QUATERNION, .size = 64, .count = 2, .packing = 16},
    {.name = "x", .kind = MN_KIND_ANGLE, .size = 4, .count = 1, .packing = 22},
    {.name = "x", .kind = MN_KIND_ANGLE, .size = 8, .count = 1, .max = 360, .packing = 32},
    {.name = "x", .kind = MN_KIND_STRING, .size = 1, .count = 1},
    {.name = "x", .kind = MN_KIND_BLOB, .size = 17, .count = 1},
    {.name = "x", .kind = MN_KIND_OBJECT, .size = 8, .count = 2, .flags = MN_FIELD_COUNTED},
    {.name = "x", .kind = MN_KIND_STRUCT, .size = 8, .count = 1, .fields = inner, .field_count = 1},
};

static void sound_fields_have_no_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sound); i++) {
        const char *fault = mni_field_fault(&sound[i]);
        if (fault != NULL) {
            fail_msg("field %zu: %s", i, fault);
        }
    }
}

#define HUGE_BOUND 0x1.1p53

static const struct {
    const char *fault; /* the beginning of it */
    mn_field field;
} faulty[] = {
    {"it has no name", {.kind = MN_KIND_INT, .size = 4, .count = 1}},
    {"it has no name", {.name = "", .kind = MN_KIND_INT, .size = 4, .count = 1}},
    {"size is not a multiple", {.name = "x", .kind = MN_KIND_INT, .size = 4}},
    {"size is not a multiple", {.name = "x", .kind = MN_KIND_INT, .count = 1}},
    {"size is not a multiple", {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 3}},
    {"unknown flags", {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .flags = 2}},
    {"unknown kind", {.name = "x", .kind = 0, .size = 4, .count = 1}},
    {"unknown kind", {.name = "x", .kind = MN_KIND_STRUCT + 1, .size = 4, .count = 1}},
    {"the bounds are outside 2^53",
     {.name = "x", .kind = MN_KIND_INT, .size = 8, .count = 1, .max = HUGE_BOUND}},
    {"the bounds are outside 2^53",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .min = -HUGE_BOUND, .step = 1}},
    {"the step is negative",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .max = 1, .step = -1}},
    {"an integer has 1, 2, 4 or 8", {.name = "x", .kind = MN_KIND_INT, .size = 3, .count = 1}},
    {"the step of an integer is 1",
     {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .max = 9, .step = 3}},
    {"min is not below max",
     {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .min = 5, .max = 5}},
    {"min is not below max",
     {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .min = 5, .max = -5}},
    {"the bounds are outside what",
     {.name = "x", .kind = MN_KIND_INT, .size = 1, .count = 1, .max = 128}},
    {"the bounds are outside what",
     {.name = "x", .kind = MN_KIND_UINT, .size = 4, .count = 1, .min = -1, .max = 5}},
    {"the bounds of an integer are not whole",
     {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .max = 0.5}},
    {"an integer has bounds or packing",
     {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .max = 3, .packing = 2}},
    {"packing is more bits",
     {.name = "x", .kind = MN_KIND_INT, .size = 1, .count = 1, .packing = 9}},
    {"a bool has", {.name = "x", .kind = MN_KIND_BOOL, .size = 3, .count = 1}},
    {"this kind has no bounds",
     {.name = "x", .kind = MN_KIND_BOOL, .size = 1, .count = 1, .max = 1}},
    {"this kind has no bounds",
     {.name = "x", .kind = MN_KIND_STRING, .size = 8, .count = 1, .packing = 7}},
    {"this kind has no bounds",
     {.name = "x", .kind = MN_KIND_QUATERNION, .size = 16, .count = 1, .step = 1}},
    {"the member is not made of",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 2, .count = 1, .max = 1, .step = 1}},
    {"the member is not made of", {.name = "x", .kind = MN_KIND_VECTOR3, .size = 16, .count = 1}},
    {"a range needs a step", {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .max = 1}},
    {"packing needs a range",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .packing = 8}},
    {"step or packing",
     {.name = "x",
      .kind = MN_KIND_FLOAT,
      .size = 4,
      .count = 1,
      .max = 1,
      .step = 1,
      .packing = 8}},
    {"packing is above 32",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 8, .count = 1, .max = 1, .packing = 33}},
    {"min is not below max",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .min = 1, .step = 0.1}},
    {"the range has more than 2^48",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 8, .count = 1, .max = 1, .step = 0x1p-49}},
    {"the step is finer",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .max = 1, .step = 0x1p-23}},
    {"the step is finer",
     {.name = "x",
      .kind = MN_KIND_FLOAT,
      .size = 4,
      .count = 1,
      .min = 1e9,
      .max = 1e9 + 10,
      .step = 1}},
    {"the step is finer",
     {.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .step = 0x1p-101}},
    {"packing is finer",
     {.name = "x", .kind = MN_KIND_ANGLE, .size = 4, .count = 1, .packing = 23}},
    {"an angle has packing",
     {.name = "x", .kind = MN_KIND_ANGLE, .size = 8, .count = 1, .packing = 33}},
    {"an angle has packing",
     {.name = "x", .kind = MN_KIND_ANGLE, .size = 4, .count = 1, .step = 1}},
    {"the member is not a float", {.name = "x", .kind = MN_KIND_ANGLE, .size = 2, .count = 1}},
    {"a quaternion is four", {.name = "x", .kind = MN_KIND_QUATERNION, .size = 12, .count = 1}},
    {"a quaternion has packing",
     {.name = "x", .kind = MN_KIND_QUATERNION, .size = 16, .count = 1, .packing = 17}},
    {"a quaternion has packing",
     {.name = "x", .kind = MN_KIND_QUATERNION, .size = 16, .count = 1, .packing = 1}},
    {"an object is an mn_object", {.name = "x", .kind = MN_KIND_OBJECT, .size = 8, .count = 1}},
    {"a structure has no fields", {.name = "x", .kind = MN_KIND_STRUCT, .size = 8, .count = 1}},
};

static void faulty_fields_are_told_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faulty); i++) {
        const char *fault = mni_field_fault(&faulty[i].field);
        if (fault == NULL || strncmp(fault, faulty[i].fault, strlen(faulty[i].fault)) != 0) {
            fail_msg("field %zu: %s, not %s", i, fault != NULL ? fault : "no fault",
                     faulty[i].fault);
        }
    }
}

static void numbers_that_are_no_numbers_are_faults(void **state)
{
    (void)state;
    uint32_t bits = 0x7fc00000;
    float nan;
    memcpy(&nan, &bits, 4);
    for (uint32_t i = 0; i < 3; i++) {
        mn_field field = {
            .name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1, .max = 1, .step = 0.1};
        double *places[] = {&field.min, &field.max, &field.step};
        assert_null(mni_field_fault(&field));
        *places[i] = (double)nan;
        assert_non_null(mni_field_fault(&field));
    }
}

static void zero_has_its_place_in_every_range(void **state)
{
    (void)state;
    static const struct {
        mn_field field;
        uint64_t origin;
    } cases[] = {
        {{.name = "x", .kind = MN_KIND_INT, .size = 1, .count = 1}, 128},
        {{.name = "x", .kind = MN_KIND_UINT, .size = 4, .count = 1}, 0},
        {{.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .min = 5, .max = 9}, 0},
        {{.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1, .min = -9, .max = -5}, 4},
        {{.name = "x",
          .kind = MN_KIND_FLOAT,
          .size = 4,
          .count = 1,
          .min = -1,
          .max = 1,
          .step = 0.5},
         2},
        {{.name = "x", .kind = MN_KIND_FLOAT, .size = 4, .count = 1}, 0x80000000},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(mni_field_leaf(&cases[i].field).origin == cases[i].origin);
    }
}

static uint64_t hash_of(const mn_field *field)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE];
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_field_hash(field, &hash);
    return mni_hash_end(&hash);
}

static void the_hash_knows_what_travels_and_not_where_it_lies(void **state)
{
    (void)state;
    const mn_field field = {.name = "x", .kind = MN_KIND_INT, .size = 4, .count = 1};
    mn_field other = field;
    other.offset = 12;
    other.count_offset = 4;
    other.min = -0.0;
    assert_true(hash_of(&field) == hash_of(&other));
    for (uint32_t i = 0; i < 8; i++) {
        other = field;
        switch (i) {
        case 0:
            other.name = "y";
            break;
        case 1:
            other.kind = MN_KIND_UINT;
            break;
        case 2:
            other.size = 8;
            break;
        case 3:
            other.count = 2;
            break;
        case 4:
            other.max = 1;
            break;
        case 5:
            other.min = -1;
            break;
        case 6:
            other.packing = 3;
            break;
        default:
            other.flags = MN_FIELD_COUNTED;
            break;
        }
        assert_true(hash_of(&field) != hash_of(&other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_fields_have_no_fault),
        cmocka_unit_test(faulty_fields_are_told_why),
        cmocka_unit_test(numbers_that_are_no_numbers_are_faults),
        cmocka_unit_test(zero_has_its_place_in_every_range),
        cmocka_unit_test(the_hash_knows_what_travels_and_not_where_it_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
