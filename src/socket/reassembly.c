/* SPDX-License-Identifier: MIT */
/*
 * Pieces of messages, taken in by the same steps as everything else (see inbound.c). The first
 * piece of a message that comes, whichever it is, pays for the whole and takes its buffer while
 * room is looked for; if the packet is dropped after that, the message stays begun, which no honest
 * sender minds. What is not reliable is given up after a second, or for later ones of its channel.
 */
#include "base/how.h"
#include "socket/inbound.h"
#include "socket/packet.h"

enum { PATIENCE_US = 1000000 };

static mni_assembly *begin(mni_connection *connection, const mni_frame *frame)
{
    mni_assembly *assembly = mni_assembly_take(&connection->shared->assemblies, frame->total);
    if (assembly != NULL) {
        assembly->sequence = frame->sequence;
        assembly->mode = frame->mode;
        assembly->channel = frame->channel;
    }
    return assembly;
}

/* ---- reliable messages */

static int32_t begin_reliable(mni_connection *connection, mni_stream *stream,
                              const mni_frame *frame, const mni_bill *bill)
{
    mni_credit_in *credit = &connection->credit_in;
    bool is_large = mni_message_cost(frame->total) > mni_large_cost(credit->window);
    uint64_t cost = (uint64_t)mni_stream_unknown(stream, frame->sequence) * MNI_MESSAGE_COST;
    cost += is_large ? 0 : frame->total;
    if ((is_large && connection->is_large_coming) ||
        !mni_credit_in_allows(credit, cost + bill->reliable)) {
        return MN_DROP_MALFORMED;
    }
    mni_assembly *assembly = begin(connection, frame);
    if (assembly == NULL || mni_stream_expect(stream, frame->sequence) != MN_OK) {
        mni_assembly_drop(&connection->shared->assemblies, assembly);
        return MN_DROP_MEMORY;
    }
    mni_credit_in_spend(credit, cost);
    assembly->is_large = is_large;
    connection->is_large_coming |= is_large;
    mni_stream_assemble(stream, frame->sequence, assembly);
    return MNI_TAKEN;
}

static int32_t prepare_reliable(mni_connection *connection, mni_channel *channel,
                                const mni_frame *frame, mni_bill *bill)
{
    mni_stream *stream = mni_channel_stream(channel, frame->mode);
    switch (mni_stream_check(stream, frame->sequence)) {
    case MNI_ARRIVAL_DUPLICATE:
        return MNI_TAKEN;
    case MNI_ARRIVAL_TOO_FAR:
        return MN_DROP_MALFORMED;
    case MNI_ARRIVAL_NEW:
        break;
    }
    const mni_assembly *assembly = mni_stream_assembly(stream, frame->sequence);
    if (assembly == NULL) {
        int32_t result = begin_reliable(connection, stream, frame, bill);
        if (result != MNI_TAKEN) {
            return result;
        }
        assembly = mni_stream_assembly(stream, frame->sequence);
    }
    if (assembly->cover.total != frame->total) {
        return MN_DROP_MALFORMED;
    }
    if (assembly->is_large) {
        bill->reliable += mni_cover_missing(&assembly->cover, frame->offset, frame->size);
    }
    return mni_credit_in_allows(&connection->credit_in, bill->reliable) ? MNI_TAKEN
                                                                        : MN_DROP_MALFORMED;
}

/* Of a large message, what is beyond its share of the window comes back at once. */
static void pay(mni_connection *connection, const mni_assembly *assembly, const mni_frame *frame)
{
    mni_credit_in *credit = &connection->credit_in;
    uint32_t share = mni_large_cost(credit->window) - MNI_MESSAGE_COST;
    uint32_t before = assembly->cover.covered;
    uint32_t fresh = mni_cover_missing(&assembly->cover, frame->offset, frame->size);
    uint32_t kept = before + fresh < share ? fresh : before < share ? share - before : 0;
    mni_credit_in_spend(credit, fresh);
    if (fresh > kept) {
        mni_credit_in_return(credit, frame->mode, fresh - kept);
    }
}

static void take_reliable(mni_connection *connection, mni_channel *channel, const mni_frame *frame)
{
    mni_shared *shared = connection->shared;
    mni_stream *stream = mni_channel_stream(channel, frame->mode);
    mni_assembly *assembly = NULL;
    if (mni_stream_check(stream, frame->sequence) == MNI_ARRIVAL_NEW) {
        assembly = mni_stream_assembly(stream, frame->sequence);
    }
    if (assembly != NULL && assembly->is_large) {
        pay(connection, assembly, frame);
    }
    if (assembly == NULL || !mni_assembly_add(assembly, frame->offset, frame->size, frame->bytes)) {
        mni_events_unreserve(shared->events, 1);
        return;
    }
    uint32_t cost = mni_message_cost(frame->total);
    if (assembly->is_large) {
        cost = mni_large_cost(connection->credit_in.window);
        connection->is_large_coming = false;
    }
    mni_stream_assemble(stream, frame->sequence, NULL);
    mni_buffer *buffer = mni_assembly_end(&shared->assemblies, assembly);
    mni_inbound_deliver_reliable(connection, frame, buffer, cost);
}

