/* SPDX-License-Identifier: MIT */
/*
 * Plays one session of a server and some clients, always the same, and prints what went over the
 * wire and what the games on both sides did and got. verify.py reads the output.
 *
 *   1005000 a>s 8101…                        a datagram; see tap.h
 *   1005000 a {"did":"connect",…}            what a game did: s the server's, a to f the clients'
 *   1045000 a {"got":"message","what":1,…}   an event that a game polled; fields of 0 are left out
 *
 * The argument says how it is secured: plain, or NN or NKpsk0. Of these the session is shorter, and
 * what nobody but the two sides knows is printed as well: keys, and where they make new ones.
 *
 * The script says what happens, acts are what it is made of, and the session is both sides and the
 * time. What is printed comes from acts, from the record of events, and from the tap on the wire.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/script.h"

int main(int argc, char **argv)
{
    static session s;
    static const char *const modes[] = {[PLAIN] = "plain", [NN] = "NN", [NK_PSK] = "NKpsk0"};
    session_mode mode = PLAIN;
    while (mode <= NK_PSK && (argc != 2 || strcmp(argv[1], modes[mode]) != 0)) {
        mode++;
    }
    if (mode > NK_PSK) {
        (void)fputs("capture plain|NN|NKpsk0\n", stderr);
        return 2;
    }
    (void)printf("# The captured session of tests/conformance; see capture.c.\n");
    session_open(&s, mode);
    script_play(&s);
    session_close(&s);
    return ferror(stdout) != 0;
}
