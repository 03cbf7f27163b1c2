/* SPDX-License-Identifier: MIT */
/*
 * Cookies prove that a client receives what is sent to its address, without any state on the
 * server: the server gives out its own time under a keyed hash that covers the address and the
 * whole hello, and believes what comes back with it for a while (as RFC 9000, section 8.1). To
 * everybody but the server they are 16 opaque bytes.
 */
#ifndef SOCKET_COOKIE_H
#define SOCKET_COOKIE_H

#include "base/hash.h"

#include <miragenet.h>

#include <stdbool.h>
#include <stdint.h>

enum { MNI_COOKIE_SIZE = 16, MNI_COOKIE_LIFETIME_US = 5000000 };

/* What a cookie is made for. */
typedef struct mni_cookie_claim {
    const mn_address *address;
    const uint8_t *hello;
    uint32_t hello_size;
} mni_cookie_claim;

void mni_cookie_make(uint8_t cookie_out[MNI_COOKIE_SIZE], const uint8_t key[MNI_HASH_KEY_SIZE],
                     const mni_cookie_claim *claim, uint64_t now_us);
/* Is it ours, for this address and hello, and not too old? Then issued_us_out tells its time. */
bool mni_cookie_check(const uint8_t cookie[MNI_COOKIE_SIZE], const uint8_t key[MNI_HASH_KEY_SIZE],
                      const mni_cookie_claim *claim, uint64_t now_us, uint64_t *issued_us_out);

#endif
