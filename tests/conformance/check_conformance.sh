#!/bin/sh
# SPDX-License-Identifier: MIT
# What is on the wire is what the documents of the protocol say, and the same bytes as ever.
# Run from the root of the repository, with the program that captures the session.
set -u
capture=$1
folder=tests/conformance
command -v python3 >/dev/null || exit 77

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
if ! "$capture" >"$fresh"; then
    echo 'the session could not be captured'
    exit 1
fi
if ! python3 $folder/verify.py "$fresh"; then
    echo 'the wire, the documents in docs/protocol_*.md and the games do not say the same; keep the'
    echo "capture for reading with: $capture >FILE"
    exit 1
fi
if ! cmp -s "$fresh" $folder/golden.txt; then
    diff $folder/golden.txt "$fresh" | cut -c -120 | head -n 6
    echo 'the bytes on the wire are not those of golden.txt any more, though the documents describe'
    echo 'them. If that is meant, and MNI_PROTOCOL_VERSION goes with it where it has to, renew it:'
    echo "    $capture >$folder/golden.txt"
    exit 1
fi
