/* SPDX-License-Identifier: MIT */
/*
 * What comes of connects in the sealed modes, from outside: peers with every choice of keys, lost,
 * late, doubled and altered packets, and clients made by hand.
 */
#include "base/random.h"
#include "socket/peer_state.h"
#include "support/intercept.h"
#include "support/peers.h"
#include "support/raw.h"
#include "support/security.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_address home = {.ip = {[10] = 0xff, 0xff, 192, 168, 7, 7}, .port = 4444};

/* A server and a client that fit together, for each way to do the handshake. */
static const struct {
    uint32_t client, server;
} ways[TEST_SECURITIES] = {{TEST_CLIENT_PLAIN, TEST_SERVER_PLAIN},
                           {TEST_CLIENT_NN, TEST_SERVER_OPEN},
                           {TEST_CLIENT_NN_PSK, TEST_SERVER_PSK},
                           {TEST_CLIENT_NK, TEST_SERVER_KEY},
                           {TEST_CLIENT_NK_PSK, TEST_SERVER_KEY_PSK}};

static uint32_t add_server(test_peers *world, uint32_t which)
{
    mn_peer_config config = test_peers_config(world);
    test_secure_server(&config, which);
    return test_peers_server(world, &config);
}

static uint32_t add_client(test_peers *world, uint32_t which, mn_connection *connection_out)
{
    mn_peer_config config = test_peers_config(world);
    test_secure_client(&config, which);
    return test_peers_client(world, &config, "hello", connection_out);
}

static uint64_t dropped(const test_peers *world, uint32_t peer, uint32_t why)
{
    return test_peers_counters(world, peer).dropped[why];
}

static mn_connection newest(const test_peers *world, uint32_t server)
{
    return (mn_connection){test_peers_last(world, server, MN_EVENT_CONNECTED)->event.who};
}

/* They hear each other: the keys fit. */
static void assert_talk(test_peers *world, uint32_t server, uint32_t client,
                        mn_connection at_client)
{
    mn_connection at_server = newest(world, server);
    uint64_t after = world->event_count;
    assert_int_equal(mn_peer_send(world->peers[client], at_client, "up", 2, 0, 0), MN_OK);
    assert_int_equal(mn_peer_send(world->peers[server], at_server, "down", 4, 0, 0), MN_OK);
    const test_event *up = test_peers_await(world, server, MN_EVENT_MESSAGE, after, SECOND_US);
    const test_event *down = test_peers_await(world, client, MN_EVENT_MESSAGE, after, SECOND_US);
    assert_true(up != NULL && test_event_says(up, "up"));
    assert_true(down != NULL && test_event_says(down, "down"));
}

/* ---- who connects to whom */

static void every_choice_of_keys_meets_every_other(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < TEST_SECURITIES; s++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, s);
        uint64_t misfits = 0;
        for (uint32_t c = 0; c < TEST_SECURITIES; c++) {
            misfits += test_security_fault(c, s) == MN_REASON_KEY;
            uint64_t after = world->event_count;
            mn_connection connection;
            uint32_t client = add_client(world, c, &connection);
            test_peers_run(world, SECOND_US / 10);
            const test_event *failed = test_peers_last(world, client, MN_EVENT_CONNECT_FAILED);
            const test_event *arrived =
                test_peers_await(world, server, MN_EVENT_CONNECTED, after, 0);
            if (test_security_fault(c, s) != MN_REASON_NONE) {
                assert_non_null(failed);
                assert_int_equal(failed->event.reason, test_security_fault(c, s));
                assert_null(arrived);
                continue;
            }
            assert_null(failed);
            assert_true(arrived != NULL && test_event_says(arrived, "hello"));
            uint64_t tag = 0;
            assert_int_equal(mn_peer_tag(world->peers[client], connection, &tag), MN_OK);
            assert_int_equal(tag, 70);
            tag = 0;
            assert_int_equal(mn_peer_tag(world->peers[server], newest(world, server), &tag), MN_OK);
            assert_int_equal(tag, 70);
            assert_talk(world, server, client, connection);
        }
        assert_int_equal(dropped(world, server, MN_DROP_KEY), misfits);
        test_peers_destroy(world);
    }
}

