#!/bin/sh
# SPDX-License-Identifier: MIT
# A file in src/<floor> includes only what its floor may see. Of the socket floor, the message floor
# sees nothing but the door, socket/peer.h, and the object floor sees nothing at all.
# Run from the root of the repository.
set -u
bad=0

check() { # floor, extended regexp of what may stand between the quotes
    found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' "src/$1" --include='*.[ch]' |
        grep -vE "include[[:space:]]+\"($2)\"")
    if [ -n "$found" ]; then
        printf 'src/%s may not include:\n%s\n' "$1" "$found"
        bad=1
    fi
}
name='[a-z0-9_]+\.h'
check base "base/$name"
check socket "(base|socket|socket/crypto)/$name"
check socket/crypto "(base|socket/crypto)/$name" # which knows nothing of packets
check message "(base|message)/$name|socket/peer\.h"
check object "(base|message|object)/$name"

# Ours in angle brackets would slip past the arrows; the public header is the one exception.
found=$(grep -rnE '#[[:space:]]*include[[:space:]]+<(base|socket|message|object)/' src include)
if [ -n "$found" ]; then
    printf 'write these includes with quotes:\n%s\n' "$found"
    bad=1
fi

# An example sees what a user sees.
if [ -d examples ]; then
    found=$(grep -rnE '#[[:space:]]*include[[:space:]]+["<](base|socket|message|object)/' \
        examples --include='*.[ch]')
    if [ -n "$found" ]; then
        printf 'an example includes the inside of the library:\n%s\n' "$found"
        bad=1
    fi
fi
exit $bad
