#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the library into an empty place and uses it from there as a stranger would: by
# find_package, by pkg-config, from C++; and takes the sources into another build.
# Usage: check_consumers.sh cmake build-directory compiler    (from the root of the repository)
set -u
cmake=$1
build=$2
compiler=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
source=tests/abi/consumer
root=$(pwd -P)

fail() {
    echo "$1"
    [ -f "$work/log" ] && cat "$work/log"
    exit 1
}
runs() { # program, how it was made
    said=$("$1") || fail "$2: the program failed"
    echo "$2: $said"
}
quietly() {
    "$@" >"$work/log" 2>&1
}

quietly "$cmake" --install "$build" --prefix "$prefix" || fail 'the installation failed'

quietly "$cmake" -S $source -B "$work/found" "-DCMAKE_PREFIX_PATH=$prefix" \
    "-DCMAKE_C_COMPILER=$compiler" || fail 'find_package: the configuration failed'
quietly "$cmake" --build "$work/found" || fail 'find_package: the build failed'
runs "$work/found/consumer" find_package

if command -v pkg-config >/dev/null 2>&1; then
    pc=$(find "$prefix" -name miragenet.pc)
    PKG_CONFIG_PATH=${pc%/*}
    export PKG_CONFIG_PATH
    flags=$(pkg-config --cflags --libs miragenet) || fail 'pkg-config does not know the library'
    # The loader does not know the place of a shared library; a static one needs nothing of it.
    library=$(pkg-config --variable=libdir miragenet)
    # shellcheck disable=SC2086
    quietly "$compiler" $source/consumer.c -o "$work/by_pkg_config" $flags \
        "-Wl,-rpath,$library" || fail 'pkg-config: the build failed'
    runs "$work/by_pkg_config" pkg-config
    for cxx in g++ clang++; do
        command -v $cxx >/dev/null 2>&1 || continue
        # shellcheck disable=SC2086
        quietly $cxx -x c++ $source/consumer.c -x none -o "$work/by_$cxx" $flags \
            "-Wl,-rpath,$library" || fail "$cxx: the build failed"
        runs "$work/by_$cxx" $cxx
    done
else
    echo 'pkg-config is not here: not tried'
fi

# As a part of another build: our sources keep the flag that their results depend on, the consumer
# gets none of ours, and neither tests nor examples come along.
quietly "$cmake" -S $source -B "$work/inside" "-DMN_SOURCE=$root" \
    "-DCMAKE_C_COMPILER=$compiler" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON ||
    fail 'add_subdirectory: the configuration failed'
commands=$(grep '"command"' "$work/inside/compile_commands.json")
ours=$(echo "$commands" | grep -c "$root/src/")
contracted=$(echo "$commands" | grep "$root/src/" | grep -vc -e '-ffp-contract=off')
theirs=$(echo "$commands" | grep -v "$root/src/")
[ "$ours" -gt 0 ] || fail 'add_subdirectory: our sources are missing'
[ "$contracted" = 0 ] || fail 'add_subdirectory: sources without -ffp-contract=off'
[ "$(echo "$theirs" | wc -l)" = 1 ] || fail "add_subdirectory: more than the library: $theirs"
case $theirs in
*-W* | *-ffp* | *MN_SHIP*) fail "add_subdirectory: our flags reached the consumer: $theirs" ;;
esac
echo "add_subdirectory: $ours of our sources"
