/* SPDX-License-Identifier: MIT */
/*
 * References are counted by hand, one for each list and packet; the lists themselves are intrusive,
 * so that losing a packet needs no memory.
 */
#include "socket/message.h"

enum { PER_SLAB = 64, SPLITS_PER_SLAB = 8 };

void mni_messages_init(mni_messages *messages, mni_memory *memory, mni_buffers *buffers)
{
    mni_pool_init(&messages->pool, memory, sizeof(mni_message), PER_SLAB, 0);
    mni_pool_init(&messages->splits, memory, sizeof(mni_split), SPLITS_PER_SLAB, 0);
    messages->buffers = buffers;
}

void mni_messages_clear(mni_messages *messages)
{
    mni_pool_clear(&messages->pool);
    mni_pool_clear(&messages->splits);
}

mni_message *mni_message_take(mni_messages *messages, mni_buffer *buffer, bool is_in_pieces)
{
    mni_message *message =
        is_in_pieces ? mni_pool_take(&messages->splits) : mni_pool_take_unzeroed(&messages->pool);
    if (message != NULL) {
        *message = (mni_message){
            .buffer = mni_buffer_share(buffer),
            .size = buffer->size,
            .references = 1,
            .is_in_pieces = is_in_pieces,
        };
    }
    return message;
}

/* Its bytes, and the notes about them. */
static void drop_bytes(mni_messages *messages, mni_message *message)
{
    mni_buffer_drop(messages->buffers, message->buffer);
    message->buffer = NULL;
    if (message->is_in_pieces) {
        mni_split *split = mni_split_of(message);
        mni_buffer_drop(messages->buffers, split->bits);
        split->bits = NULL;
    }
}

void mni_message_free(mni_messages *messages, mni_message *message)
{
    drop_bytes(messages, message);
    mni_pool_give(message->is_in_pieces ? &messages->splits : &messages->pool, message);
}

bool mni_message_begin_pieces(mni_messages *messages, mni_message *message)
{
    mni_split *split = mni_split_of(message);
    uint32_t size = mni_cover_size(message->size);
    split->bits = mni_buffer_take(messages->buffers, 2 * size);
    if (split->bits == NULL) {
        return false;
    }
    mni_cover_init(&split->acked, split->bits->bytes, message->size);
    mni_cover_init(&split->lost, split->bits->bytes + size, message->size);
    return true;
}

bool mni_message_arrived(mni_message *message, uint32_t offset, uint32_t size)
{
    mni_split *split = mni_split_of(message);
    if (split->bits == NULL) { /* each byte of a notify message is sent once */
        split->arrived += size;
        return split->arrived == message->size;
    }
    mni_cover_add(&split->acked, offset, size);
    mni_cover_remove(&split->lost, offset, size);
    return split->acked.covered == message->size;
}

void mni_message_missed(mni_message *message, uint32_t offset, uint32_t size)
{
    mni_split *split = mni_split_of(message);
    for (uint32_t end = offset + size; offset < end; offset += MNI_COVER_UNIT) {
        uint32_t unit = end - offset < MNI_COVER_UNIT ? end - offset : MNI_COVER_UNIT;
        if (mni_cover_missing(&split->acked, offset, unit) > 0) {
            mni_cover_add(&split->lost, offset, unit);
        }
    }
}

void mni_message_acknowledge(mni_messages *messages, mni_message *message)
{
    message->is_acked = true;
    drop_bytes(messages, message);
}
