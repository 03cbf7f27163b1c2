/* SPDX-License-Identifier: MIT */
/*
 * The command lines of both programs.
 */
#ifndef ARENA_OPTIONS_H
#define ARENA_OPTIONS_H

#include <miragenet.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct arena_options {
    const char *server; /* a client's: where to, host[:port] */
    const char *name;
    const char *port_file;  /* a server's: the port is written there once it is open */
    const char *key_file;   /* a server's: its identity; NULL: it has none */
    const char *server_key; /* a client's: the text of the key that it must have; NULL: anybody */
    uint64_t seed;
    uint32_t seconds, expect;
    uint16_t port;
    bool is_bot, is_host, is_headless, is_plain;
    bool is_lossy;
    mn_conditions line; /* each way */
} arena_options;

enum { SIDE_SERVER = 1, SIDE_CLIENT = 2 };

/* 0: go on; else the program ends with *status_out, and all that is to say has been said. */
int options_read(arena_options *options, uint32_t side, char **arguments, int *status_out);

#endif
