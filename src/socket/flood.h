/* SPDX-License-Identifier: MIT */
/*
 * How many hellos are answered. Who says hello has proven nothing, so there is no state for him: a
 * table that never grows has buckets that networks share whose hashes meet. The limit is far above
 * what a network full of players needs; it keeps one from taking all of our time. This machine is
 * not limited.
 */
#ifndef SOCKET_FLOOD_H
#define SOCKET_FLOOD_H

#include "base/hash.h"
#include "base/memory.h"
#include "socket/limit.h"

enum { MNI_FLOOD_BUCKETS = 4096, MNI_FLOOD_BURST = 8192, MNI_FLOOD_PER_SECOND = 1024 };

typedef struct mni_flood {
    mni_memory *memory;
    mni_limit *buckets;
} mni_flood;

MNI_CHECK mn_result mni_flood_init(mni_flood *flood, mni_memory *memory, uint64_t now_us);
void mni_flood_clear(mni_flood *flood);
/* One hello came from this address: is it to be answered? */
bool mni_flood_allows(mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                      const mn_address *from, uint64_t now_us);

#endif
