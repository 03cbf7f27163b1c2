/* SPDX-License-Identifier: MIT */
/*
 * The gate of a peer, from outside: sockets that say handshake packets by hand, in any order, late,
 * twice and forged.
 */
#include "base/random.h"
#include "socket/flood.h"
#include "socket/handshake.h"
#include "support/failing_sockets.h"
#include "support/peers.h"
#include "support/raw.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_address home = {.ip = {[10] = 0xff, 0xff, 192, 168, 7, 7}, .port = 4444};

static mn_connection newest(const test_peers *world, uint32_t server)
{
    return (mn_connection){test_peers_last(world, server, MN_EVENT_CONNECTED)->event.who};
}

static uint64_t dropped(const test_peers *world, uint32_t peer, uint32_t why)
{
    return test_peers_counters(world, peer).dropped[why];
}

/* Ends the newest connection at once: its client says nothing more. */
static void expel(test_peers *world, uint32_t server)
{
    uint64_t after = world->event_count;
    assert_int_equal(mn_peer_disconnect(world->peers[server], newest(world, server), 0, NULL),
                     MN_OK);
    assert_non_null(test_peers_await(world, server, MN_EVENT_DISCONNECTED, after, 2 * SECOND_US));
}

/* ---- what a server does before and after an address is proven */

static void a_hundred_thousand_spoofed_hellos_leave_no_trace(void **state)
{
    (void)state;
    enum { HELLOS = 100000, ADDRESSES = 1000, BURST = 500 };
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    mni_random random;
    mni_random_init(&random, test_seed(1));
    test_peers_step(world);
    mn_counters before = test_peers_counters(world, server);
    for (uint32_t i = 0; i < HELLOS; i++) {
        mn_address from = {.ip = {[10] = 0xff, 0xff, 172, 16}, .port = (uint16_t)(1 + i)};
        from.ip[14] = (uint8_t)(mni_random_next(&random));
        from.ip[15] = (uint8_t)(i % ADDRESSES);
        test_raw forger = test_raw_open(world, &from, mni_random_next(&random));
        (void)test_raw_hello(&forger);
        test_raw_close(&forger);
        if (i % BURST == BURST - 1) {
            test_peers_step(world);
        }
    }
    mn_counters after = test_peers_counters(world, server);
    assert_int_equal(after.packets_received - before.packets_received, HELLOS);
    assert_int_equal(after.connections, 0);
    assert_int_equal(after.memory_used, before.memory_used);
    assert_int_equal(after.allocations, before.allocations);
    assert_true(after.bytes_sent < after.bytes_received);
    uint32_t client = test_peers_client(world, NULL, "honest", NULL);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    test_peers_destroy(world);
}

static void one_network_that_floods_keeps_nobody_else_out(void **state)
{
    (void)state;
    enum { HELLOS = MNI_FLOOD_HELLOS_BURST + 2000, BURST = 500 };
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    for (uint32_t i = 0; i < HELLOS; i++) {
        mn_address from = {.ip = {[10] = 0xff, 0xff, 172, 16}, .port = (uint16_t)(1 + i)};
        test_raw forger = test_raw_open(world, &from, i);
        (void)test_raw_hello(&forger);
        test_raw_close(&forger);
        if (i % BURST == BURST - 1) {
            test_peers_step(world);
        }
    }
    test_peers_step(world);
    mn_counters counters = test_peers_counters(world, server);
    assert_in_range(counters.dropped[MN_DROP_FLOOD], 1900, 2000);
    uint32_t client = test_peers_client(world, NULL, "honest", NULL);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    test_peers_destroy(world);
}

