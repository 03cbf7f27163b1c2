#!/bin/sh
# SPDX-License-Identifier: MIT
# MirageNet.cs has every struct, constant and function of the header, laid out as in C, and a client
# in C# chats with a server in C, reads an object of its and calls it: with any server, with the one
# whose key it was given, and with no other.
# Usage: check_csharp.sh layout-program libmiragenet.so lamp-server
set -u
if ! mcs --version >/dev/null 2>&1 || ! mono --version >/dev/null 2>&1; then
    echo 'skipped: mcs and mono are not here'
    exit 77
fi
layout=$1
library=$2
server=$3
work=$(mktemp -d) || exit 1
server_pid=
cleanup() {
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

mcs -unsafe -warnaserror -out:"$work/layout.exe" tests/abi/Layout.cs examples/unity/MirageNet.cs ||
    exit 1
{
    "$layout"
    nm -D --defined-only "$library" | awk '$NF ~ /^mn_/ { print $NF "()" }'
} >"$work/layout.txt"
mono "$work/layout.exe" <"$work/layout.txt" || exit 1

lines=$(wc -l <examples/unity/LampClient.cs)
if [ "$lines" -ge 100 ]; then
    echo "LampClient.cs has $lines lines: it is meant to show how little is needed"
    exit 1
fi
cp "$library" "$work/libmiragenet.so"
mcs -unsafe -out:"$work/lamp.exe" examples/unity/LampClient.cs examples/unity/MirageNet.cs || exit 1
"$server" 0 60 >"$work/server.txt" 2>&1 &
server_pid=$!
tries=0
until port=$(awk '/^port / { print $2 }' "$work/server.txt") && [ -n "$port" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 50 ]; then
        cat "$work/server.txt"
        exit 1
    fi
    sleep 0.1
done
key=$(awk '/^port / { print $4 }' "$work/server.txt")
cd "$work" || exit 1
lamp() {
    LD_LIBRARY_PATH="$work" timeout 60 mono lamp.exe "127.0.0.1:$port" "$@"
}
lamp || exit 1
lamp "$key" || exit 1
if lamp "$(echo "$key" | sed 's/^[^B]/B/; t; s/^B/C/')" >"$work/refused.txt" 2>&1; then
    echo 'it talked with a server that has another key'
    exit 1
fi
grep -q 'keys of both sides do not fit' "$work/refused.txt" || { cat "$work/refused.txt"; exit 1; }
