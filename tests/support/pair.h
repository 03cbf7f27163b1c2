/* SPDX-License-Identifier: MIT */
/*
 * Two connections and the line between them, in virtual time and from a seed: what one writes
 * reaches the other later, twice, out of order, damaged or never.
 */
#ifndef SUPPORT_PAIR_H
#define SUPPORT_PAIR_H

#include "base/random.h"
#include "socket/connection_state.h"
#include "support/memory.h"

enum { PAIR_PACKET_MAX = 1500, PAIR_FLIGHT_MAX = 4096 };

/* What the line does to the packets of one side. Probabilities of 0 to 1. */
typedef struct pair_line {
    double loss, duplicate, reorder, corrupt;
    uint64_t latency_us, jitter_us;
    bool is_cut;
} pair_line;

typedef struct pair_packet {
    uint64_t due_us;
    uint64_t order;
    uint32_t to;
    uint32_t size;
    uint8_t bytes[PAIR_PACKET_MAX];
} pair_packet;

typedef struct pair_side {
    test_allocator allocator;
    mni_memory memory;
    mni_buffers buffers;
    mni_events events;
    mn_counters counters;
    mni_shared shared;
    mni_connection connection;
    pair_line line; /* for what it sends */
    uint64_t dropped[MN_DROP_COUNT];
    uint64_t packets; /* written */
    uint64_t bytes;
    uint64_t digest; /* of all that was written */
} pair_side;

typedef struct test_pair {
    pair_side sides[2]; /* the first keeps alive */
    mni_random random;
    uint64_t now_us;
    uint64_t order;
    uint32_t count;
    pair_packet *flight; /* PAIR_FLIGHT_MAX of them, count in use */
} test_pair;

/* How a pair protects its packets, and begins. */
typedef enum pair_mode {
    PAIR_PLAIN,
    PAIR_SEALED,
    PAIR_ANNOUNCED /* sealed, and the second side awaits a payload, which the first one offers */
} pair_mode;

/* A resolved config with the defaults of mn_peer_config. */
mn_peer_config test_pair_config(void);
void test_pair_open(test_pair *pair, const mn_peer_config *config, uint64_t seed); /* plain */
void test_pair_open_as(test_pair *pair, const mn_peer_config *config, uint64_t seed,
                       pair_mode mode);
/* The first side's application tells this to the second's, once. */
void test_pair_offer(test_pair *pair, const void *payload, uint32_t size);
/* Both sides change their keys after so many packets. */
void test_pair_set_rekey(test_pair *pair, uint64_t packets);
/* Ends with nothing allocated, or the program aborts. */
void test_pair_close(test_pair *pair);
void test_pair_set_lines(test_pair *pair, const pair_line *line); /* both directions */

/* Queues size bytes that begin with the number (as far as they reach). */
mn_result test_pair_send(test_pair *pair, uint32_t side, uint32_t size, uint64_t number,
                         uint32_t how, uint64_t token);
void test_pair_write(test_pair *pair, uint32_t side, bool flushing); /* all that is due */
void test_pair_flush(test_pair *pair, uint32_t side);                /* releases and writes */
/* Time goes on; at its end, what has arrived is taken in and timers run. */
void test_pair_step(test_pair *pair, uint64_t step_us);
void test_pair_run(test_pair *pair, uint64_t duration_us, uint64_t step_us);
/* When something is due on either side or on the line. MNI_NEVER: nothing. */
uint64_t test_pair_next_us(const test_pair *pair);
bool test_pair_take(test_pair *pair, uint32_t side, mni_peer_event *event_out);
/* Gives back the event's buffer and credit. */
void test_pair_return(test_pair *pair, uint32_t side, mni_peer_event *event);
/* The number a message begins with; its size is 8 at least. */
uint64_t test_pair_number(const mni_peer_event *event);

#endif
