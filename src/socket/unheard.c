/* SPDX-License-Identifier: MIT */
/* See unheard.h. */
#include "socket/unheard.h"

#include "socket/address.h"

mn_result mni_unheard_init(mni_unheard *unheard, mni_memory *memory)
{
    *unheard = (mni_unheard){.memory = memory};
    mni_chain_init(&unheard->chain);
    unheard->counts = mni_allocate(memory, MNI_UNHEARD_COUNTERS * sizeof(unheard->counts[0]));
    return unheard->counts != NULL ? MN_OK : MN_ERROR_MEMORY;
}

void mni_unheard_clear(mni_unheard *unheard)
{
    mni_release(unheard->memory, unheard->counts,
                MNI_UNHEARD_COUNTERS * sizeof(unheard->counts[0]));
    unheard->counts = NULL;
}

static uint16_t *count_of(const mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                          const mn_address *from)
{
    return &unheard->counts[mni_address_network_hash(from, key) % MNI_UNHEARD_COUNTERS];
}

bool mni_unheard_allows(const mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                        const mn_address *from, const mni_chain *old, uint32_t free_places)
{
    uint32_t count = *count_of(unheard, key, from);
    if (old != NULL) {
        count -= old->next != NULL ? 1 : 0;
        free_places++;
    }
    return count == 0 || count < free_places || mni_address_is_loopback(from);
}

void mni_unheard_add(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                     const mn_address *from, mni_chain *element)
{
    mni_chain_join(&unheard->chain, element);
    ++*count_of(unheard, key, from);
}

void mni_unheard_remove(mni_unheard *unheard, const uint8_t key[MNI_HASH_KEY_SIZE],
                        const mn_address *from, mni_chain *element)
{
    if (element->next != NULL) {
        mni_chain_leave(element);
        --*count_of(unheard, key, from);
    }
}
