/* SPDX-License-Identifier: MIT */
/* What the in-process network does beyond what test_factories.c asks of every factory. */
#include "socket/address.h"
#include "socket/memory_network.h"
#include "socket/socket.h"
#include "support/memory.h"
#include "support/test.h"

#include <errno.h>
#include <string.h>

typedef struct fixture {
    test_allocator allocator;
    mn_network *network;
} fixture;

static void set_up(fixture *f)
{
    test_allocator_init(&f->allocator);
    assert_int_equal(mn_network_create(&f->allocator.table, &f->network), MN_OK);
}

static void tear_down(fixture *f)
{
    mn_network_destroy(f->network);
    assert_int_equal(f->allocator.live, 0);
}

static mn_address address_of(const char *text)
{
    mn_address address;
    assert_int_equal(mn_address_parse(text, 0, &address), MN_OK);
    return address;
}

static mn_address open_server(fixture *f, const char *bind, mn_socket *socket_out)
{
    mn_address address = address_of(bind);
    assert_int_equal(mni_socket_open_server(mn_network_sockets(f->network), &address, socket_out),
                     MN_OK);
    assert_int_equal(socket_out->ops->address(socket_out->self, &address), MN_OK);
    return address;
}

static void open_client(fixture *f, const mn_address *remote, mn_socket *socket_out)
{
    assert_int_equal(mni_socket_open_client(mn_network_sockets(f->network), remote, socket_out),
                     MN_OK);
}

static mn_result send_to(mn_socket *from, const mn_address *to, uint8_t byte)
{
    mn_datagram datagram = {.address = *to, .size = 1, .bytes = &byte};
    return from->ops->send(from->self, &datagram, 1, 0);
}

static mn_result receive(mn_socket *at, mn_datagram *datagrams, uint32_t capacity)
{
    return at->ops->receive(at->self, datagrams, capacity, 0);
}

/* From where a question and its answer came, as who got them saw it. */
typedef struct talked {
    mn_address question, answer;
} talked;

static talked talk(mn_socket *from, const mn_address *to, mn_socket *at)
{
    talked it;
    mn_datagram received[1];
    assert_int_equal(send_to(from, to, 1), 1);
    assert_int_equal(receive(at, received, 1), 1);
    it.question = received[0].address;
    assert_int_equal(send_to(at, &it.question, 2), 1);
    assert_int_equal(receive(from, received, 1), 1);
    it.answer = received[0].address;
    return it;
}

static void null_is_answered_with_an_error(void **state)
{
    mn_allocator empty = {.user = NULL};
    mn_network *network;
    (void)state;
    assert_int_equal(mn_network_create(&empty, &network), MN_ERROR_ARGUMENT);
    assert_null(network);
    assert_int_equal(mn_network_create(NULL, NULL), MN_ERROR_ARGUMENT);
    assert_null(mn_network_sockets(NULL));
    mn_network_destroy(NULL);
}

static void what_is_sent_is_there_at_once_and_in_order(void **state)
{
    fixture f;
    mn_socket server;
    mn_socket client[2];
    mn_datagram received[4];
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "10.9.9.9:7", &server);
    open_client(&f, &address, &client[0]);
    open_client(&f, &address, &client[1]);
    assert_int_equal(server.ops->next_us(server.self), UINT64_MAX);
    assert_int_equal(server.ops->wait(server.self, UINT64_MAX), 0);
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(send_to(&client[i % 2], &address, i), 1);
        assert_int_equal(server.ops->next_us(server.self), 0);
    }
    assert_int_equal(server.ops->wait(server.self, 0), 1);
    assert_int_equal(receive(&server, received, 4), 4);
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(received[i].bytes[0], i);
    }
    mni_socket_close(&client[1]);
    mni_socket_close(&client[0]);
    mni_socket_close(&server);
    tear_down(&f);
}

static void a_full_queue_drops_what_comes_and_counts_it(void **state)
{
    fixture f;
    mn_socket server;
    mn_socket client;
    mn_datagram received[MNI_SOCKET_BATCH];
    mni_network_counts counts;
    uint32_t came = 0;
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "10.9.9.9:7", &server);
    open_client(&f, &address, &client);
    for (uint32_t i = 0; i < MNI_NETWORK_QUEUE_MAX + 10; i++) {
        assert_int_equal(send_to(&client, &address, (uint8_t)i), 1);
    }
    mni_network_count(f.network, &counts);
    assert_int_equal(counts.overflowed, 10);
    assert_int_equal(counts.delivered, MNI_NETWORK_QUEUE_MAX);
    for (mn_result n; (n = receive(&server, received, MNI_SOCKET_BATCH)) > 0;) {
        for (uint32_t i = 0; i < (uint32_t)n; i++, came++) {
            assert_int_equal(received[i].bytes[0], (uint8_t)came);
        }
    }
    assert_int_equal(came, MNI_NETWORK_QUEUE_MAX);
    mni_socket_close(&client);
    mni_socket_close(&server);
    tear_down(&f);
}

