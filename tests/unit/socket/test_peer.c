/* SPDX-License-Identifier: MIT */
/* The life of peers and their connections, over a network without faults unless a test says so. */
#include "socket/peer_state.h"
#include "support/peers.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_conditions clean = {.struct_size = sizeof(clean), .latency_us = 20000};

/* ---- connecting */

static void connecting_takes_two_round_trips(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    uint64_t took_us =
        test_peers_last(it.world, it.client, MN_EVENT_CONNECTED)->event.time_us - SECOND_US;
    assert_true(took_us >= 80000 && took_us <= 90000);
    test_peers_destroy(it.world);
}

static void both_sides_learn_of_the_other(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.tag = UINT64_C(0x123456789abcdef0);
    uint32_t server = test_peers_server(world, NULL);
    mn_connection at_client;
    uint32_t client = test_peers_client(world, &config, "I am Bob", &at_client);
    const test_event *there = test_peers_await(world, server, MN_EVENT_CONNECTED, 0, SECOND_US);
    assert_non_null(there);
    assert_true(test_event_says(there, "I am Bob"));
    mn_connection at_server = {there->event.who};
    const test_event *here = test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US);
    assert_non_null(here);
    assert_null(here->event.data);
    uint64_t tag;
    assert_int_equal(mn_peer_tag(world->peers[server], at_server, &tag), MN_OK);
    assert_int_equal(tag, config.tag);
    assert_int_equal(mn_peer_tag(world->peers[client], at_client, &tag), MN_OK);
    assert_int_equal(tag, 70);
    mn_address address;
    assert_int_equal(mn_peer_connection_address(world->peers[client], at_client, &address), MN_OK);
    assert_memory_equal(&address, &test_server_address, sizeof(address));
    assert_int_equal(mn_peer_connection_address(world->peers[server], at_server, &address), MN_OK);
    assert_int_equal(mn_peer_address(world->peers[server], &address), MN_OK);
    assert_memory_equal(&address, &test_server_address, sizeof(address));
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    test_peers_destroy(world);
}

static void packets_are_as_large_as_both_take(void **state)
{
    (void)state;
    for (uint32_t larger = 0; larger < 2; larger++) {
        test_peers *world = test_peers_create(&clean, 1);
        mn_peer_config wide = test_peers_config(world);
        wide.max_packet_size = 1400;
        uint32_t server = test_peers_server(world, larger == 0 ? &wide : NULL);
        mn_connection at_client;
        uint32_t client = test_peers_client(world, larger == 1 ? &wide : NULL, NULL, &at_client);
        const test_event *there = test_peers_await(world, server, MN_EVENT_CONNECTED, 0, SECOND_US);
        assert_non_null(there);
        mn_connection at_server = {there->event.who};
        assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
        mn_statistics statistics = {.struct_size = sizeof(statistics)};
        assert_int_equal(mn_peer_statistics(world->peers[client], at_client, &statistics), MN_OK);
        assert_int_equal(statistics.max_packet_size, 1200);
        assert_int_equal(mn_peer_statistics(world->peers[server], at_server, &statistics), MN_OK);
        assert_int_equal(statistics.max_packet_size, 1200);
        test_peers_destroy(world);
    }
}

static void the_largest_payload_arrives_and_a_larger_is_refused(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    uint32_t server = test_peers_server(world, NULL);
    uint32_t client = test_peers_add(world, NULL);
    uint8_t payload[MN_PAYLOAD_MAX + 1];
    mn_connection connection;
    for (uint32_t i = 0; i < sizeof(payload); i++) {
        payload[i] = (uint8_t)(i * 7);
    }
    assert_int_equal(mn_peer_connect(world->peers[client], &test_server_address, payload,
                                     sizeof(payload), &connection),
                     MN_ERROR_TOO_LARGE);
    assert_int_equal(mn_peer_connect(world->peers[client], &test_server_address, payload,
                                     MN_PAYLOAD_MAX, &connection),
                     MN_OK);
    const test_event *there = test_peers_await(world, server, MN_EVENT_CONNECTED, 0, SECOND_US);
    assert_non_null(there);
    assert_int_equal(there->event.size, MN_PAYLOAD_MAX);
    assert_memory_equal(there->event.data, payload, MN_PAYLOAD_MAX);
    test_peers_destroy(world);
}

