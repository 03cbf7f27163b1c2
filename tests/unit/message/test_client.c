/* SPDX-License-Identifier: MIT */
/* The public calls of a client: connecting and ending, messages, the server's time, every
   misuse. */
#include "support/party.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_conditions slow = {.struct_size = sizeof slow, .latency_us = 20000};

/* A server and one client that is in. */
static test_party *meet(const mn_conditions *line, uint64_t seed)
{
    test_party *party = party_create(line, seed);
    party_serve(party, NULL);
    uint32_t client = party_join(party, NULL, NULL);
    assert_non_null(
        party_await(party, &party->clients[client].log, MN_EVENT_AUTHENTICATED, 1, 20 * SECOND_US));
    return party;
}

static const party_log *log_of(const test_party *party)
{
    return &party->clients[0].log;
}

/* ---- life */

static void configs_that_are_wrong_are_refused(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    const mn_client_config good = party_client_config(party);
    mn_client *client = (mn_client *)&client;
    assert_int_equal(mn_client_create(NULL, &client), MN_ERROR_ARGUMENT);
    assert_null(client);
    assert_int_equal(mn_client_create(&good, NULL), MN_ERROR_ARGUMENT);
    mn_client_config bad = good;
    bad.struct_size = 4;
    assert_int_equal(mn_client_create(&bad, &client), MN_ERROR_ARGUMENT);
    bad = good;
    bad.security = 9;
    assert_int_equal(mn_client_create(&bad, &client), MN_ERROR_ARGUMENT);
    bad = good;
    mn_schema *unfinished = NULL;
    assert_int_equal(mn_schema_create(NULL, &unfinished), MN_OK);
    bad.schema = unfinished;
    assert_int_equal(mn_client_create(&bad, &client), MN_ERROR_STATE);
    assert_null(client);
    mn_schema_destroy(unfinished);
    party_destroy(party);
}

static void a_client_connects_again_and_again(void **state)
{
    (void)state;
    test_party *party = meet(&slow, 1);
    mn_client *client = party->clients[0].client;
    for (uint32_t round = 1; round <= 5; round++) {
        assert_non_null(
            party_await(party, log_of(party), MN_EVENT_AUTHENTICATED, round, SECOND_US));
        mn_player self = mn_client_player(client);
        assert_int_not_equal(self.id, 0);
        assert_int_equal(mn_client_connect(client, &party_address, NULL, 0), MN_ERROR_STATE);
        assert_int_equal(mn_client_connect_host(client, party->server, NULL, 0), MN_ERROR_STATE);
        assert_int_equal(mn_client_disconnect(client, 2000 + (int32_t)round, "bye"), MN_OK);
        assert_int_equal(mn_client_disconnect(client, 0, NULL), MN_OK);
        assert_int_equal(mn_client_send(client, PARTY_RAW, NULL, 0, 0), MN_ERROR_STATE);
        const party_event *out =
            party_await(party, log_of(party), MN_EVENT_DISCONNECTED, round, 3 * SECOND_US);
        assert_non_null(out);
        assert_int_equal(out->event.who, self.id);
        assert_int_equal(out->event.reason, 2000 + round);
        assert_true(party_says(out, "bye"));
        assert_int_equal(mn_client_player(client).id, 0);
        assert_int_equal(mn_client_disconnect(client, 0, NULL), MN_ERROR_STATE);
        const party_event *gone = party_find(&party->log, MN_EVENT_DISCONNECTED, round);
        assert_non_null(gone);
        assert_int_equal(gone->event.who, self.id);
        assert_true(party_says(gone, "bye"));
        assert_int_equal(mn_client_connect(client, &party_address, NULL, 0), MN_OK);
    }
    party_destroy(party);
}

static void a_connect_that_comes_to_nothing_is_an_event(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config server_config = party_server_config(party);
    server_config.application = 1;
    party_serve(party, &server_config);
    (void)party_join(party, NULL, NULL);
    const party_event *failed =
        party_await(party, log_of(party), MN_EVENT_CONNECT_FAILED, 1, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_APPLICATION);
    assert_true(failed->event.size > 0);
    assert_int_equal(log_of(party)->count, 1);
    assert_int_equal(mn_client_disconnect(party->clients[0].client, 0, NULL), MN_ERROR_STATE);

    assert_int_equal(mn_server_stop(party->server), MN_OK);
    party->step_us = 10000;
    assert_int_equal(mn_client_connect(party->clients[0].client, &party_address, NULL, 0), MN_OK);
    failed = party_await(party, log_of(party), MN_EVENT_CONNECT_FAILED, 2, 20 * SECOND_US);
    assert_non_null(failed);
    assert_true(failed->event.reason == MN_REASON_TIMEOUT ||
                failed->event.reason == MN_REASON_UNREACHABLE);

    /* Given up by the game itself. */
    assert_int_equal(mn_client_connect(party->clients[0].client, &party_address, NULL, 0), MN_OK);
    assert_int_equal(mn_client_disconnect(party->clients[0].client, 3000, "too slow"), MN_OK);
    failed = party_await(party, log_of(party), MN_EVENT_CONNECT_FAILED, 3, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, 3000);
    assert_true(party_says(failed, "too slow"));
    party_destroy(party);
}

