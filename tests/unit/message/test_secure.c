/* SPDX-License-Identifier: MIT */
/* Servers and clients with keys: who comes in, and that the payload comes with him. */
#include "support/security.h"
#include "support/test.h"

#include <stdbool.h>
#include <string.h>

enum { STEP_US = 1000, PATIENCE_US = 1000000 };

static const mn_address home = {.ip = {[10] = 0xff, 0xff, 10, 0, 0, 1}, .port = 7777};

typedef struct scene {
    mn_network *network;
    mn_server *server;
    mn_client *client;
    uint64_t now_us;
    bool has_come;  /* the server's AUTHENTICATE, with the payload */
    bool is_in;     /* the client's AUTHENTICATED */
    int32_t reason; /* of its CONNECT_FAILED */
} scene;

static void begin(scene *it, const mn_server_config *server, const mn_client_config *client)
{
    mn_server_config server_config = *server;
    mn_client_config client_config = *client;
    *it = (scene){.now_us = 1000};
    assert_int_equal(mn_network_create(NULL, &it->network), MN_OK);
    server_config.struct_size = sizeof(server_config);
    server_config.flags = MN_SERVER_AUTHENTICATE;
    server_config.sockets = mn_network_sockets(it->network);
    client_config.struct_size = sizeof(client_config);
    client_config.sockets = server_config.sockets;
    assert_int_equal(mn_server_create(&server_config, &it->server), MN_OK);
    assert_int_equal(mn_client_create(&client_config, &it->client), MN_OK);
    assert_int_equal(mn_server_start(it->server, &home), MN_OK);
    assert_int_equal(mn_client_connect(it->client, &home, "it is me", 8), MN_OK);
}

static void step(scene *it)
{
    mn_event event;
    it->now_us += STEP_US;
    assert_int_equal(mn_server_update(it->server, it->now_us), MN_OK);
    assert_int_equal(mn_client_update(it->client, it->now_us), MN_OK);
    while (mn_server_poll(it->server, &event, 1) == 1) {
        if (event.type == MN_EVENT_AUTHENTICATE) {
            assert_int_equal(event.size, 8);
            assert_memory_equal(event.data, "it is me", 8);
            assert_int_equal(mn_server_accept(it->server, (mn_player){event.who}), MN_OK);
            it->has_come = true;
        }
    }
    while (mn_client_poll(it->client, &event, 1) == 1) {
        it->is_in = it->is_in || event.type == MN_EVENT_AUTHENTICATED;
        it->reason = event.type == MN_EVENT_CONNECT_FAILED ? event.reason : it->reason;
    }
    assert_int_equal(mn_server_flush(it->server, it->now_us), MN_OK);
    assert_int_equal(mn_client_flush(it->client, it->now_us), MN_OK);
}

static void end(scene *it)
{
    mn_client_destroy(it->client);
    mn_server_destroy(it->server);
    mn_network_destroy(it->network);
}

/* Which keys are set: bit 0 shared, bit 1 the server's own; 4: plain. */
static mn_server_config server_of(uint32_t keys)
{
    return (mn_server_config){.security = keys == 4 ? MN_SECURITY_NONE : MN_SECURITY_DEFAULT,
                              .shared_key = keys & 1 ? test_shared_key : NULL,
                              .private_key = keys & 2 ? test_private_key : NULL};
}

static mn_client_config client_of(uint32_t keys)
{
    return (mn_client_config){.security = keys == 4 ? MN_SECURITY_NONE : MN_SECURITY_DEFAULT,
                              .shared_key = keys & 1 ? test_shared_key : NULL,
                              .server_key = keys & 2 ? test_public_key : NULL};
}

static void who_has_the_keys_comes_in_with_his_payload(void **state)
{
    (void)state;
    for (uint32_t keys = 0; keys <= 4; keys++) {
        scene it;
        mn_server_config server = server_of(keys);
        mn_client_config client = client_of(keys);
        begin(&it, &server, &client);
        while (!it.is_in && it.now_us < PATIENCE_US) {
            step(&it);
        }
        assert_true(it.has_come && it.is_in);
        end(&it);
    }
}

static void who_has_not_is_told_why(void **state)
{
    (void)state;
    for (uint32_t keys = 1; keys < 4; keys++) {
        scene it;
        uint8_t other[32] = {9};
        mn_server_config server = server_of(keys);
        mn_client_config client = client_of(keys);
        client.shared_key = keys & 1 ? other : NULL;
        client.server_key = keys & 2 ? other : NULL;
        begin(&it, &server, &client);
        while (it.reason == 0 && it.now_us < PATIENCE_US) {
            step(&it);
        }
        assert_int_equal(it.reason, MN_REASON_KEY);
        assert_false(it.has_come || it.is_in);
        end(&it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_the_keys_comes_in_with_his_payload),
        cmocka_unit_test(who_has_not_is_told_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
