/* SPDX-License-Identifier: MIT */
/*
 * Host mode. The main test plays one script twice, once with the client as host and once with it at
 * the other end of a perfect network, and wants the same logs. The others are about what only a
 * host can do: end in any order, without a socket, beside remote clients.
 */
#include "base/random.h"
#include "support/party.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

enum { FRAME_US = 16000, TEXT_MAX = 1 << 20 };

static const party_log *log_of(const test_party *party, uint32_t client)
{
    return &party->clients[client].log;
}

/* ---- one script, two ways */

typedef struct test_text {
    size_t size;
    char bytes[TEXT_MAX]; /* terminated */
} test_text;

typedef struct test_script {
    test_party *party;
    mni_random random;
    mn_client *client;
    mn_player player;
    uint64_t token;
    bool server_ends; /* or the client */
} test_script;

static uint32_t random_below(test_script *script, uint32_t bound)
{
    return (uint32_t)mni_random_below(&script->random, bound);
}

static mn_result send(test_script *script, bool from_server, const mn_outgoing *outgoing)
{
    test_party *party = script->party;
    if ((outgoing->how & 0xff) == MN_NOTIFY) {
        script->token++;
        return from_server ? mn_server_notify(party->server, script->player, outgoing->message,
                                              outgoing->value, outgoing->size, script->token)
                           : mn_client_notify(script->client, outgoing->message, outgoing->value,
                                              outgoing->size, script->token);
    }
    return from_server ? mn_server_send(party->server, script->player, outgoing->message,
                                        outgoing->value, outgoing->size, outgoing->how)
                       : mn_client_send(script->client, outgoing->message, outgoing->value,
                                        outgoing->size, outgoing->how);
}

static mn_result cancel(test_script *script, bool from_server, uint64_t token)
{
    return from_server ? mn_server_cancel(script->party->server, script->player, token)
                       : mn_client_cancel(script->client, token);
}

/* Some channels before others, and some with more messages in a row. */
static void rank_channels(const test_script *script)
{
    static const uint32_t priorities[] = {1, 3, 1, 0, 1};
    static const uint32_t weights[] = {1, 1, 3, 2, 2};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(mn_server_set_channel(script->party->server, i, priorities[i], weights[i]),
                         MN_OK);
        assert_int_equal(mn_client_set_channel(script->client, i, priorities[4 - i], weights[i]),
                         MN_OK);
    }
}

/* A few messages of all kinds; what the library answers is part of the log as well. */
static void say_something(test_script *script, bool from_server, mn_result *results)
{
    static const uint32_t modes[] = {MN_UNRELIABLE, MN_SEQUENCED, MN_RELIABLE, MN_UNORDERED,
                                     MN_NOTIFY};
    static const uint32_t messages[] = {PARTY_CHAT,      PARTY_RAW,       PARTY_LOOSE, PARTY_FAR,
                                        PARTY_TO_SERVER, PARTY_TO_CLIENT, PARTY_SMALL};
    uint32_t count = 1 + random_below(script, 8);
    for (uint32_t i = 0; i < count; i++) {
        party_chat chat = {.number = (int32_t)random_below(script, 100000), .text = "chat"};
        uint8_t bytes[40];
        memset(bytes, (int)random_below(script, 256), sizeof bytes);
        mn_outgoing outgoing = {.message = messages[random_below(script, 7)],
                                .how = modes[random_below(script, 5)] |
                                       MN_ON_CHANNEL(random_below(script, 5)),
                                .size = random_below(script, sizeof bytes),
                                .value = bytes};
        if (outgoing.message == PARTY_CHAT) {
            outgoing.value = &chat;
            outgoing.size = sizeof chat;
        }
        outgoing.how |= random_below(script, 4) == 0 ? MN_EXPIRES_MS(1) : 0;
        outgoing.how = random_below(script, 4) == 0 ? 0 : outgoing.how;
        results[i] = send(script, from_server, &outgoing);
        if (random_below(script, 8) == 0) {
            results[i] = cancel(script, from_server, script->token - random_below(script, 3));
        }
    }
    /* So that acknowledgements have something to ride on. */
    mn_outgoing last = {.message = PARTY_RAW, .value = "-", .size = 1};
    assert_int_equal(send(script, from_server, &last), MN_OK);
}

