/* SPDX-License-Identifier: MIT */
/*
 * References are counted by hand, one for each list and packet; the lists themselves are intrusive,
 * so that losing a packet needs no memory.
 */
#include "socket/message.h"

enum { PER_SLAB = 64 };

void mni_messages_init(mni_messages *messages, mni_memory *memory, mni_buffers *buffers)
{
    mni_pool_init(&messages->pool, memory, sizeof(mni_message), PER_SLAB, 0);
    messages->buffers = buffers;
}

void mni_messages_clear(mni_messages *messages)
{
    mni_pool_clear(&messages->pool);
}

mni_message *mni_message_take(mni_messages *messages, mni_buffer *buffer)
{
    mni_message *message = mni_pool_take(&messages->pool);
    if (message != NULL) {
        message->buffer = mni_buffer_share(buffer);
        message->references = 1;
    }
    return message;
}

void mni_message_hold(mni_message *message)
{
    MNI_ASSERT(message->references > 0);
    message->references++;
}

void mni_message_drop(mni_messages *messages, mni_message *message)
{
    MNI_ASSERT(message->references > 0);
    message->references--;
    if (message->references == 0) {
        mni_buffer_drop(messages->buffers, message->buffer);
        mni_pool_give(&messages->pool, message);
    }
}

void mni_message_acknowledge(mni_messages *messages, mni_message *message)
{
    message->is_acked = true;
    mni_buffer_drop(messages->buffers, message->buffer);
    message->buffer = NULL;
}
