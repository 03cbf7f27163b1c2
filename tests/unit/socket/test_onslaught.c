/* SPDX-License-Identifier: MIT */
/*
 * Those who prove their address and mean no good: who connects over and over, who connects and says
 * nothing more, and who says hello under the address of somebody else. Whom they keep out.
 */
#include "socket/flood.h"
#include "socket/packet.h"
#include "socket/used.h"
#include "support/peers.h"
#include "support/raw.h"
#include "support/security.h"
#include "support/test.h"

#include <string.h>

#define SECOND_US UINT64_C(1000000)

static const mn_address stranger = {.ip = {[10] = 0xff, 0xff, 192, 168, 7, 7}, .port = 1000};
static const mn_address elsewhere = {.ip = {[10] = 0xff, 0xff, 192, 168, 8, 8}, .port = 1000};

static uint64_t dropped(const test_peers *world, uint32_t peer, uint32_t why)
{
    return test_peers_counters(world, peer).dropped[why];
}

static uint32_t add_server(test_peers *world, uint32_t which, uint32_t places)
{
    mn_peer_config config = test_peers_config(world);
    test_secure_server(&config, which);
    config.max_connections = places;
    return test_peers_server(world, &config);
}

static uint32_t add_client(test_peers *world, uint32_t which)
{
    mn_peer_config config = test_peers_config(world);
    test_secure_client(&config, which);
    return test_peers_client(world, &config, "hello", NULL);
}

static test_raw open_raw(test_peers *world, const mn_address *from, uint8_t security)
{
    test_raw it = test_raw_open(world, from, 1);
    it.security = security;
    return it;
}

/* Ends the newest connection at once: its client says nothing more. */
static void expel(test_peers *world, uint32_t server)
{
    uint64_t after = world->event_count;
    mn_connection newest = {test_peers_last(world, server, MN_EVENT_CONNECTED)->event.who};
    assert_int_equal(mn_peer_disconnect(world->peers[server], newest, 0, NULL), MN_OK);
    assert_non_null(test_peers_await(world, server, MN_EVENT_DISCONNECTED, after, 2 * SECOND_US));
}

/* ---- who connects over and over */

static void who_connects_over_and_over_keeps_nobody_out(void **state)
{
    (void)state;
    enum { TIMES = 2000, LOOK = 400 };
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PLAIN, 8);
    test_raw it = open_raw(world, &stranger, MNI_SECURITY_PLAIN);
    world->step_us = SECOND_US / MNI_FLOOD_CONNECTS_PER_SECOND / 2;
    for (uint32_t i = 1; i <= TIMES; i++) { /* each takes the place of the one before */
        it.token++;
        test_raw_join(world, &it);
        if (i % LOOK == 0) {
            uint32_t client = add_client(world, TEST_CLIENT_PLAIN);
            assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US / 10));
        }
    }
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_ROOM), 0);
    test_raw_close(&it);
    test_peers_destroy(world);
}

static void nobody_is_revived_because_he_was_forgotten(void **state)
{
    (void)state;
    enum { TIMES = 2 * MNI_USED_SETS_MIN * MNI_USED_WAYS, STRANGERS = 10 };
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PLAIN, 64);
    test_raw victim = open_raw(world, &elsewhere, MNI_SECURITY_PLAIN), strangers[STRANGERS];
    world->step_us = 250;
    test_raw_join(world, &victim);
    expel(world, server);
    for (uint32_t i = 0; i < STRANGERS; i++) { /* so often one network may not come */
        mn_address from = stranger;
        from.ip[15] = (uint8_t)i;
        strangers[i] = open_raw(world, &from, MNI_SECURITY_PLAIN);
    }
    for (uint32_t i = 0; i < TIMES; i++) {
        strangers[i % STRANGERS].token++;
        test_raw_join(world, &strangers[i % STRANGERS]);
    }
    test_raw_repeat(&victim);
    assert_int_equal(test_raw_answer(world, &victim), 0);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE_ROOM), 1);
    assert_int_equal(dropped(world, server, MN_DROP_COOKIE), 0);
    test_raw_join(world, &victim);
    for (uint32_t i = 0; i < STRANGERS; i++) {
        test_raw_close(&strangers[i]);
    }
    test_raw_close(&victim);
    test_peers_destroy(world);
}

enum { PORTS = 28, ROUNDS = 290 };

/* A connect that is kept for later; its cookie is fresh. */
typedef struct kept {
    uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
    uint32_t size;
} kept;

