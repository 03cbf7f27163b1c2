/* SPDX-License-Identifier: MIT */
/*
 * Connections whose client has not said yet what the application is to hear, in the order in which
 * they came: the server has said accept, and there may be nobody who goes on. Each takes a place of
 * the server, so one network gets no more of them at once than there are places left: it leaves at
 * least half of what is free to others (as the dynamic thresholds of Choudhury and Hahne, 1998),
 * and gets the rest as its clients are heard. Where no place is left, those give way whose time is
 * over. That is a time of the network, so that nobody keeps a place by taking it anew. Networks
 * share counters by chance, in a table that never grows. This machine is not limited.
 */
#ifndef SOCKET_UNHEARD_H
#define SOCKET_UNHEARD_H

#include "base/hash.h"
#include "base/memory.h"
#include "socket/chain.h"

#include <stdbool.h>

enum { MNI_UNHEARD_NETWORKS = 4096, MNI_UNHEARD_MEMORY_US = 15000000 };

typedef struct mni_unheard_network {
    uint64_t since_us; /* it had one that was not heard since; 0: none. Kept for MEMORY_US */
    uint32_t count;
} mni_unheard_network;

typedef struct mni_unheard {
    mni_memory *memory;
    mni_chain chain; /* the oldest first */
    mni_unheard_network *networks;
} mni_unheard;

MNI_CHECK mn_result mni_unheard_init(mni_unheard *unheard, mni_memory *memory);
void mni_unheard_clear(mni_unheard *unheard);
/* May one more come from this address, with so many places free? old: the one whose place it would
   take, which is of the same network, or NULL. */
bool mni_unheard_allows(const mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                        const mn_address *from, const mni_chain *old, uint32_t free_places);
void mni_unheard_add(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                     const mn_address *from, mni_chain *element, uint64_t now_us);
/* It was heard. Not in the chain: nothing, here and below. */
void mni_unheard_hear(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                      const mn_address *from, mni_chain *element, uint64_t now_us);
/* It is over. */
void mni_unheard_remove(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                        const mn_address *from, mni_chain *element);
/* Of an address that has one: since when has its network had some, and none of them was heard? */
uint64_t mni_unheard_since_us(const mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                              const mn_address *from);

#endif
