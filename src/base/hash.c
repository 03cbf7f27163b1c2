/* SPDX-License-Identifier: MIT */
/*
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). `tail` holds the
 * size % 8 bytes that do not fill a word yet; the end is computed on a copy, so that a running hash
 * can be read at any time.
 */
#include "base/hash.h"

#include "base/bytes.h"

static uint64_t rotate_left(uint64_t value, uint32_t bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4], uint32_t rounds)
{
    for (uint32_t i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate_left(v[1], 13) ^ v[0];
        v[3] = rotate_left(v[3], 16) ^ v[2];
        v[0] = rotate_left(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate_left(v[1], 17) ^ v[2];
        v[3] = rotate_left(v[3], 21) ^ v[0];
        v[2] = rotate_left(v[2], 32);
    }
}

static void compress(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v, 2);
    v[0] ^= word;
}

uint64_t mni_siphash(const uint8_t key[MNI_HASH_KEY_SIZE], const void *bytes, size_t size)
{
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_hash_add(&hash, bytes, size);
    return mni_hash_end(&hash);
}

void mni_hash_init(mni_hash *hash, const uint8_t key[MNI_HASH_KEY_SIZE])
{
    uint64_t k0 = mni_load_u64(key);
    uint64_t k1 = mni_load_u64(key + 8);
    *hash = (mni_hash){
        .v = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
              k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)},
    };
}

void mni_hash_add(mni_hash *hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (; size >= 8; size -= 8) {
        mni_hash_add_u64(hash, mni_load_u64(at));
        at += 8;
    }
    for (size_t i = 0; i < size; i++) {
        hash->tail |= (uint64_t)at[i] << (hash->size % 8 * 8);
        hash->size++;
        if (hash->size % 8 == 0) {
            compress(hash->v, hash->tail);
            hash->tail = 0;
        }
    }
}

void mni_hash_add_u64(mni_hash *hash, uint64_t value)
{
    uint64_t shift = hash->size % 8 * 8;
    compress(hash->v, hash->tail | value << shift);
    hash->tail = shift > 0 ? value >> (64 - shift) : 0;
    hash->size += 8;
}

uint64_t mni_hash_end(const mni_hash *hash)
{
    mni_hash end = *hash;
    compress(end.v, end.size << 56 | end.tail);
    end.v[2] ^= 0xff;
    mix(end.v, 4);
    return end.v[0] ^ end.v[1] ^ end.v[2] ^ end.v[3];
}
