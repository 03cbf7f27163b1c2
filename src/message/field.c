/* SPDX-License-Identifier: MIT */
/*
 * Each kind has a function that fills in a leaf, or says why the field cannot be one. The one rule
 * that is not obvious: a float has 24 bits, so steps that are finer than a float is at the far end
 * of the range would not survive being stored. They are refused, with a factor of four to spare.
 */
#include "message/field.h"

#include "base/assert.h"
#include "message/bits.h"

#include <string.h>

#define BOUND 0x1p53      /* integers up to here are exact in a double */
#define REAL_STEPS 0x1p48 /* the most steps of a range: above, rounding could be off by one */
#define STEP_MIN 0x1p-100 /* well away from where numbers lose bits, and 1/step overflows */
#define CIRCLE 6.283185307179586
#define SQUARE_ROOT_2 1.4142135623730951

static uint32_t element_size(const mn_field *field)
{
    return field->size / field->count;
}

static bool is_bounded(const mn_field *field)
{
    return field->min != 0 || field->max != 0;
}

static uint8_t shorter_run(uint32_t count)
{
    return (uint8_t)(count < MNI_RUN_MAX ? count : MNI_RUN_MAX);
}

static void set_limit(mni_leaf *leaf, uint64_t limit)
{
    leaf->limit = limit;
    leaf->bits = (uint8_t)mni_bit_length(limit);
}

static const char *set_integer_bounds(const mn_field *field, mni_leaf *leaf)
{
    bool is_signed = field->kind == MN_KIND_INT;
    double half = (double)(UINT64_C(1) << (8 * leaf->size - 1));
    double least = is_signed ? -half : 0;
    double most = is_signed ? half - 1 : 2 * half - 1;
    if (!(field->min < field->max)) {
        return "min is not below max";
    }
    if (field->min < least || field->max > most) {
        return "the bounds are outside what the member can hold";
    }
    int64_t min = (int64_t)field->min;
    int64_t max = (int64_t)field->max;
    if ((double)min != field->min || (double)max != field->max) {
        return "the bounds of an integer are not whole numbers";
    }
    leaf->low = (uint64_t)min;
    set_limit(leaf, (uint64_t)max - (uint64_t)min);
    return NULL;
}

static const char *set_integer(const mn_field *field, mni_leaf *leaf)
{
    bool is_signed = field->kind == MN_KIND_INT;
    uint32_t size = leaf->size;
    leaf->form = is_signed ? MNI_FORM_SIGNED : MNI_FORM_UNSIGNED;
    if (size != 1 && size != 2 && size != 4 && size != 8) {
        return "an integer has 1, 2, 4 or 8 bytes";
    }
    if (field->step != 0 && field->step != 1) {
        return "the step of an integer is 1";
    }
    if (is_bounded(field)) {
        return field->packing == 0 ? set_integer_bounds(field, leaf)
                                   : "an integer has bounds or packing, not both";
    }
    if (field->packing > 8 * size) {
        return "packing is more bits than the member has";
    }
    uint32_t bits = field->packing != 0 ? field->packing : 8 * size;
    set_limit(leaf, mni_bit_mask(bits));
    leaf->low = is_signed ? 0 - (UINT64_C(1) << (bits - 1)) : 0;
    leaf->is_small = field->packing == 0 && size > 1;
    return NULL;
}

static const char *set_bool(mni_leaf *leaf)
{
    leaf->form = MNI_FORM_BOOL;
    set_limit(leaf, 1);
    return leaf->size == 1 || leaf->size == 2 || leaf->size == 4 ? NULL
                                                                 : "a bool has 1, 2 or 4 bytes";
}

static const char *set_object(mni_leaf *leaf)
{
    leaf->form = MNI_FORM_UNSIGNED;
    leaf->is_small = true;
    set_limit(leaf, UINT32_MAX);
    return leaf->size == sizeof(mn_object) ? NULL : "an object is an mn_object";
}

/* Whether a member of that size tells neighbouring steps apart, wherever in the range they lie. */
static bool is_held(const mni_leaf *leaf, double max)
{
    double farthest = -leaf->min > max ? -leaf->min : max;
    return leaf->step >= STEP_MIN &&
           leaf->step >= farthest * (leaf->size == 4 ? 0x1p-22 : 1 / REAL_STEPS);
}

