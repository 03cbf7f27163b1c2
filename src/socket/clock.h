/* SPDX-License-Identifier: MIT */
/*
 * The peer's own clock. It follows the time that the caller tells, except where that jumps: an
 * update that comes later than gap_us after the last (a debugger, a suspended laptop) adds nothing,
 * so that the time in which this side did not listen is never taken for silence of the other. All
 * timers of a peer run on it. It never goes backwards and never comes near to overflowing, whatever
 * is told.
 */
#ifndef SOCKET_CLOCK_H
#define SOCKET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct mni_clock {
    uint64_t now_us;  /* the peer's own time */
    uint64_t told_us; /* the caller's at the same instant */
    uint64_t gap_us;
    bool is_running; /* it starts when it is told the time for the first time */
} mni_clock;

void mni_clock_init(mni_clock *clock, uint64_t gap_us);
/* True if time jumped. */
bool mni_clock_advance(mni_clock *clock, uint64_t told_us);
/* When the caller should come, in its own time, for what is due at due_us: at the latest after half
   of gap_us, because who sleeps for longer than the gap looks like a jump. MNI_NEVER stays so. */
uint64_t mni_clock_told_us(const mni_clock *clock, uint64_t due_us);

#endif
