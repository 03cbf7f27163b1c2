/* SPDX-License-Identifier: MIT */
/*
 * Secrets do not outlive their use: whatever becomes of an attempt, no memory that a peer gives
 * back has a key of its config in it, or the secret half of a handshake. The random source gives
 * out one pattern, by which those are found.
 */
#include "support/peers.h"
#include "support/security.h"
#include "support/test.h"

#include <string.h>

#define SECOND_US UINT64_C(1000000)

enum { SECRET_SIZE = 32 };

static uint8_t pattern[SECRET_SIZE]; /* of all that is drawn */

/* Looks through what is given back. */
typedef struct watcher {
    test_allocator *inner;
    uint32_t found;
    uint32_t seen;
    mn_allocator table;
} watcher;

static bool contains(const uint8_t *bytes, size_t size, const uint8_t secret[SECRET_SIZE])
{
    for (size_t i = 0; i + SECRET_SIZE <= size; i++) {
        if (bytes[i] == secret[0] && memcmp(bytes + i, secret, SECRET_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static void *allocate(void *user, size_t size, size_t alignment)
{
    const watcher *it = user;
    return it->inner->table.allocate(it->inner, size, alignment);
}

static void release(void *user, void *memory, size_t size, size_t alignment)
{
    watcher *it = user;
    it->seen++;
    it->found += contains(memory, size, pattern) ? 1 : 0;
    it->found += contains(memory, size, test_shared_key) ? 1 : 0;
    it->found += contains(memory, size, test_private_key) ? 1 : 0;
    it->inner->table.release(it->inner, memory, size, alignment);
}

static void fill(void *user, void *bytes, uint32_t size)
{
    const uint64_t *number = user;
    for (uint32_t i = 0; i < SECRET_SIZE; i++) {
        pattern[i] = (uint8_t)(0x41 + 5 * i);
    }
    assert_true(size <= SECRET_SIZE);
    memcpy(bytes, pattern, size);
    if (size == sizeof(*number)) { /* tokens differ */
        memcpy(bytes, number, size);
    }
}

typedef struct scene {
    test_peers *world;
    watcher watcher;
    uint64_t number;
    mn_random_source random;
} scene;

static void begin(scene *it)
{
    *it = (scene){.world = test_peers_create(NULL, 1)};
    it->watcher = (watcher){.inner = &it->world->allocator,
                            .table = {.allocate = allocate, .release = release}};
    it->watcher.table.user = &it->watcher;
    it->random = (mn_random_source){.fill = fill, .user = &it->number};
}

static mn_peer_config config_of(scene *it)
{
    mn_peer_config config = test_peers_config(it->world);
    config.allocator = &it->watcher.table;
    config.random = &it->random;
    it->number++;
    return config;
}

static uint32_t add_server(scene *it, uint32_t which)
{
    mn_peer_config config = config_of(it);
    test_secure_server(&config, which);
    return test_peers_server(it->world, &config);
}

static uint32_t add_client(scene *it, uint32_t which)
{
    mn_peer_config config = config_of(it);
    test_secure_client(&config, which);
    return test_peers_client(it->world, &config, "hello", NULL);
}

static void end(scene *it)
{
    test_peers_destroy(it->world);
    assert_true(it->watcher.seen > 0);
    assert_int_equal(it->watcher.found, 0);
}

static void they_are_gone_when_there_was_a_connection(void **state)
{
    (void)state;
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it);
        (void)add_server(&it, way);
        uint32_t client = add_client(&it, way);
        assert_non_null(test_peers_await(it.world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
        test_peers_run(it.world, SECOND_US / 10);
        end(&it);
    }
}

static void they_are_gone_when_there_was_none(void **state)
{
    (void)state;
    for (uint32_t server = 0; server < TEST_SECURITIES; server++) {
        scene it;
        begin(&it);
        (void)add_server(&it, server);
        for (uint32_t client = 1; client < TEST_SECURITIES; client++) {
            (void)add_client(&it, client);
        }
        test_peers_run(it.world, SECOND_US / 10);
        end(&it);
    }
}

static void they_are_gone_when_nobody_answered(void **state)
{
    (void)state;
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it);
        uint32_t client = add_client(&it, way);
        assert_non_null(
            test_peers_await(it.world, client, MN_EVENT_CONNECT_FAILED, 0, 16 * SECOND_US));
        end(&it);
    }
}

/* The connect was said, and the answer is not there. */
static void they_are_gone_when_a_peer_ends_in_the_midst_of_it(void **state)
{
    (void)state;
    const mn_conditions slow = {.struct_size = sizeof(slow), .latency_us = 20000};
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        scene it;
        begin(&it);
        test_peers_set_line(it.world, &slow);
        (void)add_server(&it, way);
        (void)add_client(&it, way);
        test_peers_run(it.world, 50000);
        end(&it);
    }
}

static void they_are_gone_when_memory_is_short(void **state)
{
    (void)state;
    bool has_failed = true;
    for (uint64_t k = 1; has_failed; k++) {
        scene it;
        begin(&it);
        mn_peer *peer = NULL;
        mn_peer_config config = config_of(&it);
        test_secure_server(&config, TEST_SERVER_KEY_PSK);
        test_secure_client(&config, TEST_CLIENT_NK_PSK);
        config.private_key = test_private_key;
        it.world->allocator.fail_at = it.world->allocator.count + k;
        if (mn_peer_create(&config, &peer) == MN_OK) {
            mn_connection connection;
            (void)mn_peer_connect(peer, &test_server_address, "hello", 5, &connection);
            (void)mn_peer_update(peer, 1000);
        }
        has_failed = it.world->allocator.count >= it.world->allocator.fail_at;
        mn_peer_destroy(peer);
        assert_int_equal(it.watcher.found, 0);
        test_peers_destroy(it.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_gone_when_there_was_a_connection),
        cmocka_unit_test(they_are_gone_when_there_was_none),
        cmocka_unit_test(they_are_gone_when_nobody_answered),
        cmocka_unit_test(they_are_gone_when_a_peer_ends_in_the_midst_of_it),
        cmocka_unit_test(they_are_gone_when_memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
