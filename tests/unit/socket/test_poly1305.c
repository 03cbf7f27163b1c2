/* SPDX-License-Identifier: MIT */
/*
 * Poly1305: the vectors of RFC 8439, which know where limbs go wrong, and a comparison with the
 * definition: the same sums with numbers of one byte a limb.
 */
#include "base/random.h"
#include "socket/crypto/poly1305.h"
#include "support/hex.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

#define ZERO_16 "0000000000000000"
#define ZERO_32 ZERO_16 ZERO_16
#define SUBMISSION                                                                            \
  "Any submission to the IETF intended by the Contributor for publication as all or part of " \
  "an IETF Internet-Draft or RFC and any statement made within the context of an IETF "       \
  "activity is considered an \"IETF Contribution\". Such statements include oral statements " \
  "in IETF sessions, as well as written and electronic communications made at any time or "   \
  "place, which are addressed to"

typedef struct vector {
    const char *key;
    bool is_text; /* else hexadecimal */
    const char *message, *tag;
} vector;

static const vector vectors[] = {
    /* section 2.5.2 */
    {"85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", true,
     "Cryptographic Forum Research Group", "a8061dc1305136c6c22b8baf0c0127a9"},
    /* appendix A.3 */
    {ZERO_32 ZERO_32, false, ZERO_32 ZERO_32 ZERO_32 ZERO_32, ZERO_32},
    {ZERO_32 "36e5f6b5c5e06070f0efca96227a863e", true, SUBMISSION,
     "36e5f6b5c5e06070f0efca96227a863e"},
    {"36e5f6b5c5e06070f0efca96227a863e" ZERO_32, true, SUBMISSION,
     "f3477e7cd95417af89a6b8794c310cf0"},
    {"1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", true,
     "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\nAll mimsy were the "
     "borogoves,\nAnd the mome raths outgrabe.",
     "4541669a7eaaee61e708dc7cbcc5eb62"},
    {"02000000000000000000000000000000" ZERO_32, false, "ffffffffffffffffffffffffffffffff",
     "03000000000000000000000000000000"},
    {"02000000000000000000000000000000ffffffffffffffffffffffffffffffff", false,
     "02000000000000000000000000000000", "03000000000000000000000000000000"},
    {"01000000000000000000000000000000" ZERO_32, false,
     "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff"
     "11000000000000000000000000000000",
     "05000000000000000000000000000000"},
    {"01000000000000000000000000000000" ZERO_32, false,
     "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe"
     "01010101010101010101010101010101",
     ZERO_32},
    {"02000000000000000000000000000000" ZERO_32, false, "fdffffffffffffffffffffffffffffff",
     "faffffffffffffffffffffffffffffff"},
    {"01000000000000000400000000000000" ZERO_32, false,
     "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000" ZERO_32
     "01000000000000000000000000000000",
     "14000000000000005500000000000000"},
    {"01000000000000000400000000000000" ZERO_32, false,
     "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000" ZERO_32,
     "13000000000000000000000000000000"},
};

/* As the RFC does it: the end of the message is not filled up. */
static void make_tag(const uint8_t *key, const uint8_t *bytes, size_t size, uint8_t *tag_out)
{
    mni_poly poly;
    size_t whole = size - size % MNI_POLY_BLOCK_SIZE;
    mni_poly_init(&poly, key);
    mni_poly_add_padded(&poly, bytes, whole);
    mni_poly_end(&poly, bytes + whole, size - whole, tag_out);
}

static void the_vectors_of_the_rfc_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint8_t key[MNI_KEY_SIZE], tag[MNI_TAG_SIZE], wanted[MNI_TAG_SIZE], message[400];
        assert_int_equal(test_unhex(vectors[i].key, key), sizeof(key));
        assert_int_equal(test_unhex(vectors[i].tag, wanted), sizeof(wanted));
        size_t size = strlen(vectors[i].message);
        if (vectors[i].is_text) {
            memcpy(message, vectors[i].message, size);
        } else {
            size = test_unhex(vectors[i].message, message);
        }
        make_tag(key, message, size, tag);
        assert_memory_equal(tag, wanted, sizeof(tag));
    }
}

/* ---- the definition: numbers of 17 bytes, in limbs of one byte each ------------------------- */

enum { LIMBS = 17 };

/* Modulo 2^130 - 5, but not completely: what is above bit 130 comes back at the bottom times 5. */
static void fold(uint32_t number[LIMBS])
{
    for (uint32_t round = 0; round < 2; round++) {
        uint32_t carried = 0;
        for (uint32_t i = 0; i < LIMBS - 1; i++) {
            carried += number[i];
            number[i] = carried & 0xff;
            carried >>= 8;
        }
        carried += number[LIMBS - 1];
        number[LIMBS - 1] = carried & 3;
        number[0] += 5 * (carried >> 2);
    }
}

