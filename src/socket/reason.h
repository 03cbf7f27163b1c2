/* SPDX-License-Identifier: MIT */
/*
 * Why a connection ends: a number and a short text. The text may come from the other side and goes
 * to the game's screen or log, so that it is made harmless here: valid UTF-8, without control
 * characters, cut at a character's border.
 */
#ifndef SOCKET_REASON_H
#define SOCKET_REASON_H

#include <miragenet.h>

typedef struct mni_reason {
    int32_t code; /* 0: none yet */
    uint32_t size;
    char text[MN_TEXT_MAX + 1]; /* with its terminator */
} mni_reason;

/* code: outside of 1 to 65535 it counts as MN_REASON_CLOSED. text: NULL where size is 0. */
void mni_reason_set(mni_reason *reason, int32_t code, const void *text, uint32_t size);
/* The same with a text that ends where it is terminated; NULL: none. */
void mni_reason_set_text(mni_reason *reason, int32_t code, const char *text);

#endif
