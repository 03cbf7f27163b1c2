/* SPDX-License-Identifier: MIT */
/*
 * Text that came from somebody else: it may hold anything, and a terminal obeys some of it.
 */
#ifndef ARENA_TEXT_H
#define ARENA_TEXT_H

#include <stddef.h>

/* Copies what fits into `size` bytes, terminated; what is not printable ASCII becomes '?'. */
void text_copy(char *to, size_t size, const char *from);

#endif
