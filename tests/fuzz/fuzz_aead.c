/* SPDX-License-Identifier: MIT */
/*
 * Sealing and opening. The input is a packet and what belongs to it:
 *
 *   key(4) nonce(4) covered_size(1) flip(2)   then what is covered, and the rest
 *
 * The rest, taken as a sealed packet, does not open and nothing is written; taken as plain bytes,
 * it is sealed and opens again, beside and in place, but not with the bit `flip` changed. Every
 * buffer is exactly as large as it has to be.
 */
#include "base/bytes.h"
#include "socket/crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef struct packet {
    uint8_t key[MNI_KEY_SIZE];
    uint64_t nonce;
    uint16_t flip;
    const uint8_t *covered, *bytes;
    size_t covered_size, size;
} packet;

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static uint8_t *take(size_t size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    require(bytes != NULL);
    memset(bytes, 0xa5, size);
    return bytes;
}

static bool opens(const packet *it, const uint8_t *sealed, size_t size, uint8_t *plain_out)
{
    return mni_aead_open(it->key, it->nonce, it->covered, it->covered_size, sealed, size,
                         plain_out);
}

static void open_what_nobody_sealed(const packet *it)
{
    uint8_t *out = take(it->size);
    require(!opens(it, it->bytes, it->size, out));
    for (size_t i = 0; i < it->size; i++) {
        require(out[i] == 0xa5);
    }
    free(out);
}

static void seal_and_open(const packet *it)
{
    size_t sealed_size = it->size + MNI_TAG_SIZE;
    uint8_t *sealed = take(sealed_size);
    uint8_t *plain = take(it->size);
    mni_aead_seal(it->key, it->nonce, it->covered, it->covered_size, it->bytes, it->size, sealed);
    require(opens(it, sealed, sealed_size, plain));
    require(memcmp(plain, it->bytes, it->size) == 0);

    size_t bit = it->flip % (8 * sealed_size);
    sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    require(!opens(it, sealed, sealed_size, plain));
    sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);

    require(opens(it, sealed, sealed_size, sealed));
    require(memcmp(sealed, it->bytes, it->size) == 0);
    free(plain);
    free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    packet it = {.key = {0}};
    mni_reader reader = mni_reader_over(bytes, size);
    mni_store_u32(it.key, mni_read_u32(&reader));
    it.nonce = mni_read_u32(&reader);
    it.covered_size = mni_read_u8(&reader);
    it.flip = mni_read_u16(&reader);
    it.covered = mni_read_bytes(&reader, it.covered_size);
    it.size = mni_reader_left(&reader);
    it.bytes = mni_read_bytes(&reader, it.size);
    if (!reader.failed && it.size <= UINT16_MAX) {
        open_what_nobody_sealed(&it);
        seal_and_open(&it);
    }
    return 0;
}