static void what_nobody_hears_vanishes_and_is_counted(void **state)
{
    fixture f;
    mn_socket server;
    mn_socket stranger;
    mn_socket client;
    mn_datagram received[1];
    mn_address client_address;
    mn_address nobody = address_of("10.8.8.8:8");
    mni_network_counts counts;
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "10.9.9.9:7", &server);
    (void)open_server(&f, "10.9.9.9:8", &stranger);
    open_client(&f, &address, &client);
    assert_int_equal(client.ops->address(client.self, &client_address), MN_OK);
    assert_int_equal(send_to(&server, &nobody, 1), 1);
    assert_int_equal(send_to(&stranger, &client_address, 1), 1);
    mni_network_count(f.network, &counts);
    assert_int_equal(counts.unreachable, 2);
    assert_int_equal(receive(&client, received, 1), 0);
    mni_socket_close(&client);
    mni_socket_close(&stranger);
    mni_socket_close(&server);
    tear_down(&f);
}

/* Of two servers at any address, both with a port that was assigned. */
static void what_is_for_a_client_that_is_gone_reaches_no_other_server(void **state)
{
    fixture f;
    mn_socket servers[2];
    mn_socket client;
    mn_datagram received[1];
    mn_address gone;
    (void)state;
    set_up(&f);
    (void)open_server(&f, "[::]:0", &servers[0]);
    mn_address address = open_server(&f, "[::]:0", &servers[1]);
    open_client(&f, &address, &client);
    assert_int_equal(client.ops->address(client.self, &gone), MN_OK);
    mni_socket_close(&client);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(send_to(&servers[i], &gone, 1), 1);
        assert_int_equal(receive(&servers[0], received, 1), 0);
        assert_int_equal(receive(&servers[1], received, 1), 0);
    }
    mni_socket_close(&servers[0]);
    mni_socket_close(&servers[1]);
    tear_down(&f);
}

static void when_all_ports_are_taken_the_next_is_refused(void **state)
{
    enum { PORTS = 65536 - 49152 };
    static mn_socket servers[PORTS];
    static mn_socket one_more;
    fixture f;
    mn_address bind = address_of("10.0.0.77:0");
    (void)state;
    set_up(&f);
    for (uint32_t i = 0; i < PORTS; i++) {
        (void)open_server(&f, "10.0.0.77:0", &servers[i]);
    }
    assert_int_equal(mni_socket_open_server(mn_network_sockets(f.network), &bind, &one_more),
                     MN_ERROR_NETWORK);
    assert_int_equal(errno, EADDRINUSE);
    mni_socket_close(&servers[77]);
    (void)open_server(&f, "10.0.0.77:0", &servers[77]);
    for (uint32_t i = 0; i < PORTS; i++) { /* closing one forgot no other */
        bind.port = (uint16_t)(49152 + i);
        assert_int_equal(mni_socket_open_server(mn_network_sockets(f.network), &bind, &one_more),
                         MN_ERROR_NETWORK);
    }
    for (uint32_t i = 0; i < PORTS; i++) {
        mni_socket_close(&servers[i]);
    }
    tear_down(&f);
}

static void addresses_that_are_assigned_are_distinct(void **state)
{
    enum { COUNT = 300 };
    static mn_socket servers[COUNT];
    static mn_socket clients[COUNT];
    static mn_address addresses[2 * COUNT];
    fixture f;
    (void)state;
    set_up(&f);
    for (uint32_t i = 0; i < COUNT; i++) {
        addresses[i] = open_server(&f, "10.0.0.77:0", &servers[i]);
        assert_int_not_equal(addresses[i].port, 0);
        open_client(&f, &addresses[0], &clients[i]);
        assert_int_equal(clients[i].ops->address(clients[i].self, &addresses[COUNT + i]), MN_OK);
        for (uint32_t j = 0; j < i; j++) {
            assert_false(mni_address_equals(&addresses[i], &addresses[j]));
            assert_int_not_equal(memcmp(addresses[COUNT + i].ip, addresses[COUNT + j].ip, 16), 0);
        }
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        mni_socket_close(&clients[i]);
        mni_socket_close(&servers[i]);
    }
    tear_down(&f);
}

