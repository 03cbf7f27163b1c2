/* SPDX-License-Identifier: MIT */
/*
 * Most updates are of the first group alone, which one bit says. A group that is named has at least
 * one field in it; a type of one group names its fields only.
 */
#include "object/delta.h"

#include "message/codec.h"

#include <string.h>

static uint64_t fields_of(const mni_group *group, uint64_t mask)
{
    return (mask & group->mask) >> group->first_field;
}

static void write_mask(const mni_object_type *type, uint64_t mask, mni_bit_writer *writer)
{
    if (type->group_count == 1) {
        mni_write_field_mask(writer, mask, type->groups[0].field_count);
        return;
    }
    uint64_t named = 0;
    for (uint32_t i = 0; i < type->group_count; i++) {
        named |= (uint64_t)((mask & type->groups[i].mask) != 0) << i;
    }
    mni_write_bits(writer, named == 1, 1);
    if (named != 1) {
        mni_write_bits(writer, named, type->group_count);
    }
    for (uint32_t i = 0; i < type->group_count; i++) {
        const mni_group *group = &type->groups[i];
        if ((named >> i & 1) != 0 && group->field_count > 1) {
            mni_write_field_mask(writer, fields_of(group, mask), group->field_count);
        }
    }
}

static bool read_mask(const mni_object_type *type, mni_bit_reader *reader, uint64_t *mask_out)
{
    if (type->group_count == 1) {
        *mask_out = mni_read_field_mask(reader, type->groups[0].field_count);
        return !reader->failed;
    }
    uint64_t named = 1;
    if (mni_read_bits(reader, 1) == 0) {
        named = mni_read_bits(reader, type->group_count);
        if (named == 1) {
            return false; /* there is a shorter way to say this */
        }
    }
    uint64_t mask = 0;
    for (uint32_t i = 0; i < type->group_count; i++) {
        const mni_group *group = &type->groups[i];
        if ((named >> i & 1) == 0) {
            continue;
        }
        uint64_t fields =
            group->field_count > 1 ? mni_read_field_mask(reader, group->field_count) : 1;
        if (fields == 0) {
            return false;
        }
        mask |= fields << group->first_field;
    }
    *mask_out = mask;
    return !reader->failed;
}

void mni_delta_write(const mni_kind *kind, uint64_t mask, const void *state, const void *baseline,
                     mni_bit_writer *writer)
{
    const mni_object_type *type = kind->type;
    if (type->group_count == 0) {
        return;
    }
    uint64_t changed = mni_layout_changed(&type->layout, mask, state, baseline);
    write_mask(type, changed, writer);
    mni_layout_encode(&type->layout, changed, state, baseline, writer);
}

bool mni_delta_read(const mni_kind *kind, const void *baseline, mni_bit_reader *reader,
                    void *state_out)
{
    const mni_object_type *type = kind->type;
    if (type->group_count == 0) {
        return !reader->failed;
    }
    uint64_t mask;
    if (!read_mask(type, reader, &mask)) {
        return false;
    }
    memcpy(state_out, baseline, kind->size);
    return mni_layout_decode(&type->layout, mask, baseline, reader, state_out);
}
