/* SPDX-License-Identifier: MIT */
/*
 * A list of types that is filled, then finished. It is kept sorted by kind and id, so that the
 * order of adding means nothing; finishing makes tables from id to place, so that finding a type is
 * two loads.
 */
#include "message/schema.h"

#include <stdio.h>
#include <string.h>

enum { ERROR_TEXT_SIZE = 256, CAPACITY_FIRST = 8 };

struct mn_schema {
    mni_memory memory;
    mni_schema_entry *entries; /* sorted by kind, then by id */
    uint32_t count, capacity;
    uint16_t *places; /* of messages, by id: the place among the entries, plus one; 0: none */
    uint32_t place_count;
    uint64_t hash;
    uint32_t scratch_size;
    bool is_finished;
    char error_text[ERROR_TEXT_SIZE];
};

mn_result mn_schema_create(const mn_allocator *allocator, mn_schema **schema_out)
{
    if (schema_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *schema_out = NULL;
    if (!mni_allocator_is_complete(allocator)) {
        return MN_ERROR_ARGUMENT;
    }
    mn_schema *schema =
        mni_memory_create_root(allocator, 0, sizeof(mn_schema), offsetof(mn_schema, memory));
    if (schema == NULL) {
        return MN_ERROR_MEMORY;
    }
    *schema_out = schema;
    return MN_OK;
}

void mn_schema_destroy(mn_schema *schema)
{
    if (schema == NULL) {
        return;
    }
    mni_memory *memory = &schema->memory;
    for (uint32_t i = 0; i < schema->count; i++) {
        const mni_schema_entry *entry = &schema->entries[i];
        if (entry->kind == MNI_TYPE_MESSAGE) {
            mni_message_type_clear(entry->type, memory);
            mni_release(memory, entry->type, sizeof(mni_message_type));
        } else {
            mni_object_type_clear(entry->type, memory);
            mni_release(memory, entry->type, sizeof(mni_object_type));
        }
    }
    mni_release(memory, schema->entries, schema->capacity * sizeof(mni_schema_entry));
    mni_release(memory, schema->places, schema->place_count * sizeof(uint16_t));
    mni_memory_destroy_root(schema, sizeof(mn_schema), offsetof(mn_schema, memory));
}

/* object "tank" (id 3), group 0, field "position": why */
static void describe(mn_schema *schema, const mni_schema_entry *entry, const mni_type_fault *fault)
{
    char part[24] = "";
    char field[64] = "";
    if (fault->part != NULL) {
        (void)snprintf(part, sizeof part, ", %s %u", fault->part, (unsigned)fault->index);
    }
    if (fault->layout.field != NULL) {
        (void)snprintf(field, sizeof field, ", field \"%.48s\"", fault->layout.field);
    }
    (void)snprintf(schema->error_text, ERROR_TEXT_SIZE, "%s \"%.48s\" (id %u)%s%s: %s",
                   entry->kind == MNI_TYPE_MESSAGE ? "message" : "object",
                   entry->name != NULL ? entry->name : "", (unsigned)entry->id, part, field,
                   fault->layout.why);
}

static bool is_before(const mni_schema_entry *a, const mni_schema_entry *b)
{
    return a->kind < b->kind || (a->kind == b->kind && a->id < b->id);
}

/* Into its place; there is room. */
static void insert(mn_schema *schema, const mni_schema_entry *entry)
{
    uint32_t at = schema->count++;
    for (; at > 0 && is_before(entry, &schema->entries[at - 1]); at--) {
        schema->entries[at] = schema->entries[at - 1];
    }
    schema->entries[at] = *entry;
}

/* Room for one entry more, if its id is free. */
static mn_result prepare(mn_schema *schema, const mni_schema_entry *entry)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        if (schema->entries[i].kind == entry->kind && schema->entries[i].id == entry->id) {
            describe(schema, entry, &(mni_type_fault){.layout.why = "the id is taken"});
            return MN_ERROR_SCHEMA;
        }
    }
    if (schema->count < schema->capacity) {
        return MN_OK;
    }
    uint32_t capacity = schema->capacity == 0 ? CAPACITY_FIRST : 2 * schema->capacity;
    mni_schema_entry *entries = mni_allocate(&schema->memory, capacity * sizeof *entries);
    if (entries == NULL) {
        return MN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < schema->count; i++) {
        entries[i] = schema->entries[i];
    }
    mni_release(&schema->memory, schema->entries, schema->capacity * sizeof *entries);
    schema->entries = entries;
    schema->capacity = capacity;
    return MN_OK;
}

mn_result mn_schema_add_message(mn_schema *schema, const mn_message_type *type)
{
    if (schema == NULL || type == NULL || type->struct_size < sizeof(mn_message_type)) {
        return MN_ERROR_ARGUMENT;
    }
    if (schema->is_finished) {
        return MN_ERROR_STATE;
    }
    mni_schema_entry entry = {.kind = MNI_TYPE_MESSAGE, .id = type->id, .name = type->name};
    mn_result result = prepare(schema, &entry);
    if (result != MN_OK) {
        return result;
    }
    mni_message_type *kept = mni_allocate(&schema->memory, sizeof *kept);
    if (kept == NULL) {
        return MN_ERROR_MEMORY;
    }
    mni_type_fault fault;
    result = mni_message_type_init(kept, &schema->memory, type, &fault);
    if (result != MN_OK) {
        mni_release(&schema->memory, kept, sizeof *kept);
        if (result == MN_ERROR_SCHEMA) {
            describe(schema, &entry, &fault);
        }
        return result;
    }
    entry.hash = kept->hash;
    entry.name = kept->name;
    entry.type = kept;
    insert(schema, &entry);
    return MN_OK;
}

