/* SPDX-License-Identifier: MIT */
/* The door: what an attachment is told, in which order, and what it can do. */
#include "message/endpoint.h"
#include "support/party.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

enum { TRACE_MAX = 16384 };

static const uint8_t piece[] = {'p', 'i', 'e', 'c', 'e'};

/* An attachment that writes down what it is told; frames without anything else are left out. */
typedef struct fake {
    mni_endpoint *endpoint;
    uint32_t to_write; /* pieces that it has to write */
    uint32_t written, delivered, lost, taken;
    mni_verdict verdict;
    bool is_destroyed;
    bool cannot_push; /* out of memory */
    size_t size;
    char trace[TRACE_MAX];
} fake;

static void note(fake *it, const char *what)
{
    int size = snprintf(it->trace + it->size, TRACE_MAX - it->size, "%s ", what);
    assert_true(size > 0 && it->size + (size_t)size < TRACE_MAX);
    it->size += (size_t)size;
}

static mni_verdict check(void *user, mn_player from, const uint8_t *bytes, uint32_t size)
{
    const fake *it = user;
    assert_true(mni_endpoint_index(it->endpoint, from) >= 0);
    assert_int_equal(size, 5);
    assert_memory_equal(bytes, piece, sizeof piece);
    return it->verdict;
}

static void take(void *user, mn_player from, uint64_t packet, const uint8_t *bytes, uint32_t size)
{
    fake *it = user;
    (void)packet;
    (void)bytes;
    assert_int_equal(size, 5);
    assert_true(mni_endpoint_index(it->endpoint, from) >= 0);
    it->taken++;
    note(it, "take");
}

static uint32_t write_out(void *user, mn_player to, uint8_t *bytes, uint32_t capacity,
                          uint32_t *record_out)
{
    fake *it = user;
    assert_true(mni_endpoint_index(it->endpoint, to) >= 0);
    if (it->to_write == 0 || capacity < 5) {
        return 0;
    }
    it->to_write--;
    memcpy(bytes, piece, sizeof piece);
    *record_out = it->written++;
    note(it, "write");
    return 5;
}

static void settled(void *user, mn_player to, uint32_t record, bool delivered)
{
    fake *it = user;
    assert_true(mni_endpoint_index(it->endpoint, to) >= 0);
    assert_true(record < it->written);
    it->delivered += delivered;
    it->lost += !delivered;
}

static void called(void *user, mn_player from, const mni_peer_event *call)
{
    fake *it = user;
    assert_true(mni_endpoint_index(it->endpoint, from) >= 0);
    char text[64];
    (void)snprintf(text, sizeof text, "called:%.*s", (int)call->event.size,
                   (const char *)call->event.data);
    note(it, text);
    mni_peer_event taken = *call;
    mni_endpoint_return(it->endpoint, &taken);
}

static void updated(void *user, uint64_t now_us)
{
    const fake *it = user;
    assert_int_equal(now_us, mni_endpoint_now_us(it->endpoint));
}

static void flushing(void *user, uint64_t now_us)
{
    const fake *it = user;
    assert_int_equal(now_us, mni_endpoint_now_us(it->endpoint));
}

static void host_flush(void *user, mn_player player, uint64_t now_us)
{
    fake *it = user;
    (void)now_us;
    assert_true(mni_endpoint_is_host(it->endpoint, player));
    assert_non_null(mni_endpoint_partner(it->endpoint, player));
    if (it->to_write > 0) {
        it->to_write--;
        fake *other = mni_endpoint_partner(it->endpoint, player);
        note(it, "host_flush");
        note(other, "host_take");
    }
}

static void joined(void *user, mn_player player)
{
    fake *it = user;
    assert_true(mni_endpoint_index(it->endpoint, player) >= 0);
    note(it, "joined");
}

static void left(void *user, mn_player player)
{
    fake *it = user;
    assert_true(mni_endpoint_index(it->endpoint, player) >= 0);
    note(it, "left");
    mn_event event = {.type = MN_EVENT_DESPAWNED};
    assert_true(it->cannot_push || mni_endpoint_push(it->endpoint, &event, NULL) == MN_OK);
}

static void destroyed(void *user)
{
    fake *it = user;
    it->is_destroyed = true;
    note(it, "destroyed");
}

