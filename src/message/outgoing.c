/* SPDX-License-Identifier: MIT */
/*
 * What goes out. A message is checked, encoded once into a buffer, and shared by all whom it goes
 * to. On the wire it is its id as a varint, one byte below 128, and its body.
 */
#include "base/how.h"
#include "message/endpoint_state.h"
#include "message/gate.h"
#include "message/payload.h"

#include <string.h>

enum { ID_SIZE_MAX = 2 };

/* ---- to one player */

mn_result mni_outgoing_post(mni_endpoint *endpoint, mni_player *to, mni_buffer *buffer,
                            uint32_t how, uint64_t token)
{
    if (to->is_leaving) {
        return MN_ERROR_STATE;
    }
    if (to->is_host) {
        return mni_host_post(endpoint, buffer, how, token);
    }
    mn_connection connection = {to->connection};
    mn_result result = mni_peer_send_buffer(endpoint->peer, connection, buffer, how, token);
    /* The connection may have ended already, and its event is still to come. */
    return result == MN_ERROR_STALE ? MN_ERROR_STATE : result;
}

mn_result mni_outgoing_control(mni_endpoint *endpoint, mni_player *to, const mni_control *control,
                               uint32_t mode)
{
    mni_buffer *buffer = mni_buffer_take(mni_endpoint_buffers(endpoint), MNI_CONTROL_SIZE_MAX);
    if (buffer == NULL) {
        return MN_ERROR_MEMORY;
    }
    buffer->size = mni_control_write(control, buffer->bytes);
    mn_result result =
        mni_outgoing_post(endpoint, to, buffer, mode | MN_ON_CHANNEL(MNI_CHANNEL_CONTROL), 0);
    mni_buffer_drop(mni_endpoint_buffers(endpoint), buffer);
    return result;
}

mn_result mni_outgoing_cancel(mni_endpoint *endpoint, const mni_player *to, uint64_t token)
{
    if (to->is_host) {
        return (mn_result)mni_host_cancel(endpoint, token);
    }
    mn_connection connection = {to->connection};
    mn_result result = mni_peer_cancel_notify(endpoint->peer, connection, token);
    return result == MN_ERROR_STALE ? MN_ERROR_STATE : result;
}

mn_result mni_outgoing_set_channel(mni_endpoint *endpoint, uint32_t channel, uint32_t priority,
                                   uint32_t weight)
{
    mn_result result = mn_peer_set_channel(endpoint->peer, channel, priority, weight);
    if (result == MN_OK) {
        mni_parcels_rank(&endpoint->host.parcels, channel, priority, weight);
    }
    return result;
}

