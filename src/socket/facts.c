/* SPDX-License-Identifier: MIT */
/* What can be asked of a peer. Structs that the caller sized are filled as far as they go. */
#include "socket/peer_state.h"

#include <string.h>

enum { STRUCT_SIZE_MIN = 8, STRUCT_SIZE_MAX = 4096 };

static bool is_sized(uint32_t struct_size)
{
    return struct_size >= STRUCT_SIZE_MIN && struct_size <= STRUCT_SIZE_MAX;
}

/* As much of the answer as the caller has room for; its struct_size stays what it was. */
static void copy_out(void *struct_out, uint32_t struct_size, const void *answer, size_t answer_size)
{
    size_t size = struct_size < answer_size ? struct_size : answer_size;
    memcpy((uint8_t *)struct_out + sizeof(struct_size),
           (const uint8_t *)answer + sizeof(struct_size), size - sizeof(struct_size));
}

const char *mn_peer_error_text(const mn_peer *peer)
{
    return peer != NULL ? peer->error_text : "";
}

mn_result mn_peer_address(const mn_peer *peer, mn_address *address_out)
{
    if (peer == NULL || address_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (!mni_peer_is_open(peer)) {
        return MN_ERROR_STATE;
    }
    mn_address address = {0};
    mn_result result = peer->socket.ops->address(peer->socket.self, &address);
    if (result < 0) {
        return result;
    }
    *address_out = address;
    return MN_OK;
}

mn_result mn_peer_connection_address(const mn_peer *peer, mn_connection connection,
                                     mn_address *address_out)
{
    if (peer == NULL || address_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_link *link = mni_peer_find(peer, connection.id);
    if (link == NULL) {
        return MN_ERROR_STALE;
    }
    *address_out = *mni_links_address(&peer->links, link);
    return MN_OK;
}

mn_result mn_peer_tag(const mn_peer *peer, mn_connection connection, uint64_t *tag_out)
{
    mni_link *link;
    if (tag_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mn_result result = mni_peer_find_open(peer, connection.id, &link);
    if (result >= 0) {
        *tag_out = link->tag;
    }
    return result;
}

mn_result mn_peer_set_user(mn_peer *peer, mn_connection connection, uint64_t user)
{
    if (peer == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_link *link = mni_peer_find(peer, connection.id);
    if (link == NULL) {
        return MN_ERROR_STALE;
    }
    link->user = user;
    return MN_OK;
}

mn_result mn_peer_statistics(const mn_peer *peer, mn_connection connection,
                             mn_statistics *statistics_out)
{
    mni_link *link;
    if (statistics_out == NULL || !is_sized(statistics_out->struct_size)) {
        return MN_ERROR_ARGUMENT;
    }
    mn_result result = mni_peer_find_open(peer, connection.id, &link);
    if (result < 0) {
        return result;
    }
    mn_statistics answer = {.struct_size = sizeof(answer)};
    mni_connection_set_now(&link->connection, peer->clock.now_us); /* it may have slept */
    mni_connection_statistics(&link->connection, &answer);
    copy_out(statistics_out, statistics_out->struct_size, &answer, sizeof(answer));
    return MN_OK;
}

mn_result mn_peer_counters(const mn_peer *peer, mn_counters *counters_out)
{
    if (peer == NULL || counters_out == NULL || !is_sized(counters_out->struct_size)) {
        return MN_ERROR_ARGUMENT;
    }
    mn_counters answer = peer->counters;
    answer.connections = mni_links_count(&peer->links);
    answer.memory_used = peer->memory.used;
    answer.memory_peak = peer->memory.peak;
    answer.allocations = peer->memory.allocations;
    copy_out(counters_out, counters_out->struct_size, &answer, sizeof(answer));
    return MN_OK;
}
