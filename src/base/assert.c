/* SPDX-License-Identifier: MIT */
/*
 * Where a failed assertion ends. It says what was believed and where, on stderr, and stops the
 * program there, so that a debugger or a core shows the state that contradicts the belief.
 */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef MN_SHIP
void mni_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
#endif
