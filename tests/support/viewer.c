/* SPDX-License-Identifier: MIT */
/* See viewer.h. */
#include "support/viewer.h"

#include "object/delta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "viewer: %s\n", what);
        abort();
    }
}

static void fill_random(void *user, void *bytes, uint32_t size)
{
    (void)user;
    memset(bytes, 42, size);
}

void viewer_open(test_viewer *viewer)
{
    memset(viewer, 0, sizeof *viewer);
    test_allocator_init(&viewer->allocator);
    viewer->schema = stage_make_schema(NULL);
    mn_random_source random = {.fill = fill_random};
    mn_client_config config = {.struct_size = sizeof config,
                               .security = MN_SECURITY_NONE,
                               .seed = 1,
                               .schema = viewer->schema,
                               .allocator = &viewer->allocator.table,
                               .random = &random};
    require(mn_client_create(&config, &viewer->client) == MN_OK, "no client");
    viewer->endpoint = mni_client_endpoint(viewer->client);
    mni_memory *memory = mni_endpoint_memory(viewer->endpoint);
    mni_buffers *buffers = mni_endpoint_buffers(viewer->endpoint);
    require(mni_kinds_init(&viewer->kinds, memory, viewer->schema) == MN_OK, "no kinds");
    require(mni_replicas_init(&viewer->replicas, memory, buffers, &viewer->kinds, 1) == MN_OK,
            "no replicas");
    viewer->replicas.self = VIEWER_SELF;
    mni_notices_init(&viewer->notices, viewer->endpoint, &viewer->replicas);
    require(mni_held_init(&viewer->held, &viewer->notices) == MN_OK, "nothing held");
    viewer->intake = (mni_intake){
        .notices = &viewer->notices, .replicas = &viewer->replicas, .scratch = viewer->scratch};
}

void viewer_close(test_viewer *viewer)
{
    mni_held_clear(&viewer->held);
    mni_notices_clear(&viewer->notices);
    mni_replicas_clear(&viewer->replicas);
    mni_kinds_clear(&viewer->kinds);
    mn_client_destroy(viewer->client);
    mn_schema_destroy(viewer->schema);
    require(viewer->allocator.live == 0, "something was not released");
}

void viewer_begin(test_viewer *viewer, uint64_t time_us)
{
    viewer->piece = mni_piece_begin(viewer->bytes, sizeof viewer->bytes, time_us, 0);
}

static void write_delta(test_viewer *viewer, int32_t from, int32_t to)
{
    const mni_kind *tank = &viewer->kinds.all[0];
    stage_tank before;
    memcpy(&before, tank->type->defaults, sizeof before);
    stage_tank after = before;
    before.counter = from;
    after.counter = to;
    mni_delta_write(tank, tank->everything, &after, &before, &viewer->piece.bits);
}

void viewer_state(test_viewer *viewer, uint32_t slot, uint32_t object, uint16_t version,
                  int32_t counter)
{
    mni_piece_state entry = {.object = object, .version = version};
    mni_piece_write_state(&viewer->piece, slot, &viewer->kinds, &entry);
    const stage_tank *defaults = (const void *)viewer->kinds.all[0].type->defaults;
    write_delta(viewer, defaults->counter, counter);
}

void viewer_update(test_viewer *viewer, uint32_t slot, uint16_t baseline, uint32_t age,
                   int32_t from, int32_t to)
{
    mni_piece_write_update(&viewer->piece, slot, baseline, (uint16_t)(baseline + age));
    write_delta(viewer, from, to);
}

void viewer_gone(test_viewer *viewer, uint32_t slot)
{
    mni_piece_write_gone(&viewer->piece, slot, MN_REASON_DESTROYED);
}

mni_verdict viewer_end(test_viewer *viewer)
{
    uint32_t size = mni_piece_end(&viewer->piece);
    mni_verdict verdict = mni_intake_check(&viewer->intake, viewer->bytes, size);
    if (verdict == MNI_VERDICT_GOOD) {
        mni_intake_take(&viewer->intake, viewer->bytes, size);
    }
    return verdict;
}

uint32_t viewer_poll(test_viewer *viewer, uint64_t now_us)
{
    (void)mn_client_update(viewer->client, now_us); /* what was polled is released */
    mni_notices_release(&viewer->notices);
    if (mni_notices_tell(&viewer->notices)) {
        mni_held_tell(&viewer->held, now_us);
    }
    mn_result count = mn_client_poll(viewer->client, viewer->events, VIEWER_EVENTS);
    require(count >= 0, "poll failed");
    return (uint32_t)count;
}

void viewer_call(test_viewer *viewer, const mni_call *call, int32_t number, uint32_t how)
{
    mni_buffers *buffers = mni_endpoint_buffers(viewer->endpoint);
    const mni_call_type *type = &viewer->kinds.all[0].type->calls[STAGE_HIT];
    stage_number arguments = {number};
    stage_number scratch;
    mni_buffer *encoded = mni_call_encode_arguments(buffers, type, &arguments, &scratch);
    require(encoded != NULL, "out of memory");
    mni_call whole = *call;
    whole.arguments = encoded->bytes;
    whole.size = encoded->size;
    mni_buffer *buffer = mni_call_encode(buffers, &whole, false);
    require(buffer != NULL, "out of memory");
    mni_buffer_drop(buffers, encoded);
    mni_peer_event event = {.event = {.type = MN_EVENT_MESSAGE,
                                      .delivery = (uint8_t)how,
                                      .size = buffer->size,
                                      .data = buffer->bytes},
                            .buffer = buffer};
    mni_held_take(&viewer->held, &event);
}

uint64_t viewer_dropped(test_viewer *viewer, uint32_t drop)
{
    return mni_endpoint_counts(viewer->endpoint)->dropped[drop];
}
