/* SPDX-License-Identifier: MIT */
/*
 * What a man in the middle can think of, at random and from a seed: he reads, withholds, alters,
 * cuts, extends, doubles, reorders, replays, reflects, forges, and mixes sessions. Of handshake
 * packets he makes the public checksum right again. He holds no key.
 */
#ifndef SUPPORT_ADVERSARY_H
#define SUPPORT_ADVERSARY_H

#include "base/random.h"
#include "support/intercept.h"

enum adversary_deed {
    ADVERSARY_WITHHOLD,
    ADVERSARY_FLIP,      /* bits */
    ADVERSARY_OVERWRITE, /* some bytes, with random ones */
    ADVERSARY_CUT,
    ADVERSARY_EXTEND,
    ADVERSARY_RENUMBER, /* flags and packet number */
    ADVERSARY_SPLICE,   /* ends as another packet does */
    ADVERSARY_DOUBLE,
    ADVERSARY_DELAY, /* others overtake it */
    ADVERSARY_REPLAY,
    ADVERSARY_REFLECT, /* to its sender */
    ADVERSARY_CROSS,   /* to another session */
    ADVERSARY_FORGE,   /* a packet of his own, with the flags of this one */
    ADVERSARY_DEEDS
};

enum { ADVERSARY_HELD_MAX = 64 };

typedef struct adversary {
    intercept *way;
    mni_random random;
    double rate; /* of the datagrams, how many he meddles with; 0: he listens */
    uint64_t deeds[ADVERSARY_DEEDS];
    uint32_t held_count;
    uint64_t due_us[ADVERSARY_HELD_MAX];
    intercept_packet held[ADVERSARY_HELD_MAX];
} adversary;

/* He listens. */
void adversary_init(adversary *he, intercept *way, uint64_t seed);
/* Sends on what he has delayed long enough; call it once in each step. */
void adversary_step(adversary *he, uint64_t now_us);

#endif
