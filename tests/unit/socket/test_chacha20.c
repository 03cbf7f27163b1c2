/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20: the vectors of RFC 8439, and that the stream is one, however it is cut: how many blocks
 * are made at once follows from how much is asked for.
 */
#include "base/random.h"
#include "socket/crypto/chacha20.h"
#include "support/hex.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

#define ZERO_8 "00000000"
#define ZERO_16 ZERO_8 ZERO_8
#define ZERO_32 ZERO_16 ZERO_16
#define ZERO_64 ZERO_32 ZERO_32
#define ZERO_128 ZERO_64 ZERO_64
#define KEY_COUNTING "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_BRILLIG "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0"
#define KEY_ONE ZERO_32 "00000000000000000000000000000001"
#define NONCE_TWO "000000000000000000000002"

typedef struct vector {
    const char *key, *nonce;
    uint32_t counter;
    const char *in, *out; /* in hexadecimal; in may be a text, which does not begin with 0 */
} vector;

static const char sunscreen[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
static const char submission[] =
    "Any submission to the IETF intended by the Contributor for publication as all or part of an "
    "IETF Internet-Draft or RFC and any statement made within the context of an IETF activity is "
    "considered an \"IETF Contribution\". Such statements include oral statements in IETF "
    "sessions, as well as written and electronic communications made at any time or place, which "
    "are addressed to";
static const char brillig[] =
    "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\nAll mimsy were the "
    "borogoves,\nAnd the mome raths outgrabe.";

static const vector vectors[] = {
    /* section 2.3.2 */
    {KEY_COUNTING, "000000090000004a00000000", 1, ZERO_128,
     "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
     "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"},
    /* section 2.4.2 */
    {KEY_COUNTING, "000000000000004a00000000", 1, sunscreen,
     "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
     "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
     "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
     "5af90bbf74a35be6b40b8eedf2785e42874d"},
    /* section 2.6.2, appendix A.4: the first half of block 0 is the key of a tag */
    {"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "000000000001020304050607",
     0, ZERO_64, "8ad5a08b905f81cc815040274ab29471a833b637e3fd0da508dbb8e2fdd1a646"},
    {KEY_ONE, NONCE_TWO, 0, ZERO_64,
     "ecfa254f845f647473d3cb140da9e87606cb33066c447b87bc2666dde3fbb739"},
    {KEY_BRILLIG, NONCE_TWO, 0, ZERO_64,
     "965e3bc6f9ec7ed9560808f4d229f94b137ff275ca9b3fcbdd59deaad23310ae"},
    /* appendix A.1 */
    {ZERO_64, "000000000000000000000000", 0, ZERO_128,
     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
     "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"},
    {ZERO_64, "000000000000000000000000", 1, ZERO_128,
     "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
     "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
    {KEY_ONE, "000000000000000000000000", 1, ZERO_128,
     "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
     "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"},
    {"00ff" ZERO_32 "0000000000000000000000000000", "000000000000000000000000", 2, ZERO_128,
     "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
     "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"},
    {ZERO_64, NONCE_TWO, 0, ZERO_128,
     "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
     "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"},
    /* appendix A.2; its first vector is the first of A.1 */
    {KEY_ONE, NONCE_TWO, 1, submission,
     "a3fbf07df3fa2fde4f376ca23e82737041605d9f4f4f57bd8cff2c1d4b7955ec"
     "2a97948bd3722915c8f3d337f7d370050e9e96d647b7c39f56e031ca5eb6250d"
     "4042e02785ececfa4b4bb5e8ead0440e20b6e8db09d881a7c6132f420e527950"
     "42bdfa7773d8a9051447b3291ce1411c680465552aa6c405b7764d5e87bea85a"
     "d00f8449ed8f72d0d662ab052691ca66424bc86d2df80ea41f43abf937d3259d"
     "c4b2d0dfb48a6c9139ddd7f76966e928e635553ba76c5c879d7b35d49eb2e62b"
     "0871cdac638939e25e8a1e0ef9d5280fa8ca328b351c3c765989cbcf3daa8b6c"
     "cc3aaf9f3979c92b3720fc88dc95ed84a1be059c6499b9fda236e7e818b04b0b"
     "c39c1e876b193bfe5569753f88128cc08aaa9b63d1a16f80ef2554d7189c411f"
     "5869ca52c5b83fa36ff216b9c1d30062bebcfd2dc5bce0911934fda79a86f6e6"
     "98ced759c3ff9b6477338f3da4f9cd8514ea9982ccafb341b2384dd902f3d1ab"
     "7ac61dd29c6f21ba5b862f3730e37cfdc4fd806c22f221"},
    {KEY_BRILLIG, NONCE_TWO, 42, brillig,
     "62e6347f95ed87a45ffae7426f27a1df5fb69110044c0d73118effa95b01e5cf"
     "166d3df2d721caf9b21e5fb14c616871fd84c54f9d65b283196c7fe4f60553eb"
     "f39c6402c42234e32a356b3e764312a61a5532055716ead6962568f87d3f3f77"
     "04c6a8d1bcd1bf4d50d6154b6da731b187b58dfd728afa36757a797ac188d1"},
};

enum { SIZE_MAX_TESTED = 1500 };

static size_t read_input(const char *in, uint8_t *bytes_out)
{
    if (*in == '0') {
        return test_unhex(in, bytes_out);
    }
    size_t size = 0;
    for (; in[size] != '\0'; size++) {
        bytes_out[size] = (uint8_t)in[size];
    }
    return size;
}

static void the_vectors_of_the_rfc_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint8_t key[MNI_KEY_SIZE], nonce[MNI_CHACHA_NONCE_SIZE];
        uint8_t in[400], out[400], wanted[400];
        mni_chacha chacha;
        assert_int_equal(test_unhex(vectors[i].key, key), sizeof(key));
        assert_int_equal(test_unhex(vectors[i].nonce, nonce), sizeof(nonce));
        size_t size = read_input(vectors[i].in, in);
        assert_int_equal(test_unhex(vectors[i].out, wanted), size);

        mni_chacha_init(&chacha, key, nonce, vectors[i].counter);
        mni_chacha_xor(&chacha, in, size, out);
        assert_memory_equal(out, wanted, size);
        mni_chacha_init(&chacha, key, nonce, vectors[i].counter);
        mni_chacha_xor(&chacha, out, size, out); /* back again, and in place */
        assert_memory_equal(out, in, size);
    }
}

