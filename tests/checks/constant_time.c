/* SPDX-License-Identifier: MIT */
/*
 * Runs the primitives, the handshake and the texts of keys on secrets that valgrind takes for
 * uninitialised memory: it complains about every branch and every index that depends on one (the
 * idea is Adam Langley's ctgrind, 2010). What is released is for everybody to see: what was sealed,
 * and what mni_is_equal answers, which the linker passes through this file.
 */
#include "socket/crypto/noise.h"

#include <miragenet.h>

#include <stdio.h>
#include <string.h>

#ifdef MN_HAVE_MEMCHECK
#  include <valgrind/memcheck.h>

enum { SIZE_MAX_TRIED = 1300 };

static void hide(const void *secret, size_t size)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(secret, size);
}

static void release(const void *result, size_t size)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(result, size);
}

bool __real_mni_is_equal(const void *a, const void *b, size_t size);
bool __wrap_mni_is_equal(const void *a, const void *b, size_t size);

bool __wrap_mni_is_equal(const void *a, const void *b, size_t size)
{
    bool answer = __real_mni_is_equal(a, b, size);
    release(&answer, sizeof(answer));
    return answer;
}

static void fill(uint8_t *bytes, size_t size, uint8_t seed)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(seed + i * 7);
    }
}

static bool try_aead(size_t size)
{
    uint8_t key[MNI_KEY_SIZE], plain[SIZE_MAX_TRIED], sealed[SIZE_MAX_TRIED + MNI_TAG_SIZE];
    uint8_t covered[11] = {1, 2, 3}, out[SIZE_MAX_TRIED];
    fill(key, sizeof(key), 1);
    fill(plain, size, 2);
    hide(key, sizeof(key));
    hide(plain, size);
    size_t sealed_size = size + MNI_TAG_SIZE;
    mni_aead_seal(key, 7, covered, sizeof(covered), plain, size, sealed);
    release(sealed, sealed_size);
    bool is_good = mni_aead_open(key, 7, covered, sizeof(covered), sealed, sealed_size, out) &&
                   mni_is_equal(out, plain, size);
    sealed[size] ^= 1;
    return is_good && !mni_aead_open(key, 7, covered, sizeof(covered), sealed, sealed_size, out);
}

static bool try_x25519(void)
{
    uint8_t scalar[MNI_KEY_SIZE], other[MNI_KEY_SIZE], secret[MNI_KEY_SIZE];
    uint8_t public_key[MNI_KEY_SIZE], other_public[MNI_KEY_SIZE], other_secret[MNI_KEY_SIZE];
    fill(scalar, sizeof(scalar), 3);
    fill(other, sizeof(other), 4);
    hide(scalar, sizeof(scalar));
    hide(other, sizeof(other));
    /* The public keys stay hidden: an identity may be nobody's business, too. */
    mni_x25519_public(public_key, scalar);
    mni_x25519_public(other_public, other);
    return mni_x25519(secret, scalar, other_public) &&
           mni_x25519(other_secret, other, public_key) &&
           mni_is_equal(secret, other_secret, sizeof(secret));
}

static bool try_hashes(size_t size)
{
    uint8_t key[MNI_KEY_SIZE], bytes[SIZE_MAX_TRIED], hash[MNI_HASH_SIZE];
    uint8_t outs[3][MNI_HASH_SIZE];
    mni_blake blake;
    fill(key, sizeof(key), 5);
    fill(bytes, size, 6);
    hide(key, sizeof(key));
    hide(bytes, size);
    mni_blake_init(&blake);
    mni_blake_add(&blake, bytes, size);
    mni_blake_end(&blake, hash);
    mni_hmac(key, sizeof(key), bytes, size, hash);
    mni_hkdf(key, bytes, size, 3, outs);
    return !mni_is_equal(outs[0], outs[1], MNI_HASH_SIZE);
}

/* A key may come from a file and go into one. Of each character one bit is known, which says that
   the text does not end there. */
static bool try_text(void)
{
    uint8_t key[MN_KEY_SIZE], again[MN_KEY_SIZE];
    char text[MN_KEY_TEXT_MAX];
    fill(key, sizeof(key), 8);
    hide(key, sizeof(key));
    mn_result size = mn_key_format(key, text, sizeof(text));
    release(text, sizeof(text));
    for (mn_result i = 0; i < size; i++) {
        uint8_t hidden = (text[i] & 0x40) != 0 ? 0xbf : 0xdf;
        (void)VALGRIND_SET_VBITS(&text[i], &hidden, 1);
    }
    return mn_key_parse(text, again) == MN_OK && mni_is_equal(key, again, sizeof(key));
}

static bool try_noise(mni_pattern pattern)
{
    enum { PAYLOAD_SIZE = 24, MESSAGE_MAX = PAYLOAD_SIZE + MNI_NOISE_OVERHEAD };
    uint8_t shared[MNI_KEY_SIZE], server_private[MNI_KEY_SIZE], server_public[MNI_KEY_SIZE];
    uint8_t ephemerals[2][MNI_KEY_SIZE], payload[PAYLOAD_SIZE];
    uint8_t message[MESSAGE_MAX], out[MESSAGE_MAX], keys[4][MNI_KEY_SIZE];
    fill(server_private, sizeof(server_private), 9);
    mni_x25519_public(server_public, server_private);
    fill(shared, sizeof(shared), 10);
    fill(ephemerals[0], sizeof(ephemerals), 11);
    fill(payload, sizeof(payload), 12);
    hide(server_private, sizeof(server_private));
    hide(shared, sizeof(shared));
    hide(ephemerals, sizeof(ephemerals));
    hide(payload, sizeof(payload));
    mni_noise sides[2]; /* client, server */
    for (uint32_t i = 0; i < 2; i++) {
        const mni_noise_keys known = {shared, server_public, server_private, ephemerals[i]};
        mni_noise_init(&sides[i], pattern, i == 0, "prologue", 8, &known);
    }
    bool is_good = true;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t out_size;
        uint32_t size = mni_noise_write(&sides[i], payload, sizeof(payload), message);
        release(message, size);
        message[size - 1] ^= 1;
        if (i == 1 || mni_pattern_seals_first(pattern)) {
            is_good = !mni_noise_read(&sides[1 - i], message, size, out, &out_size) && is_good;
        }
        message[size - 1] ^= 1;
        is_good = mni_noise_read(&sides[1 - i], message, size, out, &out_size) && is_good;
        mni_noise_split(&sides[i], keys[2 * i], keys[2 * i + 1]);
    }
    return is_good;
}

int main(int count, char **arguments)
{
    static const size_t sizes[] = {0, 1, 15, 16, 63, 64, 65, 200, 512, 600, SIZE_MAX_TRIED};
    if (RUNNING_ON_VALGRIND == 0) {
        (void)fprintf(stderr, "only valgrind sees what a branch depends on\n");
        return 2;
    }
    bool is_good = try_x25519() && try_text();
    for (mni_pattern pattern = MNI_PATTERN_NN; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        is_good = try_noise(pattern) && is_good;
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        is_good = try_aead(sizes[i]) && try_hashes(sizes[i]) && is_good;
    }
    if (count > 1 && strcmp(arguments[1], "leak") == 0) {
        uint8_t secret[2] = {1, 2};
        hide(secret, sizeof(secret));
        is_good = secret[0] < secret[1] && is_good; /* which must be complained about */
    }
    return is_good ? 0 : 1;
}
#else
int main(void)
{
    return 77; /* skipped: there was no valgrind/memcheck.h */
}
#endif
