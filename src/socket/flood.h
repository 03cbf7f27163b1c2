/* SPDX-License-Identifier: MIT */
/*
 * How many hellos are answered, and how many connects that cost more time. Who says hello has
 * proven nothing, so there is no state for him: a table that never grows has buckets that networks
 * share whose hashes meet. The limit is far above what a network full of players needs; it keeps
 * one from taking all of our time. This machine is not limited.
 */
#ifndef SOCKET_FLOOD_H
#define SOCKET_FLOOD_H

#include "base/hash.h"
#include "base/memory.h"
#include "socket/limit.h"

enum {
    MNI_FLOOD_BUCKETS = 4096,
    MNI_FLOOD_BURST = 8192,
    MNI_FLOOD_PER_SECOND = 1024,
    /* Costs. A connect that needs X25519 takes a hundred times as long to answer as a hello, but
       who says it has proven its address: so many of one network at once are an onslaught of
       players, and one after another a waste of half a second of our time at most. */
    MNI_FLOOD_HELLO = 1,
    MNI_FLOOD_CONNECT = 4
};

typedef struct mni_flood {
    mni_memory *memory;
    mni_limit *buckets;
} mni_flood;

MNI_CHECK mn_result mni_flood_init(mni_flood *flood, mni_memory *memory, uint64_t now_us);
void mni_flood_clear(mni_flood *flood);
/* A packet of this cost came from this address: is it to be answered? Then it is paid for. */
bool mni_flood_allows(mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                      const mn_address *from, uint32_t cost, uint64_t now_us);

#endif