static void who_says_nothing_about_security_is_encrypted(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    mn_peer_config config = test_peers_config(world);
    config.security = MN_SECURITY_DEFAULT;
    uint32_t server = test_peers_server(world, &config);
    uint32_t client = test_peers_client(world, &config, "hello", NULL);
    uint32_t plain = test_peers_client(world, NULL, "hello", NULL);
    assert_non_null(test_peers_await(world, server, MN_EVENT_CONNECTED, 0, SECOND_US));
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    const test_event *failed =
        test_peers_await(world, plain, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_SECURITY);
    test_peers_destroy(world);
}

static void a_wrong_key_is_refused_and_leaves_no_trace(void **state)
{
    (void)state;
    uint8_t other[32] = {9};
    for (uint32_t wrong = 0; wrong < 2; wrong++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, TEST_SERVER_KEY_PSK);
        test_peers_step(world);
        mn_counters before = test_peers_counters(world, server);
        mn_peer_config config = test_peers_config(world);
        test_secure_client(&config, TEST_CLIENT_NK_PSK);
        config.shared_key = wrong == 0 ? other : config.shared_key;
        config.remote_key = wrong == 1 ? other : config.remote_key;
        uint32_t client = test_peers_client(world, &config, "hello", NULL);
        const test_event *failed =
            test_peers_await(world, client, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
        assert_non_null(failed);
        assert_int_equal(failed->event.reason, MN_REASON_KEY);
        mn_counters after = test_peers_counters(world, server);
        assert_int_equal(after.connections, 0);
        assert_int_equal(after.memory_used, before.memory_used);
        assert_int_equal(after.allocations, before.allocations);
        assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 0);
        test_peers_destroy(world);
    }
}

static void heavy_loss_keeps_nobody_out(void **state)
{
    (void)state;
    const mn_conditions bad = {.struct_size = sizeof(bad),
                               .loss = 0.3f,
                               .duplicate = 0.2f,
                               .reorder = 0.2f,
                               .latency_us = 40000};
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        uint64_t seed = test_seed(way);
        test_peers *world = test_peers_create(&bad, seed);
        uint32_t server = add_server(world, ways[way].server);
        for (uint32_t i = 0; i < 20; i++) {
            (void)add_client(world, ways[way].client, NULL);
        }
        test_peers_run(world, 15 * SECOND_US);
        if (test_peers_count(world, server, MN_EVENT_CONNECTED) != 20) {
            fail_msg("%u of 20 came, way %u, seed %" PRIu64,
                     test_peers_count(world, server, MN_EVENT_CONNECTED), way, seed);
        }
        test_peers_destroy(world);
    }
}

static void both_at_once_make_one_connection(void **state)
{
    (void)state;
    const mn_address addresses[2] = {test_server_address, home};
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        for (uint64_t seed = 1; seed <= 4; seed++) { /* either has the larger token */
            test_peers *world = test_peers_create(NULL, seed);
            mn_connection connection;
            for (uint32_t i = 0; i < 2; i++) {
                mn_peer_config config = test_peers_config(world);
                test_secure_server(&config, ways[way].server);
                mn_peer_config client = config;
                test_secure_client(&client, ways[way].client);
                config.remote_key = client.remote_key;
                (void)test_peers_add(world, &config);
                assert_int_equal(mn_peer_listen(world->peers[i], &addresses[i]), MN_OK);
            }
            for (uint32_t i = 0; i < 2; i++) {
                assert_int_equal(
                    mn_peer_connect(world->peers[i], &addresses[1 - i], "both", 4, &connection),
                    MN_OK);
            }
            test_peers_run(world, SECOND_US);
            for (uint32_t i = 0; i < 2; i++) {
                assert_int_equal(test_peers_count(world, i, MN_EVENT_CONNECTED), 1);
                assert_int_equal(test_peers_counters(world, i).connections, 1);
                assert_null(test_peers_last(world, i, MN_EVENT_DISCONNECTED));
            }
            assert_talk(world, 0, 1, newest(world, 1));
            test_peers_destroy(world);
        }
    }
}

