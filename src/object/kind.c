/* SPDX-License-Identifier: MIT */
/* The public mask is made of whole groups: a field belongs to one group, and a group to one
   audience. */
#include "object/kind.h"

#include "message/bits.h"
#include "message/codec.h"
#include "object/history.h"

#include <string.h>

enum { SLAB_BYTES = 65536, PER_SLAB_MAX = 64, ALIGNMENT = 16 };

static uint32_t per_slab(uint32_t size)
{
    uint32_t count = SLAB_BYTES / size;
    if (count == 0) {
        return 1;
    }
    return count < PER_SLAB_MAX ? count : PER_SLAB_MAX;
}

static void init_kind(mni_kind *kind, mni_memory *memory, const mni_object_type *type)
{
    kind->type = type;
    kind->size = type->size;
    kind->stride = (type->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    kind->everything = mni_layout_mask(&type->layout);
    for (uint32_t i = 0; i < type->group_count; i++) {
        const mni_group *group = &type->groups[i];
        if (group->audience == MN_TO_ALL) {
            kind->in_public |= group->mask;
        }
        if (group->max_hz > 0) {
            kind->limited |= 1ULL << i;
        }
    }
    uint32_t size = mni_history_size(type->history, type->size);
    mni_pool_init(&kind->histories, memory, size, per_slab(size), 0);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

mn_result mni_kinds_init(mni_kinds *kinds, mni_memory *memory, const mn_schema *schema)
{
    *kinds = (mni_kinds){.memory = memory, .max_size = 1};
    uint32_t entry_count;
    const mni_schema_entry *entries = mni_schema_entries(schema, &entry_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < entry_count; i++) {
        count += entries[i].kind == MNI_TYPE_OBJECT;
    }
    if (count == 0) {
        return MN_OK;
    }
    kinds->all = mni_allocate(memory, count * sizeof(mni_kind));
    if (kinds->all == NULL) {
        return MN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < entry_count; i++) {
        if (entries[i].kind != MNI_TYPE_OBJECT) {
            continue;
        }
        const mni_object_type *type = entries[i].type;
        mni_kind *kind = &kinds->all[kinds->count];
        kind->number = kinds->count++;
        init_kind(kind, memory, type);
        kinds->max_size = larger(kinds->max_size, type->size);
        for (uint32_t j = 0; j < type->call_count; j++) {
            kinds->max_size = larger(kinds->max_size, type->calls[j].size);
        }
    }
    kinds->bits = mni_bit_length(count - 1);
    return MN_OK;
}

void mni_kinds_clear(mni_kinds *kinds)
{
    for (uint32_t i = 0; i < kinds->count; i++) {
        mni_pool_clear(&kinds->all[i].histories);
    }
    mni_release(kinds->memory, kinds->all, kinds->count * sizeof(mni_kind));
    kinds->all = NULL;
    kinds->count = 0;
}

mni_kind *mni_kinds_find(const mni_kinds *kinds, uint32_t id)
{
    uint32_t low = 0;
    uint32_t high = kinds->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (kinds->all[middle].type->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < kinds->count && kinds->all[low].type->id == id ? &kinds->all[low] : NULL;
}

void mni_kind_veil(const mni_kind *kind, uint64_t mask, const void *canonical, void *veiled_out)
{
    if (kind->size == 0) {
        return;
    }
    if ((kind->everything & ~mask) == 0) {
        memcpy(veiled_out, canonical, kind->size);
        return;
    }
    memcpy(veiled_out, kind->type->defaults, kind->size);
    mni_layout_quantise(&kind->type->layout, mask, canonical, veiled_out);
}
