/* SPDX-License-Identifier: MIT */
/*
 * Takes a packet in, in three steps. The first believes nothing: number, tail, parse. The second
 * finds room for all of it (buffers, places in the event queue, credit, the rider's consent) and
 * can still give up without having done anything. The third cannot fail. A packet that finds no
 * room is as good as lost: it is not acknowledged, and only what it says about the other direction
 * counts.
 */
#include "socket/inbound.h"

#include "base/how.h"
#include "socket/packet.h"

#include <string.h>

static int32_t prepare_loose(mni_connection *connection, const mni_frame *frame, mni_bill *bill)
{
    if (frame->mode == MN_SEQUENCED && mni_connection_channel(connection, frame->channel) == NULL) {
        return MN_DROP_MEMORY;
    }
    bill->loose += mni_message_cost(frame->size);
    return mni_credit_in_allows_loose(&connection->credit_in, bill->loose) ? MNI_TAKEN
                                                                           : MN_DROP_ROOM;
}

/* A message that is ahead of others tells that these exist: they are paid for from now on, so that
   places for what is missing cannot be had for nothing. An honest sender has paid for them too. */
static int32_t prepare_reliable(mni_connection *connection, const mni_frame *frame, mni_bill *bill)
{
    mni_channel *channel = mni_connection_channel(connection, frame->channel);
    if (channel == NULL) {
        return MN_DROP_MEMORY;
    }
    mni_stream *stream = mni_channel_stream(channel, frame->mode);
    if (mni_stream_assembly(stream, frame->sequence) != NULL) {
        return MN_DROP_MALFORMED;
    }
    uint64_t unknown = mni_stream_unknown(stream, frame->sequence);
    bill->reliable += frame->size;
    if (!mni_credit_in_allows(&connection->credit_in,
                              unknown * MNI_MESSAGE_COST + bill->reliable)) {
        return MN_DROP_MALFORMED;
    }
    if (mni_stream_expect(stream, frame->sequence) != MN_OK) {
        return MN_DROP_MEMORY;
    }
    mni_credit_in_spend(&connection->credit_in, unknown * MNI_MESSAGE_COST);
    return MNI_TAKEN;
}

static mni_arrival arrival_of(const mni_connection *connection, const mni_frame *frame)
{
    static const mni_stream untouched;
    mni_channel *channel = connection->channels[frame->channel];
    const mni_stream *stream = &untouched;
    if (channel != NULL) {
        stream = mni_channel_stream(channel, frame->mode);
    }
    return mni_stream_check(stream, frame->sequence);
}

/* With this packet comes what the connection is announced with. */
static bool announces(const mni_connection *connection, const mni_packet *packet)
{
    return packet->payload != NULL && !connection->is_announced;
}

/* The payload's buffer is the first in `incoming`. A terminator lies behind it. */
static int32_t prepare_payload(mni_connection *connection, const mni_packet *packet)
{
    mni_shared *shared = connection->shared;
    mni_buffer *buffer = mni_buffer_take(shared->buffers, packet->payload_size + 1);
    if (buffer == NULL) {
        return MN_DROP_MEMORY;
    }
    memcpy(buffer->bytes, packet->payload, packet->payload_size);
    buffer->bytes[packet->payload_size] = '\0';
    buffer->size = packet->payload_size;
    mni_buffer **incoming = mni_ring_push(&shared->incoming);
    MNI_ASSERT(incoming != NULL);
    *incoming = buffer;
    return MNI_TAKEN;
}

/* Puts its buffer behind those of the messages before it in `incoming`; NULL for a duplicate. */
static int32_t prepare_message(mni_connection *connection, const mni_frame *frame, mni_bill *bill)
{
    mni_shared *shared = connection->shared;
    mni_buffer **incoming = mni_ring_push(&shared->incoming);
    MNI_ASSERT(incoming != NULL);
    int32_t result;
    if (mni_mode_is_reliable(frame->mode)) {
        switch (arrival_of(connection, frame)) {
        case MNI_ARRIVAL_DUPLICATE:
            return MNI_TAKEN;
        case MNI_ARRIVAL_TOO_FAR:
            return MN_DROP_MALFORMED;
        case MNI_ARRIVAL_NEW:
            break;
        }
        result = prepare_reliable(connection, frame, bill);
    } else {
        result = prepare_loose(connection, frame, bill);
    }
    if (result != MNI_TAKEN) {
        return result;
    }
    *incoming = mni_buffer_take(shared->buffers, frame->size);
    if (*incoming == NULL) {
        return MN_DROP_MEMORY;
    }
    memcpy((*incoming)->bytes, frame->bytes, frame->size);
    return MNI_TAKEN;
}

