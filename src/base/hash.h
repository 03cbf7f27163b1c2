/* SPDX-License-Identifier: MIT */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012), whole and in pieces; and SipHash-1-3, which is
 * quicker and enough for a checksum.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { MNI_HASH_KEY_SIZE = 16 };

uint64_t mni_siphash(const uint8_t key[MNI_HASH_KEY_SIZE], const void *bytes, size_t size);

typedef struct mni_hash {
    uint64_t v[4];
    uint64_t tail;
    uint64_t size;
} mni_hash;

void mni_hash_init(mni_hash *hash, const uint8_t key[MNI_HASH_KEY_SIZE]);
void mni_hash_add(mni_hash *hash, const void *bytes, size_t size);
void mni_hash_add_u64(mni_hash *hash, uint64_t value); /* its eight bytes, little-endian */
uint64_t mni_hash_end(const mni_hash *hash);           /* of all so far; more may be added after */

/* SipHash-1-3 of `first` as eight bytes, little-endian, and the bytes after it. */
uint64_t mni_siphash13(const uint8_t key[MNI_HASH_KEY_SIZE], uint64_t first, const void *bytes,
                       size_t size);

#endif
