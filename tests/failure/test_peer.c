/* SPDX-License-Identifier: MIT */
/* Peers whose memory and whose sockets fail: each allocation in turn, each kind of call. */
#include "socket/peer_state.h"
#include "support/failing_sockets.h"
#include "support/peers.h"
#include "support/security.h"
#include "support/test.h"

#include <errno.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

/* ---- memory */

static bool add_peer(test_peers *world, uint32_t client, uint32_t server)
{
    mn_peer_config config = test_peers_config(world);
    test_secure_client(&config, client);
    mn_peer_config listening = config;
    test_secure_server(&listening, server);
    config.private_key = listening.private_key;
    mn_result result = mn_peer_create(&config, &world->peers[world->count]);
    assert_true(result == MN_OK || result == MN_ERROR_MEMORY);
    assert_int_equal(world->peers[world->count] != NULL, result == MN_OK);
    world->count++;
    return result == MN_OK;
}

static bool is_fine_or_memory(mn_result result)
{
    assert_true(result >= 0 || result == MN_ERROR_MEMORY);
    return result >= 0;
}

/* A life from beginning to end. Returns whether it got as far as two sides that are connected. */
static bool live(test_peers *world, uint32_t client, uint32_t server)
{
    mn_connection at_client;
    world->step_us = 5000;
    bool has_server = add_peer(world, client, server);
    bool has_client = add_peer(world, client, server);
    if (!has_server || !has_client ||
        !is_fine_or_memory(mn_peer_listen(world->peers[0], &test_server_address)) ||
        !is_fine_or_memory(
            mn_peer_connect(world->peers[1], &test_server_address, "hello", 5, &at_client))) {
        return false;
    }
    const test_event *there = test_peers_await(world, 0, MN_EVENT_CONNECTED, 0, 2 * SECOND_US);
    const test_event *here = test_peers_await(world, 1, MN_EVENT_CONNECTED, 0, 2 * SECOND_US);
    if (there == NULL || here == NULL) {
        return false;
    }
    mn_connection at_server = {there->event.who};
    for (uint32_t i = 0; i < 20; i++) {
        static const uint8_t message[700];
        (void)is_fine_or_memory(mn_peer_send(world->peers[1], at_client, message, 700, 0, 0));
        (void)is_fine_or_memory(
            mn_peer_send(world->peers[0], at_server, message, i, MN_UNRELIABLE, 0));
        (void)is_fine_or_memory(mn_peer_send(world->peers[1], at_client, message, i, MN_NOTIFY, i));
        (void)is_fine_or_memory(
            mn_peer_send_many(world->peers[0], &at_server, 1, message, i, 0, NULL));
        test_peers_step(world);
    }
    test_peers_run(world, SECOND_US);
    (void)mn_peer_disconnect(world->peers[1], at_client, 0, "bye");
    test_peers_run(world, SECOND_US);
    assert_int_equal(test_peers_count(world, 0, MN_EVENT_DISCONNECTED), 1);
    assert_int_equal(test_peers_count(world, 1, MN_EVENT_DISCONNECTED), 1);
    (void)mn_peer_close(world->peers[0]);
    return true;
}

static void survive(uint32_t client, uint32_t server)
{
    bool has_failed = true;
    uint32_t recovered = 0;
    for (uint64_t k = 1; has_failed; k++) {
        test_peers *world = test_peers_create(NULL, 1);
        world->allocator.fail_at = k;
        bool is_through = live(world, client, server);
        has_failed = world->allocator.count >= k;
        recovered += has_failed && is_through ? 1 : 0;
        assert_true(has_failed || is_through);
        assert_true(k < 10000);
        test_peers_destroy(world); /* nothing leaked */
    }
    assert_true(recovered > 10); /* memory that fails once ends no connection */
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    survive(TEST_CLIENT_PLAIN, TEST_SERVER_PLAIN);
    survive(TEST_CLIENT_NN, TEST_SERVER_OPEN);
    survive(TEST_CLIENT_NK_PSK, TEST_SERVER_KEY_PSK);
}

