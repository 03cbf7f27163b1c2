/* SPDX-License-Identifier: MIT */
/* The public calls of a server: its life, its players, what it sends, and every misuse. */
#include "support/party.h"
#include "support/test.h"

#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_conditions slow = {.struct_size = sizeof slow, .latency_us = 20000};

static const party_log *log_of(const test_party *party, uint32_t client)
{
    return &party->clients[client].log;
}

/* A server with so many clients that are in. */
static test_party *gather(const mn_conditions *line, uint32_t count)
{
    test_party *party = party_create(line, 1);
    party_serve(party, NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t client = party_join(party, NULL, NULL);
        assert_non_null(
            party_await(party, log_of(party, client), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    }
    return party;
}

/* ---- life */

static void configs_that_are_wrong_are_refused(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_schema *unfinished = NULL;
    assert_int_equal(mn_schema_create(NULL, &unfinished), MN_OK);
    const mn_server_config good = party_server_config(party);
    mn_server *server = (mn_server *)&server;
    assert_int_equal(mn_server_create(NULL, &server), MN_ERROR_ARGUMENT);
    assert_null(server);
    assert_int_equal(mn_server_create(&good, NULL), MN_ERROR_ARGUMENT);

    mn_server_config bad = good;
    bad.struct_size = 0;
    assert_int_equal(mn_server_create(&bad, &server), MN_ERROR_ARGUMENT);
    bad = good;
    bad.flags = 2;
    assert_int_equal(mn_server_create(&bad, &server), MN_ERROR_ARGUMENT);
    bad = good;
    bad.max_players = 65536;
    assert_int_equal(mn_server_create(&bad, &server), MN_ERROR_ARGUMENT);
    bad = good;
    bad.security = MN_SECURITY_ENCRYPTED + 1;
    assert_int_equal(mn_server_create(&bad, &server), MN_ERROR_ARGUMENT);
    bad = good;
    bad.schema = unfinished;
    assert_int_equal(mn_server_create(&bad, &server), MN_ERROR_STATE);
    bad = good;
    bad.memory_limit = 1000;
    assert_int_equal(mn_server_create(&bad, &server), MN_ERROR_MEMORY);
    assert_null(server);

    /* An older caller knows less of the struct; what it does not know is default. */
    bad = good;
    bad.struct_size = offsetof(mn_server_config, seed);
    bad.sockets = (const mn_socket_factory *)&bad;
    assert_int_equal(mn_server_create(&bad, &server), MN_OK);
    mn_server_destroy(server);
    mn_schema_destroy(unfinished);
    party_destroy(party);
}

static void a_server_starts_and_stops_again_and_again(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    party_serve(party, NULL);
    uint32_t client = party_join(party, NULL, NULL);
    uint32_t last_id = 0;
    for (uint32_t round = 1; round <= 5; round++) {
        const party_event *in =
            party_await(party, log_of(party, client), MN_EVENT_AUTHENTICATED, round, SECOND_US);
        assert_non_null(in);
        assert_int_not_equal(in->event.who, last_id);
        last_id = in->event.who;
        assert_int_equal(mn_server_start(party->server, &party_address), MN_ERROR_STATE);
        assert_int_equal(mn_server_start_offline(party->server), MN_ERROR_STATE);
        assert_int_equal(mn_server_stop(party->server), MN_OK);
        assert_int_equal(mn_server_stop(party->server), MN_ERROR_STATE);
        assert_int_equal(mn_server_players(party->server, NULL, 0), 0);
        party_poll(party);
        const party_event *gone = party_find(&party->log, MN_EVENT_DISCONNECTED, round);
        assert_non_null(gone);
        assert_int_equal(gone->event.reason, MN_REASON_STOPPED);
        assert_int_equal(gone->event.who, last_id);
        const party_event *out =
            party_await(party, log_of(party, client), MN_EVENT_DISCONNECTED, round, SECOND_US);
        assert_non_null(out);
        assert_int_equal(out->event.reason, MN_REASON_STOPPED);
        assert_int_equal(mn_server_start(party->server, &party_address), MN_OK);
        assert_int_equal(mn_client_connect(party->clients[client].client, &party_address, NULL, 0),
                         MN_OK);
    }
    party_destroy(party);
}

static void events_can_be_polled_after_the_stop(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 2);
    assert_int_equal(mn_client_send(party->clients[0].client, PARTY_RAW, "hi", 2, 0), MN_OK);
    assert_int_equal(mn_client_flush(party->clients[0].client, party->now_us), MN_OK);
    assert_int_equal(mn_server_update(party->server, party->now_us), MN_OK);
    assert_int_equal(mn_server_stop(party->server), MN_OK);
    mn_event events[8];
    assert_int_equal(mn_server_poll(party->server, events, 8), 3);
    assert_int_equal(events[0].type, MN_EVENT_MESSAGE);
    assert_memory_equal(events[0].data, "hi", 2);
    assert_int_equal(events[1].type, MN_EVENT_DISCONNECTED);
    assert_int_equal(events[2].type, MN_EVENT_DISCONNECTED);
    assert_int_equal(mn_server_update(party->server, party->now_us), MN_OK);
    assert_int_equal(mn_server_poll(party->server, events, 8), 0);
    party_destroy(party);
}

static void a_port_in_use_is_told_in_words(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 0);
    mn_server_config config = party_server_config(party);
    mn_server *second = NULL;
    assert_int_equal(mn_server_create(&config, &second), MN_OK);
    assert_string_equal(mn_server_error_text(second), "");
    assert_int_equal(mn_server_start(second, &party_address), MN_ERROR_NETWORK);
    assert_true(strlen(mn_server_error_text(second)) > 0);
    assert_int_equal(mn_server_stop(second), MN_ERROR_STATE);
    mn_server_destroy(second);
    party_destroy(party);
}

