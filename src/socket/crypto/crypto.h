/* SPDX-License-Identifier: MIT */
/*
 * The primitives that keep secrets, all of them and the only ones: ChaCha20-Poly1305 (RFC 8439),
 * X25519 (RFC 7748), BLAKE2s with its HMAC and HKDF (RFC 7693, RFC 2104; the Noise Protocol
 * Framework, revision 34, section 4.3). No branch and no index depends on a secret: the time they
 * take tells sizes and nothing else.
 */
#ifndef SOCKET_CRYPTO_CRYPTO_H
#define SOCKET_CRYPTO_CRYPTO_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MNI_KEY_SIZE = 32,  /* of all keys: of ciphers, of pairs, shared ones */
    MNI_TAG_SIZE = 16,  /* what sealing adds */
    MNI_HASH_SIZE = 32, /* of BLAKE2s */
    MNI_HASH_BLOCK_SIZE = 64
};

/* Forgets a secret for good: no compiler leaves it out. */
void mni_wipe(void *secret, size_t size);
/* In a time that tells nothing about where they differ. */
MNI_CHECK bool mni_is_equal(const void *a, const void *b, size_t size);

/* ---- ChaCha20-Poly1305, with the nonce of Noise: 4 zero bytes and nonce in 8, little-endian */

/* Writes size + MNI_TAG_SIZE bytes. sealed_out may be plain itself, else they do not overlap. One
   nonce is used once with one key. */
void mni_aead_seal(const uint8_t key[MNI_KEY_SIZE], uint64_t nonce, const void *covered,
                   size_t covered_size, const uint8_t *plain, size_t size, uint8_t *sealed_out);
/* size is that of sealed, the tag included. Writes size - MNI_TAG_SIZE bytes (sealed itself, or no
   overlap). False: it is shorter than a tag, or was not sealed so; then nothing is written. */
MNI_CHECK bool mni_aead_open(const uint8_t key[MNI_KEY_SIZE], uint64_t nonce, const void *covered,
                             size_t covered_size, const uint8_t *sealed, size_t size,
                             uint8_t *plain_out);

/* ---- X25519 */

/* The public key of a private one, which is any 32 random bytes. */
void mni_x25519_public(uint8_t public_out[MNI_KEY_SIZE], const uint8_t private_key[MNI_KEY_SIZE]);
/* What both sides of two pairs arrive at. False: the public key is one of the few that make every
   secret zero (RFC 7748, section 6.1). */
MNI_CHECK bool mni_x25519(uint8_t secret_out[MNI_KEY_SIZE], const uint8_t private_key[MNI_KEY_SIZE],
                          const uint8_t public_key[MNI_KEY_SIZE]);

/* ---- BLAKE2s */

typedef struct mni_blake {
    uint32_t state[8];
    uint64_t count;  /* of bytes compressed */
    uint32_t filled; /* of block */
    uint8_t block[MNI_HASH_BLOCK_SIZE];
} mni_blake;

void mni_blake_init(mni_blake *blake);
void mni_blake_add(mni_blake *blake, const void *bytes, size_t size);
void mni_blake_end(mni_blake *blake, uint8_t hash_out[MNI_HASH_SIZE]); /* and wipes it */

/* HMAC-BLAKE2s; key is at most a block. */
void mni_hmac(const uint8_t *key, size_t key_size, const void *bytes, size_t size,
              uint8_t hash_out[MNI_HASH_SIZE]);
/* HKDF as in Noise: count (2 or 3) hashes from a chaining key and what is mixed into it. outs may
   begin with the chaining key's own memory. */
void mni_hkdf(const uint8_t chaining_key[MNI_HASH_SIZE], const void *input, size_t size,
              uint32_t count, uint8_t outs[][MNI_HASH_SIZE]);

#endif