static void append(test_text *text, const char *more)
{
    size_t size = strlen(more);
    assert_true(text->size + size < TEXT_MAX);
    memcpy(text->bytes + text->size, more, size + 1);
    text->size += size;
}

static void append_results(test_text *text, const mn_result *results, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char line[16];
        (void)snprintf(line, sizeof line, "%d ", (int)results[i]);
        append(text, line);
    }
}

static void append_event(test_text *text, const party_event *event)
{
    char line[256];
    (void)snprintf(
        line, sizeof line, "%u who %u what %u channel %u delivery %u reason %d token %u ",
        (unsigned)event->event.type, (unsigned)event->event.who, (unsigned)event->event.what,
        (unsigned)event->event.channel, (unsigned)event->event.delivery, (int)event->event.reason,
        (unsigned)event->event.token);
    append(text, line);
    for (uint32_t i = 0; i < event->event.size; i++) {
        (void)snprintf(line, sizeof line, "%02x", event->bytes[i]);
        append(text, line);
    }
    append(text, "\n");
}

/* The log from AUTHENTICATED on. Fails where a type of event that the script is about is not in.
   What was cancelled is lost at once, while what was delivered is known after a round trip, which a
   host does not have: so LOST is listed apart. */
static void append_log(test_text *text, const party_log *log, bool has_losses)
{
    static const uint16_t types[] = {MN_EVENT_AUTHENTICATED, MN_EVENT_MESSAGE, MN_EVENT_DELIVERED,
                                     MN_EVENT_DISCONNECTED, MN_EVENT_LOST};
    for (uint32_t i = 0; i < 5; i++) {
        if (types[i] != MN_EVENT_LOST || has_losses) {
            assert_true(party_count(log, types[i]) > 0);
        }
    }
    uint32_t at = 0;
    while (log->events[at].event.type != MN_EVENT_AUTHENTICATED) {
        at++;
    }
    for (uint32_t lost = 0; lost < 2; lost++) {
        for (uint32_t i = at; i < log->count; i++) {
            if (lost == (log->events[i].event.type == MN_EVENT_LOST)) {
                append_event(text, &log->events[i]);
            }
        }
    }
}

static void frame(test_script *script, test_text *text)
{
    test_party *party = script->party;
    party->now_us += FRAME_US;
    assert_int_equal(mn_server_update(party->server, party->now_us), MN_OK);
    assert_int_equal(mn_client_update(script->client, party->now_us), MN_OK);
    party_poll(party);
    if (text != NULL) {
        mn_result results[16] = {0};
        say_something(script, true, results);
        say_something(script, false, results + 8);
        append_results(text, results, 16);
    }
}

static void flush(test_script *script)
{
    assert_int_equal(mn_server_flush(script->party->server, script->party->now_us), MN_OK);
    assert_int_equal(mn_client_flush(script->client, script->party->now_us), MN_OK);
}

static void play(test_script *script, test_text *text)
{
    test_party *party = script->party;
    const party_log *log = log_of(party, 0);
    while (party_find(log, MN_EVENT_AUTHENTICATED, 1) == NULL) {
        frame(script, NULL);
        const party_event *asked = party_find(&party->log, MN_EVENT_AUTHENTICATE, 1);
        if (asked != NULL && script->player.id == 0) {
            assert_true(party_says(asked, "let me in"));
            script->player.id = asked->event.who;
            assert_int_equal(mn_server_accept(party->server, script->player), MN_OK);
        }
        flush(script);
    }
    for (uint32_t i = 0; i < 40; i++) {
        frame(script, text);
        flush(script);
    }
    frame(script, text);
    /* What the other side has just said is lost; what this one has is not. */
    mn_outgoing lost = {.message = PARTY_RAW, .how = MN_NOTIFY, .value = "lost", .size = 4};
    assert_int_equal(send(script, !script->server_ends, &lost), MN_OK);
    if (script->server_ends) {
        assert_int_equal(mn_server_disconnect(party->server, script->player, 1001, "enough"),
                         MN_OK);
    } else {
        assert_int_equal(mn_client_disconnect(script->client, 1002, "good night"), MN_OK);
    }
    flush(script);
    for (uint32_t i = 0; i < 60; i++) {
        frame(script, NULL);
        flush(script);
    }
    append_log(text, &party->log, !script->server_ends);
    append(text, "client\n");
    append_log(text, log, script->server_ends);
}