/* What encryption adds is room that messages do not have. */
static void the_largest_message_fits(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        test_peers *world = test_peers_create(NULL, 1);
        mn_peer_config config = test_peers_config(world);
        config.receive_window_bytes = 4 * 1200; /* too small for messages in pieces */
        test_secure_server(&config, ways[way].server);
        uint32_t server = test_peers_server(world, &config);
        mn_connection connection;
        uint32_t client = add_client(world, ways[way].client, &connection);
        assert_non_null(test_peers_await(world, server, MN_EVENT_CONNECTED, 0, SECOND_US));
        static const uint8_t bytes[1200];
        mn_peer *peer = world->peers[server];
        mn_connection to = newest(world, server);
        mn_result most = mn_peer_max_message_size(peer, MN_UNRELIABLE);
        assert_true(most > 1100);
        assert_int_equal(mn_peer_send(peer, to, bytes, (uint32_t)most, MN_UNRELIABLE, 0), MN_OK);
        assert_int_equal(mn_peer_send(peer, to, bytes, (uint32_t)most + 1, MN_UNRELIABLE, 0),
                         MN_ERROR_TOO_LARGE);
        const test_event *got = test_peers_await(world, client, MN_EVENT_MESSAGE, 0, SECOND_US);
        assert_non_null(got);
        assert_int_equal(got->event.size, most);
        test_peers_destroy(world);
    }
}

/* ---- the same connect, and others of the same attempt */

/* Of a server that needs a shared key; its client does nothing on its own. */
static test_raw open_raw(test_peers *world, uint64_t token)
{
    test_raw it = test_raw_open(world, &home, token);
    it.security = MNI_SECURITY_NN_PSK;
    return it;
}

static void the_same_connect_gets_the_same_accept(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PSK);
    test_raw it = open_raw(world, 1);
    test_raw_join(world, &it);
    assert_true(test_raw_opens_accept(&it));
    test_raw first = it;
    for (uint32_t i = 0; i < 3; i++) {
        test_raw_repeat(&it);
        assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
        assert_int_equal(it.size, first.size);
        assert_memory_equal(it.bytes, first.bytes, it.size);
    }
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void another_connect_with_the_same_cookie_is_dropped(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PSK);
    test_raw it = open_raw(world, 1);
    test_raw_join(world, &it);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void a_later_cookie_begins_the_handshake_anew(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PSK);
    test_raw it = open_raw(world, 1);
    test_raw_join(world, &it);
    test_raw first = it;
    test_raw_get_cookie(world, &it);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    assert_true(test_raw_opens_accept(&it));
    assert_memory_not_equal(it.bytes, first.bytes, it.size);
    test_raw_repeat(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    assert_true(test_raw_opens_accept(&it));
    test_raw_repeat(&first); /* late: its keys are forgotten */
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* The application has been told who came. Somebody else who sees the packets could begin anew in
   his place, and without this have a connection that the application takes for his. */
static void who_does_not_know_what_the_client_said_gets_no_keys(void **state)
{
    (void)state;
    for (uint32_t way = 2; way < TEST_SECURITIES; way++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, ways[way].server);
        test_raw it = test_raw_open(world, &home, 1);
        it.security = (uint8_t)(MNI_SECURITY_PLAIN + ways[way].client);
        it.payload = "it is me, Alice";
        test_raw_join(world, &it);
        assert_true(
            test_event_says(test_peers_last(world, server, MN_EVENT_CONNECTED), it.payload));
        test_raw first = it;
        test_raw_get_cookie(world, &it);
        const char *others[] = {NULL, "it is me, Alicf", "it is me, Alice!"};
        for (uint32_t i = 0; i < 3; i++) {
            it.payload = others[i];
            (void)test_raw_connect(&it);
            assert_int_equal(test_raw_answer(world, &it), 0);
            assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), i + 1);
        }
        test_raw_repeat(&first); /* as good as ever */
        assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
        assert_memory_equal(it.bytes, first.bytes, it.size);
        it.payload = first.payload;
        (void)test_raw_connect(&it);
        assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
        assert_true(test_raw_opens_accept(&it));
        test_raw_close(&it);
        test_peers_destroy(world);
    }
}