/* The range is divided into equal steps that are no longer than was asked for. */
static const char *set_real_steps(const mn_field *field, mni_leaf *leaf)
{
    double range = field->max - field->min;
    if (!(field->min < field->max)) {
        return "min is not below max";
    }
    if (field->packing != 0) {
        if (field->packing > 32) {
            return "packing is above 32 bits";
        }
        set_limit(leaf, mni_bit_mask(field->packing));
    } else {
        double steps = range / field->step;
        if (steps > REAL_STEPS) {
            return "the range has more than 2^48 steps";
        }
        uint64_t whole = (uint64_t)(int64_t)steps;
        bool is_even = steps - (double)(int64_t)whole <= 1e-6 + steps * 0x1p-50;
        set_limit(leaf, is_even && whole > 0 ? whole : whole + 1);
    }
    leaf->min = field->min;
    leaf->step = range / (double)(int64_t)leaf->limit;
    return NULL;
}

static const char *set_real(const mn_field *field, mni_leaf *leaf)
{
    uint32_t lanes = field->kind == MN_KIND_FLOAT ? 1 : field->kind - MN_KIND_VECTOR2 + 2U;
    leaf->lanes = (uint8_t)lanes;
    leaf->count *= lanes;
    leaf->run = lanes == 1 ? leaf->run : leaf->lanes;
    leaf->form = MNI_FORM_REAL;
    uint32_t size = leaf->size / lanes;
    if (leaf->size % lanes != 0 || (size != 4 && size != 8)) {
        return "the member is not made of floats or doubles";
    }
    leaf->size = size;
    if (field->step != 0 && field->packing != 0) {
        return "step or packing, not both";
    }
    if (is_bounded(field)) {
        if (field->step == 0 && field->packing == 0) {
            return "a range needs a step above 0";
        }
        const char *fault = set_real_steps(field, leaf);
        if (fault != NULL) {
            return fault;
        }
    } else if (field->step != 0) { /* no bounds: as far as the steps can be told apart */
        int64_t side = size == 4 ? INT64_C(1) << 22 : INT64_C(1) << 47;
        set_limit(leaf, (uint64_t)(2 * side));
        leaf->min = -(double)side * field->step;
        leaf->step = field->step;
        leaf->is_small = true;
    } else if (field->packing != 0) {
        return "packing needs a range";
    } else {
        leaf->form = MNI_FORM_EXACT;
        set_limit(leaf, mni_bit_mask(8 * size));
        return NULL;
    }
    leaf->inverse = 1 / leaf->step;
    return is_held(leaf, field->max) ? NULL : "the step is finer than the member can hold";
}

static const char *set_angle(const mn_field *field, mni_leaf *leaf)
{
    uint32_t bits = field->packing != 0 ? field->packing : 16;
    double max = is_bounded(field) ? field->max : CIRCLE;
    leaf->form = MNI_FORM_ANGLE;
    if (leaf->size != 4 && leaf->size != 8) {
        return "the member is not a float or a double";
    }
    if (!(field->min < max)) {
        return "min is not below max";
    }
    if (bits > 32 || field->step != 0) {
        return "an angle has packing, up to 32 bits, and no step";
    }
    set_limit(leaf, mni_bit_mask(bits));
    leaf->min = field->min;
    leaf->step = (max - field->min) / (double)(int64_t)(leaf->limit + 1);
    leaf->inverse = 1 / (max - field->min);
    return is_held(leaf, max) ? NULL : "packing is finer than the member can hold";
}

static const char *set_quaternion(const mn_field *field, mni_leaf *leaf)
{
    uint32_t bits = field->packing != 0 ? field->packing : 10;
    leaf->form = MNI_FORM_QUATERNION;
    leaf->run = 1;
    if (leaf->size != 16 && leaf->size != 32) {
        return "a quaternion is four floats or doubles";
    }
    if (bits < 2 || bits > 16) {
        return "a quaternion has packing of 2 to 16 bits";
    }
    int64_t side = (INT64_C(1) << (bits - 1)) - 1;
    set_limit(leaf, (uint64_t)(2 * side));
    leaf->inverse = (double)side * SQUARE_ROOT_2;
    leaf->step = SQUARE_ROOT_2 / 2 / (double)side;
    return NULL;
}

static const char *set_bytes(const mn_field *field, mni_leaf *leaf)
{
    leaf->run = 1;
    if (field->kind == MN_KIND_STRING) {
        leaf->form = MNI_FORM_TEXT;
        set_limit(leaf, leaf->size - 1);
        return NULL;
    }
    leaf->form = MNI_FORM_BYTES;
    if ((field->flags & MN_FIELD_COUNTED) == 0) {
        leaf->count = 1;
        leaf->size = field->size;
    }
    return NULL;
}

