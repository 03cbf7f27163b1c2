/* SPDX-License-Identifier: MIT */
/* A full arena begins a new round, and so does a flush: nothing is ever taken out singly. */
#include "object/fragment.h"

enum {
    TABLE_SIZE = 1 << 10,
    ARENA_SIZE = 1 << 16,
    /* A state, the masks of its groups, and what the writer may clear behind it. */
    DELTA_SIZE_MAX = MNI_STATE_BYTES_MAX + 32
};

mn_result mni_fragments_init(mni_fragments *fragments, mni_memory *memory)
{
    *fragments = (mni_fragments){.memory = memory, .round = 1};
    fragments->table = mni_allocate(memory, TABLE_SIZE * sizeof(mni_fragment));
    fragments->arena = mni_allocate(memory, ARENA_SIZE);
    if (fragments->table == NULL || fragments->arena == NULL) {
        mni_fragments_clear(fragments);
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

void mni_fragments_clear(mni_fragments *fragments)
{
    mni_release(fragments->memory, fragments->table, TABLE_SIZE * sizeof(mni_fragment));
    mni_release(fragments->memory, fragments->arena, ARENA_SIZE);
    fragments->table = NULL;
    fragments->arena = NULL;
}

void mni_fragments_forget(mni_fragments *fragments)
{
    fragments->round++;
    fragments->used = 0;
}

static mni_fragment *place_of(const mni_fragments *fragments, const mni_fragment_source *source)
{
    uint32_t mixed = source->object * 2 + (source->is_owner ? 1 : 0);
    mixed = (mixed ^ source->baseline_version << 20) * 0x9E3779B1U;
    return &fragments->table[mixed >> 22];
}

static bool is_it(const mni_fragments *fragments, const mni_fragment *fragment,
                  const mni_fragment_source *source)
{
    return fragment->round == fragments->round && fragment->object == source->object &&
           fragment->baseline == source->baseline_version && fragment->is_owner == source->is_owner;
}

mni_bit_reader mni_fragment_of(mni_fragments *fragments, const mni_fragment_source *source)
{
    mni_fragment *fragment = place_of(fragments, source);
    if (!is_it(fragments, fragment, source)) {
        if (fragments->used > ARENA_SIZE - DELTA_SIZE_MAX) {
            mni_fragments_forget(fragments);
        }
        mni_bit_writer writer =
            mni_bit_writer_over(fragments->arena + fragments->used, DELTA_SIZE_MAX);
        mni_delta_write(source->kind, mni_kind_mask(source->kind, source->is_owner), source->state,
                        source->baseline, &writer);
        MNI_ASSERT(!writer.failed);
        *fragment = (mni_fragment){
            .object = source->object,
            .baseline = source->baseline_version,
            .round = fragments->round,
            .offset = fragments->used,
            .bit_count = (uint16_t)mni_bit_writer_count(&writer),
            .is_owner = source->is_owner,
        };
        fragments->used += (uint32_t)mni_bit_writer_size(&writer);
    }
    mni_bit_reader reader = mni_bit_reader_over(fragments->arena, ARENA_SIZE);
    reader.at = (size_t)fragment->offset * 8;
    reader.end = reader.at + fragment->bit_count;
    return reader;
}