static void heavy_loss_fails_nobody(void **state)
{
    (void)state;
    const mn_conditions bad = {.struct_size = sizeof(bad),
                               .loss = 0.3f, /* and corruption on top */
                               .duplicate = 0.1f,
                               .reorder = 0.1f,
                               .corrupt = 0.05f,
                               .latency_us = 50000,
                               .jitter_us = 20000};
    uint64_t seed = test_seed(1);
    for (uint64_t i = 0; i < 60; i++) {
        test_two it = test_two_create(&bad, seed + i);
        assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_CONNECTED), 1);
        test_peers_destroy(it.world);
    }
}

static void nobody_there_is_a_timeout(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_connection connection;
    uint32_t client = test_peers_client(world, NULL, "hello", &connection);
    world->step_us = 10000;
    const test_event *failed =
        test_peers_await(world, client, MN_EVENT_CONNECT_FAILED, 0, 16 * SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.who, connection.id);
    assert_int_equal(failed->event.reason, MN_REASON_TIMEOUT);
    assert_true(test_event_says(failed, mn_reason_text(MN_REASON_TIMEOUT)));
    assert_true(failed->event.time_us >= 16 * SECOND_US);
    uint64_t tag;
    assert_int_equal(mn_peer_tag(world->peers[client], connection, &tag), MN_ERROR_STALE);
    /* Its socket went with it: it can connect again. */
    assert_int_equal(mn_peer_close(world->peers[client]), MN_ERROR_STATE);
    assert_int_equal(
        mn_peer_connect(world->peers[client], &test_server_address, NULL, 0, &connection), MN_OK);
    test_peers_destroy(world);
}

static void one_socket_of_its_own_serves_one_connection(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    mn_connection second = {99};
    assert_int_equal(mn_peer_connect(test_client_of(&it), &test_server_address, NULL, 0, &second),
                     MN_ERROR_STATE);
    assert_int_equal(second.id, 99);
    assert_int_equal(mn_peer_listen(test_client_of(&it), NULL), MN_ERROR_STATE);
    assert_int_equal(mn_peer_disconnect(test_client_of(&it), it.at_client, 0, NULL), MN_OK);
    assert_int_equal(mn_peer_connect(test_client_of(&it), &test_server_address, NULL, 0, &second),
                     MN_ERROR_STATE);
    assert_non_null(test_peers_await(it.world, it.client, MN_EVENT_DISCONNECTED, 0, 3 * SECOND_US));
    assert_int_equal(mn_peer_connect(test_client_of(&it), &test_server_address, NULL, 0, &second),
                     MN_OK);
    assert_true(second.id != it.at_client.id);
    uint64_t after = it.world->event_count;
    assert_non_null(
        test_peers_await(it.world, it.client, MN_EVENT_CONNECTED, after, 3 * SECOND_US));
    test_peers_destroy(it.world);
}

static void two_who_listen_connect_to_each_other_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) { /* whose token is larger differs */
        test_peers *world = test_peers_create(&clean, seed);
        const mn_address other = {.ip = {[10] = 0xff, 0xff, 192, 168, 0, 2}, .port = 5000};
        uint32_t a = test_peers_server(world, NULL);
        uint32_t b = test_peers_add(world, NULL);
        mn_connection from_a, from_b;
        assert_int_equal(mn_peer_listen(world->peers[b], &other), MN_OK);
        assert_int_equal(mn_peer_connect(world->peers[a], &other, "a", 1, &from_a), MN_OK);
        assert_int_equal(mn_peer_connect(world->peers[a], &other, "a", 1, &from_a), MN_ERROR_STATE);
        assert_int_equal(mn_peer_connect(world->peers[b], &test_server_address, "b", 1, &from_b),
                         MN_OK);
        test_peers_run(world, SECOND_US);
        for (uint32_t i = 0; i < 2; i++) {
            assert_int_equal(test_peers_count(world, i, MN_EVENT_CONNECTED), 1);
            assert_int_equal(test_peers_counters(world, i).connections, 1);
            assert_int_equal(test_peers_count(world, i, MN_EVENT_DISCONNECTED), 0);
        }
        uint32_t failed = test_peers_count(world, a, MN_EVENT_CONNECT_FAILED) +
                          test_peers_count(world, b, MN_EVENT_CONNECT_FAILED);
        assert_int_equal(failed, 1);
        test_peers_destroy(world);
    }
}

