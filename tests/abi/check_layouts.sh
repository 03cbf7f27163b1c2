#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public struct has one layout on all 64-bit systems and one on all 32-bit systems, so that a
# binding is written once for each. clang lays the structs out for systems that are not here; the
# alignment as a whole may differ (i386), sizes and offsets may not.
# Run from the root of the repository.
set -u
if ! clang --version >/dev/null 2>&1; then
    echo 'skipped: clang is not here'
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

layout() { # target: the lines of our structs, each with the name of its struct
    clang -target "$1" -x c -std=c11 -ffreestanding -fsyntax-only -Iinclude \
        -Xclang -fdump-record-layouts-complete include/miragenet.h |
        awk '/^\*\*\*/ { name = "" }
            / 0 \| struct mn_/ && name == "" { name = $NF }
            name { sub(/, align=[0-9]*/, ""); print name ": " $0 }'
}

bad=0
same() { # targets
    layout "$1" >"$work/$1"
    if ! grep -q 'struct mn_event' "$work/$1"; then
        echo "$1: clang shows no layout of mn_event"
        bad=1
    fi
    first=$1
    shift
    for target in "$@"; do
        layout "$target" >"$work/$target"
        if ! diff "$work/$first" "$work/$target"; then
            echo "$first and $target lay the structs out differently"
            bad=1
        fi
    done
}
same x86_64-linux-gnu aarch64-linux-gnu x86_64-pc-windows-msvc arm64-apple-ios
same i386-linux-gnu armv7-linux-gnueabihf i686-pc-windows-msvc

# What bindings are compared with must be all of it. Members of members are indented further.
said=tests/abi/layout.c
{
    awk '/\|   [^ ]/ { sub(/:$/, "", $1); print "FIELD(" $1 ", " $NF ")" }' "$work/x86_64-linux-gnu"
    clang -E -P -Iinclude include/miragenet.h | tr '\n' ' ' | grep -oE 'enum \{[^}]*\}' |
        grep -oE 'MN_[A-Z_0-9]+' | sed 's/.*/VALUE(&)/'
} | sort -u >"$work/names"
left_out=$(grep -vxF "$(grep -oE '(FIELD|VALUE)\([^)]*\)' $said)" "$work/names")
if [ -n "$left_out" ]; then
    printf '%s leaves out:\n%s\n' $said "$left_out"
    bad=1
fi
if [ "$(wc -l <"$work/names")" -lt 300 ]; then
    echo 'hardly any names were found in the header: nothing was checked'
    bad=1
fi
exit $bad
