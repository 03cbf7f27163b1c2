/* SPDX-License-Identifier: MIT */
/*
 * A packet is remembered by its record only once it leaves with frames in it: a lone
 * acknowledgement is never acknowledged.
 */
#include "socket/draft.h"

#include "socket/packet.h"

enum { PIECE_MIN = 256 /* less does not fill up a packet */ };

mni_draft mni_draft_begin(mni_connection *connection, uint8_t *bytes, uint32_t capacity)
{
    mni_draft draft = {
        .connection = connection,
        .record = mni_sent_packet_take(&connection->shared->records),
        .writer = mni_writer_over(bytes, capacity - mni_tail_size(connection->sealer.is_sealed)),
        .number = connection->sent.next_number,
        .has_ack = mni_received_has_news(&connection->received),
    };
    mni_ack ack;
    if (draft.has_ack) {
        mni_received_build(&connection->received, connection->now_us, &ack);
    }
    mni_packet_begin(&draft.writer, draft.number,
                     mni_sent_unacknowledged(&connection->sent) >= MNI_WIDE_FROM,
                     draft.has_ack ? &ack : NULL);
    draft.head_size = mni_writer_size(&draft.writer);
    return draft;
}

static bool fits(mni_draft *draft, uint32_t size)
{
    if (draft->record == NULL || size > mni_writer_left(&draft->writer)) {
        draft->is_full = true;
    }
    return !draft->is_full;
}

bool mni_draft_put(mni_draft *draft, const mni_frame *frame, uint32_t size, uint32_t flags)
{
    if (!fits(draft, size)) {
        return false;
    }
    mni_frame_write(&draft->writer, frame);
    draft->record->flags |= MNI_SENT_ARMS | flags;
    return true;
}

bool mni_draft_load_piece(mni_draft *draft, mni_message *message, uint32_t offset, uint32_t size)
{
    if (!message->is_watched) {
        return true;
    }
    if (!mni_sent_packet_load(&draft->connection->shared->records, draft->record, message, offset,
                              size)) {
        draft->is_full = true;
        return false;
    }
    draft->record->flags |= message->mode != MN_SEQUENCED ? MNI_SENT_ARMS : 0;
    return true;
}

bool mni_draft_load(mni_draft *draft, mni_message *message)
{
    uint32_t size = mni_frame_message_size(message->mode, message->channel, message->size);
    return fits(draft, size) && mni_draft_load_piece(draft, message, 0, message->size);
}

void mni_draft_write(mni_draft *draft, const mni_message *message)
{
    draft->has_unpromised |= !mni_mode_is_reliable(message->mode);
    mni_frame frame = {
        .kind = MNI_FRAME_MESSAGE,
        .mode = message->mode,
        .channel = message->channel,
        .sequence = message->sequence,
        .bytes = message->buffer->bytes,
        .size = message->buffer->size,
    };
    mni_frame_write(&draft->writer, &frame);
}

uint32_t mni_max_piece_size(const mni_connection *connection)
{
    uint32_t share = mni_large_cost(connection->agreement.remote_window) / 2;
    uint32_t packet = connection->agreement.max_packet_size;
    return share < packet ? share : packet;
}

uint32_t mni_draft_piece_size(mni_draft *draft, const mni_message *message, uint32_t wanted)
{
    uint32_t head = MNI_FRAME_HEAD_MAX + MNI_FRAME_PIECE_EXTRA_MAX;
    if (!fits(draft, head + (wanted < PIECE_MIN ? wanted : PIECE_MIN))) {
        return 0;
    }
    uint32_t most = mni_max_piece_size(draft->connection);
    size_t room = mni_writer_left(&draft->writer) - head;
    uint32_t size = room < most ? (uint32_t)room : most;
    size = size < message->size ? size : message->size - 1;
    return wanted <= size ? wanted : size - size % MNI_COVER_UNIT;
}

void mni_draft_write_piece(mni_draft *draft, const mni_message *message, uint32_t offset,
                           uint32_t size)
{
    draft->has_unpromised |= !mni_mode_is_reliable(message->mode);
    mni_frame frame = {
        .kind = MNI_FRAME_PIECE,
        .mode = message->mode,
        .channel = message->channel,
        .sequence = message->sequence,
        .total = message->size,
        .offset = offset,
        .bytes = message->buffer->bytes + offset,
        .size = size,
    };
    mni_frame_write(&draft->writer, &frame);
}

uint32_t mni_draft_finish(mni_draft *draft)
{
    mni_connection *connection = draft->connection;
    mni_sealer_renew(&connection->sealer, &connection->shared->rekey, draft->number,
                     connection->sent.next_acked, connection->now_us);
    uint32_t size = mni_packet_end(&draft->writer, draft->number, &connection->sealer);
    connection->sent.next_number++;
    connection->traffic.packets_sent++;
    connection->traffic.bytes_sent += size;
    if (draft->has_ack) {
        mni_received_told(&connection->received);
    }
    if (mni_draft_has_frames(draft)) {
        draft->record->number = draft->number;
        draft->record->sent_us = connection->now_us;
        draft->record->size = size;
        mni_sent_add(&connection->sent, draft->record);
        mni_loss_sent(&connection->loss, &connection->sent, &connection->rtt);
        if (!draft->has_unpromised) {
            connection->spoke_us = connection->now_us;
            connection->is_ping_due = false;
        }
    } else {
        mni_sent_packet_free(&connection->shared->records, draft->record);
    }
    return size;
}

uint32_t mni_draft_give_up(mni_draft *draft)
{
    mni_sent_packet_free(&draft->connection->shared->records, draft->record);
    return 0;
}