static kept keep_connect(test_peers *world, test_raw *it)
{
    it->token++;
    test_raw_get_cookie(world, it);
    const mni_handshake connect = test_raw_connect_of(it);
    kept made;
    made.size = mni_handshake_write(&connect, made.bytes, sizeof(made.bytes));
    return made;
}

/* With cookies of four seconds, each port taking its own place anew: who asked for a cookie just
   before does not wait for the next. */
static void who_connects_all_at_once_keeps_nobody_out(void **state)
{
    (void)state;
    static kept connects[ROUNDS][PORTS];
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_PLAIN, 64);
    test_raw honest = open_raw(world, &elsewhere, MNI_SECURITY_PLAIN), ports[PORTS];
    world->step_us = 500;
    for (uint32_t i = 0; i < PORTS; i++) {
        mn_address from = stranger;
        from.port = (uint16_t)(from.port + i);
        ports[i] = open_raw(world, &from, MNI_SECURITY_PLAIN);
    }
    for (uint32_t i = 0; i < ROUNDS * PORTS; i++) {
        connects[i / PORTS][i % PORTS] = keep_connect(world, &ports[i % PORTS]);
    }
    test_raw_get_cookie(world, &honest);
    for (uint32_t i = 0; i < ROUNDS * PORTS; i++) {
        const kept *connect = &connects[i / PORTS][i % PORTS];
        test_raw_send(&ports[i % PORTS], connect->bytes, connect->size);
        if (i % PORTS == PORTS - 1) {
            test_peers_step(world);
        }
    }
    (void)test_raw_connect(&honest);
    assert_int_equal(test_raw_answer(world, &honest), MNI_ACCEPT);
    assert_true(dropped(world, server, MN_DROP_FLOOD) > ROUNDS * PORTS / 2);
    for (uint32_t i = 0; i < PORTS; i++) {
        test_raw_close(&ports[i]);
    }
    test_raw_close(&honest);
    test_peers_destroy(world);
}

/* ---- who speaks under the address of another */

static void forge_hellos(test_raw *forger, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)test_raw_hello(forger);
    }
}

static void forged_hellos_keep_out_nobody_who_has_a_cookie(void **state)
{
    (void)state;
    enum { BURST = 256, BURSTS = 2 * MNI_FLOOD_HELLOS_BURST / BURST };
    test_peers *world = test_peers_create(NULL, 1);
    uint32_t server = add_server(world, TEST_SERVER_OPEN, 8);
    mn_address other_port = stranger;
    other_port.port++;
    test_raw it = open_raw(world, &stranger, MNI_SECURITY_NN);
    test_raw forger = open_raw(world, &other_port, MNI_SECURITY_NN);
    test_raw_get_cookie(world, &it);
    for (uint32_t i = 0; i < BURSTS; i++) {
        forge_hellos(&forger, BURST);
        test_peers_step(world);
        while (test_raw_hear(&forger) != 0) {
        }
    }
    assert_true(dropped(world, server, MN_DROP_FLOOD) > ROUNDS * PORTS / 2);
    forge_hellos(&forger, BURST);
    (void)test_raw_connect(&it);
    assert_int_equal(test_raw_answer(world, &it), MNI_ACCEPT);
    test_raw_close(&it);
    test_raw_close(&forger);
    test_peers_destroy(world);
}

/* ---- who connects and says nothing more */

enum { PLACES = 16, STRANGERS = 24 };

typedef struct crowd {
    test_peers *world;
    uint32_t server;
    test_raw strangers[STRANGERS]; /* of one address, each with its port */
} crowd;

static void crowd_open(crowd *it, uint32_t server, uint8_t security)
{
    it->world = test_peers_create(NULL, 1);
    it->server = add_server(it->world, server, PLACES);
    for (uint32_t i = 0; i < STRANGERS; i++) {
        mn_address from = stranger;
        from.port = (uint16_t)(from.port + i);
        it->strangers[i] = open_raw(it->world, &from, security);
    }
}

static void crowd_close(crowd *it)
{
    for (uint32_t i = 0; i < STRANGERS; i++) {
        test_raw_close(&it->strangers[i]);
    }
    test_peers_destroy(it->world);
}

