/* SPDX-License-Identifier: MIT */
/*
 * What a lead byte promises, as a table: how many bytes follow, and between which two values the
 * first of them lies (RFC 3629, section 4). The others are 80 to BF.
 */
#include "message/utf8.h"

typedef struct lead {
    uint8_t last; /* the highest lead byte of the row; the rows ascend */
    uint8_t more; /* bytes that follow */
    uint8_t low, high;
} lead;

static const lead leads[] = {
    {0xc1, 0, 1, 0},       /* continuations and overlong forms: never a lead */
    {0xdf, 1, 0x80, 0xbf}, /* U+0080 to U+07FF */
    {0xe0, 2, 0xa0, 0xbf}, /* the rest would be overlong */
    {0xec, 2, 0x80, 0xbf}, {0xed, 2, 0x80, 0x9f}, /* the rest would be surrogates */
    {0xef, 2, 0x80, 0xbf}, {0xf0, 3, 0x90, 0xbf}, /* the rest would be overlong */
    {0xf3, 3, 0x80, 0xbf}, {0xf4, 3, 0x80, 0x8f}, /* up to U+10FFFF */
    {0xff, 0, 1, 0},
};

/* The size of the well-formed character of several bytes at text, 0 if it is none. */
static size_t character_size(const uint8_t *text, size_t left)
{
    const lead *row = leads;
    while (text[0] > row->last) {
        row++;
    }
    if (row->more == 0 || row->more >= left || text[1] < row->low || text[1] > row->high) {
        return 0;
    }
    for (size_t i = 2; i <= row->more; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return (size_t)row->more + 1;
}

size_t mni_utf8_length(const uint8_t *text, size_t max)
{
    size_t at = 0;
    while (at < max && text[at] != 0) {
        size_t size = text[at] < 0x80 ? 1 : character_size(text + at, max - at);
        if (size == 0) {
            break;
        }
        at += size;
    }
    return at;
}
