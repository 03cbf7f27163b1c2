/* SPDX-License-Identifier: MIT */
/* From CONNECTED to AUTHENTICATED or not: verdicts, deadlines, and schemas that differ. */
#include "message/difference.h"
#include "socket/peer.h"
#include "support/party.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_conditions slow = {.struct_size = sizeof slow, .latency_us = 30000};

static test_party *make(const mn_conditions *line, uint32_t flags)
{
    test_party *party = party_create(line, 1);
    mn_server_config config = party_server_config(party);
    config.flags = flags;
    config.authenticate_timeout_us = 2 * SECOND_US;
    party_serve(party, &config);
    return party;
}

static const party_log *log_of(const test_party *party, uint32_t client)
{
    return &party->clients[client].log;
}

static void without_verdicts_everybody_is_in_at_once(void **state)
{
    (void)state;
    test_party *party = make(&slow, 0);
    uint32_t client = party_join(party, NULL, "I am Bob");
    assert_int_equal(party_player(party, client).id, 0);
    const party_event *in =
        party_await(party, log_of(party, client), MN_EVENT_AUTHENTICATED, 1, SECOND_US);
    assert_non_null(in);
    const party_event *connected = party_find(&party->log, MN_EVENT_CONNECTED, 1);
    assert_true(party_says(connected, "I am Bob"));
    assert_int_equal(party_count(&party->log, MN_EVENT_AUTHENTICATE), 0);
    assert_int_equal(party->log.events[0].event.type, MN_EVENT_CONNECTED);
    assert_int_equal(party->log.events[1].event.type, MN_EVENT_AUTHENTICATED);
    uint32_t id = connected->event.who;
    assert_int_not_equal(id, 0);
    assert_int_equal(party->log.events[1].event.who, id);
    assert_int_equal(in->event.who, id);
    assert_int_equal(party_player(party, client).id, id);
    const party_event *here = party_find(log_of(party, client), MN_EVENT_CONNECTED, 1);
    assert_int_equal(here->event.who, 0);
    assert_int_equal(here->event.size, 0);
    party_destroy(party);
}

static void the_game_accepts_when_it_likes(void **state)
{
    (void)state;
    test_party *party = make(NULL, MN_SERVER_AUTHENTICATE);
    uint32_t client = party_join(party, NULL, "secret");
    const party_event *asked = party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US);
    assert_true(party_says(asked, "secret"));
    mn_player player = {asked->event.who};
    assert_int_equal(party_find(&party->log, MN_EVENT_CONNECTED, 1)->event.who, player.id);
    party_run(party, SECOND_US);
    assert_int_equal(party_count(&party->log, MN_EVENT_AUTHENTICATED), 0);
    assert_int_equal(party_count(log_of(party, client), MN_EVENT_CONNECTED), 1);
    assert_int_equal(party_count(log_of(party, client), MN_EVENT_AUTHENTICATED), 0);
    assert_int_equal(party_player(party, client).id, 0);
    assert_int_equal(mn_server_accept(party->server, player), MN_OK);
    assert_int_equal(mn_server_accept(party->server, player), MN_ERROR_STATE);
    assert_int_equal(mn_server_reject(party->server, player, 0, NULL), MN_ERROR_STATE);
    assert_non_null(
        party_await(party, log_of(party, client), MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    assert_int_equal(party_count(&party->log, MN_EVENT_AUTHENTICATED), 1);
    party_run(party, 5 * SECOND_US); /* the deadline was for the verdict */
    assert_int_equal(party_count(&party->log, MN_EVENT_DISCONNECTED), 0);
    party_destroy(party);
}

static void the_game_rejects_with_a_reason_and_words(void **state)
{
    (void)state;
    static const struct {
        int32_t reason, seen;
        const char *text;
        const char *words;
    } cases[] = {
        {MN_REASON_USER + 5, MN_REASON_USER + 5, "wrong password", "wrong password"},
        {0, MN_REASON_REJECTED, NULL, NULL},
    };
    for (uint32_t i = 0; i < 2; i++) {
        test_party *party = make(&slow, MN_SERVER_AUTHENTICATE);
        uint32_t client = party_join(party, NULL, NULL);
        const party_event *asked =
            party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US);
        assert_non_null(asked);
        assert_int_equal(asked->event.size, 0);
        mn_player player = {asked->event.who};
        assert_int_equal(mn_server_reject(party->server, player, cases[i].reason, cases[i].text),
                         MN_OK);
        assert_int_equal(mn_server_accept(party->server, player), MN_ERROR_STATE);
        const party_event *out =
            party_await(party, log_of(party, client), MN_EVENT_DISCONNECTED, 1, SECOND_US);
        const party_event *gone =
            party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, 3 * SECOND_US);
        assert_non_null(out);
        assert_non_null(gone);
        const char *words =
            cases[i].words != NULL ? cases[i].words : mn_reason_text(MN_REASON_REJECTED);
        assert_int_equal(out->event.reason, cases[i].seen);
        assert_true(party_says(out, words));
        assert_int_equal(gone->event.reason, cases[i].seen);
        assert_true(party_says(gone, words));
        assert_int_equal(gone->event.who, player.id);
        assert_int_equal(mn_server_accept(party->server, player), MN_ERROR_STALE);
        assert_int_equal(party_count(log_of(party, client), MN_EVENT_AUTHENTICATED), 0);
        party_destroy(party);
    }
}

