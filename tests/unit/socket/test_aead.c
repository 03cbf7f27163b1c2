/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20-Poly1305: the vectors of RFC 8439, and that nothing but what was sealed is opened.
 * Vectors whose nonce does not begin with four zeros are put together from the two parts.
 */
#include "base/bytes.h"
#include "base/random.h"
#include "socket/crypto/chacha20.h"
#include "socket/crypto/poly1305.h"
#include "support/hex.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

enum { PLAIN_MAX = 1300, COVERED_MAX = 64 };

typedef struct packet {
    uint8_t key[MNI_KEY_SIZE];
    uint64_t nonce;
    uint8_t covered[COVERED_MAX];
    size_t covered_size;
    uint8_t plain[PLAIN_MAX];
    size_t size;
    uint8_t sealed[PLAIN_MAX + MNI_TAG_SIZE];
} packet;

static void fill(uint8_t *bytes, size_t size, mni_random *random)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)mni_random_next(random);
    }
}

static void make_packet(packet *it, size_t size, mni_random *random)
{
    fill(it->key, sizeof(it->key), random);
    fill(it->covered, sizeof(it->covered), random);
    fill(it->plain, size, random);
    it->nonce = mni_random_next(random);
    it->covered_size = (size_t)mni_random_below(random, COVERED_MAX + 1);
    it->size = size;
    mni_aead_seal(it->key, it->nonce, it->covered, it->covered_size, it->plain, size, it->sealed);
}

static bool open_packet(const packet *it, uint8_t *plain_out)
{
    return mni_aead_open(it->key, it->nonce, it->covered, it->covered_size, it->sealed,
                         it->size + MNI_TAG_SIZE, plain_out);
}

static void the_vector_of_appendix_a_5_comes_out(void **state)
{
    (void)state;
    static const char text[] =
        "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, "
        "replaced, or obsoleted by other documents at any time. It is inappropriate to use "
        "Internet-Drafts as reference material or to cite them other than as /\xe2\x80\x9cwork in "
        "progress./\xe2\x80\x9d";
    static const char sealed[] = "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
                                 "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
                                 "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
                                 "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
                                 "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
                                 "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
                                 "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
                                 "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
                                 "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38";
    uint8_t key[MNI_KEY_SIZE], nonce[8], covered[12], wanted[400], out[400];
    test_unhex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", key);
    test_unhex("0102030405060708", nonce);
    test_unhex("f33388860000000000004e91", covered);
    size_t size = sizeof(text) - 1;
    assert_int_equal(test_unhex(sealed, wanted), size + MNI_TAG_SIZE);
    uint64_t number = mni_load_u64(nonce);

    mni_aead_seal(key, number, covered, sizeof(covered), (const uint8_t *)text, size, out);
    assert_memory_equal(out, wanted, size + MNI_TAG_SIZE);
    assert_true(mni_aead_open(key, number, covered, sizeof(covered), wanted, size + MNI_TAG_SIZE,
                              wanted)); /* in place */
    assert_memory_equal(wanted, text, size);
}

static void the_vector_of_section_2_8_2_comes_out_of_the_parts(void **state)
{
    (void)state;
    static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
                               "only one tip for the future, sunscreen would be it.";
    static const char sealed[] = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                                 "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                                 "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                                 "3ff4def08e4b7a9de576d26586cec64b6116"
                                 "1ae10b594f09e26a7e902ecbd0600691";
    uint8_t key[MNI_KEY_SIZE], nonce[MNI_CHACHA_NONCE_SIZE], covered[12], wanted[200], out[200];
    uint8_t sizes[16] = {0};
    mni_chacha chacha;
    mni_poly poly;
    test_unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key);
    test_unhex("070000004041424344454647", nonce);
    test_unhex("50515253c0c1c2c3c4c5c6c7", covered);
    size_t size = sizeof(text) - 1;
    assert_int_equal(test_unhex(sealed, wanted), size + MNI_TAG_SIZE);

    mni_chacha_init(&chacha, key, nonce, 0);
    mni_poly_init(&poly, mni_chacha_block(&chacha, size));
    mni_chacha_xor(&chacha, (const uint8_t *)text, size, out);
    mni_poly_add_padded(&poly, covered, sizeof(covered));
    mni_poly_add_padded(&poly, out, size);
    sizes[0] = sizeof(covered);
    sizes[8] = (uint8_t)size;
    mni_poly_add_padded(&poly, sizes, sizeof(sizes));
    mni_poly_end(&poly, NULL, 0, out + size);
    assert_memory_equal(out, wanted, size + MNI_TAG_SIZE);
}

