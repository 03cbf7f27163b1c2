/* SPDX-License-Identifier: MIT */
/*
 * Numbered messages on streams, and what became of them. A stream is one sender, one receiver and
 * one mode; a message carries its stream, its number and when it was sent, so that the receiver can
 * tell doubles, order and latency without asking the sender.
 */
#ifndef SIM_TRAFFIC_H
#define SIM_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

enum { SIM_MESSAGE_SIZE = 64 };
typedef enum sim_mode { SIM_UNRELIABLE, SIM_RELIABLE, SIM_NOTIFY, SIM_MODES } sim_mode;

enum { SIM_RECEIVED = 1, SIM_SAID_DELIVERED = 2, SIM_SAID_LOST = 4 };

typedef struct sim_stream {
    sim_mode mode;
    uint8_t *fate; /* by number: SIM_… */
    uint32_t sent, capacity;
    uint32_t newest; /* number received last in order, plus one */
} sim_stream;

typedef struct sim_totals {
    uint64_t sent, delivered, duplicated, out_of_order, lost;
    uint32_t *latencies_us;
    uint64_t count, capacity;
    uint64_t sum_us;
} sim_totals;

typedef struct sim_traffic {
    sim_stream *streams;
    uint32_t stream_count;
    sim_totals totals[SIM_MODES];
} sim_traffic;

bool sim_traffic_init(sim_traffic *traffic, uint32_t stream_count);
void sim_traffic_clear(sim_traffic *traffic);
void sim_traffic_set_mode(sim_traffic *traffic, uint32_t stream, sim_mode mode);
/* Writes the stream's next message; `taken` tells whether the library took it. */
uint32_t sim_traffic_next(sim_traffic *traffic, uint32_t stream, uint64_t now_us,
                          uint8_t bytes[SIM_MESSAGE_SIZE]);
void sim_traffic_taken(sim_traffic *traffic, uint32_t stream);
/* A text that says what is wrong with the message, or NULL. */
const char *sim_traffic_received(sim_traffic *traffic, uint32_t stream, const uint8_t *bytes,
                                 uint32_t size, uint64_t now_us);
uint32_t sim_traffic_stream_of(const uint8_t *bytes);
const char *sim_traffic_told(sim_traffic *traffic, uint64_t token, bool delivered);
uint64_t sim_traffic_token(uint32_t stream, uint32_t number);
/* Every reliable message has arrived and every notify message has been told of. */
bool sim_traffic_settled(const sim_traffic *traffic);
/* In the end: what was said to be delivered has been received. */
bool sim_traffic_is_honest(const sim_traffic *traffic);
void sim_traffic_finish(sim_traffic *traffic); /* counts the lost, sorts latencies */
double sim_traffic_percentile_ms(const sim_traffic *traffic, sim_mode mode, double percentile);

#endif
