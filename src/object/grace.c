/* SPDX-License-Identifier: MIT */
/* A queue in the order of time, and beside it a map that counts how often each thing is in the
   queue. */
#include "object/grace.h"

enum { LOSSES_MAX = 1 << 14 };

typedef struct loss {
    uint64_t key;
    uint64_t until_us;
} loss;

static uint64_t key_of(uint32_t player, uint32_t object)
{
    return (uint64_t)player << 32 | object;
}

void mni_grace_init(mni_grace *grace, mni_memory *memory, uint64_t seed)
{
    *grace = (mni_grace){0};
    mni_map_init(&grace->lost, memory, seed);
    mni_ring_init(&grace->losses, memory, sizeof(loss), LOSSES_MAX);
}

void mni_grace_clear(mni_grace *grace)
{
    mni_map_clear(&grace->lost);
    mni_ring_clear(&grace->losses);
}

static void forget_oldest(mni_grace *grace)
{
    const loss *oldest = mni_ring_at(&grace->losses, 0);
    uint32_t count = mni_map_get(&grace->lost, oldest->key);
    if (count > 1) {
        mn_result result = mni_map_set(&grace->lost, oldest->key, count - 1);
        MNI_ASSERT(result == MN_OK); /* it is there already */
        (void)result;
    } else {
        mni_map_remove(&grace->lost, oldest->key);
    }
    mni_ring_pop(&grace->losses);
}

static void expire(mni_grace *grace, uint64_t now_us)
{
    while (grace->losses.count > 0) {
        const loss *oldest = mni_ring_at(&grace->losses, 0);
        if (oldest->until_us > now_us) {
            break;
        }
        forget_oldest(grace);
    }
}

void mni_grace_note(mni_grace *grace, uint32_t player, uint32_t object, uint64_t now_us)
{
    expire(grace, now_us);
    uint64_t key = key_of(player, object);
    uint32_t count = mni_map_get(&grace->lost, key);
    loss *newest = mni_ring_push(&grace->losses);
    if (newest == NULL) {
        grace->blind_until_us = now_us + MNI_GRACE_US;
        return;
    }
    *newest = (loss){.key = key, .until_us = now_us + MNI_GRACE_US};
    if (mni_map_set(&grace->lost, key, count == MNI_MAP_NONE ? 1 : count + 1) != MN_OK) {
        mni_ring_pop_back(&grace->losses);
        grace->blind_until_us = now_us + MNI_GRACE_US;
    }
}

bool mni_grace_excuses(mni_grace *grace, uint32_t player, uint32_t object, uint64_t now_us)
{
    expire(grace, now_us);
    return now_us < grace->blind_until_us ||
           mni_map_get(&grace->lost, key_of(player, object)) != MNI_MAP_NONE;
}