/* ---- all others */

static void give_up(mni_connection *connection, mni_assembly *assembly)
{
    mni_shared *shared = connection->shared;
    shared->counters->dropped[MN_DROP_PIECES]++;
    mni_credit_in_return(&connection->credit_in, assembly->mode,
                         mni_message_cost(assembly->cover.total));
    mni_channel_forget(connection->channels[assembly->channel], assembly);
    mni_assembly_drop(&shared->assemblies, assembly);
}

static int32_t begin_loose(mni_connection *connection, mni_channel *channel, const mni_frame *frame,
                           const mni_bill *bill)
{
    mni_credit_in *credit = &connection->credit_in;
    uint32_t cost = mni_message_cost(frame->total);
    if (channel->assemblies[1] != NULL) {
        if (channel->assemblies[0]->heard_in == bill->packet) {
            return MN_DROP_ROOM; /* three in one packet: it would count as delivered */
        }
        give_up(connection, channel->assemblies[0]);
    }
    if (!mni_credit_in_allows_loose(credit, bill->loose + cost)) {
        return MN_DROP_ROOM;
    }
    mni_assembly *assembly = begin(connection, frame);
    if (assembly == NULL) {
        return MN_DROP_MEMORY;
    }
    mni_credit_in_spend_loose(credit, cost);
    assembly->until_us = connection->now_us + PATIENCE_US;
    assembly->heard_in = bill->packet;
    mni_chain_join(&connection->assembling, &assembly->waiting);
    connection->passed.count += mni_channel_assemble(channel, assembly);
    return MNI_TAKEN;
}

/* (A piece of a notify message that was given up must not be acknowledged: its sender would take
   the message for delivered.) */
static int32_t prepare_loose(mni_connection *connection, mni_channel *channel,
                             const mni_frame *frame, const mni_bill *bill)
{
    mni_assembly *assembly = mni_channel_assembly(channel, frame->sequence);
    if (assembly != NULL) {
        assembly->heard_in = bill->packet;
        bool is_same = assembly->mode == frame->mode && assembly->cover.total == frame->total;
        return is_same ? MNI_TAKEN : MN_DROP_MALFORMED;
    }
    if (mni_channel_is_later(channel, frame->sequence)) {
        return begin_loose(connection, channel, frame, bill);
    }
    return frame->mode == MN_NOTIFY ? MN_DROP_ROOM : MNI_TAKEN;
}

static void take_loose(mni_connection *connection, mni_channel *channel, const mni_frame *frame)
{
    mni_shared *shared = connection->shared;
    mni_assembly *assembly = mni_channel_assembly(channel, frame->sequence);
    if (assembly == NULL || !mni_assembly_add(assembly, frame->offset, frame->size, frame->bytes)) {
        mni_events_unreserve(shared->events, 1);
        return;
    }
    mni_channel_forget(channel, assembly);
    uint32_t cost = mni_message_cost(frame->total);
    mni_buffer *buffer = mni_assembly_end(&shared->assemblies, assembly);
    if (mni_inbound_is_overtaken(connection, frame)) {
        mni_credit_in_return(&connection->credit_in, frame->mode, cost);
        mni_buffer_drop(shared->buffers, buffer);
        mni_events_unreserve(shared->events, 1);
        return;
    }
    mni_inbound_deliver(connection, frame, buffer, cost);
}

void mni_reassembly_expire(mni_connection *connection)
{
    while (mni_reassembly_next_us(connection) <= connection->now_us) {
        give_up(connection, mni_assembly_of(connection->assembling.next));
    }
}

uint64_t mni_reassembly_next_us(const mni_connection *connection)
{
    return mni_chain_is_empty(&connection->assembling)
               ? MNI_NEVER
               : mni_assembly_of(connection->assembling.next)->until_us;
}

/* ---- both */

static uint32_t max_total(const mni_connection *connection, uint8_t mode)
{
    const mni_agreement *agreement = &connection->agreement;
    return mni_mode_is_reliable(mode) ? agreement->max_message_size
                                      : MNI_PIECES_MAX * agreement->max_packet_size;
}

int32_t mni_reassembly_prepare(mni_connection *connection, const mni_frame *frame, mni_bill *bill)
{
    if (frame->total > max_total(connection, frame->mode)) {
        return MN_DROP_MALFORMED;
    }
    mni_channel *channel = mni_connection_channel(connection, frame->channel);
    if (channel == NULL) {
        return MN_DROP_MEMORY;
    }
    return mni_mode_is_reliable(frame->mode) ? prepare_reliable(connection, channel, frame, bill)
                                             : prepare_loose(connection, channel, frame, bill);
}

void mni_reassembly_take(mni_connection *connection, const mni_frame *frame)
{
    mni_channel *channel = connection->channels[frame->channel];
    if (mni_mode_is_reliable(frame->mode)) {
        take_reliable(connection, channel, frame);
    } else {
        take_loose(connection, channel, frame);
    }
}
