/* SPDX-License-Identifier: MIT */
/*
 * The walk over nested tables keeps its own stack, so that a table that contains itself meets a
 * limit. It is done twice: first to check, count and hash, then to fill the arrays and to see that
 * no byte of the struct belongs to two fields.
 */
#include "message/layout.h"

#include "message/bits.h"
#include "message/field.h"
#include "message/residual.h"

/* A structure at whose fields the walk is. */
typedef struct level {
    const mn_field *fields;
    uint32_t field_count;
    uint32_t at;      /* the next field */
    uint32_t offset;  /* of this element of the array of structures */
    uint32_t size;    /* of it */
    uint32_t element; /* its index */
    uint32_t count;   /* of elements */
    bool is_counted;  /* the element is present if the count is above its index */
    bool is_first;    /* not a repetition of what was hashed before */
    uint8_t presence; /* of leaves that say nothing themselves */
    uint32_t count_offset, count_above;
} level;

typedef struct walker {
    level levels[MNI_NESTING_MAX];
    uint32_t depth;
    mni_leaf *leaves; /* NULL: counting */
    uint32_t leaf_count;
    uint8_t field;  /* of the outermost table */
    uint8_t *taken; /* one byte for each of the struct, NULL: counting */
    mni_hash *hash;
    mni_layout_fault *fault;
} walker;

static bool fail(walker *walk, const char *why)
{
    walk->fault->why = why;
    return false;
}

static bool take(walker *walk, uint32_t offset, uint32_t size)
{
    for (uint32_t i = offset; walk->taken != NULL && i < offset + size; i++) {
        if (walk->taken[i] != 0) {
            return fail(walk, "it overlaps another field");
        }
        walk->taken[i] = 1;
    }
    return true;
}

/* leaf.offset is within the outer structure. */
static bool add_leaf(walker *walk, const level *outer, mni_leaf leaf)
{
    if (walk->leaf_count == MNI_LEAVES_MAX) {
        return fail(walk, "it makes too many single values");
    }
    leaf.offset += outer->offset;
    leaf.field = walk->field;
    if (!take(walk, leaf.offset, leaf.size * leaf.count)) {
        return false;
    }
    if (walk->leaves != NULL) {
        walk->leaves[walk->leaf_count] = leaf;
    }
    walk->leaf_count++;
    return true;
}

static bool push_structure(walker *walk, const level *outer, const mn_field *field)
{
    if (walk->depth == MNI_NESTING_MAX) {
        return fail(walk, "structures are nested too deeply");
    }
    level inner = {
        .fields = field->fields,
        .field_count = field->field_count,
        .offset = outer->offset + field->offset,
        .size = field->size / field->count,
        .count = field->count,
        .is_first = outer->is_first,
        .presence = outer->presence,
        .count_offset = outer->count_offset,
        .count_above = outer->count_above,
    };
    if ((field->flags & MN_FIELD_COUNTED) != 0) {
        inner.is_counted = true;
        inner.presence = MNI_PRESENT_FROM;
        inner.count_offset = outer->offset + field->count_offset;
        inner.count_above = 0;
    }
    walk->levels[walk->depth++] = inner;
    return true;
}

static bool add_values(walker *walk, const level *outer, const mn_field *field)
{
    mni_leaf leaf = mni_field_leaf(field);
    leaf.presence = outer->presence;
    leaf.count_offset = outer->count_offset;
    leaf.count_above = outer->count_above;
    if ((field->flags & MN_FIELD_COUNTED) != 0) {
        leaf.presence = MNI_PRESENT_FIRST;
        leaf.count_offset = outer->offset + field->count_offset;
    }
    return add_leaf(walk, outer, leaf);
}

static bool add_count(walker *walk, const level *outer, const mn_field *field)
{
    mni_leaf leaf = mni_field_count_leaf(field);
    if (outer->size < leaf.size || leaf.offset > outer->size - leaf.size) {
        return fail(walk, "its count reaches outside the struct");
    }
    leaf.presence = outer->presence;
    leaf.count_offset = outer->count_offset;
    leaf.count_above = outer->count_above;
    return add_leaf(walk, outer, leaf);
}

