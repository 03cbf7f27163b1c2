/* SPDX-License-Identifier: MIT */
/*
 * Poly1305 with limbs of 44, 44 and 42 bits and products of 128, after Andrew Moon's
 * poly1305-donna-64. Numbers are modulo p = 2^130 - 5: a limb that leaves at the top (2^132 is
 * where the fourth limb would begin) comes back at the bottom as 2^132 = 4 * 2^130 = 20.
 */
#include "socket/poly1305.h"

#include "base/bytes.h"
#include "socket/secret.h"
#include "socket/wide.h"

#include <string.h>

#define MASK_44 UINT64_C(0xfffffffffff)
#define MASK_42 UINT64_C(0x3ffffffffff)

void mni_poly_init(mni_poly *poly, const uint8_t key[MNI_KEY_SIZE])
{
    /* Clamped as the RFC says, section 2.5.1: the masks are 0x0ffffffc0ffffffc0ffffffc0fffffff in
       the limbs. */
    uint64_t low = mni_load_u64(key);
    uint64_t high = mni_load_u64(key + 8);
    poly->r[0] = low & UINT64_C(0xffc0fffffff);
    poly->r[1] = (low >> 44 | high << 20) & UINT64_C(0xfffffc0ffff);
    poly->r[2] = high >> 24 & UINT64_C(0x00ffffffc0f);
    poly->h[0] = poly->h[1] = poly->h[2] = 0;
    poly->pad[0] = mni_load_u64(key + 16);
    poly->pad[1] = mni_load_u64(key + 24);
}

static inline mni_wide dot(const uint64_t h[3], uint64_t a, uint64_t b, uint64_t c)
{
    return mni_wide_add(mni_wide_add(mni_wide_multiply(h[0], a), mni_wide_multiply(h[1], b)),
                        mni_wide_multiply(h[2], c));
}

/* h = (h + block) * r. Bounds: r's limbs are below 2^44, h's below 2^45 before and 2^46 after the
   block is added; 20 r below 2^49; a product below 2^95, three of them below 2^97; what is carried
   below 2^55, and times 5 below 2^58. */
static inline void absorb(mni_poly *poly, const uint8_t block[MNI_POLY_BLOCK_SIZE], uint64_t end)
{
    uint64_t *h = poly->h;
    const uint64_t *r = poly->r;
    uint64_t low = mni_load_u64(block);
    uint64_t high = mni_load_u64(block + 8);
    h[0] += low & MASK_44;
    h[1] += (low >> 44 | high << 20) & MASK_44;
    h[2] += high >> 24 | end << 40;
    mni_wide d0 = dot(h, r[0], 20 * r[2], 20 * r[1]);
    mni_wide d1 = dot(h, r[1], r[0], 20 * r[2]);
    mni_wide d2 = dot(h, r[2], r[1], r[0]);
    d1 = mni_wide_add_u64(d1, mni_wide_shift(d0, 44));
    d2 = mni_wide_add_u64(d2, mni_wide_shift(d1, 44));
    h[0] = (mni_wide_low(d0) & MASK_44) + 5 * mni_wide_shift(d2, 42);
    h[1] = (mni_wide_low(d1) & MASK_44) + (h[0] >> 44);
    h[0] &= MASK_44;
    h[2] = mni_wide_low(d2) & MASK_42;
}

void mni_poly_add_padded(mni_poly *poly, const uint8_t *bytes, size_t size)
{
    size_t left = size % MNI_POLY_BLOCK_SIZE;
    for (size_t at = 0; at < size - left; at += MNI_POLY_BLOCK_SIZE) {
        absorb(poly, bytes + at, 1);
    }
    if (left > 0) {
        uint8_t block[MNI_POLY_BLOCK_SIZE] = {0};
        memcpy(block, bytes + size - left, left);
        absorb(poly, block, 1);
    }
}

/* h modulo p, completely: each limb in its range, and h - p taken if that is not negative. */
static void reduce(uint64_t h[3])
{
    for (uint32_t i = 0; i < 2; i++) {
        h[1] += h[0] >> 44;
        h[0] &= MASK_44;
        h[2] += h[1] >> 44;
        h[1] &= MASK_44;
        h[0] += 5 * (h[2] >> 42);
        h[2] &= MASK_42;
    }
    h[1] += h[0] >> 44;
    h[0] &= MASK_44;
    /* h - p = h + 5 - 2^130: bit 63 is set if h is smaller. */
    uint64_t g0 = h[0] + 5;
    uint64_t g1 = h[1] + (g0 >> 44);
    uint64_t g2 = h[2] + (g1 >> 44) - (UINT64_C(1) << 42);
    uint64_t keep = mni_secret_mask(g2 >> 63);
    h[0] = (h[0] & keep) | (g0 & MASK_44 & ~keep);
    h[1] = (h[1] & keep) | (g1 & MASK_44 & ~keep);
    h[2] = (h[2] & keep) | (g2 & ~keep);
}

void mni_poly_end(mni_poly *poly, const uint8_t *bytes, size_t size, uint8_t tag_out[MNI_TAG_SIZE])
{
    if (size > 0) {
        uint8_t block[MNI_POLY_BLOCK_SIZE] = {0};
        memcpy(block, bytes, size);
        block[size] = 1;
        absorb(poly, block, 0);
    }
    uint64_t *h = poly->h;
    reduce(h);
    mni_wide low = mni_wide_add_u64(mni_wide_multiply(1, h[0] | h[1] << 44), poly->pad[0]);
    uint64_t carry = mni_wide_shift(low, 32) >> 32;
    mni_store_u64(tag_out, mni_wide_low(low));
    mni_store_u64(tag_out + 8, (h[1] >> 20 | h[2] << 24) + poly->pad[1] + carry);
    mni_wipe(poly, sizeof(*poly));
}
