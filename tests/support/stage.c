/* SPDX-License-Identifier: MIT */
/* See stage.h. */
#include "support/stage.h"

#include "support/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition, what) require(condition, what, __LINE__)

static void require(int condition, const char *what, int line)
{
    if (!condition) {
        (void)fprintf(stderr, "stage: line %d: %s\n", line, what);
        abort();
    }
}

static const mn_address address = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2},
                                   .port = MN_DEFAULT_PORT};

/* ---- types */

static const mn_field motion[] = {MN_VECTOR3(stage_tank, position, -512, 512, 0.01),
                                  MN_ANGLE(stage_tank, heading, 12)};
static const mn_field count[] = {MN_INT(stage_tank, counter, 0, 1000000)};
static const mn_field vitals[] = {MN_INT(stage_tank, ammo, 0, 1000), MN_STRING(stage_tank, secret)};
static const mn_field identity[] = {MN_STRING(stage_tank, name), MN_OBJECT(stage_tank, target)};
static const mn_group tank_groups[] = {
    MN_GROUP(motion, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(count, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(vitals, MN_TO_OWNER, MN_FROM_SERVER, 0),
    MN_GROUP(identity, MN_TO_ALL, MN_FROM_SERVER, 10),
};
static const mn_field number[] = {MN_INT(stage_number, number, -1000000, 1000000)};
static const mn_call_type tank_calls[] = {
    [STAGE_FIRE] = {.size = sizeof(stage_number),
                    .field_count = MN_COUNT(number),
                    .fields = number,
                    .flags = MN_CALL_TO_SERVER,
                    .name = "fire"},
    [STAGE_HONK] = {.flags = MN_CALL_TO_SERVER | MN_CALL_BY_ANYBODY, .name = "honk"},
    [STAGE_WAVE] = {.size = sizeof(stage_number),
                    .field_count = MN_COUNT(number),
                    .fields = number,
                    .how = MN_UNRELIABLE,
                    .flags = MN_CALL_TO_SERVER | MN_CALL_BY_ANYBODY,
                    .name = "wave"},
    [STAGE_HIT] = {.size = sizeof(stage_number),
                   .field_count = MN_COUNT(number),
                   .fields = number,
                   .flags = MN_CALL_TO_CLIENT,
                   .name = "hit"},
    [STAGE_SPARK] = {.size = sizeof(stage_number),
                     .field_count = MN_COUNT(number),
                     .fields = number,
                     .how = MN_UNRELIABLE,
                     .flags = MN_CALL_TO_CLIENT,
                     .name = "spark"},
};
static const stage_tank tank_defaults = {.counter = 5, .ammo = 50, .name = "unnamed"};

static const mn_field flight[] = {MN_VECTOR2(stage_shell, position, -512, 512, 0.1)};
static const mn_group shell_groups[] = {MN_GROUP(flight, MN_TO_ALL, MN_FROM_SERVER, 0)};

static const mn_field contents[] = {{.min = -1000,
                                     .max = 1000,
                                     .step = 1,
                                     .offset = offsetof(stage_bag, items),
                                     .size = sizeof(((stage_bag *)0)->items),
                                     .count = 20,
                                     .kind = MN_KIND_INT,
                                     .flags = MN_FIELD_COUNTED,
                                     .count_offset = offsetof(stage_bag, count),
                                     .name = "items"},
                                    MN_STRING(stage_bag, text)};
static const mn_group bag_groups[] = {MN_GROUP(contents, MN_TO_ALL, MN_FROM_SERVER, 0)};

static const mn_field flag[] = {MN_BOOL(stage_flag, is_up)};
static const mn_group flag_groups[] = {MN_GROUP(flag, MN_TO_ALL, MN_FROM_SERVER, 0)};

static const mn_object_type types[STAGE_TYPES] = {
    {.struct_size = sizeof(mn_object_type),
     .id = STAGE_TANK,
     .size = sizeof(stage_tank),
     .group_count = MN_COUNT(tank_groups),
     .call_count = MN_COUNT(tank_calls),
     .groups = tank_groups,
     .calls = tank_calls,
     .defaults = &tank_defaults,
     .name = "tank"},
    {.struct_size = sizeof(mn_object_type),
     .id = STAGE_SHELL,
     .size = sizeof(stage_shell),
     .group_count = MN_COUNT(shell_groups),
     .history = 16,
     .groups = shell_groups,
     .name = "shell"},
    {.struct_size = sizeof(mn_object_type),
     .id = STAGE_BAG,
     .size = sizeof(stage_bag),
     .group_count = MN_COUNT(bag_groups),
     .groups = bag_groups,
     .name = "bag"},
    {.struct_size = sizeof(mn_object_type),
     .id = STAGE_FLAG,
     .size = sizeof(stage_flag),
     .group_count = MN_COUNT(flag_groups),
     .history = 2,
     .groups = flag_groups,
     .name = "flag"},
    {.struct_size = sizeof(mn_object_type), .id = STAGE_MARK, .name = "mark"},
};

static uint32_t size_of(uint32_t type)
{
    for (uint32_t i = 0; i < STAGE_TYPES; i++) {
        if (types[i].id == type) {
            return types[i].size;
        }
    }
    REQUIRE(0, "an event has a type that does not exist");
    return 0;
}

mn_schema *stage_make_schema(const mn_allocator *allocator)
{
    mn_schema *schema = NULL;
    REQUIRE(mn_schema_create(allocator, &schema) == MN_OK, "no schema");
    for (uint32_t i = 0; i < STAGE_TYPES; i++) {
        mn_result result = mn_schema_add_object(schema, &types[i]);
        REQUIRE(result == MN_OK, mn_schema_error_text(schema));
    }
    mn_message_type message = {
        .struct_size = sizeof message, .id = 1, .max_size = 64, .name = "note"};
    REQUIRE(mn_schema_add_message(schema, &message) == MN_OK, "the message was refused");
    REQUIRE(mn_schema_finish(schema) == MN_OK, "the schema was not finished");
    return schema;
}

/* ---- life */

test_stage *stage_create(const mn_conditions *conditions, uint64_t seed)
{
    test_stage *stage = calloc(1, sizeof *stage);
    REQUIRE(stage != NULL, "the machine is out of memory");
    test_allocator_init(&stage->allocator);
    stage->now_us = STAGE_START_US;
    stage->step_us = 1000;
    stage->flush_us = 16000;
    stage->random_state = seed;
    stage->security = seed % 2 == 0 ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED;
    mni_random_init(&stage->random, seed);
    REQUIRE(mn_network_create(NULL, &stage->network) == MN_OK, "no network");
    REQUIRE(mn_lossy_create(mn_network_sockets(stage->network), conditions, conditions, seed, NULL,
                            &stage->lossy) == MN_OK,
            "no lossy line");
    stage->schema = stage_make_schema(&stage->allocator.table);
    return stage;
}

void stage_destroy(test_stage *stage)
{
    for (uint32_t i = 0; i < stage->count; i++) {
        stage_leave(stage, i);
        free(stage->clients[i].mirrors);
        free(stage->clients[i].log);
    }
    mn_server_destroy(stage->server);
    mn_schema_destroy(stage->schema);
    REQUIRE(stage->allocator.live == 0, "something was not released");
    mn_lossy_destroy(stage->lossy);
    mn_network_destroy(stage->network);
    free(stage->server_log);
    free(stage);
}

void stage_set_conditions(test_stage *stage, const mn_conditions *conditions)
{
    REQUIRE(mn_lossy_set(stage->lossy, conditions, conditions) == MN_OK, "bad conditions");
}

static mn_random_source source_of(test_stage *stage)
{
    return (mn_random_source){.fill = test_random_fill, .user = &stage->random_state};
}

void stage_serve(test_stage *stage)
{
    mn_random_source random = source_of(stage);
    mn_server_config config = {.struct_size = sizeof config,
                               .security = stage->security,
                               .max_players = STAGE_CLIENTS_MAX,
                               .seed = 1,
                               .schema = stage->schema,
                               .sockets = mn_network_sockets(stage->network),
                               .allocator = &stage->allocator.table,
                               .random = &random};
    REQUIRE(mn_server_create(&config, &stage->server) == MN_OK, "no server");
    REQUIRE(mn_server_objects_create(stage->server, &stage->objects) == MN_OK, "no objects");
    REQUIRE(mn_server_start(stage->server, &address) == MN_OK, "the server did not start");
}

static stage_client *make_client(test_stage *stage)
{
    REQUIRE(stage->count < STAGE_CLIENTS_MAX, "too many clients");
    stage_client *client = &stage->clients[stage->count++];
    client->mirrors = calloc(STAGE_IDS_MAX, sizeof *client->mirrors);
    REQUIRE(client->mirrors != NULL, "the machine is out of memory");
    mn_random_source random = source_of(stage);
    mn_client_config config = {.struct_size = sizeof config,
                               .security = stage->security,
                               .seed = stage->count + 1,
                               .schema = stage->schema,
                               .sockets = mn_lossy_sockets(stage->lossy),
                               .allocator = &stage->allocator.table,
                               .random = &random};
    REQUIRE(mn_client_create(&config, &client->client) == MN_OK, "no client");
    REQUIRE(mn_client_objects_create(client->client, &client->objects) == MN_OK, "no objects");
    return client;
}

uint32_t stage_join(test_stage *stage)
{
    stage_client *client = make_client(stage);
    REQUIRE(mn_client_connect(client->client, &address, NULL, 0) == MN_OK, "no connection");
    return stage->count - 1;
}

uint32_t stage_join_host(test_stage *stage)
{
    stage_client *client = make_client(stage);
    client->is_host = true;
    REQUIRE(mn_client_connect_host(client->client, stage->server, NULL, 0) == MN_OK, "no host");
    return stage->count - 1;
}

void stage_reconnect(test_stage *stage, uint32_t client)
{
    stage->clients[client].is_ended = false;
    REQUIRE(mn_client_connect(stage->clients[client].client, &address, NULL, 0) == MN_OK,
            "no connection");
}

void stage_restart(test_stage *stage)
{
    REQUIRE(mn_server_start(stage->server, &address) == MN_OK, "the server did not start");
}

void stage_leave(test_stage *stage, uint32_t client)
{
    mn_client_destroy(stage->clients[client].client);
    stage->clients[client].client = NULL;
    stage->clients[client].objects = NULL;
}

mn_player stage_player(const test_stage *stage, uint32_t client)
{
    return mn_client_player(stage->clients[client].client);
}

/* ---- logs */

static void put(char **log, size_t *size, const char *line)
{
    size_t length = strlen(line);
    REQUIRE(*size + length < STAGE_LOG_MAX, "the log is full");
    memcpy(*log + *size, line, length + 1);
    *size += length;
}

/* What a host and a remote client must have in common: not tokens, not times. */
static void log_event(char **log, size_t *size, const mn_event *event)
{
    if (*log == NULL) {
        return;
    }
    char line[512];
    int at = snprintf(line, sizeof line,
                      "%u who %u object %u type %u what %u by %u/%u "
                      "changed %llx reason %d user %llu:",
                      event->type, event->who, event->object.id, event->object_type, event->what,
                      event->delivery, event->channel, (unsigned long long)event->changed,
                      event->reason, (unsigned long long)event->user);
    const uint8_t *data = event->data;
    for (uint32_t i = 0; i < event->size && at < 400; i++) {
        at += snprintf(line + at, sizeof line - (size_t)at, "%02x", data[i]);
    }
    const uint8_t *before = event->before;
    for (uint32_t i = 0; before != NULL && i < event->size && at < 500; i++) {
        at += snprintf(line + at, sizeof line - (size_t)at, i == 0 ? "<%02x" : "%02x", before[i]);
    }
    (void)snprintf(line + at, sizeof line - (size_t)at, "\n");
    put(log, size, line);
}

/* ---- events */

static void on_call(stage_client *client, stage_mirror *mirror, const mn_event *event)
{
    const stage_number *arguments = event->data;
    REQUIRE(mirror->is_alive, "a call for what is not there");
    REQUIRE(event->size == sizeof *arguments, "a call's arguments have another size");
    if (event->what == STAGE_HIT && !client->is_host) {
        const stage_tank *tank = mn_client_objects_state(client->objects, event->object);
        stage_tank told;
        memcpy(&told, mirror->state, sizeof told);
        REQUIRE(tank != NULL && tank->counter >= arguments->number,
                "a call came before the state it was made in");
        REQUIRE(told.counter >= arguments->number, "a call came before the event of its state");
    }
    if (event->what == STAGE_HIT) {
        REQUIRE(arguments->number >= mirror->hits, "calls of an object changed places");
        mirror->hits = arguments->number;
    }
}

static void on_object(stage_client *client, stage_mirror *mirror, const mn_event *event)
{
    switch (event->type) {
    case MN_EVENT_SPAWNED:
        REQUIRE(!mirror->is_alive, "SPAWNED twice");
        *mirror = (stage_mirror){.is_alive = true, .type = event->object_type, .owner = event->who};
        REQUIRE(event->size == size_of(event->object_type), "a state has another size");
        memcpy(mirror->state, event->data, event->size);
        break;
    case MN_EVENT_CHANGED:
        REQUIRE(mirror->is_alive && mirror->type == event->object_type, "CHANGED of nothing");
        REQUIRE(event->changed != 0, "CHANGED without a change");
        REQUIRE(memcmp(event->before, mirror->state, event->size) == 0,
                "before is not what was told before");
        memcpy(mirror->state, event->data, event->size);
        break;
    case MN_EVENT_DESPAWNED:
        REQUIRE(mirror->is_alive, "DESPAWNED of nothing");
        REQUIRE(event->data != NULL && event->size == size_of(mirror->type), "no last state");
        mirror->is_alive = false;
        break;
    case MN_EVENT_OWNER:
        REQUIRE(mirror->is_alive, "OWNER of nothing");
        REQUIRE(mirror->owner != event->who, "OWNER without a change");
        mirror->owner = event->who;
        break;
    case MN_EVENT_CALL:
        on_call(client, mirror, event);
        break;
    default:
        break;
    }
}

static void on_client_event(test_stage *stage, stage_client *client, const mn_event *event)
{
    REQUIRE(event->type <= MN_EVENT_CHARACTER, "an unknown event");
    client->counts[event->type]++;
    client->last[event->type] = *event;
    log_event(&client->log, &client->log_size, event);
    if (event->type == MN_EVENT_AUTHENTICATED) {
        client->is_authenticated = true;
    } else if (event->type == MN_EVENT_DISCONNECTED || event->type == MN_EVENT_CONNECT_FAILED) {
        client->is_ended = true;
        client->is_authenticated = false;
    } else if (event->type == MN_EVENT_CHARACTER) {
        REQUIRE(client->character != event->object.id, "CHARACTER without a change");
        client->character = event->object.id;
    } else if (event->object.id != 0) {
        REQUIRE(event->object.id < STAGE_IDS_MAX, "more net ids than the mirrors know");
        REQUIRE(event->time_us <= stage->now_us + 1000000, "an event from the future");
        on_object(client, &client->mirrors[event->object.id], event);
    }
}

static void on_server_event(test_stage *stage, const mn_event *event)
{
    stage->server_counts[event->type]++;
    stage->server_last[event->type] = *event;
    log_event(&stage->server_log, &stage->server_log_size, event);
    if (event->type == MN_EVENT_CALL && event->what == STAGE_FIRE) {
        const stage_number *arguments = event->data;
        REQUIRE(arguments->number >= stage->fires, "calls to the server changed places");
        stage->fires = arguments->number;
    }
}

static void poll(test_stage *stage)
{
    mn_event events[16];
    mn_result got;
    while ((got = mn_server_poll(stage->server, events, 16)) > 0) {
        for (mn_result i = 0; i < got; i++) {
            on_server_event(stage, &events[i]);
        }
    }
    for (uint32_t c = 0; c < stage->count; c++) {
        stage_client *client = &stage->clients[c];
        while (client->client != NULL && (got = mn_client_poll(client->client, events, 16)) > 0) {
            for (mn_result i = 0; i < got; i++) {
                on_client_event(stage, client, &events[i]);
            }
        }
    }
}

/* ---- the frame */

void stage_step(test_stage *stage)
{
    stage->now_us += stage->step_us;
    (void)mn_server_update(stage->server, stage->now_us);
    for (uint32_t i = 0; i < stage->count; i++) {
        (void)mn_client_update(stage->clients[i].client, stage->now_us);
    }
    if (!stage->is_patient) {
        poll(stage);
    }
    if (stage->now_us < stage->next_flush_us) {
        return;
    }
    stage->next_flush_us = stage->now_us + stage->flush_us;
    (void)mn_server_flush(stage->server, stage->now_us);
    for (uint32_t i = 0; i < stage->count; i++) {
        (void)mn_client_flush(stage->clients[i].client, stage->now_us);
    }
}

void stage_run(test_stage *stage, uint64_t duration_us)
{
    for (uint64_t end_us = stage->now_us + duration_us; stage->now_us < end_us;) {
        stage_step(stage);
    }
}

bool stage_is_equal(const test_stage *stage, uint32_t client)
{
    const stage_client *ours = &stage->clients[client];
    uint64_t at_server;
    uint64_t at_client;
    mn_player player = stage_player(stage, client);
    return ours->is_authenticated &&
           mn_server_objects_digest(stage->objects, player, &at_server) == MN_OK &&
           mn_client_objects_digest(ours->objects, &at_client) == MN_OK && at_server == at_client;
}

bool stage_is_complete(const test_stage *stage)
{
    for (uint32_t i = 0; i < stage->count; i++) {
        const stage_client *client = &stage->clients[i];
        bool is_in = client->is_authenticated && client->counts[MN_EVENT_SPAWNED] > 0;
        if (client->client != NULL && !client->is_ended && !is_in) {
            return false;
        }
    }
    return true;
}

void stage_gather(test_stage *stage)
{
    uint64_t limit_us = stage->now_us + 60000000;
    while (!stage_is_complete(stage)) {
        REQUIRE(stage->now_us < limit_us, "somebody does not come");
        stage_step(stage);
    }
}

static bool is_all_equal(const test_stage *stage)
{
    for (uint32_t i = 0; i < stage->count; i++) {
        if (stage->clients[i].client != NULL && !stage->clients[i].is_ended &&
            !stage_is_equal(stage, i)) {
            return false;
        }
    }
    return true;
}

uint64_t stage_settle(test_stage *stage, uint64_t limit_us)
{
    uint64_t start_us = stage->now_us;
    /* At least one flush, so that the server's digest is of the newest state. */
    stage_run(stage, stage->flush_us);
    while (!is_all_equal(stage)) {
        if (stage->now_us - start_us >= limit_us) {
            return UINT64_MAX;
        }
        stage_step(stage);
    }
    return stage->now_us - start_us;
}

/* ---- shorthands */

mn_object stage_spawn(test_stage *stage, uint32_t type, mn_player owner)
{
    mn_object object = {0};
    REQUIRE(mn_server_objects_spawn(stage->objects, type, owner, &object) == MN_OK, "no spawn");
    return object;
}

void stage_change(test_stage *stage, mn_object object)
{
    mni_random *random = &stage->random;
    void *state = mn_server_objects_state(stage->objects, object);
    switch (mn_server_objects_type(stage->objects, object)) {
    case STAGE_TANK: {
        stage_tank *tank = state;
        tank->counter++;
        tank->position[mni_random_below(random, 3)] += (float)mni_random_unit(random) - 0.5F;
        tank->heading += 0.01F;
        if (mni_random_chance(random, 0.2)) {
            tank->ammo = (int32_t)mni_random_below(random, 1000);
            (void)snprintf(tank->secret, sizeof tank->secret, "s%u",
                           (unsigned)mni_random_below(random, 1000));
        }
        if (mni_random_chance(random, 0.1)) {
            (void)snprintf(tank->name, sizeof tank->name, "tank %u",
                           (unsigned)mni_random_below(random, 1000));
        }
        break;
    }
    case STAGE_SHELL:
        ((stage_shell *)state)->position[0] += 0.3F;
        break;
    case STAGE_BAG: {
        stage_bag *bag = state;
        bag->count = (uint16_t)mni_random_below(random, 21);
        bag->items[mni_random_below(random, 20)] = (int16_t)mni_random_below(random, 1000);
        (void)snprintf(bag->text, sizeof bag->text, "%u", (unsigned)mni_random_below(random, 99));
        break;
    }
    case STAGE_FLAG:
        ((stage_flag *)state)->is_up ^= 1;
        break;
    default:
        break;
    }
}

stage_tank *stage_tank_of(test_stage *stage, mn_object object)
{
    return mn_server_objects_state(stage->objects, object);
}

const stage_tank *stage_seen_tank(const test_stage *stage, uint32_t client, mn_object object)
{
    return mn_client_objects_state(stage->clients[client].objects, object);
}

mn_result stage_call_clients(test_stage *stage, mn_object object, uint32_t call, uint32_t target,
                             mn_player player)
{
    const stage_tank *tank = stage_tank_of(stage, object);
    stage_number arguments = {tank != NULL ? tank->counter : 0};
    mn_call what = {.object = object,
                    .call = call,
                    .target = target,
                    .player = player,
                    .size = sizeof arguments,
                    .arguments = &arguments};
    return mn_server_objects_call(stage->objects, &what);
}

mn_result stage_call_server(test_stage *stage, uint32_t client, mn_object object, uint32_t call,
                            int32_t number_sent)
{
    stage_number arguments = {number_sent};
    mn_call what = {.object = object, .call = call};
    if (call != STAGE_HONK) {
        what.size = sizeof arguments;
        what.arguments = &arguments;
    }
    return mn_client_objects_call(stage->clients[client].objects, &what);
}
