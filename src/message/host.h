/* SPDX-License-Identifier: MIT */
/*
 * The channel between a server and a client of the same program. What one side posts waits until
 * that side flushes, and while the other's game does not read what it has; then it is handed over
 * as if a peer had received it, through the same function and the same gates. Each side copies what
 * it is given into memory of its own, and both learn of the end at once, so that they may go in any
 * order.
 */
#ifndef MESSAGE_HOST_H
#define MESSAGE_HOST_H

#include "message/parcels.h"
#include "message/player.h"

typedef struct mni_endpoint mni_endpoint;

typedef struct mni_host {    /* one side of it */
    mni_endpoint *partner;   /* NULL: there is no host */
    mni_player *player;      /* of this side's table */
    mni_parcels parcels;     /* posted */
    mni_parcel_list settled; /* notify messages whose sender is to be told */
    mni_buffer *payload;     /* server: of the connect, until it arrives */
    uint32_t bytes_max;      /* of parcels */
    uint32_t unread;         /* handed over, and not yet read there: as credit in a peer */
    uint32_t unread_max;
    int32_t reason; /* of the end, once it was asked for */
    bool is_open;   /* it has taken in that it is connected */
    char text[MN_TEXT_MAX + 1];
} mni_host;

void mni_host_init(mni_host *host, mni_memory *memory);
void mni_host_clear(mni_host *host); /* parted before */

/* Both sides get a player ARRIVING for it. MN_ERROR_STATE: the server is not started or has a host,
   or the client is not idle; MN_ERROR_SCHEMA: not the same schema object; MN_ERROR_FULL,
   …_MEMORY. */
MNI_CHECK mn_result mni_host_join(mni_endpoint *client, mni_endpoint *server, const void *payload,
                                  uint32_t size);
/* The end, at once: fates of notify messages, then DISCONNECTED, on the client and on the server.
   text is terminated; of who asked for the end before, reason and text count instead. */
void mni_host_part(mni_endpoint *side, int32_t reason, const char *text);
/* The end after the next delivery of this side. */
void mni_host_end(mni_endpoint *side, int32_t reason, const char *text);

/* Shares the buffer. MN_ERROR_FULL; MN_ERROR_MEMORY. */
MNI_CHECK mn_result mni_host_post(mni_endpoint *side, mni_buffer *buffer, uint32_t how,
                                  uint64_t token);
/* Takes back the notify messages with this token; how many. */
uint32_t mni_host_cancel(mni_endpoint *side, uint64_t token);
/* Carries over what was posted, as far as the other side reads. MN_ERROR_MEMORY: not all of that;
   the rest stays. */
MNI_CHECK mn_result mni_host_deliver(mni_endpoint *side, mni_parcel_kind kind);
/* This side has read something that came over the channel. */
void mni_host_read(mni_endpoint *side, uint32_t credit);
/* Takes in what came of the joining, and of notify messages. */
MNI_CHECK mn_result mni_host_update(mni_endpoint *side);
/* When it wants an update; MNI_NEVER: not at all. */
uint64_t mni_host_next_us(const mni_endpoint *side);
/* There is no network to tell of: the queue, and zeros. As mn_peer_statistics. */
MNI_CHECK mn_result mni_host_statistics(const mni_endpoint *side, mn_statistics *statistics_out);

#endif
