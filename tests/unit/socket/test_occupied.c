/* SPDX-License-Identifier: MIT */
/*
 * An address connects anew while there is a connection with it. It may be the client, started
 * again; or somebody who sees its packets, speaks under its address, and would end the connection
 * with a handshake of his own. The server asks the one it has, who answers or does not.
 */
#include "socket/peer_state.h"
#include "support/intercept.h"
#include "support/peers.h"
#include "support/raw.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)
#define SECOND_US UINT64_C(1000000)

typedef struct scene {
    test_peers *world;
    intercept way;
    uint32_t server, client;
    mn_connection at_client;
    bool is_client_cut;
    test_raw he; /* speaks under the client's address */
    mn_datagram heard;
    uint8_t bytes[1500];
} scene;

static scene it;

/* Both pass, and he hears what is answered to him. */
static void handle(void *user, const intercept_packet *packet)
{
    (void)user;
    mni_handshake read;
    if (!packet->to_server && mni_is_handshake(packet->bytes[0]) &&
        mni_handshake_read(packet->bytes, packet->size, &read) < 0 && read.token == it.he.token) {
        memcpy(it.bytes, packet->bytes, packet->size);
        it.heard = (mn_datagram){.bytes = it.bytes, .size = packet->size};
    }
    if (!(packet->to_server && it.is_client_cut)) {
        intercept_pass(&it.way, packet);
    }
}

static mn_result send_as_client(void *self, const mn_datagram *datagrams, uint32_t count,
                                uint64_t now_us)
{
    (void)self;
    (void)now_us;
    for (uint32_t i = 0; i < count; i++) {
        intercept_inject(&it.way, 0, true, datagrams[i].bytes, datagrams[i].size);
    }
    return (mn_result)count;
}

static mn_result receive_answer(void *self, mn_datagram *datagrams, uint32_t capacity,
                                uint64_t now_us)
{
    (void)self;
    (void)capacity;
    (void)now_us;
    *datagrams = it.heard;
    it.heard.size = 0;
    return datagrams->size > 0 ? 1 : 0;
}

static const mn_socket_ops as_client = {
    .struct_size = sizeof(mn_socket_ops), .send = send_as_client, .receive = receive_answer};

static int setup(void **state)
{
    (void)state;
    it = (scene){.world = test_peers_create(NULL, 1)};
    it.world->security = MN_SECURITY_NONE;
    intercept_init(&it.way, it.world->sockets);
    it.way.handle = handle;
    it.world->sockets = &it.way.factory;
    it.server = test_peers_server(it.world, NULL);
    it.client = test_peers_client(it.world, NULL, "hello", &it.at_client);
    assert_non_null(test_peers_await(it.world, it.client, MN_EVENT_CONNECTED, 0, SECOND_US));
    test_peers_run(it.world, 100 * MS);
    it.he = (test_raw){.socket = {.ops = &as_client},
                       .version = MNI_PROTOCOL_VERSION,
                       .security = MNI_SECURITY_PLAIN,
                       .token = 99};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_peers_destroy(it.world);
    intercept_clear(&it.way);
    return 0;
}

static uint64_t dropped(uint32_t why)
{
    return test_peers_counters(it.world, it.server).dropped[why];
}

/* Says connect every 300 ms, with cookies that are fresh enough; how long until it was accepted. */
static uint64_t insist(uint64_t duration_us)
{
    uint64_t begin_us = it.world->now_us;
    for (uint32_t i = 0; it.world->now_us - begin_us < duration_us; i++) {
        if (i % 10 == 0) {
            test_raw_get_cookie(it.world, &it.he);
        }
        (void)test_raw_connect(&it.he);
        if (test_raw_answer(it.world, &it.he) == MNI_ACCEPT) {
            return it.world->now_us - begin_us;
        }
        test_peers_run(it.world, 300 * MS);
    }
    return UINT64_MAX;
}

