#!/bin/sh
# SPDX-License-Identifier: MIT
# No branch and no index of the primitives depends on a secret, as compiled: valgrind watches.
# Usage: check_constant_time.sh program
set -u
command -v valgrind >/dev/null || exit 77
"$1" >/dev/null 2>&1
[ $? = 77 ] && exit 77

watch() {
    valgrind --quiet --error-exitcode=3 "$@"
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
