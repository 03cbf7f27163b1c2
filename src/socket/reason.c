/* SPDX-License-Identifier: MIT */
/*
 * Bytes that are not part of a valid character become question marks, one for each byte. Valid is
 * what the table of RFC 3629, section 4, allows: no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */
#include "socket/reason.h"

#include <string.h>

enum { CHARACTER_MAX = 4 }; /* bytes: whether the last one fits is seen when all of it is */

static uint32_t sequence_size(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The size of the character that begins here, 0 if none does. */
static uint32_t character_size(const uint8_t *bytes, uint32_t left)
{
    uint32_t size = sequence_size(bytes[0]);
    if (size == 0 || size > left) {
        return 0;
    }
    if (size == 1) {
        return bytes[0] >= 0x20 && bytes[0] != 0x7f ? 1 : 0;
    }
    /* The second byte has narrower bounds after some leads. */
    uint8_t low = bytes[0] == 0xe0 ? 0xa0 : bytes[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = bytes[0] == 0xed ? 0x9f : bytes[0] == 0xf4 ? 0x8f : 0xbf;
    /* U+0080 to U+009F are control characters as well. */
    low = bytes[0] == 0xc2 ? 0xa0 : low;
    if (bytes[1] < low || bytes[1] > high) {
        return 0;
    }
    for (uint32_t i = 2; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

void mni_reason_set(mni_reason *reason, int32_t code, const void *text, uint32_t size)
{
    *reason = (mni_reason){.code = code > 0 && code <= UINT16_MAX ? code : MN_REASON_CLOSED};
    const uint8_t *bytes = text;
    uint32_t at = 0;
    while (at < size) {
        uint32_t valid = character_size(bytes + at, size - at);
        uint32_t step = valid > 0 ? valid : 1;
        if (reason->size + step > MN_TEXT_MAX) {
            return;
        }
        if (valid > 0) {
            memcpy(reason->text + reason->size, bytes + at, step);
        } else {
            reason->text[reason->size] = '?';
        }
        reason->size += step;
        at += step;
    }
}

void mni_reason_set_text(mni_reason *reason, int32_t code, const char *text)
{
    uint32_t size = 0;
    while (text != NULL && size < MN_TEXT_MAX + CHARACTER_MAX && text[size] != '\0') {
        size++;
    }
    mni_reason_set(reason, code, text, size);
}