static void what_does_not_open_changes_no_keys(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PSK);
    test_raw it = open_raw(world, 1);
    test_raw_join(world, &it);
    test_raw first = it;
    test_raw_get_cookie(world, &it);
    mni_handshake packet = test_raw_connect_of(&it);
    it.message[40] ^= 1; /* somebody without the key */
    (void)test_raw_say(&it, &packet);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_KEY), 1);
    packet = test_raw_connect_of(&it);
    packet.application++;
    (void)test_raw_say(&it, &packet);
    it.security = MNI_SECURITY_NN;
    (void)test_raw_connect(&it);
    it.security = MNI_SECURITY_PLAIN;
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 3);
    test_raw_repeat(&first); /* as good as ever */
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    assert_memory_equal(it.bytes, first.bytes, it.size);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* With an identity, NN and NK are both right, but one attempt is not both. */
static void an_attempt_does_not_change_its_security(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, TEST_SERVER_KEY);
        test_raw it = test_raw_open(world, &home, 1);
        it.security = i == 0 ? MNI_SECURITY_NN : MNI_SECURITY_NK;
        test_raw_join(world, &it);
        test_raw_get_cookie(world, &it);
        it.security = i == 0 ? MNI_SECURITY_NK : MNI_SECURITY_NN;
        (void)test_raw_connect(&it);
        assert_int_equal(test_raw_answer(world, &it), 0);
        assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
        test_raw_close(&it);
        test_peers_destroy(world);
    }
}

static void a_key_share_that_is_none_is_dropped_and_not_remembered(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_OPEN);
    test_raw it = test_raw_open(world, &home, 1);
    it.security = MNI_SECURITY_NN;
    test_raw_get_cookie(world, &it);
    mni_handshake packet = test_raw_connect_of(&it);
    memset(it.message, 0, MNI_KEY_SIZE);
    (void)test_raw_say(&it, &packet);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_KEY), 1);
    assert_int_equal(test_peers_counters(world, server).connections, 0);
    (void)test_raw_connect(&it); /* the cookie is as good as ever */
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* ---- lost and late, with a client of our own */

/* What the one between does: drops a kind of packet before a time, or alters a byte of it. */
typedef struct fate {
    uint8_t kind;
    uint64_t until_us; /* it is dropped before */
    uint32_t at;       /* 0: nothing is altered */
} fate;

typedef struct scene {
    test_peers *world;
    intercept way;
    fate fate;
    uint32_t server, client;
    mn_connection connection;
} scene;

static void handle(void *user, const intercept_packet *packet)
{
    scene *it = user;
    intercept_packet altered = *packet;
    if (packet->bytes[0] == (0x80 | it->fate.kind)) {
        if (it->world->now_us < it->fate.until_us) {
            return;
        }
        if (it->fate.at > 0 && it->fate.at < packet->size) {
            altered.bytes[it->fate.at] ^= 1;
            intercept_fix_checksum(altered.bytes, altered.size);
        }
    }
    intercept_pass(&it->way, &altered);
}

static void begin(scene *it, uint32_t way)
{
    it->world = test_peers_create(NULL, 1);
    intercept_init(&it->way, it->world->sockets);
    it->fate = (fate){0};
    it->way.handle = handle;
    it->way.user = it;
    it->world->sockets = &it->way.factory;
    it->server = add_server(it->world, ways[way].server);
    it->client = add_client(it->world, ways[way].client, &it->connection);
}

static void end(scene *it)
{
    test_peers_destroy(it->world);
    intercept_clear(&it->way);
}

static uint32_t count_sent(const scene *it, uint8_t kind)
{
    return intercept_count(&it->way, 0x80 | kind);
}

/* The newest of its kind, as it was sent. */
static void say_again(scene *it, uint8_t kind)
{
    const intercept_packet *packet =
        intercept_find(&it->way, 0, kind == MNI_HELLO || kind == MNI_CONNECT, 0x80 | kind);
    assert_non_null(packet);
    intercept_pass(&it->way, packet);
}

static void a_lost_connect_or_accept_is_repeated(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        for (uint32_t kind = MNI_HELLO; kind <= MNI_ACCEPT; kind++) {
            scene it;
            begin(&it, way);
            it.fate.kind = (uint8_t)kind;
            it.fate.until_us = it.world->now_us + 400000;
            test_peers_run(it.world, SECOND_US);
            assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_CONNECTED), 1);
            assert_talk(it.world, it.server, it.client, it.connection);
            assert_int_equal(count_sent(&it, MNI_REJECT), 0);
            end(&it);
        }
    }
}

/* The client throws its cookie away and begins anew, and the server has a connection already. */
static void an_accept_that_is_lost_for_long_is_made_anew(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it, way);
        it.fate.kind = MNI_ACCEPT;
        it.fate.until_us = it.world->now_us + 5 * SECOND_US;
        test_peers_run(it.world, 4 * SECOND_US);
        assert_int_equal(test_peers_counters(it.world, it.server).connections, 1);
        test_peers_run(it.world, 2 * SECOND_US);
        assert_true(count_sent(&it, MNI_RETRY) >= 2);
        assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_CONNECTED), 1);
        assert_int_equal(test_peers_count(it.world, it.client, MN_EVENT_CONNECTED), 1);
        assert_null(test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED));
        assert_talk(it.world, it.server, it.client, it.connection);
        end(&it);
    }
}

