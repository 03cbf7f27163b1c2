/* SPDX-License-Identifier: MIT */
/*
 * Two lists, each with a reference to its messages. Acknowledged ones are let go when they come to
 * the front: taking them out of the middle would need links back, and gains nothing.
 */
#include "socket/resend.h"

static void append_due(mni_resend *resend, mni_message *message)
{
    message->is_in_resend = true;
    message->next_resend = NULL;
    if (resend->due_first == NULL) {
        resend->due_first = message;
    } else {
        resend->due_last->next_resend = message;
    }
    resend->due_last = message;
}

void mni_resend_add(mni_resend *resend, mni_message *message)
{
    bool waits = message->in_flight > 0 && !message->is_in_pieces;
    if (message->is_acked || message->is_in_resend || waits) {
        return;
    }
    mni_message_hold(message);
    append_due(resend, message);
}

static void drop_due(mni_resend *resend, mni_messages *messages)
{
    mni_message *message = resend->due_first;
    resend->due_first = message->next_resend;
    message->is_in_resend = false;
    mni_message_drop(messages, message);
}

static bool has_due(mni_message *message)
{
    return !message->is_acked &&
           (!message->is_in_pieces || mni_split_of(message)->lost.covered > 0);
}

mni_message *mni_resend_due(mni_resend *resend, mni_messages *messages)
{
    while (resend->due_first != NULL && !has_due(resend->due_first)) {
        drop_due(resend, messages);
    }
    return resend->due_first;
}

static void append_again(mni_resend *resend, mni_message *message)
{
    message->is_in_again = true;
    message->next = NULL;
    if (resend->again_first == NULL) {
        resend->again_first = message;
    } else {
        resend->again_last->next = message;
    }
    resend->again_last = message;
}

static mni_message *take_again(mni_resend *resend)
{
    mni_message *message = resend->again_first;
    resend->again_first = message->next;
    message->is_in_again = false;
    return message;
}

void mni_resend_repeat(mni_resend *resend, mni_message *message, uint64_t packet)
{
    message->resent_in = (uint32_t)packet;
    if (!message->is_in_again) {
        mni_message_hold(message);
        append_again(resend, message);
    }
}

void mni_resend_sent(mni_resend *resend, mni_messages *messages, uint64_t packet)
{
    mni_message *message = resend->due_first;
    if (message->is_in_pieces) {
        resend->due_first = message->next_resend;
        append_due(resend, message);
        return;
    }
    message->copies = message->copies > 0 ? message->copies : 1;
    message->was_lost = true;
    mni_resend_repeat(resend, message, packet);
    drop_due(resend, messages);
}

mni_message *mni_resend_again(mni_resend *resend, mni_messages *messages, uint64_t packet)
{
    while (resend->again_first != NULL && resend->again_first->is_acked) {
        mni_message_drop(messages, take_again(resend));
    }
    mni_message *message = resend->again_first;
    return message != NULL && message->resent_in != (uint32_t)packet ? message : NULL;
}

void mni_resend_rode(mni_resend *resend, mni_messages *messages, uint64_t packet)
{
    mni_message *message = take_again(resend);
    message->copies--;
    message->resent_in = (uint32_t)packet;
    if (message->copies > 0) {
        append_again(resend, message);
    } else {
        mni_message_drop(messages, message);
    }
}

void mni_resend_clear(mni_resend *resend, mni_messages *messages)
{
    while (resend->due_first != NULL) {
        drop_due(resend, messages);
    }
    while (resend->again_first != NULL) {
        mni_message_drop(messages, take_again(resend));
    }
}
