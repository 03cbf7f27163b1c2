/* SPDX-License-Identifier: MIT */
/*
 * One message or object type as the floors use it: checked, flattened, and with nothing left that
 * belongs to the caller. What both sides must agree on goes into its hash; where members lie in the
 * struct, and how often a group is looked at, does not.
 */
#ifndef MESSAGE_TYPE_H
#define MESSAGE_TYPE_H

#include "message/layout.h"

enum {
    MNI_TYPE_ID_MAX = 16383,
    MNI_CALLS_MAX = 64,
    MNI_HISTORY_MAX = 64,
    /* Packed, so that any update fits a packet, and any call a message. */
    MNI_STATE_BYTES_MAX = 1000,
    MNI_ARGUMENTS_BYTES_MAX = 1000
};

typedef struct mni_message_type {
    mni_layout layout; /* empty: raw bytes */
    uint32_t id;
    uint32_t size;     /* of the struct; 0: raw bytes */
    uint32_t max_size; /* of what travels, in bytes */
    uint32_t how;      /* a mode and a channel, never 0 */
    uint32_t flags;    /* MN_MESSAGE_… */
    uint32_t hash;
    char *name;
} mni_message_type;

typedef struct mni_group {
    uint64_t mask; /* its fields among those of the type */
    uint32_t first_field;
    uint32_t field_count;
    uint16_t audience;  /* MN_TO_… */
    uint16_t direction; /* MN_FROM_… */
    float max_hz;       /* 0: no limit */
} mni_group;

typedef struct mni_call_type {
    mni_layout layout; /* of the arguments; empty: none */
    uint32_t size;     /* of their struct */
    uint32_t max_size; /* of what travels, in bytes */
    uint32_t how;      /* MN_RELIABLE or MN_UNRELIABLE */
    uint32_t flags;    /* MN_CALL_… */
    char *name;
} mni_call_type;

typedef struct mni_object_type {
    mni_layout layout; /* of all groups, in order */
    mni_group *groups;
    mni_call_type *calls;
    uint8_t *defaults; /* canonical, layout.size bytes; NULL where that is 0 */
    uint32_t id;
    uint32_t size;     /* of the state's struct */
    uint32_t max_bits; /* of all fields and the masks of all groups */
    uint32_t group_count;
    uint32_t call_count;
    uint32_t history; /* versions kept, 2 to MNI_HISTORY_MAX */
    uint32_t hash;
    char *name;
} mni_object_type;

typedef struct mni_type_fault {
    const char *part; /* "group" or "call", if it is in one, and which */
    uint32_t index;
    mni_layout_fault layout;
} mni_type_fault;

/* MN_OK, MN_ERROR_SCHEMA and what is wrong, or MN_ERROR_MEMORY. */
MNI_CHECK mn_result mni_message_type_init(mni_message_type *type, mni_memory *memory,
                                          const mn_message_type *from, mni_type_fault *fault_out);
void mni_message_type_clear(mni_message_type *type, mni_memory *memory);
MNI_CHECK mn_result mni_object_type_init(mni_object_type *type, mni_memory *memory,
                                         const mn_object_type *from, mni_type_fault *fault_out);
void mni_object_type_clear(mni_object_type *type, mni_memory *memory);

/* The key of all hashes of a schema; they are to be equal everywhere, not secret. */
void mni_schema_hash_init(mni_hash *hash);

#endif