mn_result mn_schema_add_object(mn_schema *schema, const mn_object_type *type)
{
    if (schema == NULL || type == NULL || type->struct_size < sizeof(mn_object_type)) {
        return MN_ERROR_ARGUMENT;
    }
    if (schema->is_finished) {
        return MN_ERROR_STATE;
    }
    mni_schema_entry entry = {.kind = MNI_TYPE_OBJECT, .id = type->id, .name = type->name};
    mn_result result = prepare(schema, &entry);
    if (result != MN_OK) {
        return result;
    }
    mni_object_type *kept = mni_allocate(&schema->memory, sizeof *kept);
    if (kept == NULL) {
        return MN_ERROR_MEMORY;
    }
    mni_type_fault fault;
    result = mni_object_type_init(kept, &schema->memory, type, &fault);
    if (result != MN_OK) {
        mni_release(&schema->memory, kept, sizeof *kept);
        if (result == MN_ERROR_SCHEMA) {
            describe(schema, &entry, &fault);
        }
        return result;
    }
    entry.hash = kept->hash;
    entry.name = kept->name;
    entry.type = kept;
    insert(schema, &entry);
    return MN_OK;
}

static mn_result make_places(mn_schema *schema)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < schema->count; i++) {
        const mni_schema_entry *entry = &schema->entries[i];
        count = entry->kind == MNI_TYPE_MESSAGE ? entry->id + 1 : count; /* sorted by id */
    }
    if (count == 0) {
        return MN_OK;
    }
    schema->places = mni_allocate(&schema->memory, count * sizeof(uint16_t));
    if (schema->places == NULL) {
        return MN_ERROR_MEMORY;
    }
    schema->place_count = count;
    return MN_OK;
}

static uint64_t hash_entries(const mni_schema_entry *entries, uint32_t count)
{
    mni_hash hash;
    mni_schema_hash_init(&hash);
    for (uint32_t i = 0; i < count; i++) {
        mni_hash_add_u64(&hash, entries[i].kind);
        mni_hash_add_u64(&hash, entries[i].id);
        mni_hash_add_u64(&hash, entries[i].hash);
    }
    return mni_hash_end(&hash);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t entry_scratch_size(const mni_schema_entry *entry)
{
    if (entry->kind == MNI_TYPE_MESSAGE) {
        const mni_message_type *message = entry->type;
        return message->size;
    }
    const mni_object_type *object = entry->type;
    uint32_t size = 0;
    for (uint32_t i = 0; i < object->call_count; i++) {
        size = larger(size, object->calls[i].size);
    }
    return size;
}

mn_result mn_schema_finish(mn_schema *schema)
{
    if (schema == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (schema->is_finished) {
        return MN_ERROR_STATE;
    }
    mn_result result = make_places(schema);
    if (result != MN_OK) {
        return result;
    }
    for (uint32_t i = 0; i < schema->count; i++) {
        const mni_schema_entry *entry = &schema->entries[i];
        if (entry->kind == MNI_TYPE_MESSAGE) {
            schema->places[entry->id] = (uint16_t)(i + 1);
        }
        schema->scratch_size = larger(schema->scratch_size, entry_scratch_size(entry));
    }
    schema->hash = hash_entries(schema->entries, schema->count);
    schema->is_finished = true;
    return MN_OK;
}

uint64_t mn_schema_hash(const mn_schema *schema)
{
    return schema != NULL && schema->is_finished ? schema->hash : 0;
}

const char *mn_schema_error_text(const mn_schema *schema)
{
    return schema != NULL ? schema->error_text : "";
}

bool mni_schema_is_finished(const mn_schema *schema)
{
    return schema == NULL || schema->is_finished;
}

uint64_t mni_schema_hash(const mn_schema *schema)
{
    return schema == NULL ? hash_entries(NULL, 0) : mn_schema_hash(schema);
}

const mni_message_type *mni_schema_message(const mn_schema *schema, uint32_t id)
{
    if (schema == NULL || !schema->is_finished || id >= schema->place_count) {
        return NULL;
    }
    uint32_t place = schema->places[id];
    return place != 0 ? schema->entries[place - 1].type : NULL;
}

const mni_schema_entry *mni_schema_entries(const mn_schema *schema, uint32_t *count_out)
{
    bool is_there = schema != NULL && schema->is_finished;
    *count_out = is_there ? schema->count : 0;
    return is_there ? schema->entries : NULL;
}

uint32_t mni_schema_scratch_size(const mn_schema *schema)
{
    return schema != NULL ? schema->scratch_size : 0;
}