static void many_connect_at_once(void **state)
{
    (void)state;
    enum { CLIENTS = 50 };
    test_peers *world = test_peers_create(&clean, test_seed(1));
    uint32_t server = test_peers_server(world, NULL);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%u", i);
        (void)test_peers_client(world, NULL, name, NULL);
    }
    test_peers_run(world, SECOND_US);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), CLIENTS);
    assert_int_equal(test_peers_counters(world, server).connections, CLIENTS);
    for (uint32_t i = 1; i <= CLIENTS; i++) {
        assert_int_equal(test_peers_count(world, i, MN_EVENT_CONNECTED), 1);
    }
    test_peers_destroy(world);
}

/* ---- refused */

static void a_mismatch_is_refused_by_name(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    uint32_t server = test_peers_server(world, NULL);
    mn_peer_config config = test_peers_config(world);
    config.application = 8;
    uint32_t client = test_peers_client(world, &config, NULL, NULL);
    const test_event *failed =
        test_peers_await(world, client, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_APPLICATION);
    assert_true(test_event_says(failed, mn_reason_text(MN_REASON_APPLICATION)));
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 0);
    assert_int_equal(test_peers_counters(world, server).connections, 0);
    test_peers_destroy(world);
}

static void a_full_server_says_so_and_has_room_later(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.max_connections = 2;
    uint32_t server = test_peers_server(world, &config);
    mn_connection first;
    uint32_t a = test_peers_client(world, NULL, NULL, &first);
    uint32_t b = test_peers_client(world, NULL, NULL, NULL);
    assert_non_null(test_peers_await(world, a, MN_EVENT_CONNECTED, 0, SECOND_US));
    assert_non_null(test_peers_await(world, b, MN_EVENT_CONNECTED, 0, SECOND_US));
    uint32_t c = test_peers_client(world, NULL, NULL, NULL);
    const test_event *failed = test_peers_await(world, c, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_FULL);
    assert_int_equal(mn_peer_disconnect(world->peers[a], first, 0, NULL), MN_OK);
    assert_non_null(test_peers_await(world, server, MN_EVENT_DISCONNECTED, 0, SECOND_US));
    uint32_t d = test_peers_client(world, NULL, NULL, NULL);
    assert_non_null(test_peers_await(world, d, MN_EVENT_CONNECTED, 0, SECOND_US));
    test_peers_destroy(world);
}

/* ---- ending */

static void both_sides_see_reason_and_text(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    assert_int_equal(mn_peer_send(test_server_of(&it), it.at_server, "bye", 3, MN_RELIABLE, 0),
                     MN_OK);
    assert_int_equal(
        mn_peer_disconnect(test_server_of(&it), it.at_server, MN_REASON_USER + 5, "cheat"), MN_OK);
    assert_int_equal(
        mn_peer_disconnect(test_server_of(&it), it.at_server, MN_REASON_USER + 6, "again"), MN_OK);
    assert_int_equal(mn_peer_send(test_server_of(&it), it.at_server, "x", 1, 0, 0), MN_ERROR_STATE);
    const test_event *here =
        test_peers_await(it.world, it.client, MN_EVENT_DISCONNECTED, 0, SECOND_US);
    const test_event *there =
        test_peers_await(it.world, it.server, MN_EVENT_DISCONNECTED, 0, SECOND_US);
    assert_non_null(here);
    assert_non_null(there);
    assert_int_equal(here->event.reason, MN_REASON_USER + 5);
    assert_true(test_event_says(here, "cheat"));
    assert_int_equal(there->event.reason, MN_REASON_USER + 5);
    assert_true(test_event_says(there, "cheat"));
    assert_true(test_event_says(test_peers_last(it.world, it.client, MN_EVENT_MESSAGE), "bye"));
    assert_int_equal(mn_peer_disconnect(test_server_of(&it), it.at_server, 0, NULL),
                     MN_ERROR_STALE);
    assert_int_equal(mn_peer_send(test_server_of(&it), it.at_server, "x", 1, 0, 0), MN_ERROR_STALE);
    mn_statistics statistics = {.struct_size = sizeof(statistics)};
    assert_int_equal(mn_peer_statistics(test_server_of(&it), it.at_server, &statistics),
                     MN_ERROR_STALE);
    test_peers_destroy(it.world);
}

