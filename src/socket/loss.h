/* SPDX-License-Identifier: MIT */
/*
 * When a packet counts as lost, and when to ask for news (RFC 9002, section 6): a packet is lost
 * when three later ones arrived, or a later one arrived and it is older than 9/8 of a round trip;
 * and where no acknowledgement comes at all, a probe is sent. Packets with unreliable messages
 * alone arm no probe; they are given up after the time in which their acknowledgement should have
 * come.
 */
#ifndef SOCKET_LOSS_H
#define SOCKET_LOSS_H

#include "base/timer.h"
#include "socket/rtt.h"
#include "socket/sent.h"

typedef struct mni_loss {
    uint64_t due_us;     /* when a packet will have been under way for too long; MNI_NEVER */
    uint64_t probing_us; /* when the first of the probes below was due */
    uint32_t probes;     /* since the last acknowledgement of something new: the backoff */
    uint32_t due_probes; /* packets to be sent; the writer of packets counts them down */
} mni_loss;

void mni_loss_init(mni_loss *loss);
/* Unlinks the packets that are lost by now, oldest first, and sets due_us anew. */
mni_sent_list mni_loss_detect(mni_loss *loss, mni_sent *sent, const mni_rtt *rtt, uint64_t now_us);
/* A packet was added to those under way: its age may have to be watched. */
void mni_loss_sent(mni_loss *loss, const mni_sent *sent, const mni_rtt *rtt);
/* How long to wait for news of a packet that left just now, without backoff. */
uint64_t mni_loss_patience_us(const mni_rtt *rtt);
/* When something is due: detection or a probe. MNI_NEVER: nothing. */
uint64_t mni_loss_next_us(const mni_loss *loss, const mni_sent *sent, const mni_rtt *rtt);
/* Orders a probe if it is time. Call detect first. */
void mni_loss_tick(mni_loss *loss, const mni_sent *sent, const mni_rtt *rtt, uint64_t now_us);
void mni_loss_acked(mni_loss *loss); /* something new was acknowledged */

#endif