static void run_script(uint64_t seed, bool as_host, bool server_ends, test_text *text)
{
    test_script script = {.party = party_create(NULL, 1), .server_ends = server_ends};
    mn_server_config config = party_server_config(script.party);
    config.flags = MN_SERVER_AUTHENTICATE;
    party_serve(script.party, &config);
    if (as_host) {
        (void)party_join_host(script.party, "let me in");
    } else {
        (void)party_join(script.party, NULL, "let me in");
    }
    script.client = script.party->clients[0].client;
    mni_random_init(&script.random, seed);
    rank_channels(&script);
    text->size = 0;
    play(&script, text);
    party_destroy(script.party);
}

static void a_host_and_a_remote_client_live_through_the_same(void **state)
{
    (void)state;
    static test_text as_host;
    static test_text as_remote;
    uint64_t seed = test_seed(1);
    for (uint64_t i = 0; i < 10; i++) {
        run_script(seed + i, true, i % 2 == 0, &as_host);
        run_script(seed + i, false, i % 2 == 0, &as_remote);
        size_t at = 0;
        while (as_host.bytes[at] == as_remote.bytes[at] && as_host.bytes[at] != '\0') {
            at++;
        }
        if (as_host.bytes[at] != as_remote.bytes[at]) {
            size_t from = at > 300 ? at - 300 : 0;
            print_message("host:\n%.600s\nremote:\n%.600s\n", as_host.bytes + from,
                          as_remote.bytes + from);
            fail_msg("seed %" PRIu64, seed + i);
        }
    }
}

/* ---- its life */

static test_party *make_host(const char *payload)
{
    test_party *party = party_create(NULL, 1);
    party_serve(party, NULL);
    (void)party_join_host(party, payload);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    return party;
}

static void a_host_joins_with_its_payload_and_the_same_id_on_both_sides(void **state)
{
    (void)state;
    test_party *party = make_host("I am here");
    const party_event *connected = party_find(&party->log, MN_EVENT_CONNECTED, 1);
    assert_true(party_says(connected, "I am here"));
    assert_int_equal(party_count(&party->log, MN_EVENT_AUTHENTICATE), 0);
    mn_player player = party_player(party, 0);
    assert_int_equal(connected->event.who, player.id);
    assert_int_equal(mn_server_players(party->server, NULL, 0), 1);
    assert_int_equal(party_find(log_of(party, 0), MN_EVENT_AUTHENTICATED, 1)->event.who, player.id);
    assert_int_equal(mn_client_server_time(party->clients[0].client, 42), 42);
    mn_address address;
    assert_int_equal(mn_server_player_address(party->server, player, &address), MN_ERROR_STATE);
    assert_int_equal(mn_client_address(party->clients[0].client, &address), MN_ERROR_STATE);
    assert_int_equal(mn_client_wait(party->clients[0].client, 1000), 0);
    party_destroy(party);
}

static void a_server_can_reject_its_host(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.flags = MN_SERVER_AUTHENTICATE;
    party_serve(party, &config);
    (void)party_join_host(party, NULL);
    const party_event *asked = party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US);
    assert_non_null(asked);
    mn_player player = {asked->event.who};
    assert_int_equal(mn_client_send(party->clients[0].client, PARTY_RAW, "x", 1, 0),
                     MN_ERROR_STATE);
    assert_int_equal(mn_client_send(party->clients[0].client, PARTY_EARLY, "early", 5, 0), MN_OK);
    assert_true(
        party_says(party_await(party, &party->log, MN_EVENT_MESSAGE, 1, SECOND_US), "early"));
    assert_int_equal(mn_server_reject(party->server, player, 0, NULL), MN_OK);
    const party_event *out =
        party_await(party, log_of(party, 0), MN_EVENT_DISCONNECTED, 1, SECOND_US);
    assert_non_null(out);
    assert_int_equal(out->event.reason, MN_REASON_REJECTED);
    assert_true(party_says(out, mn_reason_text(MN_REASON_REJECTED)));
    assert_int_equal(party_count(&party->log, MN_EVENT_DISCONNECTED), 1);
    party_destroy(party);
}