static void an_attempt_can_be_given_up(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_connection connection;
    uint32_t client = test_peers_client(world, NULL, NULL, &connection);
    test_peers_run(world, SECOND_US / 2);
    assert_int_equal(mn_peer_send(world->peers[client], connection, "x", 1, 0, 0), MN_ERROR_STATE);
    assert_int_equal(
        mn_peer_disconnect(world->peers[client], connection, MN_REASON_USER, "no\x01 patience"),
        MN_OK);
    mn_connection second; /* the socket is free again */
    assert_int_equal(mn_peer_connect(world->peers[client], &test_server_address, NULL, 0, &second),
                     MN_OK);
    assert_int_not_equal(second.id, connection.id);
    assert_int_equal(mn_peer_disconnect(world->peers[client], second, MN_REASON_USER, "no"), MN_OK);
    assert_int_equal(mn_peer_disconnect(world->peers[client], second, 0, NULL), MN_ERROR_STALE);
    const test_event *failed =
        test_peers_await(world, client, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_USER);
    assert_int_equal(test_peers_count(world, client, MN_EVENT_CONNECT_FAILED), 2);
    assert_true(test_event_says(&world->events[0], "no? patience"));
    assert_int_equal(mn_peer_close(world->peers[client]), MN_ERROR_STATE);
    test_peers_destroy(world);
}

static void attempts_that_fail_leave_nothing(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    uint32_t client = test_peers_add(world, NULL);
    mn_peer *peer = world->peers[client];
    uint64_t memory = 0;
    for (uint32_t i = 0; i < 100; i++) {
        mn_connection connection;
        assert_int_equal(mn_peer_connect(peer, &test_server_address, "x", 1, &connection), MN_OK);
        assert_int_equal(mn_peer_disconnect(peer, connection, 0, NULL), MN_OK);
        test_peers_step(world);
        test_peers_step(world); /* what was polled is let go */
        memory = i == 0 ? test_peers_counters(world, client).memory_used : memory;
    }
    assert_int_equal(test_peers_counters(world, client).memory_used, memory);
    test_peers_destroy(world);
}

/* What is asked for between two frames happens in the next call that sends. */
static void a_close_leaves_with_the_next_flush(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    test_peers_run(it.world, SECOND_US);
    uint64_t now_us = it.world->now_us;
    assert_true(mn_peer_next_us(test_client_of(&it)) > now_us);
    assert_int_equal(mn_peer_disconnect(test_client_of(&it), it.at_client, 0, NULL), MN_OK);
    assert_true(mn_peer_next_us(test_client_of(&it)) <= now_us);
    uint64_t before = test_peers_counters(it.world, it.client).packets_sent;
    (void)mn_peer_flush(test_client_of(&it), now_us);
    assert_int_equal(test_peers_counters(it.world, it.client).packets_sent, before + 1);
    assert_true(mn_peer_next_us(test_client_of(&it)) > now_us);
    test_peers_destroy(it.world);
}

static void closing_tells_everybody(void **state)
{
    (void)state;
    test_two it = test_two_create(NULL, 1); /* what a closed socket still delays is lost */
    mn_connection second;
    uint32_t other = test_peers_client(it.world, NULL, NULL, &second);
    assert_non_null(test_peers_await(it.world, other, MN_EVENT_CONNECTED, 0, SECOND_US));
    assert_int_equal(mn_peer_close(test_server_of(&it)), MN_OK);
    assert_int_equal(mn_peer_close(test_server_of(&it)), MN_ERROR_STATE);
    test_peers_run(it.world, SECOND_US / 10);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_DISCONNECTED), 2);
    const test_event *there = test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED);
    assert_int_equal(there->event.reason, MN_REASON_STOPPED);
    const test_event *here = test_peers_last(it.world, it.client, MN_EVENT_DISCONNECTED);
    assert_non_null(here);
    assert_int_equal(here->event.reason, MN_REASON_STOPPED);
    assert_non_null(test_peers_last(it.world, other, MN_EVENT_DISCONNECTED));
    test_peers_destroy(it.world);
}

