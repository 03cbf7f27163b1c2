/* SPDX-License-Identifier: MIT */
/*
 * Pieces of messages from another side that keeps no rule. The input is a script:
 *
 *   0 mode channel sequence total(2) offset(2) size   a piece arrives; in units of 64 bytes, less
 *                                                     a few as the size's upper bits say
 *   1 mode channel sequence size                      a whole message arrives
 *   2 steps                                           time goes on by so many times 10 ms
 *   3                                                 the game takes all events
 *   4 count                                           so many of the next frames are in one packet
 *   5 count                                           so many allocations succeed; then none does,
 *                                                     until time goes on
 *
 * (An operation is its byte modulo 6.) What is delivered must consist of the bytes that were sent
 * for it, memory must stay within the window and a message, and all of it comes back at the end.
 */
#include "socket/connection_state.h"
#include "socket/packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum {
    WINDOW = 64 * 1024,
    MESSAGE_MAX = 256 * 1024,
    PACKET_MAX = 1200,
    PIECE_MAX = 1100,
    TOGETHER_MAX = 8,
    /* Both allowances in buffers up to a half larger, four large messages, and bookkeeping. */
    MEMORY_MAX = 3 * WINDOW + 4 * (MESSAGE_MAX + MESSAGE_MAX / 512) + (1 << 18)
};

typedef struct victim {
    mni_memory memory;
    mni_buffers buffers;
    mni_events events;
    mn_counters counters;
    mni_shared shared;
    mni_connection connection;
    uint64_t now_us;
    uint64_t number;
    uint32_t together; /* frames that the packet in the making waits for, and those in it */
    uint32_t count;
    mni_frame frames[TOGETHER_MAX];
    uint8_t bytes[TOGETHER_MAX][PIECE_MAX];
    uint32_t allocations; /* that will succeed */
} victim;

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void *allocate(void *user, size_t size, size_t alignment)
{
    victim *self = user;
    (void)alignment;
    if (self->allocations == 0) {
        return NULL;
    }
    self->allocations -= self->allocations < UINT32_MAX;
    return malloc(size);
}

static void release(void *user, void *memory, size_t size, size_t alignment)
{
    (void)user;
    (void)size;
    (void)alignment;
    free(memory);
}

static void open_victim(victim *self)
{
    mn_allocator allocator = {.allocate = allocate, .release = release, .user = self};
    mn_peer_config config = {
        .max_packet_size = PACKET_MAX,
        .send_queue_bytes = WINDOW,
        .receive_window_bytes = WINDOW,
        .max_in_flight_bytes = WINDOW,
        .max_packets_per_second = 1 << 17,
        .max_bytes_per_second = 1 << 27,
        .max_messages_per_second = 1 << 20,
        .max_message_size = MESSAGE_MAX,
        .timeout_us = 1 << 30,
        .keep_alive_us = 1 << 30,
    };
    self->allocations = UINT32_MAX;
    mni_memory_init(&self->memory, &allocator, 0);
    mni_buffers_init(&self->buffers, &self->memory);
    mni_events_init(&self->events, &self->memory);
    mni_shared_init(&self->shared, &config, &self->memory, &self->buffers, &self->events,
                    &self->counters);
    self->shared.channel_count = MNI_CHANNELS;
    mni_agreement agreement = {
        .remote_window = WINDOW, .max_packet_size = PACKET_MAX, .max_message_size = MESSAGE_MAX};
    self->now_us = 1000;
    require(mni_connection_open(&self->connection, &self->shared, 1, &agreement, self->now_us) ==
            MN_OK);
}

/* Every byte tells where in which message it stands; modes and sequences are not all told. */
static uint8_t content(uint8_t mode, uint8_t channel, uint32_t at)
{
    return (uint8_t)(at * 31 + at / 256 + mode * 7u + channel * 3u);
}

static void write_all(victim *self)
{
    uint8_t packet[PACKET_MAX];
    while (mni_connection_write(&self->connection, packet, sizeof packet, self->now_us, false) >
           0) {
    }
}