static int32_t check_rider(const mni_connection *connection, const mni_frame *frame)
{
    const mni_rider *rider = &connection->shared->rider;
    if (rider->check == NULL) {
        return MN_DROP_MALFORMED;
    }
    mn_connection from = {connection->id};
    switch (rider->check(rider->user, from, frame->bytes, frame->size)) {
    case MNI_VERDICT_GOOD:
        return MNI_TAKEN;
    case MNI_VERDICT_MALFORMED:
        return MN_DROP_MALFORMED;
    case MNI_VERDICT_NO_ROOM:
        return MN_DROP_ROOM;
    }
    return MN_DROP_MALFORMED;
}

static int32_t prepare_frames(mni_connection *connection, const mni_packet *packet)
{
    mni_bill bill = {.packet = packet->number};
    int32_t result =
        announces(connection, packet) ? prepare_payload(connection, packet) : MNI_TAKEN;
    mni_reader reader = mni_reader_over(packet->frames, packet->frames_size);
    mni_frame frame;
    while (result == MNI_TAKEN && mni_reader_left(&reader) > 0 && mni_frame_read(&reader, &frame)) {
        if (frame.channel >= connection->shared->channel_count) {
            result = MN_DROP_MALFORMED;
        } else if (frame.kind == MNI_FRAME_MESSAGE) {
            result = prepare_message(connection, &frame, &bill);
        } else if (frame.kind == MNI_FRAME_PIECE) {
            result = mni_reassembly_prepare(connection, &frame, &bill);
        } else if (frame.kind == MNI_FRAME_RIDER) {
            result = check_rider(connection, &frame);
        }
    }
    return result;
}

static mni_buffer *next_incoming(mni_shared *shared)
{
    mni_buffer **first = mni_ring_at(&shared->incoming, 0);
    mni_buffer *buffer = *first;
    mni_ring_pop(&shared->incoming);
    return buffer;
}

/* Finds room for all of the packet: MNI_TAKEN, or why not, and then nothing is kept. */
static int32_t prepare(mni_connection *connection, const mni_packet *packet)
{
    mni_shared *shared = connection->shared;
    uint32_t count = packet->messages + (announces(connection, packet) ? 1 : 0);
    uint32_t events = packet->messages + packet->pieces;
    if (mni_ring_reserve(&shared->incoming, count) != MN_OK ||
        mni_events_reserve(shared->events, events) != MN_OK) {
        return MN_DROP_MEMORY;
    }
    int32_t result = prepare_frames(connection, packet);
    if (result != MNI_TAKEN) {
        while (shared->incoming.count > 0) {
            mni_buffer_drop(shared->buffers, next_incoming(shared));
        }
        mni_events_unreserve(shared->events, events);
    }
    return result;
}

void mni_inbound_deliver(mni_connection *connection, const mni_frame *frame, mni_buffer *buffer,
                         uint32_t credit)
{
    mni_peer_event *event = mni_events_push_reserved(connection->shared->events);
    event->event.type = MN_EVENT_MESSAGE;
    event->event.delivery = frame->mode;
    event->event.channel = frame->channel;
    event->event.who = connection->id;
    event->event.size = buffer->size;
    event->event.time_us = connection->now_us;
    event->event.data = buffer->bytes;
    event->buffer = buffer;
    event->credit = credit;
    mni_traffic *traffic = &connection->traffic;
    traffic->messages_received++;
    traffic->message_bytes_received += buffer->size;
    mni_rate_add(&traffic->goodput_in, buffer->size, connection->now_us);
    connection->passed.count += mni_mode_is_reliable(frame->mode);
}

