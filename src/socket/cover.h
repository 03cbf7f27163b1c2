/* SPDX-License-Identifier: MIT */
/*
 * Which bytes of a message are concerned (have arrived, were lost), as a set of byte ranges. Pieces
 * begin at multiples of 64 bytes, so that one bit says it for 64 bytes: however a message is cut,
 * and in whatever order its pieces come, the set takes the same few bytes and nothing in it fails.
 */
#ifndef SOCKET_COVER_H
#define SOCKET_COVER_H

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

enum { MNI_COVER_UNIT = 64 };

typedef struct mni_cover {
    uint8_t *bits;
    uint32_t total;   /* bytes of the message */
    uint32_t covered; /* bytes of it that are in the set */
} mni_cover;

/* The bytes that the bits of a message of this size take. */
uint32_t mni_cover_size(uint32_t total);
/* An empty set; bits are so many bytes. */
void mni_cover_init(mni_cover *cover, uint8_t *bits, uint32_t total);
/* Whether a piece is one: inside the message, not empty, and of whole units (but for the end). */
bool mni_cover_fits(uint32_t total, uint32_t offset, uint32_t size);
/* From here on, pieces that fit. How many bytes of one are not in the set: */
uint32_t mni_cover_missing(const mni_cover *cover, uint32_t offset, uint32_t size);
void mni_cover_add(mni_cover *cover, uint32_t offset, uint32_t size);
void mni_cover_remove(mni_cover *cover, uint32_t offset, uint32_t size);
/* The first range of the set; false: it is empty. */
bool mni_cover_first(const mni_cover *cover, uint32_t *offset_out, uint32_t *size_out);

#endif
