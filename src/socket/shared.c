/* SPDX-License-Identifier: MIT */
/* Pools start empty: what nobody has used yet takes no memory. */
#include "socket/shared.h"

enum { CHANNELS_PER_SLAB = 16, INCOMING_MAX = 1 << 16 };

void mni_shared_init(mni_shared *shared, const mn_peer_config *config, mni_memory *memory,
                     mni_buffers *buffers, mni_events *events, mn_counters *counters)
{
    *shared = (mni_shared){
        .memory = memory,
        .buffers = buffers,
        .events = events,
        .counters = counters,
        .channel_count = MN_CHANNELS,
        .send_queue_bytes = config->send_queue_bytes,
        .receive_window_bytes = config->receive_window_bytes,
        .max_in_flight_bytes = config->max_in_flight_bytes,
        .quota = {.packets = config->max_packets_per_second,
                  .bytes = config->max_bytes_per_second,
                  .messages = config->max_messages_per_second},
        .max_message_size = config->max_message_size,
        .max_packet_size = config->max_packet_size,
        .timeout_us = config->timeout_us,
        .keep_alive_us = config->keep_alive_us,
        .rekey = {.packets = MNI_REKEY_PACKETS, .us = MNI_REKEY_US},
    };
    for (uint32_t i = 0; i < MNI_CHANNELS; i++) {
        bool is_urgent = i == MNI_CHANNEL_CONTROL;
        shared->ranks[i] = (mni_rank){.round = is_urgent ? 0 : MNI_ROUNDS - 1, .weight = 1};
    }
    mni_messages_init(&shared->messages, memory, buffers);
    mni_records_init(&shared->records, memory, &shared->messages);
    mni_pool_init(&shared->channels, memory, sizeof(mni_channel), CHANNELS_PER_SLAB, 0);
    mni_assemblies_init(&shared->assemblies, memory, buffers);
    mni_ring_init(&shared->incoming, memory, sizeof(mni_buffer *), INCOMING_MAX);
}

mn_result mni_shared_prepare_to_open(mni_shared *shared)
{
    if (shared->opened == NULL) {
        shared->opened = mni_allocate(shared->memory, shared->max_packet_size);
    }
    return shared->opened != NULL ? MN_OK : MN_ERROR_MEMORY;
}

void mni_shared_clear(mni_shared *shared)
{
    mni_release(shared->memory, shared->opened, shared->max_packet_size);
    shared->opened = NULL;
    mni_ring_clear(&shared->incoming);
    mni_pool_clear(&shared->channels);
    mni_assemblies_clear(&shared->assemblies);
    mni_records_clear(&shared->records);
    mni_messages_clear(&shared->messages);
}
