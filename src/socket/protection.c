/* SPDX-License-Identifier: MIT */
/*
 * The receiver needs no word of when the key changes. Numbers under one key are all above those
 * under the key before, so any that came under the present one is a border for packets of the other
 * phase: below it, they are of the key before; above, of the next, which is tried and believed if
 * it opens. A packet of the present phase can only be of the present key, or two keys late.
 */
#include "socket/protection.h"

#include "base/bytes.h"

#include <string.h>

/* The low half of a SipHash-1-3: it tells corruption from what was sent, and off the path nobody
   can make one. */
static uint32_t checksum(const uint8_t *key, uint64_t number, const uint8_t *bytes, size_t size)
{
    return (uint32_t)mni_siphash13(key, number, bytes, size);
}

/* REKEY: the first bytes of what zeros encrypt to under the nonce that no packet has. key_out may
   be key itself. */
static void next_key(uint8_t key_out[MNI_KEY_SIZE], const uint8_t key[MNI_KEY_SIZE])
{
    uint8_t sealed[MNI_KEY_SIZE + MNI_TAG_SIZE] = {0};
    mni_aead_seal(key, UINT64_MAX, sealed, 0, sealed, MNI_KEY_SIZE, sealed);
    memcpy(key_out, sealed, MNI_KEY_SIZE);
    mni_wipe(sealed, sizeof(sealed));
}

/* ---- what is sent */

void mni_sealer_init(mni_sealer *sealer, bool is_sealed, const uint8_t key[MNI_KEY_SIZE],
                     uint64_t number, uint64_t now_us)
{
    *sealer = (mni_sealer){.is_sealed = is_sealed, .first = number, .since_us = now_us};
    memcpy(sealer->key, key, MNI_KEY_SIZE);
}

void mni_sealer_renew(mni_sealer *sealer, const mni_rekey *rekey, uint64_t number,
                      uint64_t next_acked, uint64_t now_us)
{
    bool is_worn =
        number - sealer->first >= rekey->packets || now_us - sealer->since_us >= rekey->us;
    if (!sealer->is_sealed || !is_worn || next_acked <= sealer->first) {
        return;
    }
    next_key(sealer->key, sealer->key);
    sealer->phase = !sealer->phase;
    sealer->first = number;
    sealer->since_us = now_us;
}

void mni_sealer_seal(const mni_sealer *sealer, uint8_t *bytes, uint32_t open_size,
                     uint32_t body_size, uint64_t number)
{
    MNI_ASSERT(number >= sealer->first && number < MNI_NUMBERS_END);
    uint8_t *body = bytes + open_size;
    if (sealer->is_sealed) {
        mni_aead_seal(sealer->key, number, bytes, open_size, body, body_size, body);
    } else {
        uint32_t size = open_size + body_size;
        mni_store_u32(bytes + size, checksum(sealer->key, number, bytes, size));
    }
}

/* ---- what is received */

void mni_opener_init(mni_opener *opener, bool is_sealed, const uint8_t key[MNI_KEY_SIZE])
{
    *opener = (mni_opener){.is_sealed = is_sealed};
    memcpy(opener->key, key, MNI_KEY_SIZE);
}

static const uint8_t *open_plain(const uint8_t *key, const mni_envelope *envelope)
{
    uint32_t size = envelope->open_size + envelope->body_size;
    bool fits = mni_load_u32(envelope->bytes + size) ==
                checksum(key, envelope->number, envelope->bytes, size);
    return fits ? envelope->bytes + envelope->open_size : NULL;
}

static const uint8_t *open_with(const uint8_t *key, const mni_envelope *envelope,
                                uint8_t *plain_out)
{
    const uint8_t *body = envelope->bytes + envelope->open_size;
    bool fits = mni_aead_open(key, envelope->number, envelope->bytes, envelope->open_size, body,
                              envelope->body_size + MNI_TAG_SIZE, plain_out);
    return fits ? plain_out : NULL;
}

/* Who makes up a packet of the other phase makes us compute a key in vain, which takes less than to
   find out about the packet. */
static const uint8_t *open_with_next(mni_opener *opener, const mni_envelope *envelope,
                                     uint8_t *plain_out)
{
    uint8_t next[MNI_KEY_SIZE];
    next_key(next, opener->key);
    const uint8_t *body = open_with(next, envelope, plain_out);
    if (body != NULL) {
        memcpy(opener->before, opener->key, MNI_KEY_SIZE);
        memcpy(opener->key, next, MNI_KEY_SIZE);
        opener->has_before = true;
        opener->phase = envelope->phase;
        opener->border = envelope->number;
    }
    mni_wipe(next, sizeof(next));
    return body;
}

const uint8_t *mni_opener_open(mni_opener *opener, const mni_envelope *envelope, uint8_t *plain_out)
{
    if (!opener->is_sealed) {
        return open_plain(opener->key, envelope);
    }
    if (envelope->phase != opener->phase) {
        if (envelope->number >= opener->border) {
            return open_with_next(opener, envelope, plain_out);
        }
        return opener->has_before ? open_with(opener->before, envelope, plain_out) : NULL;
    }
    return open_with(opener->key, envelope, plain_out);
}

void mni_opener_forget(mni_opener *opener, uint64_t oldest)
{
    if (opener->has_before && opener->border <= oldest) {
        mni_wipe(opener->before, MNI_KEY_SIZE);
        opener->has_before = false;
    }
}
