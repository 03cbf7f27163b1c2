/* SPDX-License-Identifier: MIT */
/*
 * Composes the next packet. What is urgent for the other side comes first: the acknowledgement, the
 * payload that it awaits, the probe, credit; then what was lost, then what is queued, each lane in
 * its turn; the rider fills what is left. The first message that does not fit ends the packet and
 * begins the next one, so that large messages are not overtaken for ever by small ones. A packet
 * without need is never made: a lone acknowledgement waits until it is due.
 */
#include "base/how.h"
#include "socket/draft.h"

enum {
    CAPACITY_MIN = 64,
    COPIES_MAX = 512,  /* bytes of copies in a packet, but for the first */
    LARGE_LEAVES = 4,  /* large messages leave this part of their share for others */
    ASK_FROM = 1 << 12 /* numbers without news: somebody has to ask */
};

/* ---- control frames */

static bool put_ping(mni_draft *draft)
{
    return mni_draft_put(draft, &(mni_frame){.kind = MNI_FRAME_PING}, MNI_FRAME_PING_SIZE, 0);
}

static void put_credit(mni_draft *draft)
{
    mni_credit_in *credit = &draft->connection->credit_in;
    mni_frame frame = {.kind = MNI_FRAME_CREDIT, .limit = credit->granted};
    if (mni_draft_put(draft, &frame, MNI_FRAME_CREDIT_SIZE_MAX, MNI_SENT_CREDIT)) {
        mni_credit_in_told(credit, draft->number);
    }
}

/* A probe carries it too: what went with it, or after it, is not taken in before it. */
static bool is_payload_due(const mni_connection *connection)
{
    return connection->is_payload_due ||
           (connection->payload != NULL && connection->loss.due_probes > 0);
}

static void put_payload(mni_draft *draft)
{
    const mni_buffer *payload = draft->connection->payload;
    mni_frame frame = {.kind = MNI_FRAME_PAYLOAD, .bytes = payload->bytes, .size = payload->size};
    if (mni_draft_put(draft, &frame, MNI_FRAME_CONTROL_MAX + payload->size, MNI_SENT_PAYLOAD)) {
        draft->connection->is_payload_due = false;
    }
}

static void put_close(mni_draft *draft)
{
    const mni_reason *reason = &draft->connection->reason;
    mni_frame frame = {
        .kind = MNI_FRAME_CLOSE,
        .reason = (uint16_t)reason->code,
        .bytes = (const uint8_t *)reason->text,
        .size = reason->size,
    };
    uint32_t size = MNI_FRAME_CONTROL_MAX + 2 + reason->size;
    (void)mni_draft_put(draft, &frame, size, MNI_SENT_CLOSE);
}

/* ---- what was lost, and probes */

/* As much of these bytes as there is room for, once more; returns how much. */
static uint32_t put_piece_again(mni_draft *draft, mni_message *message, uint32_t offset,
                                uint32_t wanted)
{
    uint32_t size = mni_draft_piece_size(draft, message, wanted);
    if (size == 0 || !mni_draft_load_piece(draft, message, offset, size)) {
        return 0;
    }
    mni_draft_write_piece(draft, message, offset, size);
    mni_cover_remove(&mni_split_of(message)->lost, offset, size);
    draft->connection->traffic.messages_resent++;
    return size;
}

static bool put_lost_piece(mni_draft *draft, mni_message *message)
{
    uint32_t offset = 0;
    uint32_t wanted = 0;
    (void)mni_cover_first(&mni_split_of(message)->lost, &offset, &wanted);
    return put_piece_again(draft, message, offset, wanted) > 0;
}

static bool put_copy(mni_draft *draft, mni_message *message)
{
    if (!mni_draft_load(draft, message)) {
        return false;
    }
    mni_draft_write(draft, message);
    return true;
}

static bool put_message_again(mni_draft *draft, mni_message *message)
{
    if (!put_copy(draft, message)) {
        return false;
    }
    draft->connection->traffic.messages_resent++;
    return true;
}