static void once_the_client_was_heard_its_connects_are_dropped(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it, way);
        test_peers_run(it.world, SECOND_US / 10);
        uint32_t answers = count_sent(&it, MNI_ACCEPT);
        for (uint32_t i = 0; i < 3; i++) {
            say_again(&it, MNI_CONNECT);
            test_peers_step(it.world);
        }
        assert_int_equal(dropped(it.world, it.server, MN_DROP_COOKIE_USED), 3);
        assert_int_equal(count_sent(&it, MNI_ACCEPT), answers);
        say_again(&it, MNI_ACCEPT);
        test_peers_step(it.world);
        assert_int_equal(dropped(it.world, it.client, MN_DROP_HANDSHAKE), 1);
        assert_talk(it.world, it.server, it.client, it.connection);
        end(&it);
    }
}

static void a_connect_right_behind_what_was_heard_is_dropped(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it, way);
        assert_non_null(test_peers_await(it.world, it.client, MN_EVENT_CONNECTED, 0, SECOND_US));
        uint32_t answers = count_sent(&it, MNI_ACCEPT);
        say_again(&it, MNI_CONNECT);
        test_peers_step(it.world); /* both are taken in at once */
        assert_int_equal(dropped(it.world, it.server, MN_DROP_COOKIE_USED), 1);
        assert_int_equal(count_sent(&it, MNI_ACCEPT), answers);
        end(&it);
    }
}

static void an_idle_connection_holds_nothing_of_its_handshake(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it, way);
        test_peers_run(it.world, SECOND_US / 10);
        for (uint32_t i = 0; i < 2; i++) {
            const mni_link *link = mni_links_next(&it.world->peers[i]->links, NULL);
            assert_non_null(link);
            assert_null(link->accept);
            assert_null(link->attempt);
        }
        end(&it);
    }
}

static void what_is_replayed_after_the_end_revives_nothing(void **state)
{
    (void)state;
    for (uint32_t way = 2; way < TEST_SECURITIES; way++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, ways[way].server);
        test_raw it = test_raw_open(world, &home, 1);
        it.security = (uint8_t)(MNI_SECURITY_PLAIN + ways[way].client);
        test_raw_join(world, &it);
        assert_int_equal(mn_peer_disconnect(world->peers[server], newest(world, server), 0, NULL),
                         MN_OK);
        assert_non_null(test_peers_await(world, server, MN_EVENT_DISCONNECTED, 0, 2 * SECOND_US));
        test_raw_repeat(&it);
        assert_int_equal(test_raw_answer(world, &it), 0);
        assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
        test_peers_run(world, MNI_COOKIE_LIFETIME_US);
        test_raw_repeat(&it);
        assert_int_equal(test_raw_answer(world, &it), 0);
        assert_int_equal(dropped(world, server, MN_DROP_COOKIE), 1);
        assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
        assert_int_equal(test_peers_counters(world, server).connections, 0);
        test_raw_close(&it);
        test_peers_destroy(world);
    }
}

static void a_server_that_listens_again_knows_nothing_of_before(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it, way);
        mn_peer *server = it.world->peers[it.server];
        it.fate.kind = MNI_CONNECT; /* the client has a cookie, and a connect is on its way */
        it.fate.until_us = UINT64_MAX;
        test_peers_run(it.world, SECOND_US / 10);
        assert_int_equal(mn_peer_close(server), MN_OK);
        assert_int_equal(mn_peer_listen(server, &test_server_address), MN_OK);
        it.fate.until_us = 0;
        test_peers_run(it.world, 3 * SECOND_US);
        assert_true(dropped(it.world, it.server, MN_DROP_COOKIE) >= 3);
        assert_int_equal(it.world->event_count, 0);
        test_peers_run(it.world, SECOND_US);
        assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_CONNECTED), 1);
        assert_talk(it.world, it.server, it.client, it.connection);
        end(&it);
    }
}

/* Both sides have the one shared key, and so somebody between them who has not could show a side
   that listens and connects its own packets, under another address, and it would take itself for
   the other one: while it connects, and when it has given up, as long as the cookie is good. */
