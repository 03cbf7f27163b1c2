/* SPDX-License-Identifier: MIT */
/*
 * Whose connection is over: a client that comes again with a cookie that is valid still (a late or
 * replayed connect) must not revive it. What is remembered is a hash of address and token, until
 * every cookie that was made for them has expired. The table is sets of entries in a block that
 * never grows. A full set forgets its oldest entry, and with it what it knew of all cookies as old
 * as that: they are believed no longer. So who makes it forget, by connecting over and over, is in
 * the way of nobody whose cookie is fresh.
 */
#ifndef SOCKET_USED_H
#define SOCKET_USED_H

#include "base/hash.h"
#include "base/memory.h"

#include <stdbool.h>

enum { MNI_USED_WAYS = 15, MNI_USED_SETS_MIN = 256 };

typedef struct mni_used_entry {
    uint64_t client;
    uint64_t until_us; /* 0: never used */
} mni_used_entry;

typedef struct mni_used_set {
    mni_used_entry entries[MNI_USED_WAYS]; /* a ring */
    uint32_t next;                         /* the oldest */
    uint64_t known_us; /* of cookies made before, it does not know which are used */
} mni_used_set;

typedef struct mni_used {
    mni_memory *memory;
    mni_used_set *sets;
    uint32_t count; /* of sets, a power of two */
} mni_used;

/* With room for almost four clients for each connection, and for about as many as the gate lets in
   within a second (socket/flood.h): it knows of most cookies that are younger than that. */
MNI_CHECK mn_result mni_used_init(mni_used *used, mni_memory *memory, uint32_t max_connections);
void mni_used_clear(mni_used *used);
/* The name of a client in the table. */
uint64_t mni_used_client(const uint8_t key[MNI_HASH_KEY_SIZE], const mn_address *address,
                         uint64_t token);
bool mni_used_has(const mni_used *used, uint64_t client, uint64_t now_us);
/* Can it tell whether a cookie of this client that was made then is used? */
bool mni_used_knows(const mni_used *used, uint64_t client, uint64_t issued_us);
/* All its cookies that were made until now are used. Time does not go backwards. */
void mni_used_add(mni_used *used, uint64_t client, uint64_t now_us);

#endif
