#!/bin/sh
# SPDX-License-Identifier: MIT
# Every external name of ours carries a prefix, because a static library shares one namespace with
# the game. The shared library exports exactly what the header declares.
# Usage: check_symbols.sh compiler libmiragenet.so object…
set -u
compiler=$1
library=$2
shift 2
bad=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

stray=$(nm -gA --defined-only "$@" | awk '{ print $NF, $1 }' | grep -vE '^mni?_')
if [ -n "$stray" ]; then
    printf 'external, but neither mn_ nor mni_:\n%s\n' "$stray"
    bad=1
fi

# The preprocessor leaves the declarations; each is one piece between semicolons.
"$compiler" -E -P -DMN_API=MN_DECLARED include/miragenet.h | tr '\n' ' ' | tr ';' '\n' |
    awk '/MN_DECLARED/ && match($0, /mn_[a-z0-9_]+ *\(/) {
        name = substr($0, RSTART, RLENGTH - 1)
        sub(/ *$/, "", name)
        print name
    }' | sort >"$work/declared"
nm -D --defined-only "$library" | awk '{ print $NF }' | sort >"$work/exported"
if [ ! -s "$work/declared" ]; then
    echo 'the header declares nothing with MN_API'
    bad=1
fi
difference=$(comm -3 "$work/declared" "$work/exported")
if [ -n "$difference" ]; then
    printf 'declared, not exported:\n%s\n' "$(comm -23 "$work/declared" "$work/exported")"
    printf 'exported, not declared:\n%s\n' "$(comm -13 "$work/declared" "$work/exported")"
    bad=1
fi
exit $bad
