/* SPDX-License-Identifier: MIT */
/*
 * Calls as bytes, and those of a server that wait for its flush. A call to a client is made "after"
 * a version of its object: which one is known when the flush has seen what changed, so until then
 * it is a queued call with its arguments encoded. What an encoded call carries besides them:
 *
 *   to the client: time of the flush, slot, object, version, call      to the server: object, call
 */
#ifndef OBJECT_CALL_H
#define OBJECT_CALL_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "object/view.h"

enum { MNI_QUEUED_CALLS_MAX = 4096 }; /* of one player, between two flushes: then MN_ERROR_FULL */

typedef struct mni_call {
    uint32_t time; /* of the flush that sent it, in us, truncated */
    uint32_t slot;
    uint32_t object;
    uint16_t version;
    uint8_t call;
    const uint8_t *arguments;
    uint32_t size; /* of them */
} mni_call;

/* MN_ERROR_ARGUMENT, MN_ERROR_SCHEMA: it does not fit its type; how_out is a mode. */
MNI_CHECK mn_result mni_call_check(const mni_object_type *type, const mn_call *call,
                                   uint32_t direction, uint32_t *how_out);
/* The arguments as bytes; scratch is as large as their struct. NULL: out of memory. */
MNI_CHECK mni_buffer *mni_call_encode_arguments(mni_buffers *buffers, const mni_call_type *type,
                                                const void *arguments, void *scratch);
/* The whole as bytes, NULL: out of memory. Of what is for the server, time, slot and version do not
   travel. */
MNI_CHECK mni_buffer *mni_call_encode(mni_buffers *buffers, const mni_call *call, bool to_server);
/* Both at once, for the server. */
MNI_CHECK mni_buffer *mni_call_encode_request(mni_buffers *buffers, const mni_call_type *type,
                                              const mn_call *call, void *scratch);
/* False: it is none. Arguments stay where they are, and are not looked at. */
MNI_CHECK bool mni_call_decode(const uint8_t *bytes, uint32_t size, bool to_server,
                               mni_call *call_out);

typedef struct mni_queued_call {
    mni_buffer *arguments; /* shared with the same call to others */
    uint32_t object;
    uint16_t how;
    uint8_t call;
} mni_queued_call;

/* Shares the arguments. MN_ERROR_FULL, MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_queued_call_add(mni_view *view, const mni_queued_call *call);
/* The oldest is done with. */
void mni_queued_call_drop(mni_view *view, mni_buffers *buffers);

#endif
