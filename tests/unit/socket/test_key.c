/* SPDX-License-Identifier: MIT */
/* Keys as games handle them: pairs, and the one text that each key has. */
#include "base/random.h"
#include "support/seed.h"
#include "support/test.h"

#include <miragenet.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 44, LAST_DIGIT = 42, ROUNDS = 2000 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Private and public, written by Python's base64 and computed by OpenSSL. */
static const struct {
    const char *private_text, *public_text;
} pairs[] = {
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
     "L+V9o0fNYkMVKNqsX7spBzD/9oSvxM/C7ZCZX1jLO3Q="},
    {"//////////////////////////////////////////8=",
     "hHwNLDdSNPNl5mCVUYejc1oPdhPRYJ06ak2MU66qWiI="},
    {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
     "j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8="},
    {"Wmw8r8q8snDbdHHC7q/kig0+MTbPSJ9M4561kbrPFJc=",
     "weMJkjsLcIMgkLCU3ksIn0U06GErmVkoJdIjk+LXGhQ="},
    {"fD2j8p3azmjLU/V/S6ohy6YWGH9PIM6quha7PkYpbc8=",
     "naaXgvpkq9w4WYxoL+ajA9X9yvNhYLTRgKGZ/K1Tv2s="},
    {"OD+dBbLF3Jp+fAwllKr96IhH4HD8C9OgHR1U8ATOs+U=",
     "McQ5rw03Fy4hXgquwWbbzumF/ndJshObzZY11bu+91k="},
    {"gZyvH8YemqY+qJiqL0G7G8Wgl3YdpwY16ylsWUejsus=",
     "Z23NpwK1UYrlnRzfAsqVpq6uoocAMiv9Zq6FXZK4NmY="},
};

/* base64 without the arithmetic. */
static void format_slowly(const uint8_t key[MN_KEY_SIZE], char text_out[TEXT_SIZE + 1])
{
    for (uint32_t i = 0; i <= LAST_DIGIT; i++) {
        uint32_t digit = 0;
        for (uint32_t bit = 6 * i; bit < 6 * i + 6; bit++) {
            uint32_t is_set =
                bit < 8 * MN_KEY_SIZE ? (uint32_t)key[bit / 8] >> (7 - bit % 8) & 1 : 0;
            digit = digit << 1 | is_set;
        }
        text_out[i] = alphabet[digit];
    }
    memcpy(text_out + LAST_DIGIT + 1, "=", 2);
}

static void public_keys_are_those_of_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        uint8_t private_key[MN_KEY_SIZE], public_key[MN_KEY_SIZE];
        char text[MN_KEY_TEXT_MAX];
        assert_int_equal(mn_key_parse(pairs[i].private_text, private_key), MN_OK);
        assert_int_equal(mn_key_public(private_key, public_key), MN_OK);
        assert_int_equal(mn_key_format(public_key, text, sizeof(text)), TEXT_SIZE);
        assert_string_equal(text, pairs[i].public_text);
        assert_int_equal(mn_key_format(private_key, text, sizeof(text)), TEXT_SIZE);
        assert_string_equal(text, pairs[i].private_text);
    }
}

static void a_new_pair_is_a_pair_and_not_the_one_before(void **state)
{
    (void)state;
    uint8_t before[MN_KEY_SIZE] = {0};
    for (uint32_t i = 0; i < 8; i++) {
        uint8_t private_key[MN_KEY_SIZE], public_key[MN_KEY_SIZE], wanted[MN_KEY_SIZE];
        assert_int_equal(mn_key_generate(private_key, public_key), MN_OK);
        assert_int_equal(mn_key_public(private_key, wanted), MN_OK);
        assert_memory_equal(public_key, wanted, sizeof(wanted));
        assert_memory_not_equal(private_key, before, sizeof(before));
        memcpy(before, private_key, sizeof(before));
    }
}

static void a_key_comes_back_from_its_text(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint8_t key[MN_KEY_SIZE], back[MN_KEY_SIZE];
        char text[MN_KEY_TEXT_MAX], wanted[TEXT_SIZE + 1];
        for (uint32_t i = 0; i < MN_KEY_SIZE; i++) {
            key[i] = (uint8_t)mni_random_next(&random);
        }
        format_slowly(key, wanted);
        if (mn_key_format(key, text, sizeof(text)) != TEXT_SIZE || strcmp(text, wanted) != 0 ||
            mn_key_parse(text, back) != MN_OK || memcmp(back, key, sizeof(key)) != 0) {
            fail_msg("%s became %s (MN_SEED=%llu)", wanted, text, (unsigned long long)seed);
        }
    }
}

