/* SPDX-License-Identifier: MIT */
/* Building, stepping and taking down the simulated world; see world.h. */
#include "sim/world.h"

#include "message/endpoint_state.h"
#include "socket/peer_state.h"
#include "support/patterns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/contract.h"

static const uint8_t trace_key[MNI_HASH_KEY_SIZE] = "mn_sim trace key";

static void *meter_allocate(void *user, size_t size, size_t alignment)
{
    sim_meter *meter = user;
    (void)alignment;
    meter->allocations++;
    meter->used += size;
    if (meter->used > meter->peak) {
        meter->peak = meter->used;
    }
    return malloc(size);
}

static void meter_release(void *user, void *memory, size_t size, size_t alignment)
{
    sim_meter *meter = user;
    (void)alignment;
    meter->used -= size;
    free(memory);
}

/* Keys and cookies of a simulation come from its seed as well: same seed, same bytes. */
static void fill_random(void *user, void *bytes, uint32_t size)
{
    uint8_t *at = bytes;
    for (uint32_t i = 0; i < size; i++) {
        at[i] = (uint8_t)mni_random_next(user);
    }
}

void sim_world_violate(sim_world *world, const char *text)
{
    for (uint32_t i = 0; i < world->violation_count; i++) {
        if (strcmp(world->violations[i], text) == 0) {
            return;
        }
    }
    if (world->violation_count < SIM_VIOLATIONS_MAX) {
        (void)snprintf(world->violations[world->violation_count++], SIM_VIOLATION_SIZE, "%s", text);
    }
}

static mn_conditions line(const sim_options *options)
{
    return (mn_conditions){
        .struct_size = sizeof(mn_conditions),
        .loss = (float)options->loss,
        .duplicate = (float)options->duplicate,
        .reorder = (float)options->reorder,
        .corrupt = (float)options->corrupt,
        .latency_us = (uint64_t)(options->latency_ms * 1000),
        .jitter_us = (uint64_t)(options->jitter_ms * 1000),
        .bytes_per_second = (uint64_t)(options->rate_kbit * 1000 / 8),
    };
}

static bool create_network(sim_world *world)
{
    mn_conditions conditions = line(&world->options);
    if (mn_network_create(&world->line.table, &world->network) < 0 ||
        mn_lossy_create(mn_network_sockets(world->network), &conditions, &conditions,
                        world->options.seed, &world->line.table, &world->lossy) < 0) {
        return false;
    }
    mni_hash_init(&world->trace, trace_key);
    mni_hash_add_u64(&world->trace, world->options.seed);
    sim_tap_init(&world->server_tap, mn_network_sockets(world->network), &world->trace);
    sim_tap_init(&world->client_tap, mn_lossy_sockets(world->lossy), &world->trace);
    return true;
}

/* Keys change every few seconds, where two minutes and a million packets are the rule. */
static void hurry(mni_endpoint *endpoint)
{
    endpoint->peer->shared.rekey = (mni_rekey){.packets = 300, .us = 2000000};
}

static bool create_server(sim_world *world, const mn_random_source *source)
{
    const test_pattern *pattern = &test_patterns[world->options.pattern];
    const test_keys keys = test_pattern_keys(pattern, TEST_RIGHT_KEYS);
    const mn_server_config config = {
        .struct_size = sizeof config,
        .max_players = world->options.clients,
        .security = pattern->security,
        .seed = world->options.seed | 1,
        .schema = world->schema,
        .sockets = &world->server_tap.sockets.factory,
        .allocator = &world->meter.table,
        .random = source,
        .shared_key = keys.shared,
        .private_key = keys.secret,
    };
    if (mn_server_create(&config, &world->server) != MN_OK) {
        return false;
    }
    hurry(mni_server_endpoint(world->server));
    return mn_server_objects_create(world->server, &world->objects) == MN_OK &&
           mn_server_start(world->server, NULL) == MN_OK;
}

static bool create_client(sim_world *world, uint32_t index, const mn_random_source *source)
{
    sim_client *client = &world->clients[index];
    const test_pattern *pattern = &test_patterns[world->options.pattern];
    const test_keys keys = test_pattern_keys(pattern, TEST_RIGHT_KEYS);
    const mn_client_config config = {
        .struct_size = sizeof config,
        .security = pattern->security,
        .seed = (world->options.seed + index + 1) | 1,
        .connect_timeout_us = 30000000,
        .schema = world->schema,
        .sockets = &world->client_tap.sockets.factory,
        .allocator = &world->meter.table,
        .random = source,
        .shared_key = keys.shared,
        .server_key = keys.known,
    };
    mn_address address;
    if (mn_client_create(&config, &client->client) != MN_OK ||
        mn_client_objects_create(client->client, &client->objects) != MN_OK ||
        mn_server_address(world->server, &address) != MN_OK) {
        return false;
    }
    hurry(mni_client_endpoint(client->client));
    if (index == 0 && world->options.host) {
        return mn_client_connect_host(client->client, world->server, &index, sizeof index) == MN_OK;
    }
    return mn_client_connect(client->client, &address, &index, sizeof index) == MN_OK;
}

