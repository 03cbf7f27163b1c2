/* SPDX-License-Identifier: MIT */
/* The line is a bag of packets with due times; what is due is taken out by time, then by order. */
#include "support/pair.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mn_peer_config test_pair_config(void)
{
    return (mn_peer_config){
        .struct_size = sizeof(mn_peer_config),
        .max_packet_size = 1200,
        .send_queue_bytes = 256 * 1024,
        .receive_window_bytes = 256 * 1024,
        .max_in_flight_bytes = 256 * 1024,
        .max_packets_per_second = UINT32_MAX,
        .max_bytes_per_second = UINT32_MAX,
        .max_messages_per_second = UINT32_MAX,
        .max_message_size = 1 << 20,
        .timeout_us = 15000000,
        .keep_alive_us = 5000000,
    };
}

static void open_side(test_pair *pair, uint32_t index, const mn_peer_config *config, pair_mode mode)
{
    pair_side *side = &pair->sides[index];
    memset(side, 0, sizeof(*side));
    test_allocator_init(&side->allocator);
    mni_memory_init(&side->memory, &side->allocator.table, 0);
    mni_buffers_init(&side->buffers, &side->memory);
    mni_events_init(&side->events, &side->memory);
    mni_shared_init(&side->shared, config, &side->memory, &side->buffers, &side->events,
                    &side->counters);
    side->shared.channel_count = MNI_CHANNELS;
    mni_agreement agreement = {
        .remote_window = config->receive_window_bytes,
        .max_packet_size = config->max_packet_size,
        .max_message_size = config->max_message_size,
        .tag = 100 + index,
        .keeps_alive = index == 0,
        .is_sealed = mode != PAIR_PLAIN,
        .awaits_payload = mode == PAIR_ANNOUNCED && index == 1,
    };
    memset(agreement.send_key, (int)index + 1, sizeof(agreement.send_key));
    memset(agreement.receive_key, 2 - (int)index, sizeof(agreement.receive_key));
    if (mni_connection_open(&side->connection, &side->shared, index + 1, &agreement,
                            pair->now_us) != MN_OK ||
        (agreement.awaits_payload && mni_events_reserve(&side->events, 1) != MN_OK)) {
        abort();
    }
}

void test_pair_open_as(test_pair *pair, const mn_peer_config *config, uint64_t seed, pair_mode mode)
{
    pair->now_us = 1000000;
    pair->order = 0;
    pair->count = 0;
    mni_random_init(&pair->random, seed);
    pair->flight = malloc(PAIR_FLIGHT_MAX * sizeof(pair_packet));
    if (pair->flight == NULL) {
        abort();
    }
    open_side(pair, 0, config, mode);
    open_side(pair, 1, config, mode);
}

void test_pair_open(test_pair *pair, const mn_peer_config *config, uint64_t seed)
{
    test_pair_open_as(pair, config, seed, PAIR_PLAIN);
}

void test_pair_offer(test_pair *pair, const void *payload, uint32_t size)
{
    mni_buffer *buffer = mni_buffer_take(&pair->sides[0].buffers, size);
    if (buffer == NULL) {
        abort();
    }
    memcpy(buffer->bytes, payload, size);
    mni_connection_offer_payload(&pair->sides[0].connection, buffer);
}

void test_pair_set_rekey(test_pair *pair, uint64_t packets)
{
    pair->sides[0].shared.rekey.packets = packets;
    pair->sides[1].shared.rekey.packets = packets;
}

void test_pair_close(test_pair *pair)
{
    for (uint32_t i = 0; i < 2; i++) {
        pair_side *side = &pair->sides[i];
        mni_connection_clear(&side->connection);
        mni_events_clear(&side->events, &side->buffers);
        mni_shared_clear(&side->shared);
        mni_buffers_clear(&side->buffers);
        if (side->allocator.live != 0) {
            (void)fprintf(stderr, "side %u leaked %llu blocks\n", i,
                          (unsigned long long)side->allocator.live);
            abort();
        }
    }
    free(pair->flight);
    pair->flight = NULL;
}

void test_pair_set_lines(test_pair *pair, const pair_line *line)
{
    pair->sides[0].line = *line;
    pair->sides[1].line = *line;
}

mn_result test_pair_send(test_pair *pair, uint32_t side, uint32_t size, uint64_t number,
                         uint32_t how, uint64_t token)
{
    mni_buffer *buffer = mni_buffer_take(&pair->sides[side].buffers, size);
    if (buffer == NULL) {
        return MN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < size; i++) {
        buffer->bytes[i] = i < 8 ? (uint8_t)(number >> (8 * i)) : (uint8_t)(number + i);
    }
    mni_connection_set_now(&pair->sides[side].connection, pair->now_us);
    mn_result result = mni_connection_send(&pair->sides[side].connection, buffer, how, token);
    mni_buffer_drop(&pair->sides[side].buffers, buffer);
    return result;
}