mn_result mni_outgoing_disconnect(mni_endpoint *endpoint, mni_player *player, int32_t reason,
                                  const char *text)
{
    if (reason < 0 || reason > UINT16_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    if (player->is_leaving) {
        return MN_OK;
    }
    if (player->is_host) {
        mni_host_end(endpoint, reason, text);
    } else {
        mn_connection connection = {player->connection};
        mn_result result = mn_peer_disconnect(endpoint->peer, connection, reason, text);
        if (result != MN_OK && result != MN_ERROR_STALE) {
            return result;
        }
    }
    player->is_leaving = true;
    mni_timers_set(&endpoint->players.deadlines, player->index, MNI_NEVER);
    return MN_OK;
}

/* ---- letters */

uint32_t mni_outgoing_notify(const mni_endpoint *endpoint, uint32_t message)
{
    const mni_message_type *type = mni_schema_message(endpoint->schema, message);
    return mni_how_notify(type != NULL ? type->how : 0);
}

static mn_result check(const mni_endpoint *endpoint, const mn_outgoing *outgoing,
                       const mni_message_type **type_out)
{
    if (outgoing == NULL || (outgoing->value == NULL && outgoing->size > 0) ||
        (outgoing->how != 0 && !mni_how_is_valid(outgoing->how, MN_CHANNELS))) {
        return MN_ERROR_ARGUMENT;
    }
    const mni_message_type *type = mni_schema_message(endpoint->schema, outgoing->message);
    if (type == NULL || !mni_gate_allows(type, endpoint->is_server)) {
        return MN_ERROR_SCHEMA;
    }
    *type_out = type;
    return mni_message_check(type, outgoing->value, outgoing->size);
}

/* Of the peer that the message goes through: a host's is the server's. */
static uint32_t max_size(const mni_endpoint *endpoint, uint32_t how)
{
    const mni_endpoint *partner = endpoint->host.partner;
    const mn_peer *peer = partner != NULL && partner->is_server ? partner->peer : endpoint->peer;
    mn_result size = mn_peer_max_message_size(peer, how);
    return size > 0 ? (uint32_t)size : 0;
}

/* The bytes of a struct go through `wire`, so that the buffer is as large as they are, and not as
   large as they could be. */
static mni_buffer *write_bytes(mni_endpoint *endpoint, const mni_message_type *type,
                               const mn_outgoing *outgoing)
{
    uint8_t head[ID_SIZE_MAX];
    mni_writer id = mni_writer_over(head, sizeof head);
    mni_write_varint(&id, type->id);
    const void *body = outgoing->value;
    uint32_t size = outgoing->size;
    if (type->size != 0) {
        mni_writer writer = mni_writer_over(endpoint->wire, endpoint->wire_size);
        mni_message_encode(type, outgoing->value, outgoing->size, endpoint->scratch, &writer);
        MNI_ASSERT(!writer.failed);
        body = endpoint->wire;
        size = (uint32_t)mni_writer_size(&writer);
    }
    uint32_t head_size = (uint32_t)mni_writer_size(&id);
    mni_buffer *buffer = NULL;
    if (size <= UINT32_MAX - head_size) {
        buffer = mni_buffer_take(mni_endpoint_buffers(endpoint), head_size + size);
    }
    if (buffer != NULL) {
        memcpy(buffer->bytes, head, head_size);
        memcpy(buffer->bytes + head_size, size > 0 ? body : "", size);
    }
    return buffer;
}

mn_result mni_outgoing_write(mni_endpoint *endpoint, const mn_outgoing *outgoing,
                             mni_letter *letter_out)
{
    mni_letter letter = {0};
    mn_result result = check(endpoint, outgoing, &letter.type);
    if (result != MN_OK) {
        return result;
    }
    letter.how = outgoing->how != 0 ? outgoing->how : letter.type->how;
    /* Before anything of that size is allocated; a struct's bytes are looked at after. */
    uint32_t size_max = max_size(endpoint, letter.how);
    if (letter.type->size == 0 && outgoing->size > size_max) {
        return MN_ERROR_TOO_LARGE;
    }
    letter.buffer = write_bytes(endpoint, letter.type, outgoing);
    if (letter.buffer == NULL) {
        return MN_ERROR_MEMORY;
    }
    if (letter.buffer->size > size_max) {
        mni_outgoing_drop(endpoint, &letter);
        return MN_ERROR_TOO_LARGE;
    }
    *letter_out = letter;
    return MN_OK;
}

mn_result mni_outgoing_send(mni_endpoint *endpoint, mni_player *to, const mni_letter *letter,
                            uint64_t token)
{
    bool may_be_early = (letter->type->flags & MN_MESSAGE_BEFORE_AUTHENTICATION) != 0;
    if (to->stage != MNI_STAGE_AUTHENTICATED &&
        !(to->stage == MNI_STAGE_CONNECTED && may_be_early)) {
        return MN_ERROR_STATE;
    }
    return mni_outgoing_post(endpoint, to, letter->buffer, letter->how, token);
}

void mni_outgoing_drop(mni_endpoint *endpoint, mni_letter *letter)
{
    mni_buffer_drop(mni_endpoint_buffers(endpoint), letter->buffer);
    letter->buffer = NULL;
}