static void an_address_is_taken_once_and_free_after_close(void **state)
{
    fixture f;
    mn_socket first;
    mn_socket second;
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "0.0.0.0:7", &first);
    assert_int_equal(mni_socket_open_server(mn_network_sockets(f.network), &address, &second),
                     MN_ERROR_NETWORK);
    assert_int_equal(errno, EADDRINUSE);
    address = address_of("[::]:7"); /* the same as 0.0.0.0 here */
    assert_int_equal(mni_socket_open_server(mn_network_sockets(f.network), &address, &second),
                     MN_ERROR_NETWORK);
    mni_socket_close(&first);
    (void)open_server(&f, "0.0.0.0:7", &second);
    mni_socket_close(&second);
    tear_down(&f);
}

static void a_server_without_address_is_reached_at_every_address(void **state)
{
    static const char *const ways[] = {"127.0.0.1:7777", "[::1]:7777", "10.1.1.1:7777"};
    fixture f;
    mn_socket server;
    (void)state;
    set_up(&f);
    assert_int_equal(mni_socket_open_server(mn_network_sockets(f.network), NULL, &server), MN_OK);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        mn_socket client;
        mn_address remote = address_of(ways[i]);
        open_client(&f, &remote, &client);
        talked it = talk(&client, &remote, &server);
        assert_true(mni_address_equals(&it.answer, &remote));
        mni_socket_close(&client);
    }
    mni_socket_close(&server);
    tear_down(&f);
}

static void two_servers_talk_even_without_addresses(void **state)
{
    fixture f;
    mn_socket a;
    mn_socket b;
    (void)state;
    set_up(&f);
    (void)open_server(&f, "[::]:1", &a);
    (void)open_server(&f, "[::]:2", &b);
    mn_address to_b = address_of("127.0.0.1:2");
    talked it = talk(&a, &to_b, &b);
    assert_false(mni_address_is_unspecified(&it.question));
    mni_socket_close(&a);
    mni_socket_close(&b);
    tear_down(&f);
}

static void opaque_addresses_work_as_they_are(void **state)
{
    fixture f;
    mn_socket server;
    mn_socket client;
    mn_address opaque = {.ip = "a relay's lobby", .kind = MNI_ADDRESS_OPAQUE};
    (void)state;
    set_up(&f);
    assert_int_equal(mni_socket_open_server(mn_network_sockets(f.network), &opaque, &server),
                     MN_OK);
    open_client(&f, &opaque, &client);
    talked it = talk(&client, &opaque, &server);
    assert_true(mni_address_equals(&it.answer, &opaque));
    mni_socket_close(&client);
    mni_socket_close(&server);
    tear_down(&f);
}

static void networks_do_not_hear_each_other(void **state)
{
    fixture f;
    fixture g;
    mn_socket here;
    mn_socket there;
    mn_datagram received[1];
    (void)state;
    set_up(&f);
    set_up(&g);
    mn_address address = open_server(&f, "10.0.0.1:1", &here);
    (void)open_server(&g, "10.0.0.1:1", &there);
    assert_int_equal(send_to(&here, &address, 1), 1);
    assert_int_equal(receive(&there, received, 1), 0);
    assert_int_equal(receive(&here, received, 1), 1);
    mni_socket_close(&here);
    mni_socket_close(&there);
    tear_down(&g);
    tear_down(&f);
}

static void sockets_outlive_the_network(void **state)
{
    fixture f;
    mn_socket server;
    mn_socket client;
    mn_datagram received[1];
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "10.0.0.1:1", &server);
    open_client(&f, &address, &client);
    mn_network_destroy(f.network);
    assert_int_equal(send_to(&client, &address, 5), 1);
    assert_int_equal(receive(&server, received, 1), 1);
    assert_int_equal(received[0].bytes[0], 5);
    mni_socket_close(&server);
    assert_int_equal(send_to(&client, &address, 5), 1);
    mni_socket_close(&client);
    assert_int_equal(f.allocator.live, 0);
}

