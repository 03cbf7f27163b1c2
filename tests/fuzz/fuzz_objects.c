/* SPDX-License-Identifier: MIT */
/*
 * A client's objects, fed with anything. The input is a list of records: a kind byte, a size byte,
 * and so many bytes. Kind 0 is a piece, 1 a reliable call, 2 an unreliable one, 3 an update with
 * its poll; higher bits of the kind are milliseconds that pass. Pieces are checked, and taken if
 * they are good; a piece that is not good must leave no trace.
 */
#include "message/endpoint.h"
#include "object/held.h"
#include "object/intake.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct thing {
    float position[3];
    float rotation[4];
    int32_t health;
    char name[12];
    mn_object target;
} thing;

typedef struct list {
    uint16_t count;
    int16_t items[9];
} list;

typedef struct argument {
    int32_t number;
    char text[6];
} argument;

static const mn_field moving[] = {MN_VECTOR3(thing, position, -100, 100, 0.1),
                                  MN_QUATERNION(thing, rotation, 9)};
static const mn_field hidden[] = {MN_INT(thing, health, 0, 100)};
static const mn_field naming[] = {MN_STRING(thing, name), MN_OBJECT(thing, target)};
static const mn_group thing_groups[] = {MN_GROUP(moving, MN_TO_ALL, MN_FROM_SERVER, 0),
                                        MN_GROUP(hidden, MN_TO_OWNER, MN_FROM_SERVER, 0),
                                        MN_GROUP(naming, MN_TO_ALL, MN_FROM_SERVER, 0)};
static const mn_field contents[] = {{.min = -50,
                                     .max = 50,
                                     .step = 1,
                                     .offset = offsetof(list, items),
                                     .size = sizeof(((list *)0)->items),
                                     .count = 9,
                                     .kind = MN_KIND_INT,
                                     .flags = MN_FIELD_COUNTED,
                                     .count_offset = offsetof(list, count),
                                     .name = "items"}};
static const mn_group list_groups[] = {MN_GROUP(contents, MN_TO_ALL, MN_FROM_SERVER, 0)};
static const mn_field arguments[] = {MN_INT(argument, number, -5, 5), MN_STRING(argument, text)};
static const mn_call_type calls[] = {{.size = sizeof(argument),
                                      .field_count = MN_COUNT(arguments),
                                      .flags = MN_CALL_TO_CLIENT,
                                      .fields = arguments,
                                      .name = "hit"},
                                     {.flags = MN_CALL_TO_SERVER, .name = "fire"}};
static const mn_object_type types[] = {{.struct_size = sizeof(mn_object_type),
                                        .id = 1,
                                        .size = sizeof(thing),
                                        .group_count = MN_COUNT(thing_groups),
                                        .call_count = MN_COUNT(calls),
                                        .history = 8,
                                        .groups = thing_groups,
                                        .calls = calls,
                                        .name = "thing"},
                                       {.struct_size = sizeof(mn_object_type),
                                        .id = 2,
                                        .size = sizeof(list),
                                        .group_count = MN_COUNT(list_groups),
                                        .history = 2,
                                        .groups = list_groups,
                                        .name = "list"}};

typedef struct viewer {
    mn_schema *schema;
    mn_client *client;
    mni_endpoint *endpoint;
    mni_kinds kinds;
    mni_replicas replicas;
    mni_notices notices;
    mni_intake intake;
    mni_held held;
    uint8_t scratch[256];
    uint64_t now_us;
} viewer;

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void fill_random(void *user, void *bytes, uint32_t size)
{
    (void)user;
    memset(bytes, 42, size);
}

static void open_viewer(viewer *ours)
{
    *ours = (viewer){.now_us = 1000000};
    require(mn_schema_create(NULL, &ours->schema) == MN_OK);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        require(mn_schema_add_object(ours->schema, &types[i]) == MN_OK);
    }
    require(mn_schema_finish(ours->schema) == MN_OK);
    mn_random_source random = {.fill = fill_random};
    mn_client_config config = {.struct_size = sizeof config,
                               .security = MN_SECURITY_NONE,
                               .seed = 1,
                               .schema = ours->schema,
                               .random = &random};
    require(mn_client_create(&config, &ours->client) == MN_OK);
    ours->endpoint = mni_client_endpoint(ours->client);
    mni_memory *memory = mni_endpoint_memory(ours->endpoint);
    require(mni_kinds_init(&ours->kinds, memory, ours->schema) == MN_OK);
    require(mni_replicas_init(&ours->replicas, memory, mni_endpoint_buffers(ours->endpoint),
                              &ours->kinds, 1) == MN_OK);
    ours->replicas.self = 7;
    mni_notices_init(&ours->notices, ours->endpoint, &ours->replicas);
    require(mni_held_init(&ours->held, &ours->notices) == MN_OK);
    ours->intake = (mni_intake){
        .notices = &ours->notices, .replicas = &ours->replicas, .scratch = ours->scratch};
}

static void close_viewer(viewer *ours)
{
    mni_held_clear(&ours->held);
    mni_notices_end(&ours->notices, MN_REASON_DISCONNECTED, ours->now_us);
    mni_notices_clear(&ours->notices);
    mni_replicas_clear(&ours->replicas);
    mni_kinds_clear(&ours->kinds);
    mn_client_destroy(ours->client);
    mn_schema_destroy(ours->schema);
}

static void give_piece(viewer *ours, const uint8_t *bytes, uint32_t size)
{
    uint32_t live = ours->replicas.live_count;
    uint32_t touched = ours->replicas.touched_count;
    mni_verdict verdict = mni_intake_check(&ours->intake, bytes, size);
    require(ours->replicas.live_count == live && ours->replicas.touched_count == touched);
    if (verdict == MNI_VERDICT_GOOD) {
        mni_intake_take(&ours->intake, bytes, size);
    }
}

static void give_call(viewer *ours, const uint8_t *bytes, uint32_t size, uint8_t how)
{
    mni_buffer *buffer = mni_buffer_take(mni_endpoint_buffers(ours->endpoint), size);
    require(buffer != NULL);
    memcpy(buffer->bytes, bytes, size);
    mni_peer_event event = {.event = {.delivery = how, .size = size, .data = buffer->bytes},
                            .buffer = buffer};
    mni_held_take(&ours->held, &event);
}

static void poll(viewer *ours)
{
    mn_event events[16];
    (void)mn_client_update(ours->client, ours->now_us);
    mni_notices_release(&ours->notices);
    require(mni_notices_tell(&ours->notices));
    mni_held_tell(&ours->held, ours->now_us);
    mn_result count;
    while ((count = mn_client_poll(ours->client, events, 16)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            require(events[i].type >= MN_EVENT_SPAWNED && events[i].type <= MN_EVENT_CHARACTER);
            require(events[i].size == 0 || events[i].data != NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    viewer ours;
    open_viewer(&ours);
    size_t at = 0;
    while (size - at >= 2) {
        uint8_t kind = data[at];
        uint32_t length = data[at + 1];
        at += 2;
        length = length < size - at ? length : (uint32_t)(size - at);
        ours.now_us += 1000ULL * (kind >> 2);
        switch (kind & 3) {
        case 0:
            give_piece(&ours, data + at, length);
            break;
        case 1:
            give_call(&ours, data + at, length, MN_RELIABLE);
            break;
        case 2:
            give_call(&ours, data + at, length, MN_UNRELIABLE);
            break;
        default:
            poll(&ours);
            break;
        }
        at += length;
    }
    poll(&ours);
    close_viewer(&ours);
    return 0;
}