static void a_verdict_that_does_not_come_ends_the_player(void **state)
{
    (void)state;
    test_party *party = make(NULL, MN_SERVER_AUTHENTICATE);
    uint32_t client = party_join(party, NULL, NULL);
    const party_event *asked = party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US);
    assert_non_null(asked);
    uint64_t asked_us = party->now_us;
    party_run(party, SECOND_US + 100000);
    assert_in_range(mn_server_next_us(party->server), party->now_us, asked_us + 2 * SECOND_US);
    const party_event *out =
        party_await(party, log_of(party, client), MN_EVENT_DISCONNECTED, 1, 5 * SECOND_US);
    assert_non_null(out);
    assert_int_equal(out->event.reason, MN_REASON_TIMEOUT);
    assert_in_range(party->now_us, asked_us + 2 * SECOND_US - 2000,
                    asked_us + 2 * SECOND_US + 100000);
    party_destroy(party);
}

/* A debugger stops the game for a minute, and the verdict with it. */
static void a_jump_of_the_clock_is_no_delay_of_the_verdict(void **state)
{
    (void)state;
    test_party *party = make(NULL, MN_SERVER_AUTHENTICATE);
    (void)party_join(party, NULL, NULL);
    assert_non_null(party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US));
    party_run(party, SECOND_US);
    party->now_us += 60 * SECOND_US;
    party_run(party, SECOND_US / 2);
    assert_int_equal(party_count(&party->log, MN_EVENT_DISCONNECTED), 0);
    assert_in_range(mn_server_next_us(party->server), party->now_us, party->now_us + SECOND_US);
    party_run(party, SECOND_US);
    const party_event *out = party_find(&party->log, MN_EVENT_DISCONNECTED, 1);
    assert_non_null(out);
    assert_int_equal(out->event.reason, MN_REASON_TIMEOUT);
    party_destroy(party);
}

static void who_leaves_before_the_verdict_is_gone(void **state)
{
    (void)state;
    test_party *party = make(NULL, MN_SERVER_AUTHENTICATE);
    uint32_t client = party_join(party, NULL, NULL);
    const party_event *asked = party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US);
    mn_player player = {asked->event.who};
    assert_int_equal(mn_client_disconnect(party->clients[client].client, 0, "changed my mind"),
                     MN_OK);
    const party_event *gone = party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, SECOND_US);
    assert_true(party_says(gone, "changed my mind"));
    assert_int_equal(gone->event.who, player.id);
    assert_int_equal(mn_server_accept(party->server, player), MN_ERROR_STALE);
    party_run(party, 4 * SECOND_US);
    assert_int_equal(party_count(&party->log, MN_EVENT_DISCONNECTED), 1);
    party_destroy(party);
}

/* What overtakes the word that the client is in: everything the server says in the flush of the
   verdict and later, while that word is lost. */
