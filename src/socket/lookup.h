/* SPDX-License-Identifier: MIT */
/*
 * From the address that a datagram came from to the connection it is for: a hash table of the
 * indices of connections, under a key, so that nobody can choose addresses that collide; a hit is
 * compared with the whole address. It is made for its maximum at once, and at most half full.
 */
#ifndef SOCKET_LOOKUP_H
#define SOCKET_LOOKUP_H

#include "base/hash.h"
#include "base/memory.h"

typedef struct mni_lookup_entry {
    uint32_t hash;
    uint32_t place; /* index + 1; 0: empty */
} mni_lookup_entry;

typedef struct mni_lookup {
    mni_memory *memory;
    mni_lookup_entry *entries;
    mn_address *addresses; /* by index */
    uint32_t max;          /* indices are below it */
    uint32_t capacity;     /* of entries, a power of two */
    uint8_t key[MNI_HASH_KEY_SIZE];
} mni_lookup;

enum { MNI_LOOKUP_NONE = -1 };

MNI_CHECK mn_result mni_lookup_init(mni_lookup *lookup, mni_memory *memory, uint32_t max,
                                    const uint8_t key[MNI_HASH_KEY_SIZE]);
void mni_lookup_clear(mni_lookup *lookup);
/* Neither index nor address is in it. */
void mni_lookup_add(mni_lookup *lookup, const mn_address *address, uint32_t index);
void mni_lookup_remove(mni_lookup *lookup, uint32_t index); /* is in it */
int32_t mni_lookup_find(const mni_lookup *lookup, const mn_address *address);
const mn_address *mni_lookup_address(const mni_lookup *lookup, uint32_t index); /* is in it */

#endif
