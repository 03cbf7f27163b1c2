/* SPDX-License-Identifier: MIT */
/*
 * What a client has to see objects with, piece by piece, on the endpoint of a client that is not
 * connected: pieces and calls are given to it by hand, and what they become is polled.
 */
#ifndef SUPPORT_VIEWER_H
#define SUPPORT_VIEWER_H

#include "object/held.h"
#include "object/intake.h"
#include "support/stage.h"

enum { VIEWER_SELF = 77, VIEWER_EVENTS = 64, VIEWER_BYTES = 4096 };

typedef struct test_viewer {
    test_allocator allocator;
    mn_schema *schema;
    mn_client *client;
    mni_endpoint *endpoint;
    mni_kinds kinds;
    mni_replicas replicas;
    mni_notices notices;
    mni_intake intake;
    mni_held held;
    uint8_t scratch[256];
    mn_event events[VIEWER_EVENTS]; /* of the last poll */
    /* A piece that is being written. */
    uint8_t bytes[VIEWER_BYTES];
    mni_piece_writer piece;
} test_viewer;

void viewer_open(test_viewer *viewer);
void viewer_close(test_viewer *viewer);

void viewer_begin(test_viewer *viewer, uint64_t time_us);
/* A tank with this counter, all else as by default. */
void viewer_state(test_viewer *viewer, uint32_t slot, uint32_t object, uint16_t version,
                  int32_t counter);
/* From one counter to another. The number of the flush is 0, so baselines are other numbers. */
void viewer_update(test_viewer *viewer, uint32_t slot, uint16_t baseline, uint32_t age,
                   int32_t from, int32_t to);
void viewer_gone(test_viewer *viewer, uint32_t slot);
/* Checks the piece, and takes it if it is good. */
mni_verdict viewer_end(test_viewer *viewer);

/* Tells and polls; how many events there were. */
uint32_t viewer_poll(test_viewer *viewer, uint64_t now_us);
/* A call of the server arrives. */
void viewer_call(test_viewer *viewer, const mni_call *call, int32_t number, uint32_t how);
uint64_t viewer_dropped(test_viewer *viewer, uint32_t drop);

#endif
