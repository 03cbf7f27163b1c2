/* SPDX-License-Identifier: MIT */
/*
 * The published vectors (key 00 to 0f, input 00 01 02 …) of SipHash-2-4, by its authors, and of
 * SipHash-1-3, from the tests of Rust's standard library; and hashing in pieces.
 */
#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdbool.h>

static const uint8_t key[MNI_HASH_KEY_SIZE] = {0, 1, 2,  3,  4,  5,  6,  7,
                                               8, 9, 10, 11, 12, 13, 14, 15};

static void the_published_vectors_come_out(void **state)
{
    (void)state;
    static const struct {
        uint32_t size;
        uint8_t hash[8];
    } vectors[] = {
        {0, {0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72}},
        {1, {0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74}},
        {2, {0x5a, 0x4f, 0xa9, 0xd9, 0x09, 0x80, 0x6c, 0x0d}},
        {3, {0x2d, 0x7e, 0xfb, 0xd7, 0x96, 0x66, 0x67, 0x85}},
        {4, {0xb7, 0x87, 0x71, 0x27, 0xe0, 0x94, 0x27, 0xcf}},
        {5, {0x8d, 0xa6, 0x99, 0xcd, 0x64, 0x55, 0x76, 0x18}},
        {6, {0xce, 0xe3, 0xfe, 0x58, 0x6e, 0x46, 0xc9, 0xcb}},
        {7, {0x37, 0xd1, 0x01, 0x8b, 0xf5, 0x00, 0x02, 0xab}},
        {8, {0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93}},
        {9, {0xb0, 0xe4, 0xa9, 0x0b, 0xdf, 0x82, 0x00, 0x9e}},
        {10, {0xf3, 0xb9, 0xdd, 0x94, 0xc5, 0xbb, 0x5d, 0x7a}},
        {11, {0xa7, 0xad, 0x6b, 0x22, 0x46, 0x2f, 0xb3, 0xf4}},
        {12, {0xfb, 0xe5, 0x0e, 0x86, 0xbc, 0x8f, 0x1e, 0x75}},
        {13, {0x90, 0x3d, 0x84, 0xc0, 0x27, 0x56, 0xea, 0x14}},
        {14, {0xee, 0xf2, 0x7a, 0x8e, 0x90, 0xca, 0x23, 0xf7}},
        {15, {0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1}},
        {62, {0x57, 0x5f, 0xf2, 0x8e, 0x60, 0x38, 0x1b, 0xe5}},
        {63, {0x72, 0x45, 0x06, 0xeb, 0x4c, 0x32, 0x8a, 0x95}},
    };
    uint8_t input[64];
    for (uint32_t i = 0; i < 64; i++) {
        input[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint64_t hash = mni_siphash(key, input, vectors[i].size);
        assert_int_equal(hash, mni_load_u64(vectors[i].hash));
    }
    assert_int_equal(mni_siphash(key, NULL, 0), mni_load_u64(vectors[0].hash));
}

static void the_vectors_of_siphash_1_3_come_out(void **state)
{
    (void)state;
    static const struct {
        uint32_t size; /* the first eight bytes included */
        uint8_t hash[8];
    } vectors[] = {
        {8, {0x8e, 0x9a, 0x29, 0x8d, 0x11, 0x95, 0x90, 0x36}},
        {9, {0xe4, 0x3d, 0x06, 0x6c, 0xb3, 0x8e, 0xa4, 0x25}},
        {10, {0x7f, 0x09, 0xff, 0x92, 0xee, 0x85, 0xde, 0x79}},
        {11, {0x52, 0xc3, 0x4d, 0xf9, 0xc1, 0x18, 0xc1, 0x70}},
        {12, {0xa2, 0xd9, 0xb4, 0x57, 0xb1, 0x84, 0xa3, 0x78}},
        {13, {0xa7, 0xff, 0x29, 0x12, 0x0c, 0x76, 0x6f, 0x30}},
        {14, {0x34, 0x5d, 0xf9, 0xc0, 0x11, 0xa1, 0x5a, 0x60}},
        {15, {0x56, 0x99, 0x51, 0x2a, 0x6d, 0xd8, 0x20, 0xd3}},
        {16, {0x66, 0x8b, 0x90, 0x7d, 0x1a, 0xdd, 0x4f, 0xcc}},
        {17, {0x0c, 0xd8, 0xdb, 0x63, 0x90, 0x68, 0xf2, 0x9c}},
        {62, {0xe0, 0x94, 0x66, 0x4b, 0x15, 0xf6, 0xb2, 0xc3}},
        {63, {0xa8, 0xb3, 0xbb, 0xb7, 0x62, 0x90, 0x19, 0x9d}},
    };
    uint8_t input[64];
    for (uint32_t i = 0; i < sizeof input; i++) {
        input[i] = (uint8_t)i;
    }
    uint64_t first = mni_load_u64(input);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint64_t hash = mni_siphash13(key, first, input + 8, vectors[i].size - 8);
        assert_int_equal(hash, mni_load_u64(vectors[i].hash));
    }
    assert_int_equal(mni_siphash13(key, first, NULL, 0), mni_load_u64(vectors[0].hash));
}

/* Add some of the bytes at `at`, by one call or the other; returns how many. */
static size_t add_piece(mni_hash *hash, const uint8_t *at, size_t left, mni_random *random)
{
    size_t piece = 1 + (size_t)mni_random_below(random, left);
    if (left >= 8 && mni_random_chance(random, 0.3)) {
        mni_hash_add_u64(hash, mni_load_u64(at));
        return 8;
    }
    mni_hash_add(hash, at, piece);
    return piece;
}

static bool pieces_match(const uint8_t *input, size_t size, mni_random *random)
{
    mni_hash hash;
    mni_hash_init(&hash, key);
    for (size_t at = 0; at < size;) {
        at += add_piece(&hash, input + at, size - at, random);
        if (mni_hash_end(&hash) != mni_siphash(key, input, at)) {
            return false;
        }
    }
    return true;
}

static void pieces_are_the_whole(void **state)
{
    (void)state;
    uint64_t seed = test_seed(4);
    mni_random random;
    mni_random_init(&random, seed);
    uint8_t input[100];
    for (uint32_t i = 0; i < sizeof input; i++) {
        input[i] = (uint8_t)mni_random_next(&random);
    }
    for (uint32_t round = 0; round < 5000; round++) {
        if (!pieces_match(input, sizeof input, &random)) {
            fail_msg("MN_SEED=%" PRIu64 ", round %u", seed, round);
        }
    }
}

static void another_key_gives_another_hash(void **state)
{
    (void)state;
    uint64_t first = mni_siphash(key, "a", 1);
    for (uint32_t i = 0; i < MNI_HASH_KEY_SIZE; i++) {
        uint8_t other[MNI_HASH_KEY_SIZE];
        for (uint32_t at = 0; at < MNI_HASH_KEY_SIZE; at++) {
            other[at] = (uint8_t)(key[at] ^ (at == i ? 1 : 0));
        }
        assert_int_not_equal(mni_siphash(other, "a", 1), first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vectors_come_out),
        cmocka_unit_test(the_vectors_of_siphash_1_3_come_out),
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(another_key_gives_another_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
