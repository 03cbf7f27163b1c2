/* SPDX-License-Identifier: MIT */
/* What goes through peers: messages, events, and the memory for them. */
#include "socket/peer_state.h"
#include "support/peers.h"
#include "support/test.h"

#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_conditions clean = {.struct_size = sizeof(clean), .latency_us = 20000};

static void messages_go_both_ways(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, "up", 2, MN_RELIABLE, 0),
                     MN_OK);
    assert_int_equal(mn_peer_send(test_server_of(&it), it.at_server, "down", 4,
                                  MN_UNRELIABLE | MN_ON_CHANNEL(3), 0),
                     MN_OK);
    const test_event *up = test_peers_await(it.world, it.server, MN_EVENT_MESSAGE, 0, SECOND_US);
    assert_non_null(up);
    assert_true(test_event_says(up, "up"));
    assert_int_equal(up->event.who, it.at_server.id);
    assert_int_equal(up->event.delivery, MN_RELIABLE);
    assert_int_equal(up->event.time_us, it.world->now_us);
    const test_event *down = test_peers_await(it.world, it.client, MN_EVENT_MESSAGE, 0, SECOND_US);
    assert_non_null(down);
    assert_true(test_event_says(down, "down"));
    assert_int_equal(down->event.channel, 3);
    assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, NULL, 0, MN_NOTIFY, 42),
                     MN_OK);
    const test_event *told =
        test_peers_await(it.world, it.client, MN_EVENT_DELIVERED, 0, SECOND_US);
    assert_non_null(told);
    assert_int_equal(told->event.token, 42);
    test_peers_destroy(it.world);
}

static void one_message_goes_to_many(void **state)
{
    (void)state;
    enum { CLIENTS = 5 };
    test_peers *world = test_peers_create(&clean, 1);
    uint32_t server = test_peers_server(world, NULL);
    mn_connection to[CLIENTS + 1] = {{0}};
    for (uint32_t i = 0; i < CLIENTS; i++) {
        uint64_t after = world->event_count;
        (void)test_peers_client(world, NULL, NULL, NULL);
        to[i].id = test_peers_await(world, server, MN_EVENT_CONNECTED, after, SECOND_US)->event.who;
    }
    mn_peer *peer = world->peers[server];
    mn_result results[CLIENTS + 1];
    test_peers_run(world, SECOND_US);
    assert_int_equal(mn_peer_send_many(peer, to, CLIENTS + 1, "all", 3, MN_RELIABLE, results),
                     CLIENTS);
    assert_int_equal(results[0], MN_OK);
    assert_int_equal(results[CLIENTS], MN_ERROR_STALE);
    assert_int_equal(mn_peer_send_many(peer, to, CLIENTS, "all", 3, 0, NULL), CLIENTS);
    assert_int_equal(mn_peer_send_many(peer, NULL, 0, "all", 3, 0, NULL), 0);
    assert_int_equal(mn_peer_send_many(peer, to, CLIENTS, "all", 3, MN_NOTIFY, NULL),
                     MN_ERROR_ARGUMENT);
    assert_int_equal(mn_peer_send_many(peer, NULL, 1, "all", 3, 0, NULL), MN_ERROR_ARGUMENT);
    test_peers_run(world, SECOND_US);
    for (uint32_t i = 1; i <= CLIENTS; i++) {
        assert_int_equal(test_peers_count(world, i, MN_EVENT_MESSAGE), 2);
        assert_true(test_event_says(test_peers_last(world, i, MN_EVENT_MESSAGE), "all"));
    }
    test_peers_destroy(world);
}

static void events_carry_the_users_value(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    assert_int_equal(mn_peer_set_user(test_server_of(&it), it.at_server, 1234), MN_OK);
    assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, "up", 2, 0, 0), MN_OK);
    const test_event *up = test_peers_await(it.world, it.server, MN_EVENT_MESSAGE, 0, SECOND_US);
    assert_int_equal(up->event.user, 1234);
    assert_int_equal(mn_peer_disconnect(test_client_of(&it), it.at_client, 0, NULL), MN_OK);
    const test_event *over =
        test_peers_await(it.world, it.server, MN_EVENT_DISCONNECTED, 0, SECOND_US);
    assert_int_equal(over->event.user, 1234);
    assert_int_equal(mn_peer_set_user(test_server_of(&it), it.at_server, 1), MN_ERROR_STALE);
    test_peers_destroy(it.world);
}

