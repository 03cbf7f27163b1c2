#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs in README.md are the ones in examples/first, which the build compiles, and they are
# as short as it says.
# Run from the root of the repository.
set -u
bad=0
for name in first_server first_client; do
    file=examples/first/$name.c
    lines=$(wc -l <"$file")
    if [ "$lines" -ge 60 ]; then
        echo "$file has $lines lines, 59 at most"
        bad=1
    fi
    if ! awk -v mark="<!-- $file -->" '
        $0 == mark { found = 1; next }
        found && /^```c$/ { inside = 1; next }
        inside && /^```$/ { exit }
        inside { print }' README.md | diff - "$file"; then
        echo "README.md shows another $file"
        bad=1
    fi
done
exit $bad
