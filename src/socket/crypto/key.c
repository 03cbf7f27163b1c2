/* SPDX-License-Identifier: MIT */
/*
 * Keys as a game handles them: made in pairs, and written as text. The text is base64 (RFC 4648,
 * section 4): 43 digits of six bits and one '='. As the text may be a secret too, its characters
 * are made and read by arithmetic alone, without a branch or an index that depends on them.
 */
#include "base/entropy.h"
#include "socket/crypto/crypto.h"
#include "socket/crypto/secret.h"

#include <miragenet.h>

#include <string.h>

enum {
    TEXT_SIZE = 44, /* 11 groups of four digits, each three bytes */
    GROUPS = 11,
    BYTES = 3 * GROUPS /* the key, and one byte that is zero; its last digit is the '=' */
};

/* The alphabet: digits that follow each other where their characters do. */
static const struct {
    uint8_t first, last;
    char character; /* of first */
} ranges[] = {{0, 25, 'A'}, {26, 51, 'a'}, {52, 61, '0'}, {62, 62, '+'}, {63, 63, '/'}};

enum { RANGES = sizeof(ranges) / sizeof(ranges[0]) };

/* All ones where first <= value <= last, and else zero; of values below 2^31. */
static uint32_t mask_within(uint32_t value, uint32_t first, uint32_t last)
{
    uint32_t is_within = (first - 1 - value) & (value - 1 - last);
    return (uint32_t)mni_secret_mask(is_within >> 31);
}

static char character_of(uint32_t digit)
{
    uint32_t character = 0;
    for (uint32_t i = 0; i < RANGES; i++) {
        character |= mask_within(digit, ranges[i].first, ranges[i].last) &
                     (digit - ranges[i].first + (uint8_t)ranges[i].character);
    }
    return (char)character;
}

/* 0 also for what is none. */
static uint32_t digit_of(char text)
{
    uint32_t character = (uint8_t)text, digit = 0;
    for (uint32_t i = 0; i < RANGES; i++) {
        uint32_t first = (uint8_t)ranges[i].character;
        digit |= mask_within(character, first, first + ranges[i].last - ranges[i].first) &
                 (character - first + ranges[i].first);
    }
    return digit;
}

static void encode(const uint8_t key[MN_KEY_SIZE], char text_out[TEXT_SIZE])
{
    uint8_t bytes[BYTES] = {0};
    memcpy(bytes, key, MN_KEY_SIZE);
    for (uint32_t i = 0; i < TEXT_SIZE; i++) {
        const uint8_t *group = bytes + (size_t)3 * (i / 4);
        uint32_t bits = (uint32_t)group[0] << 16 | (uint32_t)group[1] << 8 | group[2];
        text_out[i] = character_of(bits >> (18 - i % 4 * 6) & 63);
    }
    text_out[TEXT_SIZE - 1] = '=';
    mni_wipe(bytes, sizeof(bytes));
}

static void decode(const char text[TEXT_SIZE], uint8_t key_out[MN_KEY_SIZE])
{
    uint8_t bytes[BYTES];
    for (uint32_t i = 0; i < GROUPS; i++) {
        uint32_t bits = 0;
        for (uint32_t k = 0; k < 4; k++) {
            bits = bits << 6 | digit_of(text[4 * i + k]);
        }
        uint8_t *group = bytes + (size_t)3 * i;
        group[0] = (uint8_t)(bits >> 16);
        group[1] = (uint8_t)(bits >> 8);
        group[2] = (uint8_t)bits;
    }
    memcpy(key_out, bytes, MN_KEY_SIZE);
    mni_wipe(bytes, sizeof(bytes));
}

mn_result mn_key_generate(uint8_t private_key_out[MN_KEY_SIZE], uint8_t public_key_out[MN_KEY_SIZE])
{
    if (private_key_out == NULL || public_key_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    uint8_t private_key[MN_KEY_SIZE];
    mn_result result = mni_entropy(private_key, sizeof(private_key));
    if (result == MN_OK) {
        memcpy(private_key_out, private_key, sizeof(private_key));
        mni_x25519_public(public_key_out, private_key);
    }
    mni_wipe(private_key, sizeof(private_key));
    return result;
}

mn_result mn_key_public(const uint8_t private_key[MN_KEY_SIZE], uint8_t public_key_out[MN_KEY_SIZE])
{
    if (private_key == NULL || public_key_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_x25519_public(public_key_out, private_key);
    return MN_OK;
}

mn_result mn_key_format(const uint8_t key[MN_KEY_SIZE], char *text_out, uint32_t capacity)
{
    if (key == NULL || text_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (capacity <= TEXT_SIZE) {
        return MN_ERROR_TOO_LARGE;
    }
    encode(key, text_out);
    text_out[TEXT_SIZE] = '\0';
    return TEXT_SIZE;
}

mn_result mn_key_parse(const char *text, uint8_t key_out[MN_KEY_SIZE])
{
    if (text == NULL || key_out == NULL || strlen(text) != TEXT_SIZE) {
        return MN_ERROR_ARGUMENT;
    }
    /* A key has one text: if it is this one, no character is wrong, and no bit that no key has. */
    uint8_t key[MN_KEY_SIZE];
    char only[TEXT_SIZE];
    decode(text, key);
    encode(key, only);
    bool is_good = mni_is_equal(only, text, TEXT_SIZE);
    if (is_good) {
        memcpy(key_out, key, sizeof(key));
    }
    mni_wipe(key, sizeof(key));
    mni_wipe(only, sizeof(only));
    return is_good ? MN_OK : MN_ERROR_ARGUMENT;
}
