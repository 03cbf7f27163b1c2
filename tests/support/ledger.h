/* SPDX-License-Identifier: MIT */
/*
 * A trivial model of delivery, of one direction: what was sent, and what may come of it. Ordered
 * messages come once and in order on their channel, unordered ones once, sequenced ones never after
 * a newer one, the others at most once, and each notify message gets one fate, which is never
 * "delivered" of one that did not come. What was cancelled never comes; what has a time to live may
 * stay away, and others do not wait for it.
 */
#ifndef SUPPORT_LEDGER_H
#define SUPPORT_LEDGER_H

#include <miragenet.h>

#include <stdbool.h>

enum { LEDGER_MESSAGES_MAX = 8192, LEDGER_SIZE_MIN = 8 };

typedef struct ledger_message {
    uint32_t size;
    uint8_t mode, channel;
    bool expires, is_cancelled, is_seen, has_fate;
} ledger_message;

typedef struct test_ledger {
    ledger_message messages[LEDGER_MESSAGES_MAX]; /* by number, which is also the token */
    uint32_t count;
    uint32_t ordered[MN_CHANNELS]; /* all below have come, or never will; of ordered messages */
    uint32_t newest[MN_CHANNELS];  /* all below come no more; of sequenced ones */
} test_ledger;

void test_ledger_clear(test_ledger *ledger);
/* What the next message is to consist of; its number is count. */
void test_ledger_fill(uint8_t *bytes, uint32_t size, uint64_t number);
void test_ledger_sent(test_ledger *ledger, uint32_t size, uint32_t how);
/* Cancel with this token took back so many. */
const char *test_ledger_cancelled(test_ledger *ledger, uint64_t token, mn_result count);

/* All return what is wrong, NULL: nothing. */
const char *test_ledger_take(test_ledger *ledger, const mn_event *event); /* the receiver's */
const char *test_ledger_fate(test_ledger *ledger, const mn_event *event); /* the sender's */
/* In the end: each notify message has its fate. */
const char *test_ledger_check_fates(const test_ledger *ledger);
/* In the end: all that was promised has come; expired is the sender's MN_DROP_EXPIRED. */
const char *test_ledger_check_all(const test_ledger *ledger, uint64_t expired);

#endif
