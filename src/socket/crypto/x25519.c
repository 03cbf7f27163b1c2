/* SPDX-License-Identifier: MIT */
/*
 * X25519 (RFC 7748): the Montgomery ladder, the same steps for every private key. Numbers are
 * modulo p = 2^255 - 19, in five limbs of 51 bits after Bernstein, Duif, Lange, Schwabe and Yang
 * ("High-speed high-security signatures", 2011, section 3): what leaves at the top comes back at
 * the bottom times 19.
 *
 * A number is `tight` if its limbs are below 2^51 + 2^13, which is what products are, and loose if
 * they are below 2^53, which is what sums and differences of two tight ones are and what factors
 * may be.
 */
#include "base/bytes.h"
#include "socket/crypto/crypto.h"
#include "socket/crypto/secret.h"
#include "socket/crypto/wide.h"

#define MASK_51 UINT64_C(0x7ffffffffffff)

/* Calls of products would cost the ladder a tenth of its time. */
#if defined(__GNUC__)
#  define IN_PLACE __attribute__((always_inline)) inline
#else
#  define IN_PLACE inline
#endif

typedef struct field {
    uint64_t limbs[5];
} field;

/* The highest bit is ignored (section 5), and a number may be p or more. */
static field unpack(const uint8_t bytes[MNI_KEY_SIZE])
{
    uint64_t a = mni_load_u64(bytes), b = mni_load_u64(bytes + 8);
    uint64_t c = mni_load_u64(bytes + 16), d = mni_load_u64(bytes + 24);
    return (field){{a & MASK_51, (a >> 51 | b << 13) & MASK_51, (b >> 38 | c << 26) & MASK_51,
                    (c >> 25 | d << 39) & MASK_51, d >> 12 & MASK_51}};
}

/* Of a tight number, the one below p. */
static void pack(uint8_t bytes_out[MNI_KEY_SIZE], const field *number)
{
    uint64_t h[5];
    /* number < 2p, so number >= p if and only if number + 19 has a bit 255 or higher. */
    uint64_t carry = 19;
    for (uint32_t i = 0; i < 5; i++) {
        carry = (number->limbs[i] + carry) >> 51;
    }
    carry *= 19;
    for (uint32_t i = 0; i < 5; i++) {
        h[i] = number->limbs[i] + carry;
        carry = h[i] >> 51;
        h[i] &= MASK_51;
    }
    mni_store_u64(bytes_out, h[0] | h[1] << 51);
    mni_store_u64(bytes_out + 8, h[1] >> 13 | h[2] << 38);
    mni_store_u64(bytes_out + 16, h[2] >> 26 | h[3] << 25);
    mni_store_u64(bytes_out + 24, h[3] >> 39 | h[4] << 12);
}

/* Of tight numbers. */
static inline field add(const field *x, const field *y)
{
    const uint64_t *a = x->limbs, *b = y->limbs;
    return (field){{a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4]}};
}

/* Of tight numbers: 2p is added, whose limbs are larger than those. */
static inline field subtract(const field *x, const field *y)
{
    const uint64_t *a = x->limbs, *b = y->limbs;
    const uint64_t two_p = MASK_51 << 1; /* but for the lowest limb */
    return (field){{a[0] + (two_p - 36) - b[0], a[1] + two_p - b[1], a[2] + two_p - b[2],
                    a[3] + two_p - b[3], a[4] + two_p - b[4]}};
}

/* From sums of products to a tight number. Each sum is at most 77 * 2^106 < 2^113 (one product
   without 19 and four with it), so that what is carried fits in 62 bits; the last has no factor 19:
   5 * 2^106 and what is carried to it are below 2^109, which leaves 2^58, times 19 below 2^63. */
static inline field carry(mni_wide s0, mni_wide s1, mni_wide s2, mni_wide s3, mni_wide s4)
{
    s1 = mni_wide_add_u64(s1, mni_wide_shift(s0, 51));
    s2 = mni_wide_add_u64(s2, mni_wide_shift(s1, 51));
    s3 = mni_wide_add_u64(s3, mni_wide_shift(s2, 51));
    s4 = mni_wide_add_u64(s4, mni_wide_shift(s3, 51));
    uint64_t h0 = (mni_wide_low(s0) & MASK_51) + 19 * mni_wide_shift(s4, 51);
    uint64_t h1 = (mni_wide_low(s1) & MASK_51) + (h0 >> 51); /* below 2^51 + 2^12 */
    return (field){{h0 & MASK_51, h1, mni_wide_low(s2) & MASK_51, mni_wide_low(s3) & MASK_51,
                    mni_wide_low(s4) & MASK_51}};
}

