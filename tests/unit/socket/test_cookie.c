/* SPDX-License-Identifier: MIT */
/* Cookies: what they prove, and for how long. */
#include "socket/cookie.h"
#include "support/test.h"

#include <string.h>

static const uint8_t key[MNI_HASH_KEY_SIZE] = {1, 2, 3};
static const mn_address alice = {.ip = {[15] = 1}, .port = 4000};
static const uint8_t hello[48] = {0x81, 1, 77};
static const mni_cookie_claim claim = {&alice, hello, sizeof(hello)};
static const uint64_t issued_us = 9000000;

typedef struct cookie_bytes {
    uint8_t at[MNI_COOKIE_SIZE];
} cookie_bytes;

static cookie_bytes make(void)
{
    cookie_bytes cookie;
    mni_cookie_make(cookie.at, key, &claim, issued_us);
    return cookie;
}

static void a_cookie_is_good_for_its_lifetime(void **state)
{
    (void)state;
    cookie_bytes cookie = make();
    const struct {
        uint64_t now_us;
        bool is_good;
    } cases[] = {
        {issued_us, true},
        {issued_us + MNI_COOKIE_LIFETIME_US - 1, true},
        {issued_us + MNI_COOKIE_LIFETIME_US, false},
        {issued_us + 10 * (uint64_t)MNI_COOKIE_LIFETIME_US, false},
        {issued_us - 1, false},
        {0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t issued = 1;
        bool is_good = mni_cookie_check(cookie.at, key, &claim, cases[i].now_us, &issued);
        assert_int_equal(is_good, cases[i].is_good);
        assert_int_equal(issued, is_good ? issued_us : 1);
    }
}

static bool is_good_for(const mni_cookie_claim *other)
{
    cookie_bytes cookie = make();
    uint64_t issued;
    return mni_cookie_check(cookie.at, key, other, issued_us, &issued);
}

static void a_cookie_is_for_one_address(void **state)
{
    (void)state;
    mn_address others[] = {alice, alice, alice, alice};
    others[0].port++;
    others[1].ip[0] = 1;
    others[2].kind = 1;
    others[3].scope = 1;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(is_good_for(&(mni_cookie_claim){&others[i], hello, sizeof(hello)}));
    }
    assert_true(is_good_for(&claim));
}

static void a_cookie_is_for_one_hello_with_every_bit_of_it(void **state)
{
    (void)state;
    uint8_t other[sizeof(hello) + 1] = {0};
    memcpy(other, hello, sizeof(hello));
    for (uint32_t bit = 0; bit < sizeof(hello) * 8; bit++) {
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(is_good_for(&(mni_cookie_claim){&alice, other, sizeof(hello)}));
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_false(is_good_for(&(mni_cookie_claim){&alice, other, sizeof(other)}));
    assert_false(is_good_for(&(mni_cookie_claim){&alice, other, sizeof(hello) - 1}));
    assert_true(is_good_for(&(mni_cookie_claim){&alice, other, sizeof(hello)}));
}

static void a_cookie_is_good_under_one_key(void **state)
{
    (void)state;
    cookie_bytes cookie = make();
    uint64_t issued;
    const uint8_t other_key[MNI_HASH_KEY_SIZE] = {1, 2, 4};
    assert_false(mni_cookie_check(cookie.at, other_key, &claim, issued_us, &issued));
}

static void a_cookie_with_any_bit_changed_is_no_cookie(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < MNI_COOKIE_SIZE * 8; bit++) {
        cookie_bytes cookie = make();
        uint64_t issued;
        cookie.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(mni_cookie_check(cookie.at, key, &claim, issued_us, &issued));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_is_good_for_its_lifetime),
        cmocka_unit_test(a_cookie_is_for_one_address),
        cmocka_unit_test(a_cookie_is_for_one_hello_with_every_bit_of_it),
        cmocka_unit_test(a_cookie_is_good_under_one_key),
        cmocka_unit_test(a_cookie_with_any_bit_changed_is_no_cookie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
