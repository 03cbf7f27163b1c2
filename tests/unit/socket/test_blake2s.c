/* SPDX-License-Identifier: MIT */
/*
 * BLAKE2s, HMAC and HKDF: the vector and the self-test of RFC 7693, and hashes that Python's
 * hashlib and hmac made of counting bytes. The self-test also wants keys and shorter hashes, which
 * the library has no use for: they differ in the first word of the state alone.
 */
#include "base/random.h"
#include "socket/crypto/crypto.h"
#include "support/hex.h"
#include "support/seed.h"
#include "support/test.h"

enum { COUNTING = 10240 };

static uint8_t counting[COUNTING]; /* 0, 1, 2, … 255, 0, … */

static int begin(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNTING; i++) {
        counting[i] = (uint8_t)i;
    }
    return 0;
}

static void assert_hash(const uint8_t hash[MNI_HASH_SIZE], const char *text)
{
    uint8_t wanted[MNI_HASH_SIZE];
    assert_int_equal(test_unhex(text, wanted), sizeof(wanted));
    assert_memory_equal(hash, wanted, sizeof(wanted));
}

static void make_hash(const void *bytes, size_t size, uint8_t hash_out[MNI_HASH_SIZE])
{
    mni_blake blake;
    mni_blake_init(&blake);
    mni_blake_add(&blake, bytes, size);
    mni_blake_end(&blake, hash_out);
}

static void known_hashes_come_out(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        const char *hash;
    } known[] = {
        {0, "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9"},
        {1, "e34d74dbaf4ff4c6abd871cc220451d2ea2648846c7757fbaac82fe51ad64bea"},
        {63, "e57cb79487dd57902432b250733813bd96a84efce59f650fac26e6696aefafc3"},
        {64, "56f34e8b96557e90c1f24b52d0c89d51086acf1b00f634cf1dde9233b8eaaa3e"},
        {65, "1b53ee94aaf34e4b159d48de352c7f0661d0a40edff95a0b1639b4090e974472"},
        {127, "f18417b39d617ab1c18fdf91ebd0fc6d5516bb34cf39364037bce81fa04cecb1"},
        {128, "1fa877de67259d19863a2a34bcc6962a2b25fcbf5cbecd7ede8f1fa36688a796"},
        {129, "5bd169e67c82c2c2e98ef7008bdf261f2ddf30b1c00f9e7f275bb3e8a28dc9a2"},
        {256, "5fdeb59f681d975f52c8e69c5502e02a12a3afcc5836ba58f42784c439228781"},
        {COUNTING, "415be11b5e9fd9082eff7e6032df6a7de16f23e1bfe507e7cb5c6f94cd8a62a1"},
    };
    uint8_t hash[MNI_HASH_SIZE];
    make_hash("abc", 3, hash); /* appendix B */
    assert_hash(hash, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        make_hash(counting, known[i].size, hash);
        assert_hash(hash, known[i].hash);
    }
}

/* RFC 7693, appendix E: bytes that follow from a seed. */
static void make_sequence(uint8_t *bytes, uint32_t size, uint32_t seed)
{
    uint32_t a = 0xdead4bad * seed, b = 1;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t sum = a + b;
        a = b;
        b = sum;
        bytes[i] = (uint8_t)(sum >> 24);
    }
}

static void make_short_hash(uint32_t hash_size, const uint8_t *key, const uint8_t *bytes,
                            uint32_t size, uint8_t hash_out[MNI_HASH_SIZE])
{
    mni_blake blake;
    mni_blake_init(&blake);
    blake.state[0] ^= MNI_HASH_SIZE ^ hash_size ^ (key != NULL ? hash_size << 8 : 0);
    if (key != NULL) {
        uint8_t block[MNI_HASH_BLOCK_SIZE] = {0};
        memcpy(block, key, hash_size);
        mni_blake_add(&blake, block, sizeof(block));
    }
    mni_blake_add(&blake, bytes, size);
    mni_blake_end(&blake, hash_out);
}

static void the_self_test_of_the_rfc_passes(void **state)
{
    (void)state;
    static const uint32_t hash_sizes[] = {16, 20, 28, 32};
    static const uint32_t sizes[] = {0, 3, 64, 65, 255, 1024};
    uint8_t bytes[1024], key[MNI_HASH_SIZE], hash[MNI_HASH_SIZE];
    mni_blake all;
    mni_blake_init(&all);
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t k = 0; k < 6; k++) {
            make_sequence(bytes, sizes[k], sizes[k]);
            make_short_hash(hash_sizes[i], NULL, bytes, sizes[k], hash);
            mni_blake_add(&all, hash, hash_sizes[i]);
            make_sequence(key, hash_sizes[i], hash_sizes[i]);
            make_short_hash(hash_sizes[i], key, bytes, sizes[k], hash);
            mni_blake_add(&all, hash, hash_sizes[i]);
        }
    }
    mni_blake_end(&all, hash);
    assert_hash(hash, "6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe");
}

