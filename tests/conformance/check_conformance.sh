#!/bin/sh
# SPDX-License-Identifier: MIT
# What is on the wire is what the documents of the protocol say, and the same bytes as ever.
# Run from the root of the repository, with the program that captures sessions.
set -u
capture=$1
folder=tests/conformance
command -v python3 >/dev/null || exit 77

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
for mode in plain NN NKpsk0; do
    golden=$folder/golden_$mode.txt
    if ! "$capture" $mode >"$fresh"; then
        echo "the session could not be captured ($mode)"
        exit 1
    fi
    if ! python3 $folder/verify.py "$fresh"; then
        echo 'the wire, the documents in docs/protocol_*.md and the games do not say the same; keep'
        echo "the capture for reading with: $capture $mode >FILE"
        exit 1
    fi
    if ! cmp -s "$fresh" $golden; then
        diff $golden "$fresh" | cut -c -120 | head -n 6
        echo "the bytes on the wire are not those of $golden any more, though the documents"
        echo 'describe them. If that is meant, and MNI_PROTOCOL_VERSION goes with it where it has'
        echo "to, renew it: $capture $mode >$golden"
        exit 1
    fi
done