/* All of them connect anew, one after the other; how many were accepted. */
static uint32_t crowd_connect(crowd *it)
{
    uint32_t accepted = 0;
    for (uint32_t i = 0; i < STRANGERS; i++) {
        test_raw *raw = &it->strangers[i];
        raw->token++;
        test_raw_get_cookie(it->world, raw);
        (void)test_raw_connect(raw);
        accepted += test_raw_answer(it->world, raw) == MNI_ACCEPT ? 1 : 0;
    }
    return accepted;
}

static void who_says_nothing_more_takes_half_of_the_places(void **state)
{
    (void)state;
    for (uint32_t sealed = 0; sealed < 2; sealed++) {
        crowd it;
        crowd_open(&it, sealed ? TEST_SERVER_OPEN : TEST_SERVER_PLAIN,
                   sealed ? MNI_SECURITY_NN : MNI_SECURITY_PLAIN);
        assert_int_equal(crowd_connect(&it), PLACES / 2);
        assert_int_equal(test_peers_counters(it.world, it.server).connections, PLACES / 2);
        assert_int_equal(dropped(it.world, it.server, MN_DROP_FLOOD), STRANGERS - PLACES / 2);
        crowd_close(&it);
    }
}

static void assert_joins(test_peers *world)
{
    uint32_t client = add_client(world, TEST_CLIENT_NN);
    const test_event *joined = test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US);
    assert_true(joined != NULL);
}

/* In a data packet, under the keys of the accept that came. */
static void say_sealed(test_raw *it, const char *frames, uint32_t size)
{
    uint8_t keys[2][MNI_KEY_SIZE], plain[MNI_ACCEPT_SIZE_MAX], bytes[1200];
    uint32_t plain_size;
    assert_true(mni_noise_read(&it->noise, it->packet.data, it->packet.size, plain, &plain_size));
    mni_noise_split(&it->noise, keys[0], keys[1]);
    mni_sealer sealer;
    mni_sealer_init(&sealer, true, keys[0], 0, 0);
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes) - MNI_TAG_SIZE);
    mni_packet_begin(&writer, 0, false, NULL);
    mni_write_bytes(&writer, frames, size);
    test_raw_send(it, bytes, mni_packet_end(&writer, 0, &sealer));
}

static void places_are_taken_from_who_says_nothing_more(void **state)
{
    (void)state;
    crowd it;
    crowd_open(&it, TEST_SERVER_OPEN, MNI_SECURITY_NN);
    for (uint32_t i = 0; i < PLACES; i++) {
        (void)crowd_connect(&it);
        assert_joins(it.world);
        test_peers_run(it.world, SECOND_US / 5);
    }
    assert_int_equal(crowd_connect(&it), 0);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_CONNECTED), PLACES);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_DISCONNECTED), 0);
    uint32_t late = add_client(it.world, TEST_CLIENT_NN);
    const test_event *failed =
        test_peers_await(it.world, late, MN_EVENT_CONNECT_FAILED, 0, SECOND_US);
    assert_non_null(failed);
    assert_int_equal(failed->event.reason, MN_REASON_FULL);
    crowd_close(&it);
}

/* The only one, from the same port or from another one, and with a good-bye between. */
static void nobody_keeps_a_place_by_taking_it_anew(void **state)
{
    (void)state;
    enum { TIMES = 25 };
    for (uint32_t way = 0; way < 2; way++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, TEST_SERVER_OPEN, 1);
        mn_address other_port = stranger;
        other_port.port++;
        test_raw raws[2] = {open_raw(world, &stranger, MNI_SECURITY_NN),
                            open_raw(world, &other_port, MNI_SECURITY_NN)};
        for (uint32_t i = 0; i < TIMES; i++) {
            test_raw *it = &raws[way == 0 ? 0 : i % 2];
            it->token += TIMES;
            test_raw_join(world, it);
            if (way == 1) {
                test_peers_run(world, SECOND_US / 10);
                say_sealed(it, "\xc3\x03\x05\x00", 4);
            }
            test_peers_run(world, SECOND_US / 10);
        }
        raws[0].token++;
        test_raw_join(world, &raws[0]);
        assert_joins(world);
        assert_int_equal(test_peers_counters(world, server).connections, 1);
        test_raw_close(&raws[0]);
        test_raw_close(&raws[1]);
        test_peers_destroy(world);
    }
}

/* A server with one place, and two of different networks who want it. */
typedef struct rivals {
    test_peers *world;
    uint32_t server;
    test_raw first, second;
} rivals;

