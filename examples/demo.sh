#!/bin/sh
# SPDX-License-Identifier: MIT
# A match of eight bots, for people in a hurry: builds the arena, runs a server and eight clients as
# processes of their own over UDP with a bad line (40 ms round trip, up to 5 ms jitter and 2 % loss
# each way), and compares all worlds in the end. The exit status is the server's: 0 only if every
# client's world equals the server's. Installs what is missing on Debian and Ubuntu.
set -eu
cd "$(dirname "$0")/.."
. tests/support/machine.sh
seconds=10
bots='alpha bravo charlie delta echo foxtrot golf hotel'

say() {
    echo "demo: $*"
}
folder=$(mktemp -d)
server=
clients=
clean_up() {
    trap '' INT TERM HUP
    # The first signal is a request, which takes a moment; the second is not.
    for wait in 1 0; do
        running=
        for process in $server $clients; do
            kill "$process" 2>/dev/null && running=yes
        done
        [ -z "$running" ] || sleep "$wait"
    done
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

need cc gcc
need cmake cmake
need make make
echo 'int main(void) { return 0; }' >"$folder/main.c"
cc "$folder/main.c" -o "$folder/main" 2>/dev/null || missing="$missing libc6-dev"
install_missing

configure() {
    cmake --preset release -B build/demo -DMN_BUILD_TESTS=OFF -DMN_BUILD_BENCH=OFF
}
build() {
    # A build folder that was copied from elsewhere is of no use here: then from the start.
    { configure || { rm -rf build/demo && configure; }; } &&
        cmake --build build/demo -j "$(nproc 2>/dev/null || echo 2)" \
            --target arena_server arena_client
}
say 'building'
mkdir -p build
exec 9>build/demo.lock # two demos at once build one after the other
! have flock || flock 9
if ! build >"$folder/build.log" 2>&1; then
    grep -vE '^(\[ *[0-9]+%\] |-- )' "$folder/build.log" >&2 || true
    say 'FAILED to build' >&2
    exit 1
fi
exec 9>&-
programs=build/demo/examples

# The server takes any free port and tells which. Descriptor 3 leaves it the keyboard: without, what
# runs in the background has none.
count=$(echo "$bots" | wc -w | tr -d ' ')
if [ -t 0 ]; then exec 3<&0; else exec 3</dev/null; fi
"$programs/arena_server" --port 0 --port-file "$folder/port" --seconds $seconds \
    --expect "$count" <&3 &
server=$!
until [ -s "$folder/port" ]; do
    kill -0 "$server" 2>/dev/null || { say 'the server did not start' >&2; exit 1; }
    sleep 0.1
done
port=$(cat "$folder/port")
for name in $bots; do
    "$programs/arena_client" "127.0.0.1:$port" --name "$name" --bot --headless --lossy 40,5,2 \
        >"$folder/$name.log" 2>&1 &
    clients="$clients $!"
done

status=0
wait "$server" || status=$?
server=
failed=0
for client in $clients; do
    wait "$client" || failed=$((failed + 1))
done
clients=
if [ "$status" != 0 ] || [ "$failed" != 0 ]; then
    say "$failed clients failed; what all of them said last:" >&2
    for name in $bots; do
        tail -n 2 "$folder/$name.log" >&2
    done
fi
exit "$status"
