#!/bin/sh
# SPDX-License-Identifier: MIT
# The hashes that the library makes are those that Python makes.
# Run from the root of the repository, with the program that prints them.
set -u
command -v python3 >/dev/null || exit 77
"$1" | python3 tests/differential/verify_hashes.py
