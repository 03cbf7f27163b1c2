#!/bin/sh
# SPDX-License-Identifier: MIT
# No variable outlives a call: objects have nothing in the sections that can be written. Tables of
# constant pointers lie in .data.rel.ro, which the loader locks once it has filled them in.
# Usage: check_globals.sh object…
set -u

# A line of the table is "address flags section<tab>size name".
objdump -t "$@" | awk -F '\t' '
    /file format/ { object = $1 " " $2; sub(/: +file format.*/, "", object) }
    NF == 2 && !/file format/ {
        count = split($1, left, " ")
        section = left[count]
        count = split($2, right, " ")
        name = right[count]
        symbols++
        if (section ~ /^(\.s?data|\.s?bss|\.tdata|\.tbss|\*COM\*)/ &&
            section !~ /^\.data\.rel\.ro/ && section != name) {
            printf "%s: %s can be written\n", object, name
            bad = 1
        }
    }
    END {
        if (!symbols) {
            print "no symbols seen: were the objects given?"
            bad = 1
        }
        exit bad
    }'
