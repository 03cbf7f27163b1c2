/* SPDX-License-Identifier: MIT */
/*
 * Which clients have been connected already: a client that comes again with a cookie that is valid
 * still (a late or replayed connect) must not revive a connection that is over. What is remembered
 * is a hash of address and token, until every cookie that was made for them has expired. The table
 * is sets of sixteen entries in a block that never grows; a client whose set is full cannot be
 * remembered and is not connected before an entry expires.
 */
#ifndef SOCKET_USED_H
#define SOCKET_USED_H

#include "base/hash.h"
#include "base/memory.h"

#include <stdbool.h>

typedef struct mni_used_entry {
    uint64_t client;
    uint64_t until_us; /* 0: never used */
} mni_used_entry;

typedef struct mni_used {
    mni_memory *memory;
    mni_used_entry *entries;
    uint32_t count; /* of entries, a power of two */
} mni_used;

/* With room for four clients for each connection: a fourth of the entries is in use when all
   connections were made within one lifetime, and one set in a million overflows. */
MNI_CHECK mn_result mni_used_init(mni_used *used, mni_memory *memory, uint32_t max_connections);
void mni_used_clear(mni_used *used);
/* The name of a client in the table. */
uint64_t mni_used_client(const uint8_t key[MNI_HASH_KEY_SIZE], const mn_address *address,
                         uint64_t token);
bool mni_used_has(const mni_used *used, uint64_t client, uint64_t now_us);
/* Remembers it, or remembers it for longer; false if there is no room. */
bool mni_used_add(mni_used *used, uint64_t client, uint64_t until_us, uint64_t now_us);
void mni_used_remove(mni_used *used, uint64_t client); /* absent: nothing */

#endif
