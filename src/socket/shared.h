/* SPDX-License-Identifier: MIT */
/*
 * What all connections of one peer have in common. Connections take what they need from these pools
 * while they need it, so that an idle one holds next to nothing.
 */
#ifndef SOCKET_SHARED_H
#define SOCKET_SHARED_H

#include "socket/channel.h"
#include "socket/events.h"
#include "socket/protection.h"
#include "socket/quota.h"
#include "socket/sent.h"

/* How a channel shares packets with the others. */
typedef struct mni_rank {
    uint8_t round; /* of mni_queue */
    uint8_t weight;
} mni_rank;

typedef struct mni_shared {
    mni_memory *memory;
    mni_buffers *buffers;
    mni_events *events;
    mn_counters *counters;  /* drops of what is in verified packets */
    mni_rider rider;        /* all NULL: none. The peer sets it */
    uint32_t channel_count; /* MN_CHANNELS, or with a floor above, MNI_CHANNELS */
    mni_messages messages;
    mni_records records;
    mni_assemblies assemblies;
    mni_pool channels;         /* of mni_channel */
    mni_ring incoming;         /* of mni_buffer *: of the packet that is being taken in */
    uint8_t *opened;           /* its body, where packets are sealed: max_packet_size bytes */
    uint32_t send_queue_bytes; /* from here on as in mn_peer_config */
    uint32_t receive_window_bytes;
    uint32_t max_in_flight_bytes;
    mni_quota_rates quota;
    uint32_t max_message_size;
    uint32_t max_packet_size;
    mni_rank ranks[MNI_CHANNELS];
    uint64_t timeout_us;
    uint64_t keep_alive_us;
    mni_rekey rekey;
} mni_shared;

/* config is resolved: nothing in it is zero. All that is pointed to lasts longer. */
void mni_shared_init(mni_shared *shared, const mn_peer_config *config, mni_memory *memory,
                     mni_buffers *buffers, mni_events *events, mn_counters *counters);
/* There will be sealed packets. MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_shared_prepare_to_open(mni_shared *shared);
/* All its connections are cleared. */
void mni_shared_clear(mni_shared *shared);

#endif
