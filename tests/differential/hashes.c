/* SPDX-License-Identifier: MIT */
/*
 * Prints hashes of bytes that follow from their number, for another program to compute them again
 * (verify_hashes.py): a line is what was computed, the sizes that went in, and the hash.
 */
#include "socket/crypto/crypto.h"

#include <stdio.h>

enum { BYTES = 70000, SMALL_MAX = 300 };

static void print(const char *what, size_t key_size, size_t size, const uint8_t *hash)
{
    (void)printf("%s %zu %zu ", what, key_size, size);
    for (uint32_t i = 0; i < MNI_HASH_SIZE; i++) {
        (void)printf("%02x", hash[i]);
    }
    (void)printf("\n");
}

static void print_hash(const uint8_t *bytes, size_t size)
{
    uint8_t hash[MNI_HASH_SIZE];
    mni_blake blake;
    mni_blake_init(&blake);
    mni_blake_add(&blake, bytes, size / 3); /* in two parts, for once */
    mni_blake_add(&blake, bytes + size / 3, size - size / 3);
    mni_blake_end(&blake, hash);
    print("blake2s", 0, size, hash);
}

int main(void)
{
    static const size_t large[] = {1000, 1023, 1024, 1025, 4096, 65535, 65536, BYTES};
    static uint8_t bytes[BYTES];
    uint32_t state = 1;
    for (uint32_t i = 0; i < BYTES; i++) {
        state = state * 1103515245 + 12345;
        bytes[i] = (uint8_t)(state >> 16);
    }
    for (size_t size = 0; size <= SMALL_MAX; size++) {
        uint8_t hash[MNI_HASH_SIZE], outs[3][MNI_HASH_SIZE];
        print_hash(bytes, size);
        size_t key_size = size % (MNI_HASH_BLOCK_SIZE + 1);
        mni_hmac(bytes, key_size, bytes + key_size, size, hash);
        print("hmac", key_size, size, hash);
        mni_hkdf(bytes, bytes + MNI_HASH_SIZE, size, 3, outs);
        for (uint32_t i = 0; i < 3; i++) {
            print("hkdf", i, size, outs[i]);
        }
    }
    for (uint32_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        print_hash(bytes, large[i]);
    }
    return 0;
}
