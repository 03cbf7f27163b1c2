/* SPDX-License-Identifier: MIT */
/* Peers over real UDP on the loopback interface. Their time is made up; the packets are not. */
#include "support/test.h"

#include <miragenet.h>

#include <stdbool.h>

enum { LOOKS_MAX = 3000, LOOK_US = 1000 };

typedef struct fixture {
    mn_peer *server, *client;
    uint64_t now_us;
} fixture;

static mn_peer *make_peer(void)
{
    const mn_peer_config config = {.struct_size = sizeof(config), .security = MN_SECURITY_NONE};
    mn_peer *peer;
    assert_int_equal(mn_peer_create(&config, &peer), MN_OK);
    return peer;
}

/* Runs both until this one has an event of this type. Its bytes last until the next call. */
static mn_event await(fixture *it, mn_peer *peer, uint16_t type)
{
    mn_event event = {0};
    for (uint32_t look = 0; look < LOOKS_MAX; look++) {
        mn_peer *both[] = {it->server, it->client};
        for (uint32_t i = 0; i < 2; i++) {
            if (both[i] != NULL) {
                (void)mn_peer_update(both[i], it->now_us);
                (void)mn_peer_flush(both[i], it->now_us);
            }
        }
        while (mn_peer_poll(peer, &event, 1) == 1) {
            if (event.type == type) {
                return event;
            }
        }
        it->now_us += LOOK_US;
        (void)mn_peer_wait(peer, LOOK_US);
    }
    fail_msg("no event %u", type);
    return event;
}

static void over_ip(const char *bind)
{
    fixture it = {make_peer(), make_peer(), 1000};
    mn_address address;
    mn_connection at_client;
    assert_int_equal(mn_address_parse(bind, 0, &address), MN_OK);
    assert_int_equal(mn_peer_listen(it.server, &address), MN_OK);
    assert_int_equal(mn_peer_address(it.server, &address), MN_OK);
    assert_true(address.port != 0);

    mn_peer *second = make_peer();
    assert_int_equal(mn_peer_listen(second, &address), MN_ERROR_NETWORK);
    assert_string_equal(mn_peer_error_text(second), "the port is in use");
    mn_peer_destroy(second);

    assert_int_equal(mn_peer_connect(it.client, &address, "hi", 2, &at_client), MN_OK);
    mn_event event = await(&it, it.server, MN_EVENT_CONNECTED);
    assert_memory_equal(event.data, "hi", 2);
    mn_connection at_server = {event.who};
    (void)await(&it, it.client, MN_EVENT_CONNECTED);
    assert_int_equal(mn_peer_send(it.client, at_client, "ping", 4, MN_RELIABLE, 0), MN_OK);
    event = await(&it, it.server, MN_EVENT_MESSAGE);
    assert_int_equal(event.size, 4);
    assert_memory_equal(event.data, "ping", 4);
    assert_int_equal(mn_peer_disconnect(it.server, at_server, MN_REASON_USER, "enough"), MN_OK);
    event = await(&it, it.client, MN_EVENT_DISCONNECTED);
    assert_int_equal(event.reason, MN_REASON_USER);
    assert_memory_equal(event.data, "enough", 6);
    mn_peer_destroy(it.client);
    mn_peer_destroy(it.server);
}

static void peers_talk_over_ipv4(void **state)
{
    (void)state;
    over_ip("127.0.0.1");
}

static void peers_talk_over_ipv6(void **state)
{
    (void)state;
    mn_peer *peer = make_peer();
    mn_address address;
    assert_int_equal(mn_address_parse("::1", 0, &address), MN_OK);
    bool has_ipv6 = mn_peer_listen(peer, &address) == MN_OK;
    mn_peer_destroy(peer);
    if (!has_ipv6) {
        skip();
    }
    over_ip("::1");
}

static void a_closed_port_is_unreachable(void **state)
{
    (void)state;
    fixture it = {NULL, make_peer(), 1000};
    mn_peer *gone = make_peer();
    mn_address address;
    mn_connection connection;
    assert_int_equal(mn_address_parse("127.0.0.1", 0, &address), MN_OK);
    assert_int_equal(mn_peer_listen(gone, &address), MN_OK);
    assert_int_equal(mn_peer_address(gone, &address), MN_OK);
    mn_peer_destroy(gone);
    assert_int_equal(mn_peer_connect(it.client, &address, NULL, 0, &connection), MN_OK);
    mn_event event = await(&it, it.client, MN_EVENT_CONNECT_FAILED);
    assert_int_equal(event.reason, MN_REASON_UNREACHABLE);
    assert_true(it.now_us < 2000000);
    mn_peer_destroy(it.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_talk_over_ipv4),
        cmocka_unit_test(peers_talk_over_ipv6),
        cmocka_unit_test(a_closed_port_is_unreachable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
