/* SPDX-License-Identifier: MIT */
/* See peers.h. */
#include "support/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const mn_address test_server_address = {.ip = {[10] = 0xff, 0xff, 192, 168, 0, 1}, .port = 7777};

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "test_peers: %s\n", what);
        abort();
    }
}

/* splitmix64 (Steele, Lea and Flood, 2014) */
static void fill_random(void *user, void *bytes, uint32_t size)
{
    test_peers *world = user;
    for (uint32_t i = 0; i < size; i++) {
        world->random_state += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t z = world->random_state;
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        ((uint8_t *)bytes)[i] = (uint8_t)(z >> 56);
    }
}

test_peers *test_peers_create(const mn_conditions *conditions, uint64_t seed)
{
    test_peers *world = calloc(1, sizeof(*world));
    require(world != NULL, "the machine is out of memory");
    test_allocator_init(&world->allocator);
    world->random_state = seed;
    world->security = seed % 2 == 0 ? MN_SECURITY_ENCRYPTED : MN_SECURITY_NONE;
    world->now_us = 1000000;
    world->step_us = 1000;
    require(mn_network_create(NULL, &world->network) == MN_OK, "no network");
    require(mn_lossy_create(mn_network_sockets(world->network), conditions, NULL, seed, NULL,
                            &world->lossy) == MN_OK,
            "no lossy wrapper");
    world->sockets = mn_lossy_sockets(world->lossy);
    return world;
}

void test_peers_destroy(test_peers *world)
{
    for (uint32_t i = 0; i < world->count; i++) {
        mn_peer_destroy(world->peers[i]);
    }
    mn_lossy_destroy(world->lossy);
    mn_network_destroy(world->network);
    require(world->allocator.live == 0, "memory leaked");
    free(world);
}

void test_peers_set_line(test_peers *world, const mn_conditions *conditions)
{
    require(mn_lossy_set(world->lossy, conditions, NULL) == MN_OK, "no such line");
}

mn_peer_config test_peers_config(test_peers *world)
{
    return (mn_peer_config){
        .struct_size = sizeof(mn_peer_config),
        .security = world->security,
        .application = 7,
        .tag = 70,
        .seed = 1,
        .sockets = world->sockets,
        .allocator = &world->allocator.table,
    };
}

mn_peer_config test_peers_failing_config(test_peers *world, failing_sockets *failing)
{
    failing_sockets_init(failing, world->sockets);
    mn_peer_config config = test_peers_config(world);
    config.sockets = &failing->factory;
    return config;
}

uint32_t test_peers_add(test_peers *world, const mn_peer_config *config)
{
    mn_random_source random = {.fill = fill_random, .user = world};
    mn_peer_config own = config != NULL ? *config : test_peers_config(world);
    own.random = own.random != NULL ? own.random : &random;
    require(world->count < TEST_PEERS_MAX, "too many peers");
    require(mn_peer_create(&own, &world->peers[world->count]) == MN_OK, "no peer");
    return world->count++;
}

uint32_t test_peers_server(test_peers *world, const mn_peer_config *config)
{
    uint32_t index = test_peers_add(world, config);
    require(mn_peer_listen(world->peers[index], &test_server_address) == MN_OK, "no server");
    return index;
}

uint32_t test_peers_client(test_peers *world, const mn_peer_config *config, const char *payload,
                           mn_connection *connection_out)
{
    mn_connection connection;
    uint32_t index = test_peers_add(world, config);
    require(mn_peer_connect(world->peers[index], &test_server_address, payload,
                            payload != NULL ? (uint32_t)strlen(payload) : 0, &connection) == MN_OK,
            "no connect");
    if (connection_out != NULL) {
        *connection_out = connection;
    }
    return index;
}

