/* SPDX-License-Identifier: MIT */
/* See player.h. All memory is taken in init, so that the arrival of a player cannot fail for it. */
#include "message/player.h"

static uint32_t power_of_two(uint32_t least)
{
    uint32_t power = 1;
    while (power < least) {
        power *= 2;
    }
    return power;
}

static mn_result allocate(mni_players *players, uint64_t seed)
{
    mni_memory *memory = players->memory;
    uint32_t capacity = players->capacity;
    mn_result result = mni_slots_init(&players->slots, memory, capacity);
    if (result == MN_OK) {
        result = mni_timers_init(&players->deadlines, memory, capacity);
    }
    mni_map_init(&players->by_connection, memory, seed);
    if (result == MN_OK) {
        result = mni_map_reserve(&players->by_connection, capacity);
    }
    mni_ring_init(&players->errands, memory, sizeof(uint32_t), power_of_two(capacity));
    if (result == MN_OK) {
        result = mni_ring_reserve(&players->errands, capacity);
    }
    if (result != MN_OK) {
        return result;
    }
    players->all = mni_allocate(memory, capacity * sizeof players->all[0]);
    players->authenticated = mni_allocate(memory, capacity * sizeof players->authenticated[0]);
    return players->all != NULL && players->authenticated != NULL ? MN_OK : MN_ERROR_MEMORY;
}

mn_result mni_players_init(mni_players *players, mni_memory *memory, uint32_t capacity,
                           uint64_t seed, bool is_named)
{
    MNI_ASSERT(!is_named || capacity == 1);
    *players = (mni_players){.memory = memory, .capacity = capacity, .is_named = is_named};
    mn_result result = allocate(players, seed);
    if (result != MN_OK) {
        mni_players_clear(players);
    }
    return result;
}

void mni_players_clear(mni_players *players)
{
    size_t capacity = players->capacity;
    if (capacity == 0) {
        return;
    }
    mni_release(players->memory, players->all, capacity * sizeof players->all[0]);
    mni_release(players->memory, players->authenticated,
                capacity * sizeof players->authenticated[0]);
    /* What init did not come to is all zeros, and has nothing to give back. */
    if (players->slots.memory != NULL) {
        mni_slots_clear(&players->slots);
    }
    if (players->deadlines.memory != NULL) {
        mni_timers_clear(&players->deadlines);
    }
    mni_map_clear(&players->by_connection);
    mni_ring_clear(&players->errands);
    *players = (mni_players){0};
}

mni_player *mni_players_add(mni_players *players, uint32_t connection, mni_stage stage)
{
    uint32_t id = 0;
    int32_t index = mni_slots_take(&players->slots, &id);
    if (index < 0) {
        return NULL;
    }
    mni_player *player = &players->all[index];
    /* The place may still be in the list of errands, from the player before. */
    *player = (mni_player){.id = players->is_named ? 0 : id,
                           .index = (uint32_t)index,
                           .connection = connection,
                           .stage = (uint8_t)stage,
                           .is_listed = player->is_listed,
                           .is_host = connection == MNI_CONNECTION_HOST};
    mn_result result = mni_map_set(&players->by_connection, connection, player->index);
    MNI_ASSERT(result == MN_OK); /* room was reserved */
    (void)result;
    players->count++;
    return player;
}

void mni_players_remove(mni_players *players, mni_player *player)
{
    MNI_ASSERT(player->stage != MNI_STAGE_NONE);
    if (player->stage == MNI_STAGE_AUTHENTICATED) {
        players->authenticated_count--;
        uint32_t last = players->authenticated[players->authenticated_count];
        players->authenticated[player->rank] = last;
        players->all[last].rank = player->rank;
    }
    mni_map_remove(&players->by_connection, player->connection);
    mni_timers_set(&players->deadlines, player->index, MNI_NEVER);
    mni_slots_give(&players->slots, mni_slots_id(&players->slots, player->index));
    player->id = 0;
    player->stage = MNI_STAGE_NONE;
    player->errands = 0;
    players->count--;
}

void mni_players_authenticate(mni_players *players, mni_player *player, uint32_t id)
{
    MNI_ASSERT(player->stage == MNI_STAGE_CONNECTED);
    MNI_ASSERT(players->is_named || player->id == id);
    player->id = id;
    player->stage = MNI_STAGE_AUTHENTICATED;
    player->rank = players->authenticated_count;
    players->authenticated[players->authenticated_count] = player->index;
    players->authenticated_count++;
    mni_timers_set(&players->deadlines, player->index, MNI_NEVER);
}

mni_player *mni_players_find(const mni_players *players, mn_player player)
{
    int32_t index = players->is_named ? 0 : mni_slots_find(&players->slots, player.id);
    if (index < 0 || player.id == 0 || players->all[index].id != player.id) {
        return NULL;
    }
    return &players->all[index];
}

mni_player *mni_players_of_connection(const mni_players *players, uint32_t connection)
{
    uint32_t index = mni_map_get(&players->by_connection, connection);
    return index == MNI_MAP_NONE ? NULL : &players->all[index];
}

mni_player *mni_players_at(const mni_players *players, uint32_t index)
{
    bool is_there = index < players->capacity && players->all[index].stage != MNI_STAGE_NONE;
    return is_there ? &players->all[index] : NULL;
}

mni_player *mni_players_authenticated(const mni_players *players, uint32_t rank)
{
    MNI_ASSERT(rank < players->authenticated_count);
    return &players->all[players->authenticated[rank]];
}

void mni_players_add_errand(mni_players *players, mni_player *player, uint8_t errand)
{
    player->errands |= errand;
    if (player->is_listed) {
        return;
    }
    uint32_t *place = mni_ring_push(&players->errands);
    MNI_ASSERT(place != NULL); /* room was reserved for each player, once */
    *place = player->index;
    player->is_listed = true;
}

uint32_t mni_players_errand_count(const mni_players *players)
{
    return players->errands.count;
}

mni_player *mni_players_take_errand(mni_players *players)
{
    const uint32_t *place = mni_ring_at(&players->errands, 0);
    MNI_ASSERT(place != NULL);
    mni_player *player = &players->all[*place];
    mni_ring_pop(&players->errands);
    player->is_listed = false;
    return player->errands != 0 ? player : NULL;
}