static void a_server_that_is_not_started_has_frames_and_nothing_else(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
    mn_server *server = party->server;
    mn_event event;
    mn_address address;
    assert_int_equal(mn_server_update(server, 5), MN_OK);
    assert_int_equal(mn_server_poll(server, &event, 1), 0);
    assert_int_equal(mn_server_flush(server, 5), MN_OK);
    assert_int_equal(mn_server_next_us(server), UINT64_MAX);
    assert_int_equal(mn_server_wait(server, 0), MN_ERROR_STATE);
    assert_int_equal(mn_server_address(server, &address), MN_ERROR_STATE);
    assert_int_equal(mn_server_stop(server), MN_ERROR_STATE);
    assert_int_equal(mn_server_broadcast(server, PARTY_RAW, NULL, 0, 0), 0);
    assert_int_equal(mn_server_start_offline(server), MN_OK);
    assert_int_equal(mn_server_start(server, &party_address), MN_ERROR_STATE);
    assert_int_equal(mn_server_wait(server, 0), 0);
    assert_int_equal(mn_server_address(server, &address), MN_ERROR_STATE);
    assert_int_equal(mn_server_stop(server), MN_OK);
    assert_int_equal(mn_server_start(server, &party_address), MN_OK);
    assert_int_equal(mn_server_address(server, &address), MN_OK);
    assert_int_equal(address.port, MN_DEFAULT_PORT);
    assert_int_equal(mn_server_wait(server, 0), 0);
    (void)party_join(party, NULL, NULL);
    assert_int_equal(mn_client_update(party->clients[0].client, party->now_us), MN_OK);
    assert_int_equal(mn_server_wait(server, 0), 1);
    assert_int_equal(mn_server_stop(server), MN_OK);
    assert_int_equal(mn_server_start_offline(server), MN_OK);
    assert_int_equal(mn_server_wait(server, 0), 0);
    party_destroy(party);
}

/* ---- players */

static void a_full_server_refuses_the_next(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.max_players = 2;
    party_serve(party, &config);
    for (uint32_t i = 0; i < 3; i++) {
        (void)party_join(party, NULL, NULL);
        party_run(party, SECOND_US / 10);
    }
    const party_event *failed =
        party_await(party, log_of(party, 2), MN_EVENT_CONNECT_FAILED, 1, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_FULL);
    assert_int_equal(mn_server_players(party->server, NULL, 0), 2);
    party_destroy(party);
}

static void players_are_listed_as_far_as_there_is_room(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 3);
    mn_player players[4] = {{77}, {77}, {77}, {77}};
    assert_int_equal(mn_server_players(party->server, NULL, 0), 3);
    assert_int_equal(mn_server_players(party->server, players, 2), 3);
    assert_int_equal(players[2].id, 77);
    assert_int_equal(mn_server_players(party->server, players, 4), 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(players[i].id, party_player(party, i).id);
    }
    assert_int_equal(mn_server_players(party->server, NULL, 1), MN_ERROR_ARGUMENT);
    party_destroy(party);
}

