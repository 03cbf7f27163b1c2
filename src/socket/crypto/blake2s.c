/* SPDX-License-Identifier: MIT */
/*
 * BLAKE2s-256 without a key (RFC 7693), HMAC over it (RFC 2104) and the HKDF of Noise (revision 34,
 * section 4.3). The last block is compressed differently from the others, so a full block is kept
 * until it is known that more follows.
 */
#include "base/bytes.h"
#include "socket/crypto/crypto.h"

#include <string.h>

/* RFC 7693, section 2.6: those of SHA-256. */
static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* Section 2.7: which word of the block is mixed in where, round by round. */
static const uint8_t schedule[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static inline uint32_t rotate(uint32_t value, uint32_t bits)
{
    return value >> bits | value << (32 - bits);
}

/* Section 3.1: mixes two words of the block into a column or a diagonal. */
static inline void mix(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t x, uint32_t y)
{
    *a += *b + x;
    *d = rotate(*d ^ *a, 16);
    *c += *d;
    *b = rotate(*b ^ *c, 12);
    *a += *b + y;
    *d = rotate(*d ^ *a, 8);
    *c += *d;
    *b = rotate(*b ^ *c, 7);
}

static inline void mix_round(uint32_t v[16], const uint32_t words[16], const uint8_t order[16])
{
    mix(&v[0], &v[4], &v[8], &v[12], words[order[0]], words[order[1]]);
    mix(&v[1], &v[5], &v[9], &v[13], words[order[2]], words[order[3]]);
    mix(&v[2], &v[6], &v[10], &v[14], words[order[4]], words[order[5]]);
    mix(&v[3], &v[7], &v[11], &v[15], words[order[6]], words[order[7]]);
    mix(&v[0], &v[5], &v[10], &v[15], words[order[8]], words[order[9]]);
    mix(&v[1], &v[6], &v[11], &v[12], words[order[10]], words[order[11]]);
    mix(&v[2], &v[7], &v[8], &v[13], words[order[12]], words[order[13]]);
    mix(&v[3], &v[4], &v[9], &v[14], words[order[14]], words[order[15]]);
}

/* Section 3.2. added: how many bytes of the block are of the message. */
static void compress(mni_blake *blake, const uint8_t block[MNI_HASH_BLOCK_SIZE], uint32_t added,
                     bool is_last)
{
    uint32_t v[16], words[16];
    blake->count += added;
    for (uint32_t i = 0; i < 16; i++) {
        words[i] = mni_load_u32(block + (size_t)4 * i);
        v[i] = i < 8 ? blake->state[i] : initial[i - 8];
    }
    v[12] ^= (uint32_t)blake->count;
    v[13] ^= (uint32_t)(blake->count >> 32);
    v[14] ^= is_last ? UINT32_MAX : 0;
    for (uint32_t i = 0; i < 10; i++) {
        mix_round(v, words, schedule[i]);
    }
    for (uint32_t i = 0; i < 8; i++) {
        blake->state[i] ^= v[i] ^ v[i + 8];
    }
    mni_wipe(v, sizeof(v));
    mni_wipe(words, sizeof(words));
}

void mni_blake_init(mni_blake *blake)
{
    *blake = (mni_blake){.filled = 0};
    memcpy(blake->state, initial, sizeof(initial));
    blake->state[0] ^= 0x01010000 | MNI_HASH_SIZE; /* section 2.5: no key, the size of the hash */
}

void mni_blake_add(mni_blake *blake, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size > 0) {
        if (blake->filled == MNI_HASH_BLOCK_SIZE) {
            compress(blake, blake->block, MNI_HASH_BLOCK_SIZE, false);
            blake->filled = 0;
        }
        size_t room = MNI_HASH_BLOCK_SIZE - blake->filled;
        size_t count = size < room ? size : room;
        memcpy(blake->block + blake->filled, at, count);
        blake->filled += (uint32_t)count;
        at += count;
        size -= count;
    }
}

void mni_blake_end(mni_blake *blake, uint8_t hash_out[MNI_HASH_SIZE])
{
    memset(blake->block + blake->filled, 0, MNI_HASH_BLOCK_SIZE - blake->filled);
    compress(blake, blake->block, blake->filled, true);
    for (uint32_t i = 0; i < 8; i++) {
        mni_store_u32(hash_out + (size_t)4 * i, blake->state[i]);
    }
    mni_wipe(blake, sizeof(*blake));
}

/* Begins a hash with the key in a block of its own, each byte of it changed by pattern. */
static void begin_keyed(mni_blake *blake, const uint8_t *key, size_t key_size, uint8_t pattern)
{
    uint8_t block[MNI_HASH_BLOCK_SIZE] = {0};
    memcpy(block, key, key_size);
    for (uint32_t i = 0; i < sizeof(block); i++) {
        block[i] ^= pattern;
    }
    mni_blake_init(blake);
    mni_blake_add(blake, block, sizeof(block));
    mni_wipe(block, sizeof(block));
}

void mni_hmac(const uint8_t *key, size_t key_size, const void *bytes, size_t size,
              uint8_t hash_out[MNI_HASH_SIZE])
{
    mni_blake blake;
    uint8_t inner[MNI_HASH_SIZE];
    MNI_ASSERT(key_size <= MNI_HASH_BLOCK_SIZE);
    begin_keyed(&blake, key, key_size, 0x36);
    mni_blake_add(&blake, bytes, size);
    mni_blake_end(&blake, inner);
    begin_keyed(&blake, key, key_size, 0x5c);
    mni_blake_add(&blake, inner, sizeof(inner));
    mni_blake_end(&blake, hash_out);
    mni_wipe(inner, sizeof(inner));
}

void mni_hkdf(const uint8_t chaining_key[MNI_HASH_SIZE], const void *input, size_t size,
              uint32_t count, uint8_t outs[][MNI_HASH_SIZE])
{
    uint8_t key[MNI_HASH_SIZE];
    uint8_t step[MNI_HASH_SIZE + 1]; /* what came before, and its number */
    size_t before = 0;
    MNI_ASSERT(count == 2 || count == 3);
    mni_hmac(chaining_key, MNI_HASH_SIZE, input, size, key);
    for (uint32_t i = 0; i < count; i++) {
        step[before] = (uint8_t)(i + 1);
        mni_hmac(key, sizeof(key), step, before + 1, outs[i]);
        memcpy(step, outs[i], MNI_HASH_SIZE);
        before = MNI_HASH_SIZE;
    }
    mni_wipe(key, sizeof(key));
    mni_wipe(step, sizeof(step));
}
