/* SPDX-License-Identifier: MIT */
/* What is well-formed is a table; every other sequence of one to four bytes is compared with a
   decoder that knows nothing of tables. */
#include "message/utf8.h"
#include "support/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void text_is_cut_where_it_stops_being_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max, length;
    } cases[] = {
        {"", 1, 0},
        {"abc", 0, 0},
        {"abc", 2, 2},
        {"abc", 4, 3},                  /* the zero ends it */
        {"\xc3\xa4", 2, 2},             /* U+00E4 */
        {"a\xc3\xa4", 2, 1},            /* cut before the character, not in it */
        {"\xe2\x82\xac\xe2\x82", 5, 3}, /* U+20AC, and the beginning of one */
        {"\xf0\x9f\x98\x80", 4, 4},     /* U+1F600 */
        {"\xf0\x9f\x98\x80", 3, 0},
        {"a\x80", 2, 1},    /* a continuation alone */
        {"\xc0\x80", 2, 0}, /* overlong zero */
        {"\xc1\xbf", 2, 0},
        {"\xe0\x9f\xbf", 3, 0},     /* overlong */
        {"\xed\x9f\xbf", 3, 3},     /* U+D7FF */
        {"\xed\xa0\x80", 3, 0},     /* a surrogate */
        {"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong */
        {"\xf4\x8f\xbf\xbf", 4, 4}, /* U+10FFFF */
        {"\xf4\x90\x80\x80", 4, 0}, /* above */
        {"\xff", 1, 0},
        {"\xc3(", 2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = mni_utf8_length((const uint8_t *)cases[i].text, cases[i].max);
        if (length != cases[i].length) {
            fail_msg("case %zu: %zu", i, length);
        }
    }
}

/* Whether size bytes are one character of that size: decoded, then encoded again. */
static bool is_character(const uint8_t *bytes, size_t size)
{
    static const uint8_t marks[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    uint32_t point = bytes[0] & (0xffU >> (size + 1));
    bool is_one = (bytes[0] & (0xff00U >> (size + 1) & 0xff)) == marks[size];
    for (size_t i = 1; i < size; i++) {
        is_one = is_one && (bytes[i] & 0xc0) == 0x80;
        point = point << 6 | (bytes[i] & 0x3fU);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    return is_one && point >= least[size] && point <= 0x10ffff &&
           (point < 0xd800 || point > 0xdfff);
}

static size_t decoded_length(const uint8_t *bytes, size_t max)
{
    size_t at = 0;
    size_t size = 1;
    while (at < max && size > 0) {
        size = bytes[at] > 0 && bytes[at] < 0x80 ? 1 : 0;
        for (size_t i = 2; size == 0 && i <= 4 && at + i <= max; i++) {
            size = is_character(bytes + at, i) ? i : 0;
        }
        at += size;
    }
    return at;
}

static void the_table_agrees_with_decoding(void **state)
{
    (void)state;
    static const uint8_t tails[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xe1};
    for (uint32_t lead = 1; lead < 0x100; lead++) {
        for (uint32_t i = 0; i < 1000; i++) {
            uint8_t *bytes = malloc(4); /* so that a sanitizer sees a step too far */
            assert_non_null(bytes);
            bytes[0] = (uint8_t)lead;
            bytes[1] = tails[i % 10];
            bytes[2] = tails[i / 10 % 10];
            bytes[3] = tails[i / 100];
            bool is_equal = mni_utf8_length(bytes, 4) == decoded_length(bytes, 4);
            free(bytes);
            if (!is_equal) {
                fail_msg("lead %x, tails %u", lead, i);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_where_it_stops_being_text),
        cmocka_unit_test(the_table_agrees_with_decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
