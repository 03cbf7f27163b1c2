/* SPDX-License-Identifier: MIT */
/* See values.h. */
#include "conformance/values.h"

#include <stdio.h>
#include <string.h>

void print_text(const char *text, uint32_t size)
{
    (void)putchar('"');
    for (uint32_t i = 0; i < size && text[i] != '\0'; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(text[i]);
    }
    (void)putchar('"');
}

void print_bytes(const void *bytes, uint32_t size)
{
    const uint8_t *at = bytes;
    (void)putchar('"');
    for (uint32_t i = 0; i < size; i++) {
        (void)printf("%02x", at[i]);
    }
    (void)putchar('"');
}

static void print_integer(const mn_field *field, const uint8_t *at, uint32_t size)
{
    int is_signed = field->kind == MN_KIND_INT;
    uint64_t value = 0;
    if (size == 1) {
        value = is_signed ? (uint64_t)(int8_t)*at : *at;
    } else if (size == 2) {
        uint16_t wide;
        memcpy(&wide, at, sizeof wide);
        value = is_signed ? (uint64_t)(int16_t)wide : wide;
    } else if (size == 4) {
        uint32_t wide;
        memcpy(&wide, at, sizeof wide);
        value = is_signed ? (uint64_t)(int32_t)wide : wide;
    } else {
        memcpy(&value, at, sizeof value);
    }
    if (is_signed) {
        (void)printf("%lld", (long long)(int64_t)value);
    } else {
        (void)printf("%llu", (unsigned long long)value);
    }
}

static void print_float(const uint8_t *at, uint32_t size)
{
    float single = 0;
    double value = 0;
    memcpy(size == sizeof single ? (void *)&single : (void *)&value, at, size);
    value = size == sizeof single ? (double)single : value;
    if (value != value) {
        (void)printf("\"nan\""); /* JSON has no word for it */
    } else {
        (void)printf(size == sizeof single ? "%.9g" : "%.17g", value);
    }
}

static uint32_t components_of(const mn_field *field)
{
    switch (field->kind) {
    case MN_KIND_VECTOR2:
        return 2;
    case MN_KIND_VECTOR3:
        return 3;
    case MN_KIND_VECTOR4:
    case MN_KIND_QUATERNION:
        return 4;
    default:
        return 1;
    }
}

static void print_leaf(const mn_field *field, const uint8_t *at, uint32_t size)
{
    uint32_t components = components_of(field);
    switch (field->kind) {
    case MN_KIND_STRING:
        print_text((const char *)at, size);
        return;
    case MN_KIND_BLOB:
        print_bytes(at, size);
        return;
    case MN_KIND_FLOAT:
    case MN_KIND_ANGLE:
        print_float(at, size);
        return;
    case MN_KIND_VECTOR2:
    case MN_KIND_VECTOR3:
    case MN_KIND_VECTOR4:
    case MN_KIND_QUATERNION:
        for (uint32_t i = 0; i < components; i++) {
            (void)putchar(i == 0 ? '[' : ',');
            print_float(at + (size_t)i * (size / components), size / components);
        }
        (void)putchar(']');
        return;
    default:
        print_integer(field, at, size);
    }
}

/* Tables are two deep here, no more. */
static void print_struct(const mn_field *fields, uint32_t count, const uint8_t *at)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)putchar(i == 0 ? '[' : ',');
        print_leaf(&fields[i], at + fields[i].offset, fields[i].size);
    }
    (void)putchar(']');
}

static void print_fields(const mn_field *fields, uint32_t count, const uint8_t *base)
{
    for (uint32_t i = 0; i < count; i++) {
        const mn_field *field = &fields[i];
        uint16_t elements = field->count;
        if (field->flags & MN_FIELD_COUNTED) {
            memcpy(&elements, base + field->count_offset, sizeof elements);
        }
        uint32_t size = field->size / field->count;
        (void)printf("%s%s", i == 0 ? "" : ",", field->count > 1 ? "[" : "");
        for (uint32_t k = 0; k < elements; k++) {
            const uint8_t *at = base + field->offset + (size_t)k * size;
            (void)printf(k == 0 ? "" : ",");
            if (field->kind == MN_KIND_STRUCT) {
                print_struct(field->fields, field->field_count, at);
            } else {
                print_leaf(field, at, size);
            }
        }
        (void)printf(field->count > 1 ? "]" : "");
    }
}

void print_message(const mn_message_type *type, const void *value, uint32_t size)
{
    if (type->size == 0) {
        print_bytes(value, size);
        return;
    }
    (void)putchar('[');
    print_fields(type->fields, type->field_count, value);
    (void)putchar(']');
}

void print_state(const mn_object_type *type, const void *state)
{
    (void)putchar('[');
    for (uint32_t i = 0; i < type->group_count; i++) {
        (void)printf(i == 0 ? "" : ",");
        print_fields(type->groups[i].fields, type->groups[i].field_count, state);
    }
    (void)putchar(']');
}

void print_arguments(const mn_call_type *type, const void *arguments)
{
    (void)putchar('[');
    print_fields(type->fields, type->field_count, arguments);
    (void)putchar(']');
}
