/* SPDX-License-Identifier: MIT */
/* Forgetting secrets, and comparing them: what optimisers and memcmp would each do too well. */
#include "socket/crypto/crypto.h"
#include "socket/crypto/secret.h"

#include <string.h>

void mni_wipe(void *secret, size_t size)
{
#if defined(__GNUC__)
    /* The empty statement may read all memory, as far as the compiler knows: the zeros must be
       there. */
    memset(secret, 0, size);
    __asm__ __volatile__("" : : "r"(secret) : "memory");
#else
    volatile uint8_t *bytes = secret;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = 0;
    }
#endif
}

bool mni_is_equal(const void *a, const void *b, size_t size)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    uint64_t difference = 0;
    for (size_t i = 0; i < size; i++) {
        difference |= mni_secret_hide((uint64_t)(left[i] ^ right[i]));
    }
    return difference == 0;
}
