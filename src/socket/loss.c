/* SPDX-License-Identifier: MIT */
/*
 * The constants are those of RFC 9002, sections 6.1 and 6.2. The backoff of probes is bounded, so
 * that a line that comes back after seconds is noticed within half a one. A probe without an answer
 * tells of a bad line, on which the next ones go in pairs (section 6.2.4 allows it).
 */
#include "socket/loss.h"

#include "socket/received.h"

enum {
    PACKET_THRESHOLD = 3,
    GRANULARITY_US = 1000,
    BACKOFF_MAX_US = 500000,
    BACKOFF_SHIFT_MAX = 16
};

void mni_loss_init(mni_loss *loss)
{
    *loss = (mni_loss){.due_us = MNI_NEVER};
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t round_trip_us(const mni_rtt *rtt)
{
    return rtt->smoothed_us + max_u64(4 * rtt->variance_us, GRANULARITY_US);
}

uint64_t mni_loss_patience_us(const mni_rtt *rtt)
{
    return round_trip_us(rtt) + MNI_ACK_DELAY_US;
}

/* When this packet counts as lost for its age alone. Where nothing later has arrived, the probes of
   armed packets will bring the news for all; only where none is armed, age must do. */
static uint64_t expiry_us(const mni_sent *sent, const mni_rtt *rtt, const mni_sent_packet *packet)
{
    if (packet->number < sent->next_acked) {
        uint64_t longest_us = max_u64(rtt->smoothed_us, rtt->latest_us);
        return packet->sent_us + max_u64(longest_us + longest_us / 8, GRANULARITY_US);
    }
    if (sent->armed == 0) {
        return packet->sent_us + 2 * round_trip_us(rtt) + MNI_ACK_LAZY_DELAY_US;
    }
    return MNI_NEVER;
}

mni_sent_list mni_loss_detect(mni_loss *loss, mni_sent *sent, const mni_rtt *rtt, uint64_t now_us)
{
    mni_sent_list lost = {0};
    loss->due_us = MNI_NEVER;
    mni_sent_packet *previous = NULL;
    mni_sent_packet *next;
    for (mni_sent_packet *packet = sent->flying.first; packet != NULL; packet = next) {
        next = packet->next;
        uint64_t due_us = expiry_us(sent, rtt, packet);
        if (packet->number + PACKET_THRESHOLD < sent->next_acked || due_us <= now_us) {
            mni_sent_unlink(sent, previous, packet);
            mni_sent_list_push(&lost, packet);
            continue;
        }
        loss->due_us = due_us < loss->due_us ? due_us : loss->due_us;
        if (packet->number >= sent->next_acked) {
            break; /* those after it are due later, if at all */
        }
        previous = packet;
    }
    return lost;
}

void mni_loss_sent(mni_loss *loss, const mni_sent *sent, const mni_rtt *rtt)
{
    uint64_t due_us = expiry_us(sent, rtt, sent->flying.last);
    loss->due_us = due_us < loss->due_us ? due_us : loss->due_us;
}

static uint64_t probe_us(const mni_loss *loss, const mni_sent *sent, const mni_rtt *rtt)
{
    uint64_t patience_us = mni_loss_patience_us(rtt);
    uint32_t shift = loss->probes < BACKOFF_SHIFT_MAX ? loss->probes : BACKOFF_SHIFT_MAX;
    uint64_t backed_off_us = patience_us << shift;
    if (backed_off_us > BACKOFF_MAX_US) {
        backed_off_us = max_u64(patience_us, BACKOFF_MAX_US);
    }
    return sent->armed_us + backed_off_us;
}

uint64_t mni_loss_next_us(const mni_loss *loss, const mni_sent *sent, const mni_rtt *rtt)
{
    uint64_t next_us = loss->due_us;
    if (sent->armed > 0) {
        uint64_t us = probe_us(loss, sent, rtt);
        next_us = us < next_us ? us : next_us;
    }
    return next_us;
}

void mni_loss_tick(mni_loss *loss, const mni_sent *sent, const mni_rtt *rtt, uint64_t now_us)
{
    if (sent->armed > 0 && loss->due_probes == 0 && probe_us(loss, sent, rtt) <= now_us) {
        if (loss->probes == 0) {
            loss->probing_us = now_us;
        }
        loss->due_probes = loss->probes == 0 ? 1 : 2;
        loss->probes++;
    }
}

void mni_loss_acked(mni_loss *loss)
{
    loss->probes = 0;
    loss->due_probes = 0;
}
