/* SPDX-License-Identifier: MIT */
/* See ledger.h. */
#include "support/ledger.h"

#include "base/bytes.h"
#include "base/how.h"

#include <stdlib.h>
#include <string.h>

void test_ledger_clear(test_ledger *ledger)
{
    memset(ledger, 0, sizeof(*ledger));
}

void test_ledger_fill(uint8_t *bytes, uint32_t size, uint64_t number)
{
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = i < 8 ? (uint8_t)(number >> (8 * i)) : (uint8_t)(number + i);
    }
}

void test_ledger_sent(test_ledger *ledger, uint32_t size, uint32_t how)
{
    if (ledger->count == LEDGER_MESSAGES_MAX) {
        abort();
    }
    ledger->messages[ledger->count++] = (ledger_message){.size = size,
                                                         .mode = (uint8_t)mni_how_mode(how),
                                                         .channel = (uint8_t)mni_how_channel(how),
                                                         .expires = mni_how_expires_ms(how) > 0};
}

const char *test_ledger_cancelled(test_ledger *ledger, uint64_t token, mn_result count)
{
    if (count == 0) {
        return NULL; /* it has left, or is gone already */
    }
    if (count != 1 || token >= ledger->count) {
        return "cancel took back what was not sent";
    }
    ledger_message *message = &ledger->messages[token];
    if (message->is_cancelled || message->is_seen || message->has_fate) {
        return "cancel took back what was gone";
    }
    message->is_cancelled = true;
    return NULL;
}

static const char *take_ordered(test_ledger *ledger, uint32_t number, uint8_t channel)
{
    if (number < ledger->ordered[channel]) {
        return "a reliable message is out of order";
    }
    for (uint32_t i = ledger->ordered[channel]; i < number; i++) {
        const ledger_message *before = &ledger->messages[i];
        bool is_promised = before->mode == MN_RELIABLE && before->channel == channel &&
                           !before->expires && !before->is_cancelled;
        if (is_promised && !before->is_seen) {
            return "a reliable message was left out";
        }
    }
    ledger->ordered[channel] = number + 1;
    return NULL;
}

static const char *take_sequenced(test_ledger *ledger, uint32_t number, uint8_t channel)
{
    if (number < ledger->newest[channel]) {
        return "a sequenced message is older, or doubled";
    }
    ledger->newest[channel] = number + 1;
    return NULL;
}

const char *test_ledger_take(test_ledger *ledger, const mn_event *event)
{
    const uint8_t *bytes = event->data;
    if (event->size < LEDGER_SIZE_MIN || mni_load_u64(bytes) >= ledger->count) {
        return "a message was never sent";
    }
    uint32_t number = (uint32_t)mni_load_u64(bytes);
    for (uint32_t i = LEDGER_SIZE_MIN; i < event->size; i++) {
        if (bytes[i] != (uint8_t)(number + i)) {
            return "a message is damaged";
        }
    }
    ledger_message *message = &ledger->messages[number];
    if (message->size != event->size) {
        return "a message comes in another size";
    }
    if (message->mode != event->delivery || message->channel != event->channel) {
        return "a message comes in another mode or on another channel";
    }
    if (message->is_seen) {
        return "a message is doubled";
    }
    if (message->is_cancelled) {
        return "a message comes that was cancelled";
    }
    message->is_seen = true;
    switch (message->mode) {
    case MN_RELIABLE:
        return take_ordered(ledger, number, message->channel);
    case MN_SEQUENCED:
        return take_sequenced(ledger, number, message->channel);
    default:
        return NULL;
    }
}

const char *test_ledger_fate(test_ledger *ledger, const mn_event *event)
{
    if (event->token >= ledger->count || ledger->messages[event->token].mode != MN_NOTIFY) {
        return "a fate of no notify message";
    }
    ledger_message *message = &ledger->messages[event->token];
    if (message->has_fate) {
        return "a second fate";
    }
    message->has_fate = true;
    if (event->type == MN_EVENT_DELIVERED) {
        return message->is_seen ? NULL : "delivered without being seen";
    }
    return event->type == MN_EVENT_LOST ? NULL : "an event of another kind";
}

const char *test_ledger_check_fates(const test_ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->count; i++) {
        const ledger_message *message = &ledger->messages[i];
        if (message->has_fate != (message->mode == MN_NOTIFY)) {
            return "a fate is missing";
        }
    }
    return NULL;
}

const char *test_ledger_check_all(const test_ledger *ledger, uint64_t expired)
{
    uint64_t least = 0;
    uint64_t most = 0;
    for (uint32_t i = 0; i < ledger->count; i++) {
        const ledger_message *message = &ledger->messages[i];
        if (message->is_seen || message->is_cancelled) {
            continue;
        }
        bool is_reliable = mni_mode_is_reliable(message->mode);
        if (is_reliable && !message->expires) {
            return "a reliable message is missing";
        }
        least += is_reliable;
        most += message->expires;
    }
    return expired >= least && expired <= most ? NULL : "what expired is counted wrongly";
}