static void a_verdict_on_a_host_has_a_deadline_too(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.flags = MN_SERVER_AUTHENTICATE;
    config.authenticate_timeout_us = SECOND_US;
    party_serve(party, &config);
    (void)party_join_host(party, NULL);
    const party_event *out =
        party_await(party, log_of(party, 0), MN_EVENT_DISCONNECTED, 1, 2 * SECOND_US);
    assert_non_null(out);
    assert_int_equal(out->event.reason, MN_REASON_TIMEOUT);
    party_destroy(party);
}

/* Sleeping for as long as it allows is no jump of the clock. */
static void an_offline_server_wakes_for_its_deadlines(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.flags = MN_SERVER_AUTHENTICATE;
    assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
    assert_int_equal(mn_server_start_offline(party->server), MN_OK);
    (void)party_join_host(party, NULL);
    party_step(party);
    uint64_t asked_us = party->now_us;
    assert_int_equal(party_count(&party->log, MN_EVENT_AUTHENTICATE), 1);
    while (party_count(&party->log, MN_EVENT_DISCONNECTED) == 0) {
        uint64_t next_us = mn_server_next_us(party->server);
        assert_in_range(next_us, party->now_us + 1, asked_us + 10 * SECOND_US);
        party->now_us = next_us - party->step_us;
        party_step(party);
        party_poll(party);
    }
    assert_int_equal(party->now_us, asked_us + 10 * SECOND_US);
    party_destroy(party);
}

static void joining_has_its_conditions(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.max_players = 1;
    assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
    mn_client_config client_config = party_client_config(party);
    mn_client *client = NULL;
    assert_int_equal(mn_client_create(&client_config, &client), MN_OK);
    assert_int_equal(mn_client_connect_host(client, party->server, NULL, 0), MN_ERROR_STATE);
    assert_int_equal(mn_server_start_offline(party->server), MN_OK);

    mn_schema *other = party_make_schema(NULL, NULL);
    client_config.schema = other;
    mn_client *stranger = NULL;
    assert_int_equal(mn_client_create(&client_config, &stranger), MN_OK);
    assert_int_equal(mn_client_connect_host(stranger, party->server, NULL, 0), MN_ERROR_SCHEMA);
    mn_client_destroy(stranger);
    mn_schema_destroy(other);

    assert_int_equal(mn_client_connect_host(client, party->server, NULL, 0), MN_OK);
    assert_int_equal(mn_client_connect_host(client, party->server, NULL, 0), MN_ERROR_STATE);
    uint32_t second = party_join(party, NULL, NULL);
    assert_int_equal(mn_client_disconnect(party->clients[second].client, 0, NULL), MN_OK);
    party_run(party, SECOND_US);
    assert_int_equal(mn_client_connect_host(party->clients[second].client, party->server, NULL, 0),
                     MN_ERROR_STATE);
    mn_client_destroy(client);
    assert_int_equal(mn_client_connect_host(party->clients[second].client, party->server, NULL, 0),
                     MN_OK);
    party_destroy(party);
}

static void a_host_counts_among_the_players(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.max_players = 1;
    party_serve(party, &config);
    (void)party_join(party, NULL, NULL);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    mn_client_config client_config = party_client_config(party);
    mn_client *host = NULL;
    assert_int_equal(mn_client_create(&client_config, &host), MN_OK);
    assert_int_equal(mn_client_connect_host(host, party->server, NULL, 0), MN_ERROR_FULL);
    assert_int_equal(mn_client_disconnect(party->clients[0].client, 0, NULL), MN_OK);
    assert_non_null(party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, 3 * SECOND_US));
    assert_int_equal(mn_client_connect_host(host, party->server, NULL, 0), MN_OK);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_DISCONNECTED, 1, 3 * SECOND_US));
    /* The socket has a place for it, the table has none. */
    assert_int_equal(mn_client_connect(party->clients[0].client, &party_address, NULL, 0), MN_OK);
    const party_event *out =
        party_await(party, log_of(party, 0), MN_EVENT_DISCONNECTED, 2, 3 * SECOND_US);
    assert_non_null(out);
    assert_int_equal(out->event.reason, MN_REASON_FULL);
    mn_client_destroy(host);
    party_destroy(party);
}