static bool put_cargo_again(mni_draft *draft, const mni_cargo *cargo)
{
    mni_message *message = cargo->message;
    if (!message->is_in_pieces) {
        return put_message_again(draft, message);
    }
    const mni_piece *piece = mni_piece_of(cargo);
    return put_piece_again(draft, message, piece->offset, piece->size) > 0;
}

static bool put_packet_again(mni_draft *draft, const mni_sent_packet *packet)
{
    bool has_put = false;
    for (const mni_cargo *cargo = packet->cargo; cargo != NULL; cargo = cargo->next) {
        mni_message *message = cargo->message;
        bool wants = mni_mode_is_reliable(message->mode) && !message->is_acked;
        if (wants && put_cargo_again(draft, cargo)) {
            /* It does not ride in the same packet again. */
            message->resent_in = (uint32_t)draft->number;
            has_put = true;
        }
    }
    return has_put;
}

/* The oldest reliable messages in flight once more; where there are none, a ping does it. */
static void put_probe(mni_draft *draft)
{
    mni_connection *connection = draft->connection;
    connection->loss.due_probes--;
    bool has_put = false;
    const mni_sent_packet *packet = connection->sent.flying.first;
    for (; packet != NULL && !has_put && !draft->is_full; packet = packet->next) {
        has_put = put_packet_again(draft, packet);
    }
    if (!mni_draft_has_frames(draft)) {
        draft->is_full = false;
        (void)put_ping(draft);
    }
}

static void put_due_resends(mni_draft *draft)
{
    mni_connection *connection = draft->connection;
    mni_messages *messages = &connection->shared->messages;
    mni_message *message;
    while ((message = mni_resend_due(&connection->resend, messages)) != NULL &&
           (message->is_in_pieces ? put_lost_piece(draft, message)
                                  : put_message_again(draft, message))) {
        mni_resend_sent(&connection->resend, messages, draft->number);
    }
}

/* ---- what may leave */

static bool is_ack_due(const mni_connection *connection)
{
    return connection->received.due_us <= connection->now_us;
}

static mni_stream *stream_of(const mni_connection *connection, const mni_message *message)
{
    return mni_channel_stream(connection->channels[message->channel], message->mode);
}

static bool is_large(const mni_connection *connection, const mni_message *message)
{
    return message->is_in_pieces &&
           mni_message_cost(message->size) > mni_large_cost(connection->agreement.remote_window);
}

/* The credit that there must be for the message, or its next piece, to leave. */
static uint32_t next_cost(const mni_connection *connection, const mni_message *message)
{
    if (!is_large(connection, message)) {
        return mni_message_sent(message) == 0 ? mni_message_cost(message->size) : 0;
    }
    uint32_t left = message->size - mni_message_sent(message);
    uint32_t most = mni_max_piece_size(connection);
    uint32_t others = mni_large_cost(connection->agreement.remote_window) / LARGE_LEAVES;
    return mni_message_cost(left < most ? left : most) + others;
}

static bool may_leave(const mni_connection *connection, const mni_message *message)
{
    if (!mni_mode_is_reliable(message->mode)) {
        return true;
    }
    bool may_begin = mni_stream_can_send(stream_of(connection, message)) &&
                     (connection->large == NULL || !is_large(connection, message));
    return (mni_message_sent(message) > 0 || may_begin) &&
           mni_credit_out_allows(&connection->credit_out, next_cost(connection, message));
}

/* What has expired, or lost a piece, leaves the queue alone; others may be behind it. */
static bool is_ready(const mni_connection *connection, const mni_message *message)
{
    return message->is_acked || mni_message_has_expired(message, connection->now_us) ||
           may_leave(connection, message);
}

