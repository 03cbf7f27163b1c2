/* SPDX-License-Identifier: MIT */
/*
 * Every block is preceded by a note of how it was allocated. Nothing follows it, so that a
 * sanitizer sees the first byte past the end. What is wrong aborts: a jump out of the library's own
 * code, as cmocka would do it, would leave the library in pieces for what comes after.
 */
#include "support/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t note_mark = UINT64_C(0x6d6972616765616c);

typedef struct note {
    uint64_t mark; /* note_mark while the block is live */
    uint64_t size;
    uint64_t alignment;
    uint64_t owner; /* address of the test_allocator */
} note;

_Static_assert(sizeof(note) % 16 == 0, "blocks would not be aligned");

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "test_allocator: %s\n", what);
        abort();
    }
}

static void *allocate(void *user, size_t size, size_t alignment)
{
    test_allocator *allocator = user;
    require(size > 0, "an allocation of nothing");
    require(alignment > 0 && alignment <= 16 && (alignment & (alignment - 1)) == 0,
            "an alignment that is no power of two up to 16");
    allocator->count++;
    if (allocator->count == allocator->fail_at || size > SIZE_MAX - sizeof(note) - 16) {
        return NULL;
    }
    note *made = malloc(sizeof(note) + size);
    require(made != NULL, "the machine is out of memory");
    *made = (note){note_mark, size, alignment, (uintptr_t)allocator};
    allocator->live++;
    allocator->live_bytes += size;
    return memset(made + 1, 0xa5, size);
}

static void release(void *user, void *memory, size_t size, size_t alignment)
{
    test_allocator *allocator = user;
    require(memory != NULL, "a release of NULL");
    note *made = (note *)memory - 1;
    require(made->mark == note_mark, "a release of what is not allocated");
    require(made->owner == (uintptr_t)allocator, "a release to another allocator");
    require(made->size == size, "a release with another size than was allocated");
    require(made->alignment == alignment, "a release with another alignment than was allocated");
    allocator->live--;
    allocator->live_bytes -= size;
    memset(made, 0xdd, sizeof(note) + size);
    free(made);
}

void test_allocator_init(test_allocator *allocator)
{
    *allocator = (test_allocator){
        .table = {.allocate = allocate, .release = release, .user = allocator},
    };
}
