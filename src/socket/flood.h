/* SPDX-License-Identifier: MIT */
/*
 * How many hellos are answered, and how many connects, which cost more. Who says hello has proven
 * nothing, so there is no state for him: tables that never grow have buckets that networks share
 * whose hashes meet. Hellos and connects have tables of their own, so that nobody can use up by
 * forged hellos what is for those who have proven their address. The limits of a network are far
 * above what one full of players needs; the one of all connects together keeps many networks from
 * taking all of our time. This machine is not limited.
 */
#ifndef SOCKET_FLOOD_H
#define SOCKET_FLOOD_H

#include "base/hash.h"
#include "base/memory.h"
#include "socket/limit.h"

enum {
    MNI_FLOOD_BUCKETS = 4096,
    /* Of each network, at once and a second. A connect needs X25519, which takes a hundred times as
       long as the answer to a hello, and a place in the table of used cookies. */
    MNI_FLOOD_HELLOS_BURST = 8192,
    MNI_FLOOD_HELLOS_PER_SECOND = 1024,
    MNI_FLOOD_CONNECTS_BURST = 256,
    MNI_FLOOD_CONNECTS_PER_SECOND = 256,
    /* Of connects from everywhere: some half of our time, and no more than 0.1 s of it at once. */
    MNI_FLOOD_ALL_BURST = 1024,
    MNI_FLOOD_ALL_PER_SECOND = 4096
};

typedef struct mni_flood {
    mni_memory *memory;
    mni_limit *hellos, *connects; /* one block */
    mni_limit all_connects;
} mni_flood;

MNI_CHECK mn_result mni_flood_init(mni_flood *flood, mni_memory *memory, uint64_t now_us);
void mni_flood_clear(mni_flood *flood);
/* A hello, or a connect, came from this address: is it to be answered? Then it is paid for. */
bool mni_flood_allows_hello(mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                            const mn_address *from, uint64_t now_us);
bool mni_flood_allows_connect(mni_flood *flood, const uint8_t key[MNI_HASH_KEY_SIZE],
                              const mn_address *from, uint64_t now_us);

#endif