void mni_inbound_deliver_reliable(mni_connection *connection, const mni_frame *frame,
                                  mni_buffer *buffer, uint32_t credit)
{
    mni_stream *stream = mni_channel_stream(connection->channels[frame->channel], frame->mode);
    if (frame->mode == MN_UNORDERED) {
        mni_stream_mark(stream, frame->sequence);
        mni_inbound_deliver(connection, frame, buffer, credit);
        return;
    }
    mni_stream_hold(stream, frame->sequence, buffer, credit);
    mni_buffer *next;
    while ((next = mni_stream_deliver(stream, &credit)) != NULL) {
        mni_inbound_deliver(connection, frame, next, credit);
    }
}

bool mni_inbound_is_overtaken(mni_connection *connection, const mni_frame *frame)
{
    mni_channel *channel = connection->channels[frame->channel];
    if (frame->mode != MN_SEQUENCED) {
        return false;
    }
    if (!mni_channel_is_newer(channel, frame->sequence)) {
        connection->shared->counters->dropped[MN_DROP_OVERTAKEN]++;
        return true;
    }
    connection->passed.count += mni_channel_deliver_sequenced(channel, frame->sequence);
    return false;
}

/* The second of two in one packet is a duplicate only now; and a piece that comes after it has
   begun the message anew, which an honest sender's does not. */
static bool is_duplicate(const mni_connection *connection, const mni_frame *frame)
{
    if (!mni_mode_is_reliable(frame->mode)) {
        return false;
    }
    const mni_stream *stream =
        mni_channel_stream(connection->channels[frame->channel], frame->mode);
    return mni_stream_check(stream, frame->sequence) != MNI_ARRIVAL_NEW ||
           mni_stream_assembly(stream, frame->sequence) != NULL;
}

static void take_message(mni_connection *connection, const mni_frame *frame)
{
    mni_shared *shared = connection->shared;
    mni_buffer *buffer = next_incoming(shared);
    uint32_t cost = mni_message_cost(frame->size);
    if (buffer == NULL || is_duplicate(connection, frame) ||
        mni_inbound_is_overtaken(connection, frame)) {
        mni_buffer_drop(shared->buffers, buffer);
        mni_events_unreserve(shared->events, 1);
    } else if (mni_mode_is_reliable(frame->mode)) {
        mni_credit_in_spend(&connection->credit_in, frame->size);
        mni_inbound_deliver_reliable(connection, frame, buffer, cost);
    } else {
        mni_credit_in_spend_loose(&connection->credit_in, cost);
        mni_inbound_deliver(connection, frame, buffer, cost);
    }
}

/* Its place among the events is reserved since the connection was opened. */
static void announce(mni_connection *connection)
{
    mni_shared *shared = connection->shared;
    mni_buffer *payload = next_incoming(shared);
    mni_peer_event *item = mni_events_push_reserved(shared->events);
    item->event.type = MN_EVENT_CONNECTED;
    item->event.who = connection->id;
    item->event.size = payload->size;
    item->event.time_us = connection->now_us;
    item->event.data = payload->bytes;
    item->tag = connection->agreement.tag;
    item->buffer = payload;
    connection->is_announced = true;
    connection->heard_us = connection->now_us;
}

static void take_close(mni_connection *connection, const mni_frame *frame)
{
    mni_reason reason;
    mni_reason_set(&reason, frame->reason, frame->bytes, frame->size);
    mni_connection_finish(connection, &reason, MNI_PARTING_ACK);
}

static void take_frames(mni_connection *connection, const mni_packet *packet, bool has_room)
{
    const mni_rider *rider = &connection->shared->rider;
    mni_reader reader = mni_reader_over(packet->frames, packet->frames_size);
    mni_frame frame;
    while (mni_reader_left(&reader) > 0 && mni_frame_read(&reader, &frame)) {
        switch (frame.kind) {
        case MNI_FRAME_MESSAGE:
            if (has_room) {
                take_message(connection, &frame);
            }
            break;
        case MNI_FRAME_PIECE:
            if (has_room) {
                mni_reassembly_take(connection, &frame);
            }
            break;
        case MNI_FRAME_RIDER:
            if (has_room) {
                rider->take(rider->user, (mn_connection){connection->id}, packet->number,
                            frame.bytes, frame.size);
            }
            break;
        case MNI_FRAME_PING:
        case MNI_FRAME_PAYLOAD:
            break;
        case MNI_FRAME_CREDIT:
            mni_credit_out_raise(&connection->credit_out, frame.limit);
            break;
        case MNI_FRAME_CLOSE:
            take_close(connection, &frame);
            break;
        }
    }
}

