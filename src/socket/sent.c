/* SPDX-License-Identifier: MIT */
/*
 * Everything is counted where a packet enters or leaves the flying list, and nowhere else, so that
 * the numbers cannot drift apart from the list.
 */
#include "socket/sent.h"

enum { PACKETS_PER_SLAB = 64, CARGO_PER_SLAB = 256, PIECES_PER_SLAB = 64 };

/* References to a message, beside those of the four lists that it may be in: its lane and its
   stream, and both lists of resend.h. So many are reached only by one that the other side makes us
   send again in the smallest pieces, where packets are large. */
enum { LOADS_MAX = UINT16_MAX - 4 };

void mni_records_init(mni_records *records, mni_memory *memory, mni_messages *messages)
{
    mni_pool_init(&records->packets, memory, sizeof(mni_sent_packet), PACKETS_PER_SLAB, 0);
    mni_pool_init(&records->cargo, memory, sizeof(mni_cargo), CARGO_PER_SLAB, 0);
    mni_pool_init(&records->pieces, memory, sizeof(mni_piece), PIECES_PER_SLAB, 0);
    records->messages = messages;
}

void mni_records_clear(mni_records *records)
{
    mni_pool_clear(&records->packets);
    mni_pool_clear(&records->cargo);
    mni_pool_clear(&records->pieces);
}

mni_sent_packet *mni_sent_packet_take(mni_records *records)
{
    return mni_pool_take(&records->packets);
}

void mni_sent_packet_free(mni_records *records, mni_sent_packet *packet)
{
    if (packet == NULL) {
        return;
    }
    mni_sent_packet_unload(records, packet);
    mni_pool_give(&records->packets, packet);
}

bool mni_sent_packet_load(mni_records *records, mni_sent_packet *packet, mni_message *message,
                          uint32_t offset, uint32_t size)
{
    if (message->references >= LOADS_MAX) {
        return false;
    }
    mni_pool *pool = message->is_in_pieces ? &records->pieces : &records->cargo;
    mni_cargo *cargo = mni_pool_take_unzeroed(pool);
    if (cargo == NULL) {
        return false;
    }
    mni_message_hold(message);
    message->in_flight++;
    *cargo = (mni_cargo){.message = message};
    if (message->is_in_pieces) {
        mni_piece *piece = (mni_piece *)(void *)cargo;
        piece->offset = offset;
        piece->size = size;
    }
    if (packet->cargo == NULL) {
        packet->cargo = cargo;
    } else {
        packet->cargo_last->next = cargo;
    }
    packet->cargo_last = cargo;
    return true;
}

void mni_sent_packet_unload(mni_records *records, mni_sent_packet *packet)
{
    while (packet->cargo != NULL) {
        mni_cargo *cargo = packet->cargo;
        packet->cargo = cargo->next;
        mni_pool *pool = cargo->message->is_in_pieces ? &records->pieces : &records->cargo;
        mni_message_drop(records->messages, cargo->message);
        mni_pool_give(pool, cargo);
    }
}

void mni_sent_list_push(mni_sent_list *list, mni_sent_packet *packet)
{
    packet->next = NULL;
    if (list->first == NULL) {
        list->first = packet;
    } else {
        list->last->next = packet;
    }
    list->last = packet;
    list->count++;
}

mni_sent_packet *mni_sent_list_pop(mni_sent_list *list)
{
    mni_sent_packet *packet = list->first;
    if (packet != NULL) {
        list->first = packet->next;
        list->count--;
    }
    return packet;
}

static void unlink_from(mni_sent_list *list, mni_sent_packet *previous, mni_sent_packet *packet)
{
    if (previous == NULL) {
        list->first = packet->next;
    } else {
        previous->next = packet->next;
    }
    if (list->last == packet) {
        list->last = previous;
    }
    list->count--;
}

/* Unlinks from a list all that the acknowledgement names. Runs and list are both in order: one walk
   over each. */
static mni_sent_list take_named(mni_sent_list *list, const mni_ack *ack)
{
    mni_sent_list taken = {0};
    uint32_t run = ack->count - 1;
    mni_sent_packet *previous = NULL;
    mni_sent_packet *next;
    for (mni_sent_packet *packet = list->first; packet != NULL; packet = next) {
        next = packet->next;
        while (run > 0 && packet->number > ack->runs[run].last) {
            run--;
        }
        if (packet->number > ack->runs[run].last) {
            break;
        }
        if (packet->number < ack->runs[run].first) {
            previous = packet;
            continue;
        }
        MNI_PREFETCH(packet->cargo);
        unlink_from(list, previous, packet);
        mni_sent_list_push(&taken, packet);
    }
    return taken;
}

static void landed(mni_sent *sent, const mni_sent_packet *packet)
{
    sent->in_flight_bytes -= packet->size;
    sent->armed -= (packet->flags & MNI_SENT_ARMS) != 0;
    for (mni_cargo *cargo = packet->cargo; cargo != NULL; cargo = cargo->next) {
        cargo->message->in_flight--;
    }
}

void mni_sent_add(mni_sent *sent, mni_sent_packet *packet)
{
    mni_sent_list_push(&sent->flying, packet);
    sent->in_flight_bytes += packet->size;
    if ((packet->flags & MNI_SENT_ARMS) != 0) {
        sent->armed++;
        sent->armed_us = packet->sent_us;
    }
}

mni_sent_list mni_sent_take_acked(mni_sent *sent, const mni_ack *ack)
{
    if (ack->runs[0].last >= sent->next_acked) {
        sent->next_acked = ack->runs[0].last + 1;
    }
    mni_sent_list taken = take_named(&sent->flying, ack);
    for (mni_sent_packet *packet = taken.first; packet != NULL; packet = packet->next) {
        landed(sent, packet);
    }
    return taken;
}

mni_sent_list mni_sent_take_spurious(mni_sent *sent, const mni_ack *ack)
{
    return take_named(&sent->lost, ack);
}

void mni_sent_unlink(mni_sent *sent, mni_sent_packet *previous, mni_sent_packet *packet)
{
    unlink_from(&sent->flying, previous, packet);
    landed(sent, packet);
}

void mni_sent_remember(mni_sent *sent, mni_records *records, mni_sent_packet *packet)
{
    mni_sent_list_push(&sent->lost, packet);
    if (sent->lost.count > MNI_SENT_LOST_MAX) {
        mni_sent_packet_free(records, mni_sent_list_pop(&sent->lost));
    }
}

void mni_sent_forget(mni_sent *sent, mni_records *records, uint64_t before_us)
{
    while (sent->lost.first != NULL && sent->lost.first->sent_us < before_us) {
        mni_sent_packet_free(records, mni_sent_list_pop(&sent->lost));
    }
}
