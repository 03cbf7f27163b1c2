/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20-Poly1305 (RFC 8439, section 2.8): block 0 of the stream is the key of the tag, the
 * stream from block 1 on covers the bytes, and the tag covers what is sent.
 */
#include "base/bytes.h"
#include "socket/crypto/chacha20.h"
#include "socket/crypto/poly1305.h"

#include <string.h>

/* size: of what is to be sealed or opened. */
static void begin(mni_chacha *chacha, mni_poly *poly, const uint8_t *key, uint64_t nonce,
                  size_t size)
{
    uint8_t bytes[MNI_CHACHA_NONCE_SIZE] = {0};
    mni_store_u64(bytes + 4, nonce);
    mni_chacha_init(chacha, key, bytes, 0);
    mni_poly_init(poly, mni_chacha_block(chacha, size));
}

static void end(mni_poly *poly, size_t covered_size, size_t size, uint8_t *tag_out)
{
    uint8_t sizes[16];
    mni_store_u64(sizes, covered_size);
    mni_store_u64(sizes + 8, size);
    mni_poly_add_padded(poly, sizes, sizeof(sizes));
    mni_poly_end(poly, NULL, 0, tag_out);
}

/* NOLINTNEXTLINE(readability-function-size): these seven are what an AEAD is about */
void mni_aead_seal(const uint8_t key[MNI_KEY_SIZE], uint64_t nonce, const void *covered,
                   size_t covered_size, const uint8_t *plain, size_t size, uint8_t *sealed_out)
{
    mni_chacha chacha;
    mni_poly poly;
    begin(&chacha, &poly, key, nonce, size);
    mni_chacha_xor(&chacha, plain, size, sealed_out);
    mni_poly_add_padded(&poly, covered, covered_size);
    mni_poly_add_padded(&poly, sealed_out, size);
    end(&poly, covered_size, size, sealed_out + size);
    mni_wipe(&chacha, sizeof(chacha));
}

/* NOLINTNEXTLINE(readability-function-size): these seven are what an AEAD is about */
bool mni_aead_open(const uint8_t key[MNI_KEY_SIZE], uint64_t nonce, const void *covered,
                   size_t covered_size, const uint8_t *sealed, size_t size, uint8_t *plain_out)
{
    if (size < MNI_TAG_SIZE) {
        return false;
    }
    mni_chacha chacha;
    mni_poly poly;
    uint8_t tag[MNI_TAG_SIZE];
    size -= MNI_TAG_SIZE;
    begin(&chacha, &poly, key, nonce, size);
    mni_poly_add_padded(&poly, covered, covered_size);
    mni_poly_add_padded(&poly, sealed, size);
    end(&poly, covered_size, size, tag);
    bool is_good = mni_is_equal(tag, sealed + size, sizeof(tag));
    if (is_good) {
        mni_chacha_xor(&chacha, sealed, size, plain_out);
    }
    mni_wipe(&chacha, sizeof(chacha));
    mni_wipe(tag, sizeof(tag)); /* the right one, which a forger would like to know */
    return is_good;
}