static void a_peer_listens_again_and_again(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    uint32_t server = test_peers_server(world, NULL);
    for (uint32_t round = 0; round < 3; round++) {
        uint64_t after = world->event_count;
        mn_connection connection;
        uint32_t client = test_peers_client(world, NULL, NULL, &connection);
        assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, after, SECOND_US));
        assert_int_equal(mn_peer_listen(world->peers[server], &test_server_address),
                         MN_ERROR_STATE);
        assert_int_equal(mn_peer_close(world->peers[server]), MN_OK);
        assert_int_equal(mn_peer_listen(world->peers[server], &test_server_address), MN_OK);
    }
    test_peers_run(world, SECOND_US);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_DISCONNECTED), 3);
    test_peers_destroy(world);
}

static void silence_is_noticed_by_both(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    const mn_conditions cut = {.struct_size = sizeof(cut), .partitioned = 1};
    it.world->step_us = 5000;
    test_peers_run(it.world, 20 * SECOND_US); /* keep-alives keep it */
    assert_null(test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED));
    test_peers_set_line(it.world, &cut);
    test_peers_run(it.world, 20 * SECOND_US + SECOND_US / 2);
    const test_event *here = test_peers_last(it.world, it.client, MN_EVENT_DISCONNECTED);
    const test_event *there = test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED);
    assert_non_null(here);
    assert_non_null(there);
    assert_int_equal(here->event.reason, MN_REASON_TIMEOUT);
    assert_int_equal(there->event.reason, MN_REASON_TIMEOUT);
    assert_int_equal(test_peers_counters(it.world, it.server).connections, 0);
    test_peers_destroy(it.world);
}

static void a_short_timeout_comes_with_keep_alives_as_short(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.timeout_us = SECOND_US;
    uint32_t server = test_peers_server(world, &config);
    mn_connection connection;
    uint32_t client = test_peers_client(world, &config, "", &connection);
    test_peers_run(world, 5 * SECOND_US);
    assert_int_equal(test_peers_count(world, client, MN_EVENT_CONNECTED), 1);
    assert_int_equal(test_peers_count(world, client, MN_EVENT_DISCONNECTED), 0);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_DISCONNECTED), 0);
    test_peers_destroy(world);
}

static void ids_of_the_past_stay_stale(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.max_connections = 1;
    uint32_t server = test_peers_server(world, &config);
    uint32_t client = test_peers_add(world, &config);
    mn_connection past[5] = {{0}};
    for (uint32_t i = 0; i < 5; i++) {
        mn_connection connection;
        uint64_t after = world->event_count;
        assert_int_equal(
            mn_peer_connect(world->peers[client], &test_server_address, NULL, 0, &connection),
            MN_OK);
        past[i].id =
            test_peers_await(world, server, MN_EVENT_CONNECTED, after, SECOND_US)->event.who;
        assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, after, SECOND_US));
        for (uint32_t k = 0; k < i; k++) {
            assert_int_equal(mn_peer_send(world->peers[server], past[k], "x", 1, 0, 0),
                             MN_ERROR_STALE);
        }
        assert_int_equal(mn_peer_disconnect(world->peers[client], connection, 0, NULL), MN_OK);
        assert_non_null(test_peers_await(world, client, MN_EVENT_DISCONNECTED, after, SECOND_US));
        assert_non_null(test_peers_await(world, server, MN_EVENT_DISCONNECTED, after, SECOND_US));
    }
    test_peers_destroy(world);
}

/* ---- time */

static void a_jump_of_the_clock_is_not_silence(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    it.world->now_us += 3600 * SECOND_US; /* both sleep for an hour */
    test_peers_run(it.world, SECOND_US);
    it.world->now_us += 20 * SECOND_US;
    test_peers_run(it.world, SECOND_US);
    assert_null(test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED));
    assert_null(test_peers_last(it.world, it.client, MN_EVENT_DISCONNECTED));
    assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, "up", 2, 0, 0), MN_OK);
    assert_non_null(test_peers_await(it.world, it.server, MN_EVENT_MESSAGE, 0, SECOND_US));
    mn_statistics statistics = {.struct_size = sizeof(statistics)};
    assert_int_equal(mn_peer_statistics(test_client_of(&it), it.at_client, &statistics), MN_OK);
    assert_true(statistics.rtt_us < 200000);
    test_peers_destroy(it.world);
}