static rivals begin_rivalry(uint32_t which, uint8_t security)
{
    rivals it = {.world = test_peers_create(NULL, 1)};
    it.server = add_server(it.world, which, 1);
    it.first = open_raw(it.world, &stranger, security);
    it.second = open_raw(it.world, &elsewhere, security);
    return it;
}

static void end_rivalry(rivals *it)
{
    test_raw_close(&it->first);
    test_raw_close(&it->second);
    test_peers_destroy(it->world);
}

/* Of a second, in which its first packet may be lost or under way. */
static void nobody_gives_way_before_his_time(void **state)
{
    (void)state;
    rivals it = begin_rivalry(TEST_SERVER_PSK, MNI_SECURITY_NN_PSK);
    test_raw_join(it.world, &it.first);
    test_peers_run(it.world, SECOND_US - 5 * it.world->step_us);
    test_raw_get_cookie(it.world, &it.second);
    (void)test_raw_connect(&it.second);
    assert_int_equal(test_raw_answer(it.world, &it.second), MNI_REJECT);
    assert_int_equal(it.second.packet.reason, MN_REASON_FULL);
    test_peers_run(it.world, 10 * it.world->step_us);
    test_raw_repeat(&it.second);
    assert_int_equal(test_raw_answer(it.world, &it.second), MNI_ACCEPT);
    const test_event *left = test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED);
    assert_non_null(left); /* the application knew of it */
    assert_int_equal(left->event.reason, MN_REASON_FULL);
    assert_int_equal(test_peers_counters(it.world, it.server).connections, 1);
    end_rivalry(&it);
}

/* With no payload in it, the application has not heard of him; with one, his place is his. */
static void who_is_heard_keeps_his_place(void **state)
{
    (void)state;
    static const struct {
        const char *frames;
        uint32_t size;
        uint32_t answer; /* to the next who comes */
    } cases[] = {{"\xc1\x01", 2, MNI_ACCEPT}, {"\xc3\x04hi", 4, MNI_REJECT}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rivals it = begin_rivalry(TEST_SERVER_OPEN, MNI_SECURITY_NN);
        test_raw_join(it.world, &it.first);
        say_sealed(&it.first, cases[i].frames, cases[i].size);
        test_peers_run(it.world, 2 * SECOND_US);
        mn_counters counters = test_peers_counters(it.world, it.server);
        assert_int_equal(counters.connections, 1);
        assert_int_equal(counters.dropped[MN_DROP_CHECKSUM], 0);
        assert_int_equal(counters.dropped[MN_DROP_MALFORMED], 0);
        test_raw_get_cookie(it.world, &it.second);
        (void)test_raw_connect(&it.second);
        assert_int_equal(test_raw_answer(it.world, &it.second), cases[i].answer);
        end_rivalry(&it);
    }
}

/* A server that stood still has not seen yet what waits behind the other's connect. */
static void nobody_gives_way_to_who_stands_before_his_first_packet(void **state)
{
    (void)state;
    rivals it = begin_rivalry(TEST_SERVER_OPEN, MNI_SECURITY_NN);
    test_raw_get_cookie(it.world, &it.second);
    test_raw_join(it.world, &it.first);
    (void)test_raw_connect(&it.second);
    say_sealed(&it.first, "\xc3\x04hi", 4);
    it.world->now_us += 3 * SECOND_US / 2;
    assert_int_equal(test_raw_answer(it.world, &it.second), MNI_REJECT);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_CONNECTED), 1);
    end_rivalry(&it);
}

/* Nor has one whose socket could not be read. */
static void nobody_gives_way_while_the_socket_fails(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    mn_peer_config config = test_peers_failing_config(world, &failing);
    test_secure_server(&config, TEST_SERVER_OPEN);
    config.max_connections = 1;
    uint32_t server = test_peers_server(world, &config);
    test_raw first = open_raw(world, &stranger, MNI_SECURITY_NN);
    test_raw second = open_raw(world, &elsewhere, MNI_SECURITY_NN);
    test_raw_get_cookie(world, &second);
    test_raw_join(world, &first);
    (void)test_raw_connect(&second);
    say_sealed(&first, "\xc3\x04hi", 4);
    failing_sockets_plan(&failing, FAILING_RECEIVE, 0, FAILING_FOREVER, MN_ERROR_NETWORK);
    test_peers_run(world, 3 * SECOND_US / 2);
    failing_sockets_plan(&failing, FAILING_RECEIVE, 0, 0, MN_OK);
    assert_int_equal(test_raw_answer(world, &second), MNI_REJECT);
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), 1);
    test_raw_close(&first);
    test_raw_close(&second);
    test_peers_destroy(world);
}

