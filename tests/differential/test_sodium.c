/* SPDX-License-Identifier: MIT */
/*
 * The primitives beside those of libsodium, where it is installed: the same bytes come out of both,
 * and both refuse the same. MN_CASES says how many times as many cases as usual there are.
 */
#include "base/bytes.h"
#include "base/random.h"
#include "socket/crypto/crypto.h"
#include "support/hex.h"
#include "support/seed.h"
#include "support/test.h"

#ifdef MN_HAVE_SODIUM
#  include <inttypes.h>
#  include <sodium.h>

enum { PLAIN_MAX = 2100, COVERED_MAX = 300, SEALED_MAX = PLAIN_MAX + MNI_TAG_SIZE };

static void fill(uint8_t *bytes, size_t size, mni_random *random)
{
    for (size_t at = 0; at < size; at += 8) {
        uint8_t word[8];
        mni_store_u64(word, mni_random_next(random));
        memcpy(bytes + at, word, size - at < 8 ? size - at : 8);
    }
}

/* ---- sealing and opening -------------------------------------------------------------------- */

typedef struct packet {
    uint8_t key[MNI_KEY_SIZE];
    uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    uint8_t covered[COVERED_MAX];
    uint8_t plain[PLAIN_MAX];
    uint8_t sealed[SEALED_MAX]; /* by libsodium */
    size_t covered_size, size;
} packet;

static void make_packet(packet *it, size_t size, mni_random *random)
{
    memset(it->nonce, 0, 4);
    fill(it->nonce + 4, 8, random);
    fill(it->key, sizeof(it->key), random);
    fill(it->plain, size, random);
    it->size = size;
    it->covered_size = (size_t)mni_random_below(random, COVERED_MAX + 1);
    fill(it->covered, it->covered_size, random);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(it->sealed, NULL, it->plain, size, it->covered,
                                                    it->covered_size, NULL, it->nonce, it->key);
}

static bool open_ours(const packet *it, const uint8_t *sealed, size_t size, uint8_t *plain_out)
{
    return mni_aead_open(it->key, mni_load_u64(it->nonce + 4), it->covered, it->covered_size,
                         sealed, size, plain_out);
}

static bool open_theirs(const packet *it, size_t size, uint8_t *plain_out)
{
    return crypto_aead_chacha20poly1305_ietf_decrypt(plain_out, NULL, NULL, it->sealed, size,
                                                     it->covered, it->covered_size, it->nonce,
                                                     it->key) == 0;
}

/* Both ways, beside and in place. */
static bool is_packet_the_same(const packet *it)
{
    static uint8_t out[SEALED_MAX];
    uint64_t nonce = mni_load_u64(it->nonce + 4);
    size_t sealed_size = it->size + MNI_TAG_SIZE;
    mni_aead_seal(it->key, nonce, it->covered, it->covered_size, it->plain, it->size, out);
    bool is_same = memcmp(out, it->sealed, sealed_size) == 0;
    is_same = is_same && open_ours(it, out, sealed_size, out);
    is_same = is_same && memcmp(out, it->plain, it->size) == 0;
    mni_aead_seal(it->key, nonce, it->covered, it->covered_size, out, it->size, out);
    is_same = is_same && memcmp(out, it->sealed, sealed_size) == 0;
    memset(out, 0, sizeof(out));
    is_same = is_same && open_ours(it, it->sealed, sealed_size, out);
    return is_same && memcmp(out, it->plain, it->size) == 0;
}

static void every_size_is_sealed_the_same(void **state)
{
    (void)state;
    static packet it;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (size_t size = 0; size <= PLAIN_MAX; size++) {
        make_packet(&it, size, &random);
        if (!is_packet_the_same(&it)) {
            fail_msg("MN_SEED=%" PRIu64 ", size %zu, covered %zu", seed, size, it.covered_size);
        }
    }
}

static void any_packet_is_sealed_the_same(void **state)
{
    (void)state;
    static packet it;
    uint64_t seed = test_seed(2);
    uint64_t cases = test_cases(2000);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint64_t i = 0; i < cases; i++) {
        make_packet(&it, (size_t)mni_random_below(&random, PLAIN_MAX + 1), &random);
        if (!is_packet_the_same(&it)) {
            fail_msg("MN_SEED=%" PRIu64 ", case %" PRIu64 ", size %zu, covered %zu", seed, i,
                     it.size, it.covered_size);
        }
    }
}

