/* SPDX-License-Identifier: MIT */
/* See unheard.h. */
#include "socket/unheard.h"

#include "socket/address.h"

mn_result mni_unheard_init(mni_unheard *unheard, mni_memory *memory)
{
    *unheard = (mni_unheard){.memory = memory};
    mni_chain_init(&unheard->chain);
    unheard->networks = mni_allocate(memory, MNI_UNHEARD_NETWORKS * sizeof(unheard->networks[0]));
    return unheard->networks != NULL ? MN_OK : MN_ERROR_MEMORY;
}

void mni_unheard_clear(mni_unheard *unheard)
{
    mni_release(unheard->memory, unheard->networks,
                MNI_UNHEARD_NETWORKS * sizeof(unheard->networks[0]));
    unheard->networks = NULL;
}

static mni_unheard_network *network_of(const mni_unheard *unheard,
                                       const uint8_t key[MNI_HASH_KEY_SIZE], const mn_address *from)
{
    return &unheard->networks[mni_address_network_hash(from, key) % MNI_UNHEARD_NETWORKS];
}

bool mni_unheard_allows(const mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                        const mn_address *from, const mni_chain *old, uint32_t free_places)
{
    uint32_t count = network_of(unheard, key, from)->count;
    if (old != NULL) {
        count -= old->next != NULL ? 1 : 0;
        free_places++;
    }
    return count == 0 || count < free_places || mni_address_is_loopback(from);
}

void mni_unheard_add(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                     const mn_address *from, mni_chain *element, uint64_t now_us)
{
    mni_unheard_network *network = network_of(unheard, key, from);
    mni_chain_join(&unheard->chain, element);
    if (network->count == 0 &&
        (network->since_us == 0 || now_us - network->since_us >= MNI_UNHEARD_MEMORY_US)) {
        network->since_us = now_us;
    }
    network->count++;
}

void mni_unheard_remove(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                        const mn_address *from, mni_chain *element)
{
    if (element->next != NULL) {
        mni_chain_leave(element);
        network_of(unheard, key, from)->count--;
    }
}

void mni_unheard_hear(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                      const mn_address *from, mni_chain *element, uint64_t now_us)
{
    if (element->next != NULL) {
        mni_unheard_network *network = network_of(unheard, key, from);
        mni_unheard_remove(unheard, key, from, element);
        network->since_us = network->count > 0 ? now_us : 0;
    }
}

uint64_t mni_unheard_since_us(const mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                              const mn_address *from)
{
    return network_of(unheard, key, from)->since_us;
}