bool sim_world_measure_anew(sim_world *world)
{
    sim_traffic_clear(&world->traffic);
    if (!sim_traffic_init(&world->traffic, world->options.clients * SIM_STREAMS_EACH)) {
        return false;
    }
    for (uint32_t i = 0; i < world->traffic.stream_count; i++) {
        sim_traffic_set_mode(&world->traffic, i, (sim_mode)(i % SIM_MODES));
    }
    world->client_tap.bytes = world->client_tap.packets = 0;
    world->server_tap.bytes = world->server_tap.packets = 0;
    return true;
}

static bool create_players(sim_world *world)
{
    uint32_t count = world->options.clients;
    const mn_random_source source = {.fill = fill_random, .user = &world->random};
    world->clients = calloc(count, sizeof *world->clients);
    world->movers = calloc(world->options.objects + 1, sizeof *world->movers);
    world->schema = sim_contract_create(&world->meter.table);
    if (!world->clients || !world->movers || !world->schema || !create_server(world, &source) ||
        !sim_world_measure_anew(world)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!create_client(world, i, &source)) {
            return false;
        }
    }
    return true;
}

bool sim_world_create(sim_world *world, const sim_options *options)
{
    *world = (sim_world){.options = *options, .now_us = 1000000, .next_flush_us = 1000000};
    world->meter.table = (mn_allocator){meter_allocate, meter_release, &world->meter};
    world->line.table = (mn_allocator){meter_allocate, meter_release, &world->line};
    mni_random_init(&world->random, options->seed);
    return create_network(world) && create_players(world);
}

void sim_world_destroy(sim_world *world)
{
    for (uint32_t i = 0; world->clients && i < world->options.clients; i++) {
        mn_client_destroy(world->clients[i].client);
        free(world->clients[i].seen);
    }
    mn_server_destroy(world->server);
    mn_schema_destroy(world->schema);
    mn_lossy_destroy(world->lossy);
    mn_network_destroy(world->network);
    free(world->clients);
    free(world->movers);
    if (world->meter.used || world->line.used) {
        sim_world_violate(world, "memory leaked");
    }
}

static void trace_event(sim_world *world, uint32_t where, const mn_event *event)
{
    mni_hash *trace = &world->trace;
    const uint64_t values[] = {where,         event->type, event->who,   event->object.id,
                               event->what,   event->size, event->token, event->changed,
                               event->channel};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        mni_hash_add_u64(trace, values[i]);
    }
    mni_hash_add_u64(trace, (uint64_t)event->reason);
    if (event->data) {
        mni_hash_add(trace, event->data, event->size);
    }
}

static void poll_server(sim_world *world)
{
    mn_event events[64];
    mn_result count;
    while ((count = mn_server_poll(world->server, events, 64)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            trace_event(world, 0, &events[i]);
            sim_game_server_event(world, &events[i]);
        }
    }
}

static void poll_client(sim_world *world, uint32_t index)
{
    mn_event events[64];
    mn_result count;
    while ((count = mn_client_poll(world->clients[index].client, events, 64)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            trace_event(world, index + 1, &events[i]);
            sim_game_client_event(world, index, &events[i]);
        }
    }
}

static void expect_ok(sim_world *world, mn_result result, const char *text)
{
    if (result != MN_OK) {
        sim_world_violate(world, text);
    }
}

static void flush(sim_world *world)
{
    sim_game_move(world);
    expect_ok(world, mn_server_flush(world->server, world->now_us), "the server's flush failed");
    for (uint32_t i = 0; i < world->options.clients; i++) {
        expect_ok(world, mn_client_flush(world->clients[i].client, world->now_us),
                  "a client's flush failed");
    }
    world->flushes++;
    world->next_flush_us = 1000000 + world->flushes * 1000000 / 60;
}

void sim_world_step(sim_world *world)
{
    expect_ok(world, mn_server_update(world->server, world->now_us), "the server's update failed");
    for (uint32_t i = 0; i < world->options.clients; i++) {
        expect_ok(world, mn_client_update(world->clients[i].client, world->now_us),
                  "a client's update failed");
    }
    poll_server(world);
    for (uint32_t i = 0; i < world->options.clients; i++) {
        poll_client(world, i);
    }
    if (world->now_us >= world->next_flush_us) {
        flush(world);
    }
    world->now_us += 1000;
}

void sim_world_partition(sim_world *world, bool is_partitioned)
{
    mn_conditions conditions = line(&world->options);
    conditions.partitioned = is_partitioned;
    if (mn_lossy_set(world->lossy, &conditions, &conditions) != MN_OK) {
        sim_world_violate(world, "the lines could not be changed");
    }
}

bool sim_world_is_connected(const sim_world *world)
{
    for (uint32_t i = 0; i < world->options.clients; i++) {
        if (!world->clients[i].is_authenticated || !world->clients[i].player.id) {
            return false;
        }
    }
    return true;
}

static bool is_equal(const sim_world *world, const sim_client *client)
{
    uint64_t theirs = 0;
    uint64_t ours = 1;
    return mn_client_objects_digest(client->objects, &theirs) == MN_OK &&
           mn_server_objects_digest(world->objects, client->player, &ours) == MN_OK &&
           theirs == ours &&
           mn_client_objects_list(client->objects, NULL, 0) ==
               mn_server_objects_list(world->objects, NULL, 0);
}

bool sim_world_has_converged(sim_world *world)
{
    bool all = true;
    for (uint32_t i = 0; i < world->options.clients; i++) {
        sim_client *client = &world->clients[i];
        client->has_converged = client->has_converged || is_equal(world, client);
        all = all && client->has_converged;
    }
    return all;
}