static void a_connection_that_lives_is_not_replaced(void **state)
{
    (void)state;
    assert_int_equal(insist(30 * SECOND_US), UINT64_MAX);
    assert_true(dropped(MN_DROP_OCCUPIED) >= 90);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_DISCONNECTED), 0);
    assert_int_equal(test_peers_count(it.world, it.client, MN_EVENT_DISCONNECTED), 0);
    assert_int_equal(mn_peer_send(it.world->peers[it.client], it.at_client, "still here", 10, 0, 0),
                     MN_OK);
    const test_event *message =
        test_peers_await(it.world, it.server, MN_EVENT_MESSAGE, 0, SECOND_US);
    assert_non_null(message);
    assert_true(test_event_says(message, "still here"));
}

/* One question a second at most, however often somebody connects. */
static void it_is_not_asked_more_than_once_a_second(void **state)
{
    (void)state;
    mn_statistics before = {.struct_size = sizeof(before)}, after = before;
    mn_peer *client = it.world->peers[it.client];
    test_raw_get_cookie(it.world, &it.he);
    assert_int_equal(mn_peer_statistics(client, it.at_client, &before), MN_OK);
    for (uint32_t i = 0; i < 3000; i++) {
        (void)test_raw_connect(&it.he);
        test_peers_step(it.world);
    }
    assert_int_equal(mn_peer_statistics(client, it.at_client, &after), MN_OK);
    assert_in_range(after.packets_received - before.packets_received, 3, 8);
    assert_int_equal(dropped(MN_DROP_OCCUPIED), 3000);
}

static void one_that_is_silent_is(void **state)
{
    (void)state;
    it.is_client_cut = true;
    uint64_t took_us = insist(10 * SECOND_US);
    assert_in_range(took_us, SECOND_US, 1500 * MS);
    const test_event *over = test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED);
    assert_non_null(over);
    assert_int_equal(over->event.reason, MN_REASON_REPLACED);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_CONNECTED), 2);
    assert_int_equal(test_peers_counters(it.world, it.server).connections, 1);
}

/* It may become silent long after it has answered. */
static void an_answer_does_not_count_for_ever(void **state)
{
    (void)state;
    assert_int_equal(insist(3 * SECOND_US), UINT64_MAX);
    it.is_client_cut = true;
    assert_in_range(insist(10 * SECOND_US), SECOND_US, 2600 * MS);
}

/* The server stands still for longer than it is patient; the answer is behind the next connect. */
static void an_answer_that_the_server_has_not_read_yet_counts(void **state)
{
    (void)state;
    test_raw_get_cookie(it.world, &it.he);
    (void)test_raw_connect(&it.he);
    it.world->now_us += MS;
    assert_int_equal(mn_peer_update(it.world->peers[it.server], it.world->now_us), MN_OK);
    (void)test_raw_connect(&it.he);
    for (uint32_t i = 0; i < 1500; i++) {
        it.world->now_us += MS;
        assert_int_equal(mn_peer_update(it.world->peers[it.client], it.world->now_us), MN_OK);
    }
    test_peers_run(it.world, 100 * MS);
    assert_int_equal(dropped(MN_DROP_OCCUPIED), 2);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_DISCONNECTED), 0);
}

/* One that is ending need not be asked; its end is what it was to be. */
static void one_that_is_ending_is_replaced_at_once(void **state)
{
    (void)state;
    it.is_client_cut = true; /* so that the close is not acknowledged */
    const test_event *connected = test_peers_last(it.world, it.server, MN_EVENT_CONNECTED);
    mn_connection old = {connected->event.who};
    assert_int_equal(mn_peer_disconnect(it.world->peers[it.server], old, 1234, "enough"), MN_OK);
    assert_true(insist(SECOND_US) <= 10 * MS);
    const test_event *over = test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED);
    assert_non_null(over);
    assert_int_equal(over->event.reason, 1234);
    assert_true(test_event_says(over, "enough"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_that_lives_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_not_asked_more_than_once_a_second, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_is_silent_is, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_does_not_count_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_that_the_server_has_not_read_yet_counts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(one_that_is_ending_is_replaced_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