/* ---- sockets */

typedef struct line {
    test_peers *world;
    failing_sockets failing; /* of the client */
    uint32_t server, client;
    mn_connection at_client;
} line;

static void start(line *it)
{
    it->world = test_peers_create(NULL, 1);
    mn_peer_config config = test_peers_failing_config(it->world, &it->failing);
    it->server = test_peers_server(it->world, NULL);
    it->client = test_peers_client(it->world, &config, NULL, &it->at_client);
    assert_non_null(test_peers_await(it->world, it->client, MN_EVENT_CONNECTED, 0, 2 * SECOND_US));
    test_peers_run(it->world, SECOND_US / 10);
}

static void stop(line *it)
{
    test_peers_destroy(it->world);
    assert_int_equal(it->failing.open, 0);
}

static mn_peer *client_of(const line *it)
{
    return it->world->peers[it->client];
}

static void send_numbers(const line *it, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        assert_int_equal(mn_peer_send(client_of(it), it->at_client, &i, sizeof(i), 0, 0), MN_OK);
    }
}

/* They came once and in order. */
static void assert_numbers(const line *it, uint32_t count)
{
    uint32_t got = 0;
    for (uint64_t i = 0; i < it->world->event_count; i++) {
        const test_event *each = &it->world->events[i];
        if (each->peer == it->server && each->event.type == MN_EVENT_MESSAGE) {
            assert_memory_equal(each->bytes, &got, sizeof(got));
            got++;
        }
    }
    assert_int_equal(got, count);
}

static void a_socket_that_does_not_open_is_explained(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    mn_peer_config config = test_peers_failing_config(world, &failing);
    mn_peer *peer = world->peers[test_peers_add(world, &config)];
    mn_connection connection = {9};
    failing_sockets_plan(&failing, FAILING_OPEN_SERVER, 0, 1, MN_ERROR_NETWORK);
    failing.plans[FAILING_OPEN_SERVER].error = EADDRINUSE;
    assert_int_equal(mn_peer_listen(peer, &test_server_address), MN_ERROR_NETWORK);
    assert_string_equal(mn_peer_error_text(peer), "the port is in use");
    assert_int_equal(mn_peer_close(peer), MN_ERROR_STATE);
    failing_sockets_plan(&failing, FAILING_OPEN_CLIENT, 0, 1, MN_ERROR_NETWORK);
    failing.plans[FAILING_OPEN_CLIENT].error = ENETUNREACH;
    assert_int_equal(mn_peer_connect(peer, &test_server_address, NULL, 0, &connection),
                     MN_ERROR_NETWORK);
    assert_string_equal(mn_peer_error_text(peer), "no route to this network");
    assert_int_equal(connection.id, 9);
    assert_int_equal(mn_peer_connect(peer, &test_server_address, NULL, 0, &connection), MN_OK);
    assert_string_equal(mn_peer_error_text(peer), "");
    assert_int_equal(mn_peer_disconnect(peer, connection, 0, NULL), MN_OK);
    failing_sockets_plan(&failing, FAILING_OPEN_SERVER, 0, 1, MN_ERROR_NETWORK);
    assert_int_equal(mn_peer_listen(peer, &test_server_address), MN_ERROR_NETWORK);
    assert_string_not_equal(mn_peer_error_text(peer), "");
    mn_counters counters = {.struct_size = sizeof(counters)};
    assert_int_equal(mn_peer_counters(peer, &counters), MN_OK);
    assert_int_equal(counters.connections, 0);
    assert_int_equal(mn_peer_listen(peer, &test_server_address), MN_OK);
    assert_string_equal(mn_peer_error_text(peer), "");
    test_peers_destroy(world);
    assert_int_equal(failing.open, 0);
}

