/* SPDX-License-Identifier: MIT */
/*
 * The one place that reads a clock, and nothing in the library calls it: it is there for programs
 * that have no monotonic clock of their own to pass in.
 */
#define _POSIX_C_SOURCE 200809L

#include <miragenet.h>

#include <time.h>

uint64_t mn_time_us(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