static bool either_opens(const packet *it, size_t size)
{
    uint8_t out[SEALED_MAX];
    return open_ours(it, it->sealed, size, out) || open_theirs(it, size, out);
}

/* With a byte changed, and when the end is missing from there on. */
static bool byte_counts(packet *it, size_t at, uint8_t change)
{
    it->sealed[at] ^= change;
    bool opens = either_opens(it, it->size + MNI_TAG_SIZE);
    it->sealed[at] ^= change;
    return !opens && !either_opens(it, at);
}

static void both_refuse_the_same(void **state)
{
    (void)state;
    static packet it;
    uint64_t seed = test_seed(3);
    mni_random random;
    mni_random_init(&random, seed);
    for (size_t size = 0; size <= 100; size++) {
        bool is_good = true;
        make_packet(&it, size, &random);
        for (size_t at = 0; at < size + MNI_TAG_SIZE; at++) {
            uint8_t change = (uint8_t)(1 + mni_random_below(&random, 255));
            is_good = is_good && byte_counts(&it, at, change);
        }
        if (!is_good || !either_opens(&it, size + MNI_TAG_SIZE)) {
            fail_msg("MN_SEED=%" PRIu64 ", size %zu", seed, size);
        }
    }
}

/* ---- X25519 --------------------------------------------------------------------------------- */

/* Random numbers; and those around 0, p and 2^255, among which are all that have two names and five
   of the seven points of small order. */
static void make_point(uint8_t point[MNI_KEY_SIZE], mni_random *random)
{
    static const char *const small_orders[] = {
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    };
    memset(point, 0, MNI_KEY_SIZE);
    switch (mni_random_below(random, 8)) {
    case 0:
        point[0] = (uint8_t)mni_random_below(random, 40);
        break;
    case 1:
        memset(point, 0xff, MNI_KEY_SIZE);
        point[0] = (uint8_t)(0xff - mni_random_below(random, 40));
        break;
    case 2:
        (void)test_unhex(small_orders[mni_random_below(random, 2)], point);
        break;
    case 3: /* long runs of ones and zeros */
        for (uint32_t i = 0; i < MNI_KEY_SIZE; i++) {
            point[i] = mni_random_below(random, 8) > 0 ? 0xff : 0;
        }
        break;
    default:
        fill(point, MNI_KEY_SIZE, random);
        break;
    }
    point[MNI_KEY_SIZE - 1] ^= (uint8_t)(mni_random_below(random, 2) << 7);
}

static void any_secret_is_the_same(void **state)
{
    (void)state;
    uint64_t seed = test_seed(4);
    uint64_t cases = test_cases(10000);
    uint64_t zeros = 0;
    mni_random random;
    mni_random_init(&random, seed);
    for (uint64_t i = 0; i < cases; i++) {
        uint8_t scalar[MNI_KEY_SIZE], point[MNI_KEY_SIZE];
        uint8_t ours[MNI_KEY_SIZE], theirs[MNI_KEY_SIZE] = {0};
        fill(scalar, sizeof(scalar), &random);
        make_point(point, &random);
        bool is_good = mni_x25519(ours, scalar, point);
        bool is_theirs_good = crypto_scalarmult(theirs, scalar, point) == 0;
        zeros += !is_good;
        /* What libsodium writes with its refusal is its own affair. */
        if (is_good != is_theirs_good || (is_good && memcmp(ours, theirs, sizeof(ours)) != 0)) {
            fail_msg("MN_SEED=%" PRIu64 ", case %" PRIu64, seed, i);
        }
    }
    assert_true(zeros > 0 && zeros < cases / 2); /* both happened */
}

static void any_public_key_is_the_same(void **state)
{
    (void)state;
    uint64_t seed = test_seed(5);
    uint64_t cases = test_cases(1000);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint64_t i = 0; i < cases; i++) {
        uint8_t scalar[MNI_KEY_SIZE], ours[MNI_KEY_SIZE], theirs[MNI_KEY_SIZE];
        fill(scalar, sizeof(scalar), &random);
        mni_x25519_public(ours, scalar);
        if (crypto_scalarmult_base(theirs, scalar) != 0 || memcmp(ours, theirs, 32) != 0) {
            fail_msg("MN_SEED=%" PRIu64 ", case %" PRIu64, seed, i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_sealed_the_same),
        cmocka_unit_test(any_packet_is_sealed_the_same),
        cmocka_unit_test(both_refuse_the_same),
        cmocka_unit_test(any_secret_is_the_same),
        cmocka_unit_test(any_public_key_is_the_same),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    return 77; /* skipped */
}
#endif