/* The frames that wait, as far as they fit. */
static void receive_packet(victim *self)
{
    uint8_t packet[PACKET_MAX];
    mni_writer writer = mni_writer_over(packet, sizeof packet - MNI_TAG_SIZE);
    mni_packet_begin(&writer, self->number, false, NULL);
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->frames[i].size + 32 <= mni_writer_left(&writer)) {
            mni_frame_write(&writer, &self->frames[i]);
        }
    }
    static const mni_sealer plain; /* under a key of zeros, as the victim has it */
    uint32_t size = mni_packet_end(&writer, self->number, &plain);
    self->number++;
    self->together = 0;
    self->count = 0;
    self->connection.budget.left = MNI_BUDGET_ERRORS; /* it shall go on */
    (void)mni_connection_receive(&self->connection, packet, size, self->now_us);
    write_all(self);
}

static void receive(victim *self, mni_frame *frame)
{
    uint8_t *data = self->bytes[self->count];
    for (uint32_t i = 0; i < frame->size; i++) {
        data[i] = content(frame->mode, frame->channel, frame->offset + i);
    }
    frame->bytes = data;
    self->frames[self->count++] = *frame;
    if (self->count >= self->together) {
        receive_packet(self);
    }
}

static void receive_piece(victim *self, mni_reader *script)
{
    mni_frame frame = {.kind = MNI_FRAME_PIECE};
    frame.mode = mni_read_u8(script) % 7;
    frame.channel = mni_read_u8(script) % (MNI_CHANNELS + 1);
    frame.sequence = (uint16_t)(mni_read_u8(script) - 8);
    frame.total = mni_read_u16(script) * 64u;
    frame.offset = mni_read_u16(script) * 64u;
    uint32_t size = mni_read_u8(script);
    frame.total -= frame.total > 0 ? size / 32 : 0;
    frame.size = size % 16 * 64;
    if (frame.offset < frame.total && frame.size > frame.total - frame.offset) {
        frame.size = frame.total - frame.offset;
    }
    receive(self, &frame);
}

static void receive_whole(victim *self, mni_reader *script)
{
    mni_frame frame = {.kind = MNI_FRAME_MESSAGE};
    frame.mode = 1 + mni_read_u8(script) % 5;
    frame.channel = mni_read_u8(script) % MNI_CHANNELS;
    frame.sequence = (uint16_t)(mni_read_u8(script) - 8);
    frame.size = mni_read_u8(script) * 4u;
    receive(self, &frame);
}

static void take_events(victim *self)
{
    mni_peer_event item;
    while (mni_events_pop(&self->events, &item)) {
        const mn_event *event = &item.event;
        const uint8_t *data = event->data;
        for (uint32_t i = 0; i < event->size; i++) {
            require(data[i] == content((uint8_t)event->delivery, (uint8_t)event->channel, i));
        }
        mni_connection_return_credit(&self->connection, event->delivery, item.credit);
        mni_buffer_drop(&self->buffers, item.buffer);
    }
    write_all(self);
}

static void wait(victim *self, mni_reader *script)
{
    self->now_us += (uint64_t)mni_read_u8(script) * 10000;
    self->allocations = UINT32_MAX;
    mni_connection_tick(&self->connection, self->now_us);
    write_all(self);
}

static void run(victim *self, mni_reader *script)
{
    while (mni_reader_left(script) > 0) {
        switch (mni_read_u8(script) % 6) {
        case 0:
            receive_piece(self, script);
            break;
        case 1:
            receive_whole(self, script);
            break;
        case 2:
            wait(self, script);
            break;
        case 3:
            take_events(self);
            break;
        case 4:
            self->together = mni_read_u8(script) % (TOGETHER_MAX + 1);
            break;
        default:
            self->allocations = mni_read_u8(script);
            break;
        }
        const mni_credit_in *credit = &self->connection.credit_in;
        require(credit->spent <= credit->granted && credit->returned <= credit->spent &&
                credit->loose <= credit->window && self->memory.used <= MEMORY_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static victim self;
    memset(&self, 0, sizeof(self));
    open_victim(&self);
    mni_reader script = mni_reader_over(bytes, size);
    run(&self, &script);
    take_events(&self);
    mni_connection_clear(&self.connection);
    require(self.events.reserved == 0 && self.shared.assemblies.pool.used == 0);
    mni_events_clear(&self.events, &self.buffers);
    mni_shared_clear(&self.shared);
    mni_buffers_clear(&self.buffers);
    require(self.memory.used == 0);
    return 0;
}
