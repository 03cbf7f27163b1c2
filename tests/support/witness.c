/* SPDX-License-Identifier: MIT */
/* See witness.h. docs/protocol_data.md describes the head of a packet. */
#include "support/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACK = 1, RANGES = 2, WIDE = 16, HANDSHAKE = 128, CHECKSUM_SIZE = 4 };

static const uint8_t mark[8] = {'<', 'm', 'a', 'r', 'k', 0xf5, 0xc3, '>'};

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "test_witness: %s\n", what);
        abort();
    }
}

void test_witness_mark(uint8_t *bytes, uint32_t number)
{
    memcpy(bytes, mark, sizeof(mark));
    for (uint32_t i = 0; i < 4; i++) {
        bytes[sizeof(mark) + i] = (uint8_t)(number >> (8 * i));
    }
}

/* ---- what is in a datagram */

typedef struct packet_head {
    uint64_t number, acked;
    bool has_ack, asks;
} packet_head;

static uint64_t widen(const uint8_t *bytes, uint32_t size, uint64_t around)
{
    uint64_t span = UINT64_C(1) << (8 * size);
    uint64_t low = 0;
    for (uint32_t i = 0; i < size; i++) {
        low |= (uint64_t)bytes[i] << (8 * i);
    }
    uint64_t number = around - around % span + low;
    if (number > around + span / 2 && number >= span) {
        number -= span;
    } else if (number + span / 2 < around) {
        number += span;
    }
    return number;
}

static uint32_t skip_varint(const uint8_t *bytes, uint32_t at)
{
    while (bytes[at] >= 0x80) {
        at++;
    }
    return at + 1;
}

static packet_head read_head(const mn_datagram *datagram, const witness_way *own,
                             const witness_way *other)
{
    const uint8_t *bytes = datagram->bytes;
    uint32_t width = bytes[0] & WIDE ? 4 : 2;
    packet_head head = {.number = widen(bytes + 1, width, own->count),
                        .has_ack = (bytes[0] & ACK) != 0};
    uint32_t at = 1 + width;
    if (head.has_ack) {
        head.acked = widen(bytes + at, width, other->count);
        at += width + 1;
    }
    if ((bytes[0] & RANGES) != 0) {
        uint32_t varints = 1 + 2 * (uint32_t)bytes[at];
        at++;
        for (uint32_t i = 0; i < varints; i++) {
            at = skip_varint(bytes, at);
        }
    }
    head.asks = at + CHECKSUM_SIZE < datagram->size;
    return head;
}

static bool is_data(const mn_datagram *datagram)
{
    return datagram->size >= 7 && (datagram->bytes[0] & HANDSHAKE) == 0;
}

static void find_messages(witness_way *way, const mn_datagram *datagram, uint64_t now_us)
{
    const uint8_t *bytes = datagram->bytes;
    for (uint32_t at = 0; at + WITNESS_MARK_SIZE <= datagram->size; at++) {
        if (memcmp(bytes + at, mark, sizeof(mark)) != 0) {
            continue;
        }
        uint32_t number = 0;
        for (uint32_t i = 0; i < 4; i++) {
            number |= (uint32_t)bytes[at + sizeof(mark) + i] << (8 * i);
        }
        require(number < WITNESS_MESSAGES_MAX, "too many messages");
        if (way->first_sent_us[number] == 0) {
            way->first_sent_us[number] = now_us;
            way->messages++;
        } else {
            way->copies++;
        }
    }
}

/* ---- what is written down */

static witness_way *way_from(const test_tapped *socket)
{
    const test_witness *witness = socket->tap->user;
    return witness->ways[socket->index == 0 ? 0 : 1];
}

static witness_way *way_to(const test_tapped *socket)
{
    const test_witness *witness = socket->tap->user;
    return witness->ways[socket->index == 0 ? 1 : 0];
}

static void note_sent(const test_tapped *socket, const mn_datagram *datagram, uint64_t now_us)
{
    witness_way *way = way_from(socket);
    packet_head head = read_head(datagram, way, way_to(socket));
    require(head.number == way->count && way->count < WITNESS_PACKETS_MAX, "a number is missing");
    way->packets[way->count].sent_us = now_us;
    way->packets[way->count].asks = head.asks;
    way->asking += head.asks;
    way->bytes += datagram->size;
    way->count++;
    find_messages(way, datagram, now_us);
}

/* A packet of this side was acknowledged: its way there, and the acknowledgement's way back. */
static void note_round_trip(witness_way *way, uint64_t number, uint64_t back_us)
{
    if (number < way->acked || !way->packets[number].asks) {
        return;
    }
    require(way->packets[number].arrived_us != 0, "acknowledged without having arrived");
    way->acked = number + 1;
    uint64_t there_us = way->packets[number].arrived_us - way->packets[number].sent_us;
    uint64_t trip_us = there_us + back_us;
    if (way->round_trips > 0) {
        way->differences_us +=
            trip_us > way->newest_us ? trip_us - way->newest_us : way->newest_us - trip_us;
    }
    way->newest_us = trip_us;
    way->round_trips++;
    way->round_trips_us += trip_us;
}

static void note_arrived(const test_tapped *socket, const mn_datagram *datagram, uint64_t now_us)
{
    witness_way *way = way_to(socket);
    witness_way *back = way_from(socket);
    packet_head head = read_head(datagram, way, back);
    if (way->packets[head.number].arrived_us != 0) {
        return; /* doubled */
    }
    way->packets[head.number].arrived_us = now_us;
    way->arrived++;
    way->arrived_asking += head.asks;
    way->arrived_bytes += datagram->size;
    if (head.has_ack) {
        note_round_trip(back, head.acked, now_us - way->packets[head.number].sent_us);
    }
}

/* ---- the socket */

static mn_result note_all_sent(const test_tapped *socket, const mn_datagram *datagrams,
                               uint32_t count, uint64_t now_us)
{
    mn_result sent = test_tapped_send(socket, datagrams, count, now_us);
    for (mn_result i = 0; i < sent; i++) {
        if (is_data(&datagrams[i])) {
            note_sent(socket, &datagrams[i], now_us);
        }
    }
    return sent;
}

static mn_result note_all_arrived(const test_tapped *socket, mn_datagram *datagrams,
                                  uint32_t capacity, uint64_t now_us)
{
    mn_result came = test_tapped_receive(socket, datagrams, capacity, now_us);
    for (mn_result i = 0; i < came; i++) {
        if (is_data(&datagrams[i])) {
            note_arrived(socket, &datagrams[i], now_us);
        }
    }
    return came;
}

void test_witness_init(test_witness *witness, const mn_socket_factory *inner)
{
    static const test_tap_ops ops = {.send = note_all_sent, .receive = note_all_arrived};
    test_tap_init(&witness->sockets, inner, &ops, witness);
    for (uint32_t i = 0; i < 2; i++) {
        witness->ways[i] = calloc(1, sizeof(*witness->ways[i]));
        require(witness->ways[i] != NULL, "the machine is out of memory");
    }
}

void test_witness_clear(test_witness *witness)
{
    free(witness->ways[0]);
    free(witness->ways[1]);
}
