#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the library twice and runs all tests on both: optimised with gcc, and with clang under
# AddressSanitizer and UndefinedBehaviorSanitizer. Installs what is missing on Debian and Ubuntu.
# With MN_INSTALL_MONO=1 also what the C# tests need; without Mono they are skipped.
set -eu
cd "$(dirname "$0")/.."
. tests/support/machine.sh
jobs=$(nproc 2>/dev/null || echo 2)

say() {
    echo "tests: $*"
}
program=$(mktemp)
trap 'rm -f "$program"' EXIT
links() { # compiler and flags: do they make a program?
    printf '#include <stdlib.h>\nint main(void) { return 0; }\n' |
        "$@" -o "$program" -x c - >/dev/null 2>&1
}

need gcc gcc
need g++ g++
need clang clang
need cmake cmake
need make make
need pkg-config pkg-config
links gcc || missing="$missing libc6-dev"
links gcc -Wl,--no-as-needed -lcmocka || missing="$missing libcmocka-dev"
if [ "${MN_INSTALL_MONO:-0}" = 1 ]; then
    need mcs mono-mcs
    need mono mono-runtime
fi
install_missing

# The sanitizers' runtime is a package of its own on some systems and comes with clang on others.
sanitizers=-fsanitize=address,undefined
if ! links clang $sanitizers; then
    version=$(clang -dumpversion | cut -d . -f 1)
    for package in "libclang-rt-$version-dev" libclang-rt-dev "libclang-common-$version-dev"; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            missing=$package
            install_missing
            break
        fi
    done
    links clang $sanitizers || { say 'clang has no sanitizers here' >&2; exit 1; }
fi

passed=0
skipped=0
run_preset() { # preset, compiler, what CMake calls it
    name="preset $1 with $2"
    log=build/tests-$1.log
    # A build folder keeps its compiler; one that was made with another is made anew.
    if [ -d "build/$1" ] && ! grep -qs "CMAKE_C_COMPILER_ID \"$3\"" \
        "build/$1"/CMakeFiles/*/CMakeCCompiler.cmake; then
        say "build/$1 was made with another compiler, removing it"
        rm -rf "build/$1"
    fi
    mkdir -p build
    say "$name: building"
    if ! { CC=$2 cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs"; } >"$log" 2>&1; then
        grep -vE '^(\[ *[0-9]+%\] (Building|Built|Linking)|-- )' "$log"
        say "$name: FAILED to build"
        exit 1
    fi
    { unspread ctest --preset "$1" -j "$jobs" 2>&1 || echo 'ctest: FAILED'; } | tee "$log"
    total=$(sed -n 's/.* tests failed out of \([0-9]*\)$/\1/p' "$log")
    not_run=$(grep -c '\*\*\*Skipped' "$log") || true
    if grep -q '^ctest: FAILED$' "$log" || [ "${total:-0}" = 0 ]; then
        say "$name: FAILED"
        exit 1
    fi
    say "$name: $((total - not_run)) passed, $not_run skipped"
    passed=$((passed + total - not_run))
    skipped=$((skipped + not_run))
}
run_preset release gcc GNU
run_preset dev clang Clang
say "all passed ($passed passed, $skipped skipped)"
