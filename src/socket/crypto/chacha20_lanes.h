/* SPDX-License-Identifier: MIT */
/*
 * The rounds of ChaCha20, for as many blocks as MNI_LANES says (a power of two): whoever includes
 * this sets it, and MNI_LANES_TARGET, the instructions that may be used. Word i of all blocks is
 * one vector, so that a block goes through the rounds as if it were alone. With one lane, a vector
 * is a plain number, and this is plain C.
 */
#include "base/bytes.h"

#include <string.h>

#if MNI_LANES > 1
typedef uint32_t lanes __attribute__((vector_size(4 * MNI_LANES)));
#else
typedef uint32_t lanes;
#endif

MNI_LANES_TARGET static inline lanes rotate(lanes value, int bits)
{
    return value << bits | value >> (32 - bits);
}

MNI_LANES_TARGET static inline void quarter_round(lanes *a, lanes *b, lanes *c, lanes *d)
{
    *a += *b;
    *d = rotate(*d ^ *a, 16);
    *c += *d;
    *b = rotate(*b ^ *c, 12);
    *a += *b;
    *d = rotate(*d ^ *a, 8);
    *c += *d;
    *b = rotate(*b ^ *c, 7);
}

/* In all lanes the same. */
MNI_LANES_TARGET static inline lanes spread(uint32_t word)
{
    return (lanes){0} + word;
}

/* 0, 1, 2, …: what the blocks have to add to the number of the first one. */
MNI_LANES_TARGET static inline lanes numbers(void)
{
    static const uint32_t words[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    lanes value;
    memcpy(&value, words, sizeof(value));
    return value;
}

/* Both views of all words of all blocks. */
typedef union views {
    lanes vectors[16];
    uint32_t words[16][MNI_LANES];
} views;

/* Blocks state[12], state[12] + 1, … of the stream. */
MNI_LANES_TARGET static inline void make_blocks(const uint32_t state[16], uint8_t *stream)
{
    views all;
    lanes *x = all.vectors;
    for (uint32_t i = 0; i < 16; i++) {
        x[i] = spread(state[i]);
    }
    x[12] += numbers();
    for (uint32_t i = 0; i < 10; i++) {
        quarter_round(&x[0], &x[4], &x[8], &x[12]);
        quarter_round(&x[1], &x[5], &x[9], &x[13]);
        quarter_round(&x[2], &x[6], &x[10], &x[14]);
        quarter_round(&x[3], &x[7], &x[11], &x[15]);
        quarter_round(&x[0], &x[5], &x[10], &x[15]);
        quarter_round(&x[1], &x[6], &x[11], &x[12]);
        quarter_round(&x[2], &x[7], &x[8], &x[13]);
        quarter_round(&x[3], &x[4], &x[9], &x[14]);
    }
    x[12] += numbers();
    for (uint32_t i = 0; i < 16; i++) {
        x[i] += spread(state[i]);
    }
    for (uint32_t lane = 0; lane < MNI_LANES; lane++, stream += 64) {
        for (uint32_t i = 0; i < 16; i++) {
#if MNI_LANES > 1
            /* Not byte by byte: gcc makes vectors of bytes of that, which takes twice the time. */
            memcpy(stream + (size_t)4 * i, &all.words[i][lane], 4);
#else
            mni_store_u32(stream + (size_t)4 * i, all.words[i][lane]);
#endif
        }
    }
    mni_wipe(&all, sizeof(all));
}
