#!/bin/sh
# SPDX-License-Identifier: MIT
# Links every floor on paper: what its objects need of ours must be defined in that floor or below
# it, and the object floor needs nothing of the socket floor.
# Usage: check_floors.sh object…    (paths that contain mn_<floor>.dir)
set -u
nm -gA "$@" | awk '
    BEGIN { rank["base"] = 1; rank["socket"] = 2; rank["message"] = 3; rank["object"] = 4 }
    match($0, /mn_[a-z]+\.dir/) {
        floor = substr($0, RSTART + 3, RLENGTH - 7)
        symbol = $NF
        if (symbol !~ /^mni?_/) {
            next
        }
        if ($(NF - 1) == "U") {
            needs[symbol, floor] = 1
        } else {
            home[symbol] = floor
            defined++
        }
    }
    function complain(floor, symbol, why) {
        printf "%s needs %s, %s\n", floor, symbol, why
        bad = 1
    }
    END {
        for (need in needs) {
            split(need, part, SUBSEP)
            symbol = part[1]
            floor = part[2]
            if (!(symbol in home)) {
                complain(floor, symbol, "which nobody defines")
            } else if (rank[home[symbol]] > rank[floor]) {
                complain(floor, symbol, "which is above it in " home[symbol])
            } else if (floor == "object" && home[symbol] == "socket") {
                complain(floor, symbol, "which is behind the message floor in socket")
            }
        }
        if (!defined) {
            print "no symbols seen: were the objects given?"
            bad = 1
        }
        exit bad
    }'