static void the_text_needs_its_room(void **state)
{
    (void)state;
    uint8_t key[MN_KEY_SIZE] = {1, 2, 3};
    for (uint32_t capacity = 0; capacity <= MN_KEY_TEXT_MAX; capacity++) {
        char text[MN_KEY_TEXT_MAX + 1];
        memset(text, '?', sizeof(text));
        mn_result result = mn_key_format(key, text, capacity);
        if (capacity > TEXT_SIZE) {
            assert_int_equal(result, TEXT_SIZE);
            assert_int_equal(strlen(text), TEXT_SIZE);
            assert_int_equal(text[TEXT_SIZE + 1], '?');
        } else {
            assert_int_equal(result, MN_ERROR_TOO_LARGE);
            assert_int_equal(text[0], '?');
        }
    }
}

/* A text that is refused leaves the key as it was. */
static void check_parse(const char *text, bool is_good)
{
    uint8_t key[MN_KEY_SIZE], untouched[MN_KEY_SIZE];
    memset(key, 0xa5, sizeof(key));
    memcpy(untouched, key, sizeof(key));
    mn_result result = mn_key_parse(text, key);
    if (result != (is_good ? MN_OK : MN_ERROR_ARGUMENT)) {
        fail_msg("\"%s\" is %s", text, mn_result_text(result));
    }
    if (!is_good) {
        assert_memory_equal(key, untouched, sizeof(key));
    }
}

/* Of the last digit two bits belong to no key: were they free, a key would have four texts. */
static bool may_stand_at(uint32_t at, char character)
{
    if (at > LAST_DIGIT) {
        return character == '=';
    }
    const char *digit = strchr(alphabet, character);
    return digit != NULL && (at < LAST_DIGIT || (digit - alphabet) % 4 == 0);
}

static void every_character_that_may_not_stand_where_it_stands_is_refused(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < TEXT_SIZE; at++) {
        for (uint32_t character = 1; character <= UINT8_MAX; character++) {
            char text[TEXT_SIZE + 1];
            memcpy(text, pairs[3].private_text, sizeof(text));
            text[at] = (char)character;
            check_parse(text, may_stand_at(at, (char)character));
        }
    }
}

static void a_text_of_another_length_is_refused(void **state)
{
    (void)state;
    char text[2 * TEXT_SIZE + 1];
    for (uint32_t size = 0; size < TEXT_SIZE; size++) {
        memcpy(text, pairs[0].private_text, TEXT_SIZE);
        text[size] = '\0';
        check_parse(text, false);
    }
    for (uint32_t size = TEXT_SIZE + 1; size <= 2 * TEXT_SIZE; size++) {
        memcpy(text, pairs[0].private_text, TEXT_SIZE);
        memset(text + TEXT_SIZE, 'A', TEXT_SIZE);
        text[size - 1] = '=';
        text[size] = '\0';
        check_parse(text, false);
    }
    static const char *const wrong[] = {
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", /* a line, and not its text */
        " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", /* 31 bytes */
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g", /* 33 bytes */
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        check_parse(wrong[i], false);
    }
}

static void null_is_refused(void **state)
{
    (void)state;
    uint8_t key[MN_KEY_SIZE] = {7}, untouched[MN_KEY_SIZE] = {7};
    char text[MN_KEY_TEXT_MAX] = "?";
    assert_int_equal(mn_key_generate(NULL, key), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_key_generate(key, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_key_public(NULL, key), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_key_public(key, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_key_format(NULL, text, sizeof(text)), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_key_format(key, NULL, sizeof(text)), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_key_parse(NULL, key), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_key_parse(pairs[0].private_text, NULL), MN_ERROR_ARGUMENT);
    assert_memory_equal(key, untouched, sizeof(key));
    assert_string_equal(text, "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_keys_are_those_of_others),
        cmocka_unit_test(a_new_pair_is_a_pair_and_not_the_one_before),
        cmocka_unit_test(a_key_comes_back_from_its_text),
        cmocka_unit_test(the_text_needs_its_room),
        cmocka_unit_test(every_character_that_may_not_stand_where_it_stands_is_refused),
        cmocka_unit_test(a_text_of_another_length_is_refused),
        cmocka_unit_test(null_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