static void a_destroyed_client_tells_the_server(void **state)
{
    (void)state;
    test_party *party = meet(NULL, 1);
    mn_client_destroy(party->clients[0].client);
    party->clients[0].client = NULL;
    const party_event *gone = party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, SECOND_US);
    assert_non_null(gone);
    assert_int_equal(gone->event.reason, MN_REASON_STOPPED);
    party_destroy(party);
}

/* ---- messages */

static void messages_arrive_with_their_sender(void **state)
{
    (void)state;
    test_party *party = meet(&slow, 1);
    mn_client *client = party->clients[0].client;
    party_chat chat = {.number = 100000, .text = "hello"};
    assert_int_equal(mn_client_send(client, PARTY_CHAT, &chat, sizeof chat, 0), MN_OK);
    assert_int_equal(mn_client_send(client, PARTY_TO_SERVER, "raw", 3, 0), MN_OK);
    assert_int_equal(mn_client_notify(client, PARTY_LOOSE, "loose", 5, 77), MN_OK);
    uint64_t sent_us = party->now_us;
    const party_event *delivered =
        party_await(party, log_of(party), MN_EVENT_DELIVERED, 1, SECOND_US);
    assert_non_null(delivered);
    assert_int_equal(delivered->event.token, 77);
    assert_int_equal(delivered->event.who, 0);
    uint32_t self = mn_client_player(client).id;
    bool seen[PARTY_LOOSE + 1] = {false};
    for (uint32_t i = 1; i <= 3; i++) {
        const party_event *event = party_find(&party->log, MN_EVENT_MESSAGE, i);
        assert_non_null(event);
        assert_int_equal(event->event.who, self);
        assert_in_range(event->event.time_us, sent_us + 20000, sent_us + 22000);
        seen[event->event.what] = true;
        if (event->event.what == PARTY_CHAT) {
            assert_memory_equal(event->bytes, &chat, sizeof chat);
        } else if (event->event.what == PARTY_LOOSE) {
            assert_int_equal(event->event.delivery, MN_NOTIFY);
            assert_int_equal(event->event.channel, 3);
        }
    }
    assert_true(seen[PARTY_CHAT] && seen[PARTY_TO_SERVER] && seen[PARTY_LOOSE]);
    party_destroy(party);
}

