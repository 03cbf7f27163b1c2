# SPDX-License-Identifier: MIT
# What scripts have to do with the machine they run on; they source this.
#
# On a fresh Debian or Ubuntu: say with `need` what must be there, then `install_missing` gets what
# is not, in one go, as root or through sudo. Where nothing is missing, nothing is touched and no
# rights are needed.
missing=

have() { # command
    command -v "$1" >/dev/null 2>&1
}

need() { # command, package
    have "$1" || missing="$missing $2"
}

install_missing() {
    [ -n "$missing" ] || return 0
    echo "installing with apt-get:$missing"
    if ! have apt-get; then
        echo "there is no apt-get here; please install by hand:$missing" >&2
        return 1
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        as_root=sudo
        if ! have sudo; then
            echo "this needs root or sudo; please install by hand:$missing" >&2
            return 1
        fi
    fi
    # shellcheck disable=SC2086
    if ! { $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends $missing; } >/dev/null </dev/null; then
        echo "apt-get could not install:$missing" >&2
        return 1
    fi
    missing=
}

# Sanitizers up to LLVM 17 want memory where it was before kernels began to spread addresses wider;
# with the spreading off they start everywhere.
unspread() { # command
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}