static void nothing_is_lost_that_comes_before_the_client_knows_that_it_is_in(void **state)
{
    (void)state;
    mn_conditions bad = {
        .struct_size = sizeof bad, .latency_us = 20000, .loss = 0.3f, .reorder = 0.2f};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_party *party = party_create(&bad, seed);
        mn_server_config config = party_server_config(party);
        config.flags = MN_SERVER_AUTHENTICATE;
        party_serve(party, &config);
        uint32_t client = party_join(party, NULL, NULL);
        const party_event *asked =
            party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, 20 * SECOND_US);
        assert_non_null(asked);
        mn_player player = {asked->event.who};
        uint32_t number = 0;
        for (; number < 5; number++) {
            assert_int_equal(
                mn_server_send(party->server, player, PARTY_EARLY, &number, 4, MN_RELIABLE), MN_OK);
        }
        assert_int_equal(mn_server_accept(party->server, player), MN_OK);
        for (; number < 50; number++) {
            uint32_t id = number % 5 == 0 ? PARTY_EARLY : PARTY_RAW;
            assert_int_equal(mn_server_send(party->server, player, id, &number, 4, MN_RELIABLE),
                             MN_OK);
            party_step(party);
        }
        const party_log *log = log_of(party, client);
        if (party_await(party, log, MN_EVENT_MESSAGE, 50, 20 * SECOND_US) == NULL) {
            fail_msg("seed %u", (unsigned)seed);
        }
        uint32_t expected = 0;
        bool is_in = false;
        for (uint32_t i = 0; i < log->count; i++) {
            const party_event *event = &log->events[i];
            is_in = is_in || event->event.type == MN_EVENT_AUTHENTICATED;
            if (event->event.type == MN_EVENT_MESSAGE) {
                assert_memory_equal(event->bytes, &expected, 4);
                assert_true(is_in || event->event.what == PARTY_EARLY);
                expected++;
            }
        }
        assert_true(is_in);
        assert_int_equal(party_server_counters(party).dropped[MN_DROP_MALFORMED], 0);
        party_destroy(party);
    }
}

/* ---- schemas that differ */

/* A party whose server and client each have a schema of their own. */
typedef struct divided {
    test_party *party;
    mn_schema *of_server, *of_client;
    mn_server_config server;
    mn_client_config client;
    uint32_t index; /* of the client */
} divided;

static divided divide(test_party *party, mn_schema *of_server, mn_schema *of_client)
{
    divided it = {.party = party,
                  .of_server = of_server,
                  .of_client = of_client,
                  .server = party_server_config(party),
                  .client = party_client_config(party)};
    it.server.schema = of_server;
    it.client.schema = of_client;
    return it;
}

static void meet(divided *it, const char *payload)
{
    party_serve(it->party, &it->server);
    it->index = party_join(it->party, &it->client, payload);
}

static void part(divided *it)
{
    mn_client_destroy(it->party->clients[it->index].client);
    mn_server_destroy(it->party->server);
    it->party->clients[it->index].client = NULL;
    it->party->server = NULL;
    mn_schema_destroy(it->of_server);
    mn_schema_destroy(it->of_client);
    party_destroy(it->party);
}

static void check_difference(const mn_conditions *line, const mn_message_type *server_type,
                             const mn_message_type *client_type, const char *text)
{
    test_party *party = party_create(line, 3);
    const mn_allocator *allocator = &party->allocator.table;
    divided it = divide(party, party_make_schema(allocator, server_type),
                        party_make_schema(allocator, client_type));
    meet(&it, "hello");
    const party_log *log = log_of(party, it.index);
    const party_event *failed = party_await(party, log, MN_EVENT_CONNECT_FAILED, 1, 20 * SECOND_US);
    const party_event *gone =
        party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, 20 * SECOND_US);
    assert_non_null(failed);
    assert_non_null(gone);
    assert_int_equal(failed->event.reason, MN_REASON_SCHEMA);
    assert_int_equal(gone->event.reason, MN_REASON_SCHEMA);
    assert_true(party_says(failed, text));
    assert_true(party_says(gone, text));
    assert_int_not_equal(gone->event.who, 0);
    assert_int_equal(party->log.count, 1);
    assert_int_equal(log->count, 1);
    assert_int_equal(mn_server_players(party->server, NULL, 0), 0);
    part(&it);
}