static void an_offline_server_has_its_host_alone(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
    assert_int_equal(mn_server_start_offline(party->server), MN_OK);
    (void)party_join_host(party, NULL);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    assert_int_equal(mn_server_broadcast(party->server, PARTY_RAW, "all", 3, 0), 1);
    assert_true(
        party_says(party_await(party, log_of(party, 0), MN_EVENT_MESSAGE, 1, SECOND_US), "all"));
    party_destroy(party);
}

static void remote_clients_are_served_at_the_same_time(void **state)
{
    (void)state;
    test_party *party = make_host(NULL);
    uint32_t remote = party_join(party, NULL, NULL);
    assert_non_null(
        party_await(party, log_of(party, remote), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    party_chat chat = {.number = 5, .text = "to all"};
    assert_int_equal(mn_server_broadcast(party->server, PARTY_CHAT, &chat, sizeof chat, 0), 2);
    for (uint32_t i = 0; i < 2; i++) {
        const party_event *event =
            party_await(party, log_of(party, i), MN_EVENT_MESSAGE, 1, SECOND_US);
        assert_non_null(event);
        assert_memory_equal(event->bytes, &chat, sizeof chat);
        assert_int_equal(mn_client_send(party->clients[i].client, PARTY_RAW, "x", 1, 0), MN_OK);
    }
    party_run(party, 10000);
    uint32_t senders = 0;
    for (uint32_t i = 1; i <= 2; i++) {
        uint32_t who = party_find(&party->log, MN_EVENT_MESSAGE, i)->event.who;
        senders += who == party_player(party, 0).id ? 1 : 0;
        senders += who == party_player(party, remote).id ? 10 : 0;
    }
    assert_int_equal(senders, 11);
    party_destroy(party);
}

static void both_learn_of_the_end_whoever_goes_first(void **state)
{
    (void)state;
    enum { STOP, DESTROY_SERVER, DESTROY_CLIENT, WAYS };
    for (uint32_t way = 0; way < WAYS; way++) {
        test_party *party = make_host(NULL);
        mn_player player = party_player(party, 0);
        mn_client *client = party->clients[0].client;
        /* Something is under way, and something is polled and still in use. */
        assert_int_equal(mn_server_send(party->server, player, PARTY_RAW, "used", 4, 0), MN_OK);
        party_step(party);
        assert_int_equal(mn_client_update(client, party->now_us), MN_OK);
        mn_event event;
        assert_int_equal(mn_client_poll(client, &event, 1), 1);
        assert_int_equal(mn_server_notify(party->server, player, PARTY_RAW, "x", 1, 7), MN_OK);
        assert_int_equal(mn_client_notify(client, PARTY_RAW, "x", 1, 8), MN_OK);
        assert_int_equal(mn_client_send(client, PARTY_RAW, "x", 1, 0), MN_OK);
        if (way == STOP) {
            assert_int_equal(mn_server_stop(party->server), MN_OK);
        } else if (way == DESTROY_SERVER) {
            mn_server_destroy(party->server);
            party->server = NULL;
        } else {
            mn_client_destroy(client);
            party->clients[0].client = NULL;
        }
        if (way != DESTROY_CLIENT) {
            assert_memory_equal(event.data, "used", 4);
            party_poll(party);
            const party_log *log = log_of(party, 0);
            const party_event *out = party_find(log, MN_EVENT_DISCONNECTED, 1);
            assert_non_null(out);
            assert_int_equal(out->event.reason, MN_REASON_STOPPED);
            assert_int_equal(out->event.who, player.id);
            assert_int_equal(party_find(log, MN_EVENT_LOST, 1)->event.token, 8);
            assert_int_equal(log->events[log->count - 1].event.type, MN_EVENT_DISCONNECTED);
        }
        if (way != DESTROY_SERVER) {
            party_poll(party);
            const party_event *gone = party_find(&party->log, MN_EVENT_DISCONNECTED, 1);
            assert_non_null(gone);
            assert_int_equal(gone->event.reason, MN_REASON_STOPPED);
            assert_int_equal(party_find(&party->log, MN_EVENT_LOST, 1)->event.token, 7);
            assert_int_equal(mn_server_players(party->server, NULL, 0), 0);
        }
        party_destroy(party);
    }
}

static void a_host_joins_again_after_a_restart(void **state)
{
    (void)state;
    test_party *party = make_host(NULL);
    mn_client *client = party->clients[0].client;
    for (uint32_t round = 2; round <= 4; round++) {
        assert_int_equal(mn_server_stop(party->server), MN_OK);
        assert_int_equal(mn_client_connect_host(client, party->server, NULL, 0), MN_ERROR_STATE);
        assert_int_equal(mn_server_start(party->server, &party_address), MN_OK);
        assert_int_equal(mn_client_connect_host(client, party->server, "again", 5), MN_OK);
        assert_non_null(
            party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, round, SECOND_US));
        assert_true(party_says(party_find(&party->log, MN_EVENT_CONNECTED, round), "again"));
    }
    /* And as an ordinary client. */
    assert_int_equal(mn_client_disconnect(client, 0, NULL), MN_OK);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_DISCONNECTED, 4, SECOND_US));
    assert_int_equal(mn_client_connect(client, &party_address, NULL, 0), MN_OK);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, 5, SECOND_US));
    party_destroy(party);
}

