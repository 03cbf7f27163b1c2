/* SPDX-License-Identifier: MIT */
/* See flood.h. */
#include "socket/flood.h"

#include "socket/address.h"

enum { LIMITS = 2 * MNI_FLOOD_BUCKETS };

#define DEPTH_NS(burst, per_second) (UINT64_C(1000000000) / (per_second) * (uint64_t)(burst))

static const uint64_t hellos_depth_ns =
    DEPTH_NS(MNI_FLOOD_HELLOS_BURST, MNI_FLOOD_HELLOS_PER_SECOND);
static const uint64_t connects_depth_ns =
    DEPTH_NS(MNI_FLOOD_CONNECTS_BURST, MNI_FLOOD_CONNECTS_PER_SECOND);
static const uint64_t all_depth_ns = DEPTH_NS(MNI_FLOOD_ALL_BURST, MNI_FLOOD_ALL_PER_SECOND);

mn_result mni_flood_init(mni_flood *flood, mni_memory *memory, uint64_t now_us)
{
    *flood = (mni_flood){.memory = memory};
    flood->hellos = mni_allocate_unzeroed(memory, LIMITS * sizeof(flood->hellos[0]));
    if (flood->hellos == NULL) {
        return MN_ERROR_MEMORY;
    }
    flood->connects = flood->hellos + MNI_FLOOD_BUCKETS;
    for (uint32_t i = 0; i < LIMITS; i++) {
        mni_limit_init(&flood->hellos[i], now_us);
    }
    mni_limit_init(&flood->all_connects, now_us);
    return MN_OK;
}

void mni_flood_clear(mni_flood *flood)
{
    mni_release(flood->memory, flood->hellos, LIMITS * sizeof(flood->hellos[0]));
    *flood = (mni_flood){.memory = flood->memory};
}

static uint32_t bucket_of(const uint8_t key[MNI_HASH_KEY_SIZE], const mn_address *from)
{
    return (uint32_t)(mni_address_network_hash(from, key) % MNI_FLOOD_BUCKETS);
}

bool mni_flood_allows_hello(mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                            const mn_address *from, uint64_t now_us)
{
    if (mni_address_is_loopback(from)) {
        return true;
    }
    mni_limit *own = &flood->hellos[bucket_of(key, from)];
    bool allows = mni_limit_allows(own, hellos_depth_ns, now_us);
    if (allows) {
        mni_limit_take(own, 1, MNI_FLOOD_HELLOS_PER_SECOND, now_us);
    }
    return allows;
}

bool mni_flood_allows_connect(mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                              const mn_address *from, uint64_t now_us)
{
    if (mni_address_is_loopback(from)) {
        return true;
    }
    mni_limit *own = &flood->connects[bucket_of(key, from)];
    mni_limit *all = &flood->all_connects;
    bool allows = mni_limit_allows(own, connects_depth_ns, now_us) &&
                  mni_limit_allows(all, all_depth_ns, now_us);
    if (allows) {
        mni_limit_take(own, 1, MNI_FLOOD_CONNECTS_PER_SECOND, now_us);
        mni_limit_take(all, 1, MNI_FLOOD_ALL_PER_SECOND, now_us);
    }
    return allows;
}
