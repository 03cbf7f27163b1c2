/* SPDX-License-Identifier: MIT */
/*
 * What became of the packets that this side sent, and what follows for what they carried: each
 * notify message gets one event, each piece of the rider is settled once, reliable messages are let
 * go or sent again. And what becomes of messages that never leave: cancelled, expired, discarded.
 */
#include "base/how.h"
#include "socket/connection_state.h"

static void tell(mni_connection *connection, mni_message *message, uint16_t type)
{
    mni_peer_event *event = mni_events_push_reserved(connection->shared->events);
    event->event.type = type;
    event->event.who = connection->id;
    event->event.channel = message->channel;
    event->event.token = message->token;
    event->event.time_us = connection->now_us;
    connection->notify_count--;
    mni_message_acknowledge(&connection->shared->messages, message);
}

static void settle_rider(mni_connection *connection, mni_sent_packet *packet, bool is_delivered)
{
    if ((packet->flags & MNI_SENT_RIDER) != 0) {
        const mni_rider *rider = &connection->shared->rider;
        packet->flags &= ~(uint32_t)MNI_SENT_RIDER;
        rider->settled(rider->user, (mn_connection){connection->id}, packet->rider_record,
                       is_delivered);
    }
}

/* Whether all of its message has, with this. */
static bool has_arrived(const mni_cargo *cargo)
{
    if (!cargo->message->is_in_pieces) {
        return true;
    }
    const mni_piece *piece = mni_piece_of(cargo);
    return mni_message_arrived(cargo->message, piece->offset, piece->size);
}

static void acknowledge(mni_connection *connection, const mni_cargo *cargo)
{
    mni_message *message = cargo->message;
    if (message->is_acked || !has_arrived(cargo)) {
        return;
    }
    if (message == connection->large) {
        connection->large = NULL;
    }
    if (message->mode == MN_NOTIFY) {
        tell(connection, message, MN_EVENT_DELIVERED);
        return;
    }
    mni_messages *messages = &connection->shared->messages;
    mni_message_acknowledge(messages, message);
    if (mni_mode_is_reliable(message->mode)) {
        mni_channel *channel = connection->channels[message->channel];
        mni_stream_settle(mni_channel_stream(channel, message->mode), messages);
    }
}

/* Also of a packet that was taken for lost: its notify messages and its rider are settled by
   then. */
static void settle_acked(mni_connection *connection, mni_sent_packet *packet)
{
    for (mni_cargo *cargo = packet->cargo; cargo != NULL; cargo = cargo->next) {
        acknowledge(connection, cargo);
    }
    settle_rider(connection, packet, true);
    if ((packet->flags & MNI_SENT_PAYLOAD) != 0) {
        mni_connection_drop_payload(connection);
    }
    if ((packet->flags & MNI_SENT_CLOSE) != 0) {
        mni_connection_finish(connection, NULL, MNI_PARTING_NONE);
    }
    mni_sent_packet_free(&connection->shared->records, packet);
}

/* A notify message is lost with the first of its pieces. */
static void miss(mni_connection *connection, const mni_cargo *cargo)
{
    mni_message *message = cargo->message;
    if (message->is_acked) {
        return;
    }
    if (message->mode == MN_NOTIFY) {
        tell(connection, message, MN_EVENT_LOST);
        return;
    }
    if (!mni_mode_is_reliable(message->mode)) {
        return;
    }
    if (message->is_in_pieces) {
        const mni_piece *piece = mni_piece_of(cargo);
        mni_message_missed(message, piece->offset, piece->size);
    }
    mni_resend_add(&connection->resend, message);
}

static void settle_lost(mni_connection *connection, mni_sent_packet *packet)
{
    for (mni_cargo *cargo = packet->cargo; cargo != NULL; cargo = cargo->next) {
        miss(connection, cargo);
    }
    settle_rider(connection, packet, false);
    if ((packet->flags & MNI_SENT_PAYLOAD) != 0) {
        connection->is_payload_due = connection->payload != NULL;
    }
    if ((packet->flags & MNI_SENT_CREDIT) != 0) {
        mni_credit_in_lost(&connection->credit_in, packet->number);
    }
    mni_sent_remember(&connection->sent, &connection->shared->records, packet);
}

static void sample_rtt(mni_connection *connection, const mni_sent_list *acked, const mni_ack *ack)
{
    const mni_sent_packet *newest = acked->last;
    if (newest->number == ack->runs[0].last && newest->number >= connection->sampled_from) {
        mni_rtt_add(&connection->rtt, connection->now_us - newest->sent_us, ack->delay_us);
    }
}

