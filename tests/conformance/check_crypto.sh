#!/bin/sh
# SPDX-License-Identifier: MIT
# The cryptography that reads sessions gives the numbers of the texts that it is written from.
# Run from the root of the repository.
set -u
command -v python3 >/dev/null || exit 77
python3 tests/conformance/crypto.py
