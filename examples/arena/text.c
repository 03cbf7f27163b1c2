/* SPDX-License-Identifier: MIT */
#include "text.h"

void text_copy(char *to, size_t size, const char *from)
{
    size_t length = 0;
    for (; length + 1 < size && from[length] != 0; length++) {
        to[length] = from[length];
        if (from[length] < ' ' || from[length] > '~') {
            to[length] = '?';
        }
    }
    to[length] = 0;
}
