/* SPDX-License-Identifier: MIT */
/*
 * Smallest three: of a unit quaternion, the largest component follows from the others, and its sign
 * can be chosen, so three travel, each between -1/sqrt 2 and 1/sqrt 2, in steps of 1/(h sqrt 2)
 * with h steps on either side of 0. In integers a, b, c of that step the fourth is sqrt(2h² - a² -
 * b² - c²). Two components of nearly the same size could change places on the way: rounded, the one
 * that travels may come out above the one that follows. Such triples are never used: load moves the
 * component down by a step, and accepts refuses them, in integers, so both sides agree.
 */
#include "message/quantize.h"

#include "base/assert.h"

#include <float.h>
#include <stddef.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 1,
               "doubles must be rounded after every operation: on 32-bit x86, -mfpmath=sse -msse2");
_Static_assert(sizeof(float) == 4 && sizeof(double) == 8 && DBL_MANT_DIG == 53, "IEEE 754");

static uint64_t load_integer(const uint8_t *at, size_t size, bool is_signed)
{
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (size) {
    case 1:
        memcpy(&u8, at, 1);
        return is_signed ? (uint64_t)(int8_t)u8 : u8;
    case 2:
        memcpy(&u16, at, 2);
        return is_signed ? (uint64_t)(int16_t)u16 : u16;
    case 4:
        memcpy(&u32, at, 4);
        return is_signed ? (uint64_t)(int32_t)u32 : u32;
    default:
        memcpy(&u64, at, 8);
        return u64;
    }
}

static void store_integer(uint8_t *at, size_t size, uint64_t value)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    switch (size) {
    case 1:
        memcpy(at, &u8, 1);
        break;
    case 2:
        memcpy(at, &u16, 2);
        break;
    case 4:
        memcpy(at, &u32, 4);
        break;
    default:
        memcpy(at, &value, 8);
        break;
    }
}

static double load_real(const uint8_t *at, size_t size)
{
    float narrow;
    double wide;
    if (size == 4) {
        memcpy(&narrow, at, 4);
        return (double)narrow;
    }
    memcpy(&wide, at, 8);
    return wide;
}

static void store_real(uint8_t *at, size_t size, double value)
{
    float narrow = (float)value;
    if (size == 4) {
        memcpy(at, &narrow, 4);
    } else {
        memcpy(at, &value, 8);
    }
}

static uint64_t unsigned_quantum(const mni_leaf *leaf, uint64_t value)
{
    uint64_t above = value > leaf->low ? value - leaf->low : 0;
    return above < leaf->limit ? above : leaf->limit;
}

static uint64_t signed_quantum(const mni_leaf *leaf, uint64_t value)
{
    uint64_t above = (int64_t)value > (int64_t)leaf->low ? value - leaf->low : 0;
    return above < leaf->limit ? above : leaf->limit;
}

static uint64_t real_quantum(const mni_leaf *leaf, double value)
{
    double steps = (value - leaf->min) * leaf->inverse + 0.5;
    if (!(steps >= 1)) { /* and so is NaN */
        return 0;
    }
    return steps < (double)(int64_t)leaf->limit ? (uint64_t)(int64_t)steps : leaf->limit;
}

static uint64_t angle_quantum(const mni_leaf *leaf, double value)
{
    double turns = (value - leaf->min) * leaf->inverse;
    if (!(turns > -0x1p52 && turns < 0x1p52)) {
        return 0;
    }
    turns -= (double)(int64_t)turns;
    turns += turns < 0 ? 1 : 0;
    return (uint64_t)(int64_t)(turns * (double)(int64_t)(leaf->limit + 1) + 0.5) & leaf->limit;
}

/* The bits, made to ascend with the value: the sign turned where it is 0, else all of them. */
static uint64_t exact_quantum(const uint8_t *at, size_t size)
{
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    uint64_t infinity = size == 4 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
    uint64_t not_a_number = size == 4 ? UINT64_C(0x7fc00000) : UINT64_C(0x7ff8000000000000);
    uint64_t bits = load_integer(at, size, false);
    if (bits == sign) {
        bits = 0;
    } else if ((bits & ~sign) > infinity) {
        bits = not_a_number;
    }
    return (bits & sign) != 0 ? ~bits & (sign | (sign - 1)) : bits | sign;
}

