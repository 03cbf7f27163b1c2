/* SPDX-License-Identifier: MIT */
/*
 * The types of a finished schema, for the floors: found by id in one step, and listed with their
 * hashes, so that two sides can tell the first type in which they differ. NULL is a finished schema
 * without types.
 */
#ifndef MESSAGE_SCHEMA_H
#define MESSAGE_SCHEMA_H

#include "message/codec.h"
#include "message/payload.h"
#include "message/type.h"

enum { MNI_TYPE_MESSAGE = 0, MNI_TYPE_OBJECT = 1 };

typedef struct mni_schema_entry {
    uint32_t kind; /* MNI_TYPE_… */
    uint32_t id;
    uint32_t hash;
    uint32_t unused;
    const char *name;
    void *type; /* mni_message_type or mni_object_type */
} mni_schema_entry;

bool mni_schema_is_finished(const mn_schema *schema);
uint64_t mni_schema_hash(const mn_schema *schema); /* as the public one, and of NULL as well */
/* NULL: no such type, or not finished. */
const mni_message_type *mni_schema_message(const mn_schema *schema, uint32_t id);
/* Sorted by kind, then by id; none before it is finished. */
const mni_schema_entry *mni_schema_entries(const mn_schema *schema, uint32_t *count_out);
/* The largest struct of any message or call: what a scratch for payload.h has to hold. */
uint32_t mni_schema_scratch_size(const mn_schema *schema);

#endif