static void a_disconnect_delivers_what_was_sent_before_it(void **state)
{
    (void)state;
    test_party *party = gather(&slow, 1);
    mn_player player = party_player(party, 0);
    assert_int_equal(mn_server_send(party->server, player, PARTY_RAW, "last", 4, 0), MN_OK);
    assert_int_equal(mn_server_disconnect(party->server, player, 70000, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_disconnect(party->server, player, -1, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_disconnect(party->server, player, 1234, "bye"), MN_OK);
    assert_int_equal(mn_server_disconnect(party->server, player, 1235, "again"), MN_OK);
    assert_int_equal(mn_server_send(party->server, player, PARTY_RAW, "x", 1, 0), MN_ERROR_STATE);
    const party_event *out =
        party_await(party, log_of(party, 0), MN_EVENT_DISCONNECTED, 1, SECOND_US);
    assert_non_null(out);
    assert_int_equal(out->event.reason, 1234);
    assert_int_equal(out->event.who, player.id);
    assert_true(party_says(out, "bye"));
    assert_true(party_says(party_find(log_of(party, 0), MN_EVENT_MESSAGE, 1), "last"));
    const party_event *gone =
        party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, 3 * SECOND_US);
    assert_non_null(gone);
    assert_int_equal(gone->event.reason, 1234);
    assert_true(party_says(gone, "bye"));
    assert_int_equal(mn_server_disconnect(party->server, player, 0, NULL), MN_ERROR_STALE);
    assert_int_equal(party_player(party, 0).id, 0);
    party_destroy(party);
}

static void a_client_that_vanishes_is_noticed(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 1);
    party->step_us = 50000;
    mn_conditions gone = {.struct_size = sizeof gone, .partitioned = 1};
    assert_int_equal(mn_lossy_set(party->lossy, &gone, NULL), MN_OK);
    const party_event *event =
        party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, 20 * SECOND_US);
    assert_non_null(event);
    assert_int_equal(event->event.reason, MN_REASON_TIMEOUT);
    party_destroy(party);
}

static void what_is_attached_to_a_player_comes_with_its_events(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 1);
    mn_player player = party_player(party, 0);
    assert_int_equal(mn_client_send(party->clients[0].client, PARTY_RAW, "a", 1, 0), MN_OK);
    assert_int_equal(mn_client_flush(party->clients[0].client, party->now_us), MN_OK);
    assert_int_equal(mn_server_update(party->server, party->now_us), MN_OK);
    /* Also when the event is queued already, and to the end. */
    assert_int_equal(mn_server_set_user(party->server, player, UINT64_C(0x123456789a)), MN_OK);
    assert_int_equal(mn_server_disconnect(party->server, player, 0, NULL), MN_OK);
    const party_event *gone = party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, SECOND_US);
    assert_non_null(gone);
    const party_event *message = party_find(&party->log, MN_EVENT_MESSAGE, 1);
    assert_int_equal(message->event.user, UINT64_C(0x123456789a));
    assert_int_equal(gone->event.user, UINT64_C(0x123456789a));
    assert_int_equal(mn_server_set_user(party->server, player, 0), MN_ERROR_STALE);
    party_destroy(party);
}

/* ---- messages */

static void a_typed_message_arrives_as_the_struct(void **state)
{
    (void)state;
    test_party *party = gather(&slow, 1);
    party_run(party, SECOND_US); /* the client learns what time it is */
    party_chat chat = {.number = 4711, .text = "hello"};
    assert_int_equal(
        mn_server_send(party->server, party_player(party, 0), PARTY_CHAT, &chat, sizeof chat, 0),
        MN_OK);
    uint64_t sent_us = party->now_us;
    const party_event *event = party_await(party, log_of(party, 0), MN_EVENT_MESSAGE, 1, SECOND_US);
    assert_non_null(event);
    assert_int_equal(event->event.what, PARTY_CHAT);
    assert_int_equal(event->event.who, 0);
    assert_int_equal(event->event.delivery, MN_RELIABLE);
    assert_int_equal(event->event.channel, 0);
    assert_int_equal(event->event.size, sizeof chat);
    assert_memory_equal(event->bytes, &chat, sizeof chat);
    assert_in_range(event->event.time_us, sent_us + 20000, sent_us + 22000);
    party_destroy(party);
}