/* What happens between two updates is complete when it is polled, and what comes after it too. */
static void events_of_calls_carry_it_too(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.send_queue_bytes = 100;
    mn_connection to;
    (void)test_peers_server(world, NULL);
    uint32_t client = test_peers_client(world, &config, NULL, &to);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    mn_peer *peer = world->peers[client];
    assert_int_equal(mn_peer_set_user(peer, to, 77), MN_OK);
    for (uint32_t round = 0; round < 2; round++) {
        mn_event event;
        assert_int_equal(mn_peer_send(peer, to, "x", 1, MN_NOTIFY, 5), MN_OK);
        assert_int_equal(mn_peer_cancel(peer, to, 5), 1);
        assert_int_equal(mn_peer_poll(peer, &event, 1), 1);
        assert_int_equal(event.type, MN_EVENT_LOST);
        assert_int_equal(event.user, 77);
        assert_int_equal(event.time_us, world->now_us);
        assert_int_equal(mn_peer_send(peer, to, NULL, 60, MN_NOTIFY, 6), MN_ERROR_ARGUMENT);
        static const uint8_t bytes[60];
        assert_int_equal(mn_peer_send(peer, to, bytes, 60, MN_NOTIFY | MN_EXPIRES_MS(1), 6), MN_OK);
        world->now_us += 1001;
        assert_int_equal(mn_peer_update(peer, world->now_us), MN_OK);
        assert_int_equal(mn_peer_send(peer, to, bytes, 60, MN_RELIABLE, 7), MN_OK);
        assert_int_equal(mn_peer_poll(peer, &event, 1), 1);
        assert_int_equal(event.type, MN_EVENT_LOST);
        assert_int_equal(event.token, 6);
        assert_int_equal(event.user, 77);
        assert_int_equal(event.time_us, world->now_us);
        test_peers_run(world, SECOND_US);
    }
    assert_int_equal(test_peers_counters(world, client).dropped[MN_DROP_EXPIRED], 2);
    test_peers_destroy(world);
}

/* Credit is missing for the first message, and there is enough for the second. */
static void what_a_cancelled_message_held_up_leaves_without_another_flush(void **state)
{
    (void)state;
    static const uint8_t bytes[1000];
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.receive_window_bytes = 4800;
    uint32_t server = test_peers_server(world, &config);
    mn_connection to;
    uint32_t client = test_peers_client(world, NULL, NULL, &to);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    test_peers_run(world, SECOND_US);
    mn_peer *peer = world->peers[client];
    for (uint64_t i = 0; i < 5; i++) {
        assert_int_equal(mn_peer_send(peer, to, bytes, sizeof bytes, MN_RELIABLE, i), MN_OK);
    }
    assert_int_equal(mn_peer_send(peer, to, "small", 5, MN_RELIABLE, 5), MN_OK);
    assert_int_equal(mn_peer_flush(peer, world->now_us), MN_OK);
    for (uint32_t i = 0; i < 500; i++) { /* the server does not poll */
        world->now_us += 1000;
        if (i == 250) {
            assert_int_equal(mn_peer_cancel(peer, to, 4), 1);
        }
        assert_int_equal(mn_peer_update(peer, world->now_us), MN_OK);
        assert_int_equal(mn_peer_update(world->peers[server], world->now_us), MN_OK);
    }
    test_peers_step(world);
    const test_event *last = test_peers_last(world, server, MN_EVENT_MESSAGE);
    assert_non_null(last);
    assert_true(test_event_says(last, "small"));
    test_peers_destroy(world);
}

static void polled_bytes_last_until_the_next_update(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    mn_event events[3];
    for (uint32_t i = 0; i < 3; i++) {
        char text[2] = {(char)('a' + i), 0};
        assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, text, 1, 0, 0), MN_OK);
    }
    (void)mn_peer_flush(test_client_of(&it), it.world->now_us);
    for (uint32_t i = 0; i < 30; i++) {
        it.world->now_us += 1000;
        (void)mn_peer_update(test_client_of(&it), it.world->now_us);
        (void)mn_peer_update(test_server_of(&it), it.world->now_us);
    }
    assert_int_equal(mn_peer_poll(test_server_of(&it), events, 0), 0);
    assert_int_equal(mn_peer_poll(test_server_of(&it), &events[0], 1), 1);
    assert_int_equal(mn_peer_poll(test_server_of(&it), &events[1], 2), 2);
    assert_int_equal(mn_peer_poll(test_server_of(&it), events, 3), 0);
    (void)mn_peer_flush(test_server_of(&it), it.world->now_us);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(((const char *)events[i].data)[0], 'a' + (int)i);
    }
    test_peers_destroy(it.world);
}

