/* SPDX-License-Identifier: MIT */
/*
 * One connection against another side that knows the key and keeps no rule, in plain mode, sealed,
 * and sealed while it awaits a payload. The input is a script:
 *
 *   0 size(2) bytes…   a packet arrives; it is sealed as it should be
 *   1 mode channel size   the game sends a message (mode's upper bits: copies; or a large one),
 *                         and flushes, unless it says not to
 *   2 steps            time goes on by so many times 10 ms
 *   3                  the game takes all events
 *   4                  the game ends the connection
 *   5                  it takes back what has not left
 *   6 channel rank     it gives a channel another priority and weight
 *   7 size(2) bytes…   a packet arrives as it is
 *   8                  the other side changes its key
 *
 * (An operation is its byte modulo 9.) It must survive, keep its promises about memory, and give
 * back everything at the end.
 */
#include "base/seq.h"
#include "socket/connection_state.h"
#include "socket/packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum {
    WINDOW = 16 * 1024,
    IN_FLIGHT = 8 * 1024,
    PACKET_MAX = 1200,
    MEMORY_MAX = 1 << 20,
    PROBES_MAX = 64 /* in pairs, within the silence that ends it; they need no room */
};

typedef enum victim_mode { PLAIN, SEALED, AWAITING, MODE_COUNT } victim_mode;

typedef struct victim {
    mni_memory memory;
    mni_buffers buffers;
    mni_events events;
    mn_counters counters;
    mni_shared shared;
    mni_connection connection;
    mni_sealer other; /* of the other side */
    uint64_t now_us;
    uint32_t pieces; /* of the rider: to write, and then open */
    uint32_t open;
    bool is_announced; /* as far as its events say */
} victim;

static mni_verdict check(void *user, mn_connection from, const uint8_t *bytes, uint32_t size)
{
    (void)user;
    (void)from;
    return bytes[size - 1] < 0x40   ? MNI_VERDICT_MALFORMED
           : bytes[size - 1] < 0x80 ? MNI_VERDICT_NO_ROOM
                                    : MNI_VERDICT_GOOD;
}

static void take(void *user, mn_connection from, uint64_t packet, const uint8_t *bytes,
                 uint32_t size)
{
    const victim *self = user;
    if (!mni_connection_is_announced(&self->connection)) {
        abort();
    }
    (void)from;
    (void)packet;
    (void)bytes;
    (void)size;
}

static uint32_t write_piece(void *user, mn_connection to, uint8_t *bytes, uint32_t capacity,
                            uint32_t *record_out)
{
    victim *self = user;
    (void)to;
    if (self->pieces == 0 || capacity < 40) {
        return 0;
    }
    self->pieces--;
    self->open++;
    *record_out = 7;
    memset(bytes, 0xff, 40);
    return 40;
}

static void settled(void *user, mn_connection to, uint32_t record, bool delivered)
{
    victim *self = user;
    (void)to;
    (void)delivered;
    if (record != 7 || self->open == 0) {
        abort();
    }
    self->open--;
}

static void offer(victim *self)
{
    mni_buffer *payload = mni_buffer_take(&self->buffers, MN_PAYLOAD_MAX);
    if (payload == NULL) {
        abort();
    }
    memset(payload->bytes, 0x3c, MN_PAYLOAD_MAX);
    mni_connection_offer_payload(&self->connection, payload);
}

static void open_victim(victim *self, victim_mode mode)
{
    mn_peer_config config = {
        .max_packet_size = PACKET_MAX,
        .send_queue_bytes = 32 * 1024,
        .receive_window_bytes = WINDOW,
        .max_in_flight_bytes = IN_FLIGHT,
        .max_packets_per_second = 1 << 17,
        .max_bytes_per_second = 1 << 27,
        .max_messages_per_second = 1 << 20,
        .max_message_size = 64 * 1024,
        .timeout_us = 15000000,
        .keep_alive_us = 5000000,
    };
    mni_memory_init(&self->memory, NULL, 0);
    mni_buffers_init(&self->buffers, &self->memory);
    mni_events_init(&self->events, &self->memory);
    mni_shared_init(&self->shared, &config, &self->memory, &self->buffers, &self->events,
                    &self->counters);
    self->shared.channel_count = MNI_CHANNELS;
    self->shared.rider = (mni_rider){
        .user = self, .check = check, .take = take, .write = write_piece, .settled = settled};
    mni_agreement agreement = {.remote_window = WINDOW,
                               .max_packet_size = PACKET_MAX,
                               .max_message_size = 64 * 1024,
                               .keeps_alive = mode != AWAITING,
                               .is_sealed = mode != PLAIN,
                               .awaits_payload = mode == AWAITING};
    self->now_us = 1000;
    self->shared.rekey.packets = 3;
    if (mni_connection_open(&self->connection, &self->shared, 1, &agreement, self->now_us) !=
            MN_OK ||
        (mode == AWAITING && mni_events_reserve(&self->events, 1) != MN_OK)) {
        abort();
    }
    mni_sealer_init(&self->other, agreement.is_sealed, agreement.receive_key, 0, 0);
    self->is_announced = mode != AWAITING;
    if (mode == SEALED) {
        offer(self);
    }
}

static void write_all(victim *self, bool flushing)
{
    uint8_t packet[PACKET_MAX];
    while (mni_connection_write(&self->connection, packet, sizeof(packet), self->now_us, flushing) >
           0) {
    }
}