static void a_message_goes_to_one_to_some_and_to_all(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 3);
    mn_player players[4] = {party_player(party, 0), party_player(party, 2), {12345}, {0}};
    assert_int_equal(mn_server_send(party->server, players[0], PARTY_RAW, "one", 3, 0), MN_OK);
    mn_outgoing some = {.message = PARTY_FAR, .value = "some", .size = 4};
    mn_result results[4];
    assert_int_equal(mn_server_send_many(party->server, players, 4, &some, results), 2);
    assert_int_equal(results[0], MN_OK);
    assert_int_equal(results[1], MN_OK);
    assert_int_equal(results[2], MN_ERROR_STALE);
    assert_int_equal(results[3], MN_ERROR_STALE);
    assert_int_equal(mn_server_broadcast(party->server, PARTY_LOOSE, "all", 3, 0), 3);
    party_run(party, 10000);
    assert_int_equal(party_count(log_of(party, 0), MN_EVENT_MESSAGE), 3);
    assert_int_equal(party_count(log_of(party, 1), MN_EVENT_MESSAGE), 1);
    assert_int_equal(party_count(log_of(party, 2), MN_EVENT_MESSAGE), 2);
    const party_event *all = party_find(log_of(party, 1), MN_EVENT_MESSAGE, 1);
    assert_true(party_says(all, "all"));
    assert_int_equal(all->event.what, PARTY_LOOSE);
    assert_int_equal(all->event.delivery, MN_UNRELIABLE);
    assert_int_equal(all->event.channel, 3);
    const party_event *far = party_find(log_of(party, 2), MN_EVENT_MESSAGE, 1);
    assert_int_equal(far->event.what == PARTY_FAR || far->event.what == PARTY_LOOSE, 1);
    party_destroy(party);
}

static void the_sender_may_say_how(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 1);
    mn_player player = party_player(party, 0);
    static const uint32_t hows[] = {MN_UNRELIABLE, MN_RELIABLE | MN_ON_CHANNEL(63),
                                    MN_NOTIFY | MN_ON_CHANNEL(7), MN_SEQUENCED,
                                    MN_UNORDERED | MN_ON_CHANNEL(2)};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(mn_server_send(party->server, player, PARTY_RAW, "x", 1, hows[i]), MN_OK);
        const party_event *event =
            party_await(party, log_of(party, 0), MN_EVENT_MESSAGE, i + 1, SECOND_US);
        assert_non_null(event);
        assert_int_equal(event->event.delivery, hows[i] & 0xff);
        assert_int_equal(event->event.channel, hows[i] >> 8);
    }
    static const uint32_t wrong[] = {6,
                                     7,
                                     8,
                                     0x101ff,
                                     MN_ON_CHANNEL(1),
                                     MN_RELIABLE | 0x4000,
                                     MN_RELIABLE | 0x80000,
                                     MN_RELIABLE | 0x80};
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(mn_server_send(party->server, player, PARTY_RAW, "x", 1, wrong[i]),
                         MN_ERROR_ARGUMENT);
        assert_int_equal(mn_server_broadcast(party->server, PARTY_RAW, "x", 1, wrong[i]),
                         MN_ERROR_ARGUMENT);
    }
    party_destroy(party);
}