static void who_does_not_read_stops_the_sender_and_loses_nothing(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.receive_window_bytes = 16 * 1024;
    config.send_queue_bytes = 16 * 1024;
    uint32_t server = test_peers_server(world, &config);
    mn_connection to;
    uint32_t client = test_peers_client(world, &config, NULL, &to);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    uint8_t message[1000] = {0};
    uint32_t sent = 0, got = 0;
    mn_result result = MN_OK;
    for (uint32_t i = 0; i < 2000 && result == MN_OK; i++) { /* the server does not poll */
        memcpy(message, &sent, sizeof(sent));
        result = mn_peer_send(world->peers[client], to, message, sizeof(message), MN_RELIABLE, 0);
        sent += result == MN_OK ? 1 : 0;
        world->now_us += 1000;
        (void)mn_peer_update(world->peers[server], world->now_us);
        (void)mn_peer_update(world->peers[client], world->now_us);
        (void)mn_peer_flush(world->peers[client], world->now_us);
        (void)mn_peer_flush(world->peers[server], world->now_us);
    }
    assert_int_equal(result, MN_ERROR_FULL);
    assert_true(sent >= 16 && sent <= 40);
    mn_event event;
    for (uint32_t i = 0; i < 2000; i++) {
        while (mn_peer_poll(world->peers[server], &event, 1) == 1) {
            if (event.type == MN_EVENT_MESSAGE) {
                uint32_t number;
                memcpy(&number, event.data, sizeof(number));
                assert_int_equal(number, got);
                got++;
            }
        }
        world->now_us += 1000;
        (void)mn_peer_update(world->peers[server], world->now_us);
        (void)mn_peer_update(world->peers[client], world->now_us);
    }
    assert_int_equal(got, sent);
    assert_int_equal(
        mn_peer_send(world->peers[client], to, message, sizeof(message), MN_RELIABLE, 0), MN_OK);
    test_peers_destroy(world);
}

/* Each side comes only when it wants to, and reads what there is when it comes. */
static void who_reads_and_sleeps_as_told_holds_up_nobody(void **state)
{
    (void)state;
    enum { MESSAGES = 200 };
    test_peers *world = test_peers_create(NULL, 1);
    mn_peer_config config = test_peers_config(world);
    config.receive_window_bytes = 16 * 1024;
    mn_peer *server = world->peers[test_peers_server(world, &config)];
    mn_connection to;
    uint32_t client = test_peers_client(world, NULL, NULL, &to);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    test_peers_run(world, SECOND_US);
    static const uint8_t message[1000];
    for (uint32_t i = 0; i < MESSAGES; i++) {
        assert_int_equal(
            mn_peer_send(world->peers[client], to, message, sizeof(message), MN_RELIABLE, 0),
            MN_OK);
    }
    (void)mn_peer_flush(world->peers[client], world->now_us);
    uint64_t start_us = world->now_us;
    uint32_t got = 0;
    while (got < MESSAGES && world->now_us < start_us + 2 * SECOND_US) {
        mn_event event;
        uint64_t client_us = mn_peer_next_us(world->peers[client]);
        uint64_t server_us = mn_peer_next_us(server);
        uint64_t next_us = client_us < server_us ? client_us : server_us;
        world->now_us = next_us > world->now_us ? next_us : world->now_us;
        if (client_us <= world->now_us) {
            (void)mn_peer_update(world->peers[client], world->now_us);
        }
        if (server_us <= world->now_us) {
            (void)mn_peer_update(server, world->now_us);
            while (mn_peer_poll(server, &event, 1) == 1) {
                got += event.type == MN_EVENT_MESSAGE ? 1 : 0;
            }
            (void)mn_peer_flush(server, world->now_us);
        }
    }
    assert_int_equal(got, MESSAGES);
    (void)mn_peer_update(server, world->now_us);
    const mni_link *link = mni_links_next(&server->links, NULL);
    assert_int_equal(link->connection.credit_in.returned, link->connection.credit_in.spent);
    test_peers_destroy(world);
}

static void who_sends_too_much_is_slowed_down_and_loses_nothing(void **state)
{
    (void)state;
    enum { MESSAGES = 150 };
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    config.max_messages_per_second = MESSAGES / 3;
    uint32_t server = test_peers_server(world, &config);
    mn_connection to;
    uint32_t client = test_peers_client(world, NULL, NULL, &to);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    for (uint32_t i = 0; i < MESSAGES; i++) {
        assert_int_equal(mn_peer_send(world->peers[client], to, "x", 1, MN_RELIABLE, 0), MN_OK);
        test_peers_step(world);
    }
    test_peers_run(world, SECOND_US / 10);
    assert_true(test_peers_count(world, server, MN_EVENT_MESSAGE) < MESSAGES / 2);
    assert_true(test_peers_counters(world, server).dropped[MN_DROP_LIMIT] > 0);
    test_peers_run(world, 10 * SECOND_US);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_MESSAGE), MESSAGES);
    test_peers_destroy(world);
}

