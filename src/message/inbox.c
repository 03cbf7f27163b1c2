/* SPDX-License-Identifier: MIT */
/* One ring, cut in two by a count: what is before the cut has been polled. */
#include "message/inbox.h"

enum { INBOX_MAX = 1 << 24 }; /* credit and memory_limit bound it long before */

void mni_inbox_init(mni_inbox *inbox, mni_memory *memory)
{
    *inbox = (mni_inbox){0};
    mni_ring_init(&inbox->ring, memory, sizeof(mni_inbox_entry), INBOX_MAX);
}

void mni_inbox_clear(mni_inbox *inbox)
{
    MNI_ASSERT(inbox->ring.count == 0);
    mni_ring_clear(&inbox->ring);
    inbox->polled = 0;
    inbox->promised = 0;
}

mn_result mni_inbox_reserve(mni_inbox *inbox, uint32_t count)
{
    uint64_t places = (uint64_t)inbox->ring.count + inbox->promised + count;
    if (places > INBOX_MAX || mni_ring_reserve(&inbox->ring, (uint32_t)places) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

mn_result mni_inbox_promise(mni_inbox *inbox)
{
    mn_result result = mni_inbox_reserve(inbox, 1);
    inbox->promised += result == MN_OK;
    return result;
}

void mni_inbox_recall(mni_inbox *inbox)
{
    MNI_ASSERT(inbox->promised > 0);
    inbox->promised--;
}

mn_result mni_inbox_push(mni_inbox *inbox, const mni_inbox_entry *entry)
{
    mni_inbox_entry *place = NULL;
    if (mni_inbox_reserve(inbox, 1) == MN_OK) {
        place = mni_ring_push(&inbox->ring);
    }
    if (place == NULL) {
        return MN_ERROR_MEMORY;
    }
    *place = *entry;
    return MN_OK;
}

void mni_inbox_redeem(mni_inbox *inbox, const mni_inbox_entry *entry)
{
    mni_inbox_recall(inbox);
    mni_inbox_entry *place = mni_ring_push(&inbox->ring);
    MNI_ASSERT(place != NULL);
    *place = *entry;
}

mni_inbox_entry *mni_inbox_next(const mni_inbox *inbox)
{
    return mni_ring_at(&inbox->ring, inbox->polled);
}

void mni_inbox_advance(mni_inbox *inbox)
{
    MNI_ASSERT(inbox->polled < inbox->ring.count);
    inbox->polled++;
}

uint32_t mni_inbox_waiting(const mni_inbox *inbox)
{
    return inbox->ring.count - inbox->polled;
}

bool mni_inbox_release(mni_inbox *inbox, mni_inbox_entry *entry_out)
{
    if (inbox->polled == 0) {
        return false;
    }
    *entry_out = *(mni_inbox_entry *)mni_ring_at(&inbox->ring, 0);
    mni_ring_pop(&inbox->ring);
    inbox->polled--;
    return true;
}
