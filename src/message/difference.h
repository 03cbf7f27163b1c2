/* SPDX-License-Identifier: MIT */
/*
 * Where two schemas differ. Both sides send the list of their types, sorted, and each walks the
 * other's beside its own: the first step at which they part names the type, and nothing has to be
 * stored. What is said is the same on both sides, because it says "server" and "client", not
 * "here" and "there".
 */
#ifndef MESSAGE_DIFFERENCE_H
#define MESSAGE_DIFFERENCE_H

#include "base/bytes.h"
#include "message/schema.h"

#include <miragenet.h>

enum { MNI_TYPE_NAME_MAX = 64 }; /* bytes of a name that travel */

/* What can be said when the lists tell no more. */
extern const char mni_difference_unnamed[];

/* Appends entries from `sent` on, as many as fit. Returns how many of the schema's are sent then;
   is_last_out: that was all. */
uint32_t mni_difference_write(const mn_schema *schema, uint32_t sent, mni_writer *writer,
                              bool *is_last_out);

typedef enum mni_comparison {
    MNI_COMPARISON_OPEN, /* equal so far, and more follows */
    MNI_COMPARISON_FOUND,
    MNI_COMPARISON_MALFORMED
} mni_comparison;

/* Walks a piece of the other side's list. seen: entries of ours that were equal; moves on. When
   FOUND, text_out (MN_TEXT_MAX + 1 bytes) is the first difference in words. */
mni_comparison mni_difference_read(const mn_schema *schema, bool is_server, uint32_t *seen,
                                   mni_reader *piece, bool is_last, char *text_out);

#endif
