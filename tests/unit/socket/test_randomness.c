/* SPDX-License-Identifier: MIT */
/*
 * Where unpredictable bytes come from: from the operating system, or from the source that the
 * config names; its seed, which an attacker may guess, has no part in a token, a cookie or a key.
 * And no two connections have the same.
 */
#include "socket/peer_state.h"
#include "support/intercept.h"
#include "support/patterns.h"
#include "support/peers.h"
#include "support/test.h"

#include <string.h>

#define SECOND_US UINT64_C(1000000)

enum { FROM_SYSTEM = 0, KINDS = MNI_ACCEPT + 1, SERVER = 0, CLIENT = 1 };

/* Of a connection from its first packet on, what was drawn for it. */
typedef struct record {
    uint32_t sizes[KINDS];
    uint8_t packets[KINDS][INTERCEPT_PACKET_MAX]; /* hello, retry, connect, accept */
    uint8_t keys[2][MNI_KEY_SIZE];                /* of what the server sends, and the client */
} record;

static void add_peer(test_peers *world, mn_peer_config *config, uint64_t seed, bool is_of_system)
{
    config->seed = seed;
    if (!is_of_system) {
        (void)test_peers_add(world, config);
        return;
    }
    assert_int_equal(mn_peer_create(config, &world->peers[world->count++]), MN_OK);
}

/* A server and a client over a way that keeps all; random: of the source, or FROM_SYSTEM. */
static test_peers *create(intercept *way, uint32_t pattern, uint64_t seed, uint64_t random)
{
    test_peers *world = test_peers_create(NULL, random);
    intercept_init(way, mn_network_sockets(world->network));
    world->sockets = &way->factory;
    for (uint32_t side = SERVER; side <= CLIENT; side++) {
        mn_peer_config config = test_peers_config(world);
        if (side == SERVER) {
            test_pattern_server(&test_patterns[pattern], TEST_RIGHT_KEYS, &config);
        } else {
            test_pattern_client(&test_patterns[pattern], TEST_RIGHT_KEYS, &config);
        }
        add_peer(world, &config, seed, random == FROM_SYSTEM);
    }
    assert_int_equal(mn_peer_listen(world->peers[SERVER], &test_server_address), MN_OK);
    return world;
}

static void connect_once(test_peers *world, uint8_t keys_out[2][MNI_KEY_SIZE])
{
    mn_connection connection;
    uint64_t after = world->event_count;
    assert_int_equal(
        mn_peer_connect(world->peers[CLIENT], &test_server_address, "me", 2, &connection), MN_OK);
    assert_non_null(test_peers_await(world, SERVER, MN_EVENT_CONNECTED, after, SECOND_US));
    for (uint32_t side = SERVER; side <= CLIENT; side++) {
        const mni_link *link = mni_links_next(&world->peers[side]->links, NULL);
        assert_non_null(link);
        memcpy(keys_out[side], link->connection.sealer.key, MNI_KEY_SIZE);
    }
}

static record connect_two(uint32_t pattern, uint64_t seed, uint64_t random)
{
    record it = {0};
    intercept way;
    test_peers *world = create(&way, pattern, seed, random);
    connect_once(world, it.keys);
    for (uint32_t kind = MNI_HELLO; kind <= MNI_ACCEPT; kind++) {
        bool to_server = kind == MNI_HELLO || kind == MNI_CONNECT;
        const intercept_packet *packet = intercept_find(&way, 0, to_server, (uint8_t)(0x80 | kind));
        assert_non_null(packet);
        it.sizes[kind] = packet->size;
        memcpy(it.packets[kind], packet->bytes, packet->size);
    }
    test_peers_destroy(world);
    intercept_clear(&way);
    return it;
}

/* So many bytes of both packets of this kind. */
static bool is_same_at(const record *a, const record *b, uint32_t kind, uint32_t at, uint32_t size)
{
    return a->sizes[kind] == b->sizes[kind] &&
           memcmp(a->packets[kind] + at, b->packets[kind] + at, size) == 0;
}

static void assert_nothing_in_common(const record *a, const record *b)
{
    enum { TOKEN_AT = 2, BODY_AT = 10, CONNECT_SHARE_AT = 35, TIME_SIZE = 8 };
    assert_false(is_same_at(a, b, MNI_HELLO, TOKEN_AT, 8));
    /* A cookie begins with the time of the server, which is the same. */
    assert_false(is_same_at(a, b, MNI_RETRY, BODY_AT + TIME_SIZE, 8));
    assert_false(is_same_at(a, b, MNI_CONNECT, CONNECT_SHARE_AT, 16));
    assert_false(is_same_at(a, b, MNI_ACCEPT, BODY_AT, 16));
    for (uint32_t side = SERVER; side <= CLIENT; side++) {
        assert_memory_not_equal(a->keys[side], b->keys[side], 16);
    }
}

static void the_seed_has_no_part_in_what_must_not_be_guessed(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_PLAIN; pattern < TEST_PATTERNS; pattern++) {
        record first = connect_two(pattern, 1, 77);
        record second = connect_two(pattern, 2, 77);
        for (uint32_t kind = MNI_HELLO; kind <= MNI_ACCEPT; kind++) {
            assert_true(is_same_at(&first, &second, kind, 0, first.sizes[kind]));
        }
        assert_memory_equal(first.keys, second.keys, sizeof(first.keys));
    }
}

static void another_source_gives_others_with_the_same_seed(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_PLAIN; pattern < TEST_PATTERNS; pattern++) {
        record first = connect_two(pattern, 1, 77);
        record second = connect_two(pattern, 1, 78);
        assert_nothing_in_common(&first, &second);
    }
}

static void without_a_source_the_system_gives_others_each_time(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_PLAIN; pattern < TEST_PATTERNS; pattern++) {
        record first = connect_two(pattern, 1, FROM_SYSTEM);
        record second = connect_two(pattern, 1, FROM_SYSTEM);
        assert_nothing_in_common(&first, &second);
    }
}

/* Their packets are numbered from 0 again, so that a key which came again would bring nonces that
   came again. */
static void each_connection_has_keys_of_its_own_also_after_a_restart(void **state)
{
    (void)state;
    enum { CONNECTIONS = 4 };
    for (uint32_t pattern = TEST_PLAIN; pattern < TEST_PATTERNS; pattern++) {
        uint8_t keys[CONNECTIONS][2][MNI_KEY_SIZE];
        uint8_t(*all)[MNI_KEY_SIZE] = keys[0];
        intercept way;
        test_peers *world = create(&way, pattern, 1, 77);
        for (uint32_t i = 0; i < CONNECTIONS; i++) {
            connect_once(world, keys[i]);
            mn_peer *ends = world->peers[i % 2 == 0 ? CLIENT : SERVER];
            assert_int_equal(mn_peer_close(ends), MN_OK);
            test_peers_run(world, SECOND_US);
            if (ends == world->peers[SERVER]) {
                assert_int_equal(mn_peer_listen(ends, &test_server_address), MN_OK);
            }
        }
        for (uint32_t i = 0; i < 2 * CONNECTIONS; i++) {
            for (uint32_t k = 0; k < i; k++) {
                assert_memory_not_equal(all[i], all[k], 16);
            }
        }
        test_peers_destroy(world);
        intercept_clear(&way);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_has_no_part_in_what_must_not_be_guessed),
        cmocka_unit_test(another_source_gives_others_with_the_same_seed),
        cmocka_unit_test(without_a_source_the_system_gives_others_each_time),
        cmocka_unit_test(each_connection_has_keys_of_its_own_also_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