static void no_round_trip_is_measured_over_a_jump(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    test_peers_run(it.world, SECOND_US);
    mn_statistics statistics = {.struct_size = sizeof(statistics)};
    static const uint8_t message[1000];
    for (uint32_t i = 0; i < 2; i++) { /* two packets are acknowledged at once */
        assert_int_equal(
            mn_peer_send(test_client_of(&it), it.at_client, message, sizeof(message), 0, 0), MN_OK);
    }
    test_peers_run(it.world, 25000);
    it.world->now_us += 20 * SECOND_US; /* the answer was on its way, and is there at once */
    test_peers_run(it.world, SECOND_US);
    assert_int_equal(mn_peer_statistics(test_client_of(&it), it.at_client, &statistics), MN_OK);
    assert_int_equal(statistics.in_flight_bytes, 0);
    assert_true(statistics.rtt_min_us >= 40000);
    test_peers_destroy(it.world);
}

static void the_clock_may_jump_while_connecting(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    uint32_t client = test_peers_client(world, NULL, NULL, NULL);
    test_peers_run(world, SECOND_US);
    world->now_us += 3600 * SECOND_US;
    uint32_t server = test_peers_server(world, NULL);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, 2 * SECOND_US));
    assert_non_null(test_peers_await(world, server, MN_EVENT_CONNECTED, 0, 2 * SECOND_US));
    test_peers_destroy(world);
}

static void time_that_goes_backwards_does_no_harm(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    (void)mn_peer_update(test_server_of(&it), 0);
    (void)mn_peer_flush(test_server_of(&it), 5);
    test_peers_run(it.world, SECOND_US);
    assert_null(test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED));
    test_peers_destroy(it.world);
}

/* Updates happen only when the peers say so or something arrives. */
static void who_comes_when_told_misses_nothing(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    mn_conditions cut = {.struct_size = sizeof(cut), .partitioned = 1};
    uint64_t start_us = it.world->now_us;
    uint32_t updates = 0;
    while (it.world->now_us < start_us + 60 * SECOND_US) {
        uint64_t next_us = mn_peer_next_us(test_server_of(&it));
        uint64_t client_us = mn_peer_next_us(test_client_of(&it));
        next_us = next_us < client_us ? next_us : client_us;
        it.world->now_us = next_us > it.world->now_us ? next_us : it.world->now_us;
        (void)mn_peer_update(test_client_of(&it), it.world->now_us);
        (void)mn_peer_update(test_server_of(&it), it.world->now_us);
        updates++;
        assert_true(updates < 1000);
    }
    mn_event event;
    while (mn_peer_poll(test_server_of(&it), &event, 1) == 1) {
        assert_int_not_equal(event.type, MN_EVENT_DISCONNECTED);
    }
    assert_int_equal(test_peers_counters(it.world, it.server).connections, 1);
    test_peers_set_line(it.world, &cut);
    while (mn_peer_poll(test_server_of(&it), &event, 1) == 0) {
        it.world->now_us = mn_peer_next_us(test_server_of(&it));
        (void)mn_peer_update(test_server_of(&it), it.world->now_us);
        updates++;
        assert_true(updates < 2000);
    }
    assert_int_equal(event.type, MN_EVENT_DISCONNECTED);
    test_peers_destroy(it.world);
}

/* The server has no sample yet when its first message is lost. */
static void the_first_probe_follows_the_handshake(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    const mn_conditions cut = {.struct_size = sizeof(cut), .partitioned = 1};
    test_peers_set_line(it.world, &cut);
    assert_int_equal(mn_peer_send(test_server_of(&it), it.at_server, "x", 1, 0, 0), MN_OK);
    (void)mn_peer_flush(test_server_of(&it), it.world->now_us);
    test_peers_set_line(it.world, &clean);
    mn_statistics statistics = {.struct_size = sizeof(statistics)};
    assert_int_equal(mn_peer_statistics(test_server_of(&it), it.at_server, &statistics), MN_OK);
    assert_int_equal(statistics.rtt_us, 0);
    /* Three times 40 ms, the longest delay of an acknowledgement, and the way. */
    assert_non_null(
        test_peers_await(it.world, it.client, MN_EVENT_MESSAGE, 0, 120000 + 25000 + 20000 + 5000));
    test_peers_destroy(it.world);
}

