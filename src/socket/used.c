/* SPDX-License-Identifier: MIT */
/*
 * See used.h. A name is a keyed hash already, so its low bits choose the set as they are. A set is
 * searched from end to end: it is four cache lines.
 */
#include "socket/used.h"

#include "socket/address.h"

enum { WAYS = 16, ENTRIES_PER_CONNECTION = 4 };

mn_result mni_used_init(mni_used *used, mni_memory *memory, uint32_t max_connections)
{
    uint32_t count = WAYS;
    while (count < max_connections * ENTRIES_PER_CONNECTION) {
        count *= 2;
    }
    *used = (mni_used){.memory = memory};
    used->entries = mni_allocate(memory, count * sizeof(used->entries[0]));
    if (used->entries == NULL) {
        return MN_ERROR_MEMORY;
    }
    used->count = count;
    return MN_OK;
}

void mni_used_clear(mni_used *used)
{
    mni_release(used->memory, used->entries, used->count * sizeof(used->entries[0]));
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

static mni_used_entry *set_of(const mni_used *used, uint64_t client)
{
    return used->entries + (client & (used->count - 1) & ~(uint64_t)(WAYS - 1));
}

bool mni_used_has(const mni_used *used, uint64_t client, uint64_t now_us)
{
    const mni_used_entry *set = set_of(used, client);
    for (uint32_t i = 0; i < WAYS; i++) {
        if (set[i].client == client && set[i].until_us > now_us) {
            return true;
        }
    }
    return false;
}

bool mni_used_add(mni_used *used, uint64_t client, uint64_t until_us, uint64_t now_us)
{
    mni_used_entry *set = set_of(used, client);
    mni_used_entry *place = NULL;
    for (uint32_t i = 0; i < WAYS; i++) {
        if (set[i].client == client && set[i].until_us > now_us) {
            set[i].until_us = until_us > set[i].until_us ? until_us : set[i].until_us;
            return true;
        }
        if (set[i].until_us <= now_us) {
            place = &set[i];
        }
    }
    if (place == NULL) {
        return false;
    }
    *place = (mni_used_entry){client, until_us};
    return true;
}

void mni_used_remove(mni_used *used, uint64_t client)
{
    mni_used_entry *set = set_of(used, client);
    for (uint32_t i = 0; i < WAYS; i++) {
        if (set[i].client == client) {
            set[i] = (mni_used_entry){0};
        }
    }
}
