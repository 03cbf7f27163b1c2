/* SPDX-License-Identifier: MIT */
/*
 * X25519: the vectors of RFC 7748, and what it says of the numbers that a public key may be.
 * MN_CASES=1000 makes of the thousand iterations of section 5.2 the million.
 */
#include "base/random.h"
#include "socket/crypto/crypto.h"
#include "support/hex.h"
#include "support/seed.h"
#include "support/test.h"

#define P_BUT_LOWEST "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
#define ZERO_30 "000000000000000000000000000000000000000000000000000000000000"

typedef struct key {
    uint8_t bytes[MNI_KEY_SIZE];
} key;

static key from_hex(const char *text)
{
    key it;
    assert_int_equal(strlen(text), 2 * sizeof(it.bytes));
    test_unhex(text, it.bytes);
    return it;
}

static key random_key(mni_random *random)
{
    key it;
    for (uint32_t i = 0; i < sizeof(it.bytes); i++) {
        it.bytes[i] = (uint8_t)mni_random_next(random);
    }
    return it;
}

static key multiply(key scalar, key point)
{
    key product;
    assert_true(mni_x25519(product.bytes, scalar.bytes, point.bytes));
    return product;
}

static void assert_same(key a, key b)
{
    assert_memory_equal(a.bytes, b.bytes, sizeof(a.bytes));
}

static void the_vectors_of_section_5_2_come_out(void **state)
{
    (void)state;
    static const char *const vectors[][3] = {
        {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
         "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
         "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
        {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
         "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
         "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
    };
    for (uint32_t i = 0; i < 2; i++) {
        assert_same(multiply(from_hex(vectors[i][0]), from_hex(vectors[i][1])),
                    from_hex(vectors[i][2]));
    }
}

static void the_iterations_of_section_5_2_come_out(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        const char *result;
    } known[] = {
        {1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"},
        {1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"},
        {1000000, "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424"},
    };
    key scalar = {{9}}, point = {{9}};
    uint64_t count = test_cases(1000);
    for (uint64_t i = 1; i <= count && i <= 1000000; i++) {
        key next = multiply(scalar, point);
        point = scalar;
        scalar = next;
        for (uint32_t k = 0; k < 3; k++) {
            if (i == known[k].count) {
                assert_same(scalar, from_hex(known[k].result));
            }
        }
    }
}

static void two_sides_agree_as_in_section_6_1(void **state)
{
    (void)state;
    key alice = from_hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    key bob = from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    key secret = from_hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    key alice_public, bob_public;
    mni_x25519_public(alice_public.bytes, alice.bytes);
    mni_x25519_public(bob_public.bytes, bob.bytes);
    assert_same(alice_public,
                from_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
    assert_same(bob_public,
                from_hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
    assert_same(multiply(alice, bob_public), secret);
    assert_same(multiply(bob, alice_public), secret);
}

static void any_two_sides_agree(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(1));
    for (uint32_t i = 0; i < 50; i++) {
        key a = random_key(&random), b = random_key(&random), a_public, b_public;
        mni_x25519_public(a_public.bytes, a.bytes);
        mni_x25519_public(b_public.bytes, b.bytes);
        assert_same(multiply(a, b_public), multiply(b, a_public));
    }
}

/* The points whose order divides 8, and the other names of those: their coordinate plus p. */
static void points_of_small_order_are_told(void **state)
{
    (void)state;
    static const char *const points[] = {
        "00" ZERO_30 "00",
        "01" ZERO_30 "00",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ec" P_BUT_LOWEST, /* p - 1 */
        "ed" P_BUT_LOWEST,
        "ee" P_BUT_LOWEST,
    };
    static const uint8_t zero[MNI_KEY_SIZE];
    mni_random random;
    mni_random_init(&random, test_seed(2));
    for (uint32_t i = 0; i < 2 * sizeof(points) / sizeof(points[0]); i++) {
        key point = from_hex(points[i / 2]), scalar = random_key(&random), secret;
        point.bytes[MNI_KEY_SIZE - 1] |= i % 2 == 0 ? 0 : 0x80;
        assert_false(mni_x25519(secret.bytes, scalar.bytes, point.bytes));
        assert_memory_equal(secret.bytes, zero, sizeof(zero));
    }
}

/* Section 5: from 2^255 - 19 on, numbers have a second name, which means the same. */
static void a_number_of_p_or_more_is_taken_modulo_p(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(3));
    for (uint32_t i = 2; i < 19; i++) {
        key scalar = random_key(&random), small = {{(uint8_t)i}}, large;
        large = from_hex("ed" P_BUT_LOWEST);
        large.bytes[0] = (uint8_t)(0xed + i);
        assert_same(multiply(scalar, small), multiply(scalar, large));
    }
}

static void bits_that_do_not_count_are_ignored(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(4));
    for (uint32_t i = 0; i < 20; i++) {
        key scalar = random_key(&random), point = random_key(&random);
        key product = multiply(scalar, point);
        point.bytes[MNI_KEY_SIZE - 1] ^= 0x80;
        assert_same(multiply(scalar, point), product);
        scalar.bytes[0] ^= (uint8_t)mni_random_below(&random, 8);
        scalar.bytes[MNI_KEY_SIZE - 1] ^= (uint8_t)(mni_random_below(&random, 4) << 6);
        assert_same(multiply(scalar, point), product);
        scalar.bytes[0] ^= 8;
        key other = multiply(scalar, point);
        assert_memory_not_equal(other.bytes, product.bytes, sizeof(product.bytes));
    }
}

static void the_secret_may_lie_where_a_key_lay(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(5));
    key scalar = random_key(&random), point = random_key(&random);
    key product = multiply(scalar, point), copy = scalar;
    assert_true(mni_x25519(copy.bytes, copy.bytes, point.bytes));
    assert_same(copy, product);
    copy = point;
    assert_true(mni_x25519(copy.bytes, scalar.bytes, copy.bytes));
    assert_same(copy, product);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_section_5_2_come_out),
        cmocka_unit_test(the_iterations_of_section_5_2_come_out),
        cmocka_unit_test(two_sides_agree_as_in_section_6_1),
        cmocka_unit_test(any_two_sides_agree),
        cmocka_unit_test(points_of_small_order_are_told),
        cmocka_unit_test(a_number_of_p_or_more_is_taken_modulo_p),
        cmocka_unit_test(bits_that_do_not_count_are_ignored),
        cmocka_unit_test(the_secret_may_lie_where_a_key_lay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
