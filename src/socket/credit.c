/* SPDX-License-Identifier: MIT */
/*
 * New credit is granted when half a window has been read: often enough that the sender does not
 * wait for it, seldom enough that it costs a few bytes for many messages.
 */
#include "socket/credit.h"

#include "base/assert.h"
#include "base/how.h"

void mni_credit_out_raise(mni_credit_out *credit, uint64_t limit)
{
    if (limit > credit->limit) {
        credit->limit = limit;
    }
}

void mni_credit_in_init(mni_credit_in *credit, uint64_t window)
{
    *credit = (mni_credit_in){.window = window, .granted = window};
}

bool mni_credit_in_allows(const mni_credit_in *credit, uint64_t cost)
{
    return cost <= credit->granted - credit->spent;
}

void mni_credit_in_spend(mni_credit_in *credit, uint64_t cost)
{
    MNI_ASSERT(mni_credit_in_allows(credit, cost));
    credit->spent += cost;
}

bool mni_credit_in_allows_loose(const mni_credit_in *credit, uint64_t cost)
{
    return cost <= credit->window - credit->loose;
}

void mni_credit_in_spend_loose(mni_credit_in *credit, uint64_t cost)
{
    MNI_ASSERT(mni_credit_in_allows_loose(credit, cost));
    credit->loose += cost;
}

void mni_credit_in_return(mni_credit_in *credit, uint8_t mode, uint32_t cost)
{
    if (!mni_mode_is_reliable(mode)) {
        credit->loose -= cost < credit->loose ? cost : credit->loose;
        return;
    }
    credit->returned += cost;
    if (credit->returned + credit->window - credit->granted >= credit->window / 2) {
        credit->granted = credit->returned + credit->window;
        credit->is_due = true;
    }
}

void mni_credit_in_told(mni_credit_in *credit, uint64_t packet)
{
    credit->told_in = packet;
    credit->is_due = false;
}

void mni_credit_in_lost(mni_credit_in *credit, uint64_t packet)
{
    if (credit->told_in == packet) {
        credit->is_due = true;
    }
}
