/* SPDX-License-Identifier: MIT */
/*
 * The rhythm of a program: when the next tick is due, and once a second how much has gone over the
 * line since.
 */
#ifndef ARENA_PACE_H
#define ARENA_PACE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct arena_pace {
    uint64_t next_us;
} arena_pace;

/* A tick is due now, and counts as done. Late ticks are made up for, unless it are too many. */
bool pace_is_due(arena_pace *pace, uint64_t now_us);
/* How long to sleep until the tick, or until `other_us` if that comes first. */
uint64_t pace_wait_us(const arena_pace *pace, uint64_t other_us, uint64_t now_us);

typedef struct arena_meter {
    uint64_t since_us, sent, received;
    double sent_kbs, received_kbs; /* kB a second, in the last second */
} arena_meter;

/* True once a second: the numbers are new. */
bool meter_read(arena_meter *meter, uint64_t sent, uint64_t received, uint64_t now_us);

#endif