static void keep(test_peers *world, uint32_t peer, const mn_event *event)
{
    test_event *kept = &world->events[world->event_count % TEST_EVENTS_MAX];
    world->event_count++;
    kept->event = *event;
    kept->peer = peer;
    if (event->data != NULL) {
        require(event->size <= TEST_EVENT_BYTES, "an event is too large");
        memcpy(kept->bytes, event->data, event->size);
        kept->event.data = kept->bytes;
    }
}

void test_peers_step(test_peers *world)
{
    world->now_us += world->step_us;
    for (uint32_t i = 0; i < world->count; i++) {
        if (world->peers[i] != NULL) {
            (void)mn_peer_update(world->peers[i], world->now_us);
        }
    }
    for (uint32_t i = 0; i < world->count; i++) {
        mn_event events[16];
        mn_result count;
        while (world->peers[i] != NULL && (count = mn_peer_poll(world->peers[i], events, 16)) > 0) {
            for (mn_result e = 0; e < count; e++) {
                keep(world, i, &events[e]);
            }
        }
    }
    for (uint32_t i = 0; i < world->count; i++) {
        if (world->peers[i] != NULL) {
            (void)mn_peer_flush(world->peers[i], world->now_us);
        }
    }
}

void test_peers_run(test_peers *world, uint64_t duration_us)
{
    uint64_t end_us = world->now_us + duration_us;
    while (world->now_us < end_us) {
        test_peers_step(world);
    }
}

static const test_event *find(const test_peers *world, uint32_t peer, uint16_t type, uint64_t after)
{
    uint64_t first =
        world->event_count > TEST_EVENTS_MAX ? world->event_count - TEST_EVENTS_MAX : 0;
    for (uint64_t i = world->event_count; i > after && i > first; i--) {
        const test_event *each = &world->events[(i - 1) % TEST_EVENTS_MAX];
        if (each->peer == peer && each->event.type == type) {
            return each;
        }
    }
    return NULL;
}

const test_event *test_peers_await(test_peers *world, uint32_t peer, uint16_t type, uint64_t after,
                                   uint64_t duration_us)
{
    uint64_t end_us = world->now_us + duration_us;
    const test_event *found = find(world, peer, type, after);
    while (found == NULL && world->now_us < end_us) {
        test_peers_step(world);
        found = find(world, peer, type, after);
    }
    return found;
}

const test_event *test_peers_last(const test_peers *world, uint32_t peer, uint16_t type)
{
    return find(world, peer, type, 0);
}

uint32_t test_peers_count(const test_peers *world, uint32_t peer, uint16_t type)
{
    uint32_t count = 0;
    for (uint64_t i = 0; i < world->event_count && i < TEST_EVENTS_MAX; i++) {
        count += world->events[i].peer == peer && world->events[i].event.type == type ? 1 : 0;
    }
    return count;
}

bool test_event_says(const test_event *event, const char *text)
{
    return event->event.size == strlen(text) && memcmp(event->bytes, text, strlen(text)) == 0;
}

mn_counters test_peers_counters(const test_peers *world, uint32_t peer)
{
    mn_counters counters = {.struct_size = sizeof(counters)};
    require(mn_peer_counters(world->peers[peer], &counters) == MN_OK, "no counters");
    return counters;
}

test_two test_two_create(const mn_conditions *conditions, uint64_t seed)
{
    enum { PATIENCE_US = 16000000 };
    test_two two = {.world = test_peers_create(conditions, seed)};
    two.server = test_peers_server(two.world, NULL);
    two.client = test_peers_client(two.world, NULL, "hello", &two.at_client);
    const test_event *here =
        test_peers_await(two.world, two.client, MN_EVENT_CONNECTED, 0, PATIENCE_US);
    const test_event *there =
        test_peers_await(two.world, two.server, MN_EVENT_CONNECTED, 0, PATIENCE_US);
    if (here == NULL || there == NULL || here->event.who != two.at_client.id) {
        (void)fprintf(stderr, "seed %llu: ", (unsigned long long)seed);
        require(0, "not connected");
    }
    two.at_server.id = there->event.who;
    return two;
}