static void a_taken_port_is_an_error_with_a_text(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    (void)test_peers_server(world, NULL);
    mn_peer *second = world->peers[test_peers_add(world, NULL)];
    assert_int_equal(mn_peer_listen(second, &test_server_address), MN_ERROR_NETWORK);
    assert_string_equal(mn_peer_error_text(second), "the port is in use");
    test_peers_destroy(world);
}

static void a_full_socket_delays_and_loses_nothing(void **state)
{
    (void)state;
    line it;
    start(&it);
    mn_counters before = test_peers_counters(it.world, it.client);
    failing_sockets_plan(&it.failing, FAILING_SEND, 0, 120, MN_ERROR_FULL);
    for (uint32_t i = 0; i < 50; i++) {
        send_numbers(&it, i, i + 1);
        test_peers_step(it.world);
        assert_true(mn_peer_next_us(client_of(&it)) <= it.world->now_us + 1000);
    }
    test_peers_run(it.world, SECOND_US / 2);
    assert_numbers(&it, 50);
    mn_counters after = test_peers_counters(it.world, it.client);
    assert_memory_equal(before.dropped, after.dropped, sizeof(after.dropped));
    assert_null(test_peers_last(it.world, it.client, MN_EVENT_DISCONNECTED));
    stop(&it);
}

/* All of them, also those whose turn had not come when it was full. */
static void a_full_socket_keeps_everybody_waiting_and_forgets_nobody(void **state)
{
    (void)state;
    enum { CLIENTS = 5, ROUNDS = 20 };
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    mn_peer_config config = test_peers_failing_config(world, &failing);
    uint32_t server = test_peers_server(world, &config);
    mn_connection to[CLIENTS];
    for (uint32_t i = 0; i < CLIENTS; i++) {
        uint64_t after = world->event_count;
        (void)test_peers_client(world, NULL, NULL, NULL);
        to[i].id = test_peers_await(world, server, MN_EVENT_CONNECTED, after, SECOND_US)->event.who;
    }
    test_peers_run(world, SECOND_US / 10);
    failing_sockets_plan(&failing, FAILING_SEND, 0, FAILING_FOREVER, MN_ERROR_FULL);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        static const uint8_t message[1000];
        assert_int_equal(
            mn_peer_send_many(world->peers[server], to, CLIENTS, message, sizeof(message), 0, NULL),
            CLIENTS);
        test_peers_step(world);
    }
    /* No flush from here on: what was flushed is due. */
    failing_sockets_plan(&failing, FAILING_SEND, 0, 0, MN_OK);
    uint64_t sent = test_peers_counters(world, server).packets_sent;
    (void)mn_peer_update(world->peers[server], world->now_us);
    assert_int_equal(test_peers_counters(world, server).packets_sent - sent, CLIENTS * ROUNDS);
    uint32_t got = 0;
    for (uint32_t i = 0; i < 50; i++) {
        world->now_us += 1000;
        for (uint32_t k = 0; k < world->count; k++) {
            mn_event event;
            (void)mn_peer_update(world->peers[k], world->now_us);
            while (mn_peer_poll(world->peers[k], &event, 1) == 1) {
                assert_int_equal(event.type, MN_EVENT_MESSAGE);
                got++;
            }
        }
    }
    assert_int_equal(got, CLIENTS * ROUNDS);
    test_peers_destroy(world);
}

static void an_answer_that_a_full_socket_does_not_take_is_counted(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    mn_peer_config config = test_peers_failing_config(world, &failing);
    uint32_t server = test_peers_server(world, &config);
    failing_sockets_plan(&failing, FAILING_SEND, 0, 1000, MN_ERROR_FULL);
    for (uint32_t i = 0; i < 10; i++) {
        (void)test_peers_client(world, NULL, NULL, NULL);
        test_peers_step(world);
    }
    /* The first hello's answer waits in the batch; its socket is known to be full after it. */
    assert_in_range(test_peers_counters(world, server).dropped[MN_DROP_SEND_FAILED], 8, 9);
    failing_sockets_plan(&failing, FAILING_SEND, 0, 0, MN_OK);
    test_peers_run(world, SECOND_US);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 10);
    test_peers_destroy(world);
}

