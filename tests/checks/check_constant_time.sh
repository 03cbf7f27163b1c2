#!/bin/sh
# SPDX-License-Identifier: MIT
# No branch and no index depends on a secret, as compiled: valgrind watches. It is to look at single
# bits in comparisons, for the secret characters of which one bit is known.
# Usage: check_constant_time.sh program
set -u
command -v valgrind >/dev/null || exit 77
"$1" >/dev/null 2>&1
[ $? = 77 ] && exit 77

watch() {
    valgrind --quiet --expensive-definedness-checks=yes --error-exitcode=3 "$@"
}
if ! watch "$1"; then
    echo 'a branch or an index depends on a secret, or a result is wrong'
    exit 1
fi
watch "$1" leak >/dev/null 2>&1
if [ $? != 3 ]; then
    echo 'a branch that does depend on a secret was not noticed: nothing was checked'
    exit 1
fi
