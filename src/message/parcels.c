/* SPDX-License-Identifier: MIT */
/* See parcels.h. */
#include "message/parcels.h"

#include "base/how.h"

enum { PARCELS_PER_SLAB = 64, ROUND_CONTROL = 0, ROUND_CALLS = MNI_PARCEL_ROUNDS - 1 };

void mni_parcel_list_push(mni_parcel_list *list, mni_parcel *parcel)
{
    parcel->next = NULL;
    if (list->first != NULL) {
        list->last->next = parcel;
    } else {
        list->first = parcel;
    }
    list->last = parcel;
}

mni_parcel *mni_parcel_list_pop(mni_parcel_list *list)
{
    mni_parcel *parcel = list->first;
    if (parcel != NULL) {
        list->first = parcel->next;
    }
    return parcel;
}

void mni_parcels_init(mni_parcels *parcels, mni_memory *memory)
{
    *parcels = (mni_parcels){.expires_us = UINT64_MAX};
    mni_pool_init(&parcels->pool, memory, sizeof(mni_parcel), PARCELS_PER_SLAB, 0);
    for (uint32_t i = 0; i < MNI_CHANNELS; i++) {
        parcels->weights[i] = 1;
    }
}

void mni_parcels_clear(mni_parcels *parcels)
{
    MNI_ASSERT(parcels->pool.used == 0);
    if (parcels->pool.memory != NULL) {
        mni_pool_clear(&parcels->pool);
    }
}

void mni_parcels_rank(mni_parcels *parcels, uint32_t channel, uint32_t priority, uint32_t weight)
{
    parcels->priorities[channel] = (uint8_t)priority;
    parcels->weights[channel] = (uint8_t)weight;
}

/* ---- rounds */

static mni_parcel_lane *lane_of(mni_turn *turn)
{
    return (mni_parcel_lane *)(void *)turn; /* its first member */
}

static uint32_t round_of(const mni_parcels *parcels, uint32_t channel)
{
    switch (channel) {
    case MNI_CHANNEL_CONTROL:
        return ROUND_CONTROL;
    case MNI_CHANNEL_CALLS:
        return ROUND_CALLS;
    default:
        return MNI_PARCEL_PRIORITIES - parcels->priorities[channel];
    }
}

/* The first round of this kind that has parcels; MNI_PARCEL_ROUNDS: none. */
static uint32_t round_with(const mni_parcels *parcels, mni_parcel_kind kind)
{
    uint32_t first = kind == MNI_PARCEL_CONTROL ? ROUND_CONTROL : ROUND_CONTROL + 1;
    uint32_t last = kind == MNI_PARCEL_CONTROL ? ROUND_CONTROL : ROUND_CALLS - 1;
    if (kind == MNI_PARCEL_CALL) {
        first = ROUND_CALLS;
        last = ROUND_CALLS;
    }
    for (uint32_t round = first; round <= last; round++) {
        if (parcels->rounds[round].first != NULL) {
            return round;
        }
    }
    return MNI_PARCEL_ROUNDS;
}

/* ---- parcels */

static mni_parcel_lane *lane_for(mni_parcels *parcels, const mni_parcel *parcel)
{
    uint32_t order = parcel->mode == MN_RELIABLE ? 0 : parcel->mode == MN_UNORDERED ? 1 : 2;
    return &parcels->lanes[parcel->channel][order];
}

mni_parcel *mni_parcels_add(mni_parcels *parcels, const mni_parcel *parcel)
{
    mni_parcel *added = mni_pool_take(&parcels->pool);
    if (added == NULL) {
        return NULL;
    }
    *added = *parcel;
    mni_parcel_lane *lane = lane_for(parcels, added);
    if (lane->list.first == NULL) {
        mni_turns_join(&parcels->rounds[round_of(parcels, added->channel)], &lane->turn);
    }
    lane->turn.weight = parcels->weights[added->channel];
    mni_parcel_list_push(&lane->list, added);
    parcels->bytes += mni_parcel_cost(added);
    if (added->expires_us < parcels->expires_us) {
        parcels->expires_us = added->expires_us;
    }
    return added;
}

