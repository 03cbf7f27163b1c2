/* SPDX-License-Identifier: MIT */
/* BCryptGenRandom from the system's preferred generator: no handle is opened, none can be lost. */
#include "base/entropy.h"

/* The second needs the first. clang-format would sort them. */
/* clang-format off */
#include <windows.h>
#include <bcrypt.h>
/* clang-format on */

mn_result mni_entropy(void *bytes, size_t size)
{
    enum { AT_ONCE = 1 << 20 }; /* the call takes 32 bits */
    uint8_t *at = bytes;
    while (size > 0) {
        ULONG count = size < AT_ONCE ? (ULONG)size : AT_ONCE;
        if (BCryptGenRandom(NULL, at, count, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
            return MN_ERROR_NETWORK;
        }
        at += count;
        size -= count;
    }
    return MN_OK;
}