/* What every field must be. */
static const char *common_fault(const mn_field *field)
{
    if (field->name == NULL || field->name[0] == 0) {
        return "it has no name";
    }
    if (field->count == 0 || field->size == 0 || field->size % field->count != 0) {
        return "size is not a multiple of count, or one of them is 0";
    }
    if ((field->flags & ~(uint32_t)MN_FIELD_COUNTED) != 0) {
        return "unknown flags";
    }
    if (!(field->min >= -BOUND && field->min <= BOUND && field->max >= -BOUND &&
          field->max <= BOUND)) {
        return "the bounds are outside 2^53";
    }
    if (!(field->step >= 0 && field->step <= BOUND)) {
        return "the step is negative, or not a number";
    }
    return NULL;
}

static const char *describe(const mn_field *field, mni_leaf *leaf)
{
    const char *fault = common_fault(field);
    if (fault != NULL) {
        return fault;
    }
    *leaf = (mni_leaf){
        .offset = field->offset,
        .count = field->count,
        .size = element_size(field),
        .run = shorter_run(field->count),
        .lanes = 1,
    };
    bool is_plain = !is_bounded(field) && field->step == 0;
    switch (field->kind) {
    case MN_KIND_INT:
    case MN_KIND_UINT:
        return set_integer(field, leaf);
    case MN_KIND_FLOAT:
    case MN_KIND_VECTOR2:
    case MN_KIND_VECTOR3:
    case MN_KIND_VECTOR4:
        return set_real(field, leaf);
    case MN_KIND_ANGLE:
        return set_angle(field, leaf);
    case MN_KIND_QUATERNION:
        return is_plain ? set_quaternion(field, leaf) : "this kind has no bounds and no step";
    default:
        break;
    }
    if (!is_plain || field->packing != 0) {
        return "this kind has no bounds, no step and no packing";
    }
    switch (field->kind) {
    case MN_KIND_BOOL:
        return set_bool(leaf);
    case MN_KIND_OBJECT:
        return set_object(leaf);
    case MN_KIND_STRING:
    case MN_KIND_BLOB:
        return set_bytes(field, leaf);
    case MN_KIND_STRUCT:
        return field->fields != NULL && field->field_count > 0 ? NULL : "a structure has no fields";
    default:
        return "unknown kind";
    }
}

const char *mni_field_fault(const mn_field *field)
{
    mni_leaf leaf;
    return describe(field, &leaf);
}

mni_leaf mni_field_leaf(const mn_field *field)
{
    static const uint8_t zero[8];
    mni_leaf leaf = {0};
    const char *fault = describe(field, &leaf);
    MNI_ASSERT(fault == NULL && field->kind != MN_KIND_STRUCT);
    (void)fault;
    if (leaf.form < MNI_FORM_QUATERNION) {
        uint64_t quanta[MNI_RUN_MAX];
        (void)mni_leaf_load(&leaf, zero, 1, quanta);
        leaf.origin = quanta[0];
    }
    return leaf;
}

mni_leaf mni_field_count_leaf(const mn_field *field)
{
    return (mni_leaf){
        .form = MNI_FORM_UNSIGNED,
        .offset = field->count_offset,
        .count = 1,
        .size = sizeof(uint16_t),
        .run = 1,
        .lanes = 1,
        .limit = field->count,
        .bits = (uint8_t)mni_bit_length(field->count),
    };
}

static void hash_real(mni_hash *hash, double value)
{
    uint64_t bits;
    value = value == 0 ? 0 : value; /* -0 */
    memcpy(&bits, &value, 8);
    mni_hash_add_u64(hash, bits);
}

void mni_field_hash(const mn_field *field, mni_hash *hash)
{
    size_t length = strlen(field->name);
    mni_hash_add_u64(hash, length);
    mni_hash_add(hash, field->name, length);
    mni_hash_add_u64(hash, field->kind);
    mni_hash_add_u64(hash, field->flags);
    mni_hash_add_u64(hash, field->count);
    mni_hash_add_u64(hash, field->packing);
    hash_real(hash, field->min);
    hash_real(hash, field->max);
    hash_real(hash, field->step);
    /* The size of a structure depends on the platform; of all others it shows in the bytes. */
    mni_hash_add_u64(hash, field->kind == MN_KIND_STRUCT ? field->field_count : field->size);
}