static void what_is_too_large_is_refused(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    static uint8_t message[(1 << 20) + 1];
    mn_result max = mn_peer_max_message_size(test_client_of(&it), MN_RELIABLE);
    assert_int_equal(max, 1 << 20);
    assert_true(mn_peer_max_message_size(test_client_of(&it), MN_UNRELIABLE) >= 32 * 1100);
    assert_int_equal(
        mn_peer_send(test_client_of(&it), it.at_client, message, (uint32_t)max + 1, MN_RELIABLE, 0),
        MN_ERROR_TOO_LARGE);
    assert_int_equal(
        mn_peer_send(test_client_of(&it), it.at_client, message, TEST_EVENT_BYTES, MN_RELIABLE, 0),
        MN_OK);
    const test_event *got = test_peers_await(it.world, it.server, MN_EVENT_MESSAGE, 0, SECOND_US);
    assert_non_null(got);
    assert_int_equal(got->event.size, TEST_EVENT_BYTES); /* more than a packet */
    test_peers_destroy(it.world);
}

/* ---- memory */

static void a_steady_state_allocates_nothing(void **state)
{
    (void)state;
    enum { CLIENTS = 4 };
    static const uint8_t large[1250]; /* in pieces */
    test_peers *world = test_peers_create(&clean, 1);
    uint32_t server = test_peers_server(world, NULL);
    mn_connection to[CLIENTS], at_client[CLIENTS];
    uint64_t before = 0;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        uint64_t after = world->event_count;
        (void)test_peers_client(world, NULL, NULL, &at_client[i]);
        to[i].id = test_peers_await(world, server, MN_EVENT_CONNECTED, after, SECOND_US)->event.who;
    }
    test_peers_run(world, SECOND_US / 5);
    for (uint32_t round = 0; round < 3000; round++) {
        if (round == 1000) {
            before = world->allocator.count;
        }
        if (round % 16 == 0) {
            (void)mn_peer_send_many(world->peers[server], to, CLIENTS, "state", 5, MN_UNRELIABLE,
                                    NULL);
            for (uint32_t i = 0; i < CLIENTS; i++) {
                (void)mn_peer_send(world->peers[1 + i], at_client[i], "input", 5, MN_RELIABLE, 0);
                (void)mn_peer_send(world->peers[1 + i], at_client[i], "note", 4, MN_NOTIFY, 1);
                (void)mn_peer_send(world->peers[1 + i], at_client[i], large, 1250, MN_RELIABLE, 0);
                (void)mn_peer_send(world->peers[1 + i], at_client[i], large, 1250, MN_NOTIFY, 1);
            }
        }
        test_peers_step(world);
    }
    assert_int_equal(world->allocator.count, before);
    assert_int_equal(test_peers_counters(world, server).memory_used > 0, 1);
    test_peers_destroy(world);
}

static void polling_needs_no_memory(void **state)
{
    (void)state;
    enum { MESSAGES = 100 };
    test_two it = test_two_create(&clean, 1);
    mn_event events[MESSAGES + 1];
    for (uint32_t i = 0; i < MESSAGES; i++) {
        assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, "x", 1, 0, 0), MN_OK);
    }
    (void)mn_peer_flush(test_client_of(&it), it.world->now_us);
    for (uint32_t i = 0; i < 30; i++) {
        it.world->now_us += 1000;
        (void)mn_peer_update(test_client_of(&it), it.world->now_us);
        (void)mn_peer_update(test_server_of(&it), it.world->now_us);
    }
    uint64_t before = it.world->allocator.count;
    assert_int_equal(mn_peer_poll(test_server_of(&it), events, MESSAGES + 1), MESSAGES);
    assert_int_equal(it.world->allocator.count, before);
    test_peers_destroy(it.world);
}

static void the_memory_limit_is_kept(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(&clean, 1);
    mn_peer_config config = test_peers_config(world);
    mn_peer *peer;
    config.memory_limit = 1000;
    assert_int_equal(mn_peer_create(&config, &peer), MN_ERROR_MEMORY);
    assert_null(peer);
    config.memory_limit = 1u << 20;
    uint32_t server = test_peers_server(world, &config);
    assert_true(test_peers_counters(world, server).memory_used <= config.memory_limit);
    test_peers_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_go_both_ways),
        cmocka_unit_test(one_message_goes_to_many),
        cmocka_unit_test(events_carry_the_users_value),
        cmocka_unit_test(events_of_calls_carry_it_too),
        cmocka_unit_test(what_a_cancelled_message_held_up_leaves_without_another_flush),
        cmocka_unit_test(polled_bytes_last_until_the_next_update),
        cmocka_unit_test(who_does_not_read_stops_the_sender_and_loses_nothing),
        cmocka_unit_test(who_reads_and_sleeps_as_told_holds_up_nobody),
        cmocka_unit_test(who_sends_too_much_is_slowed_down_and_loses_nothing),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(a_steady_state_allocates_nothing),
        cmocka_unit_test(polling_needs_no_memory),
        cmocka_unit_test(the_memory_limit_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