static mni_attachment attachment_of(fake *it)
{
    return (mni_attachment){.user = it,
                            .check = check,
                            .take = take,
                            .write = write_out,
                            .settled = settled,
                            .called = called,
                            .updated = updated,
                            .flushing = flushing,
                            .host_flush = host_flush,
                            .joined = joined,
                            .left = left,
                            .destroyed = destroyed};
}

static void attach(fake *it, mni_endpoint *endpoint)
{
    *it = (fake){.endpoint = endpoint};
    mni_attachment attachment = attachment_of(it);
    assert_int_equal(mni_endpoint_attach(endpoint, &attachment), MN_OK);
}

/* A server and a client with an attachment each, connected by network or as host. */
typedef struct pair {
    test_party *party;
    fake server, client;
    mn_player player;
} pair;

static pair *meet(const mn_conditions *line, bool as_host)
{
    static pair it;
    it.party = party_create(line, 1);
    mn_server_config config = party_server_config(it.party);
    assert_int_equal(mn_server_create(&config, &it.party->server), MN_OK);
    attach(&it.server, mni_server_endpoint(it.party->server));
    assert_int_equal(mn_server_start(it.party->server, &party_address), MN_OK);
    mn_client_config client_config = party_client_config(it.party);
    assert_int_equal(mn_client_create(&client_config, &it.party->clients[0].client), MN_OK);
    it.party->count = 1;
    mn_client *client = it.party->clients[0].client;
    attach(&it.client, mni_client_endpoint(client));
    if (as_host) {
        assert_int_equal(mn_client_connect_host(client, it.party->server, NULL, 0), MN_OK);
    } else {
        assert_int_equal(mn_client_connect(client, &party_address, NULL, 0), MN_OK);
    }
    assert_non_null(party_await(it.party, &it.party->clients[0].log, MN_EVENT_AUTHENTICATED, 1,
                                20 * SECOND_US));
    it.player = party_player(it.party, 0);
    return &it;
}

static mni_buffer *text_buffer(mni_endpoint *endpoint, const char *text)
{
    mni_buffer *buffer = mni_buffer_take(mni_endpoint_buffers(endpoint), (uint32_t)strlen(text));
    assert_non_null(buffer);
    memcpy(buffer->bytes, text, strlen(text));
    return buffer;
}

static mn_result call(fake *it, mn_player to, const char *text)
{
    mni_buffer *buffer = text_buffer(it->endpoint, text);
    mn_result result = mni_endpoint_send_call(it->endpoint, to, buffer, MN_RELIABLE);
    mni_buffer_drop(mni_endpoint_buffers(it->endpoint), buffer);
    return result;
}

/* ---- attaching */

static void one_attachment_and_only_before_it_starts(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    mn_client_config client_config = party_client_config(party);
    assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
    mni_endpoint *endpoint = mni_server_endpoint(party->server);
    static fake it;
    static fake second;
    attach(&it, endpoint);
    second.endpoint = endpoint;
    mni_attachment other = attachment_of(&second);
    assert_int_equal(mni_endpoint_attach(endpoint, &other), MN_ERROR_STATE);
    mni_endpoint_detach(endpoint);
    assert_int_equal(mn_server_start(party->server, &party_address), MN_OK);
    assert_int_equal(mni_endpoint_attach(endpoint, &other), MN_ERROR_STATE);
    assert_int_equal(mn_server_stop(party->server), MN_OK);
    assert_int_equal(mni_endpoint_attach(endpoint, &other), MN_OK);

    assert_int_equal(mn_client_create(&client_config, &party->clients[0].client), MN_OK);
    party->count = 1;
    static fake third;
    attach(&third, mni_client_endpoint(party->clients[0].client));
    mn_client_destroy(party->clients[0].client);
    party->clients[0].client = NULL;
    assert_true(third.is_destroyed);
    assert_string_equal(third.trace, "destroyed ");
    mn_server_destroy(party->server);
    party->server = NULL;
    assert_false(it.is_destroyed);
    assert_true(second.is_destroyed);
    party_destroy(party);
}