static void both_sides_know_how_long_the_handshake_took(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    const mni_link *here = mni_links_find(&test_client_of(&it)->links, it.at_client.id);
    const mni_link *there = mni_links_find(&test_server_of(&it)->links, it.at_server.id);
    assert_in_range(here->connection.rtt.smoothed_us, 40000, 42000);
    assert_in_range(there->connection.rtt.smoothed_us, 40000, 42000);
    assert_false(here->connection.rtt.is_measured);
    test_peers_destroy(it.world);
}

/* ---- what callers do wrongly */

static void every_function_answers_nonsense(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    mn_peer *peer = test_client_of(&it);
    mn_peer *closed = it.world->peers[test_peers_add(it.world, NULL)];
    mn_connection nobody = {0}, connection = {5};
    mn_address address = test_server_address, no_port = {.port = 0};
    mn_event event;
    mn_statistics statistics = {.struct_size = 0};
    mn_counters counters = {.struct_size = 0};
    uint64_t tag;
    assert_int_equal(mn_peer_create(NULL, &closed), MN_ERROR_ARGUMENT);
    closed = it.world->peers[it.world->count - 1];
    assert_int_equal(mn_peer_create(&(mn_peer_config){0}, NULL), MN_ERROR_ARGUMENT);
    mn_peer_destroy(NULL);
    assert_int_equal(mn_peer_listen(NULL, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_connect(NULL, &address, NULL, 0, &connection), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_connect(closed, NULL, NULL, 0, &connection), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_connect(closed, &address, NULL, 1, &connection), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_connect(closed, &address, NULL, 0, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_connect(closed, &no_port, NULL, 0, &connection), MN_ERROR_ARGUMENT);
    assert_int_equal(connection.id, 5);
    assert_int_equal(mn_peer_disconnect(NULL, it.at_client, 0, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_disconnect(peer, it.at_client, -1, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_disconnect(peer, it.at_client, 65536, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_disconnect(peer, nobody, 0, NULL), MN_ERROR_STALE);
    assert_int_equal(mn_peer_close(NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_close(closed), MN_ERROR_STATE);
    assert_string_equal(mn_peer_error_text(NULL), "");
    assert_string_equal(mn_peer_error_text(closed), "");
    assert_int_equal(mn_peer_update(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_flush(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_update(closed, 0), MN_OK);
    assert_int_equal(mn_peer_flush(closed, 0), MN_OK);
    assert_int_equal(mn_peer_poll(NULL, &event, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_poll(peer, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_poll(closed, &event, 1), 0);
    assert_int_equal(mn_peer_send(NULL, it.at_client, "x", 1, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_send(peer, it.at_client, NULL, 1, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_send(peer, it.at_client, "x", 1, 6, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_send(peer, it.at_client, "x", 1, MN_RELIABLE | MN_ON_CHANNEL(64), 0),
                     MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_send(peer, it.at_client, "x", 1, MN_RELIABLE | MN_ON_CHANNEL(256), 0),
                     MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_send(peer, nobody, "x", 1, 0, 0), MN_ERROR_STALE);
    assert_int_equal(mn_peer_set_channel(NULL, 0, 0, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_set_channel(peer, MN_CHANNELS, 0, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_set_channel(peer, 0, 4, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_set_channel(peer, 0, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_set_channel(peer, 0, 0, 256), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_set_channel(peer, 0, 3, 255), MN_OK);
    assert_int_equal(mn_peer_cancel(NULL, it.at_client, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_cancel(peer, nobody, 1), MN_ERROR_STALE);
    assert_int_equal(mn_peer_cancel(peer, it.at_client, 1), 0);
    assert_int_equal(mn_peer_max_message_size(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_max_message_size(peer, 99), MN_ERROR_ARGUMENT);
    assert_true(mn_peer_next_us(NULL) == UINT64_MAX);
    assert_true(mn_peer_next_us(closed) == UINT64_MAX);
    assert_int_equal(mn_peer_wait(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_wait(closed, 0), MN_ERROR_STATE);
    assert_int_equal(mn_peer_wait(peer, 0), 0);
    assert_int_equal(mn_peer_address(NULL, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_address(peer, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_address(closed, &address), MN_ERROR_STATE);
    assert_int_equal(mn_peer_connection_address(NULL, it.at_client, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_connection_address(peer, it.at_client, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_connection_address(peer, nobody, &address), MN_ERROR_STALE);
    assert_int_equal(mn_peer_tag(NULL, it.at_client, &tag), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_tag(peer, it.at_client, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_tag(peer, nobody, &tag), MN_ERROR_STALE);
    assert_int_equal(mn_peer_set_user(NULL, it.at_client, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_statistics(NULL, it.at_client, &statistics), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_statistics(peer, it.at_client, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_statistics(peer, it.at_client, &statistics), MN_ERROR_ARGUMENT);
    statistics.struct_size = 4097;
    assert_int_equal(mn_peer_statistics(peer, it.at_client, &statistics), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_counters(NULL, &counters), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_counters(peer, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_counters(peer, &counters), MN_ERROR_ARGUMENT);
    test_peers_run(it.world, SECOND_US / 10);
    assert_null(test_peers_last(it.world, it.client, MN_EVENT_DISCONNECTED));
    test_peers_destroy(it.world);
}

static void an_answer_is_not_written_past_the_callers_struct(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    struct {
        mn_statistics statistics;
        uint8_t canary[8];
    } theirs;
    test_peers_run(it.world, SECOND_US / 5); /* the first ping is acknowledged */
    memset(&theirs, 0xa5, sizeof(theirs));
    theirs.statistics.struct_size = 16; /* an older caller */
    assert_int_equal(mn_peer_statistics(test_client_of(&it), it.at_client, &theirs.statistics),
                     MN_OK);
    assert_int_equal(theirs.statistics.struct_size, 16);
    assert_int_equal(theirs.statistics.max_packet_size, 1200);
    assert_true(theirs.statistics.rtt_min_us == UINT64_C(0xa5a5a5a5a5a5a5a5));
    theirs.statistics.struct_size = sizeof(theirs); /* a newer one */
    assert_int_equal(mn_peer_statistics(test_client_of(&it), it.at_client, &theirs.statistics),
                     MN_OK);
    assert_int_equal(theirs.canary[0], 0xa5);
    assert_true(theirs.statistics.rtt_us >= 40000 && theirs.statistics.rtt_us < 80000);
    test_peers_destroy(it.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connecting_takes_two_round_trips),
        cmocka_unit_test(both_sides_learn_of_the_other),
        cmocka_unit_test(packets_are_as_large_as_both_take),
        cmocka_unit_test(the_largest_payload_arrives_and_a_larger_is_refused),
        cmocka_unit_test(heavy_loss_fails_nobody),
        cmocka_unit_test(nobody_there_is_a_timeout),
        cmocka_unit_test(one_socket_of_its_own_serves_one_connection),
        cmocka_unit_test(two_who_listen_connect_to_each_other_at_once),
        cmocka_unit_test(many_connect_at_once),
        cmocka_unit_test(a_mismatch_is_refused_by_name),
        cmocka_unit_test(a_full_server_says_so_and_has_room_later),
        cmocka_unit_test(both_sides_see_reason_and_text),
        cmocka_unit_test(an_attempt_can_be_given_up),
        cmocka_unit_test(attempts_that_fail_leave_nothing),
        cmocka_unit_test(a_close_leaves_with_the_next_flush),
        cmocka_unit_test(closing_tells_everybody),
        cmocka_unit_test(a_peer_listens_again_and_again),
        cmocka_unit_test(silence_is_noticed_by_both),
        cmocka_unit_test(a_short_timeout_comes_with_keep_alives_as_short),
        cmocka_unit_test(ids_of_the_past_stay_stale),
        cmocka_unit_test(a_jump_of_the_clock_is_not_silence),
        cmocka_unit_test(no_round_trip_is_measured_over_a_jump),
        cmocka_unit_test(the_clock_may_jump_while_connecting),
        cmocka_unit_test(time_that_goes_backwards_does_no_harm),
        cmocka_unit_test(who_comes_when_told_misses_nothing),
        cmocka_unit_test(the_first_probe_follows_the_handshake),
        cmocka_unit_test(both_sides_know_how_long_the_handshake_took),
        cmocka_unit_test(every_function_answers_nonsense),
        cmocka_unit_test(an_answer_is_not_written_past_the_callers_struct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