static void a_side_does_not_connect_to_itself(void **state)
{
    (void)state;
    mn_address elsewhere = home;
    elsewhere.port++;
    for (uint32_t gives_up = 0; gives_up < 2; gives_up++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, TEST_SERVER_PSK);
        mn_peer *peer = world->peers[server];
        test_raw other = test_raw_open(world, &home, 0);
        test_raw it = test_raw_open(world, &elsewhere, 0);
        mn_connection connection;
        assert_int_equal(mn_peer_connect(peer, &home, "hello", 5, &connection), MN_OK);
        assert_int_equal(test_raw_answer(world, &other), MNI_HELLO);
        it.token = other.packet.token;
        test_raw_get_cookie(world, &it);
        test_raw_send(&other, it.bytes, it.size);
        assert_int_equal(test_raw_answer(world, &other), MNI_CONNECT);
        if (gives_up) {
            assert_int_equal(mn_peer_disconnect(peer, connection, 0, NULL), MN_OK);
            test_peers_run(world, MNI_COOKIE_LIFETIME_US - SECOND_US);
        }
        test_raw_send(&it, other.bytes, other.size);
        assert_int_equal(test_raw_answer(world, &it), 0);
        assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
        assert_int_equal(test_peers_counters(world, server).connections, 1 - gives_up);
        assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 0);
        test_raw_close(&it);
        test_raw_close(&other);
        test_peers_destroy(world);
    }
}

/* ---- altered on the way */

static void what_is_altered_connects_nobody(void **state)
{
    (void)state;
    enum { NK = 3, NN = 1 };
    static const struct {
        uint32_t way;
        uint8_t kind;
        uint32_t at;
        int32_t reason; /* what the client learns, at last */
    } cases[] = {
        {NK, MNI_HELLO, 20, MN_REASON_TIMEOUT}, /* padding: a cookie that never works */
        {NK, MNI_HELLO, 1, MN_REASON_TIMEOUT},  /* version */
        {NK, MNI_RETRY, 1, MN_REASON_KEY},      /* version: another prologue */
        {NN, MNI_RETRY, 1, MN_REASON_KEY},
        {NK, MNI_RETRY, 12, MN_REASON_TIMEOUT},       /* cookie */
        {NK, MNI_CONNECT, 1, MN_REASON_TIMEOUT},      /* version: the hello had another */
        {NK, MNI_CONNECT, 27, MN_REASON_APPLICATION}, /* application */
        {NK, MNI_CONNECT, 34, MN_REASON_KEY},         /* NK becomes NKpsk0 */
        {NK, MNI_CONNECT, 35, MN_REASON_KEY},         /* key share */
        {NK, MNI_CONNECT, 70, MN_REASON_KEY},         /* what is encrypted */
        {NN, MNI_CONNECT, 35, MN_REASON_KEY},         /* key share: seen in the accept */
        {NN, MNI_CONNECT, 70, MN_REASON_KEY},         /* offer: likewise */
        {NK, MNI_ACCEPT, 1, MN_REASON_TIMEOUT},       /* version */
        {NK, MNI_ACCEPT, 2, MN_REASON_TIMEOUT},       /* token */
        {NK, MNI_ACCEPT, 10, MN_REASON_KEY},          /* key share */
        {NK, MNI_ACCEPT, 50, MN_REASON_KEY},          /* what is encrypted */
        {NN, MNI_ACCEPT, 77, MN_REASON_KEY},          /* tag */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scene it;
        begin(&it, cases[i].way);
        it.fate.kind = cases[i].kind;
        it.fate.at = cases[i].at;
        const test_event *failed =
            test_peers_await(it.world, it.client, MN_EVENT_CONNECT_FAILED, 0, 16 * SECOND_US);
        if (failed == NULL || failed->event.reason != cases[i].reason) {
            fail_msg("case %zu: reason %d", i, failed != NULL ? failed->event.reason : -1);
        }
        assert_int_equal(test_peers_count(it.world, it.client, MN_EVENT_CONNECTED), 0);
        assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_MESSAGE), 0);
        end(&it);
    }
}

/* ---- a connection that the application has not heard of */

static test_raw open_raw_nn(test_peers *world, uint64_t token)
{
    test_raw it = test_raw_open(world, &home, token);
    it.security = MNI_SECURITY_NN;
    return it;
}