/* MNI_TAKEN, or why what the packet brings for those above cannot be taken in. */
static int32_t find_room(mni_connection *connection, const mni_packet *packet)
{
    bool brings = packet->payload != NULL || packet->messages + packet->pieces + packet->riders > 0;
    if (packet->payload != NULL && !connection->agreement.awaits_payload) {
        return MN_DROP_MALFORMED;
    }
    if (!brings) {
        return MNI_TAKEN;
    }
    if (connection->state != MNI_CONNECTION_OPEN) {
        return MN_DROP_CLOSING;
    }
    if (!connection->is_announced && packet->payload == NULL) {
        return MN_DROP_ROOM; /* nobody knows yet whose messages these are */
    }
    return prepare(connection, packet);
}

static mni_elicit elicit_of(const mni_packet *packet)
{
    if (packet->frames_size == 0) {
        return MNI_ELICIT_NOT;
    }
    if (packet->is_asking) {
        return MNI_ELICIT_NOW;
    }
    return packet->is_urgent ? MNI_ELICIT_SOON : MNI_ELICIT_LAZY;
}

static int32_t take_packet(mni_connection *connection, mni_packet *packet, uint32_t size)
{
    if (!mni_packet_read(packet, connection->sent.next_number)) {
        mni_connection_charge(connection);
        return MN_DROP_MALFORMED;
    }
    if (!mni_quota_spend(&connection->quota, &connection->shared->quota, size,
                         packet->messages + packet->pieces, connection->now_us)) {
        return MN_DROP_LIMIT;
    }
    int32_t result = find_room(connection, packet);
    if (result == MN_DROP_MALFORMED) {
        mni_connection_charge(connection);
        return result;
    }
    if (result == MNI_TAKEN && announces(connection, packet)) {
        announce(connection);
    }
    if (packet->has_ack) {
        mni_connection_take_ack(connection, &packet->ack);
    }
    take_frames(connection, packet, result == MNI_TAKEN);
    if (result == MNI_TAKEN) {
        mni_received_add(&connection->received, packet->number, elicit_of(packet),
                         connection->now_us);
        mni_passed_note(&connection->passed, connection->received.next);
        mni_opener_forget(&connection->opener, mni_received_oldest(&connection->received));
    }
    return result;
}

static int32_t freshness_drop(mni_freshness freshness)
{
    switch (freshness) {
    case MNI_FRESH:
        return MNI_TAKEN;
    case MNI_DUPLICATE:
        return MN_DROP_DUPLICATE;
    case MNI_OLD:
        return MN_DROP_OLD;
    }
    return MN_DROP_OLD;
}

int32_t mni_connection_receive(mni_connection *connection, const uint8_t *bytes, uint32_t size,
                               uint64_t now_us)
{
    mni_connection_set_now(connection, now_us);
    if (connection->state == MNI_CONNECTION_OVER) {
        return MN_DROP_CLOSING;
    }
    MNI_PREFETCH(connection->sent.flying.first); /* of an acknowledgement */
    mni_packet packet;
    if (size > connection->agreement.max_packet_size ||
        !mni_packet_open(&packet, bytes, size, &connection->opener, connection->received.next,
                         connection->shared->opened)) {
        return MN_DROP_CHECKSUM;
    }
    int32_t result = freshness_drop(mni_received_check(&connection->received, packet.number));
    if (result == MNI_TAKEN && mni_passed_is_old(&connection->passed, packet.number)) {
        result = MN_DROP_OLD;
    }
    if (result != MNI_TAKEN) {
        return result;
    }
    if (connection->is_announced) {
        connection->heard_us = connection->now_us;
    }
    connection->traffic.packets_received++;
    connection->traffic.bytes_received += size;
    return take_packet(connection, &packet, size);
}