static void a_host_ends_with_its_own_words_and_what_was_attached_to_it(void **state)
{
    (void)state;
    static const char *words[] = {"a long farewell", "bye"};
    test_party *party = make_host(NULL);
    mn_client *client = party->clients[0].client;
    for (uint32_t round = 1; round <= 2; round++) {
        mn_player player = party_player(party, 0);
        assert_int_equal(mn_server_set_user(party->server, player, 70 + round), MN_OK);
        assert_int_equal(mn_client_disconnect(client, 0, words[round - 1]), MN_OK);
        assert_int_equal(mn_server_notify(party->server, player, PARTY_RAW, NULL, 0, 9), MN_OK);
        party_run(party, 10000);
        const party_event *lost = party_find(&party->log, MN_EVENT_LOST, round);
        assert_non_null(lost);
        assert_int_equal(lost->event.user, 70 + round);
        const party_event *out = party_find(&party->log, MN_EVENT_DISCONNECTED, round);
        assert_true(party_says(out, words[round - 1]));
        assert_int_equal(out->event.user, 70 + round);
        assert_int_equal(mn_client_connect_host(client, party->server, NULL, 0), MN_OK);
        party_run(party, 10000);
    }
    party_destroy(party);
}

static void a_host_that_gives_up_at_once_is_never_heard_of(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    party_serve(party, NULL);
    (void)party_join_host(party, NULL);
    mn_client *client = party->clients[0].client;
    assert_int_equal(mn_client_disconnect(client, 1500, "no"), MN_OK);
    party_run(party, 10000);
    assert_int_equal(log_of(party, 0)->count, 1);
    assert_int_equal(log_of(party, 0)->events[0].event.type, MN_EVENT_CONNECT_FAILED);
    assert_int_equal(log_of(party, 0)->events[0].event.reason, 1500);
    assert_int_equal(party->log.count, 0);
    party_destroy(party);
}

/* ---- its limits */

static void its_queues_and_sizes_have_the_servers_limits(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.send_queue_bytes = 8192;
    party_serve(party, &config);
    (void)party_join_host(party, NULL);
    assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    mn_client *client = party->clients[0].client;
    static uint8_t bytes[(1 << 20) + 1];
    assert_int_equal(mn_client_send(client, PARTY_RAW, bytes, sizeof bytes, 0), MN_ERROR_TOO_LARGE);
    uint32_t queued = 0;
    while (mn_client_send(client, PARTY_RAW, bytes, 1000, 0) == MN_OK) {
        queued++;
    }
    assert_int_equal(queued, 7);
    assert_int_equal(mn_client_send(client, PARTY_RAW, bytes, 1000, 0), MN_ERROR_FULL);
    mn_statistics statistics = {.struct_size = sizeof statistics, .packets_lost = 1};
    assert_int_equal(mn_client_statistics(client, &statistics), MN_OK);
    assert_in_range(statistics.queue_bytes, 7000, 8192);
    assert_int_equal(statistics.queue_us, 0);
    assert_int_equal(statistics.packets_lost, 0);
    assert_int_equal(statistics.struct_size, sizeof statistics);
    mn_player player = party_player(party, 0);
    assert_int_equal(mn_server_statistics(party->server, player, &statistics), MN_OK);
    assert_int_equal(statistics.queue_bytes, 0);
    statistics.struct_size = 0;
    assert_int_equal(mn_server_statistics(party->server, player, &statistics), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_update(client, party->now_us + 500), MN_OK);
    statistics.struct_size = sizeof statistics;
    assert_int_equal(mn_client_statistics(client, &statistics), MN_OK);
    assert_int_equal(statistics.queue_us, 500);
    assert_int_equal(mn_client_flush(client, party->now_us), MN_OK);
    assert_int_equal(mn_client_send(client, PARTY_RAW, bytes, 1000, 0), MN_OK);
    party_run(party, 10000);
    assert_int_equal(party_count(&party->log, MN_EVENT_MESSAGE), queued + 1);
    party_destroy(party);
}

