/* SPDX-License-Identifier: MIT */
/*
 * See cookie.h. A cookie is the time of its making in eight bytes and SipHash-2-4 of address, hello
 * and time in eight more. Forging one needs 2^63 datagrams on average, all within its lifetime.
 */
#include "socket/cookie.h"

#include "base/bytes.h"
#include "socket/address.h"

static uint64_t seal(const uint8_t key[MNI_HASH_KEY_SIZE], const mni_cookie_claim *claim,
                     uint64_t issued_us)
{
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_hash_add(&hash, "cookie", 6); /* the key makes other hashes as well */
    mni_hash_add_u64(&hash, mni_address_hash(claim->address, key));
    mni_hash_add(&hash, claim->hello, claim->hello_size);
    mni_hash_add_u64(&hash, issued_us);
    return mni_hash_end(&hash);
}

void mni_cookie_make(uint8_t cookie_out[MNI_COOKIE_SIZE], const uint8_t key[MNI_HASH_KEY_SIZE],
                     const mni_cookie_claim *claim, uint64_t now_us)
{
    mni_writer writer = mni_writer_over(cookie_out, MNI_COOKIE_SIZE);
    mni_write_u64(&writer, now_us);
    mni_write_u64(&writer, seal(key, claim, now_us));
}

bool mni_cookie_check(const uint8_t cookie[MNI_COOKIE_SIZE], const uint8_t key[MNI_HASH_KEY_SIZE],
                      const mni_cookie_claim *claim, uint64_t now_us, uint64_t *issued_us_out)
{
    uint64_t issued_us = mni_load_u64(cookie);
    /* A time in the future wraps to an age that is too great. */
    if (now_us - issued_us >= MNI_COOKIE_LIFETIME_US ||
        mni_load_u64(cookie + 8) != seal(key, claim, issued_us)) {
        return false;
    }
    *issued_us_out = issued_us;
    return true;
}