static void a_client_that_connects_takes_no_attachment(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    party_serve(party, NULL);
    (void)party_join(party, NULL, NULL);
    static fake it;
    mni_endpoint *endpoint = mni_client_endpoint(party->clients[0].client);
    it = (fake){.endpoint = endpoint};
    mni_attachment attachment = attachment_of(&it);
    assert_int_equal(mni_endpoint_attach(endpoint, &attachment), MN_ERROR_STATE);
    party_destroy(party);
}

/* ---- what it is told */

static void joined_comes_after_authenticated_and_left_before_disconnected(void **state)
{
    (void)state;
    for (int as_host = 0; as_host < 2; as_host++) {
        pair *it = meet(NULL, as_host != 0);
        assert_int_equal(mn_client_disconnect(it->party->clients[0].client, 0, NULL), MN_OK);
        const party_log *logs[] = {&it->party->log, &it->party->clients[0].log};
        for (uint32_t i = 0; i < 2; i++) {
            assert_non_null(
                party_await(it->party, logs[i], MN_EVENT_DISCONNECTED, 1, 3 * SECOND_US));
            assert_int_equal(logs[i]->count, 4);
            assert_int_equal(logs[i]->events[0].event.type, MN_EVENT_CONNECTED);
            assert_int_equal(logs[i]->events[1].event.type, MN_EVENT_AUTHENTICATED);
            assert_int_equal(logs[i]->events[2].event.type, MN_EVENT_DESPAWNED);
            assert_int_equal(logs[i]->events[3].event.type, MN_EVENT_DISCONNECTED);
        }
        assert_string_equal(it->server.trace, "joined left ");
        assert_string_equal(it->client.trace, "joined left ");
        party_destroy(it->party);
        assert_string_equal(it->server.trace, "joined left destroyed ");
        assert_string_equal(it->client.trace, "joined left destroyed ");
    }
}

static void a_destroyed_endpoint_says_left_first(void **state)
{
    (void)state;
    for (int as_host = 0; as_host < 2; as_host++) {
        pair *it = meet(NULL, as_host != 0);
        mn_server_destroy(it->party->server);
        it->party->server = NULL;
        assert_string_equal(it->server.trace, "joined left destroyed ");
        party_run(it->party, 10000);
        assert_string_equal(it->client.trace, "joined left ");
        party_destroy(it->party);
    }
}

/* Out of memory its last events cannot be taken in; `left` is said all the same. How full the inbox
   is decides whether there is room for them. */
static void a_destroyed_endpoint_says_left_first_without_memory_too(void **state)
{
    (void)state;
    uint32_t without = 0;
    for (uint32_t events = 0; events < 20; events++) {
        pair *it = meet(NULL, false);
        for (uint32_t i = 0; i < events; i++) {
            mn_event event = {.type = MN_EVENT_DESPAWNED};
            assert_int_equal(mni_endpoint_push(it->server.endpoint, &event, NULL), MN_OK);
        }
        it->server.cannot_push = true;
        it->party->allocator.fail_at = it->party->allocator.count + 1;
        mn_server_destroy(it->party->server);
        it->party->server = NULL;
        without += it->party->allocator.count >= it->party->allocator.fail_at;
        assert_string_equal(it->server.trace, "joined left destroyed ");
        party_destroy(it->party);
    }
    assert_in_range(without, 1, 19);
}

static void pieces_travel_and_tell_their_fate(void **state)
{
    (void)state;
    mn_conditions bad = {.struct_size = sizeof bad, .latency_us = 20000, .loss = 0.3f};
    pair *it = meet(&bad, false);
    it->server.to_write = 40;
    it->client.to_write = 40;
    for (uint32_t i = 0; i < 3000; i++) {
        mni_endpoint_wake(it->server.endpoint, it->player);
        mni_endpoint_wake(it->client.endpoint, it->player);
        party_step(it->party);
    }
    const fake *sides[] = {&it->server, &it->client};
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(sides[i]->written, 40);
        assert_int_equal(sides[i]->delivered + sides[i]->lost, 40);
        assert_in_range(sides[i]->delivered, 5, 39);
        assert_true(sides[1 - i]->taken >= sides[i]->delivered);
    }
    party_destroy(it->party);
}