static uint64_t exact_bits(uint64_t quantum, size_t size)
{
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    return (quantum & sign) != 0 ? quantum ^ sign : ~quantum & (sign | (sign - 1));
}

static bool exact_accepts(uint64_t quantum, size_t size)
{
    uint8_t at[8];
    store_integer(at, size, exact_bits(quantum, size));
    return exact_quantum(at, size) == quantum;
}

/* Newton's method, from a guess that halves the exponent and is 3.5 % off at most: three rounds
   leave 2^-45. The C library's sqrt would be exact, but costs its users a library to link. */
static double square_root(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    bits = (bits >> 1) + UINT64_C(0x1ff7a3bea91d9b1b);
    double root;
    memcpy(&root, &bits, 8);
    for (uint32_t i = 0; i < 3; i++) {
        root = 0.5 * (root + value / root);
    }
    return root;
}

/* 2h² - a² - b² - c²: the square of the largest component in steps; negative when there is none. */
static int64_t quaternion_rest(int64_t h, const int64_t parts[3])
{
    return 2 * h * h - parts[0] * parts[0] - parts[1] * parts[1] - parts[2] * parts[2];
}

static uint32_t quaternion_index(uint64_t largest, uint32_t part) /* of a part in x y z w */
{
    return part < largest ? part : part + 1;
}

/* The part that is largest of the three, the first of equals. */
static uint32_t quaternion_second(const int64_t parts[3])
{
    uint32_t second = 0;
    for (uint32_t i = 1; i < 3; i++) {
        if (parts[i] * parts[i] > parts[second] * parts[second]) {
            second = i;
        }
    }
    return second;
}

/* Whether the largest, rounded to steps, is the first of the greatest: load finds it again then.
   It rounds to m or more where its square is above (m - 1/2)². The margin keeps what a float
   loses, 2^-24 of it, from deciding. */
static bool quaternion_holds(int64_t h, uint64_t largest, const int64_t parts[3])
{
    uint32_t second = quaternion_second(parts);
    int64_t m = parts[second] < 0 ? -parts[second] : parts[second];
    int64_t least = quaternion_index(largest, second) < largest ? m * m + m + 1 : m * m - m + 1;
    return quaternion_rest(h, parts) >= least + (h * h >> 20);
}

static int64_t round_to_step(double value)
{
    return value < 0 ? -(int64_t)(0.5 - value) : (int64_t)(value + 0.5);
}

static void quaternion_load(const mni_leaf *leaf, const uint8_t *at, uint64_t quanta_out[4])
{
    size_t size = leaf->size / 4;
    int64_t h = (int64_t)(leaf->limit / 2);
    double value[4];
    double square = 0;
    for (uint32_t i = 0; i < 4; i++) {
        value[i] = load_real(at + i * size, size);
        square += value[i] * value[i];
    }
    if (!(square > 0x1p-100 && square < 0x1p+1000)) {
        value[0] = value[1] = value[2] = 0;
        value[3] = square = 1;
    }
    double scale = leaf->inverse;
    if (square < 1 - 0x1p-20 || square > 1 + 0x1p-20) {
        scale /= square_root(square);
    }
    int64_t steps[4];
    uint32_t largest = 0;
    for (uint32_t i = 0; i < 4; i++) {
        steps[i] = round_to_step(value[i] * scale);
        largest = steps[i] * steps[i] > steps[largest] * steps[largest] ? i : largest;
    }
    int64_t parts[3];
    for (uint32_t i = 0; i < 3; i++) {
        int64_t part = steps[quaternion_index(largest, i)];
        parts[i] = steps[largest] < 0 ? -part : part;
        parts[i] = parts[i] > h ? h : parts[i] < -h ? -h : parts[i];
    }
    while (!quaternion_holds(h, largest, parts)) {
        int64_t *second = &parts[quaternion_second(parts)];
        *second += *second < 0 ? 1 : -1;
    }
    quanta_out[0] = largest;
    for (uint32_t i = 0; i < 3; i++) {
        quanta_out[1 + i] = (uint64_t)(parts[i] + h);
    }
}

static void quaternion_parts(const mni_leaf *leaf, const uint64_t quanta[4], int64_t parts_out[3])
{
    for (uint32_t i = 0; i < 3; i++) {
        parts_out[i] = (int64_t)quanta[1 + i] - (int64_t)(leaf->limit / 2);
    }
}

