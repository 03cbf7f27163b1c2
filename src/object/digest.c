/* SPDX-License-Identifier: MIT */
/* The key is public: digests find mistakes, not forgers. */
#include "object/digest.h"

#include "message/codec.h"

uint64_t mni_digest_object(const mni_kind *kind, uint32_t object, uint32_t owner, uint64_t mask,
                           const void *canonical)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE] = "miragenet digest";
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_hash_add_u64(&hash, object);
    mni_hash_add_u64(&hash, kind->type->id);
    mni_hash_add_u64(&hash, owner);
    mni_layout_digest(&kind->type->layout, mask, canonical, &hash);
    return mni_hash_end(&hash);
}