static bool add_field(walker *walk, const level *outer, const mn_field *field)
{
    walk->fault->field = field->name;
    const char *why = mni_field_fault(field);
    if (why != NULL) {
        return fail(walk, why);
    }
    if (field->size > outer->size || field->offset > outer->size - field->size) {
        return fail(walk, "it reaches outside the struct");
    }
    if (walk->hash != NULL && outer->is_first) {
        mni_field_hash(field, walk->hash);
    }
    if ((field->flags & MN_FIELD_COUNTED) != 0 && !add_count(walk, outer, field)) {
        return false;
    }
    return field->kind == MN_KIND_STRUCT ? push_structure(walk, outer, field)
                                         : add_values(walk, outer, field);
}

/* The next element of the array of structures; false: that was the last. */
static bool next_element(level *inner)
{
    inner->element++;
    inner->at = 0;
    inner->offset += inner->size;
    inner->is_first = false;
    inner->count_above += inner->is_counted ? 1 : 0;
    return inner->element < inner->count;
}

static bool walk_field(walker *walk, const mni_layout_source *source, const mn_field *field)
{
    level root = {.size = source->size, .count = 1, .is_first = true};
    walk->depth = 0;
    if (!add_field(walk, &root, field)) {
        return false;
    }
    while (walk->depth > 0) {
        level *inner = &walk->levels[walk->depth - 1];
        if (inner->at < inner->field_count) {
            if (!add_field(walk, inner, &inner->fields[inner->at++])) {
                return false;
            }
        } else if (!next_element(inner)) {
            walk->depth--;
        }
    }
    return true;
}

/* All fields of all tables, in order; fields is NULL while counting. */
static bool walk_all(walker *walk, const mni_layout_source *source, mni_layout_field *fields)
{
    walk->leaf_count = 0;
    walk->field = 0;
    for (uint32_t i = 0; i < source->table_count; i++) {
        for (uint32_t j = 0; j < source->tables[i].count; j++) {
            uint32_t first = walk->leaf_count;
            if (!walk_field(walk, source, &source->tables[i].fields[j])) {
                return false;
            }
            if (fields != NULL) {
                fields[walk->field].first_leaf = first;
                fields[walk->field].leaf_count = walk->leaf_count - first;
            }
            walk->field++;
        }
    }
    return true;
}

static uint32_t leaf_runs(const mni_leaf *leaf)
{
    return leaf->form == MNI_FORM_BYTES ? 1 : (leaf->count + leaf->run - 1) / leaf->run;
}

/* A bit that says "unchanged" is worth it where there is more than one run to a field, and the run
   is more than two bits itself. */
static void mark_parts(const mni_layout *layout, const mni_layout_field *field)
{
    uint32_t runs = 0;
    for (uint32_t i = 0; i < field->leaf_count; i++) {
        runs += leaf_runs(&layout->leaves[field->first_leaf + i]);
    }
    for (uint32_t i = 0; i < field->leaf_count; i++) {
        mni_leaf *leaf = &layout->leaves[field->first_leaf + i];
        bool is_number = leaf->form < MNI_FORM_QUATERNION;
        leaf->is_part = runs > 1 && !(is_number && leaf->bits * leaf->run <= 2);
    }
}

/* The most that codec.c makes of a leaf: unchanged or not, which code, and everything plainly. */
static uint32_t leaf_max_bits(const mni_leaf *leaf)
{
    uint32_t heads = leaf_runs(leaf) * (leaf->is_part ? 1 : 0);
    switch ((enum mni_form)leaf->form) {
    case MNI_FORM_TEXT:
        return heads + leaf->count * (leaf->bits + 8 * (leaf->size - 1));
    case MNI_FORM_BYTES:
        return heads + 8 * leaf->size * leaf->count;
    case MNI_FORM_QUATERNION: /* whether the largest is another, and which, or which code */
        return heads + leaf->count * (1 + 2 + 3U * leaf->bits);
    case MNI_FORM_UNSIGNED:
    case MNI_FORM_SIGNED:
    case MNI_FORM_BOOL:
    case MNI_FORM_REAL:
    case MNI_FORM_EXACT:
    case MNI_FORM_ANGLE:
        break;
    }
    bool has_choice = leaf->bits * leaf->run > MNI_RESIDUAL_PLAIN;
    return heads + leaf_runs(leaf) * (has_choice ? MNI_RESIDUAL_CHOICE : 0) +
           leaf->count * leaf->bits;
}