static void no_answer_is_larger_than_its_question(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    (void)test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    uint32_t asked = test_raw_hello(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_RETRY);
    assert_true(it.size < asked);
    memcpy(it.cookie, it.packet.cookie, MNI_COOKIE_SIZE);
    mni_handshake packet = test_raw_connect_of(&it);
    packet.application = 8;
    asked = test_raw_say(&it, &packet);
    assert_int_equal(test_raw_answer(world, &it), MNI_REJECT);
    assert_true(it.size < asked);
    asked = test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    assert_true(it.size < asked);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* A connect that says nothing but its version, or an unknown security, is shorter than an
   accept. */
static void a_short_connect_of_an_accepted_attempt_gets_no_accept(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    test_raw_join(world, &it);
    const mni_handshake unknown = {.kind = MNI_CONNECT,
                                   .version = MNI_PROTOCOL_VERSION,
                                   .token = 1,
                                   .cookie = it.cookie,
                                   .application = 7,
                                   .security = 77};
    (void)test_raw_say(&it, &unknown);
    assert_int_equal(test_raw_answer(world, &it), 0);
    it.version = 2;
    test_raw_get_cookie(world, &it);
    const mni_handshake other = {
        .kind = MNI_CONNECT, .version = 2, .token = 1, .cookie = it.cookie, .security = 1};
    (void)test_raw_say(&it, &other);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 2);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void a_connect_without_a_good_cookie_is_dropped(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    mn_address elsewhere = home;
    elsewhere.port++;
    test_raw it = test_raw_open(world, &home, 1), other = test_raw_open(world, &elsewhere, 1);
    (void)test_raw_connect(&it); /* none at all */
    assert_int_equal(test_raw_answer(world, &it), 0);
    test_raw_get_cookie(world, &it);
    memcpy(other.cookie, it.cookie, MNI_COOKIE_SIZE);
    (void)test_raw_connect(&other); /* of another address */
    assert_int_equal(test_raw_answer(world, &other), 0);
    it.token = 2; /* of another token */
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    it.token = 1;
    test_peers_run(world, MNI_COOKIE_LIFETIME_US);
    (void)test_raw_connect(&it); /* too old */
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE), 4);
    assert_int_equal(test_peers_counters(world, server).connections, 0);
    test_raw_join(world, &it);
    test_raw_close(&it);
    test_raw_close(&other);
    test_peers_destroy(world);
}

