/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20 (RFC 8439, sections 2.1 to 2.4). The stream is made some blocks ahead, because several
 * blocks side by side in the lanes of vectors cost little more than one.
 */
#ifndef SOCKET_CRYPTO_CHACHA20_H
#define SOCKET_CRYPTO_CHACHA20_H

#include "socket/crypto/crypto.h"

/* A program that is made for any x86-64 processor uses what the one it runs on has besides. (0 in
   the build's flags: it does not, which is for measuring.) */
#ifndef MNI_CHACHA_AVX2
#  if defined(__GNUC__) && defined(__x86_64__) && !defined(MNI_CRYPTO_PORTABLE)
#    define MNI_CHACHA_AVX2 1
#  else
#    define MNI_CHACHA_AVX2 0
#  endif
#endif

enum {
    MNI_CHACHA_NONCE_SIZE = 12,
    MNI_CHACHA_BLOCK_SIZE = 64,
    MNI_CHACHA_STREAM_SIZE = 8 * MNI_CHACHA_BLOCK_SIZE
};

typedef struct mni_chacha {
    uint32_t state[16]; /* state[12] is the number of the next block that is made */
    uint32_t used;      /* of stream, in bytes */
    uint32_t filled;    /* of stream */
    uint8_t stream[MNI_CHACHA_STREAM_SIZE];
} mni_chacha;

void mni_chacha_init(mni_chacha *chacha, const uint8_t key[MNI_KEY_SIZE],
                     const uint8_t nonce[MNI_CHACHA_NONCE_SIZE], uint32_t counter);
/* The first block, or a later one if what was made of the stream is used up; it stays where it is
   until the next call. size: how much will be asked for after it, which is made along with it as
   far as there is room. */
const uint8_t *mni_chacha_block(mni_chacha *chacha, size_t size);
/* Combines bytes with the stream; out is in itself, or they do not overlap. */
void mni_chacha_xor(mni_chacha *chacha, const uint8_t *in, size_t size, uint8_t *out);

#if MNI_CHACHA_AVX2
/* Eight blocks from this state on, where the processor has AVX2. */
void mni_chacha_avx2(const uint32_t state[16], uint8_t stream_out[MNI_CHACHA_STREAM_SIZE]);
#endif

#endif