static inline mni_wide sum_5(mni_wide a, mni_wide b, mni_wide c, mni_wide d, mni_wide e)
{
    return mni_wide_add(mni_wide_add(mni_wide_add(a, b), mni_wide_add(c, d)), e);
}

static IN_PLACE field multiply(const field *x, const field *y)
{
    const uint64_t *a = x->limbs, *b = y->limbs;
    uint64_t b1 = 19 * b[1], b2 = 19 * b[2], b3 = 19 * b[3], b4 = 19 * b[4]; /* below 2^58 */
    return carry(sum_5(mni_wide_multiply(a[0], b[0]), mni_wide_multiply(a[1], b4),
                       mni_wide_multiply(a[2], b3), mni_wide_multiply(a[3], b2),
                       mni_wide_multiply(a[4], b1)),
                 sum_5(mni_wide_multiply(a[0], b[1]), mni_wide_multiply(a[1], b[0]),
                       mni_wide_multiply(a[2], b4), mni_wide_multiply(a[3], b3),
                       mni_wide_multiply(a[4], b2)),
                 sum_5(mni_wide_multiply(a[0], b[2]), mni_wide_multiply(a[1], b[1]),
                       mni_wide_multiply(a[2], b[0]), mni_wide_multiply(a[3], b4),
                       mni_wide_multiply(a[4], b3)),
                 sum_5(mni_wide_multiply(a[0], b[3]), mni_wide_multiply(a[1], b[2]),
                       mni_wide_multiply(a[2], b[1]), mni_wide_multiply(a[3], b[0]),
                       mni_wide_multiply(a[4], b4)),
                 sum_5(mni_wide_multiply(a[0], b[4]), mni_wide_multiply(a[1], b[3]),
                       mni_wide_multiply(a[2], b[2]), mni_wide_multiply(a[3], b[1]),
                       mni_wide_multiply(a[4], b[0])));
}

static inline mni_wide sum_3(mni_wide a, mni_wide b, mni_wide c)
{
    return mni_wide_add(mni_wide_add(a, b), c);
}

/* The same products, those that occur twice only once. */
static IN_PLACE field square(const field *x)
{
    const uint64_t *a = x->limbs;
    uint64_t a0 = 2 * a[0], a1 = 2 * a[1], a3 = 19 * a[3], a4 = 19 * a[4];
    return carry(sum_3(mni_wide_multiply(a[0], a[0]), mni_wide_multiply(a1, a4),
                       mni_wide_multiply(2 * a[2], a3)),
                 sum_3(mni_wide_multiply(a0, a[1]), mni_wide_multiply(2 * a[2], a4),
                       mni_wide_multiply(a[3], a3)),
                 sum_3(mni_wide_multiply(a0, a[2]), mni_wide_multiply(a[1], a[1]),
                       mni_wide_multiply(2 * a[3], a4)),
                 sum_3(mni_wide_multiply(a0, a[3]), mni_wide_multiply(a1, a[2]),
                       mni_wide_multiply(a[4], a4)),
                 sum_3(mni_wide_multiply(a0, a[4]), mni_wide_multiply(a1, a[3]),
                       mni_wide_multiply(a[2], a[2])));
}

static field square_times(const field *x, uint32_t times)
{
    field power = *x;
    for (uint32_t i = 0; i < times; i++) {
        power = square(&power);
    }
    return power;
}

static inline field scale(const field *x, uint64_t factor)
{
    const uint64_t *a = x->limbs;
    return carry(mni_wide_multiply(a[0], factor), mni_wide_multiply(a[1], factor),
                 mni_wide_multiply(a[2], factor), mni_wide_multiply(a[3], factor),
                 mni_wide_multiply(a[4], factor));
}

/* x^(2^n - 1) to the power of 2^m, times x^(2^m - 1). */
static field chain(const field *high, uint32_t times, const field *low)
{
    field shifted = square_times(high, times);
    return multiply(&shifted, low);
}

/* x^(p - 2) (Fermat), which is 1 / x, and 0 for 0. Names tell the number of ones in the exponent,
   but for the first two. p - 2 = 2^255 - 21 ends with the bits 01011. */
