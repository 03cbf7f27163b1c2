/* SPDX-License-Identifier: MIT */
/* One line of a field table, checked and put into the terms of quantize.h. */
#ifndef MESSAGE_FIELD_H
#define MESSAGE_FIELD_H

#include "base/hash.h"
#include "message/quantize.h"

#include <miragenet.h>

/* What is wrong with the field, or NULL. Of a structure, its own fields are not looked at. */
const char *mni_field_fault(const mn_field *field);
/* The leaf that a field without fault is; not of a structure. Its offset is the field's own;
   presence, field and is_part are for others to set. */
mni_leaf mni_field_leaf(const mn_field *field);
/* The leaf of the count that a counted field has. */
mni_leaf mni_field_count_leaf(const mn_field *field);
/* What both sides must have in common: everything but where the member lies. */
void mni_field_hash(const mn_field *field, mni_hash *hash);

#endif