static void no_piece_is_written_before_the_client_knows_that_it_is_in(void **state)
{
    (void)state;
    mn_conditions slow = {.struct_size = sizeof slow, .latency_us = 50000};
    test_party *party = party_create(&slow, 1);
    mn_server_config config = party_server_config(party);
    assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
    static fake server;
    attach(&server, mni_server_endpoint(party->server));
    server.to_write = 1;
    assert_int_equal(mn_server_start(party->server, &party_address), MN_OK);
    (void)party_join(party, NULL, NULL);
    const party_event *in = party_await(party, &party->log, MN_EVENT_AUTHENTICATED, 1, SECOND_US);
    assert_non_null(in);
    mn_player player = {in->event.who};
    uint64_t in_us = party->now_us;
    while (server.written == 0 && party->now_us < in_us + SECOND_US) {
        if (party->now_us == in_us) {
            mni_endpoint_wake(server.endpoint, player); /* once: it is not forgotten */
        }
        party_step(party);
    }
    assert_in_range(party->now_us - in_us, 100000, 105000);
    assert_int_equal(party_count(&party->clients[0].log, MN_EVENT_AUTHENTICATED), 1);
    party_destroy(party);
}

static void a_refused_piece_is_counted(void **state)
{
    (void)state;
    static const struct {
        mni_verdict verdict;
        uint32_t drop;
    } cases[] = {{MNI_VERDICT_MALFORMED, MN_DROP_MALFORMED}, {MNI_VERDICT_NO_ROOM, MN_DROP_ROOM}};
    for (uint32_t i = 0; i < 2; i++) {
        pair *it = meet(NULL, false);
        it->server.verdict = cases[i].verdict;
        it->client.to_write = 1;
        mni_endpoint_wake(it->client.endpoint, it->player);
        party_run(it->party, SECOND_US);
        assert_int_equal(it->server.taken, 0);
        assert_int_equal(it->client.written, 1);
        assert_int_equal(it->client.lost, 1);
        assert_true(party_server_counters(it->party).dropped[cases[i].drop] >= 1);
        party_destroy(it->party);
    }
}

static void who_is_charged_too_often_is_disconnected(void **state)
{
    (void)state;
    for (int as_host = 0; as_host < 2; as_host++) { /* a host is trusted */
        pair *it = meet(NULL, as_host != 0);
        for (uint32_t i = 0; i < 40; i++) {
            mni_endpoint_charge(it->server.endpoint, it->player);
        }
        party_run(it->party, SECOND_US / 10);
        const party_event *out = party_find(&it->party->log, MN_EVENT_DISCONNECTED, 1);
        assert_int_equal(out != NULL ? out->event.reason : 0, as_host ? 0 : MN_REASON_PROTOCOL);
        party_destroy(it->party);
    }
}

static void calls_arrive_in_order_with_their_sender(void **state)
{
    (void)state;
    mn_conditions bad = {.struct_size = sizeof bad, .latency_us = 20000, .loss = 0.2f};
    for (int as_host = 0; as_host < 2; as_host++) {
        pair *it = meet(&bad, as_host != 0);
        for (uint32_t i = 0; i < 5; i++) {
            char text[8];
            (void)snprintf(text, sizeof text, "%u", (unsigned)i);
            assert_int_equal(call(&it->server, it->player, text), MN_OK);
            assert_int_equal(call(&it->client, it->player, text), MN_OK);
            party_step(it->party);
        }
        party_run(it->party, 2 * SECOND_US);
        const char *expected = "joined called:0 called:1 called:2 called:3 called:4 ";
        assert_string_equal(it->server.trace, expected);
        assert_string_equal(it->client.trace, expected);
        assert_int_equal(call(&it->server, (mn_player){it->player.id + (1 << 20)}, "x"),
                         MN_ERROR_STALE);
        assert_int_equal(call(&it->client, (mn_player){0}, "x"), MN_ERROR_STALE);
        mni_buffer *buffer = text_buffer(it->server.endpoint, "x");
        assert_int_equal(mni_endpoint_send_call(it->server.endpoint, it->player, buffer, MN_NOTIFY),
                         MN_ERROR_ARGUMENT);
        mni_buffer_drop(mni_endpoint_buffers(it->server.endpoint), buffer);
        party_destroy(it->party);
    }
}