static void a_closed_socket_gives_back_what_was_in_it(void **state)
{
    fixture f;
    mn_socket server;
    mn_datagram received[1];
    uint64_t live_bytes = 0;
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "10.0.0.1:1", &server);
    for (uint32_t i = 0; i < 2000; i++) {
        mn_socket client;
        mn_address client_address;
        open_client(&f, &address, &client);
        assert_int_equal(client.ops->address(client.self, &client_address), MN_OK);
        assert_int_equal(send_to(&server, &client_address, 1), 1);
        assert_int_equal(send_to(&server, &client_address, 2), 1);
        assert_int_equal(receive(&client, received, 1), 1);
        mni_socket_close(&client);
        assert_true(i == 0 || f.allocator.live_bytes == live_bytes);
        live_bytes = f.allocator.live_bytes;
    }
    mni_socket_close(&server);
    tear_down(&f);
}

static void a_steady_state_allocates_nothing(void **state)
{
    static const uint8_t bytes[1200];
    fixture f;
    mn_socket server;
    mn_socket client;
    mn_datagram received[MNI_SOCKET_BATCH];
    mni_network_counts before = {0};
    mni_network_counts after;
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "10.0.0.1:1", &server);
    open_client(&f, &address, &client);
    for (uint32_t round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < 40; i++) {
            mn_datagram sent = {.address = address, .size = 1200 - i * 30, .bytes = bytes};
            assert_int_equal(client.ops->send(client.self, &sent, 1, 0), 1);
        }
        assert_int_equal(receive(&server, received, MNI_SOCKET_BATCH), 40);
        if (round == 2) {
            mni_network_count(f.network, &before);
        }
    }
    mni_network_count(f.network, &after);
    assert_true(before.allocations > 0);
    assert_int_equal(before.allocations, after.allocations);
    mni_socket_close(&client);
    mni_socket_close(&server);
    tear_down(&f);
}

static void without_memory_nothing_is_taken_and_nothing_lost(void **state)
{
    fixture f;
    mn_socket server;
    mn_socket client;
    mn_datagram received[1];
    (void)state;
    set_up(&f);
    mn_address address = open_server(&f, "10.0.0.1:1", &server);
    open_client(&f, &address, &client);
    f.allocator.fail_at = f.allocator.count + 1; /* for the datagram's bytes */
    assert_int_equal(send_to(&client, &address, 1), MN_ERROR_FULL);
    f.allocator.fail_at = f.allocator.count + 2; /* for its place in the queue */
    assert_int_equal(send_to(&client, &address, 1), MN_ERROR_FULL);
    for (uint32_t i = 0; i < 1000; i++) {
        f.allocator.fail_at = f.allocator.count + 1;
        assert_int_equal(send_to(&client, &address, 1), MN_ERROR_FULL);
    }
    uint64_t allocations = f.allocator.count;
    assert_int_equal(send_to(&client, &address, 1), 1);
    assert_int_equal(f.allocator.count, allocations + 1); /* room for its bytes was still there */
    assert_int_equal(receive(&server, received, 1), 1);
    f.allocator.fail_at = f.allocator.count + 1;
    mn_socket third;
    assert_int_equal(mni_socket_open_client(mn_network_sockets(f.network), &address, &third),
                     MN_ERROR_MEMORY);
    mni_socket_close(&client);
    mni_socket_close(&server);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_answered_with_an_error),
        cmocka_unit_test(what_is_sent_is_there_at_once_and_in_order),
        cmocka_unit_test(a_full_queue_drops_what_comes_and_counts_it),
        cmocka_unit_test(what_nobody_hears_vanishes_and_is_counted),
        cmocka_unit_test(what_is_for_a_client_that_is_gone_reaches_no_other_server),
        cmocka_unit_test(when_all_ports_are_taken_the_next_is_refused),
        cmocka_unit_test(addresses_that_are_assigned_are_distinct),
        cmocka_unit_test(an_address_is_taken_once_and_free_after_close),
        cmocka_unit_test(a_server_without_address_is_reached_at_every_address),
        cmocka_unit_test(two_servers_talk_even_without_addresses),
        cmocka_unit_test(opaque_addresses_work_as_they_are),
        cmocka_unit_test(networks_do_not_hear_each_other),
        cmocka_unit_test(sockets_outlive_the_network),
        cmocka_unit_test(a_closed_socket_gives_back_what_was_in_it),
        cmocka_unit_test(a_steady_state_allocates_nothing),
        cmocka_unit_test(without_memory_nothing_is_taken_and_nothing_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
