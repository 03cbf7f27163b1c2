#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/pinned.c does what it says: a client that knows the server's key is let in, one that
# knows another is not, and the server has the same key when it starts again.
# Usage: check_pinned.sh pinned-program
set -u
pinned=$1
work=$(mktemp -d) || exit 1
server_pid=
stop() {
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
    server_pid=
}
trap 'stop; rm -rf "$work"' EXIT
fail() {
    echo "$*"
    exit 1
}

start() { # key file; sets port and key
    : >"$work/server.txt" # what the server before this one said
    "$pinned" server "$work/$1" 0 >"$work/server.txt" 2>&1 &
    server_pid=$!
    tries=0
    until grep -q '^port .*, key ' "$work/server.txt"; do
        tries=$((tries + 1))
        [ "$tries" -le 50 ] || fail "no server: $(cat "$work/server.txt")"
        sleep 0.1
    done
    port=$(sed -n 's/^port \([0-9]*\), key .*/\1/p' "$work/server.txt")
    key=$(sed -n 's/^port .*, key //p' "$work/server.txt")
}

start another
another=$key
stop
start key
[ "$key" != "$another" ] || fail 'two servers have the same key'
"$pinned" client "$key" "127.0.0.1:$port" >"$work/client.txt" ||
    fail "who knows the key is not let in: $(cat "$work/client.txt")"
grep -q '^this is the server that I know$' "$work/client.txt" || fail 'it did not recognise it'
if "$pinned" client "$another" "127.0.0.1:$port" >"$work/client.txt"; then
    fail 'another key was good enough'
fi
grep -q '^over: .*key' "$work/client.txt" || fail "refused as: $(cat "$work/client.txt")"
stop
case $(ls -l "$work/key") in
    -rw-------*) ;;
    *) fail 'others may read the private key' ;;
esac
first=$key
start key
[ "$key" = "$first" ] || fail 'the key did not last'