static void a_connection_without_its_payload_is_unknown(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_OPEN);
    mn_peer *peer = world->peers[server];
    test_raw it = open_raw_nn(world, 1);
    test_raw_join(world, &it);
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    mn_statistics statistics = {.struct_size = sizeof(statistics)};
    mn_address address;
    uint64_t tag;
    for (uint32_t id = 0; id < 3 << 20; id += id % (1 << 20) < 70 ? 1 : (1 << 20) - 70) {
        mn_connection who = {id};
        assert_int_equal(mn_peer_send(peer, who, "x", 1, 0, 0), MN_ERROR_STALE);
        assert_int_equal(mn_peer_cancel(peer, who, 0), MN_ERROR_STALE);
        assert_int_equal(mn_peer_disconnect(peer, who, 0, NULL), MN_ERROR_STALE);
        assert_int_equal(mn_peer_connection_address(peer, who, &address), MN_ERROR_STALE);
        assert_int_equal(mn_peer_tag(peer, who, &tag), MN_ERROR_STALE);
        assert_int_equal(mn_peer_set_user(peer, who, 1), MN_ERROR_STALE);
        assert_int_equal(mn_peer_statistics(peer, who, &statistics), MN_ERROR_STALE);
    }
    assert_int_equal(world->event_count, 0);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void its_end_is_no_event_but_remembered(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_OPEN);
    test_raw it = open_raw_nn(world, 1);
    test_raw_join(world, &it);
    test_raw first = it;
    it.token = 2; /* replaced */
    test_raw_join(world, &it);
    assert_int_equal(test_peers_counters(world, server).connections, 1);
    test_raw_repeat(&first);
    assert_int_equal(test_raw_answer(world, &it), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_USED), 1);
    test_peers_run(world, 16 * SECOND_US); /* silence */
    assert_int_equal(test_peers_counters(world, server).connections, 0);
    it.token = 3;
    test_raw_join(world, &it);
    assert_int_equal(mn_peer_close(world->peers[server]), MN_OK);
    test_peers_step(world);
    assert_int_equal(world->event_count, 0);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void it_takes_a_place(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    mn_peer_config config = test_peers_config(world);
    test_secure_server(&config, TEST_SERVER_OPEN);
    config.max_connections = 1;
    (void)test_peers_server(world, &config);
    test_raw it = open_raw_nn(world, 1);
    test_raw_join(world, &it);
    uint32_t client = add_client(world, TEST_CLIENT_NN, NULL);
    const test_event *failed =
        test_peers_await(world, client, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_FULL);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* ---- floods */

static void what_costs_time_is_paid_for(void **state)
{
    (void)state;
    enum { ASKED = MNI_FLOOD_CONNECTS_BURST + 1000, BURST = 100 };
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PSK);
    test_raw it = open_raw(world, 1);
    test_raw_get_cookie(world, &it);
    mni_handshake packet = test_raw_connect_of(&it);
    it.message[40] ^= 1;
    uint32_t refused = 0;
    for (uint32_t i = 0; i < ASKED; i++) {
        (void)test_raw_say(&it, &packet);
        if (i % BURST == BURST - 1) {
            test_peers_step(world);
            while (test_raw_hear(&it) == MNI_REJECT) {
                refused++;
            }
        }
    }
    uint64_t more = dropped(world, server, MN_DROP_FLOOD);
    assert_int_equal(refused + more, ASKED / BURST * BURST);
    assert_in_range(more, 900, 1000);
    test_raw_close(&it);
    test_peers_destroy(world);
}

