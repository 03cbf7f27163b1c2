/* SPDX-License-Identifier: MIT */
/* A call is encoded once for each receiver, because its slot and its version are the receiver's
   own. */
#include "object/call.h"

#include "message/payload.h"

enum { HEAD_SIZE_MAX = 24 };

mn_result mni_call_check(const mni_object_type *type, const mn_call *call, uint32_t direction,
                         uint32_t *how_out)
{
    if (call->call >= type->call_count || (type->calls[call->call].flags & direction) == 0) {
        return MN_ERROR_SCHEMA;
    }
    const mni_call_type *declared = &type->calls[call->call];
    if (call->size != declared->size || (call->arguments == NULL && call->size > 0)) {
        return MN_ERROR_ARGUMENT;
    }
    if (call->how != 0 && call->how != MN_RELIABLE && call->how != MN_UNRELIABLE) {
        return MN_ERROR_ARGUMENT;
    }
    *how_out = call->how != 0 ? call->how : declared->how;
    return MN_OK;
}

mni_buffer *mni_call_encode_arguments(mni_buffers *buffers, const mni_call_type *type,
                                      const void *arguments, void *scratch)
{
    mni_buffer *buffer = mni_buffer_take(buffers, type->max_size);
    if (buffer == NULL) {
        return NULL;
    }
    mni_writer writer = mni_writer_over(buffer->bytes, type->max_size);
    mni_payload_encode(&type->layout, arguments, scratch, &writer);
    MNI_ASSERT(!writer.failed);
    buffer->size = (uint32_t)mni_writer_size(&writer);
    return buffer;
}

mni_buffer *mni_call_encode(mni_buffers *buffers, const mni_call *call, bool to_server)
{
    mni_buffer *buffer = mni_buffer_take(buffers, HEAD_SIZE_MAX + call->size);
    if (buffer == NULL) {
        return NULL;
    }
    mni_writer writer = mni_writer_over(buffer->bytes, HEAD_SIZE_MAX + call->size);
    if (!to_server) {
        mni_write_u32(&writer, call->time);
        mni_write_varint(&writer, call->slot);
    }
    mni_write_varint(&writer, call->object);
    if (!to_server) {
        mni_write_u16(&writer, call->version);
    }
    mni_write_u8(&writer, call->call);
    mni_write_bytes(&writer, call->arguments, call->size);
    MNI_ASSERT(!writer.failed);
    buffer->size = (uint32_t)mni_writer_size(&writer);
    return buffer;
}

mni_buffer *mni_call_encode_request(mni_buffers *buffers, const mni_call_type *type,
                                    const mn_call *call, void *scratch)
{
    mni_buffer *arguments = mni_call_encode_arguments(buffers, type, call->arguments, scratch);
    if (arguments == NULL) {
        return NULL;
    }
    mni_call request = {
        .object = call->object.id,
        .call = (uint8_t)call->call,
        .arguments = arguments->bytes,
        .size = arguments->size,
    };
    mni_buffer *buffer = mni_call_encode(buffers, &request, true);
    mni_buffer_drop(buffers, arguments);
    return buffer;
}

bool mni_call_decode(const uint8_t *bytes, uint32_t size, bool to_server, mni_call *call_out)
{
    mni_reader reader = mni_reader_over(bytes, size);
    uint64_t slot = 0;
    *call_out = (mni_call){0};
    if (!to_server) {
        call_out->time = mni_read_u32(&reader);
        slot = mni_read_varint(&reader);
    }
    uint64_t object = mni_read_varint(&reader);
    if (!to_server) {
        call_out->version = mni_read_u16(&reader);
    }
    call_out->call = mni_read_u8(&reader);
    call_out->slot = (uint32_t)slot;
    call_out->object = (uint32_t)object;
    call_out->arguments = reader.at;
    call_out->size = (uint32_t)mni_reader_left(&reader);
    return !reader.failed && slot < MNI_PIECE_SLOTS_MAX && object > 0 && object <= UINT32_MAX;
}

mn_result mni_queued_call_add(mni_view *view, const mni_queued_call *call)
{
    if (view->calls.count == MNI_QUEUED_CALLS_MAX) {
        return MN_ERROR_FULL;
    }
    mni_queued_call *place = mni_ring_push(&view->calls);
    if (place == NULL) {
        return MN_ERROR_MEMORY;
    }
    *place = *call;
    (void)mni_buffer_share(call->arguments);
    return MN_OK;
}

void mni_queued_call_drop(mni_view *view, mni_buffers *buffers)
{
    const mni_queued_call *oldest = mni_ring_at(&view->calls, 0);
    mni_buffer_drop(buffers, oldest->arguments);
    mni_ring_pop(&view->calls);
}