static void put(test_pair *pair, uint32_t from, const uint8_t *bytes, uint32_t size)
{
    const pair_line *line = &pair->sides[from].line;
    mni_random *random = &pair->random;
    if (line->is_cut || mni_random_chance(random, line->loss) || pair->count == PAIR_FLIGHT_MAX) {
        return;
    }
    pair_packet *packet = &pair->flight[pair->count++];
    packet->due_us = pair->now_us + line->latency_us + mni_random_below(random, line->jitter_us);
    if (mni_random_chance(random, line->reorder)) {
        packet->due_us += 1 + mni_random_below(random, 60000);
    }
    packet->order = pair->order++;
    packet->to = 1 - from;
    packet->size = size;
    memcpy(packet->bytes, bytes, size);
    if (mni_random_chance(random, line->corrupt)) {
        packet->bytes[mni_random_below(random, size)] ^=
            (uint8_t)(1u << mni_random_below(random, 8));
    }
}

void test_pair_write(test_pair *pair, uint32_t side, bool flushing)
{
    uint8_t bytes[PAIR_PACKET_MAX];
    uint32_t size;
    pair_side *from = &pair->sides[side];
    while ((size = mni_connection_write(&from->connection, bytes, sizeof(bytes), pair->now_us,
                                        flushing)) > 0) {
        from->packets++;
        from->bytes += size;
        uint8_t key[MNI_HASH_KEY_SIZE] = {0};
        memcpy(key, &from->digest, sizeof(from->digest));
        from->digest = mni_siphash(key, bytes, size);
        put(pair, side, bytes, size);
        if (mni_random_chance(&pair->random, from->line.duplicate)) {
            put(pair, side, bytes, size);
        }
    }
}

void test_pair_flush(test_pair *pair, uint32_t side)
{
    mni_connection_release(&pair->sides[side].connection);
    test_pair_write(pair, side, true);
}

static int64_t next_due(const test_pair *pair)
{
    int64_t best = -1;
    for (uint32_t i = 0; i < pair->count; i++) {
        const pair_packet *packet = &pair->flight[i];
        if (packet->due_us > pair->now_us) {
            continue;
        }
        if (best < 0 || packet->due_us < pair->flight[best].due_us ||
            (packet->due_us == pair->flight[best].due_us &&
             packet->order < pair->flight[best].order)) {
            best = (int64_t)i;
        }
    }
    return best;
}

void test_pair_step(test_pair *pair, uint64_t step_us)
{
    pair->now_us += step_us;
    int64_t index;
    uint8_t bytes[PAIR_PACKET_MAX];
    while ((index = next_due(pair)) >= 0) {
        pair_packet *packet = &pair->flight[index];
        pair_side *to = &pair->sides[packet->to];
        uint32_t size = packet->size;
        memcpy(bytes, packet->bytes, size);
        *packet = pair->flight[--pair->count];
        int32_t drop = mni_connection_receive(&to->connection, bytes, size, pair->now_us);
        if (drop >= 0) {
            to->dropped[drop]++;
        }
    }
    for (uint32_t i = 0; i < 2; i++) {
        mni_connection_tick(&pair->sides[i].connection, pair->now_us);
        test_pair_write(pair, i, false);
    }
}

void test_pair_run(test_pair *pair, uint64_t duration_us, uint64_t step_us)
{
    for (uint64_t i = 0; i < duration_us; i += step_us) {
        test_pair_step(pair, step_us);
    }
}

uint64_t test_pair_next_us(const test_pair *pair)
{
    uint64_t next_us = MNI_NEVER;
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t us = mni_connection_next_us(&pair->sides[i].connection);
        next_us = us < next_us ? us : next_us;
    }
    for (uint32_t i = 0; i < pair->count; i++) {
        next_us = pair->flight[i].due_us < next_us ? pair->flight[i].due_us : next_us;
    }
    return next_us;
}

bool test_pair_take(test_pair *pair, uint32_t side, mni_peer_event *event_out)
{
    return mni_events_pop(&pair->sides[side].events, event_out);
}

void test_pair_return(test_pair *pair, uint32_t side, mni_peer_event *event)
{
    if (event->event.type == MN_EVENT_MESSAGE) {
        mni_connection_return_credit(&pair->sides[side].connection, event->event.delivery,
                                     event->credit);
    }
    mni_buffer_drop(&pair->sides[side].buffers, event->buffer);
    event->buffer = NULL;
}

uint64_t test_pair_number(const mni_peer_event *event)
{
    return mni_load_u64(event->event.data);
}