/* A million of them. */
static void spoofed_hellos_and_connects_leave_no_trace(void **state)
{
    (void)state;
    enum { ADDRESSES = 1000, BURST = 500, ROUND_TRIP_US = 20000 };
    const uint32_t count = TEST_IS_SANITIZED ? 100000 : 1000000;
    uint64_t seed = test_seed(1);
    const mn_conditions far = {.struct_size = sizeof(far), .latency_us = ROUND_TRIP_US / 2};
    test_peers *world = test_peers_create(&far, seed);
    uint32_t server = add_server(world, TEST_SERVER_KEY);
    mni_random random;
    mni_random_init(&random, seed);
    test_peers_step(world);
    mn_counters before = test_peers_counters(world, server);
    uint32_t client = 0;
    uint64_t began_us = 0;
    for (uint32_t i = 0; i < count; i++) {
        mn_address from = {.ip = {[10] = 0xff, 0xff, 172, 16}, .port = (uint16_t)(1 + i)};
        from.ip[14] = (uint8_t)mni_random_next(&random);
        from.ip[15] = (uint8_t)(i % ADDRESSES);
        test_raw forger = test_raw_open(world, &from, mni_random_next(&random));
        if (i % 2 == 0) {
            (void)test_raw_hello(&forger);
        } else {
            mni_handshake connect = {.kind = MNI_CONNECT,
                                     .version = MNI_PROTOCOL_VERSION,
                                     .token = forger.token,
                                     .cookie = forger.cookie,
                                     .application = 7,
                                     .security = MNI_SECURITY_NK,
                                     .data = forger.message,
                                     .size = MNI_NOISE_OVERHEAD + MNI_OFFER_SIZE};
            for (uint32_t k = 0; k < MNI_COOKIE_SIZE; k++) {
                forger.cookie[k] = (uint8_t)mni_random_next(&random);
            }
            (void)test_raw_say(&forger, &connect);
        }
        test_raw_close(&forger);
        if (i % BURST == BURST - 1) {
            test_peers_step(world);
        }
        if (i == count / 2) { /* an honest client comes in the midst of it */
            mn_counters after = test_peers_counters(world, server);
            assert_int_equal(after.memory_used, before.memory_used);
            assert_int_equal(after.allocations, before.allocations);
            client = add_client(world, TEST_CLIENT_NK, NULL);
            began_us = world->now_us;
        }
        if (i == count / 8 * 7) { /* he is there, and nothing more is needed */
            before = test_peers_counters(world, server);
        }
    }
    test_peers_step(world);
    mn_counters after = test_peers_counters(world, server);
    assert_int_equal(after.memory_used, before.memory_used);
    assert_int_equal(after.allocations, before.allocations);
    const test_event *joined = test_peers_last(world, client, MN_EVENT_CONNECTED);
    assert_non_null(joined);
    /* Two round trips, and what the steps make of each of the four ways. */
    assert_true(joined->event.time_us - began_us <=
                UINT64_C(2) * ROUND_TRIP_US + 5 * world->step_us);
    assert_int_equal(after.connections, 1);
    assert_true(after.bytes_sent < after.bytes_received);
    assert_in_range(after.dropped[MN_DROP_COOKIE], count / 2 - 1, count / 2 + 1);
    test_peers_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_choice_of_keys_meets_every_other),
        cmocka_unit_test(who_says_nothing_about_security_is_encrypted),
        cmocka_unit_test(a_wrong_key_is_refused_and_leaves_no_trace),
        cmocka_unit_test(heavy_loss_keeps_nobody_out),
        cmocka_unit_test(both_at_once_make_one_connection),
        cmocka_unit_test(the_largest_message_fits),
        cmocka_unit_test(the_same_connect_gets_the_same_accept),
        cmocka_unit_test(another_connect_with_the_same_cookie_is_dropped),
        cmocka_unit_test(a_later_cookie_begins_the_handshake_anew),
        cmocka_unit_test(who_does_not_know_what_the_client_said_gets_no_keys),
        cmocka_unit_test(what_does_not_open_changes_no_keys),
        cmocka_unit_test(an_attempt_does_not_change_its_security),
        cmocka_unit_test(a_key_share_that_is_none_is_dropped_and_not_remembered),
        cmocka_unit_test(a_lost_connect_or_accept_is_repeated),
        cmocka_unit_test(an_accept_that_is_lost_for_long_is_made_anew),
        cmocka_unit_test(once_the_client_was_heard_its_connects_are_dropped),
        cmocka_unit_test(a_connect_right_behind_what_was_heard_is_dropped),
        cmocka_unit_test(an_idle_connection_holds_nothing_of_its_handshake),
        cmocka_unit_test(what_is_replayed_after_the_end_revives_nothing),
        cmocka_unit_test(a_server_that_listens_again_knows_nothing_of_before),
        cmocka_unit_test(a_side_does_not_connect_to_itself),
        cmocka_unit_test(what_is_altered_connects_nobody),
        cmocka_unit_test(a_connection_without_its_payload_is_unknown),
        cmocka_unit_test(its_end_is_no_event_but_remembered),
        cmocka_unit_test(it_takes_a_place),
        cmocka_unit_test(what_costs_time_is_paid_for),
        cmocka_unit_test(spoofed_hellos_and_connects_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