static void a_call_that_overtakes_the_verdict_waits_for_it(void **state)
{
    (void)state;
    mn_conditions bad = {.struct_size = sizeof bad, .latency_us = 20000, .loss = 0.4f};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_party *party = party_create(&bad, seed);
        mn_server_config config = party_server_config(party);
        assert_int_equal(mn_server_create(&config, &party->server), MN_OK);
        static fake server;
        static fake client;
        attach(&server, mni_server_endpoint(party->server));
        assert_int_equal(mn_server_start(party->server, &party_address), MN_OK);
        mn_client_config client_config = party_client_config(party);
        assert_int_equal(mn_client_create(&client_config, &party->clients[0].client), MN_OK);
        party->count = 1;
        attach(&client, mni_client_endpoint(party->clients[0].client));
        assert_int_equal(mn_client_connect(party->clients[0].client, &party_address, NULL, 0),
                         MN_OK);
        const party_event *in =
            party_await(party, &party->log, MN_EVENT_AUTHENTICATED, 1, 20 * SECOND_US);
        assert_non_null(in);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(call(&server, (mn_player){in->event.who}, "now"), MN_OK);
            party_run(party, 30000);
        }
        const char *expected = "joined called:now called:now called:now ";
        for (uint32_t i = 0; i < 300 && strcmp(client.trace, expected) != 0; i++) {
            party_run(party, SECOND_US / 10);
        }
        assert_string_equal(client.trace, expected);
        party_destroy(party);
    }
}

static void on_a_host_messages_come_before_objects_and_these_before_calls(void **state)
{
    (void)state;
    pair *it = meet(NULL, true);
    mn_player player = it->player;
    assert_int_equal(call(&it->server, player, "go"), MN_OK);
    assert_int_equal(mn_server_send(it->party->server, player, PARTY_RAW, "m", 1, 0), MN_OK);
    it->server.to_write = 1;
    party_step(it->party);
    assert_string_equal(it->client.trace, "joined host_take called:go ");
    party_step(it->party);
    assert_true(party_says(party_find(&it->party->clients[0].log, MN_EVENT_MESSAGE, 1), "m"));
    assert_ptr_equal(mni_endpoint_partner(it->server.endpoint, player), &it->client);
    assert_ptr_equal(mni_endpoint_partner(it->client.endpoint, player), &it->server);
    assert_null(mni_endpoint_partner(it->server.endpoint, (mn_player){player.id + 1}));
    party_destroy(it->party);
}

/* ---- what it can do */

static void an_event_that_was_pushed_keeps_its_bytes_until_the_update_after_the_poll(void **state)
{
    (void)state;
    pair *it = meet(NULL, false);
    mni_endpoint *endpoint = it->server.endpoint;
    mni_buffer *buffer = text_buffer(endpoint, "bytes");
    mn_event event = {
        .type = MN_EVENT_SPAWNED, .size = 5, .data = buffer->bytes, .user = 99, .who = 4};
    assert_int_equal(mni_endpoint_push(endpoint, &event, mni_buffer_share(buffer)), MN_OK);
    assert_int_equal(mni_endpoint_waiting(endpoint), 1);
    mn_event polled;
    assert_int_equal(mn_server_poll(it->party->server, &polled, 1), 1);
    assert_int_equal(mni_endpoint_waiting(endpoint), 0);
    assert_ptr_equal(polled.data, buffer->bytes);
    assert_int_equal(polled.user, 99);
    assert_int_equal(polled.who, 4);
    assert_int_equal(buffer->references, 2);
    assert_int_equal(mn_server_update(it->party->server, it->party->now_us), MN_OK);
    assert_int_equal(buffer->references, 1);
    mni_buffer_drop(mni_endpoint_buffers(endpoint), buffer);
    party_destroy(it->party);
}

static void reserved_pushes_cannot_fail(void **state)
{
    (void)state;
    pair *it = meet(NULL, false);
    mni_endpoint *endpoint = it->server.endpoint;
    assert_int_equal(mni_endpoint_reserve(endpoint, 100), MN_OK);
    mni_memory *memory = mni_endpoint_memory(endpoint);
    memory->limit = memory->used;
    mn_event event = {.type = MN_EVENT_SPAWNED};
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(mni_endpoint_push(endpoint, &event, NULL), MN_OK);
    }
    assert_int_equal(mni_endpoint_reserve(endpoint, 100000), MN_ERROR_MEMORY);
    memory->limit = 0;
    party_destroy(it->party);
}