/* ---- many players behind one address */

/* Who gave up while he was connecting, and tries again, or another of his house does: a second
   later he is let in, and the next one does not drive him out before he could say anything. */
static void who_gave_up_keeps_his_own_network_out_for_a_second(void **state)
{
    (void)state;
    enum { SIBLINGS = 3 };
    for (uint32_t places = 1; places <= 2; places++) {
        test_peers *world = test_peers_create(NULL, 1);
        uint32_t server = add_server(world, TEST_SERVER_OPEN, places);
        test_raw raws[SIBLINGS];
        for (uint32_t i = 0; i < SIBLINGS; i++) {
            mn_address from = stranger;
            from.port = (uint16_t)(from.port + i);
            raws[i] = open_raw(world, &from, MNI_SECURITY_NN);
        }
        test_raw_join(world, &raws[0]);
        for (uint32_t i = 1; i < SIBLINGS; i++) {
            test_raw_get_cookie(world, &raws[i]);
            (void)test_raw_connect(&raws[i]);
            assert_int_equal(test_raw_answer(world, &raws[i]), 0);
            test_peers_run(world, SECOND_US);
            test_raw_repeat(&raws[i]);
            assert_int_equal(test_raw_answer(world, &raws[i]), MNI_ACCEPT);
            assert_int_equal(test_peers_counters(world, server).connections, 1);
        }
        for (uint32_t i = 0; i < SIBLINGS; i++) {
            test_raw_close(&raws[i]);
        }
        test_peers_destroy(world);
    }
}

typedef struct translator {
    const mn_socket_factory *inner;
    uint16_t last_port;
} translator;

static mn_result translated_open(void *user, const mn_address *remote, mn_socket *socket_out)
{
    translator *it = user;
    mn_address from = stranger;
    from.port = ++it->last_port;
    (void)remote; /* it is named with every datagram */
    return it->inner->open_server(it->inner->user, &from, socket_out);
}

static void all_players_behind_one_address_come_at_once(void **state)
{
    (void)state;
    enum { PLAYERS = 60 };
    const mn_conditions far = {.struct_size = sizeof(far), .latency_us = 50000, .loss = 0.02f};
    test_peers *world = test_peers_create(&far, 1);
    translator nat = {world->sockets, 1000};
    mn_socket_factory sockets = *world->sockets;
    sockets.user = &nat;
    sockets.open_client = translated_open;
    uint32_t server = add_server(world, TEST_SERVER_OPEN, PLAYERS);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        mn_peer_config config = test_peers_config(world);
        test_secure_client(&config, TEST_CLIENT_NN);
        config.sockets = &sockets;
        (void)test_peers_client(world, &config, "hello", NULL);
    }
    uint64_t began_us = world->now_us;
    while (test_peers_count(world, server, MN_EVENT_CONNECTED) < PLAYERS &&
           world->now_us < began_us + 5 * SECOND_US) {
        test_peers_step(world);
    }
    assert_int_equal(test_peers_count(world, server, MN_EVENT_CONNECTED), PLAYERS);
    test_peers_run(world, SECOND_US);
    assert_int_equal(test_peers_counters(world, server).connections, PLAYERS);
    test_peers_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_connects_over_and_over_keeps_nobody_out),
        cmocka_unit_test(nobody_is_revived_because_he_was_forgotten),
        cmocka_unit_test(who_connects_all_at_once_keeps_nobody_out),
        cmocka_unit_test(forged_hellos_keep_out_nobody_who_has_a_cookie),
        cmocka_unit_test(who_says_nothing_more_takes_half_of_the_places),
        cmocka_unit_test(places_are_taken_from_who_says_nothing_more),
        cmocka_unit_test(nobody_keeps_a_place_by_taking_it_anew),
        cmocka_unit_test(nobody_gives_way_before_his_time),
        cmocka_unit_test(who_is_heard_keeps_his_place),
        cmocka_unit_test(nobody_gives_way_to_who_stands_before_his_first_packet),
        cmocka_unit_test(nobody_gives_way_while_the_socket_fails),
        cmocka_unit_test(who_gave_up_keeps_his_own_network_out_for_a_second),
        cmocka_unit_test(all_players_behind_one_address_come_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