static field invert(const field *x)
{
    field to_2 = square(x);
    field to_9 = chain(&to_2, 2, x);
    field to_11 = multiply(&to_9, &to_2);
    field ones_5 = chain(&to_11, 1, &to_9); /* 22 + 9 = 31 */
    field ones_10 = chain(&ones_5, 5, &ones_5);
    field ones_20 = chain(&ones_10, 10, &ones_10);
    field ones_40 = chain(&ones_20, 20, &ones_20);
    field ones_50 = chain(&ones_40, 10, &ones_10);
    field ones_100 = chain(&ones_50, 50, &ones_50);
    field ones_200 = chain(&ones_100, 100, &ones_100);
    field ones_250 = chain(&ones_200, 50, &ones_50);
    return chain(&ones_250, 5, &to_11); /* 2^255 - 32 + 11 */
}

static inline void swap_limbs(uint64_t *a, uint64_t *b, uint64_t mask)
{
    uint64_t difference = (*a ^ *b) & mask;
    *a ^= difference;
    *b ^= difference;
}

/* If bit is 1. Limb by limb, because of a loop gcc makes vectors, for which the processor then has
   to wait until the limbs have left it. */
static inline void swap(field *a, field *b, uint64_t bit)
{
    uint64_t mask = mni_secret_mask(bit);
    swap_limbs(&a->limbs[0], &b->limbs[0], mask);
    swap_limbs(&a->limbs[1], &b->limbs[1], mask);
    swap_limbs(&a->limbs[2], &b->limbs[2], mask);
    swap_limbs(&a->limbs[3], &b->limbs[3], mask);
    swap_limbs(&a->limbs[4], &b->limbs[4], mask);
}

/* Two points as x / z whose difference is the point at u: n times that and n + 1 times. */
typedef struct ladder {
    field x2, z2, x3, z3;
} ladder;

/* Doubles the first and adds the second to it (section 5, with its names). */
static inline void step(ladder *at, const field *u)
{
    field a = add(&at->x2, &at->z2), b = subtract(&at->x2, &at->z2);
    field c = add(&at->x3, &at->z3), d = subtract(&at->x3, &at->z3);
    field da = multiply(&d, &a), cb = multiply(&c, &b);
    field aa = square(&a), bb = square(&b);
    field sum = add(&da, &cb), difference = subtract(&da, &cb);
    field e = subtract(&aa, &bb);
    field e_scaled = scale(&e, 121665);
    field aa_e = add(&aa, &e_scaled);
    at->x3 = square(&sum);
    difference = square(&difference);
    at->z3 = multiply(u, &difference);
    at->x2 = multiply(&aa, &bb);
    at->z2 = multiply(&e, &aa_e);
}

static void multiply_point(uint8_t out[MNI_KEY_SIZE], const uint8_t private_key[MNI_KEY_SIZE],
                           const uint8_t point[MNI_KEY_SIZE])
{
    field u = unpack(point);
    ladder at = {.x2 = {{1}}, .z2 = {{0}}, .x3 = u, .z3 = {{1}}};
    uint64_t before = 0;
    for (uint32_t i = 255; i-- > 0;) {
        /* Bit 254 is set, bits 0 to 2 are clear (section 5): no key leaks by its length, and no
           point of small order tells anything. */
        uint64_t bit = i == 254 ? 1u : i < 3 ? 0u : (uint64_t)private_key[i / 8] >> i % 8 & 1;
        swap(&at.x2, &at.x3, bit ^ before);
        swap(&at.z2, &at.z3, bit ^ before);
        before = bit;
        step(&at, &u);
    }
    field inverse = invert(&at.z2);
    field result = multiply(&at.x2, &inverse);
    pack(out, &result);
    mni_wipe(&at, sizeof(at));
    mni_wipe(&inverse, sizeof(inverse));
    mni_wipe(&result, sizeof(result));
}

void mni_x25519_public(uint8_t public_out[MNI_KEY_SIZE], const uint8_t private_key[MNI_KEY_SIZE])
{
    static const uint8_t base[MNI_KEY_SIZE] = {9};
    multiply_point(public_out, private_key, base);
}

bool mni_x25519(uint8_t secret_out[MNI_KEY_SIZE], const uint8_t private_key[MNI_KEY_SIZE],
                const uint8_t public_key[MNI_KEY_SIZE])
{
    static const uint8_t zero[MNI_KEY_SIZE];
    multiply_point(secret_out, private_key, public_key);
    return !mni_is_equal(secret_out, zero, sizeof(zero));
}
