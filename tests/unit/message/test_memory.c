/* SPDX-License-Identifier: MIT */
/*
 * One allocation of a whole life fails, each in its turn. Whatever it was, nobody crashes, nothing
 * leaks, who was told of an error sees nothing changed, and everything goes on once memory is
 * there. And in a steady state there are no allocations at all.
 */
#include "support/party.h"
#include "support/test.h"

#include <string.h>

#define SECOND_US UINT64_C(1000000)

enum { MESSAGES = 30 };

typedef struct life {
    test_party *party;
    bool as_host;
    mn_client *client;
    uint32_t sent[2]; /* by the server, by the client: what was queued */
    uint32_t fates[2];
} life;

static bool try_to_start(life *it)
{
    test_party *party = it->party;
    mn_server_config config = party_server_config(party);
    config.flags = MN_SERVER_AUTHENTICATE;
    mn_result result = mn_server_create(&config, &party->server);
    if (result == MN_OK) {
        result = mn_server_start(party->server, &party_address);
    }
    if (result != MN_OK) {
        assert_int_equal(result, MN_ERROR_MEMORY);
        return false;
    }
    mn_client_config client_config = party_client_config(party);
    result = mn_client_create(&client_config, &party->clients[0].client);
    it->client = party->clients[0].client;
    party->count = it->client != NULL;
    if (result == MN_OK) {
        result = it->as_host ? mn_client_connect_host(it->client, party->server, "hi", 2)
                             : mn_client_connect(it->client, &party_address, "hi", 2);
        if (result == MN_ERROR_MEMORY) { /* nothing has changed: it can be said again */
            result = it->as_host ? mn_client_connect_host(it->client, party->server, "hi", 2)
                                 : mn_client_connect(it->client, &party_address, "hi", 2);
            assert_int_equal(result, MN_OK);
        }
    }
    return result == MN_OK;
}

static void count(life *it, uint32_t side, mn_result result, bool has_fate)
{
    assert_true(result == MN_OK || result == MN_ERROR_MEMORY);
    it->sent[side] += result == MN_OK;
    it->fates[side] += result == MN_OK && has_fate;
}

static void talk(life *it, mn_player player)
{
    party_chat chat = {.number = 3, .text = "chat"};
    static uint8_t bytes[700];
    mn_server *server = it->party->server;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        count(it, 0, mn_server_send(server, player, PARTY_CHAT, &chat, sizeof chat, 0), false);
        count(it, 1, mn_client_send(it->client, PARTY_RAW, bytes, i * 23, 0), false);
        if (i % 5 == 0) {
            count(it, 0, mn_server_notify(server, player, PARTY_RAW, bytes, 9, i), true);
            count(it, 1, mn_client_notify(it->client, PARTY_LOOSE, bytes, 9, i), true);
        }
        party_step(it->party);
    }
}

static const party_log *await_end(life *it)
{
    const party_log *log = &it->party->clients[0].log;
    uint64_t end_us = it->party->now_us + 20 * SECOND_US;
    while (party_count(log, MN_EVENT_DISCONNECTED) + party_count(log, MN_EVENT_CONNECT_FAILED) ==
               0 &&
           it->party->now_us < end_us) {
        party_step(it->party);
    }
    return log;
}

/* What was queued has arrived, but for notify messages that are known to be lost; each of these has
   one fate. */
static void check(const party_log *receiver, uint32_t sent, const party_log *sender, uint32_t fates)
{
    uint32_t lost = party_count(sender, MN_EVENT_LOST);
    assert_in_range(party_count(receiver, MN_EVENT_MESSAGE), sent - lost, sent);
    assert_int_equal(party_count(sender, MN_EVENT_DELIVERED) + lost, fates);
}