void mni_connection_take_ack(mni_connection *connection, const mni_ack *ack)
{
    mni_traffic *traffic = &connection->traffic;
    mni_sent_list acked = mni_sent_take_acked(&connection->sent, ack);
    if (acked.first != NULL) {
        sample_rtt(connection, &acked, ack);
        mni_loss_acked(&connection->loss);
    }
    mni_sent_packet *packet;
    while ((packet = mni_sent_list_pop(&acked)) != NULL) {
        mni_ratio_add(&traffic->loss, false);
        settle_acked(connection, packet);
    }
    mni_sent_list spurious = mni_sent_take_spurious(&connection->sent, ack);
    while ((packet = mni_sent_list_pop(&spurious)) != NULL) {
        mni_ratio_revoke(&traffic->loss);
        traffic->packets_lost_spuriously++;
        settle_acked(connection, packet);
    }
    mni_connection_detect_losses(connection);
}

void mni_connection_detect_losses(mni_connection *connection)
{
    mni_sent_list lost =
        mni_loss_detect(&connection->loss, &connection->sent, &connection->rtt, connection->now_us);
    mni_sent_packet *packet;
    while ((packet = mni_sent_list_pop(&lost)) != NULL) {
        mni_ratio_add(&connection->traffic.loss, true);
        connection->traffic.packets_lost++;
        settle_lost(connection, packet);
    }
}

/* Nothing of it leaves any more. */
static void withdraw(mni_connection *connection, mni_message *message)
{
    if (message->mode == MN_NOTIFY) {
        tell(connection, message, MN_EVENT_LOST);
    } else {
        mni_message_acknowledge(&connection->shared->messages, message);
    }
}

static void sweep(mni_connection *connection)
{
    mni_message *message = mni_queue_sweep(&connection->queue);
    while (message != NULL) {
        mni_message *next = message->next;
        mni_message_drop(&connection->shared->messages, message);
        message = next;
    }
}

uint32_t mni_connection_cancel(mni_connection *connection, uint64_t token, bool only_notify)
{
    uint32_t count = 0;
    mni_queue_walk walk = {0};
    mni_message *message;
    while ((message = mni_queue_next(&connection->queue, &walk)) != NULL) {
        if (message->token == token && mni_message_sent(message) == 0 &&
            (message->mode == MN_NOTIFY || !only_notify)) {
            withdraw(connection, message);
            count++;
        }
    }
    if (count > 0) {
        sweep(connection);
    }
    return count;
}

void mni_connection_drop_expired(mni_connection *connection, mni_message *message)
{
    withdraw(connection, message);
    connection->shared->counters->dropped[MN_DROP_EXPIRED]++;
}

void mni_connection_expire(mni_connection *connection)
{
    mni_queue *queue = &connection->queue;
    if (connection->now_us <= queue->expires_us) {
        return;
    }
    queue->expires_us = MNI_NEVER;
    mni_queue_walk walk = {0};
    mni_message *message;
    while ((message = mni_queue_next(queue, &walk)) != NULL) {
        if (mni_message_has_expired(message, connection->now_us)) {
            mni_connection_drop_expired(connection, message);
        } else if (mni_message_sent(message) == 0) {
            mni_queue_watch(queue, message);
        }
    }
    sweep(connection);
}

static void discard(mni_connection *connection, mni_turns *round)
{
    mni_queue *queue = &connection->queue;
    while (round->count > 0) {
        mni_message *message = mni_queue_pop(queue, round);
        if (message->mode == MN_NOTIFY && !message->is_acked) {
            tell(connection, message, MN_EVENT_LOST);
        }
        mni_message_drop(&connection->shared->messages, message);
    }
}

void mni_connection_settle_all(mni_connection *connection)
{
    mni_records *records = &connection->shared->records;
    mni_sent *sent = &connection->sent;
    while (sent->flying.first != NULL) {
        mni_sent_packet *packet = sent->flying.first;
        mni_sent_unlink(sent, NULL, packet);
        settle_lost(connection, packet);
    }
    mni_sent_forget(sent, records, UINT64_MAX);
    for (uint32_t i = 0; i < MNI_ROUNDS; i++) {
        discard(connection, &connection->queue.rounds[i]);
    }
    mni_resend_clear(&connection->resend, records->messages);
}