static void facts_are_those_of_the_endpoint(void **state)
{
    (void)state;
    pair *it = meet(NULL, false);
    mni_endpoint *server = it->server.endpoint;
    mni_endpoint *client = it->client.endpoint;
    int32_t index = mni_endpoint_index(server, it->player);
    assert_in_range(index, 0, 63);
    assert_int_equal(mni_endpoint_player(server, (uint32_t)index).id, it->player.id);
    assert_int_equal(mni_endpoint_player(server, (uint32_t)index + 1).id, 0);
    assert_int_equal(mni_endpoint_player(server, 64).id, 0);
    assert_int_equal(mni_endpoint_max_players(server), 64);
    assert_int_equal(mni_endpoint_index(client, it->player), 0);
    assert_int_equal(mni_endpoint_player(client, 0).id, it->player.id);
    assert_int_equal(mni_endpoint_max_players(client), 1);
    assert_false(mni_endpoint_is_host(server, it->player));
    assert_null(mni_endpoint_partner(server, it->player));
    assert_ptr_equal(mni_endpoint_schema(server), it->party->schema);
    assert_int_equal(mni_endpoint_seed(server), 1);
    assert_int_equal(mni_endpoint_now_us(server), it->party->now_us);
    assert_int_equal(mni_endpoint_server_time(server, 7), 7);
    party_destroy(it->party);
}

static void a_client_without_attachment_ignores_objects_and_a_server_refuses_them(void **state)
{
    (void)state;
    pair *it = meet(NULL, false);
    mni_endpoint_detach(it->client.endpoint);
    it->server.to_write = 3;
    mni_endpoint_wake(it->server.endpoint, it->player);
    assert_int_equal(call(&it->server, it->player, "x"), MN_OK);
    party_run(it->party, SECOND_US);
    assert_int_equal(it->server.delivered, 3);
    mn_counters counters = {.struct_size = sizeof counters};
    assert_int_equal(mn_client_counters(it->party->clients[0].client, &counters), MN_OK);
    assert_int_equal(counters.dropped[MN_DROP_MALFORMED], 0);
    party_destroy(it->party);

    it = meet(NULL, false);
    mni_endpoint_detach(it->server.endpoint);
    assert_int_equal(call(&it->client, it->player, "x"), MN_OK);
    party_run(it->party, SECOND_US / 10);
    assert_int_equal(party_server_counters(it->party).dropped[MN_DROP_MALFORMED], 1);
    it->client.to_write = 1;
    mni_endpoint_wake(it->client.endpoint, it->player);
    party_run(it->party, SECOND_US / 10);
    assert_true(party_server_counters(it->party).dropped[MN_DROP_MALFORMED] >= 2);
    party_destroy(it->party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_attachment_and_only_before_it_starts),
        cmocka_unit_test(a_client_that_connects_takes_no_attachment),
        cmocka_unit_test(joined_comes_after_authenticated_and_left_before_disconnected),
        cmocka_unit_test(a_destroyed_endpoint_says_left_first),
        cmocka_unit_test(a_destroyed_endpoint_says_left_first_without_memory_too),
        cmocka_unit_test(pieces_travel_and_tell_their_fate),
        cmocka_unit_test(no_piece_is_written_before_the_client_knows_that_it_is_in),
        cmocka_unit_test(a_refused_piece_is_counted),
        cmocka_unit_test(who_is_charged_too_often_is_disconnected),
        cmocka_unit_test(calls_arrive_in_order_with_their_sender),
        cmocka_unit_test(a_call_that_overtakes_the_verdict_waits_for_it),
        cmocka_unit_test(on_a_host_messages_come_before_objects_and_these_before_calls),
        cmocka_unit_test(an_event_that_was_pushed_keeps_its_bytes_until_the_update_after_the_poll),
        cmocka_unit_test(reserved_pushes_cannot_fail),
        cmocka_unit_test(facts_are_those_of_the_endpoint),
        cmocka_unit_test(a_client_without_attachment_ignores_objects_and_a_server_refuses_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
