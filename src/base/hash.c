/* SPDX-License-Identifier: MIT */
/*
 * SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). `tail` of a running
 * hash holds the size % 8 bytes that do not fill a word yet; the end is computed on a copy, so that
 * it can be read at any time. SipHash-1-3 has half the rounds for a word, and takes its bytes at
 * one go, so that the state never leaves the registers.
 */
#include "base/hash.h"

#include "base/bytes.h"

/* The state in the hands of one function. By value, because compilers keep the members of a local
   in registers, and an array behind a pointer in memory. */
typedef struct hash_state {
    uint64_t a, b, c, d;
} hash_state;

static inline uint64_t rotate_left(uint64_t value, uint32_t bits)
{
    return value << bits | value >> (64 - bits);
}

static inline hash_state begin(const uint8_t key[MNI_HASH_KEY_SIZE])
{
    uint64_t k0 = mni_load_u64(key);
    uint64_t k1 = mni_load_u64(key + 8);
    return (hash_state){k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
                        k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
}

static inline hash_state mix(hash_state s)
{
    s.a += s.b;
    s.c += s.d;
    s.b = rotate_left(s.b, 13) ^ s.a;
    s.d = rotate_left(s.d, 16) ^ s.c;
    s.a = rotate_left(s.a, 32);
    s.c += s.b;
    s.a += s.d;
    s.b = rotate_left(s.b, 17) ^ s.c;
    s.d = rotate_left(s.d, 21) ^ s.a;
    s.c = rotate_left(s.c, 32);
    return s;
}

static inline hash_state compress(hash_state s, uint64_t word)
{
    s.d ^= word;
    s = mix(mix(s));
    s.a ^= word;
    return s;
}

static inline hash_state compress13(hash_state s, uint64_t word)
{
    s.d ^= word;
    s = mix(s);
    s.a ^= word;
    return s;
}

static inline uint64_t fold(hash_state s)
{
    return s.a ^ s.b ^ s.c ^ s.d;
}

static inline hash_state load(const mni_hash *hash)
{
    return (hash_state){hash->v[0], hash->v[1], hash->v[2], hash->v[3]};
}

static inline void store(mni_hash *hash, hash_state s)
{
    hash->v[0] = s.a;
    hash->v[1] = s.b;
    hash->v[2] = s.c;
    hash->v[3] = s.d;
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
    *hash = (mni_hash){.size = 0};
    store(hash, begin(key));
}

static const uint8_t *add_words(mni_hash *hash, const uint8_t *at, size_t count)
{
    hash_state state = load(hash);
    uint64_t shift = hash->size % 8 * 8;
    uint64_t tail = hash->tail;
    hash->size += 8 * (uint64_t)count;
    if (shift == 0) { /* the tail holds nothing, as in a packet: words go as they come */
        for (; count > 0; count--, at += 8) {
            state = compress(state, mni_load_u64(at));
        }
    }
    for (; count > 0; count--, at += 8) {
        uint64_t word = mni_load_u64(at);
        state = compress(state, tail | word << shift);
        tail = word >> (64 - shift);
    }
    store(hash, state);
    hash->tail = tail;
    return at;
}

void mni_hash_add(mni_hash *hash, const void *bytes, size_t size)
{
    const uint8_t *at = add_words(hash, bytes, size / 8);
    for (size_t i = 0; i < size % 8; i++) {
        hash->tail |= (uint64_t)at[i] << (hash->size % 8 * 8);
        hash->size++;
        if (hash->size % 8 == 0) {
            store(hash, compress(load(hash), hash->tail));
            hash->tail = 0;
        }
    }
}

void mni_hash_add_u64(mni_hash *hash, uint64_t value)
{
    uint64_t shift = hash->size % 8 * 8;
    store(hash, compress(load(hash), hash->tail | value << shift));
    hash->tail = shift > 0 ? value >> (64 - shift) : 0;
    hash->size += 8;
}

uint64_t mni_hash_end(const mni_hash *hash)
{
    hash_state end = compress(load(hash), hash->size << 56 | hash->tail);
    end.c ^= 0xff;
    return fold(mix(mix(mix(mix(end)))));
}

uint64_t mni_siphash13(const uint8_t key[MNI_HASH_KEY_SIZE], uint64_t first, const void *bytes,
                       size_t size)
{
    const uint8_t *at = bytes;
    hash_state state = compress13(begin(key), first);
    for (size_t count = size / 8; count > 0; count--, at += 8) {
        state = compress13(state, mni_load_u64(at));
    }
    uint64_t last = (sizeof(first) + (uint64_t)size) << 56;
    for (size_t i = 0; i < size % 8; i++) {
        last |= (uint64_t)at[i] << (8 * i);
    }
    state = compress13(state, last);
    state.c ^= 0xff;
    return fold(mix(mix(mix(state))));
}
