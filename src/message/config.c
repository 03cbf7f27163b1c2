/* SPDX-License-Identifier: MIT */
/* See config.h. */
#include "message/config.h"

#include "message/schema.h"

#include <string.h>

enum {
    STRUCT_SIZE_MIN = 8,
    STRUCT_SIZE_MAX = 4096, /* larger than any that a later version will have */
    PLAYERS_DEFAULT = 64,
    PLAYERS_MAX = 65535
};

static const uint64_t authenticate_default_us = 10000000;
/* Thirty years: no time to which it is added overflows. */
static const uint64_t duration_max_us = UINT64_C(1000000000000000);

/* All configs begin with their size. No version has one that cuts a pointer. */
static mn_result copy(const void *config, uint32_t theirs, void *config_out, size_t ours)
{
    if (theirs < STRUCT_SIZE_MIN || theirs > STRUCT_SIZE_MAX || theirs % sizeof(void *) != 0) {
        return MN_ERROR_ARGUMENT;
    }
    memset(config_out, 0, ours);
    memcpy(config_out, config, theirs < ours ? theirs : ours);
    return MN_OK;
}

mn_result mni_server_config_read(const mn_server_config *config, mn_server_config *config_out)
{
    mn_server_config read;
    if (config == NULL || copy(config, config->struct_size, &read, sizeof read) != MN_OK) {
        return MN_ERROR_ARGUMENT;
    }
    read.struct_size = sizeof read;
    read.max_players = read.max_players != 0 ? read.max_players : PLAYERS_DEFAULT;
    if (read.authenticate_timeout_us == 0) {
        read.authenticate_timeout_us = authenticate_default_us;
    } else if (read.authenticate_timeout_us > duration_max_us) {
        read.authenticate_timeout_us = duration_max_us;
    }
    if ((read.flags & ~(uint32_t)MN_SERVER_AUTHENTICATE) != 0 || read.max_players > PLAYERS_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    if (!mni_schema_is_finished(read.schema)) {
        return MN_ERROR_STATE;
    }
    *config_out = read;
    return MN_OK;
}

mn_result mni_client_config_read(const mn_client_config *config, mn_client_config *config_out)
{
    mn_client_config read;
    if (config == NULL || copy(config, config->struct_size, &read, sizeof read) != MN_OK) {
        return MN_ERROR_ARGUMENT;
    }
    read.struct_size = sizeof read;
    if (!mni_schema_is_finished(read.schema)) {
        return MN_ERROR_STATE;
    }
    *config_out = read;
    return MN_OK;
}

mn_peer_config mni_server_config_peer(const mn_server_config *config)
{
    return (mn_peer_config){
        .struct_size = sizeof(mn_peer_config),
        .security = config->security,
        .max_connections = config->max_players,
        .max_packet_size = config->max_packet_size,
        .send_queue_bytes = config->send_queue_bytes,
        .receive_window_bytes = config->receive_window_bytes,
        .max_in_flight_bytes = config->max_in_flight_bytes,
        .max_packets_per_second = config->max_packets_per_second,
        .max_bytes_per_second = config->max_bytes_per_second,
        .max_messages_per_second = config->max_messages_per_second,
        .max_message_size = config->max_message_size,
        .application = config->application,
        .tag = mni_schema_hash(config->schema),
        .seed = config->seed,
        .memory_limit = config->memory_limit,
        .timeout_us = config->timeout_us,
        .close_timeout_us = config->close_timeout_us,
        .clock_gap_us = config->clock_gap_us,
        .sockets = config->sockets,
        .allocator = config->allocator,
        .log = config->log,
        .random = config->random,
        .shared_key = config->shared_key,
        .private_key = config->private_key,
    };
}

mn_peer_config mni_client_config_peer(const mn_client_config *config)
{
    return (mn_peer_config){
        .struct_size = sizeof(mn_peer_config),
        .security = config->security,
        .max_connections = 1,
        .max_packet_size = config->max_packet_size,
        .send_queue_bytes = config->send_queue_bytes,
        .receive_window_bytes = config->receive_window_bytes,
        .max_in_flight_bytes = config->max_in_flight_bytes,
        .max_packets_per_second = config->max_packets_per_second,
        .max_bytes_per_second = config->max_bytes_per_second,
        .max_messages_per_second = config->max_messages_per_second,
        .max_message_size = config->max_message_size,
        .application = config->application,
        .tag = mni_schema_hash(config->schema),
        .seed = config->seed,
        .memory_limit = config->memory_limit,
        .connect_timeout_us = config->connect_timeout_us,
        .timeout_us = config->timeout_us,
        .keep_alive_us = config->keep_alive_us,
        .close_timeout_us = config->close_timeout_us,
        .clock_gap_us = config->clock_gap_us,
        .sockets = config->sockets,
        .allocator = config->allocator,
        .log = config->log,
        .random = config->random,
        .shared_key = config->shared_key,
        .remote_key = config->server_key,
    };
}