typedef struct stream {
    uint8_t key[MNI_KEY_SIZE], nonce[MNI_CHACHA_NONCE_SIZE];
    uint8_t in[SIZE_MAX_TESTED];
    uint8_t out[SIZE_MAX_TESTED]; /* each block made by itself */
} stream;

static void make_stream(stream *self, mni_random *random)
{
    mni_chacha chacha;
    for (uint32_t i = 0; i < sizeof(self->key); i++) {
        self->key[i] = (uint8_t)mni_random_next(random);
        self->nonce[i % MNI_CHACHA_NONCE_SIZE] = (uint8_t)mni_random_next(random);
    }
    for (uint32_t i = 0; i < sizeof(self->in); i++) {
        self->in[i] = (uint8_t)mni_random_next(random);
    }
    for (uint32_t at = 0; at < sizeof(self->out); at++) {
        if (at % MNI_CHACHA_BLOCK_SIZE == 0) {
            mni_chacha_init(&chacha, self->key, self->nonce, at / MNI_CHACHA_BLOCK_SIZE);
        }
        mni_chacha_xor(&chacha, self->in + at, 1, self->out + at);
    }
}

static void every_size_gives_the_same_stream(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    static stream it;
    uint8_t out[SIZE_MAX_TESTED + 1];
    mni_random random;
    mni_random_init(&random, seed);
    make_stream(&it, &random);
    for (size_t size = 0; size <= SIZE_MAX_TESTED; size++) {
        mni_chacha chacha;
        out[size] = 0xa5;
        mni_chacha_init(&chacha, it.key, it.nonce, 0);
        mni_chacha_xor(&chacha, it.in, size, out);
        if (memcmp(out, it.out, size) != 0 || out[size] != 0xa5) {
            fail_msg("MN_SEED=%" PRIu64 ", size %zu", seed, size);
        }
    }
}

static void every_cut_gives_the_same_stream(void **state)
{
    (void)state;
    uint64_t seed = test_seed(2);
    static stream it;
    uint8_t out[SIZE_MAX_TESTED];
    mni_random random;
    mni_random_init(&random, seed);
    make_stream(&it, &random);
    for (uint32_t round = 0; round < 1000; round++) {
        mni_chacha chacha;
        uint64_t largest = 1 + mni_random_below(&random, 700);
        mni_chacha_init(&chacha, it.key, it.nonce, 0);
        for (size_t at = 0; at < sizeof(out);) {
            size_t left = sizeof(out) - at;
            size_t count = (size_t)mni_random_below(&random, largest + 1);
            count = count < left ? count : left;
            mni_chacha_xor(&chacha, it.in + at, count, out + at);
            at += count;
        }
        if (memcmp(out, it.out, sizeof(out)) != 0) {
            fail_msg("MN_SEED=%" PRIu64 ", round %u", seed, round);
        }
    }
}

/* Whatever is announced, and whether it comes. */
static void a_block_is_the_beginning_of_the_stream(void **state)
{
    (void)state;
    uint64_t seed = test_seed(3);
    static stream it;
    mni_random random;
    mni_random_init(&random, seed);
    make_stream(&it, &random);
    for (size_t size = 0; size < SIZE_MAX_TESTED - MNI_CHACHA_BLOCK_SIZE; size++) {
        mni_chacha chacha;
        uint8_t out[SIZE_MAX_TESTED];
        mni_chacha_init(&chacha, it.key, it.nonce, 0);
        const uint8_t *block = mni_chacha_block(&chacha, size);
        for (uint32_t i = 0; i < MNI_CHACHA_BLOCK_SIZE; i++) {
            out[i] = it.in[i] ^ block[i];
        }
        size_t more = size % 2 == 0 ? size : SIZE_MAX_TESTED - MNI_CHACHA_BLOCK_SIZE;
        mni_chacha_xor(&chacha, it.in + MNI_CHACHA_BLOCK_SIZE, more, out + MNI_CHACHA_BLOCK_SIZE);
        if (memcmp(out, it.out, MNI_CHACHA_BLOCK_SIZE + more) != 0) {
            fail_msg("MN_SEED=%" PRIu64 ", size %zu", seed, size);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_come_out),
        cmocka_unit_test(every_size_gives_the_same_stream),
        cmocka_unit_test(every_cut_gives_the_same_stream),
        cmocka_unit_test(a_block_is_the_beginning_of_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
