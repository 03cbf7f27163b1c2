#!/bin/sh
# SPDX-License-Identifier: MIT
# The public header is C99, C11, C++11 and what came after, without a warning from any compiler.
# Run from the root of the repository.
set -u
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual
    -Wwrite-strings -Wdouble-promotion -Wformat=2 -Werror'
bad=0
tried=0

check() { # compiler, language, standards
    compiler=$1
    language=$2
    shift 2
    command -v "$compiler" >/dev/null 2>&1 || return 0
    for standard in "$@"; do
        tried=$((tried + 1))
        # shellcheck disable=SC2086
        if ! "$compiler" -x "$language" -std="$standard" $warnings -fsyntax-only -Iinclude \
            tests/abi/header.c; then
            echo "$compiler -std=$standard: the header does not compile cleanly"
            bad=1
        fi
    done
}

for compiler in gcc clang; do
    check $compiler c c99 c11 c17 gnu17
done
for compiler in g++ clang++; do
    check $compiler c++ c++11 c++14 c++17 c++20
done
if [ $tried = 0 ]; then
    echo 'skipped: neither gcc nor clang is here'
    exit 77
fi
exit $bad
