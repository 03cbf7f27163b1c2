#!/bin/sh
# SPDX-License-Identifier: MIT
# The rules of the house that a script can see: sizes, names, banned functions, marks left behind.
# Run from the root of the repository.
set -u
bad=0
complain() { # what, findings
    if [ -n "$2" ]; then
        printf '%s:\n%s\n' "$1" "$2"
        bad=1
    fi
}

folders=
for folder in src include tests examples; do
    [ -d $folder ] && folders="$folders $folder"
done
sources() { # find's -name patterns
    # shellcheck disable=SC2086
    find $folders -type f \( "$@" \) | sort
}
c_files=$(sources -name '*.c' -o -name '*.h')
inside=$(find src -name '*.[ch]' | sort)
silent=$(echo "$inside" | grep -v '^src/base/assert\.c$')

# Columns, not bytes: the texts have dashes and ellipses.
complain 'longer than 100 columns' "$(
    { sources -name '*.[ch]' -o -name '*.sh' -o -name CMakeLists.txt && echo CMakeLists.txt; } |
        LC_ALL=C.UTF-8 xargs grep -nE '^.{101,}' | cut -c -120)"

lines_of() {
    wc -l <"$1" | tr -d ' '
}
limit() { # lines, files
    most=$1
    shift
    for file in "$@"; do
        if [ -f "$file" ] && [ "$(lines_of "$file")" -gt "$most" ]; then
            echo "$file has $(lines_of "$file") lines, limit $most"
        fi
    done
}
# shellcheck disable=SC2046
complain 'too long' "$(
    limit 800 $(find src -name '*.c')
    limit 200 $(find src -name '*.h')
    limit 1800 include/miragenet.h
    limit 600 src/socket/connection.c src/socket/peer.c src/message/server.c \
        src/message/client.c src/object/server_objects.c src/object/client_objects.c)"

complain 'a name that says nothing, or one of the C library' "$(find src -name '*.[ch]' |
    grep -E '/(utils?|common|misc|helpers?|string|time|errno|signal|math)\.[ch]$')"

listed=$(awk '
    /^mn_add_floor\(/ { floor = substr($0, length("mn_add_floor(") + 1) }
    /^ +[a-z0-9_\/]+\.c\)?$/ { sub(/\)$/, ""); print "src/" floor "/" $1 }' CMakeLists.txt)
complain 'does not stand in the list of its floor in CMakeLists.txt' "$(
    find src -name '*.c' | sort | grep -vxF "$listed")"

# The licence in the first line, what the file is for right below it.
complain 'does not begin with the SPDX line' "$(for file in $c_files; do
    [ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: MIT */' ] || echo "$file"
done)"
complain 'does not say in its second line what it is for' "$(for file in $inside; do
    case $(sed -n 2p "$file") in '/*'*) ;; *) echo "$file" ;; esac
done)"

banned() { # why, extended regexp of names, files
    why=$1
    names=$2
    shift 2
    complain "$why" "$(grep -nE "(^|[^A-Za-z0-9_.>])($names)\(" "$@" /dev/null)"
}
# shellcheck disable=SC2086
banned 'has no bound, hides errors or keeps state' \
    'strn?cpy|strn?cat|v?sprintf|gets|strtok|ato[ifl]|atoll|v?[fs]?scanf|s?rand|random' $c_files
# shellcheck disable=SC2086
banned 'has no place in the library' \
    'v?f?printf|f?puts|perror|_?exit|system|getenv|alloca|setjmp|longjmp|setlocale|signal|u?sleep' \
    $silent
# shellcheck disable=SC2086
banned 'answers out of static memory' 'inet_ntoa|gethostby[a-z]+|getservby[a-z]+' $inside
# shellcheck disable=SC2086
banned 'may allocate, and recurses' 'qsort' $inside

complain 'left behind' "$(sources -name '*.[ch]' -o -name '*.sh' -o -name '*.cs' -o -name '*.txt' |
    grep -v 'checks/check_tidy\.sh$' | xargs grep -nE 'TODO|FIXME|XXX|HACK')"
exit $bad
