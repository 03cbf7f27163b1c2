/* SPDX-License-Identifier: MIT */
/* Bytes as test vectors are printed: hexadecimal digits, pairs of them. */
#ifndef SUPPORT_HEX_H
#define SUPPORT_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many bytes the text is, which the place for them must have. */
static inline size_t test_unhex(const char *text, uint8_t *bytes_out)
{
    static const char digits[] = "0123456789abcdef";
    size_t size = strlen(text) / 2;
    for (size_t i = 0; i < size; i++) {
        const char *high = strchr(digits, text[2 * i]);
        const char *low = strchr(digits, text[2 * i + 1]);
        bytes_out[i] =
            (uint8_t)(high != NULL && low != NULL ? (high - digits) << 4 | (low - digits) : 0xff);
    }
    return size;
}

#endif
