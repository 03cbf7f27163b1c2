/* SPDX-License-Identifier: MIT */
/*
 * Runs the primitives on secrets that valgrind takes for uninitialised memory: it complains about
 * every branch and every index that depends on one (the idea is Adam Langley's ctgrind, 2010). What
 * is released is for everybody to see: what was sealed, and what mni_is_equal answers, which the
 * linker passes through this file.
 */
#include "socket/crypto.h"

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

/* A private key may be written to a file. */
static bool try_text(void)
{
    uint8_t key[MN_KEY_SIZE];
    char text[MN_KEY_TEXT_MAX];
    fill(key, sizeof(key), 8);
    hide(key, sizeof(key));
    return mn_key_format(key, text, sizeof(text)) > 0;
}

int main(int count, char **arguments)
{
    static const size_t sizes[] = {0, 1, 15, 16, 63, 64, 65, 200, 512, 600, SIZE_MAX_TRIED};
    if (RUNNING_ON_VALGRIND == 0) {
        (void)fprintf(stderr, "only valgrind sees what a branch depends on\n");
        return 2;
    }
    bool is_good = try_x25519() && try_text();
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
