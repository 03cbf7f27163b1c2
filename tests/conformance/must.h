/* SPDX-License-Identifier: MIT */
/* What a captured session takes for granted: without it there is nothing worth printing. */
#ifndef CONFORMANCE_MUST_H
#define CONFORMANCE_MUST_H

#include <stdio.h>
#include <stdlib.h>

static inline void must_be(const char *file, int line, int is_true)
{
    if (!is_true) {
        (void)fprintf(stderr, "capture: %s, line %d: not as the script wants it\n", file, line);
        abort();
    }
}
#define MUST(condition) must_be(__FILE__, __LINE__, (condition))

#endif