static void mismatches_are_named_and_nothing_is_kept_of_them(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    for (uint32_t i = 0; i < 3; i++) {
        const int32_t reasons[] = {MN_REASON_VERSION, MN_REASON_APPLICATION, MN_REASON_SECURITY};
        it.version = (uint8_t)(MNI_PROTOCOL_VERSION + (i == 0));
        test_raw_get_cookie(world, &it);
        mni_handshake packet = test_raw_connect_of(&it);
        packet.application += i == 1;
        packet.security = i == 2 ? 99 : packet.security;
        (void)test_raw_say(&it, &packet);
        assert_int_equal(test_raw_answer(world, &it), MNI_REJECT);
        assert_int_equal(it.packet.reason, reasons[i]);
        assert_int_equal(it.packet.token, it.token);
    }
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 0);
    (void)test_raw_connect(&it); /* the cookie is as good as ever */
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* Somebody on the way changed the hello, or says later that another one was said. */
static void the_cookie_of_an_altered_hello_is_worth_nothing(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    uint8_t hello[MNI_HELLO_SIZE + 8] = {0};
    for (uint32_t i = 0; i < 2; i++) { /* other padding, more padding */
        hello[0] = 0x80 | MNI_HELLO;
        hello[1] = MNI_PROTOCOL_VERSION;
        hello[2] = 1; /* the token */
        hello[10] = i == 0;
        test_raw_send_sealed(&it, hello, i == 0 ? MNI_HELLO_SIZE : sizeof(hello));
        assert_int_equal(test_raw_answer(world, &it), MNI_RETRY);
        memcpy(it.cookie, it.packet.cookie, MNI_COOKIE_SIZE);
        (void)test_raw_connect(&it);
        assert_int_equal(test_raw_answer(world, &it), 0);
    }
    test_raw_get_cookie(world, &it);
    it.version++;
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE), 3);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void a_hello_of_another_version_is_answered(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    (void)test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    (void)test_raw_say(&it, &(mni_handshake){.kind = MNI_HELLO, .version = 99, .token = 1});
    assert_int_equal(test_raw_answer(world, &it), MNI_RETRY);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* ---- twice, late, again */

static void a_duplicate_gets_the_same_accept_and_no_second_connection(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    test_raw_join(world, &it);
    test_raw first = it;
    for (uint32_t i = 0; i < 3; i++) {
        (void)test_raw_connect(&it);
        assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
        assert_int_equal(it.size, first.size);
        assert_memory_equal(it.bytes, first.bytes, it.size);
    }
    test_raw_get_cookie(world, &it); /* the client's cookie grew old: the same with another */
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    assert_memory_equal(it.bytes, first.bytes, it.size);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void a_late_connect_revives_nothing(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    test_raw_join(world, &it);
    test_raw second = it;
    test_raw_get_cookie(world, &second); /* a second cookie for the same attempt */
    expel(world, server);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    (void)test_raw_connect(&second);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 2);
    test_peers_run(world, 2 * SECOND_US);
    (void)test_raw_connect(&second); /* four seconds old at most */
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 3);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
    assert_int_equal(test_peers_counters(world, server).connections, 0);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void a_cookie_made_while_it_lived_revives_it_neither(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    test_raw_join(world, &it);
    test_peers_run(world, MNI_COOKIE_LIFETIME_US);
    test_raw_get_cookie(world, &it);
    expel(world, server);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void who_was_refused_for_want_of_room_is_not_remembered(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    mn_peer_config config = test_peers_config(world);
    config.max_connections = 1;
    uint32_t server = test_peers_server(world, &config);
    mn_address elsewhere = home;
    elsewhere.ip[15]++;
    test_raw first = test_raw_open(world, &home, 1), second = test_raw_open(world, &elsewhere, 2);
    test_raw_join(world, &first);
    test_raw_get_cookie(world, &second);
    uint64_t memory = test_peers_counters(world, server).memory_used;
    for (uint32_t i = 0; i < 100; i++) {
        (void)test_raw_connect(&second);
        assert_int_equal(test_raw_answer(world, &second), MNI_REJECT);
        assert_int_equal(second.packet.reason, MN_REASON_FULL);
    }
    assert_int_equal(test_peers_counters(world, server).memory_used, memory);
    expel(world, server);
    (void)test_raw_connect(&second);
    assert_int_equal(test_raw_answer(world, &second), MNI_ACCEPT);
    test_raw_close(&first);
    test_raw_close(&second);
    test_peers_destroy(world);
}

static void a_new_attempt_from_the_same_address_replaces_the_old(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    test_raw_join(world, &it);
    mn_connection old = newest(world, server);
    it.token = 2; /* the program was started again */
    test_raw_join(world, &it);
    const test_event *over = test_peers_last(world, server, MN_EVENT_DISCONNECTED);
    assert_non_null(over);
    assert_int_equal(over->event.who, old.id);
    assert_int_equal(over->event.reason, MN_REASON_REPLACED);
    assert_int_not_equal(newest(world, server).id, old.id);
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void an_older_attempt_does_not_replace_a_newer(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw old = test_raw_open(world, &home, 1);
    test_raw_get_cookie(world, &old); /* its connect is on its way for long */
    test_raw new = old, third = old;
    new.token = 2;
    third.token = 3;
    (void)test_raw_hello(&new);
    (void)test_raw_hello(&third); /* at the same instant */
    assert_int_equal(test_raw_answer(world, &new), MNI_RETRY);
    memcpy(new.cookie, new.packet.cookie, MNI_COOKIE_SIZE);
    assert_int_equal(test_raw_hear(&third), MNI_RETRY);
    memcpy(third.cookie, third.packet.cookie, MNI_COOKIE_SIZE);
    (void)test_raw_connect(&new);
    assert_int_equal(test_raw_answer(world, &new), MNI_ACCEPT);
    (void)test_raw_connect(&old);
    (void)test_raw_connect(&third);
    assert_int_equal(test_raw_answer(world, &old), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 2);
    assert_null(test_peers_last(world, server, MN_EVENT_DISCONNECTED));
    test_raw_close(&old);
    test_peers_destroy(world);
}

static void cookies_of_before_are_worthless_after_listening_again(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    test_raw_get_cookie(world, &it);
    assert_int_equal(mn_peer_close(world->peers[server]), MN_OK);
    assert_int_equal(mn_peer_listen(world->peers[server], &test_server_address), MN_OK);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE), 1);
    test_raw_join(world, &it);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* ---- who listens and connects as well */

/* The server has begun to connect to `it`, which knows the token of its hello now. */
static uint64_t raw_be_dialed(test_peers *world, uint32_t server, test_raw *it)
{
    mn_connection connection;
    assert_int_equal(mn_peer_connect(world->peers[server], &home, NULL, 0, &connection), MN_OK);
    assert_int_equal(test_raw_answer(world, it), MNI_HELLO);
    return it->packet.token;
}

static void of_two_who_connect_at_once_the_larger_token_wins(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    uint64_t token = raw_be_dialed(world, server, &it);
    it.token = token - 1;
    test_raw_get_cookie(world, &it);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
    assert_int_equal(world->event_count, 0);
    it.token = token + 1;
    test_raw_get_cookie(world, &it);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    const test_event *failed = test_peers_last(world, server, MN_EVENT_CONNECT_FAILED);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_REPLACED);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* It was accepted by `it`, to which a late connect of its own attempt is still on its way. */
static void what_was_accepted_is_replaced_by_newer_attempts_only(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    uint64_t token = raw_be_dialed(world, server, &it);
    it.token = 1;
    test_raw_get_cookie(world, &it);
    (void)test_raw_say(&it, &(mni_handshake){.kind = MNI_ACCEPT,
                                             .version = MNI_PROTOCOL_VERSION,
                                             .token = token,
                                             .share = it.share,
                                             .offer = {.window = 100000, .max_packet_size = 1200}});
    test_peers_step(world);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
    it.token = token; /* its own: not what the server said, and no question of the other side */
    test_raw_get_cookie(world, &it);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    const test_event *over = test_peers_last(world, server, MN_EVENT_DISCONNECTED);
    assert_non_null(over);
    assert_int_equal(over->event.reason, MN_REASON_REPLACED);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* ---- what a client believes */

static void a_client_believes_only_what_echoes_its_token(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    const mn_socket_factory *sockets = mn_network_sockets(world->network);
    mn_socket server;
    mn_datagram question;
    mni_handshake hello;
    assert_int_equal(sockets->open_server(sockets->user, &test_server_address, &server), MN_OK);
    uint32_t client = test_peers_client(world, NULL, NULL, NULL);
    test_peers_step(world);
    assert_int_equal(server.ops->receive(server.self, &question, 1, 0), 1);
    assert_int_equal(mni_handshake_read(question.bytes, question.size, &hello), -1);
    mn_address to = question.address;
    for (mni_handshake_kind kind = MNI_HELLO; kind <= MNI_REJECT; kind++) {
        uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
        static const uint8_t some[16] = {1};
        mni_handshake forged = {.kind = kind,
                                .version = MNI_PROTOCOL_VERSION,
                                .token = hello.token ^ 1,
                                .cookie = some,
                                .share = some,
                                .offer = {.max_packet_size = 1200},
                                .reason = MN_REASON_FULL};
        uint32_t size = mni_handshake_write(&forged, bytes, sizeof(bytes));
        const mn_datagram answer = {.address = to, .size = size, .bytes = bytes};
        assert_int_equal(server.ops->send(server.self, &answer, 1, 0), 1);
    }
    test_peers_step(world);
    assert_int_equal(dropped(world, client, MN_DROP_HANDSHAKE), 5);
    assert_int_equal(world->event_count, 0);
    uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
    mni_handshake reject = {.kind = MNI_REJECT,
                            .version = MNI_PROTOCOL_VERSION + 1,
                            .token = hello.token,
                            .reason = MN_REASON_VERSION,
                            .data = (const uint8_t *)"too \x1b[31mold",
                            .size = 12};
    const mn_datagram answer = {
        .address = to, .size = mni_handshake_write(&reject, bytes, sizeof(bytes)), .bytes = bytes};
    assert_int_equal(server.ops->send(server.self, &answer, 1, 0), 1);
    const test_event *failed =
        test_peers_await(world, client, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_VERSION);
    assert_true(test_event_says(failed, "too ?[31mold"));
    server.ops->close(server.self);
    test_peers_destroy(world);
}

static void that_nobody_listens_is_learned_soon(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    failing_sockets_init(&failing, world->sockets);
    mn_peer_config config = test_peers_config(world);
    config.sockets = &failing.factory;
    uint32_t client = test_peers_client(world, &config, NULL, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        failing_sockets_close_peer(&failing, &test_server_address);
        test_peers_step(world);
    }
    assert_int_equal(world->event_count, 0);
    failing_sockets_close_peer(&failing, &test_server_address);
    test_peers_step(world);
    const test_event *failed = test_peers_last(world, client, MN_EVENT_CONNECT_FAILED);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_UNREACHABLE);
    test_peers_destroy(world);
    assert_int_equal(failing.open, 0);
}

static void once_connected_nobody_is_believed_gone(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    failing_sockets_init(&failing, world->sockets);
    mn_peer_config config = test_peers_config(world);
    config.sockets = &failing.factory;
    (void)test_peers_server(world, NULL);
    uint32_t client = test_peers_client(world, &config, NULL, NULL);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    for (uint32_t i = 0; i < 10; i++) {
        failing_sockets_close_peer(&failing, &test_server_address);
        test_peers_step(world);
    }
    test_peers_run(world, SECOND_US);
    assert_null(test_peers_last(world, client, MN_EVENT_DISCONNECTED));
    test_peers_destroy(world);
}

/* ---- rubbish */

static void rubbish_is_dropped_and_counted_at_every_stage(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    test_peers *world = test_peers_create(NULL, seed);
    world->security = MN_SECURITY_NONE;
    uint32_t server = test_peers_server(world, NULL);
    test_raw it = test_raw_open(world, &home, 1);
    for (uint32_t stage = 0; stage < 3; stage++) {
        if (stage == 1) {
            test_raw_get_cookie(world, &it);
        } else if (stage == 2) {
            (void)test_raw_connect(&it);
            assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
        }
        test_peers_run(world, SECOND_US / 10);
        mn_counters before = test_peers_counters(world, server);
        for (uint32_t i = 0; i < 20000; i++) {
            uint8_t bytes[64];
            uint32_t size = (uint32_t)mni_random_below(&random, sizeof(bytes) + 1);
            for (uint32_t k = 0; k < size; k++) {
                bytes[k] = (uint8_t)mni_random_next(&random);
            }
            test_raw_send(&it, bytes, size);
            if (i % 512 == 0) {
                test_peers_step(world);
            }
        }
        test_peers_step(world);
        mn_counters after = test_peers_counters(world, server);
        uint64_t drops = 0;
        for (uint32_t why = 0; why < MN_DROP_COUNT; why++) {
            drops += after.dropped[why] - before.dropped[why];
        }
        if (drops != 20000 || after.allocations != before.allocations) {
            fail_msg("stage %u, %" PRIu64 " drops, seed %" PRIu64, stage, drops, seed);
        }
        assert_int_equal(after.connections, stage == 2);
    }
    assert_null(test_peers_last(world, server, MN_EVENT_DISCONNECTED));
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void who_does_not_listen_answers_no_questions(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    const mn_socket_factory *sockets = mn_network_sockets(world->network);
    mn_socket server;
    mn_datagram question;
    assert_int_equal(sockets->open_server(sockets->user, &test_server_address, &server), MN_OK);
    uint32_t client = test_peers_client(world, NULL, NULL, NULL);
    test_peers_step(world);
    assert_int_equal(server.ops->receive(server.self, &question, 1, 0), 1);
    uint8_t hello[64];
    uint32_t size = question.size;
    memcpy(hello, question.bytes, size);
    const mn_datagram mirrored = {.address = question.address, .size = size, .bytes = hello};
    assert_int_equal(server.ops->send(server.self, &mirrored, 1, 0), 1);
    test_peers_step(world);
    assert_int_equal(server.ops->receive(server.self, &question, 1, 0), 0);
    assert_int_equal(dropped(world, client, MN_DROP_HANDSHAKE), 1);
    server.ops->close(server.self);
    test_peers_destroy(world);
}

static void count_line(void *user, uint32_t level, const char *area, const char *text)
{
    (void)level;
    (void)area;
    (void)text;
    ++*(uint32_t *)user;
}

static void refusals_do_not_flood_the_log(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t lines = 0;
    const mn_log log = {.write = count_line, .user = &lines};
    mn_peer_config config = test_peers_config(world);
    config.log = &log;
    (void)test_peers_server(world, &config);
    test_raw it = test_raw_open(world, &home, 1);
    test_raw_get_cookie(world, &it);
    mni_handshake packet = test_raw_connect_of(&it);
    packet.application = 8;
    uint64_t start_us = world->now_us;
    while (world->now_us < start_us + 2 * SECOND_US + SECOND_US / 2) {
        (void)test_raw_say(&it, &packet);
        assert_int_equal(test_raw_answer(world, &it), MNI_REJECT);
    }
    assert_int_equal(lines, 3);
    test_raw_close(&it);
    test_peers_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_spoofed_hellos_leave_no_trace),
        cmocka_unit_test(one_network_that_floods_keeps_nobody_else_out),
        cmocka_unit_test(no_answer_is_larger_than_its_question),
        cmocka_unit_test(a_short_connect_of_an_accepted_attempt_gets_no_accept),
        cmocka_unit_test(a_connect_without_a_good_cookie_is_dropped),
        cmocka_unit_test(mismatches_are_named_and_nothing_is_kept_of_them),
        cmocka_unit_test(the_cookie_of_an_altered_hello_is_worth_nothing),
        cmocka_unit_test(a_hello_of_another_version_is_answered),
        cmocka_unit_test(a_duplicate_gets_the_same_accept_and_no_second_connection),
        cmocka_unit_test(a_late_connect_revives_nothing),
        cmocka_unit_test(a_cookie_made_while_it_lived_revives_it_neither),
        cmocka_unit_test(who_was_refused_for_want_of_room_is_not_remembered),
        cmocka_unit_test(a_new_attempt_from_the_same_address_replaces_the_old),
        cmocka_unit_test(an_older_attempt_does_not_replace_a_newer),
        cmocka_unit_test(cookies_of_before_are_worthless_after_listening_again),
        cmocka_unit_test(of_two_who_connect_at_once_the_larger_token_wins),
        cmocka_unit_test(what_was_accepted_is_replaced_by_newer_attempts_only),
        cmocka_unit_test(a_client_believes_only_what_echoes_its_token),
        cmocka_unit_test(that_nobody_listens_is_learned_soon),
        cmocka_unit_test(once_connected_nobody_is_believed_gone),
        cmocka_unit_test(rubbish_is_dropped_and_counted_at_every_stage),
        cmocka_unit_test(who_does_not_listen_answers_no_questions),
        cmocka_unit_test(refusals_do_not_flood_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