static void multiply_slowly(uint32_t number[LIMBS], const uint32_t factor[LIMBS])
{
    uint32_t product[LIMBS] = {0};
    for (uint32_t i = 0; i < LIMBS; i++) {
        for (uint32_t j = 0; j < LIMBS; j++) {
            /* 2^136 is 64 * 2^130, which is 320. */
            uint32_t scale = i + j < LIMBS ? 1 : 320;
            product[(i + j) % LIMBS] += number[i] * factor[j] * scale;
        }
    }
    fold(product);
    memcpy(number, product, sizeof(product));
}

static void add_slowly(uint32_t number[LIMBS], const uint32_t other[LIMBS])
{
    for (uint32_t i = 0; i < LIMBS; i++) {
        number[i] += other[i];
    }
    fold(number);
}

static void make_tag_slowly(const uint8_t *key, const uint8_t *bytes, size_t size, uint8_t *tag_out)
{
    static const uint8_t clamp[16] = {0xff, 0xff, 0xff, 0x0f, 0xfc, 0xff, 0xff, 0x0f,
                                      0xfc, 0xff, 0xff, 0x0f, 0xfc, 0xff, 0xff, 0x0f};
    uint32_t r[LIMBS] = {0}, h[LIMBS] = {0}, pad[LIMBS] = {0};
    for (uint32_t i = 0; i < 16; i++) {
        r[i] = key[i] & clamp[i];
        pad[i] = key[16 + i];
    }
    for (size_t at = 0; at < size; at += MNI_POLY_BLOCK_SIZE) {
        uint32_t block[LIMBS] = {0};
        uint32_t count = 0;
        for (; count < MNI_POLY_BLOCK_SIZE && at + count < size; count++) {
            block[count] = bytes[at + count];
        }
        block[count] = 1;
        add_slowly(h, block);
        multiply_slowly(h, r);
    }
    /* h - p is h + 5 - 2^130, if h + 5 reaches bit 130. */
    uint32_t less[LIMBS], carried = 5;
    for (uint32_t i = 0; i < LIMBS; i++) {
        carried += h[i];
        less[i] = carried & 0xff;
        carried >>= 8;
    }
    const uint32_t *least = less[LIMBS - 1] >= 4 ? less : h;
    carried = 0;
    for (uint32_t i = 0; i < MNI_TAG_SIZE; i++) {
        carried += least[i] + pad[i];
        tag_out[i] = (uint8_t)carried;
        carried >>= 8;
    }
}

/* Bytes that are random, or all ones or zeros but for a few: where carries run far. */
static void fill(uint8_t *bytes, size_t size, mni_random *random)
{
    uint64_t kind = mni_random_below(random, 3);
    for (size_t i = 0; i < size; i++) {
        bool is_plain = kind > 0 && mni_random_below(random, 20) > 0;
        bytes[i] = (uint8_t)(!is_plain ? mni_random_next(random) : kind == 1 ? 0xff : 0);
    }
}

static void tags_are_those_of_the_definition(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    uint64_t cases = test_cases(3000);
    for (uint64_t i = 0; i < cases; i++) {
        uint8_t key[MNI_KEY_SIZE], message[300], tag[MNI_TAG_SIZE], wanted[MNI_TAG_SIZE];
        size_t size = i < sizeof(message) ? (size_t)i : mni_random_below(&random, sizeof(message));
        fill(key, 16, &random);
        fill(key + 16, 16, &random);
        fill(message, size, &random);
        make_tag(key, message, size, tag);
        make_tag_slowly(key, message, size, wanted);
        if (memcmp(tag, wanted, sizeof(tag)) != 0) {
            fail_msg("MN_SEED=%" PRIu64 ", case %" PRIu64 ", size %zu", seed, i, size);
        }
    }
}

static void parts_are_filled_up_with_zeros(void **state)
{
    (void)state;
    uint8_t key[MNI_KEY_SIZE], message[200];
    memset(key, 0x5a, sizeof(key));
    memset(message, 0xc3, sizeof(message));
    for (size_t size = 0; size <= 150; size++) {
        uint8_t tag[MNI_TAG_SIZE], wanted[MNI_TAG_SIZE], filled[176] = {0};
        mni_poly poly;
        mni_poly_init(&poly, key);
        mni_poly_add_padded(&poly, message, size);
        mni_poly_add_padded(&poly, message, 16);
        mni_poly_end(&poly, NULL, 0, tag);
        size_t whole = (size + 15) / 16 * 16;
        memcpy(filled, message, size);
        memcpy(filled + whole, message, 16);
        make_tag(key, filled, whole + 16, wanted);
        assert_memory_equal(tag, wanted, sizeof(tag));
    }
}

static void the_end_forgets_the_key(void **state)
{
    (void)state;
    static const mni_poly nothing;
    uint8_t key[MNI_KEY_SIZE] = {1, 2, 3}, tag[MNI_TAG_SIZE];
    mni_poly poly;
    mni_poly_init(&poly, key);
    mni_poly_end(&poly, key, 3, tag);
    assert_memory_equal(&poly, &nothing, sizeof(poly));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_come_out),
        cmocka_unit_test(tags_are_those_of_the_definition),
        cmocka_unit_test(parts_are_filled_up_with_zeros),
        cmocka_unit_test(the_end_forgets_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
