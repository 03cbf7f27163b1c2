/* SPDX-License-Identifier: MIT */
/* See flood.h. Whoever has an IPv6 address has 2^64 of them: they count as one. */
#include "socket/flood.h"

#include "socket/address.h"

#include <string.h>

enum { KIND_SIZE = 1, IPV6_NETWORK_SIZE = 8 };

static const uint64_t depth_ns =
    UINT64_C(1000000000) / MNI_FLOOD_PER_SECOND * (uint64_t)MNI_FLOOD_BURST;

mn_result mni_flood_init(mni_flood *flood, mni_memory *memory, uint64_t now_us)
{
    *flood = (mni_flood){.memory = memory};
    flood->buckets = mni_allocate_unzeroed(memory, MNI_FLOOD_BUCKETS * sizeof(flood->buckets[0]));
    for (uint32_t i = 0; flood->buckets != NULL && i < MNI_FLOOD_BUCKETS; i++) {
        mni_limit_init(&flood->buckets[i], now_us);
    }
    return flood->buckets != NULL ? MN_OK : MN_ERROR_MEMORY;
}

void mni_flood_clear(mni_flood *flood)
{
    mni_release(flood->memory, flood->buckets, MNI_FLOOD_BUCKETS * sizeof(flood->buckets[0]));
    flood->buckets = NULL;
}

static mni_limit *bucket_of(const mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                            const mn_address *from)
{
    uint8_t network[KIND_SIZE + sizeof(from->ip)] = {(uint8_t)from->kind};
    bool is_ipv6 = from->kind == MNI_ADDRESS_IP && !mni_address_is_ipv4(from);
    memcpy(network + KIND_SIZE, from->ip, is_ipv6 ? IPV6_NETWORK_SIZE : sizeof(from->ip));
    return &flood->buckets[mni_siphash(key, network, sizeof(network)) % MNI_FLOOD_BUCKETS];
}

bool mni_flood_allows(mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                      const mn_address *from, uint32_t cost, uint64_t now_us)
{
    if (mni_address_is_loopback(from)) {
        return true;
    }
    mni_limit *bucket = bucket_of(flood, key, from);
    bool allows = mni_limit_allows(bucket, depth_ns, now_us);
    if (allows) {
        mni_limit_take(bucket, cost, MNI_FLOOD_PER_SECOND, now_us);
    }
    return allows;
}