static bool is_anything_ready(const mni_connection *connection)
{
    const mni_queue *queue = &connection->queue;
    for (uint32_t i = 0; i < MNI_ROUNDS && queue->released > 0; i++) {
        for (mni_turn *turn = queue->rounds[i].first; turn != NULL; turn = turn->next) {
            const mni_lane *lane = mni_lane_of(turn);
            if (lane->first != lane->held && is_ready(connection, lane->first)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- copies */

static bool has_budget(const mni_draft *draft, const mni_message *message)
{
    return draft->copied == 0 || draft->copied + message->size <= COPIES_MAX;
}

static bool leaves_anyway(const mni_draft *draft)
{
    return mni_draft_has_frames(draft) || is_ack_due(draft->connection) ||
           is_anything_ready(draft->connection);
}

/* What follows a retransmission is one. */
static void count_copy(mni_connection *connection, const mni_message *message)
{
    mni_traffic *traffic = &connection->traffic;
    uint64_t *counter = message->was_lost ? &traffic->messages_resent : &traffic->messages_copied;
    (*counter)++;
}

/* Copies ride with what leaves anyway, and make no packet of their own. They go before what is new,
   so that a sequenced message is not overtaken in its own packet. */
static void put_again(mni_draft *draft)
{
    mni_connection *connection = draft->connection;
    mni_messages *messages = &connection->shared->messages;
    if (connection->resend.again_first == NULL) {
        return;
    }
    mni_message *message;
    while ((message = mni_resend_again(&connection->resend, messages, draft->number)) != NULL &&
           leaves_anyway(draft) && has_budget(draft, message) && put_copy(draft, message)) {
        draft->copied += message->size;
        count_copy(connection, message);
        mni_resend_rode(&connection->resend, messages, draft->number);
    }
}

/* ---- what is queued */

/* It leaves for the first time, or the first of it does. */
static void begin_message(mni_connection *connection, mni_message *message)
{
    if (mni_mode_is_reliable(message->mode)) {
        bool by_piece = is_large(connection, message);
        uint32_t cost = by_piece ? MNI_MESSAGE_COST : mni_message_cost(message->size);
        connection->large = by_piece ? message : connection->large;
        mni_credit_out_spend(&connection->credit_out, cost);
        mni_stream_sent(stream_of(connection, message), message);
    } else if (message->mode == MN_SEQUENCED || message->is_in_pieces) {
        message->sequence = connection->channels[message->channel]->next_number++;
    }
}

static void drop(mni_connection *connection, mni_message *message)
{
    mni_message_drop(&connection->shared->messages, message);
}

/* Of messages, for the first time. */
static void count_bytes(mni_connection *connection, uint32_t size)
{
    connection->traffic.message_bytes_sent += size;
    mni_rate_add(&connection->traffic.goodput_out, size, connection->now_us);
}

/* The message whose turn it is leaves for the first time. */
static void put_queued(mni_draft *draft, mni_turns *round, mni_message *message)
{
    mni_connection *connection = draft->connection;
    if (!mni_draft_load(draft, message)) {
        return;
    }
    begin_message(connection, message);
    mni_draft_write(draft, message);
    connection->traffic.messages_sent++;
    count_bytes(connection, message->size);
    bool repeats = message->copies > 0;
    drop(connection, mni_queue_pop(&connection->queue, round));
    if (repeats) { /* its record in the packet holds it */
        mni_resend_repeat(&connection->resend, message, draft->number);
    }
}

static bool has_notes(mni_draft *draft, mni_message *message)
{
    if (!mni_mode_is_reliable(message->mode) || mni_split_of(message)->bits != NULL) {
        return true;
    }
    draft->is_full = !mni_message_begin_pieces(&draft->connection->shared->messages, message);
    return !draft->is_full;
}

/* The next piece of the message whose turn it is; then it is the next lane's. */
static void put_queued_piece(mni_draft *draft, mni_turns *round, mni_message *message)
{
    mni_connection *connection = draft->connection;
    uint32_t offset = mni_message_sent(message);
    uint32_t size = mni_draft_piece_size(draft, message, message->size - offset);
    if (size == 0 || !has_notes(draft, message) ||
        !mni_draft_load_piece(draft, message, offset, size)) {
        return;
    }
    if (offset == 0) {
        begin_message(connection, message);
    }
    mni_draft_write_piece(draft, message, offset, size);
    if (mni_mode_is_reliable(message->mode) && is_large(connection, message)) {
        mni_credit_out_spend(&connection->credit_out, size);
    }
    mni_queue_sent(&connection->queue, message, size);
    count_bytes(connection, size);
    if (offset + size == message->size) {
        connection->traffic.messages_sent++;
        drop(connection, mni_queue_pop(&connection->queue, round));
    } else {
        mni_turns_take(round);
    }
}

static void put_round(mni_draft *draft, mni_turns *round)
{
    mni_connection *connection = draft->connection;
    uint32_t skipped = 0;
    while (skipped < round->count && !draft->is_full) {
        mni_message *message = mni_queue_peek(round);
        if (message != NULL && mni_message_has_expired(message, connection->now_us)) {
            mni_connection_drop_expired(connection, message);
        }
        if (message != NULL && message->is_acked) {
            /* It has expired, or is a notify message that lost a piece. */
            drop(connection, mni_queue_take(&connection->queue, round));
        } else if (message == NULL || !may_leave(connection, message)) {
            mni_turns_skip(round);
            skipped++;
        } else {
            (message->is_in_pieces ? put_queued_piece : put_queued)(draft, round, message);
            skipped = 0;
        }
    }
}

static void put_rider(mni_draft *draft)
{
    mni_connection *connection = draft->connection;
    const mni_rider *rider = &connection->shared->rider;
    uint32_t capacity;
    uint8_t *place = mni_frame_rider_place(&draft->writer, &capacity);
    if (rider->write == NULL || draft->record == NULL || place == NULL) {
        return;
    }
    uint32_t record = 0;
    mn_connection to = {connection->id};
    uint32_t size = rider->write(rider->user, to, place, capacity, &record);
    MNI_ASSERT(size <= capacity);
    if (size > 0) {
        mni_frame_rider_written(&draft->writer, size);
        draft->has_unpromised = true;
        draft->record->flags |= MNI_SENT_ARMS | MNI_SENT_RIDER;
        draft->record->rider_record = record;
    }
}

/* ---- the packet */

/* The window of what may be under way. One packet always may, unless so many numbers are without
   news that two bytes of one in an acknowledgement would be ambiguous. */
static bool is_window_open(const mni_connection *connection, uint32_t capacity)
{
    const mni_sent *sent = &connection->sent;
    if (mni_sent_unacknowledged(sent) >= MNI_WIDE_FROM) {
        return false;
    }
    return sent->in_flight_bytes == 0 ||
           (sent->flying.count < MNI_SENT_MAX &&
            sent->in_flight_bytes + capacity <= connection->shared->max_in_flight_bytes);
}

/* Acknowledgements are never acknowledged, and unreliable messages are not probed for: who sends
   nothing else asks now and then. */
static void ask_for_news(mni_connection *connection)
{
    const mni_sent *sent = &connection->sent;
    if (sent->armed == 0 && mni_sent_unacknowledged(sent) >= ASK_FROM) {
        connection->is_ping_due = true;
    }
}

static void put_messages(mni_draft *draft, bool flushing)
{
    mni_connection *connection = draft->connection;
    put_due_resends(draft);
    put_again(draft);
    for (uint32_t i = 0; i < MNI_ROUNDS && connection->queue.released > 0; i++) {
        put_round(draft, &connection->queue.rounds[i]);
    }
    put_again(draft);
    if (flushing && connection->state == MNI_CONNECTION_OPEN) {
        put_rider(draft);
        put_again(draft);
    }
}

/* Questions leave without messages. A packet in which one has no room is not acknowledged, and who
   reads nothing for long would be taken for silent. */
static uint32_t compose(mni_draft *draft, uint32_t capacity, bool flushing)
{
    mni_connection *connection = draft->connection;
    ask_for_news(connection);
    bool is_question = connection->loss.due_probes > 0 || connection->is_ping_due;
    if (is_payload_due(connection)) {
        put_payload(draft);
    }
    if (connection->loss.due_probes > 0) {
        put_probe(draft);
    }
    if (connection->is_ping_due && !mni_draft_has_frames(draft)) {
        (void)put_ping(draft);
    }
    if (connection->credit_in.is_due) {
        put_credit(draft);
    }
    if (!is_question && is_window_open(connection, capacity)) {
        put_messages(draft, flushing);
    }
    /* A message that does not fit beside the acknowledgement lets it leave alone. */
    bool is_ack_leaving = draft->has_ack && (is_ack_due(connection) || draft->is_full);
    if (!mni_draft_has_frames(draft) && !is_ack_leaving) {
        return mni_draft_give_up(draft);
    }
    return mni_draft_finish(draft);
}

static uint32_t compose_close(mni_draft *draft)
{
    put_close(draft);
    return mni_draft_has_frames(draft) ? mni_draft_finish(draft) : mni_draft_give_up(draft);
}

static uint32_t write_closing(mni_connection *connection, uint8_t *bytes, uint32_t capacity)
{
    if (connection->close_tries >= MNI_CLOSE_TRIES || connection->close_us > connection->now_us) {
        return 0;
    }
    connection->close_tries++;
    connection->close_us = connection->now_us + mni_loss_patience_us(&connection->rtt);
    mni_draft draft = mni_draft_begin(connection, bytes, capacity);
    return compose_close(&draft);
}

static uint32_t write_parting(mni_connection *connection, uint8_t *bytes, uint32_t capacity)
{
    mni_parting parting = connection->parting;
    connection->parting = MNI_PARTING_NONE;
    if (parting == MNI_PARTING_NONE) {
        return 0;
    }
    mni_draft draft = mni_draft_begin(connection, bytes, capacity);
    if (parting == MNI_PARTING_CLOSE) {
        return compose_close(&draft);
    }
    return draft.has_ack ? mni_draft_finish(&draft) : mni_draft_give_up(&draft);
}

/* Whether composing a packet can come to anything. Most questions are asked in vain, and this is
   the cheap way to say so. */
static bool has_work(const mni_connection *connection, uint32_t capacity, bool flushing)
{
    if (connection->loss.due_probes > 0 || connection->is_ping_due || connection->is_payload_due ||
        connection->credit_in.is_due || is_ack_due(connection)) {
        return true;
    }
    return is_window_open(connection, capacity) &&
           (connection->resend.due_first != NULL || connection->resend.again_first != NULL ||
            is_anything_ready(connection) || (flushing && connection->shared->rider.write != NULL));
}

/* In 146000 years at a million a second. One number is left, for the close. */
static void end_with_numbers(mni_connection *connection)
{
    mni_reason reason;
    mni_reason_set(&reason, MN_REASON_CLOSED, NULL, 0);
    mni_connection_finish(connection, &reason, MNI_PARTING_CLOSE);
}

uint32_t mni_connection_write(mni_connection *connection, uint8_t *bytes, uint32_t capacity,
                              uint64_t now_us, bool flushing)
{
    mni_connection_set_now(connection, now_us);
    if (connection->sent.next_number >= MNI_NUMBERS_END - 1) {
        end_with_numbers(connection);
    }
    uint32_t limit = connection->agreement.max_packet_size;
    capacity = capacity < limit ? capacity : limit;
    if (capacity < CAPACITY_MIN) {
        return 0;
    }
    switch (connection->state) {
    case MNI_CONNECTION_OPEN:
    case MNI_CONNECTION_DRAINING: {
        if (!has_work(connection, capacity, flushing)) {
            return 0;
        }
        mni_draft draft = mni_draft_begin(connection, bytes, capacity);
        return compose(&draft, capacity, flushing);
    }
    case MNI_CONNECTION_CLOSING:
        return write_closing(connection, bytes, capacity);
    case MNI_CONNECTION_OVER:
        return write_parting(connection, bytes, capacity);
    }
    return 0;
}

uint32_t mni_connection_last_word(mni_connection *connection, uint8_t *bytes, uint32_t capacity,
                                  uint64_t now_us)
{
    if (connection->state == MNI_CONNECTION_OVER) {
        return 0;
    }
    mni_reason stopped;
    mni_reason_set(&stopped, MN_REASON_STOPPED, NULL, 0);
    mni_connection_finish(connection, &stopped, MNI_PARTING_CLOSE);
    return mni_connection_write(connection, bytes, capacity, now_us, false);
}