static void a_notify_message_tells_its_fate(void **state)
{
    (void)state;
    mn_conditions bad = {.struct_size = sizeof bad, .latency_us = 20000, .loss = 0.3f};
    test_party *party = party_create(&bad, 5);
    party_serve(party, NULL);
    (void)party_join(party, NULL, NULL);
    assert_non_null(
        party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, 1, 10 * SECOND_US));
    party_run(party, SECOND_US);
    mn_player player = party_player(party, 0);
    for (uint64_t token = 1; token <= 50; token++) {
        assert_int_equal(
            mn_server_notify(party->server, player, PARTY_RAW, &token, sizeof token, token), MN_OK);
        party_step(party);
    }
    party_run(party, 3 * SECOND_US);
    uint32_t fates[51] = {0};
    for (uint32_t i = 0; i < party->log.count; i++) {
        const mn_event *event = &party->log.events[i].event;
        if (event->type == MN_EVENT_DELIVERED || event->type == MN_EVENT_LOST) {
            assert_in_range(event->token, 1, 50);
            assert_int_equal(event->who, player.id);
            fates[event->token] += event->type == MN_EVENT_DELIVERED ? 1 : 100;
        }
    }
    uint32_t lost = 0;
    for (uint32_t i = 1; i <= 50; i++) {
        assert_true(fates[i] == 1 || fates[i] == 100);
        lost += fates[i] == 100;
    }
    assert_in_range(lost, 1, 40);
    party_destroy(party);
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 1);
    mn_server *server = party->server;
    mn_player player = party_player(party, 0);
    static uint8_t large[(1 << 20) + 1];
    party_chat chat = {.number = 1};
    const struct {
        const void *value;
        mn_player to;
        uint32_t message, size;
        mn_result result;
    } cases[] = {
        {large, player, PARTY_UNKNOWN, 1, MN_ERROR_SCHEMA},
        {large, player, UINT32_MAX, 1, MN_ERROR_SCHEMA},
        {large, player, PARTY_TO_SERVER, 1, MN_ERROR_SCHEMA},
        {&chat, player, PARTY_CHAT, sizeof chat - 1, MN_ERROR_ARGUMENT},
        {NULL, player, PARTY_CHAT, 0, MN_ERROR_ARGUMENT},
        {NULL, player, PARTY_RAW, 1, MN_ERROR_ARGUMENT},
        {large, player, PARTY_SMALL, 5, MN_ERROR_TOO_LARGE},
        {large, player, PARTY_RAW, sizeof large, MN_ERROR_TOO_LARGE},
        {large, {0}, PARTY_RAW, 1, MN_ERROR_STALE},
        {large, {player.id + (1 << 20)}, PARTY_RAW, 1, MN_ERROR_STALE},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            mn_server_send(server, cases[i].to, cases[i].message, cases[i].value, cases[i].size, 0),
            cases[i].result);
        assert_int_equal(mn_server_notify(server, cases[i].to, cases[i].message, cases[i].value,
                                          cases[i].size, 9),
                         cases[i].result);
        if (cases[i].result != MN_ERROR_STALE) {
            assert_int_equal(
                mn_server_broadcast(server, cases[i].message, cases[i].value, cases[i].size, 0),
                cases[i].result);
        }
    }
    party_run(party, SECOND_US);
    assert_int_equal(party_count(log_of(party, 0), MN_EVENT_MESSAGE), 0);
    assert_int_equal(party_count(&party->log, MN_EVENT_LOST), 0);
    party_destroy(party);
}

static void a_full_queue_says_so_and_empties_with_time(void **state)
{
    (void)state;
    test_party *party = gather(&slow, 1);
    mn_player player = party_player(party, 0);
    static uint8_t bytes[1000];
    uint32_t queued = 0;
    mn_result result = MN_OK;
    while (result == MN_OK) {
        result = mn_server_send(party->server, player, PARTY_RAW, bytes, sizeof bytes, 0);
        queued += result == MN_OK;
    }
    assert_int_equal(result, MN_ERROR_FULL);
    assert_in_range(queued, 200, 262);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_MESSAGE, queued, 5 * SECOND_US));
    assert_int_equal(mn_server_send(party->server, player, PARTY_RAW, bytes, 1, 0), MN_OK);
    party_destroy(party);
}

static void messages_before_the_verdict_want_a_type_that_says_so(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.flags = MN_SERVER_AUTHENTICATE;
    party_serve(party, &config);
    uint32_t client = party_join(party, NULL, NULL);
    const party_event *asked = party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US);
    mn_player player = {asked->event.who};
    assert_int_equal(mn_server_send(party->server, player, PARTY_RAW, "x", 1, 0), MN_ERROR_STATE);
    assert_int_equal(mn_server_broadcast(party->server, PARTY_EARLY, "x", 1, 0), 0);
    assert_int_equal(mn_server_send(party->server, player, PARTY_EARLY, "who?", 4, 0), MN_OK);
    assert_true(party_says(
        party_await(party, log_of(party, client), MN_EVENT_MESSAGE, 1, SECOND_US), "who?"));
    mn_client *it = party->clients[client].client;
    assert_int_equal(mn_client_send(it, PARTY_RAW, "x", 1, 0), MN_ERROR_STATE);
    assert_int_equal(mn_client_send(it, PARTY_EARLY, "me", 2, 0), MN_OK);
    const party_event *answer = party_await(party, &party->log, MN_EVENT_MESSAGE, 1, SECOND_US);
    assert_true(party_says(answer, "me"));
    assert_int_equal(answer->event.who, player.id);
    party_destroy(party);
}

/* ---- facts and misuse */