mni_parcel *mni_parcels_peek(const mni_parcels *parcels, mni_parcel_kind kind)
{
    uint32_t round = round_with(parcels, kind);
    return round < MNI_PARCEL_ROUNDS ? lane_of(parcels->rounds[round].first)->list.first : NULL;
}

mni_parcel *mni_parcels_take(mni_parcels *parcels, mni_parcel_kind kind)
{
    mni_turns *round = &parcels->rounds[round_with(parcels, kind)];
    mni_parcel_lane *lane = lane_of(round->first);
    mni_parcel *parcel = mni_parcel_list_pop(&lane->list);
    if (lane->list.first == NULL) {
        (void)mni_turns_leave(round);
    } else {
        mni_turns_take(round);
    }
    parcels->bytes -= mni_parcel_cost(parcel);
    return parcel;
}

uint64_t mni_parcels_waiting_us(const mni_parcels *parcels, uint64_t now_us)
{
    uint64_t oldest_us = now_us;
    for (uint32_t round = 0; round < MNI_PARCEL_ROUNDS; round++) {
        for (mni_turn *turn = parcels->rounds[round].first; turn != NULL; turn = turn->next) {
            uint64_t posted_us = lane_of(turn)->list.first->posted_us;
            oldest_us = posted_us < oldest_us ? posted_us : oldest_us;
        }
    }
    return now_us - oldest_us;
}

void mni_parcels_give(mni_parcels *parcels, mni_parcel *parcel)
{
    mni_pool_give(&parcels->pool, parcel);
}

/* ---- out of turn */

typedef bool (*parcel_test)(const mni_parcel *parcel, uint64_t value);

static void sweep_lane(mni_parcels *parcels, mni_parcel_lane *lane, parcel_test is_to_go,
                       uint64_t value, mni_parcel_list *swept)
{
    mni_parcel_list kept = {0};
    mni_parcel *parcel;
    while ((parcel = mni_parcel_list_pop(&lane->list)) != NULL) {
        if (is_to_go(parcel, value)) {
            parcels->bytes -= mni_parcel_cost(parcel);
            mni_parcel_list_push(swept, parcel);
        } else {
            if (parcel->expires_us < parcels->expires_us) {
                parcels->expires_us = parcel->expires_us;
            }
            mni_parcel_list_push(&kept, parcel);
        }
    }
    lane->list = kept;
}

static mni_parcel_list sweep(mni_parcels *parcels, parcel_test is_to_go, uint64_t value)
{
    mni_parcel_list swept = {0};
    parcels->expires_us = UINT64_MAX;
    for (uint32_t i = 0; i < MNI_PARCEL_ROUNDS; i++) {
        mni_turns *round = &parcels->rounds[i];
        for (uint32_t count = round->count; count > 0; count--) {
            mni_turn *turn = mni_turns_leave(round);
            mni_parcel_lane *lane = lane_of(turn);
            sweep_lane(parcels, lane, is_to_go, value, &swept);
            if (lane->list.first != NULL) {
                mni_turns_return(round, turn);
            }
        }
    }
    return swept;
}

static bool has_token(const mni_parcel *parcel, uint64_t token)
{
    return parcel->mode == MN_NOTIFY && parcel->token == token;
}

static bool has_expired(const mni_parcel *parcel, uint64_t now_us)
{
    return now_us > parcel->expires_us;
}

mni_parcel_list mni_parcels_recall(mni_parcels *parcels, uint64_t token)
{
    return sweep(parcels, has_token, token);
}

mni_parcel_list mni_parcels_expire(mni_parcels *parcels, uint64_t now_us)
{
    return now_us > parcels->expires_us ? sweep(parcels, has_expired, now_us)
                                        : (mni_parcel_list){0};
}
