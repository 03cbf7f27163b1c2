/* SPDX-License-Identifier: MIT */
/* Where the messages of a test come from: what a peer has for them, over an allocator that
   watches. */
#ifndef SUPPORT_STORE_H
#define SUPPORT_STORE_H

#include "socket/message.h"
#include "support/memory.h"

typedef struct test_store { /* points into itself: do not move */
    test_allocator allocator;
    mni_memory memory;
    mni_buffers buffers;
    mni_messages messages;
} test_store;

void test_store_init(test_store *store);
/* 0 if everything was given back, else -1: what a teardown returns. */
int test_store_clear(test_store *store);

/* A message of so many bytes that has its buffer for itself; the program aborts where there is no
   memory. */
mni_message *test_store_message(test_store *store, uint32_t size, bool is_in_pieces);

#endif
