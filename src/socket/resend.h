/* SPDX-License-Identifier: MIT */
/*
 * Reliable messages that were lost. They go again in the next packet, and once more in the packet
 * after that: it is the second loss of the same message that makes the tail of the latencies, and a
 * copy of the few that were lost once costs next to nothing. Others ride up to three times more
 * from the start, because their sender asked for it. A message still in flight elsewhere waits for
 * the fate of that packet. Of a message in pieces the lost ones go again, each once; such messages
 * take turns, a piece each.
 */
#ifndef SOCKET_RESEND_H
#define SOCKET_RESEND_H

#include "socket/message.h"

typedef struct mni_resend {
    mni_message *due_first, *due_last;
    mni_message *again_first, *again_last;
} mni_resend;

/* A packet that carried it was lost. */
void mni_resend_add(mni_resend *resend, mni_message *message);
/* The oldest that is to be sent again; lets go of those acknowledged meanwhile. NULL: none. */
mni_message *mni_resend_due(mni_resend *resend, mni_messages *messages);
/* The one just returned by due left in this packet, or one of its pieces. */
void mni_resend_sent(mni_resend *resend, mni_messages *messages, uint64_t packet);
/* The oldest that is to ride once more, and is not in this packet yet. NULL: none. */
mni_message *mni_resend_again(mni_resend *resend, mni_messages *messages, uint64_t packet);
/* The one just returned by again left in this packet. */
void mni_resend_rode(mni_resend *resend, mni_messages *messages, uint64_t packet);
/* It left for the first time, in this packet, and is to ride `copies` times more. */
void mni_resend_repeat(mni_resend *resend, mni_message *message, uint64_t packet);
void mni_resend_clear(mni_resend *resend, mni_messages *messages);

#endif
