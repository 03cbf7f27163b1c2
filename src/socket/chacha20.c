/* SPDX-License-Identifier: MIT */
/* ChaCha20, a block at a time (RFC 8439, sections 2.1 to 2.4). */
#include "socket/chacha20.h"

#include "base/bytes.h"

#include <string.h>

void mni_chacha_init(mni_chacha *chacha, const uint8_t key[MNI_KEY_SIZE],
                     const uint8_t nonce[MNI_CHACHA_NONCE_SIZE], uint32_t counter)
{
    chacha->state[0] = 0x61707865; /* "expand 32-byte k" */
    chacha->state[1] = 0x3320646e;
    chacha->state[2] = 0x79622d32;
    chacha->state[3] = 0x6b206574;
    for (uint32_t i = 0; i < 8; i++) {
        chacha->state[4 + i] = mni_load_u32(key + (size_t)4 * i);
    }
    chacha->state[12] = counter;
    for (uint32_t i = 0; i < 3; i++) {
        chacha->state[13 + i] = mni_load_u32(nonce + (size_t)4 * i);
    }
}

static inline uint32_t rotate(uint32_t value, uint32_t bits)
{
    return value << bits | value >> (32 - bits);
}

static inline void quarter_round(uint32_t *x, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 7);
}

void mni_chacha_block(mni_chacha *chacha, uint8_t block_out[MNI_CHACHA_BLOCK_SIZE])
{
    uint32_t x[MNI_CHACHA_WORDS];
    memcpy(x, chacha->state, sizeof(x));
    for (uint32_t i = 0; i < 10; i++) {
        quarter_round(x, 0, 4, 8, 12);
        quarter_round(x, 1, 5, 9, 13);
        quarter_round(x, 2, 6, 10, 14);
        quarter_round(x, 3, 7, 11, 15);
        quarter_round(x, 0, 5, 10, 15);
        quarter_round(x, 1, 6, 11, 12);
        quarter_round(x, 2, 7, 8, 13);
        quarter_round(x, 3, 4, 9, 14);
    }
    for (uint32_t i = 0; i < MNI_CHACHA_WORDS; i++) {
        mni_store_u32(block_out + (size_t)4 * i, x[i] + chacha->state[i]);
    }
    chacha->state[12]++;
    mni_wipe(x, sizeof(x));
}

void mni_chacha_xor(mni_chacha *chacha, const uint8_t *in, size_t size, uint8_t *out)
{
    uint8_t block[MNI_CHACHA_BLOCK_SIZE];
    for (size_t at = 0; at < size; at += sizeof(block)) {
        mni_chacha_block(chacha, block);
        for (size_t i = 0; i < sizeof(block) && at + i < size; i++) {
            out[at + i] = in[at + i] ^ block[i];
        }
    }
    mni_wipe(block, sizeof(block));
}
