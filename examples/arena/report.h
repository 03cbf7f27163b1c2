/* SPDX-License-Identifier: MIT */
/*
 * The end of a match: has every client the world that the server has? Each sends the count and the
 * digest of its own copy; the server compares with its own, one for each player, which never
 * travelled. Then it sends the players home.
 */
#ifndef ARENA_REPORT_H
#define ARENA_REPORT_H

#include "match.h"

typedef struct report_row {
    char name[ARENA_NAME_SIZE];
    double rtt_ms;
    double loss_down, loss_up; /* of all packets, 0 to 1; down is from the server */
    double down_kbs, up_kbs;   /* kB a second since the player joined */
    uint32_t objects;          /* in the client's copy, as it says */
    bool is_equal;
} report_row;

typedef struct match_report {
    report_row rows[ARENA_TANKS];
    uint32_t count;
    uint32_t equal;
    uint32_t wanted;   /* as many as expected, at least */
    bool is_final;     /* no more changes; the players are told to go */
    uint64_t final_us; /* since then */
    bool is_over;      /* and they are gone */
} match_report;

/* In each tick. Nothing happens before the match has stopped. */
void report_step(match_report *report, arena_match *match, uint64_t now_us);
/* Prints the table and the last line, "demo: 8 of 8 clients equal the server", and returns the
   status that the program ends with: 0 if they all do, or if the match had no end to come to. */
int report_tell(const match_report *report, const arena_match *match);

#endif
