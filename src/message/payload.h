/* SPDX-License-Identifier: MIT */
/*
 * One struct as bytes: a message, or the arguments of a call. All fields, absolutely, padded with
 * zero bits to a whole byte; a message without a struct is its bytes as they are.
 */
#ifndef MESSAGE_PAYLOAD_H
#define MESSAGE_PAYLOAD_H

#include "base/bytes.h"
#include "message/layout.h"
#include "message/type.h"

/* Appends the struct to the writer. scratch is layout->size bytes, and holds what the receiver will
   have. The writer fails if there is no room; max_size of the type is always enough. */
void mni_payload_encode(const mni_layout *layout, const void *value, void *scratch,
                        mni_writer *writer);
/* All of the bytes as one struct, into layout->size bytes. False: they are none. */
MNI_CHECK bool mni_payload_decode(const mni_layout *layout, const void *bytes, uint32_t size,
                                  void *value_out);

/* A value that the caller gave to be sent: MN_OK, or MN_ERROR_ARGUMENT and MN_ERROR_TOO_LARGE. */
MNI_CHECK mn_result mni_message_check(const mni_message_type *type, const void *value,
                                      uint32_t size);
/* Appends a value that was checked; scratch as above, not needed for raw bytes. */
void mni_message_encode(const mni_message_type *type, const void *value, uint32_t size,
                        void *scratch, mni_writer *writer);
/* Where the value is: in scratch, or, of raw bytes, where it was; NULL: it is none. */
MNI_CHECK const void *mni_message_decode(const mni_message_type *type, const void *bytes,
                                         uint32_t size, void *scratch);

#endif