static void quaternion_store(const mni_leaf *leaf, const uint64_t quanta[4], uint8_t *at)
{
    size_t size = leaf->size / 4;
    int64_t parts[3];
    quaternion_parts(leaf, quanta, parts);
    for (uint32_t i = 0; i < 3; i++) {
        store_real(at + quaternion_index(quanta[0], i) * size, size, (double)parts[i] * leaf->step);
    }
    double rest = (double)quaternion_rest((int64_t)(leaf->limit / 2), parts);
    store_real(at + quanta[0] * size, size, square_root(rest) * leaf->step);
}

uint32_t mni_leaf_load(const mni_leaf *leaf, const void *elements, uint32_t count,
                       uint64_t *quanta_out)
{
    MNI_ASSERT(count <= leaf->run && leaf->run <= MNI_RUN_MAX);
    const uint8_t *at = elements;
    size_t size = leaf->size;
    switch ((enum mni_form)leaf->form) {
    case MNI_FORM_UNSIGNED:
        for (uint32_t i = 0; i < count; i++) {
            quanta_out[i] = unsigned_quantum(leaf, load_integer(at + i * size, size, false));
        }
        break;
    case MNI_FORM_SIGNED:
        for (uint32_t i = 0; i < count; i++) {
            quanta_out[i] = signed_quantum(leaf, load_integer(at + i * size, size, true));
        }
        break;
    case MNI_FORM_BOOL:
        for (uint32_t i = 0; i < count; i++) {
            quanta_out[i] = load_integer(at + i * size, size, false) != 0;
        }
        break;
    case MNI_FORM_REAL:
        for (uint32_t i = 0; i < count; i++) {
            quanta_out[i] = real_quantum(leaf, load_real(at + i * size, size));
        }
        break;
    case MNI_FORM_EXACT:
        for (uint32_t i = 0; i < count; i++) {
            quanta_out[i] = exact_quantum(at + i * size, size);
        }
        break;
    case MNI_FORM_ANGLE:
        for (uint32_t i = 0; i < count; i++) {
            quanta_out[i] = angle_quantum(leaf, load_real(at + i * size, size));
        }
        break;
    case MNI_FORM_QUATERNION:
        quaternion_load(leaf, at, quanta_out);
        return 4;
    case MNI_FORM_TEXT:
    case MNI_FORM_BYTES:
        MNI_ASSERT(false);
        break;
    }
    return count;
}

void mni_leaf_store(const mni_leaf *leaf, const uint64_t *quanta, uint32_t count,
                    void *elements_out)
{
    uint8_t *at = elements_out;
    size_t size = leaf->size;
    switch ((enum mni_form)leaf->form) {
    case MNI_FORM_UNSIGNED:
    case MNI_FORM_SIGNED:
    case MNI_FORM_BOOL:
        for (uint32_t i = 0; i < count; i++) {
            store_integer(at + i * size, size, quanta[i] + leaf->low);
        }
        break;
    case MNI_FORM_REAL:
    case MNI_FORM_ANGLE:
        for (uint32_t i = 0; i < count; i++) {
            store_real(at + i * size, size, leaf->min + (double)(int64_t)quanta[i] * leaf->step);
        }
        break;
    case MNI_FORM_EXACT:
        for (uint32_t i = 0; i < count; i++) {
            store_integer(at + i * size, size, exact_bits(quanta[i], size));
        }
        break;
    case MNI_FORM_QUATERNION:
        quaternion_store(leaf, quanta, at);
        break;
    case MNI_FORM_TEXT:
    case MNI_FORM_BYTES:
        MNI_ASSERT(false);
        break;
    }
}

bool mni_leaf_accepts(const mni_leaf *leaf, const uint64_t *quanta, uint32_t count)
{
    if (leaf->form == MNI_FORM_QUATERNION) {
        int64_t parts[3];
        if (quanta[0] > 3 || quanta[1] > leaf->limit || quanta[2] > leaf->limit ||
            quanta[3] > leaf->limit) {
            return false;
        }
        quaternion_parts(leaf, quanta, parts);
        return quaternion_holds((int64_t)(leaf->limit / 2), quanta[0], parts);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (quanta[i] > leaf->limit ||
            (leaf->form == MNI_FORM_EXACT && !exact_accepts(quanta[i], leaf->size))) {
            return false;
        }
    }
    return true;
}