static void what_cannot_be_sent_is_refused(void **state)
{
    (void)state;
    test_party *party = meet(NULL, 1);
    mn_client *client = party->clients[0].client;
    party_chat chat = {.number = 1};
    assert_int_equal(mn_client_send(NULL, PARTY_RAW, NULL, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_notify(NULL, PARTY_RAW, NULL, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_send(client, PARTY_RAW, NULL, 1, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_send(client, PARTY_RAW, NULL, 0, 6), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_send(client, PARTY_CHAT, &chat, 3, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_send(client, PARTY_TO_CLIENT, NULL, 0, 0), MN_ERROR_SCHEMA);
    assert_int_equal(mn_client_send(client, PARTY_UNKNOWN, NULL, 0, 0), MN_ERROR_SCHEMA);
    assert_int_equal(mn_client_notify(client, PARTY_UNKNOWN, NULL, 0, 0), MN_ERROR_SCHEMA);
    assert_int_equal(mn_client_send(client, PARTY_SMALL, "12345", 5, 0), MN_ERROR_TOO_LARGE);
    party_run(party, 10000);
    assert_int_equal(party_count(&party->log, MN_EVENT_MESSAGE), 0);
    party_destroy(party);
}

/* ---- the server's time */

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* The server lives in another time: its clock is ahead, and the two are stepped by hand. */
static void check_time(uint64_t seed, uint64_t jitter_us, uint64_t allowed_us)
{
    mn_conditions line = {.struct_size = sizeof line,
                          .latency_us = 25000,
                          .jitter_us = jitter_us,
                          .loss = jitter_us > 0 ? 0.05f : 0};
    const uint64_t ahead_us = UINT64_C(987654321000);
    test_party *party = meet(&line, seed);
    mn_client *client = party->clients[0].client;
    uint64_t shown_us = 0;
    uint64_t end_us = party->now_us + 20 * SECOND_US;
    /* The lossy line of the server's socket is in the server's time, that of the client's in the
       client's: each delays what its own side sends, and so both are right. */
    mn_event event;
    while (party->now_us < end_us) {
        party->now_us += 4000;
        (void)mn_server_update(party->server, party->now_us + ahead_us);
        (void)mn_client_update(client, party->now_us);
        while (mn_server_poll(party->server, &event, 1) == 1 ||
               mn_client_poll(client, &event, 1) == 1) {
        }
        (void)mn_server_flush(party->server, party->now_us + ahead_us);
        (void)mn_client_flush(client, party->now_us);
        uint64_t before_us = shown_us;
        shown_us = mn_client_server_time(client, party->now_us);
        if (party->now_us + 17 * SECOND_US < end_us) {
            continue; /* the first three seconds */
        }
        if (shown_us < before_us) {
            fail_msg("it went back: seed %" PRIu64, seed);
        }
        uint64_t off_us = distance(shown_us, party->now_us + ahead_us);
        if (off_us > allowed_us) {
            fail_msg("off by %" PRIu64 " us: seed %" PRIu64, off_us, seed);
        }
    }
    party_destroy(party);
}

static void the_servers_time_is_known_under_jitter_and_loss(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    check_time(seed, 0, 2500);
    for (uint64_t i = 0; i < 8; i++) {
        check_time(seed + i, 40000, 20000);
    }
}

static void until_it_is_in_a_client_has_its_own_time(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.flags = MN_SERVER_AUTHENTICATE;
    party_serve(party, &config);
    mn_client_config client_config = party_client_config(party);
    assert_int_equal(mn_client_create(&client_config, &party->clients[0].client), MN_OK);
    party->count = 1;
    mn_client *client = party->clients[0].client;
    assert_int_equal(mn_client_server_time(client, 5), 5);
    assert_int_equal(mn_client_connect(client, &party_address, NULL, 0), MN_OK);
    assert_int_equal(mn_client_server_time(client, 5), 5);
    party_run(party, SECOND_US);
    assert_int_equal(party_count(log_of(party), MN_EVENT_CONNECTED), 1);
    assert_int_equal(mn_client_server_time(client, 5), 5);
    assert_int_equal(mn_client_server_time(NULL, 5), 5);
    party_destroy(party);
}

/* ---- misuse */

static void misuse_is_answered(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    party_serve(party, NULL);
    mn_client_config config = party_client_config(party);
    mn_client *client = NULL;
    assert_int_equal(mn_client_create(&config, &client), MN_OK);
    static const uint8_t payload[MN_PAYLOAD_MAX + 1];
    mn_address address;
    mn_address no_port = party_address;
    no_port.port = 0;
    mn_event event;
    mn_statistics statistics = {.struct_size = sizeof statistics};
    mn_counters counters = {0};

    mn_client_destroy(NULL);
    assert_int_equal(mn_client_connect(NULL, &party_address, NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_connect(client, NULL, NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_connect(client, &no_port, NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_connect(client, &party_address, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_connect(client, &party_address, payload, sizeof payload),
                     MN_ERROR_TOO_LARGE);
    assert_int_equal(mn_client_connect_host(NULL, party->server, NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_connect_host(client, NULL, NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_connect_host(client, party->server, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_connect_host(client, party->server, payload, sizeof payload),
                     MN_ERROR_TOO_LARGE);
    assert_int_equal(mn_client_disconnect(NULL, 0, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_disconnect(client, 0, NULL), MN_ERROR_STATE);
    assert_string_equal(mn_client_error_text(NULL), "");
    assert_string_equal(mn_client_error_text(client), "");
    assert_int_equal(mn_client_update(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_update(client, 0), MN_OK);
    assert_int_equal(mn_client_poll(NULL, &event, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_poll(client, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_poll(client, &event, 1), 0);
    assert_int_equal(mn_client_flush(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_flush(client, 0), MN_OK);
    assert_int_equal(mn_client_next_us(NULL), UINT64_MAX);
    assert_int_equal(mn_client_next_us(client), UINT64_MAX);
    assert_int_equal(mn_client_wait(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_wait(client, 0), MN_ERROR_STATE);
    assert_int_equal(mn_client_send(client, PARTY_RAW, NULL, 0, 0), MN_ERROR_STATE);
    assert_int_equal(mn_client_player(NULL).id, 0);
    assert_int_equal(mn_client_player(client).id, 0);
    assert_int_equal(mn_client_address(NULL, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_address(client, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_address(client, &address), MN_ERROR_STATE);
    assert_int_equal(mn_client_statistics(NULL, &statistics), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_statistics(client, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_statistics(client, &statistics), MN_ERROR_STATE);
    assert_int_equal(mn_client_counters(NULL, &counters), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_counters(client, &counters), MN_ERROR_ARGUMENT);
    mn_client_destroy(client);
    party_destroy(party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configs_that_are_wrong_are_refused),
        cmocka_unit_test(a_client_connects_again_and_again),
        cmocka_unit_test(a_connect_that_comes_to_nothing_is_an_event),
        cmocka_unit_test(a_destroyed_client_tells_the_server),
        cmocka_unit_test(messages_arrive_with_their_sender),
        cmocka_unit_test(what_cannot_be_sent_is_refused),
        cmocka_unit_test(the_servers_time_is_known_under_jitter_and_loss),
        cmocka_unit_test(until_it_is_in_a_client_has_its_own_time),
        cmocka_unit_test(misuse_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
