/* SPDX-License-Identifier: MIT */
/*
 * The server's clock, as a client sees it. A round trip says where the server's clock stood, give
 * or take half of its own length (RFC 5905, section 8): so the fastest of the recent ones is
 * believed, and an old one a little less each second, because clocks drift. What is shown never
 * goes back: it moves to a better estimate by running an eighth faster or slower, and jumps where
 * it is far behind.
 */
#ifndef MESSAGE_SERVER_CLOCK_H
#define MESSAGE_SERVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MNI_TRIPS_MAX = 8,          /* that are remembered */
    MNI_PING_FAST_US = 250000,  /* between the first pings, as many as are remembered */
    MNI_PING_SLOW_US = 5000000, /* then: no more than a keep-alive would cost */
    MNI_CLOCK_JUMP_US = 250000  /* further behind than this: at once */
};

typedef struct mni_trip {
    uint64_t offset_us; /* server's minus ours, modulo 2^64 */
    uint64_t length_us; /* of the round trip, without the time at the server */
    uint64_t ended_us;
} mni_trip;

typedef struct mni_server_clock {
    mni_trip trips[MNI_TRIPS_MAX]; /* a ring */
    uint32_t trip_count;           /* ever */
    uint32_t trip_first;           /* older ones were wrong */
    uint32_t ping_count;           /* ever */
    bool is_set;
    uint64_t ping_us;   /* when the next ping is due */
    uint64_t offset_us; /* shown at since_us */
    uint64_t since_us;
    uint64_t goal_us; /* the best estimate of the offset */
} mni_server_clock;

/* A connection begins; the first ping is due at once. */
void mni_server_clock_init(mni_server_clock *clock, uint64_t now_us);
/* A first guess, where no round trip is known: the server's time on arrival. */
void mni_server_clock_guess(mni_server_clock *clock, uint64_t server_us, uint64_t now_us);
/* A ping that left at sent_us was taken in at server_us, held there and answered. False: that
   cannot be. */
bool mni_server_clock_add(mni_server_clock *clock, uint64_t sent_us, uint64_t server_us,
                          uint64_t held_us, uint64_t now_us);
/* now_us while nothing is known. */
uint64_t mni_server_clock_time(const mni_server_clock *clock, uint64_t now_us);

void mni_server_clock_pinged(mni_server_clock *clock, uint64_t now_us); /* one left */

#endif
