/* SPDX-License-Identifier: MIT */
/*
 * The queue between what happened and the game's poll. A polled event stays in it, and with it the
 * memory that the game reads, until the next update releases it: so polling moves nothing and
 * cannot fail. Messages wait as they came from the wire, and are decoded when they are polled.
 *
 * Room is promised for what must not be refused later (the end of a player, the fate of a notify
 * message): a promise is made when the thing begins and redeemed by one push.
 */
#ifndef MESSAGE_INBOX_H
#define MESSAGE_INBOX_H

#include "base/buffer.h"
#include "base/ring.h"

#include <miragenet.h>

#include <stdbool.h>

typedef struct mni_inbox_entry {
    mn_event event;      /* type 0: not for the game */
    mni_buffer *buffer;  /* what event.data points into; NULL: nothing */
    mni_buffer *decoded; /* what it points into once the message is decoded */
    uint32_t connection; /* that sent it, and whose credit it holds */
    uint32_t credit;
} mni_inbox_entry;

typedef struct mni_inbox {
    mni_ring ring;     /* of mni_inbox_entry: first the polled ones, then those that wait */
    uint32_t polled;   /* of them */
    uint32_t promised; /* places */
} mni_inbox;

void mni_inbox_init(mni_inbox *inbox, mni_memory *memory);
/* Everything was released before. */
void mni_inbox_clear(mni_inbox *inbox);

/* The next count pushes cannot fail, unless a promise is made between. MN_ERROR_MEMORY: nothing has
   changed. */
MNI_CHECK mn_result mni_inbox_reserve(mni_inbox *inbox, uint32_t count);
MNI_CHECK mn_result mni_inbox_promise(mni_inbox *inbox); /* one place, until redeemed or recalled */
void mni_inbox_recall(mni_inbox *inbox);                 /* one promise is not needed */

/* Copied. The buffer's reference is the inbox's from here; on MN_ERROR_MEMORY it is not. */
MNI_CHECK mn_result mni_inbox_push(mni_inbox *inbox, const mni_inbox_entry *entry);
void mni_inbox_redeem(mni_inbox *inbox, const mni_inbox_entry *entry); /* into a promised place */

/* The oldest that was not polled, NULL: none. It may be changed in place. */
mni_inbox_entry *mni_inbox_next(const mni_inbox *inbox);
void mni_inbox_advance(mni_inbox *inbox); /* that one is polled */
uint32_t mni_inbox_waiting(const mni_inbox *inbox);

/* Takes out the oldest that was polled; false: none is left. Buffers and credit are the
   caller's. */
bool mni_inbox_release(mni_inbox *inbox, mni_inbox_entry *entry_out);

#endif