/* The number that the connection will take the packet for, given its bytes. */
static uint64_t number_of(const victim *self, const uint8_t *packet, uint32_t size)
{
    mni_reader reader = mni_reader_over(packet, size);
    bool is_wide = (mni_read_u8(&reader) & 16) != 0;
    uint32_t truncated = is_wide ? mni_read_u32(&reader) : mni_read_u16(&reader);
    return mni_seq_widen(self->connection.received.next, truncated, is_wide ? 32 : 16);
}

static void receive(victim *self, mni_reader *script, bool is_sealed)
{
    uint8_t packet[PACKET_MAX + 1];
    uint32_t size = mni_read_u16(script) % (sizeof(packet) - MNI_TAG_SIZE);
    size_t left = mni_reader_left(script);
    size = size < left ? size : (uint32_t)left;
    mni_writer writer = mni_writer_over(packet, sizeof(packet) - MNI_TAG_SIZE);
    mni_write_bytes(&writer, mni_read_bytes(script, size), size);
    if (is_sealed && size >= 5) { /* there are flags and a number */
        size = mni_packet_end(&writer, number_of(self, packet, size), &self->other);
    }
    (void)mni_connection_receive(&self->connection, packet, size, self->now_us);
    write_all(self, false);
}

static void send(victim *self, mni_reader *script)
{
    uint32_t mode = mni_read_u8(script);
    uint32_t how = (mode & 7) | MN_ON_CHANNEL(mni_read_u8(script) % MNI_CHANNELS) |
                   MN_REDUNDANT(mode >> 3 & 3);
    uint32_t size = mni_read_u8(script) * ((mode & 32) == 0 ? 4u : 64u);
    mni_buffer *buffer = mni_buffer_take(&self->buffers, size);
    if (buffer == NULL) {
        abort();
    }
    memset(buffer->bytes, 0x5a, size);
    mn_result result = mni_connection_send(&self->connection, buffer, how, 1);
    mni_buffer_drop(&self->buffers, buffer);
    self->pieces += result == MN_OK && size % 3 == 0;
    if ((mode & 64) == 0) {
        mni_connection_release(&self->connection);
        write_all(self, true);
    }
}

static void set_rank(victim *self, mni_reader *script)
{
    uint32_t channel = mni_read_u8(script) % MNI_CHANNELS;
    uint8_t rank = mni_read_u8(script);
    self->shared.ranks[channel] =
        (mni_rank){.round = rank % MNI_ROUNDS, .weight = (uint8_t)(1 + rank / MNI_ROUNDS)};
}

static void change_key(victim *self)
{
    mni_sealer_renew(&self->other, &(mni_rekey){0}, 0, UINT64_MAX, self->now_us);
}

static void take_events(victim *self)
{
    mni_peer_event event;
    while (mni_events_pop(&self->events, &event)) {
        bool announces = event.event.type == MN_EVENT_CONNECTED;
        bool is_message = event.event.type == MN_EVENT_MESSAGE;
        if ((announces && self->is_announced) || (is_message && !self->is_announced)) {
            abort();
        }
        self->is_announced |= announces;
        mni_connection_return_credit(&self->connection, event.event.delivery, event.credit);
        mni_buffer_drop(&self->buffers, event.buffer);
    }
    write_all(self, false);
}

static void wait(victim *self, mni_reader *script)
{
    self->now_us += (uint64_t)mni_read_u8(script) * 10000;
    for (int i = 0; i < 3; i++) { /* draining, then closing, then over */
        mni_connection_tick(&self->connection, self->now_us);
        write_all(self, false);
        if (mni_connection_next_us(&self->connection) > self->now_us) {
            return;
        }
    }
    abort(); /* something stays due */
}

static void check_promises(const victim *self)
{
    const mni_connection *connection = &self->connection;
    const mni_credit_in *credit = &connection->credit_in;
    const uint32_t in_flight_max = IN_FLIGHT + PROBES_MAX * PACKET_MAX;
    if (credit->spent > credit->granted || credit->loose > credit->window ||
        connection->sent.in_flight_bytes > in_flight_max || self->memory.used > MEMORY_MAX) {
        abort();
    }
}

static void play(mni_reader script, victim_mode mode)
{
    static victim self;
    memset(&self, 0, sizeof(self));
    open_victim(&self, mode);
    while (mni_reader_left(&script) > 0) {
        switch (mni_read_u8(&script) % 9) {
        case 0:
            receive(&self, &script, true);
            break;
        case 1:
            send(&self, &script);
            break;
        case 2:
            wait(&self, &script);
            break;
        case 3:
            take_events(&self);
            break;
        case 4:
            mni_connection_end(&self.connection, 1001, "enough", 1000000, self.now_us);
            break;
        case 5:
            (void)mni_connection_cancel(&self.connection, 1, false);
            break;
        case 6:
            set_rank(&self, &script);
            break;
        case 7:
            receive(&self, &script, false);
            break;
        default:
            change_key(&self);
            break;
        }
        check_promises(&self);
    }
    mni_connection_clear(&self.connection);
    if (self.events.reserved != !mni_connection_is_announced(&self.connection) ||
        self.connection.notify_count != 0) {
        abort();
    }
    mni_events_clear(&self.events, &self.buffers);
    mni_shared_clear(&self.shared);
    mni_buffers_clear(&self.buffers);
    if (self.memory.used != 0 || self.open != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    for (victim_mode mode = PLAIN; mode < MODE_COUNT; mode++) {
        play(mni_reader_over(bytes, size), mode);
    }
    return 0;
}