static void another_schema_is_rejected_by_name_on_both_sides(void **state)
{
    (void)state;
    static const mn_message_type move = {.id = 50, .name = "move", .max_size = 10};
    static const mn_message_type longer = {.id = 50, .name = "move", .max_size = 11};
    static const mn_message_type jump = {.id = 50, .name = "jump", .max_size = 10};
    const mn_conditions bad = {
        .struct_size = sizeof bad, .latency_us = 30000, .loss = 0.3f, .jitter_us = 10000};
    const mn_conditions *lines[] = {NULL, &slow, &bad};
    for (uint32_t i = 0; i < 3; i++) {
        check_difference(lines[i], &move, &longer, "message 50 'move' differs");
        check_difference(lines[i], &move, NULL, "message 50 'move' is missing on the client");
        check_difference(lines[i], NULL, &move, "message 50 'move' is missing on the server");
        check_difference(lines[i], &jump, &move,
                         "message 50 is 'jump' on the server, 'move' on the client");
    }
}

/* As many types as there may be: the table is many times the send queue. */
static mn_schema *make_huge(const mn_allocator *allocator, uint32_t odd_id)
{
    mn_schema *schema = NULL;
    assert_int_equal(mn_schema_create(allocator, &schema), MN_OK);
    for (uint32_t id = 0; id <= 3000; id++) {
        char name[80];
        (void)snprintf(name, sizeof name,
                       "a type with a name that is as long as names can be, number %u",
                       (unsigned)id);
        mn_message_type type = {
            .struct_size = sizeof type, .id = id, .max_size = id == odd_id ? 2 : 1, .name = name};
        assert_int_equal(mn_schema_add_message(schema, &type), MN_OK);
    }
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    return schema;
}

static divided divide_huge(void)
{
    test_party *party = party_create(&slow, 4);
    divided it = divide(party, make_huge(&party->allocator.table, 2999),
                        make_huge(&party->allocator.table, 0xffff));
    it.server.send_queue_bytes = 8 * 1024;
    return it;
}

static void a_table_larger_than_the_send_queue_is_told_in_time(void **state)
{
    (void)state;
    divided it = divide_huge();
    it.client.send_queue_bytes = it.server.send_queue_bytes;
    meet(&it, "hello");
    const party_event *failed = party_await(it.party, log_of(it.party, it.index),
                                            MN_EVENT_CONNECT_FAILED, 1, 9 * SECOND_US);
    assert_true(party_says(failed, "message 2999 'a type with a name that is as lo' differs"));
    part(&it);
}

/* The end may be there before anything was compared, or even in the update that brings the
   connection: both sides say that the schemas differ, and what they know of it. */
static void who_has_another_schema_is_told_so_however_it_ends(void **state)
{
    (void)state;
    static const uint64_t ends_us[] = {110000, 140000};
    const char *words[] = {mni_difference_unnamed,
                           "message 2999 'a type with a name that is as lo' differs"};
    for (uint32_t i = 0; i < 2; i++) {
        divided it = divide_huge();
        test_party *party = it.party;
        meet(&it, NULL);
        const party_log *log = log_of(party, it.index);
        party_run(party, ends_us[i]);
        assert_int_equal(mn_server_stop(party->server), MN_OK);
        party_run(party, SECOND_US);
        assert_int_equal(party->log.count, 1);
        const party_event *gone = party_find(&party->log, MN_EVENT_DISCONNECTED, 1);
        assert_true(party_says(gone, mni_difference_unnamed));
        assert_int_equal(gone->event.reason, MN_REASON_SCHEMA);
        assert_int_equal(log->count, 1);
        const party_event *failed = party_find(log, MN_EVENT_CONNECT_FAILED, 1);
        assert_true(party_says(failed, words[i]));
        assert_int_equal(failed->event.reason, MN_REASON_SCHEMA);
        part(&it);
    }
}

/* A client of its own making, that shows another tag and then says what the test wants. */
typedef struct stranger {
    mn_peer *peer;
    mn_connection connection;
} stranger;

