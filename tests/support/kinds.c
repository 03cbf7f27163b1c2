/* SPDX-License-Identifier: MIT */
/* See kinds.h. */
#include "support/kinds.h"

#include <stdio.h>
#include <stdlib.h>

static void require(int condition)
{
    if (!condition) {
        (void)fputs("kinds: something could not be made, or was not released\n", stderr);
        abort();
    }
}

void test_kinds_open(test_kinds *kinds)
{
    test_allocator_init(&kinds->allocator);
    mni_memory_init(&kinds->memory, &kinds->allocator.table, 0);
    mni_buffers_init(&kinds->buffers, &kinds->memory);
    kinds->schema = stage_make_schema(NULL);
    require(mni_kinds_init(&kinds->kinds, &kinds->memory, kinds->schema) == MN_OK);
    kinds->tank = mni_kinds_find(&kinds->kinds, STAGE_TANK);
    kinds->shell = mni_kinds_find(&kinds->kinds, STAGE_SHELL);
    kinds->bag = mni_kinds_find(&kinds->kinds, STAGE_BAG);
    kinds->flag = mni_kinds_find(&kinds->kinds, STAGE_FLAG);
}

void test_kinds_close(test_kinds *kinds)
{
    mni_kinds_clear(&kinds->kinds);
    mni_buffers_clear(&kinds->buffers);
    mn_schema_destroy(kinds->schema);
    require(kinds->allocator.live == 0);
}
