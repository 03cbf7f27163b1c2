/* SPDX-License-Identifier: MIT */
/*
 * A field table, flattened: all leaves of a struct in one array, structures inside it dissolved,
 * their arrays unrolled. A codec walks the array from front to back and never has to come back: the
 * count that says which elements are present is a leaf before them.
 */
#ifndef MESSAGE_LAYOUT_H
#define MESSAGE_LAYOUT_H

#include "base/hash.h"
#include "base/memory.h"
#include "message/quantize.h"

#include <miragenet.h>

enum {
    MNI_FIELDS_MAX = 64,   /* of a table: they have bits in a mask; nest structures for more */
    MNI_LEAVES_MAX = 1024, /* after unrolling */
    MNI_NESTING_MAX = 8,   /* structures in structures */
    MNI_STRUCT_SIZE_MAX = 65536
};

typedef struct mni_layout_field {
    uint32_t first_leaf;
    uint32_t leaf_count;
    uint32_t max_bits; /* the most that the field takes, whatever it holds */
} mni_layout_field;

typedef struct mni_layout {
    mni_leaf *leaves;
    mni_layout_field *fields;
    uint32_t leaf_count;
    uint32_t field_count;
    uint32_t size; /* of the struct, in bytes; holes are zero in a canonical one */
} mni_layout;

typedef struct mni_table {
    const mn_field *fields;
    uint32_t count;
} mni_table;

typedef struct
    mni_layout_source { /* a struct that several tables describe: the groups of an object */
    const mni_table *tables;
    uint32_t table_count;
    uint32_t size;
} mni_layout_source;

typedef struct mni_layout_fault {
    const char *field; /* its name in the table, or NULL */
    const char *why;
} mni_layout_fault;

/* MN_OK; MN_ERROR_SCHEMA and what is wrong; or MN_ERROR_MEMORY. Nothing of the source is kept. The
   hash is given what both sides must have in common. */
MNI_CHECK mn_result mni_layout_init(mni_layout *layout, mni_memory *memory,
                                    const mni_layout_source *source, mni_hash *hash,
                                    mni_layout_fault *fault_out);
void mni_layout_clear(mni_layout *layout, mni_memory *memory);

/* One bit for each field. */
uint64_t mni_layout_mask(const mni_layout *layout);
/* The most bits that the fields in mask can take. */
uint32_t mni_layout_max_bits(const mni_layout *layout, uint64_t mask);

#endif