static mn_result fill(mni_layout *layout, mni_memory *memory, walker *walk,
                      const mni_layout_source *source)
{
    layout->leaves = mni_allocate(memory, layout->leaf_count * sizeof(mni_leaf));
    layout->fields = mni_allocate(memory, layout->field_count * sizeof(mni_layout_field));
    uint8_t *taken = mni_allocate(memory, layout->size);
    if (layout->leaves == NULL || layout->fields == NULL || taken == NULL) {
        mni_release(memory, taken, layout->size);
        return MN_ERROR_MEMORY;
    }
    walk->leaves = layout->leaves;
    walk->taken = taken;
    walk->hash = NULL;
    bool is_sound = walk_all(walk, source, layout->fields);
    mni_release(memory, taken, layout->size);
    if (!is_sound) {
        return MN_ERROR_SCHEMA;
    }
    for (uint32_t i = 0; i < layout->field_count; i++) {
        mni_layout_field *field = &layout->fields[i];
        mark_parts(layout, field);
        for (uint32_t j = 0; j < field->leaf_count; j++) {
            field->max_bits += leaf_max_bits(&layout->leaves[field->first_leaf + j]);
        }
    }
    return MN_OK;
}

mn_result mni_layout_init(mni_layout *layout, mni_memory *memory, const mni_layout_source *source,
                          mni_hash *hash, mni_layout_fault *fault_out)
{
    *layout = (mni_layout){.size = source->size};
    *fault_out = (mni_layout_fault){0};
    uint64_t field_count = 0;
    for (uint32_t i = 0; i < source->table_count; i++) {
        if (source->tables[i].fields == NULL && source->tables[i].count > 0) {
            fault_out->why = "a table of fields is missing";
            return MN_ERROR_SCHEMA;
        }
        field_count += source->tables[i].count;
    }
    if (field_count > MNI_FIELDS_MAX || source->size > MNI_STRUCT_SIZE_MAX) {
        fault_out->why = field_count > MNI_FIELDS_MAX ? "it has more than 64 fields"
                                                      : "the struct is larger than 65536 bytes";
        return MN_ERROR_SCHEMA;
    }
    if ((field_count == 0) != (source->size == 0)) {
        fault_out->why = field_count == 0 ? "it has a size, but no fields" : "it has no size";
        return MN_ERROR_SCHEMA;
    }
    walker walk = {.hash = hash, .fault = fault_out};
    if (!walk_all(&walk, source, NULL)) {
        return MN_ERROR_SCHEMA;
    }
    layout->leaf_count = walk.leaf_count;
    layout->field_count = (uint32_t)field_count;
    mn_result result = field_count == 0 ? MN_OK : fill(layout, memory, &walk, source);
    if (result != MN_OK) {
        mni_layout_clear(layout, memory);
        return result;
    }
    *fault_out = (mni_layout_fault){0};
    return MN_OK;
}

void mni_layout_clear(mni_layout *layout, mni_memory *memory)
{
    mni_release(memory, layout->leaves, layout->leaf_count * sizeof(mni_leaf));
    mni_release(memory, layout->fields, layout->field_count * sizeof(mni_layout_field));
    *layout = (mni_layout){0};
}

uint64_t mni_layout_mask(const mni_layout *layout)
{
    return mni_bit_mask(layout->field_count);
}

uint32_t mni_layout_max_bits(const mni_layout *layout, uint64_t mask)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < layout->field_count; i++) {
        bits += (mask >> i & 1) != 0 ? layout->fields[i].max_bits : 0;
    }
    return bits;
}