/* As over a network: what is not polled is not taken in for ever, and the sender learns of it. */
static void who_does_not_poll_holds_up_who_sends_to_it(void **state)
{
    (void)state;
    static const uint8_t bytes[1000];
    for (uint32_t from_server = 0; from_server < 2; from_server++) {
        test_party *party = party_create(NULL, 1);
        mn_server_config config = party_server_config(party);
        config.send_queue_bytes = 16 * 1024;
        config.receive_window_bytes = 16 * 1024;
        party_serve(party, &config);
        (void)party_join_host(party, NULL);
        assert_non_null(party_await(party, log_of(party, 0), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
        mn_client *client = party->clients[0].client;
        mn_player player = party_player(party, 0);
        uint32_t sent = 0;
        mn_result result = MN_OK;
        for (uint32_t i = 0; i < 100 && result == MN_OK; i++) {
            party->now_us += 1000;
            (void)mn_server_update(party->server, party->now_us); /* and nobody polls */
            (void)mn_client_update(client, party->now_us);
            result = from_server ? mn_server_send(party->server, player, PARTY_RAW, bytes, 1000, 0)
                                 : mn_client_send(client, PARTY_RAW, bytes, 1000, 0);
            sent += result == MN_OK;
            (void)mn_server_flush(party->server, party->now_us);
            (void)mn_client_flush(client, party->now_us);
        }
        assert_int_equal(result, MN_ERROR_FULL);
        assert_in_range(sent, 28, 32);
        party_run(party, 10000);
        const party_log *log = from_server ? log_of(party, 0) : &party->log;
        assert_int_equal(party_count(log, MN_EVENT_MESSAGE), sent);
        party_destroy(party);
    }
}

static void who_wants_a_frame_says_so(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
    assert_int_equal(mn_server_start_offline(party->server), MN_OK);
    assert_int_equal(mn_server_next_us(party->server), UINT64_MAX);
    (void)party_join_host(party, NULL);
    assert_true(mn_server_next_us(party->server) <= party->now_us);
    assert_true(mn_client_next_us(party->clients[0].client) <= party->now_us);
    party_run(party, 10000);
    assert_int_equal(mn_server_next_us(party->server), UINT64_MAX);
    assert_int_equal(mn_client_next_us(party->clients[0].client), UINT64_MAX);
    assert_int_equal(mn_client_notify(party->clients[0].client, PARTY_RAW, NULL, 0, 1), MN_OK);
    party_step(party);
    assert_true(mn_client_next_us(party->clients[0].client) <= party->now_us);
    party_destroy(party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_a_remote_client_live_through_the_same),
        cmocka_unit_test(a_host_joins_with_its_payload_and_the_same_id_on_both_sides),
        cmocka_unit_test(a_server_can_reject_its_host),
        cmocka_unit_test(a_verdict_on_a_host_has_a_deadline_too),
        cmocka_unit_test(an_offline_server_wakes_for_its_deadlines),
        cmocka_unit_test(joining_has_its_conditions),
        cmocka_unit_test(a_host_counts_among_the_players),
        cmocka_unit_test(an_offline_server_has_its_host_alone),
        cmocka_unit_test(remote_clients_are_served_at_the_same_time),
        cmocka_unit_test(both_learn_of_the_end_whoever_goes_first),
        cmocka_unit_test(a_host_joins_again_after_a_restart),
        cmocka_unit_test(a_host_ends_with_its_own_words_and_what_was_attached_to_it),
        cmocka_unit_test(a_host_that_gives_up_at_once_is_never_heard_of),
        cmocka_unit_test(its_queues_and_sizes_have_the_servers_limits),
        cmocka_unit_test(who_does_not_poll_holds_up_who_sends_to_it),
        cmocka_unit_test(who_wants_a_frame_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