static stranger make_stranger(test_party *party)
{
    mn_server_config config = party_server_config(party);
    mn_peer_config peer_config = {.struct_size = sizeof peer_config,
                                  .security = config.security,
                                  .tag = mn_schema_hash(party->schema) + 1,
                                  .seed = 9,
                                  .sockets = config.sockets,
                                  .allocator = config.allocator,
                                  .random = config.random};
    stranger it;
    assert_int_equal(mn_peer_create(&peer_config, &it.peer), MN_OK);
    mni_peer_set_rider(it.peer, &(mni_rider){0}); /* it hears the channels of all floors */
    assert_int_equal(mn_peer_connect(it.peer, &party_address, NULL, 0, &it.connection), MN_OK);
    return it;
}

/* The reason that its end has, 0: it lives. */
static int32_t step_stranger(test_party *party, const stranger *it)
{
    int32_t reason = 0;
    party_step(party);
    (void)mn_peer_update(it->peer, party->now_us);
    mn_event event;
    while (mn_peer_poll(it->peer, &event, 1) == 1) {
        reason = event.type == MN_EVENT_DISCONNECTED ? event.reason : reason;
    }
    (void)mn_peer_flush(it->peer, party->now_us);
    return reason;
}

static void a_side_that_never_sends_its_table_is_closed_after_a_while(void **state)
{
    (void)state;
    test_party *party = make(NULL, 0);
    stranger it = make_stranger(party);
    int32_t reason = 0;
    for (uint32_t i = 0; i < 2500 && reason == 0; i++) {
        reason = step_stranger(party, &it);
    }
    assert_int_equal(reason, MN_REASON_SCHEMA);
    assert_in_range(party->now_us, PARTY_START_US + 2 * SECOND_US,
                    PARTY_START_US + 2 * SECOND_US + 200000);
    for (uint32_t i = 0; i < 100; i++) {
        (void)step_stranger(party, &it);
    }
    assert_int_equal(party->log.count, 1);
    assert_int_equal(party->log.events[0].event.type, MN_EVENT_DISCONNECTED);
    assert_true(party_says(&party->log.events[0], mni_difference_unnamed));
    mn_peer_destroy(it.peer);
    party_destroy(party);
}

static void whoever_has_another_schema_gets_nothing_through(void **state)
{
    (void)state;
    test_party *party = make(NULL, 0);
    stranger it = make_stranger(party);
    static const uint8_t early[] = {PARTY_EARLY, 1};
    mn_result sent = MN_ERROR_STATE;
    for (uint32_t i = 0; i < 100; i++) {
        (void)step_stranger(party, &it);
        sent = mn_peer_send(it.peer, it.connection, early, sizeof early, MN_RELIABLE, 0);
        if (sent == MN_OK) {
            break;
        }
    }
    assert_int_equal(sent, MN_OK);
    for (uint32_t i = 0; i < 100; i++) {
        (void)step_stranger(party, &it);
    }
    assert_int_equal(party->log.count, 0);
    assert_int_equal(party_server_counters(party).dropped[MN_DROP_MALFORMED], 1);
    mn_peer_destroy(it.peer);
    party_destroy(party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_verdicts_everybody_is_in_at_once),
        cmocka_unit_test(the_game_accepts_when_it_likes),
        cmocka_unit_test(the_game_rejects_with_a_reason_and_words),
        cmocka_unit_test(a_verdict_that_does_not_come_ends_the_player),
        cmocka_unit_test(a_jump_of_the_clock_is_no_delay_of_the_verdict),
        cmocka_unit_test(who_leaves_before_the_verdict_is_gone),
        cmocka_unit_test(nothing_is_lost_that_comes_before_the_client_knows_that_it_is_in),
        cmocka_unit_test(another_schema_is_rejected_by_name_on_both_sides),
        cmocka_unit_test(who_has_another_schema_is_told_so_however_it_ends),
        cmocka_unit_test(a_table_larger_than_the_send_queue_is_told_in_time),
        cmocka_unit_test(a_side_that_never_sends_its_table_is_closed_after_a_while),
        cmocka_unit_test(whoever_has_another_schema_gets_nothing_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
