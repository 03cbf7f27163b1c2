/* SPDX-License-Identifier: MIT */
/*
 * An allocator that watches how it is used. It counts, aborts when a release does not repeat the
 * size and alignment of its allocation, hands out memory full of rubbish, spoils what is released,
 * and can fail one allocation: run a scenario with fail_at = 1, 2, 3 … until nothing fails.
 */
#ifndef SUPPORT_MEMORY_H
#define SUPPORT_MEMORY_H

#include <miragenet.h>

typedef struct test_allocator {
    uint64_t fail_at;    /* the number, from 1, of the allocation that fails; 0: none */
    uint64_t count;      /* allocations asked for, the failed one included */
    uint64_t live;       /* blocks not yet released: 0 at the end, or something leaked */
    uint64_t live_bytes; /* in them */
    mn_allocator table;  /* what to pass on; points back here, so do not move or copy the struct */
} test_allocator;

void test_allocator_init(test_allocator *allocator);

#endif
