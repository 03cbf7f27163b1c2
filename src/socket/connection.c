/* SPDX-License-Identifier: MIT */
/*
 * The life of a connection: opening, what the game wants, time, the end. The order in which packets
 * are taken in and composed is in inbound.c and outbound.c, what becomes of sent ones in fate.c.
 */
#include "base/how.h"
#include "socket/connection_state.h"
#include "socket/packet.h"

#include <string.h>

/* How long, beside three times the usual, a packet taken for lost may still be acknowledged. */
enum { LOST_MEMORY_US = 1000000 };

enum {
    COPIED_SIZE_MAX = 256,        /* larger messages are not small, and go without copies */
    PIECES_WINDOW_MIN = 16 * 1024 /* windows below are for messages that fit into a packet */
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void mni_connection_set_now(mni_connection *connection, uint64_t now_us)
{
    if (now_us > connection->now_us) {
        connection->now_us = now_us;
    }
}

static void set_keys(mni_connection *connection, const uint8_t send_key[MNI_KEY_SIZE],
                     const uint8_t receive_key[MNI_KEY_SIZE])
{
    bool is_sealed = connection->agreement.is_sealed;
    mni_sealer_init(&connection->sealer, is_sealed, send_key, connection->sent.next_number,
                    connection->now_us);
    mni_opener_init(&connection->opener, is_sealed, receive_key);
}

mn_result mni_connection_open(mni_connection *connection, mni_shared *shared, uint32_t id,
                              const mni_agreement *agreement, uint64_t now_us)
{
    if (agreement->is_sealed && mni_shared_prepare_to_open(shared) != MN_OK) {
        return MN_ERROR_MEMORY;
    }
    *connection = (mni_connection){
        .shared = shared,
        .id = id,
        .now_us = now_us,
        .heard_us = now_us,
        .spoke_us = now_us,
        .credit_out = {.limit = agreement->remote_window},
        .state = MNI_CONNECTION_OPEN,
        .is_announced = !agreement->awaits_payload,
    };
    connection->agreement = *agreement;
    set_keys(connection, agreement->send_key, agreement->receive_key);
    mni_wipe(connection->agreement.send_key, MNI_KEY_SIZE);
    mni_wipe(connection->agreement.receive_key, MNI_KEY_SIZE);
    mni_chain_init(&connection->assembling);
    mni_received_init(&connection->received);
    mni_rtt_init(&connection->rtt);
    if (agreement->round_trip_us > 0) {
        mni_rtt_expect(&connection->rtt, agreement->round_trip_us);
    }
    mni_loss_init(&connection->loss);
    mni_credit_in_init(&connection->credit_in, shared->receive_window_bytes);
    mni_budget_init(&connection->budget, now_us);
    mni_quota_init(&connection->quota, now_us);
    connection->traffic.goodput_out.began_us = now_us;
    connection->traffic.goodput_in.began_us = now_us;
    return MN_OK;
}

void mni_connection_clear(mni_connection *connection)
{
    mni_shared *shared = connection->shared;
    mni_connection_settle_all(connection);
    for (uint32_t i = 0; i < MNI_CHANNELS; i++) {
        mni_channel *channel = connection->channels[i];
        if (channel != NULL) {
            uint32_t held = mni_channel_clear(channel, &shared->messages, &shared->assemblies);
            mni_events_unreserve(shared->events, held);
            mni_pool_give(&shared->channels, channel);
            connection->channels[i] = NULL;
        }
    }
    mni_connection_drop_payload(connection);
    mni_wipe(&connection->sealer, sizeof(connection->sealer));
    mni_wipe(&connection->opener, sizeof(connection->opener));
    connection->state = MNI_CONNECTION_OVER;
    connection->parting = MNI_PARTING_NONE;
}

mni_connection_state mni_connection_state_of(const mni_connection *connection)
{
    return connection->state;
}

int32_t mni_connection_reason(const mni_connection *connection, const char **text_out)
{
    *text_out = connection->reason.text;
    return connection->reason.code;
}

mni_channel *mni_connection_channel(mni_connection *connection, uint32_t index)
{
    if (connection->channels[index] == NULL) {
        mni_channel *channel = mni_pool_take(&connection->shared->channels);
        if (channel == NULL) {
            return NULL;
        }
        mni_channel_init(channel, connection->shared->memory);
        connection->channels[index] = channel;
    }
    return connection->channels[index];
}

/* ---- sending ---- */

static uint32_t max_whole_size(const mni_agreement *agreement)
{
    return agreement->max_packet_size - MNI_PACKET_OVERHEAD - mni_tail_size(agreement->is_sealed);
}

uint32_t mni_max_message_size(const mni_agreement *agreement, uint32_t how)
{
    uint32_t whole = max_whole_size(agreement);
    uint32_t piece =
        agreement->max_packet_size - MNI_PIECE_OVERHEAD - mni_tail_size(agreement->is_sealed);
    uint64_t pieces = agreement->max_message_size;
    if (!mni_mode_is_reliable(mni_how_mode(how))) {
        pieces = (uint64_t)MNI_PIECES_MAX * (piece - piece % MNI_COVER_UNIT);
        pieces = min_u64(pieces, agreement->remote_window - MNI_MESSAGE_COST);
    }
    bool may_be_cut = agreement->remote_window >= PIECES_WINDOW_MIN && pieces > whole;
    return may_be_cut ? (uint32_t)pieces : whole;
}

static mn_result check_how(uint32_t *how)
{
    if (*how == 0) {
        *how = MN_RELIABLE;
    }
    return mni_how_is_valid(*how, MNI_CHANNELS) ? MN_OK : MN_ERROR_ARGUMENT;
}

/* An empty queue takes any message. */
static bool is_full(const mni_connection *connection, uint32_t size, uint32_t mode)
{
    uint64_t bytes = (uint64_t)connection->queue.bytes + size + MNI_MESSAGE_QUEUE_COST;
    return (bytes > connection->shared->send_queue_bytes && connection->queue.count > 0) ||
           (mode == MN_NOTIFY && connection->notify_count >= MNI_NOTIFY_MAX);
}

/* New credit is granted when half a window has come back: a message that is paid for at once and
   costs more than that could wait for ever. */
static bool costs_too_much(const mni_agreement *agreement, uint32_t size)
{
    return mni_message_cost(size) > agreement->remote_window / 2;
}

static mn_result check_room(mni_connection *connection, uint32_t size, uint32_t how)
{
    uint32_t mode = mni_how_mode(how);
    const mni_agreement *agreement = &connection->agreement;
    bool is_too_large = size > max_whole_size(agreement)
                            ? size > mni_max_message_size(agreement, how)
                            : mni_mode_is_reliable(mode) && costs_too_much(agreement, size);
    if (is_too_large) {
        return MN_ERROR_TOO_LARGE;
    }
    if (is_full(connection, size, mode)) {
        mni_connection_expire(connection);
    }
    return is_full(connection, size, mode) ? MN_ERROR_FULL : MN_OK;
}

static mn_result queue_message(mni_connection *connection, mni_buffer *buffer, uint32_t how,
                               uint64_t token)
{
    mni_shared *shared = connection->shared;
    mni_channel *channel = mni_connection_channel(connection, mni_how_channel(how));
    if (channel == NULL) {
        return MN_ERROR_MEMORY;
    }
    bool is_in_pieces = buffer->size > max_whole_size(&connection->agreement);
    mni_message *message = mni_message_take(&shared->messages, buffer, is_in_pieces);
    if (message == NULL) {
        return MN_ERROR_MEMORY;
    }
    message->mode = (uint8_t)mni_how_mode(how);
    message->channel = (uint8_t)mni_how_channel(how);
    message->token = token;
    message->queued_us = connection->now_us;
    message->expires_ms = (uint16_t)mni_how_expires_ms(how);
    message->copies = message->size <= COPIED_SIZE_MAX ? (uint8_t)mni_how_copies(how) : 0;
    message->is_watched =
        message->mode == MN_NOTIFY || mni_mode_is_reliable(message->mode) || message->copies > 0;
    if (message->mode == MN_NOTIFY) {
        if (mni_events_reserve(shared->events, 1) != MN_OK) {
            mni_message_drop(&shared->messages, message);
            return MN_ERROR_MEMORY;
        }
        connection->notify_count++;
    }
    mni_queue *queue = &connection->queue;
    const mni_rank *rank = &shared->ranks[message->channel];
    mni_lane *lane = mni_channel_lane(channel, message->mode);
    lane->turn.weight = rank->weight;
    mni_queue_push(queue, &queue->rounds[rank->round], lane, message);
    return MN_OK;
}

mn_result mni_connection_send(mni_connection *connection, mni_buffer *buffer, uint32_t how,
                              uint64_t token)
{
    mn_result result = check_how(&how);
    if (result != MN_OK) {
        return result;
    }
    if (connection->state != MNI_CONNECTION_OPEN) {
        return MN_ERROR_STATE;
    }
    result = check_room(connection, buffer->size, how);
    return result == MN_OK ? queue_message(connection, buffer, how, token) : result;
}

void mni_connection_release(mni_connection *connection)
{
    mni_queue_release(&connection->queue);
}

bool mni_connection_return_credit(mni_connection *connection, uint8_t delivery, uint32_t bytes)
{
    mni_credit_in_return(&connection->credit_in, delivery, bytes);
    return connection->credit_in.is_due;
}

/* ---- the end ---- */

void mni_connection_finish(mni_connection *connection, const mni_reason *reason,
                           mni_parting parting)
{
    if (connection->state == MNI_CONNECTION_OVER) {
        return;
    }
    if (connection->state == MNI_CONNECTION_OPEN) {
        MNI_ASSERT(reason != NULL);
        connection->reason = *reason;
    }
    connection->state = MNI_CONNECTION_OVER;
    connection->parting = parting;
}

static void begin_closing(mni_connection *connection)
{
    connection->state = MNI_CONNECTION_CLOSING;
    connection->close_us = connection->now_us;
    connection->end_us = connection->now_us + MNI_CLOSE_TIMEOUT_US;
}

/* Nothing is left that could still be delivered. */
static bool is_drained(const mni_connection *connection)
{
    return connection->queue.count == 0 && connection->resend.due_first == NULL &&
           connection->payload == NULL && connection->sent.armed == 0;
}

void mni_connection_end(mni_connection *connection, int32_t reason, const char *text,
                        uint64_t drain_us, uint64_t now_us)
{
    mni_connection_set_now(connection, now_us);
    if (connection->state == MNI_CONNECTION_OPEN) {
        mni_reason_set_text(&connection->reason, reason, text);
        mni_queue_release(&connection->queue);
        connection->state = MNI_CONNECTION_DRAINING;
        connection->end_us = connection->now_us + drain_us;
    }
    if (connection->state == MNI_CONNECTION_DRAINING && (drain_us == 0 || is_drained(connection))) {
        begin_closing(connection);
    }
}

void mni_connection_charge(mni_connection *connection)
{
    if (!mni_budget_spend(&connection->budget, connection->now_us)) {
        mni_reason reason;
        mni_reason_set(&reason, MN_REASON_PROTOCOL, NULL, 0);
        mni_connection_finish(connection, &reason, MNI_PARTING_CLOSE);
    }
}

/* ---- between handshake and conversation ---- */

bool mni_connection_is_confirmed(const mni_connection *connection)
{
    return connection->traffic.packets_received > 0;
}

uint64_t mni_connection_heard_us(const mni_connection *connection)
{
    return connection->heard_us;
}

void mni_connection_ask(mni_connection *connection)
{
    connection->is_ping_due = true;
}

bool mni_connection_is_announced(const mni_connection *connection)
{
    return connection->is_announced;
}

void mni_connection_change_keys(mni_connection *connection, const uint8_t send_key[MNI_KEY_SIZE],
                                const uint8_t receive_key[MNI_KEY_SIZE])
{
    MNI_ASSERT(!mni_connection_is_confirmed(connection));
    set_keys(connection, send_key, receive_key);
}

void mni_connection_offer_payload(mni_connection *connection, mni_buffer *payload)
{
    MNI_ASSERT(connection->payload == NULL);
    connection->payload = payload;
    connection->is_payload_due = true;
}

void mni_connection_drop_payload(mni_connection *connection)
{
    mni_buffer_drop(connection->shared->buffers, connection->payload);
    connection->payload = NULL;
    connection->is_payload_due = false;
}

/* ---- time ---- */

void mni_connection_clock_jumped(mni_connection *connection)
{
    connection->sampled_from = connection->sent.next_number;
}

static uint64_t silence_us(const mni_connection *connection)
{
    return connection->heard_us + connection->shared->timeout_us;
}

/* Nothing is heard, or no answer: who sends, but acknowledges nothing, or so little that more and
   more stays under way, is as good as silent. (Who has no room acknowledges questions.) */
static bool is_silent(const mni_connection *connection)
{
    uint64_t timeout_us = connection->shared->timeout_us;
    const mni_loss *loss = &connection->loss;
    return silence_us(connection) <= connection->now_us ||
           (loss->probes > 0 && connection->sent.armed > 0 &&
            connection->now_us - loss->probing_us >= timeout_us) ||
           connection->sent.flying.count > 2 * MNI_SENT_MAX;
}

static uint64_t keep_alive_us(const mni_connection *connection)
{
    return connection->agreement.keeps_alive
               ? connection->spoke_us + connection->shared->keep_alive_us
               : MNI_NEVER;
}

static void tick_open(mni_connection *connection)
{
    uint64_t now_us = connection->now_us;
    mni_connection_detect_losses(connection);
    mni_reassembly_expire(connection);
    mni_loss_tick(&connection->loss, &connection->sent, &connection->rtt, now_us);
    if (keep_alive_us(connection) <= now_us) {
        connection->is_ping_due = true;
    }
    if (connection->state == MNI_CONNECTION_DRAINING &&
        (connection->end_us <= now_us || is_drained(connection))) {
        begin_closing(connection);
    }
}

static void tick_closing(mni_connection *connection)
{
    bool has_tried =
        connection->close_tries >= MNI_CLOSE_TRIES && connection->close_us <= connection->now_us;
    if (has_tried || connection->end_us <= connection->now_us) {
        mni_connection_finish(connection, NULL, MNI_PARTING_NONE);
    }
}

void mni_connection_tick(mni_connection *connection, uint64_t now_us)
{
    mni_connection_set_now(connection, now_us);
    uint64_t remembered_us = LOST_MEMORY_US + 3 * mni_loss_patience_us(&connection->rtt);
    if (connection->now_us > remembered_us) {
        mni_sent_forget(&connection->sent, &connection->shared->records,
                        connection->now_us - remembered_us);
    }
    if (connection->state != MNI_CONNECTION_OVER && is_silent(connection)) {
        mni_reason reason;
        mni_reason_set(&reason, MN_REASON_TIMEOUT, NULL, 0);
        mni_connection_finish(connection, &reason, MNI_PARTING_CLOSE);
    }
    switch (connection->state) {
    case MNI_CONNECTION_OPEN:
    case MNI_CONNECTION_DRAINING:
        tick_open(connection);
        break;
    case MNI_CONNECTION_CLOSING:
        tick_closing(connection);
        break;
    case MNI_CONNECTION_OVER:
        break;
    }
}

static uint64_t next_open_us(const mni_connection *connection)
{
    if (connection->is_ping_due || connection->is_payload_due || connection->loss.due_probes > 0 ||
        connection->credit_in.is_due) {
        return connection->now_us;
    }
    uint64_t next_us = min_u64(silence_us(connection), connection->received.due_us);
    next_us = min_u64(next_us, keep_alive_us(connection));
    next_us = min_u64(next_us, mni_reassembly_next_us(connection));
    next_us =
        min_u64(next_us, mni_loss_next_us(&connection->loss, &connection->sent, &connection->rtt));
    if (connection->state == MNI_CONNECTION_DRAINING) {
        next_us =
            min_u64(next_us, is_drained(connection) ? connection->now_us : connection->end_us);
    }
    return next_us;
}

uint64_t mni_connection_next_us(const mni_connection *connection)
{
    switch (connection->state) {
    case MNI_CONNECTION_OPEN:
    case MNI_CONNECTION_DRAINING:
        return next_open_us(connection);
    case MNI_CONNECTION_CLOSING:
        return min_u64(min_u64(silence_us(connection), connection->end_us), connection->close_us);
    case MNI_CONNECTION_OVER:
        break;
    }
    return connection->parting != MNI_PARTING_NONE ? connection->now_us : MNI_NEVER;
}

void mni_connection_statistics(const mni_connection *connection, mn_statistics *statistics_out)
{
    const mni_traffic *traffic = &connection->traffic;
    const mni_rtt *rtt = &connection->rtt;
    *statistics_out = (mn_statistics){
        .struct_size = sizeof(mn_statistics),
        .max_packet_size = connection->agreement.max_packet_size,
        .rtt_us = rtt->is_measured ? rtt->smoothed_us : 0,
        .rtt_min_us = rtt->min_us,
        .rtt_variance_us = rtt->is_measured ? rtt->variance_us : 0,
        .jitter_us = mni_rtt_jitter_us(rtt),
        .packets_sent = traffic->packets_sent,
        .packets_received = traffic->packets_received,
        .bytes_sent = traffic->bytes_sent,
        .bytes_received = traffic->bytes_received,
        .messages_sent = traffic->messages_sent,
        .messages_received = traffic->messages_received,
        .packets_lost = traffic->packets_lost,
        .packets_lost_spuriously = traffic->packets_lost_spuriously,
        .packets_missing = connection->received.missing,
        .messages_resent = traffic->messages_resent,
        .messages_copied = traffic->messages_copied,
        .message_bytes_sent = traffic->message_bytes_sent,
        .message_bytes_received = traffic->message_bytes_received,
        .queue_us = mni_queue_waiting_us(&connection->queue, connection->now_us),
        .queue_bytes = connection->queue.bytes,
        .in_flight_bytes = connection->sent.in_flight_bytes,
        .goodput_out = mni_rate_read(&traffic->goodput_out, connection->now_us),
        .goodput_in = mni_rate_read(&traffic->goodput_in, connection->now_us),
        .loss_out = mni_ratio_read(&traffic->loss),
        .loss_in = mni_ratio_read(&connection->received.loss),
    };
}
