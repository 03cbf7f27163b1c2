/* SPDX-License-Identifier: MIT */
/* Public descriptions of types, checked piece by piece and compiled. */
#include "message/type.h"

#include "base/how.h"
#include "message/bits.h"
#include "message/codec.h"

#include <string.h>

enum { HISTORY_DEFAULT = 32 };

void mni_schema_hash_init(mni_hash *hash)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE] = "miragenet schema";
    mni_hash_init(hash, key);
}

static mn_result fail(mni_type_fault *fault, const char *why)
{
    fault->layout.why = why;
    return MN_ERROR_SCHEMA;
}

static void hash_name(mni_hash *hash, const char *name)
{
    size_t length = strlen(name);
    mni_hash_add_u64(hash, length);
    mni_hash_add(hash, name, length);
}

static bool is_named(const char *name)
{
    return name != NULL && name[0] != 0;
}

static char *copy_name(mni_memory *memory, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = mni_allocate(memory, size);
    if (copy != NULL) {
        memcpy(copy, name, size);
    }
    return copy;
}

static void release_name(mni_memory *memory, char *name)
{
    if (name != NULL) {
        mni_release(memory, name, strlen(name) + 1);
    }
}

static const char *message_fault(const mn_message_type *from)
{
    const uint32_t flags =
        MN_MESSAGE_TO_SERVER | MN_MESSAGE_TO_CLIENT | MN_MESSAGE_BEFORE_AUTHENTICATION;
    if (!is_named(from->name)) {
        return "it has no name";
    }
    if (from->id > MNI_TYPE_ID_MAX) {
        return "its id is above 16383";
    }
    if ((from->flags & ~flags) != 0) {
        return "unknown flags";
    }
    if (from->how != 0 && !mni_how_is_valid(from->how, MN_CHANNELS)) {
        return "how is not a mode and a channel";
    }
    if (from->size == 0 && from->field_count > 0) {
        return "it has no size";
    }
    if (from->size > 0 && from->max_size > 0) {
        return "max_size is for raw bytes, which have no size";
    }
    return NULL;
}

