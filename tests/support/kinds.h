/* SPDX-License-Identifier: MIT */
/* The object types of stage.h as kinds, with memory that is watched. */
#ifndef SUPPORT_KINDS_H
#define SUPPORT_KINDS_H

#include "base/buffer.h"
#include "object/kind.h"
#include "support/stage.h"

typedef struct test_kinds {
    test_allocator allocator;
    mni_memory memory;
    mni_buffers buffers;
    mn_schema *schema;
    mni_kinds kinds;
    mni_kind *tank, *shell, *bag, *flag;
} test_kinds;

void test_kinds_open(test_kinds *kinds);
void test_kinds_close(test_kinds *kinds); /* nothing may be left */

#endif
