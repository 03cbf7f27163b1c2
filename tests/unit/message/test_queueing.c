/* SPDX-License-Identifier: MIT */
/*
 * What waits for a flush has an order, can be taken back and can expire: from a server and from a
 * client, to the other end of a network and to a host.
 */
#include "support/party.h"
#include "support/test.h"

#define SECOND_US UINT64_C(1000000)

/* One way between a server and a client, or a host. */
typedef struct test_way {
    test_party *party;
    bool is_host, from_server;
} test_way;

static mn_client *client_of(const test_way *way)
{
    return way->party->clients[0].client;
}

static const party_log *sender_log(const test_way *way)
{
    return way->from_server ? &way->party->log : &way->party->clients[0].log;
}

static const party_log *receiver_log(const test_way *way)
{
    return way->from_server ? &way->party->clients[0].log : &way->party->log;
}

static test_way open_way(uint32_t which, const mn_server_config *changes)
{
    test_way way = {
        .party = party_create(NULL, 1), .is_host = which % 2 == 1, .from_server = which / 2 == 1};
    mn_server_config config = party_server_config(way.party);
    config.send_queue_bytes = changes->send_queue_bytes;
    config.max_messages_per_second = changes->max_messages_per_second;
    party_serve(way.party, &config);
    mn_client_config client_config = party_client_config(way.party);
    client_config.send_queue_bytes = changes->send_queue_bytes;
    client_config.max_messages_per_second = changes->max_messages_per_second;
    if (way.is_host) {
        (void)party_join_host(way.party, NULL);
    } else {
        (void)party_join(way.party, &client_config, NULL);
    }
    assert_non_null(
        party_await(way.party, &way.party->clients[0].log, MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    party_run(way.party, SECOND_US / 2);
    return way;
}

static mn_result send(const test_way *way, uint8_t number, uint32_t how)
{
    mn_player player = party_player(way->party, 0);
    return way->from_server ? mn_server_send(way->party->server, player, PARTY_RAW, &number, 1, how)
                            : mn_client_send(client_of(way), PARTY_RAW, &number, 1, how);
}

static mn_result notify(const test_way *way, uint32_t message, uint64_t token)
{
    mn_player player = party_player(way->party, 0);
    return way->from_server ? mn_server_notify(way->party->server, player, message, "n", 1, token)
                            : mn_client_notify(client_of(way), message, "n", 1, token);
}

static mn_result cancel(const test_way *way, uint64_t token)
{
    mn_player player = party_player(way->party, 0);
    return way->from_server ? mn_server_cancel(way->party->server, player, token)
                            : mn_client_cancel(client_of(way), token);
}

static mn_result set_channel(const test_way *way, uint32_t channel, uint32_t priority,
                             uint32_t weight)
{
    return way->from_server ? mn_server_set_channel(way->party->server, channel, priority, weight)
                            : mn_client_set_channel(client_of(way), channel, priority, weight);
}

/* Time goes on, and the sender has an update, but no flush. */
static void wait(const test_way *way, uint64_t duration_us)
{
    way->party->now_us += duration_us;
    assert_int_equal(mn_server_update(way->party->server, way->party->now_us), MN_OK);
    assert_int_equal(mn_client_update(client_of(way), way->party->now_us), MN_OK);
}

static uint64_t counted(const test_way *way, bool by_sender, uint32_t drop)
{
    mn_counters counters = {.struct_size = sizeof counters};
    mn_result result = way->from_server == by_sender
                           ? mn_server_counters(way->party->server, &counters)
                           : mn_client_counters(client_of(way), &counters);
    assert_int_equal(result, MN_OK);
    return counters.dropped[drop];
}

static void expect_messages(const test_way *way, const uint8_t *numbers, uint32_t count)
{
    party_run(way->party, SECOND_US / 2);
    const party_log *log = receiver_log(way);
    assert_int_equal(party_count(log, MN_EVENT_MESSAGE), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(party_find(log, MN_EVENT_MESSAGE, i + 1)->bytes[0], numbers[i]);
    }
}

static void channels_have_their_order(void **state)
{
    (void)state;
    static const uint8_t order[] = {20, 21, 0, 10, 11, 1, 12};
    for (uint32_t which = 0; which < 4; which++) {
        test_way way = open_way(which, &(mn_server_config){0});
        assert_int_equal(set_channel(&way, 64, 0, 1), MN_ERROR_ARGUMENT);
        assert_int_equal(set_channel(&way, 1, 4, 1), MN_ERROR_ARGUMENT);
        assert_int_equal(set_channel(&way, 1, 0, 0), MN_ERROR_ARGUMENT);
        assert_int_equal(set_channel(&way, 1, 0, 256), MN_ERROR_ARGUMENT);
        assert_int_equal(set_channel(&way, 1, 0, 2), MN_OK);
        assert_int_equal(set_channel(&way, 2, 3, 1), MN_OK);
        for (uint8_t i = 0; i < 3; i++) {
            for (uint8_t channel = 0; channel < 3; channel++) {
                if (i < 2 || channel == 1) {
                    uint8_t number = (uint8_t)(10 * channel + i);
                    assert_int_equal(send(&way, number, MN_RELIABLE | MN_ON_CHANNEL(channel)),
                                     MN_OK);
                }
            }
        }
        expect_messages(&way, order, sizeof order);
        party_destroy(way.party);
    }
}

static void notify_messages_can_be_taken_back_and_others_cannot(void **state)
{
    (void)state;
    static const uint8_t rest[] = {1, 'n'};
    for (uint32_t which = 0; which < 4; which++) {
        test_way way = open_way(which, &(mn_server_config){0});
        assert_int_equal(send(&way, 1, 0), MN_OK);
        assert_int_equal(notify(&way, PARTY_RAW, 0), MN_OK);
        assert_int_equal(notify(&way, PARTY_LOOSE, 5), MN_OK);
        assert_int_equal(notify(&way, PARTY_RAW, 6), MN_OK);
        assert_int_equal(notify(&way, PARTY_RAW, 5), MN_OK);
        assert_int_equal(cancel(&way, 0), 1);
        assert_int_equal(cancel(&way, 5), 2);
        assert_int_equal(cancel(&way, 5), 0);
        party_step(way.party);
        assert_int_equal(cancel(&way, 6), 0); /* it has left */
        expect_messages(&way, rest, sizeof rest);
        const party_log *log = sender_log(&way);
        static const uint64_t lost[] = {0, 5, 5};
        assert_int_equal(party_count(log, MN_EVENT_LOST), 3);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(party_find(log, MN_EVENT_LOST, i + 1)->event.token, lost[i]);
        }
        assert_int_equal(party_count(log, MN_EVENT_DELIVERED), 1);
        assert_int_equal(party_find(log, MN_EVENT_DELIVERED, 1)->event.token, 6);
        party_destroy(way.party);
    }
}

static void what_waits_too_long_expires(void **state)
{
    (void)state;
    static const uint8_t rest[] = {2, 3, 5};
    for (uint32_t which = 0; which < 4; which++) {
        test_way way = open_way(which, &(mn_server_config){.send_queue_bytes = 150});
        assert_int_equal(send(&way, 1, MN_RELIABLE | MN_EXPIRES_MS(10)), MN_OK);
        assert_int_equal(send(&way, 2, MN_RELIABLE), MN_OK);
        assert_int_equal(send(&way, 3, MN_RELIABLE | MN_EXPIRES_MS(20)), MN_OK);
        assert_int_equal(send(&way, 4, MN_NOTIFY | MN_EXPIRES_MS(10)), MN_OK);
        assert_int_equal(send(&way, 5, MN_RELIABLE), MN_ERROR_FULL);
        wait(&way, 10000);
        assert_int_equal(send(&way, 5, MN_RELIABLE), MN_ERROR_FULL);
        wait(&way, 1);
        assert_int_equal(send(&way, 5, MN_RELIABLE), MN_OK);
        assert_int_equal(counted(&way, true, MN_DROP_EXPIRED), 2);
        wait(&way, 1000);
        expect_messages(&way, rest, sizeof rest);
        assert_int_equal(party_count(sender_log(&way), MN_EVENT_LOST), 1);
        assert_int_equal(counted(&way, true, MN_DROP_EXPIRED), 2);
        party_destroy(way.party);
    }
}

/* Its limits are against floods from the network. */
static void messages_a_second_are_limited_but_of_a_host(void **state)
{
    (void)state;
    for (uint32_t which = 0; which < 4; which++) {
        test_way way = open_way(which, &(mn_server_config){.max_messages_per_second = 10});
        for (uint8_t i = 0; i < 100; i++) {
            assert_int_equal(send(&way, i, MN_UNRELIABLE), MN_OK);
            party_step(way.party);
        }
        party_run(way.party, SECOND_US);
        uint32_t count = party_count(receiver_log(&way), MN_EVENT_MESSAGE);
        uint64_t over = counted(&way, false, MN_DROP_LIMIT);
        if (way.is_host) {
            assert_int_equal(count, 100);
            assert_int_equal(over, 0);
        } else {
            assert_in_range(count, 5, 15);
            assert_in_range(over, 80, 100);
        }
        party_destroy(way.party);
    }
}

static void who_is_not_there_has_nothing_to_cancel(void **state)
{
    (void)state;
    test_way way = open_way(0, &(mn_server_config){0});
    mn_server *server = way.party->server;
    mn_player player = party_player(way.party, 0);
    assert_int_equal(mn_server_cancel(NULL, player, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_cancel(server, (mn_player){0}, 1), MN_ERROR_STALE);
    assert_int_equal(mn_client_cancel(NULL, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_server_set_channel(NULL, 0, 0, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_set_channel(NULL, 0, 0, 1), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_client_disconnect(client_of(&way), 0, NULL), MN_OK);
    party_run(way.party, SECOND_US);
    assert_int_equal(mn_client_cancel(client_of(&way), 1), MN_ERROR_STATE);
    assert_int_equal(mn_server_cancel(server, player, 1), MN_ERROR_STALE);
    assert_int_equal(mn_client_connect(client_of(&way), &party_address, NULL, 0), MN_OK);
    assert_int_equal(mn_client_cancel(client_of(&way), 1), MN_ERROR_STATE);
    party_destroy(way.party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_have_their_order),
        cmocka_unit_test(notify_messages_can_be_taken_back_and_others_cannot),
        cmocka_unit_test(what_waits_too_long_expires),
        cmocka_unit_test(messages_a_second_are_limited_but_of_a_host),
        cmocka_unit_test(who_is_not_there_has_nothing_to_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