mn_result mni_message_type_init(mni_message_type *type, mni_memory *memory,
                                const mn_message_type *from, mni_type_fault *fault_out)
{
    *type = (mni_message_type){
        .id = from->id,
        .size = from->size,
        .max_size = from->max_size != 0 ? from->max_size : UINT32_MAX,
        .how = from->how != 0 ? from->how : MN_RELIABLE,
        .flags = from->flags,
    };
    *fault_out = (mni_type_fault){0};
    const char *why = message_fault(from);
    if (why != NULL) {
        return fail(fault_out, why);
    }
    mni_hash hash;
    mni_schema_hash_init(&hash);
    hash_name(&hash, from->name);
    mni_hash_add_u64(&hash, type->how);
    mni_hash_add_u64(&hash, type->flags);
    mni_hash_add_u64(&hash, from->max_size);
    mni_hash_add_u64(&hash, from->field_count);

    mni_table table = {from->fields, from->field_count};
    mni_layout_source source = {.tables = &table, .table_count = 1, .size = from->size};
    mn_result result = mni_layout_init(&type->layout, memory, &source, &hash, &fault_out->layout);
    if (result != MN_OK) {
        return result;
    }
    if (type->size != 0) {
        type->max_size = (mni_layout_max_bits(&type->layout, UINT64_MAX) + 7) / 8;
    }
    type->hash = (uint32_t)mni_hash_end(&hash);
    type->name = copy_name(memory, from->name);
    if (type->name == NULL) {
        mni_message_type_clear(type, memory);
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

void mni_message_type_clear(mni_message_type *type, mni_memory *memory)
{
    mni_layout_clear(&type->layout, memory);
    release_name(memory, type->name);
    *type = (mni_message_type){0};
}

static const char *group_fault(const mn_group *from)
{
    if (from->field_count == 0 || from->fields == NULL) {
        return "it has no fields";
    }
    if (from->field_count > MNI_FIELDS_MAX) {
        return "it has more than 64 fields";
    }
    if (from->audience > MN_TO_OWNER) {
        return "unknown audience";
    }
    if (from->direction != MN_FROM_SERVER) {
        return "unknown direction";
    }
    if (!(from->max_hz >= 0)) {
        return "max_hz is negative";
    }
    return from->flags == 0 ? NULL : "unknown flags";
}

/* Tables of all groups, in order, as one layout. */
static mn_result set_groups(mni_object_type *type, mni_memory *memory, const mn_object_type *from,
                            mni_hash *hash, mni_type_fault *fault_out)
{
    mni_table tables[MNI_FIELDS_MAX];
    uint32_t first = 0;
    for (uint32_t i = 0; i < from->group_count; i++) {
        const mn_group *group = &from->groups[i];
        *fault_out = (mni_type_fault){.part = "group", .index = i};
        const char *why = group_fault(group);
        if (why != NULL) {
            return fail(fault_out, why);
        }
        if (first + group->field_count > MNI_FIELDS_MAX) {
            return fail(fault_out, "more than 64 fields up to here");
        }
        tables[i] = (mni_table){group->fields, group->field_count};
        type->groups[i] = (mni_group){
            .mask = mni_bit_mask(group->field_count) << first,
            .first_field = first,
            .field_count = group->field_count,
            .audience = group->audience,
            .direction = group->direction,
            .max_hz = group->max_hz,
        };
        mni_hash_add_u64(hash, group->field_count);
        mni_hash_add_u64(hash, group->audience);
        mni_hash_add_u64(hash, group->direction);
        first += group->field_count;
        type->max_bits += mni_field_mask_max_bits(group->field_count);
    }
    *fault_out = (mni_type_fault){0};
    mni_layout_source source = {tables, from->group_count, from->size};
    mn_result result = mni_layout_init(&type->layout, memory, &source, hash, &fault_out->layout);
    if (result == MN_OK) {
        type->max_bits += mni_layout_max_bits(&type->layout, UINT64_MAX);
        if (type->max_bits > 8 * MNI_STATE_BYTES_MAX) {
            return fail(fault_out, "its state can take more than 1000 bytes");
        }
    }
    return result;
}

static const char *call_fault(const mn_call_type *from)
{
    const uint32_t both = MN_CALL_TO_SERVER | MN_CALL_TO_CLIENT;
    if (!is_named(from->name)) {
        return "it has no name";
    }
    if ((from->flags & ~(both | MN_CALL_BY_ANYBODY)) != 0) {
        return "unknown flags";
    }
    if ((from->flags & both) == 0 || (from->flags & both) == both) {
        return "it is either to the server or to the client";
    }
    if ((from->flags & MN_CALL_BY_ANYBODY) != 0 && (from->flags & MN_CALL_TO_SERVER) == 0) {
        return "only what is to the server is by anybody";
    }
    if (from->how != 0 && from->how != MN_RELIABLE && from->how != MN_UNRELIABLE) {
        return "how is neither reliable nor unreliable";
    }
    return NULL;
}

static mn_result set_call(mni_call_type *call, mni_memory *memory, const mn_call_type *from,
                          mni_hash *hash, mni_type_fault *fault_out)
{
    const char *why = call_fault(from);
    if (why != NULL) {
        return fail(fault_out, why);
    }
    call->size = from->size;
    call->how = from->how != 0 ? from->how : MN_RELIABLE;
    call->flags = from->flags;
    hash_name(hash, from->name);
    mni_hash_add_u64(hash, call->how);
    mni_hash_add_u64(hash, call->flags);
    mni_hash_add_u64(hash, from->field_count);
    mni_table table = {from->fields, from->field_count};
    mni_layout_source source = {.tables = &table, .table_count = 1, .size = from->size};
    mn_result result = mni_layout_init(&call->layout, memory, &source, hash, &fault_out->layout);
    if (result != MN_OK) {
        return result;
    }
    call->max_size = (mni_layout_max_bits(&call->layout, UINT64_MAX) + 7) / 8;
    if (call->max_size > MNI_ARGUMENTS_BYTES_MAX) {
        return fail(fault_out, "its arguments can take more than 1000 bytes");
    }
    call->name = copy_name(memory, from->name);
    return call->name != NULL ? MN_OK : MN_ERROR_MEMORY;
}

static mn_result set_defaults(mni_object_type *type, mni_memory *memory, const mn_object_type *from,
                              mni_hash *hash)
{
    if (type->size == 0) {
        return MN_OK;
    }
    type->defaults = mni_allocate(memory, type->size);
    if (type->defaults == NULL) {
        return MN_ERROR_MEMORY;
    }
    const void *raw = from->defaults;
    if (raw == NULL) { /* zeros, as they travel: a quaternion of zeros is the identity */
        uint8_t *zeros = mni_allocate(memory, type->size);
        if (zeros == NULL) {
            return MN_ERROR_MEMORY;
        }
        mni_layout_quantise(&type->layout, UINT64_MAX, zeros, type->defaults);
        mni_release(memory, zeros, type->size);
    } else {
        mni_layout_quantise(&type->layout, UINT64_MAX, raw, type->defaults);
    }
    mni_layout_digest(&type->layout, UINT64_MAX, type->defaults, hash);
    return MN_OK;
}

static const char *object_fault(const mn_object_type *from)
{
    if (!is_named(from->name)) {
        return "it has no name";
    }
    if (from->id > MNI_TYPE_ID_MAX) {
        return "its id is above 16383";
    }
    if (from->flags != 0) {
        return "unknown flags";
    }
    if (from->group_count > MNI_FIELDS_MAX || (from->group_count > 0 && from->groups == NULL)) {
        return "its groups are missing, or more than 64";
    }
    if (from->call_count > MNI_CALLS_MAX || (from->call_count > 0 && from->calls == NULL)) {
        return "its calls are missing, or more than 64";
    }
    if (from->history == 1 || from->history > MNI_HISTORY_MAX) {
        return "its history is not 2 to 64 versions";
    }
    return NULL;
}

static mn_result fill_object(mni_object_type *type, mni_memory *memory, const mn_object_type *from,
                             mni_hash *hash, mni_type_fault *fault_out)
{
    if (type->group_count > 0) {
        type->groups = mni_allocate(memory, type->group_count * sizeof(mni_group));
        if (type->groups == NULL) {
            return MN_ERROR_MEMORY;
        }
    }
    mn_result result = set_groups(type, memory, from, hash, fault_out);
    if (result == MN_OK) {
        result = set_defaults(type, memory, from, hash);
    }
    if (result == MN_OK && type->call_count > 0) {
        type->calls = mni_allocate(memory, type->call_count * sizeof(mni_call_type));
        result = type->calls != NULL ? MN_OK : MN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; result == MN_OK && i < type->call_count; i++) {
        *fault_out = (mni_type_fault){.part = "call", .index = i};
        result = set_call(&type->calls[i], memory, &from->calls[i], hash, fault_out);
    }
    if (result == MN_OK) {
        type->name = copy_name(memory, from->name);
        result = type->name != NULL ? MN_OK : MN_ERROR_MEMORY;
    }
    return result;
}

mn_result mni_object_type_init(mni_object_type *type, mni_memory *memory,
                               const mn_object_type *from, mni_type_fault *fault_out)
{
    *type = (mni_object_type){
        .id = from->id,
        .size = from->size,
        .group_count = from->group_count,
        .call_count = from->call_count,
        .history = from->history != 0 ? from->history : HISTORY_DEFAULT,
    };
    *fault_out = (mni_type_fault){0};
    const char *why = object_fault(from);
    if (why != NULL) {
        return fail(fault_out, why);
    }
    mni_hash hash;
    mni_schema_hash_init(&hash);
    hash_name(&hash, from->name);
    mni_hash_add_u64(&hash, type->group_count);
    mni_hash_add_u64(&hash, type->call_count);
    mni_hash_add_u64(&hash, type->history);
    mn_result result = fill_object(type, memory, from, &hash, fault_out);
    if (result != MN_OK) {
        mni_object_type_clear(type, memory);
        return result;
    }
    type->hash = (uint32_t)mni_hash_end(&hash);
    return MN_OK;
}

void mni_object_type_clear(mni_object_type *type, mni_memory *memory)
{
    for (uint32_t i = 0; type->calls != NULL && i < type->call_count; i++) {
        mni_layout_clear(&type->calls[i].layout, memory);
        release_name(memory, type->calls[i].name);
    }
    mni_release(memory, type->calls, type->call_count * sizeof(mni_call_type));
    mni_release(memory, type->groups, type->group_count * sizeof(mni_group));
    mni_release(memory, type->defaults, type->size);
    mni_layout_clear(&type->layout, memory);
    release_name(memory, type->name);
    *type = (mni_object_type){0};
}
