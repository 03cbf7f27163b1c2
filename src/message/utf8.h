/* SPDX-License-Identifier: MIT */
/* Well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef MESSAGE_UTF8_H
#define MESSAGE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes from the start are well-formed and not zero; max is how far to look. Text is cut
   there, and so never in the middle of a character. */
size_t mni_utf8_length(const uint8_t *text, size_t max);

#endif