static void live(life *it)
{
    test_party *party = it->party;
    const party_event *asked =
        party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, 20 * SECOND_US);
    if (asked == NULL) { /* the failed one was the server's, and the client was told */
        assert_int_equal(party_count(await_end(it), MN_EVENT_CONNECT_FAILED), 1);
        return;
    }
    mn_player player = {asked->event.who};
    mn_result result = mn_server_accept(party->server, player);
    if (result == MN_ERROR_MEMORY) {
        result = mn_server_accept(party->server, player);
    }
    assert_int_equal(result, MN_OK);
    const party_log *log = &party->clients[0].log;
    assert_non_null(party_await(party, log, MN_EVENT_AUTHENTICATED, 1, 20 * SECOND_US));
    talk(it, player);
    party_run(party, 3 * SECOND_US);
    assert_int_equal(mn_server_disconnect(party->server, player, 1234, "bye"), MN_OK);
    (void)await_end(it);
    assert_non_null(party_await(party, &party->log, MN_EVENT_DISCONNECTED, 1, 3 * SECOND_US));
    check(log, it->sent[0], &party->log, it->fates[0]);
    check(&party->log, it->sent[1], log, it->fates[1]);
    const party_event *out = party_find(log, MN_EVENT_DISCONNECTED, 1);
    assert_int_equal(out->event.reason, 1234);
}

static void every_allocation_may_fail(bool as_host)
{
    uint64_t made = UINT64_MAX;
    uint32_t complete = 0;
    for (uint64_t k = 1; k <= made; k++) {
        life it = {.party = party_create(NULL, 1), .as_host = as_host};
        test_allocator *allocator = &it.party->allocator;
        uint64_t before = allocator->count;
        allocator->fail_at = before + k;
        if (try_to_start(&it)) {
            live(&it);
            complete++;
        }
        if (allocator->count - before < k) {
            made = 0; /* none failed: this was the last */
        }
        party_destroy(it.party);
    }
    assert_true(complete > 20);
}

static void every_allocation_of_a_remote_life_may_fail(void **state)
{
    (void)state;
    every_allocation_may_fail(false);
}

static void every_allocation_of_a_host_life_may_fail(void **state)
{
    (void)state;
    every_allocation_may_fail(true);
}

static void nothing_is_allocated_in_a_steady_state(void **state)
{
    (void)state;
    mn_conditions line = {.struct_size = sizeof line, .latency_us = 20000};
    for (int as_host = 0; as_host < 2; as_host++) {
        life it = {.party = party_create(&line, 1), .as_host = as_host != 0};
        test_party *party = it.party;
        assert_true(try_to_start(&it));
        const party_event *asked =
            party_await(party, &party->log, MN_EVENT_AUTHENTICATE, 1, SECOND_US);
        assert_non_null(asked);
        mn_player player = {asked->event.who};
        assert_int_equal(mn_server_accept(party->server, player), MN_OK);
        assert_non_null(
            party_await(party, &party->clients[0].log, MN_EVENT_AUTHENTICATED, 1, SECOND_US));
        uint64_t settled = 0;
        for (uint32_t round = 0; round < 12; round++) {
            settled = round == 6 ? party->allocator.count : settled;
            talk(&it, player);
            party_run(party, SECOND_US);
            party->log.count = 0;
            party->clients[0].log.count = 0;
        }
        assert_int_equal(party->allocator.count, settled);
        party_destroy(party);
    }
}

static void a_server_at_its_memory_limit_answers_and_goes_on(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.memory_limit = 400000;
    party_serve(party, &config);
    for (uint32_t i = 0; i < 2; i++) {
        (void)party_join(party, NULL, NULL);
        assert_non_null(
            party_await(party, &party->clients[i].log, MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    }
    static uint8_t bytes[1000];
    mn_result result = MN_OK;
    while (result == MN_OK) { /* 256 KiB for each would be over the limit */
        for (uint32_t i = 0; i < 2 && result == MN_OK; i++) {
            result = mn_server_send(party->server, party_player(party, i), PARTY_RAW, bytes,
                                    sizeof bytes, 0);
        }
    }
    assert_int_equal(result, MN_ERROR_MEMORY);
    party_run(party, SECOND_US);
    assert_int_equal(mn_server_broadcast(party->server, PARTY_RAW, "on", 2, 0), 2);
    party_run(party, SECOND_US);
    for (uint32_t i = 0; i < 2; i++) {
        const party_log *log = &party->clients[i].log;
        assert_true(party_says(&log->events[log->count - 1], "on"));
    }
    party_destroy(party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_remote_life_may_fail),
        cmocka_unit_test(every_allocation_of_a_host_life_may_fail),
        cmocka_unit_test(nothing_is_allocated_in_a_steady_state),
        cmocka_unit_test(a_server_at_its_memory_limit_answers_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
