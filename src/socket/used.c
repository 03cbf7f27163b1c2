/* SPDX-License-Identifier: MIT */
/* See used.h. A name is a keyed hash already, so its low bits choose the set as they are. */
#include "socket/used.h"

#include "socket/address.h"
#include "socket/cookie.h"

enum { CONNECTIONS_PER_SET = 4 };

mn_result mni_used_init(mni_used *used, mni_memory *memory, uint32_t max_connections)
{
    uint32_t count = MNI_USED_SETS_MIN;
    while (count < max_connections / CONNECTIONS_PER_SET) {
        count *= 2;
    }
    *used = (mni_used){.memory = memory};
    used->sets = mni_allocate(memory, count * sizeof(used->sets[0]));
    if (used->sets == NULL) {
        return MN_ERROR_MEMORY;
    }
    used->count = count;
    return MN_OK;
}

void mni_used_clear(mni_used *used)
{
    mni_release(used->memory, used->sets, used->count * sizeof(used->sets[0]));
    *used = (mni_used){.memory = used->memory};
}

uint64_t mni_used_client(const uint8_t key[MNI_HASH_KEY_SIZE], const mn_address *address,
                         uint64_t token)
{
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_hash_add(&hash, "client", 6); /* the key makes other hashes as well */
    mni_hash_add_u64(&hash, mni_address_hash(address, key));
    mni_hash_add_u64(&hash, token);
    return mni_hash_end(&hash);
}

static mni_used_set *set_of(const mni_used *used, uint64_t client)
{
    return &used->sets[client & (used->count - 1)];
}

bool mni_used_has(const mni_used *used, uint64_t client, uint64_t now_us)
{
    const mni_used_set *set = set_of(used, client);
    for (uint32_t i = 0; i < MNI_USED_WAYS; i++) {
        if (set->entries[i].client == client && set->entries[i].until_us > now_us) {
            return true;
        }
    }
    return false;
}

bool mni_used_knows(const mni_used *used, uint64_t client, uint64_t issued_us)
{
    return issued_us >= set_of(used, client)->known_us;
}

void mni_used_add(mni_used *used, uint64_t client, uint64_t now_us)
{
    mni_used_set *set = set_of(used, client);
    mni_used_entry *oldest = &set->entries[set->next];
    if (oldest->until_us > 0) {
        set->known_us = oldest->until_us - MNI_COOKIE_LIFETIME_US + 1;
    }
    *oldest = (mni_used_entry){client, now_us + MNI_COOKIE_LIFETIME_US};
    set->next = (set->next + 1) % MNI_USED_WAYS;
}
