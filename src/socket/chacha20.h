/* SPDX-License-Identifier: MIT */
/* ChaCha20 (RFC 8439, section 2.4). */
#ifndef SOCKET_CHACHA20_H
#define SOCKET_CHACHA20_H

#include "socket/crypto.h"

enum { MNI_CHACHA_NONCE_SIZE = 12, MNI_CHACHA_BLOCK_SIZE = 64, MNI_CHACHA_WORDS = 16 };

typedef struct mni_chacha {
    uint32_t state[MNI_CHACHA_WORDS]; /* state[12] counts blocks */
} mni_chacha;

void mni_chacha_init(mni_chacha *chacha, const uint8_t key[MNI_KEY_SIZE],
                     const uint8_t nonce[MNI_CHACHA_NONCE_SIZE], uint32_t counter);
void mni_chacha_block(mni_chacha *chacha, uint8_t block_out[MNI_CHACHA_BLOCK_SIZE]);
void mni_chacha_xor(mni_chacha *chacha, const uint8_t *in, size_t size, uint8_t *out);

#endif
