/* SPDX-License-Identifier: MIT */
/* Poly1305 (RFC 8439, section 2.5). */
#ifndef SOCKET_CRYPTO_POLY1305_H
#define SOCKET_CRYPTO_POLY1305_H

#include "socket/crypto/crypto.h"

enum { MNI_POLY_BLOCK_SIZE = 16 };

/* Three limbs, of 44, 44 and 42 bits. */
typedef struct mni_poly_number {
    uint64_t a, b, c;
} mni_poly_number;

typedef struct mni_poly {
    mni_poly_number r, r_2, r_3, r_4; /* the secret point, and its powers */
    mni_poly_number h;                /* the value of the polynomial so far */
    uint64_t pad[2];                  /* is added at the end */
} mni_poly;

void mni_poly_init(mni_poly *poly, const uint8_t key[MNI_KEY_SIZE]);
/* Zeros fill up the last block. */
void mni_poly_add_padded(mni_poly *poly, const uint8_t *bytes, size_t size);
/* The last bytes of the message, fewer than a block, may be given here; zeros do not fill these
   up. Wipes poly. */
void mni_poly_end(mni_poly *poly, const uint8_t *bytes, size_t size, uint8_t tag_out[MNI_TAG_SIZE]);

#endif