static void what_is_sealed_opens_again(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (size_t size = 0; size <= PLAIN_MAX; size += size < 300 ? 1 : 7) {
        static packet it;
        static uint8_t place[PLAIN_MAX + MNI_TAG_SIZE + 1];
        make_packet(&it, size, &random);
        bool is_good = true;
        /* In place, both ways, and nothing beyond the end is touched. */
        memcpy(place, it.plain, size);
        place[size + MNI_TAG_SIZE] = 0xa5;
        mni_aead_seal(it.key, it.nonce, it.covered, it.covered_size, place, size, place);
        is_good = is_good && memcmp(place, it.sealed, size + MNI_TAG_SIZE) == 0;
        is_good = is_good && place[size + MNI_TAG_SIZE] == 0xa5;
        is_good = is_good && mni_aead_open(it.key, it.nonce, it.covered, it.covered_size, place,
                                           size + MNI_TAG_SIZE, place);
        is_good = is_good && memcmp(place, it.plain, size) == 0;
        place[size] = 0xa5;
        is_good = is_good && open_packet(&it, place) && memcmp(place, it.plain, size) == 0;
        is_good = is_good && place[size] == 0xa5;
        if (!is_good) {
            fail_msg("MN_SEED=%" PRIu64 ", size %zu", seed, size);
        }
    }
}

/* With one bit changed: does it open, or is anything written? */
static bool change_is_noticed(packet *it, uint8_t *byte, mni_random *random)
{
    uint8_t out[96], untouched[96];
    memset(out, 0xa5, sizeof(out));
    memset(untouched, 0xa5, sizeof(untouched));
    uint8_t bit = (uint8_t)(1u << mni_random_below(random, 8));
    *byte ^= bit;
    bool opens = open_packet(it, out);
    *byte ^= bit;
    return !opens && memcmp(out, untouched, sizeof(out)) == 0;
}

static bool every_byte_counts(packet *it, uint8_t *bytes, size_t size, mni_random *random)
{
    bool is_good = true;
    for (size_t i = 0; i < size; i++) {
        is_good = is_good && change_is_noticed(it, bytes + i, random);
    }
    return is_good;
}

static void nothing_else_opens_and_nothing_is_written(void **state)
{
    (void)state;
    uint64_t seed = test_seed(2);
    mni_random random;
    mni_random_init(&random, seed);
    for (size_t size = 0; size <= 80; size++) {
        static packet it;
        uint8_t out[96];
        make_packet(&it, size, &random);
        bool is_good = every_byte_counts(&it, it.sealed, size + MNI_TAG_SIZE, &random) &&
                       every_byte_counts(&it, it.covered, it.covered_size, &random) &&
                       every_byte_counts(&it, it.key, sizeof(it.key), &random) &&
                       every_byte_counts(&it, (uint8_t *)&it.nonce, sizeof(it.nonce), &random);
        if (!is_good || !open_packet(&it, out)) {
            fail_msg("MN_SEED=%" PRIu64 ", size %zu", seed, size);
        }
    }
}

/* Bytes moved from what is covered to what is sealed, zeros added or left out. */
static void sizes_are_a_part_of_what_the_tag_covers(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(3));
    static packet it;
    uint8_t out[96];
    make_packet(&it, 40, &random);
    it.covered_size = 20;
    memset(it.covered, 0, sizeof(it.covered));
    mni_aead_seal(it.key, it.nonce, it.covered, 20, it.plain, 40, it.sealed);
    for (size_t covered = 0; covered <= COVERED_MAX; covered++) {
        it.covered_size = covered;
        assert_int_equal(open_packet(&it, out), covered == 20);
    }
    it.covered_size = 20;
    for (size_t size = 0; size <= 40 + MNI_TAG_SIZE; size++) {
        assert_int_equal(mni_aead_open(it.key, it.nonce, it.covered, 20, it.sealed, size, out),
                         size == 40 + MNI_TAG_SIZE);
    }
}

static void what_is_covered_may_be_nothing(void **state)
{
    (void)state;
    uint8_t key[MNI_KEY_SIZE] = {1}, sealed[MNI_TAG_SIZE], other[MNI_TAG_SIZE];
    mni_aead_seal(key, 0, NULL, 0, NULL, 0, sealed);
    mni_aead_seal(key, 0, "", 0, (const uint8_t *)"", 0, other);
    assert_memory_equal(sealed, other, sizeof(sealed));
    assert_true(mni_aead_open(key, 0, NULL, 0, sealed, sizeof(sealed), NULL));
    assert_false(mni_aead_open(key, 1, NULL, 0, sealed, sizeof(sealed), NULL));
    assert_false(mni_aead_open(key, 0, NULL, 0, NULL, 0, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_of_appendix_a_5_comes_out),
        cmocka_unit_test(the_vector_of_section_2_8_2_comes_out_of_the_parts),
        cmocka_unit_test(what_is_sealed_opens_again),
        cmocka_unit_test(nothing_else_opens_and_nothing_is_written),
        cmocka_unit_test(sizes_are_a_part_of_what_the_tag_covers),
        cmocka_unit_test(what_is_covered_may_be_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