static void addresses_statistics_and_counters_are_the_players_own(void **state)
{
    (void)state;
    test_party *party = gather(&slow, 1);
    party_run(party, SECOND_US);
    mn_player player = party_player(party, 0);
    mn_address address;
    mn_address theirs;
    assert_int_equal(mn_server_player_address(party->server, player, &address), MN_OK);
    assert_int_equal(mn_client_address(party->clients[0].client, &theirs), MN_OK);
    assert_int_equal(address.port, theirs.port);
    mn_statistics statistics = {.struct_size = sizeof statistics};
    assert_int_equal(mn_server_statistics(party->server, player, &statistics), MN_OK);
    assert_in_range(statistics.rtt_us, 35000, 60000);
    mn_counters counters = party_server_counters(party);
    assert_int_equal(counters.connections, 1);
    assert_true(counters.packets_received > 0);
    party_destroy(party);
}

static void misuse_is_answered(void **state)
{
    (void)state;
    test_party *party = gather(NULL, 1);
    mn_server *server = party->server;
    mn_player player = party_player(party, 0);
    mn_player stale = {player.id + (2 << 20)};
    mn_event event;
    mn_address address;
    mn_outgoing outgoing = {.message = PARTY_RAW};
    mn_statistics unsized = {0};
    mn_counters uncounted = {0};

    mn_server_destroy(NULL);
    assert_int_equal(mn_server_start(NULL, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_start_offline(NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_stop(NULL), MN_ERROR_ARGUMENT);
    assert_string_equal(mn_server_error_text(NULL), "");
    assert_int_equal(mn_server_update(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_poll(NULL, &event, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_poll(server, NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_poll(server, NULL, 0), 0);
    assert_int_equal(mn_server_flush(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_next_us(NULL), UINT64_MAX);
    assert_int_equal(mn_server_wait(NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_accept(NULL, player), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_accept(server, stale), MN_ERROR_STALE);
    assert_int_equal(mn_server_accept(server, player), MN_ERROR_STATE);
    assert_int_equal(mn_server_reject(NULL, player, 0, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_reject(server, stale, 0, NULL), MN_ERROR_STALE);
    assert_int_equal(mn_server_reject(server, player, 0, NULL), MN_ERROR_STATE);
    assert_int_equal(mn_server_disconnect(NULL, player, 0, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_disconnect(server, stale, 0, NULL), MN_ERROR_STALE);
    assert_int_equal(mn_server_set_user(NULL, player, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_set_user(server, stale, 1), MN_ERROR_STALE);
    assert_int_equal(mn_server_send(NULL, player, PARTY_RAW, NULL, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_notify(NULL, player, PARTY_RAW, NULL, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_broadcast(NULL, PARTY_RAW, NULL, 0, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_send_many(NULL, &player, 1, &outgoing, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_send_many(server, NULL, 1, &outgoing, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_send_many(server, &player, 1, NULL, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_send_many(server, NULL, 0, &outgoing, NULL), 0);
    assert_int_equal(mn_server_address(NULL, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_address(server, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_player_address(NULL, player, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_player_address(server, player, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_player_address(server, stale, &address), MN_ERROR_STALE);
    assert_int_equal(mn_server_players(NULL, NULL, 0), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_statistics(server, player, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_statistics(server, player, &unsized), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_counters(server, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_counters(server, &uncounted), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_counters(NULL, &uncounted), MN_ERROR_ARGUMENT);

    party_run(party, SECOND_US);
    assert_int_equal(party_count(&party->log, MN_EVENT_DISCONNECTED), 0);
    party_destroy(party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configs_that_are_wrong_are_refused),
        cmocka_unit_test(a_server_starts_and_stops_again_and_again),
        cmocka_unit_test(events_can_be_polled_after_the_stop),
        cmocka_unit_test(a_port_in_use_is_told_in_words),
        cmocka_unit_test(a_server_that_is_not_started_has_frames_and_nothing_else),
        cmocka_unit_test(a_full_server_refuses_the_next),
        cmocka_unit_test(players_are_listed_as_far_as_there_is_room),
        cmocka_unit_test(a_disconnect_delivers_what_was_sent_before_it),
        cmocka_unit_test(a_client_that_vanishes_is_noticed),
        cmocka_unit_test(what_is_attached_to_a_player_comes_with_its_events),
        cmocka_unit_test(a_typed_message_arrives_as_the_struct),
        cmocka_unit_test(a_message_goes_to_one_to_some_and_to_all),
        cmocka_unit_test(the_sender_may_say_how),
        cmocka_unit_test(a_notify_message_tells_its_fate),
        cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
        cmocka_unit_test(a_full_queue_says_so_and_empties_with_time),
        cmocka_unit_test(messages_before_the_verdict_want_a_type_that_says_so),
        cmocka_unit_test(addresses_statistics_and_counters_are_the_players_own),
        cmocka_unit_test(misuse_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
