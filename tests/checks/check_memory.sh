#!/bin/sh
# SPDX-License-Identifier: MIT
# One file asks the C library for memory and one reads a clock; all others are handed both.
# Usage: check_memory.sh object…
set -u
nm -uA "$@" | awk '
    BEGIN {
        memory = "^((m|c|re)alloc|reallocarray|free|aligned_alloc|posix_memalign|strn?dup)$"
        time = "^(_*(clock_gettime|gettimeofday|time|timespec_get)(64)?|clock|ftime)$"
    }
    function only(file, names) {
        if (symbol !~ names) {
            return
        }
        if (index($0, "/src/base/" file ".o:")) {
            seen[file] = 1
        } else {
            printf "%s %s, only src/base/%s may\n", $1, symbol, file
            bad = 1
        }
    }
    {
        symbol = $NF
        sub(/@.*/, "", symbol)
        only("memory.c", memory)
        only("clock.c", time)
    }
    END {
        if (!seen["memory.c"] || !seen["clock.c"]) {
            print "memory.c or clock.c calls none of the names looked for: nothing was checked"
            bad = 1
        }
        exit bad
    }'
