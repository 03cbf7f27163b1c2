/* SPDX-License-Identifier: MIT */
/*
 * One table of options, each with the side it belongs to, where its value goes and what its help
 * says: what is read and what is told cannot differ.
 */
#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOTH = SIDE_SERVER | SIDE_CLIENT };
enum { FLAG, NUMBER, NUMBER_64, PORT, TEXT, LINE };

typedef struct option_row {
    const char *name, *value, *help;
    size_t offset;
    uint8_t sides, kind;
} option_row;

#define INTO(member) offsetof(arena_options, member)
static const option_row table[] = {
    {"--port", "N", "UDP port to serve at (7777; 0: any free one)", INTO(port), BOTH, PORT},
    {"--seed", "N", "of the map and all chances (from the clock)", INTO(seed), BOTH, NUMBER_64},
    {"--seconds", "N", "length of the match; its end is a comparison (0: no end)", INTO(seconds),
     BOTH, NUMBER},
    {"--expect", "N", "players to wait for, and to compare", INTO(expect), BOTH, NUMBER},
    {"--port-file", "FILE", "write the port there once it is open", INTO(port_file), SIDE_SERVER,
     TEXT},
    {"--name", "NAME", "of the player", INTO(name), SIDE_CLIENT, TEXT},
    {"--bot", NULL, "it drives itself", INTO(is_bot), SIDE_CLIENT, FLAG},
    {"--host", NULL, "be the server as well, for others too (--port and the like)", INTO(is_host),
     SIDE_CLIENT, FLAG},
    {"--lossy", "RTT,JITTER,LOSS", "a bad line: ms, ms, percent; jitter and loss are for each way",
     INTO(line), SIDE_CLIENT, LINE},
    {"--key", "FILE", "the server's private key; made if the file is not there", INTO(key_file),
     SIDE_SERVER, TEXT},
    {"--pin", "KEY", "the server's public key, which it says: nobody else is talked with",
     INTO(server_key), SIDE_CLIENT, TEXT},
    {"--plain", NULL, "do not encrypt; both sides must agree", INTO(is_plain), BOTH, FLAG},
    {"--headless", NULL, "a line a second instead of the map", INTO(is_headless), BOTH, FLAG},
};

static void help(uint32_t side)
{
    bool server = side == SIDE_SERVER;
    printf("usage: %s\n\n",
           server ? "arena_server [options]" : "arena_client [host[:port]] [options]");
    for (size_t i = 0; i < MN_COUNT(table); i++) {
        if ((table[i].sides & side) != 0) {
            char label[32];
            (void)snprintf(label, sizeof(label), "%s %s", table[i].name,
                           table[i].value == NULL ? "" : table[i].value);
            printf("  %-24s %s\n", label, table[i].help);
        }
    }
    if (!server) {
        printf("\nkeys: w s forward and back, a d turn (or arrows), space fires,\n"
               "      enter writes a line to all, q quits\n");
    }
}

static bool read_number(const char *text, uint64_t most, uint64_t *number_out)
{
    char *end = NULL;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || number > most) {
        return false;
    }
    *number_out = number;
    return true;
}

/* Three numbers between commas, none of them negative. */
static bool read_line(const char *text, mn_conditions *line)
{
    double numbers[3] = {0};
    for (int i = 0; i < 3; i++) {
        char *end = NULL;
        numbers[i] = strtod(text, &end);
        if (end == text || *end != (i < 2 ? ',' : 0) || !(numbers[i] >= 0.0 && numbers[i] < 1e4)) {
            return false;
        }
        text = end + 1;
    }
    *line = (mn_conditions){
        .struct_size = sizeof(*line),
        .loss = (float)(numbers[2] / 100.0),
        .latency_us = (uint64_t)(numbers[0] * 1000.0 / 2.0),
        .jitter_us = (uint64_t)(numbers[1] * 1000.0),
    };
    return numbers[2] <= 100.0;
}

/* False: the value is none of this kind. */
static bool store(arena_options *options, const option_row *option, const char *value)
{
    char *to = (char *)options + option->offset;
    uint64_t number = 0;
    switch (option->kind) {
    case FLAG:
        memcpy(to, &(bool){true}, sizeof(bool));
        return true;
    case TEXT:
        memcpy(to, &value, sizeof(value));
        return true;
    case LINE:
        options->is_lossy = true;
        return read_line(value, &options->line);
    case PORT:
        if (!read_number(value, UINT16_MAX, &number)) {
            return false;
        }
        options->port = (uint16_t)number;
        return true;
    case NUMBER:
        if (!read_number(value, 1000000, &number)) {
            return false;
        }
        memcpy(to, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        return true;
    default:
        return read_number(value, UINT64_MAX, &number) && memcpy(to, &number, sizeof(number));
    }
}

static const option_row *find(const char *name, uint32_t side)
{
    for (size_t i = 0; i < MN_COUNT(table); i++) {
        if ((table[i].sides & side) != 0 && strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static int complain(const char *argument, const char *what, int *status_out)
{
    (void)fprintf(stderr, "%s: %s (--help tells more)\n", argument, what);
    *status_out = 2;
    return 1;
}

int options_read(arena_options *options, uint32_t side, char **arguments, int *status_out)
{
    memset(options, 0, sizeof(*options));
    options->server = "127.0.0.1";
    options->name = "player";
    options->port = MN_DEFAULT_PORT;
    options->seed = mn_time_us();
    for (char **at = arguments + 1; *at != NULL; at++) {
        if (strcmp(*at, "--help") == 0) {
            help(side);
            *status_out = 0;
            return 1;
        }
        const option_row *option = find(*at, side);
        if (option == NULL && (*at)[0] != '-' && side == SIDE_CLIENT) {
            options->server = *at;
        } else if (option == NULL) {
            return complain(*at, "there is no such option", status_out);
        } else {
            const char *value = option->kind == FLAG ? "" : *++at;
            if (value == NULL || !store(options, option, value)) {
                return complain(option->name, "its value is missing or wrong", status_out);
            }
        }
    }
    return 0;
}
