/* SPDX-License-Identifier: MIT */
/*
 * A socket factory around a bad line that writes down what the line really did to the data packets
 * of two peers in plain mode: which came through and how long they took, what the round trips were,
 * and how often each message went over it. It knows the head of a packet and the mark that messages
 * begin with, and nothing of what the peers believe.
 */
#ifndef SUPPORT_WITNESS_H
#define SUPPORT_WITNESS_H

#include "support/tap.h"

#include <stdbool.h>

enum { WITNESS_PACKETS_MAX = 1 << 16, WITNESS_MESSAGES_MAX = 1 << 16, WITNESS_MARK_SIZE = 12 };

/* What went from one side to the other. */
typedef struct witness_way {
    struct {
        uint64_t sent_us, arrived_us; /* 0: it has not */
        bool asks;                    /* it has frames, and wants to be acknowledged */
    } packets[WITNESS_PACKETS_MAX];   /* by number */
    uint64_t count;                   /* of them */
    uint64_t bytes, arrived_bytes;
    uint64_t arrived, arrived_asking, asking;
    /* Of this side's packets and their acknowledgements, without what these waited for. */
    uint64_t round_trips, round_trips_us; /* how many, and their sum */
    uint64_t differences_us;              /* between one and the next, their sum */
    uint64_t newest_us;
    uint64_t acked;                               /* the largest number acknowledged, plus one */
    uint64_t first_sent_us[WITNESS_MESSAGES_MAX]; /* by the number of a message; 0: not yet */
    uint64_t messages, copies;                    /* that were seen for the first time, and again */
} witness_way;

typedef struct test_witness {
    test_tap sockets;     /* points back here: do not move */
    witness_way *ways[2]; /* from the server, from the client; on the heap */
} test_witness;

void test_witness_init(test_witness *witness, const mn_socket_factory *inner);
void test_witness_clear(test_witness *witness);
/* Writes the mark into the first WITNESS_MARK_SIZE bytes of a message. */
void test_witness_mark(uint8_t *bytes, uint32_t number);

#endif
