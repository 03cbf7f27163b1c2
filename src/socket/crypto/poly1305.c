/* SPDX-License-Identifier: MIT */
/*
 * Poly1305 with limbs of 44, 44 and 42 bits and products of 128, after Andrew Moon's
 * poly1305-donna-64. Numbers are modulo p = 2^130 - 5: a limb that leaves at the top (2^132 is
 * where the fourth limb would begin) comes back at the bottom as 2^132 = 4 * 2^130 = 20.
 */
#include "socket/crypto/poly1305.h"

#include "base/bytes.h"
#include "socket/crypto/secret.h"
#include "socket/crypto/wide.h"

#include <string.h>

enum { STRIDE = 4 * MNI_POLY_BLOCK_SIZE };

#define MASK_44 UINT64_C(0xfffffffffff)
#define MASK_42 UINT64_C(0x3ffffffffff)

typedef mni_poly_number number;

typedef struct sums {
    mni_wide a, b, c;
} sums;

static inline mni_wide sum_3(mni_wide a, mni_wide b, mni_wide c)
{
    return mni_wide_add(mni_wide_add(a, b), c);
}

/* x * r, limb by limb. Limbs of x are below 2^46 and those of r below 2^44 + 2^16, so that a
   product is below 2^95 with its factor of 20, and a sum below 2^97. */
static inline sums multiply(number x, number r)
{
    uint64_t r_b = 20 * r.b;
    uint64_t r_c = 20 * r.c;
    return (sums){
        sum_3(mni_wide_multiply(x.a, r.a), mni_wide_multiply(x.b, r_c),
              mni_wide_multiply(x.c, r_b)),
        sum_3(mni_wide_multiply(x.a, r.b), mni_wide_multiply(x.b, r.a),
              mni_wide_multiply(x.c, r_c)),
        sum_3(mni_wide_multiply(x.a, r.c), mni_wide_multiply(x.b, r.b),
              mni_wide_multiply(x.c, r.a)),
    };
}

static inline sums add_sums(sums x, sums y)
{
    return (sums){mni_wide_add(x.a, y.a), mni_wide_add(x.b, y.b), mni_wide_add(x.c, y.c)};
}

/* From sums below 2^99 to limbs of 44, 44 and 42 bits, the second of which may be 2^16 more: what
   is carried is below 2^57, and 5 times that below 2^60. */
static inline number carry(sums s)
{
    s.b = mni_wide_add_u64(s.b, mni_wide_shift(s.a, 44));
    s.c = mni_wide_add_u64(s.c, mni_wide_shift(s.b, 44));
    uint64_t a = (mni_wide_low(s.a) & MASK_44) + 5 * mni_wide_shift(s.c, 42);
    return (number){a & MASK_44, (mni_wide_low(s.b) & MASK_44) + (a >> 44),
                    mni_wide_low(s.c) & MASK_42};
}

static inline number add(number x, number y)
{
    return (number){x.a + y.a, x.b + y.b, x.c + y.c};
}

/* end: the bit above the bytes, where they are a whole block; else they have one among them. */
static inline number load(const uint8_t block[MNI_POLY_BLOCK_SIZE], uint64_t end)
{
    uint64_t low = mni_load_u64(block);
    uint64_t high = mni_load_u64(block + 8);
    return (number){low & MASK_44, (low >> 44 | high << 20) & MASK_44, high >> 24 | end << 40};
}

void mni_poly_init(mni_poly *poly, const uint8_t key[MNI_KEY_SIZE])
{
    /* Clamped as the RFC says, section 2.5.1: these masks are 0x0ffffffc0ffffffc0ffffffc0fffffff,
       limb by limb. */
    uint64_t low = mni_load_u64(key);
    uint64_t high = mni_load_u64(key + 8);
    poly->r =
        (number){low & UINT64_C(0xffc0fffffff), (low >> 44 | high << 20) & UINT64_C(0xfffffc0ffff),
                 high >> 24 & UINT64_C(0x00ffffffc0f)};
    poly->r_2 = carry(multiply(poly->r, poly->r));
    poly->r_3 = carry(multiply(poly->r_2, poly->r));
    poly->r_4 = carry(multiply(poly->r_2, poly->r_2));
    poly->h = (number){0};
    poly->pad[0] = mni_load_u64(key + 16);
    poly->pad[1] = mni_load_u64(key + 24);
}

/* Four blocks at once: the value becomes (h + w) r^4 + x r^3 + y r^2 + z r. The products do not
   wait for each other, and are carried together. */
static number add_strides(const mni_poly *poly, const uint8_t *bytes, size_t count)
{
    number h = poly->h;
    for (size_t i = 0; i < count; i++, bytes += STRIDE) {
        sums w = multiply(add(h, load(bytes, 1)), poly->r_4);
        sums x = multiply(load(bytes + 16, 1), poly->r_3);
        sums y = multiply(load(bytes + 32, 1), poly->r_2);
        sums z = multiply(load(bytes + 48, 1), poly->r);
        h = carry(add_sums(add_sums(w, x), add_sums(y, z)));
    }
    return h;
}

void mni_poly_add_padded(mni_poly *poly, const uint8_t *bytes, size_t size)
{
    poly->h = add_strides(poly, bytes, size / STRIDE);
    for (size_t left = size % STRIDE; left > 0;) {
        uint8_t block[MNI_POLY_BLOCK_SIZE] = {0};
        size_t count = left < sizeof(block) ? left : sizeof(block);
        memcpy(block, bytes + (size - left), count);
        poly->h = carry(multiply(add(poly->h, load(block, 1)), poly->r));
        left -= count;
    }
}

/* Modulo p, completely: each limb in its range, and x - p taken if that is not negative. */
static number reduce(number x)
{
    for (uint32_t i = 0; i < 2; i++) {
        x.b += x.a >> 44;
        x.c += x.b >> 44;
        x.a = (x.a & MASK_44) + 5 * (x.c >> 42);
        x.b &= MASK_44;
        x.c &= MASK_42;
    }
    x.b += x.a >> 44;
    x.a &= MASK_44;
    /* x - p = x + 5 - 2^130. If that is negative, bit 63 is set. */
    number y = {x.a + 5, x.b, x.c};
    y.b += y.a >> 44;
    y.c += y.b >> 44;
    y.c -= UINT64_C(1) << 42;
    uint64_t keep = mni_secret_mask(y.c >> 63);
    return (number){(x.a & keep) | (y.a & MASK_44 & ~keep), (x.b & keep) | (y.b & MASK_44 & ~keep),
                    (x.c & keep) | (y.c & ~keep)};
}

void mni_poly_end(mni_poly *poly, const uint8_t *bytes, size_t size, uint8_t tag_out[MNI_TAG_SIZE])
{
    if (size > 0) {
        uint8_t block[MNI_POLY_BLOCK_SIZE] = {0};
        memcpy(block, bytes, size);
        block[size] = 1;
        poly->h = carry(multiply(add(poly->h, load(block, 0)), poly->r));
    }
    number h = reduce(poly->h);
    /* The sum with the pad, of which 128 bits count. A shift is by less than 64, so that what is
       carried from the lower half takes two. */
    uint64_t low = h.a | h.b << 44;
    uint64_t high = h.b >> 20 | h.c << 24;
    mni_wide sum = mni_wide_add_u64(mni_wide_multiply(low, 1), poly->pad[0]);
    uint64_t carried = mni_wide_shift(sum, 32) >> 32;
    mni_store_u64(tag_out, mni_wide_low(sum));
    mni_store_u64(tag_out + 8, high + poly->pad[1] + carried);
    mni_wipe(poly, sizeof(*poly));
}