static void a_socket_that_stays_full_keeps_nobody_alive(void **state)
{
    (void)state;
    for (uint32_t leaves = 0; leaves < 2; leaves++) {
        line it;
        start(&it);
        failing_sockets_plan(&it.failing, FAILING_SEND, 0, FAILING_FOREVER, MN_ERROR_FULL);
        it.world->step_us = 10000;
        send_numbers(&it, 0, 1);
        test_peers_run(it.world, SECOND_US);
        if (leaves == 1) { /* it tries for two seconds, and closes for one */
            assert_int_equal(mn_peer_disconnect(client_of(&it), it.at_client, 0, NULL), MN_OK);
        }
        const test_event *over = test_peers_await(it.world, it.client, MN_EVENT_DISCONNECTED, 0,
                                                  (leaves == 1 ? 4 : 16) * SECOND_US);
        assert_non_null(over);
        assert_int_equal(over->event.reason, leaves == 1 ? MN_REASON_CLOSED : MN_REASON_TIMEOUT);
        assert_int_equal(test_peers_counters(it.world, it.client).connections, 0);
        stop(&it);
    }
}

static void what_a_socket_refuses_is_lost_as_on_the_way(void **state)
{
    (void)state;
    const struct {
        mn_result result;
        uint32_t drop;
    } cases[] = {{MN_ERROR_NETWORK, MN_DROP_SEND_FAILED},
                 {MN_ERROR_TOO_LARGE, MN_DROP_SEND_TOO_LARGE}};
    for (uint32_t c = 0; c < 2; c++) {
        line it;
        start(&it);
        failing_sockets_plan(&it.failing, FAILING_SEND, 0, 10, cases[c].result);
        for (uint32_t i = 0; i < 50; i++) {
            send_numbers(&it, i, i + 1);
            test_peers_step(it.world);
        }
        test_peers_run(it.world, 2 * SECOND_US);
        assert_numbers(&it, 50);
        assert_int_equal(test_peers_counters(it.world, it.client).dropped[cases[c].drop], 10);
        stop(&it);
    }
}

static void count_line(void *user, uint32_t level, const char *area, const char *text)
{
    (void)level;
    (void)area;
    (void)text;
    ++*(uint32_t *)user;
}

static void a_broken_socket_is_logged_once(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    uint32_t lines = 0;
    const mn_log log = {.write = count_line, .user = &lines};
    mn_peer_config config = test_peers_failing_config(world, &failing);
    config.log = &log;
    (void)test_peers_server(world, &config);
    failing_sockets_plan(&failing, FAILING_RECEIVE, 0, FAILING_FOREVER, MN_ERROR_NETWORK);
    test_peers_run(world, SECOND_US / 10);
    assert_int_equal(lines, 1);
    test_peers_destroy(world);
}

/* A socket that has more, always, and is wrong about how much it gave. */
static mn_result flood(void *self, mn_datagram *datagrams, uint32_t capacity, uint64_t now_us)
{
    (void)self;
    (void)now_us;
    static const uint8_t bytes[4];
    for (uint32_t i = 0; i < capacity; i++) {
        datagrams[i] =
            (mn_datagram){.size = sizeof(bytes), .flags = MN_DATAGRAM_TRUNCATED, .bytes = bytes};
    }
    return (mn_result)capacity + 9;
}

static void a_flood_does_not_keep_an_update_from_ending(void **state)
{
    (void)state;
    line it;
    start(&it);
    mn_socket *socket = &client_of(&it)->socket;
    mn_socket_ops ops = *socket->ops;
    const mn_socket_ops *usual = socket->ops;
    ops.receive = flood;
    socket->ops = &ops;
    assert_int_equal(mn_peer_update(client_of(&it), it.world->now_us), MN_OK);
    socket->ops = usual;
    mn_counters counters = test_peers_counters(it.world, it.client);
    assert_in_range(counters.dropped[MN_DROP_EMPTY], 1000, 100000);
    test_peers_run(it.world, SECOND_US);
    assert_null(test_peers_last(it.world, it.client, MN_EVENT_DISCONNECTED));
    stop(&it);
}