static void pieces_are_the_whole(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(1));
    for (uint32_t round = 0; round < 500; round++) {
        uint8_t hash[MNI_HASH_SIZE], wanted[MNI_HASH_SIZE];
        size_t size = (size_t)mni_random_below(&random, 400);
        mni_blake blake;
        mni_blake_init(&blake);
        for (size_t at = 0; at < size;) {
            size_t count = (size_t)mni_random_below(&random, 140);
            count = count < size - at ? count : size - at;
            mni_blake_add(&blake, counting + at, count);
            at += count;
        }
        mni_blake_end(&blake, hash);
        make_hash(counting, size, wanted);
        assert_memory_equal(hash, wanted, sizeof(hash));
    }
}

/* The counter of bytes has two words. */
static void the_count_goes_past_its_first_word(void **state)
{
    (void)state;
    uint8_t one[MNI_HASH_SIZE], other[MNI_HASH_SIZE];
    mni_blake blake;
    mni_blake_init(&blake);
    blake.count = UINT64_C(0xffffffc0);
    mni_blake_add(&blake, counting, 65); /* the count passes 2^32 */
    mni_blake_end(&blake, one);
    mni_blake_init(&blake);
    blake.count = UINT64_C(0x1ffffffc0);
    mni_blake_add(&blake, counting, 65);
    mni_blake_end(&blake, other);
    assert_memory_not_equal(one, other, sizeof(one));
}

static void known_macs_come_out(void **state)
{
    (void)state;
    static const struct {
        size_t key_size, size;
        const char *mac;
    } known[] = {
        {0, 0, "eaf4bb25938f4d20e72656bbbc7a9bf63c0c18537333c35bdb67db1402661acd"},
        {1, 1, "fe7e86cfcef08645120e58ca5e40198f24c520daf451b7334f5d1a971cb0e1e2"},
        {32, 0, "e2641d24dfa8dd89e8cb77f1cdc77d8c006e5bebdfc4d6a3a3a6f8d5b7586fb0"},
        {32, 32, "9a6b3d1db24cf1be406e749959a39af5e617fdb3f01e3bc7788820a764c71357"},
        {63, 65, "f8b37799166da8638c6b7392dedd0398d93d6b6c183b567ad0cbdd52e606257d"},
        {64, 200, "95872a0676d0ae5fd8c3c4fb86abbc7154581446e7871d923940a2c29f86d376"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        uint8_t mac[MNI_HASH_SIZE];
        mni_hmac(counting, known[i].key_size, counting + 100, known[i].size, mac);
        assert_hash(mac, known[i].mac);
    }
}

static void known_keys_are_derived(void **state)
{
    (void)state;
    static const char *const known[2][3] = {
        {"7a38c34bf2b8738d7374ca77c44ecb309a11d2b2528304fa86052c365e722624",
         "1a17621f346abdc520746a9fb64d8eb03231d674fc15687537b0780fd9c060fd",
         "4eaf02809ac4b930ef63479de62275f1c55656e61f78a3cc653c18a2223d6c5f"},
        {"6a96444e20e8d4c1cee974416acae1c10b3c92886010e54ed94dafb2c3b80ea0",
         "57af120b0de7acbe7907ec149c5ae870a2dbb74232b65777ba4123f1f7f888f5",
         "0926c7caabb6e8d73beda759e6f4f0d324ce5b5000bcf8cd784b26db3049faa9"},
    };
    for (uint32_t i = 0; i < 2; i++) {
        size_t size = i == 0 ? 0 : 32;
        for (uint32_t count = 2; count <= 3; count++) {
            uint8_t outs[4][MNI_HASH_SIZE];
            memset(outs, 0xa5, sizeof(outs));
            mni_hkdf(counting, counting + 32, size, count, outs);
            for (uint32_t k = 0; k < count; k++) {
                assert_hash(outs[k], known[i][k]);
            }
            assert_int_equal(outs[count][0], 0xa5);
            /* The chaining key makes place for its successor. */
            memcpy(outs[0], counting, MNI_HASH_SIZE);
            mni_hkdf(outs[0], counting + 32, size, count, outs);
            assert_hash(outs[0], known[i][0]);
            assert_hash(outs[1], known[i][1]);
        }
    }
}

static void the_end_forgets_what_was_hashed(void **state)
{
    (void)state;
    static const mni_blake nothing;
    uint8_t hash[MNI_HASH_SIZE];
    mni_blake blake;
    mni_blake_init(&blake);
    mni_blake_add(&blake, "secret", 6);
    mni_blake_end(&blake, hash);
    assert_memory_equal(&blake, &nothing, sizeof(blake));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_hashes_come_out),
        cmocka_unit_test(the_self_test_of_the_rfc_passes),
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(the_count_goes_past_its_first_word),
        cmocka_unit_test(known_macs_come_out),
        cmocka_unit_test(known_keys_are_derived),
        cmocka_unit_test(the_end_forgets_what_was_hashed),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
