/* SPDX-License-Identifier: MIT */
/*
 * What inbound.c, which takes packets in, and reassembly.c, which takes the pieces in them, have of
 * each other. Room is found for all of a packet first; what it takes of the credit is summed up in
 * a bill, and spent when all of it is taken in.
 */
#ifndef SOCKET_INBOUND_H
#define SOCKET_INBOUND_H

#include "socket/connection_state.h"
#include "socket/frame.h"

enum { MNI_TAKEN = -1 }; /* where there is no MN_DROP_… */

typedef struct mni_bill {
    uint64_t packet; /* its number */
    uint64_t reliable;
    uint64_t loose;
} mni_bill;

/* The next two take over the buffer, for which an event is reserved. A message that needs no
   order is delivered: */
void mni_inbound_deliver(mni_connection *connection, const mni_frame *frame, mni_buffer *buffer,
                         uint32_t credit);
/* A reliable one is whole and paid for: */
void mni_inbound_deliver_reliable(mni_connection *connection, const mni_frame *frame,
                                  mni_buffer *buffer, uint32_t credit);
/* A sequenced message came too late, and is counted; one that did not is the newest now. */
bool mni_inbound_is_overtaken(mni_connection *connection, const mni_frame *frame);

/* Finds room for a piece: MNI_TAKEN, or why not. */
MNI_CHECK int32_t mni_reassembly_prepare(mni_connection *connection, const mni_frame *frame,
                                         mni_bill *bill);
/* Takes it in, with the event that is reserved for it. */
void mni_reassembly_take(mni_connection *connection, const mni_frame *frame);

#endif