static void a_socket_that_is_broken_says_so_and_times_out(void **state)
{
    (void)state;
    line it;
    start(&it);
    failing_sockets_plan(&it.failing, FAILING_RECEIVE, 0, FAILING_FOREVER, MN_ERROR_NETWORK);
    assert_int_equal(mn_peer_update(client_of(&it), it.world->now_us), MN_ERROR_NETWORK);
    assert_string_not_equal(mn_peer_error_text(client_of(&it)), "");
    it.world->step_us = 10000;
    const test_event *over =
        test_peers_await(it.world, it.client, MN_EVENT_DISCONNECTED, 0, 20 * SECOND_US);
    assert_non_null(over);
    assert_int_equal(over->event.reason, MN_REASON_TIMEOUT);
    assert_int_equal(mn_peer_update(client_of(&it), it.world->now_us), MN_OK); /* it is closed */
    stop(&it);
}

static void other_calls_pass_their_error_on(void **state)
{
    (void)state;
    line it;
    mn_address address = {.port = 1};
    start(&it);
    failing_sockets_plan(&it.failing, FAILING_ADDRESS, 0, 1, MN_ERROR_NETWORK);
    assert_int_equal(mn_peer_address(client_of(&it), &address), MN_ERROR_NETWORK);
    assert_int_equal(address.port, 1);
    failing_sockets_plan(&it.failing, FAILING_WAIT, 0, 1, MN_ERROR_NETWORK);
    assert_int_equal(mn_peer_wait(client_of(&it), 0), MN_ERROR_NETWORK);
    test_peers_run(it.world, SECOND_US);
    assert_null(test_peers_last(it.world, it.client, MN_EVENT_DISCONNECTED));
    stop(&it);
}

static void each_call_may_fail_in_turn(void **state)
{
    (void)state;
    const mn_result errors[] = {MN_ERROR_NETWORK, MN_ERROR_FULL, MN_ERROR_TOO_LARGE};
    for (uint32_t k = 0; k < 60; k++) {
        line it;
        it.world = test_peers_create(NULL, 1);
        mn_peer_config config = test_peers_failing_config(it.world, &it.failing);
        it.server = test_peers_server(it.world, &config);
        it.client = test_peers_client(it.world, &config, NULL, &it.at_client);
        failing_sockets_plan(&it.failing, FAILING_SEND, k / 3, 1, errors[k % 3]);
        failing_sockets_plan(&it.failing, FAILING_RECEIVE, k, 1, MN_ERROR_NETWORK);
        assert_non_null(
            test_peers_await(it.world, it.client, MN_EVENT_CONNECTED, 0, 2 * SECOND_US));
        send_numbers(&it, 0, 10);
        test_peers_run(it.world, 2 * SECOND_US);
        assert_numbers(&it, 10);
        stop(&it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(a_socket_that_does_not_open_is_explained),
        cmocka_unit_test(a_taken_port_is_an_error_with_a_text),
        cmocka_unit_test(a_full_socket_delays_and_loses_nothing),
        cmocka_unit_test(a_full_socket_keeps_everybody_waiting_and_forgets_nobody),
        cmocka_unit_test(an_answer_that_a_full_socket_does_not_take_is_counted),
        cmocka_unit_test(a_socket_that_stays_full_keeps_nobody_alive),
        cmocka_unit_test(what_a_socket_refuses_is_lost_as_on_the_way),
        cmocka_unit_test(a_socket_that_is_broken_says_so_and_times_out),
        cmocka_unit_test(a_broken_socket_is_logged_once),
        cmocka_unit_test(a_flood_does_not_keep_an_update_from_ending),
        cmocka_unit_test(other_calls_pass_their_error_on),
        cmocka_unit_test(each_call_may_fail_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
