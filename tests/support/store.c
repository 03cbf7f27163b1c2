/* SPDX-License-Identifier: MIT */
/* See store.h. */
#include "support/store.h"

#include <stdio.h>
#include <stdlib.h>

void test_store_init(test_store *store)
{
    test_allocator_init(&store->allocator);
    mni_memory_init(&store->memory, &store->allocator.table, 0);
    mni_buffers_init(&store->buffers, &store->memory);
    mni_messages_init(&store->messages, &store->memory, &store->buffers);
}

int test_store_clear(test_store *store)
{
    bool is_empty = store->messages.pool.used + store->messages.splits.used == 0;
    mni_messages_clear(&store->messages);
    mni_buffers_clear(&store->buffers);
    return is_empty && store->allocator.live == 0 ? 0 : -1;
}

mni_message *test_store_message(test_store *store, uint32_t size, bool is_in_pieces)
{
    mni_message *message = NULL;
    mni_buffer *buffer = mni_buffer_take(&store->buffers, size);
    if (buffer != NULL) {
        message = mni_message_take(&store->messages, buffer, is_in_pieces);
        mni_buffer_drop(&store->buffers, buffer);
    }
    if (message == NULL) {
        (void)fprintf(stderr, "test_store: no memory\n");
        abort();
    }
    return message;
}
