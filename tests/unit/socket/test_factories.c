/* SPDX-License-Identifier: MIT */
/*
 * The conformance suite over every bundled factory and some stacks of them, the proof that the
 * suite can fail, and what happens to a wrapper above a socket that fails.
 */
#include "base/memory.h"
#include "socket/lossy.h"
#include "socket/socket.h"
#include "support/failing_sockets.h"
#include "support/memory.h"
#include "support/socket_conformance.h"
#include "support/test.h"

#include <errno.h>
#include <string.h>

static void assert_conforms(const mn_socket_factory *factory, const char *bind)
{
    socket_conformance_case subject = {.factory = factory};
    assert_int_equal(mn_address_parse(bind, 0, &subject.bind), MN_OK);
    const char *failure = socket_conformance(&subject);
    if (failure != NULL) {
        fail_msg("%s: %s", bind, failure);
    }
}

typedef struct fixture {
    test_allocator allocator;
    mn_network *network;
    mn_lossy *lossy;
    failing_sockets failing;
} fixture;

/* Sockets of the in-process network, that can be made to fail, behind a lossy wrapper. */
static void set_up(fixture *f, const mn_conditions *conditions)
{
    test_allocator_init(&f->allocator);
    assert_int_equal(mn_network_create(&f->allocator.table, &f->network), MN_OK);
    failing_sockets_init(&f->failing, mn_network_sockets(f->network));
    assert_int_equal(mn_lossy_create(&f->failing.factory, conditions, conditions, 1,
                                     &f->allocator.table, &f->lossy),
                     MN_OK);
}

static void tear_down(fixture *f)
{
    mn_lossy_destroy(f->lossy);
    mn_network_destroy(f->network);
    assert_int_equal(f->failing.open, 0);
    assert_int_equal(f->allocator.live, 0);
}

static void udp_over_ipv4_conforms(void **state)
{
    (void)state;
    assert_conforms(mn_udp_sockets(), "127.0.0.1");
}

static void udp_over_ipv6_conforms(void **state)
{
    mn_address bind;
    mn_socket socket;
    (void)state;
    assert_int_equal(mn_address_parse("::1", 0, &bind), MN_OK);
    if (mni_socket_open_server(mn_udp_sockets(), &bind, &socket) != MN_OK) {
        skip(); /* a system without IPv6 */
    }
    mni_socket_close(&socket);
    assert_conforms(mn_udp_sockets(), "::1");
}

static void the_memory_network_conforms(void **state)
{
    static const char *const binds[] = {"10.1.2.3", "0.0.0.0", "::", "fd00::7"};
    fixture f;
    (void)state;
    set_up(&f, NULL);
    for (size_t i = 0; i < sizeof(binds) / sizeof(binds[0]); i++) {
        assert_conforms(mn_network_sockets(f.network), binds[i]);
    }
    tear_down(&f);
}

static void a_lossy_wrapper_that_only_delays_conforms(void **state)
{
    mn_conditions slow = {.struct_size = sizeof(slow), .latency_us = 5000, .jitter_us = 3000};
    fixture f;
    (void)state;
    set_up(&f, NULL);
    assert_conforms(mn_lossy_sockets(f.lossy), "10.1.2.3");
    assert_int_equal(mn_lossy_set(f.lossy, &slow, &slow), MN_OK);
    assert_conforms(mn_lossy_sockets(f.lossy), "10.1.2.3");
    tear_down(&f);
}

static void a_lossy_wrapper_over_udp_conforms(void **state)
{
    mn_conditions slow = {.struct_size = sizeof(slow), .latency_us = 2000, .jitter_us = 1000};
    test_allocator allocator;
    mn_lossy *lossy;
    (void)state;
    test_allocator_init(&allocator);
    assert_int_equal(mn_lossy_create(mn_udp_sockets(), &slow, &slow, 7, &allocator.table, &lossy),
                     MN_OK);
    assert_conforms(mn_lossy_sockets(lossy), "127.0.0.1");
    mn_lossy_destroy(lossy);
    assert_int_equal(allocator.live, 0);
}

static void failing_sockets_conform_until_they_are_told_to_fail(void **state)
{
    fixture f;
    (void)state;
    set_up(&f, NULL);
    assert_conforms(&f.failing.factory, "10.1.2.3");
    tear_down(&f);
}

/* A line of the table: what is broken, and that the suite notices. */
static void the_suite_notices_each_thing_that_is_broken(void **state)
{
    static const struct {
        enum failing_call call;
        uint32_t after;
        mn_result result;
    } cases[] = {
        {FAILING_OPEN_SERVER, 0, MN_ERROR_NETWORK}, {FAILING_OPEN_CLIENT, 3, MN_ERROR_NETWORK},
        {FAILING_SEND, 0, MN_ERROR_FULL},           {FAILING_SEND, 4, MN_ERROR_NETWORK},
        {FAILING_SEND, 0, MN_ERROR_TOO_LARGE},      {FAILING_SEND, 3, 2},
        {FAILING_RECEIVE, 0, MN_ERROR_NETWORK},     {FAILING_RECEIVE, 30, MN_ERROR_NETWORK},
        {FAILING_ADDRESS, 1, MN_ERROR_NETWORK},     {FAILING_WAIT, 0, 1},
    };
    fixture f;
    (void)state;
    set_up(&f, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        socket_conformance_case subject = {.factory = &f.failing.factory, .looks = 50};
        assert_int_equal(mn_address_parse("10.1.2.3", 0, &subject.bind), MN_OK);
        failing_sockets_plan(&f.failing, cases[i].call, cases[i].after, FAILING_FOREVER,
                             cases[i].result);
        if (socket_conformance(&subject) == NULL) {
            fail_msg("case %zu passed", i);
        }
        assert_int_equal(f.failing.open, 0);
        failing_sockets_plan(&f.failing, cases[i].call, 0, 0, 0);
    }
    f.failing.factory.max_packet_size = 1199;
    socket_conformance_case small = {.factory = &f.failing.factory};
    assert_non_null(socket_conformance(&small));
    tear_down(&f);
}

static void a_lossy_open_that_fails_leaves_the_reason_and_nothing_else(void **state)
{
    fixture f;
    mn_socket socket;
    mn_address bind = {.port = 1};
    (void)state;
    set_up(&f, NULL);
    const mn_socket_factory *lossy = mn_lossy_sockets(f.lossy);
    failing_sockets_plan(&f.failing, FAILING_OPEN_SERVER, 0, 1, MN_ERROR_NETWORK);
    f.failing.plans[FAILING_OPEN_SERVER].error = EADDRINUSE;
    uint64_t live = f.allocator.live;
    assert_int_equal(mni_socket_open_server(lossy, &bind, &socket), MN_ERROR_NETWORK);
    assert_int_equal(errno, EADDRINUSE);
    assert_null(socket.ops);
    assert_int_equal(f.allocator.live, live);
    failing_sockets_plan(&f.failing, FAILING_OPEN_CLIENT, 0, 1, MN_ERROR_MEMORY);
    assert_int_equal(mni_socket_open_client(lossy, &bind, &socket), MN_ERROR_MEMORY);
    assert_int_equal(f.allocator.live, live);
    tear_down(&f);
}

typedef struct pair {
    mn_socket server, client;
    mn_address address;
} pair;

static void open_pair(const mn_socket_factory *factory, pair *p)
{
    mn_address bind;
    assert_int_equal(mn_address_parse("10.1.2.3", 0, &bind), MN_OK);
    assert_int_equal(mni_socket_open_server(factory, &bind, &p->server), MN_OK);
    assert_int_equal(p->server.ops->address(p->server.self, &p->address), MN_OK);
    assert_int_equal(mni_socket_open_client(factory, &p->address, &p->client), MN_OK);
}

static void close_pair(pair *p)
{
    mni_socket_close(&p->client);
    mni_socket_close(&p->server);
}

static mn_result send_byte(pair *p, uint8_t byte, uint64_t now_us)
{
    mn_datagram datagram = {.address = p->address, .size = 1, .bytes = &byte};
    return p->client.ops->send(p->client.self, &datagram, 1, now_us);
}

static void what_a_full_inner_socket_did_not_take_is_sent_later_in_order(void **state)
{
    fixture f;
    pair p;
    mn_datagram received[8];
    (void)state;
    set_up(&f, NULL);
    open_pair(mn_lossy_sockets(f.lossy), &p);
    failing_sockets_plan(&f.failing, FAILING_SEND, 0, 3, MN_ERROR_FULL);
    assert_int_equal(send_byte(&p, 1, 100), 1);
    assert_int_equal(p.client.ops->next_us(p.client.self), 1100);
    assert_int_equal(send_byte(&p, 2, 200), 1);
    assert_int_equal(send_byte(&p, 3, 300), 1);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 300), 0);
    assert_int_equal(p.client.ops->receive(p.client.self, received, 8, 1300), 0);
    assert_int_equal(p.client.ops->next_us(p.client.self), UINT64_MAX);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 1300), 3);
    for (uint8_t i = 0; i < 3; i++) {
        assert_int_equal(received[i].bytes[0], i + 1);
    }
    close_pair(&p);
    tear_down(&f);
}

static void what_is_still_waiting_for_a_full_socket_is_freed_on_close(void **state)
{
    fixture f;
    pair p;
    uint64_t live_bytes = 0;
    (void)state;
    set_up(&f, NULL);
    failing_sockets_plan(&f.failing, FAILING_SEND, 0, FAILING_FOREVER, MN_ERROR_FULL);
    for (uint32_t round = 0; round < 1000; round++) {
        open_pair(mn_lossy_sockets(f.lossy), &p);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(send_byte(&p, 1, i), 1);
        }
        close_pair(&p);
        assert_true(round == 0 || f.allocator.live_bytes == live_bytes);
        live_bytes = f.allocator.live_bytes;
    }
    tear_down(&f);
}

/* Five become due together; of these the inner socket takes some, or refuses the first. */
static void what_the_inner_socket_leaves_of_a_batch_follows(void **state)
{
    static const struct {
        mn_result result;
        uint8_t first; /* of the five that comes to the other side */
    } cases[] = {{2, 2}, {4, 4}, {5, 5}, {6, 5}, {MN_ERROR_TOO_LARGE, 1}, {MN_ERROR_NETWORK, 1}};
    mn_conditions slow = {.struct_size = sizeof(slow), .latency_us = 50};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture f;
        pair p;
        mn_datagram received[8];
        set_up(&f, NULL);
        open_pair(mn_lossy_sockets(f.lossy), &p);
        assert_int_equal(mn_lossy_set(f.lossy, &slow, NULL), MN_OK);
        for (uint8_t byte = 0; byte < 5; byte++) {
            assert_int_equal(send_byte(&p, byte, 0), 1);
        }
        failing_sockets_plan(&f.failing, FAILING_SEND, 0, 1, cases[i].result);
        assert_int_equal(p.client.ops->send(p.client.self, NULL, 0, 50), 0);
        assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 50), 5 - cases[i].first);
        for (uint8_t byte = cases[i].first; byte < 5; byte++) {
            assert_int_equal(received[byte - cases[i].first].bytes[0], byte);
        }
        close_pair(&p);
        tear_down(&f);
    }
}

static void a_wait_is_no_longer_than_until_something_is_due(void **state)
{
    mn_conditions slow = {.struct_size = sizeof(slow), .latency_us = 1000};
    fixture f;
    pair p;
    mn_datagram received[8];
    (void)state;
    set_up(&f, &slow);
    open_pair(mn_lossy_sockets(f.lossy), &p);
    assert_int_equal(p.client.ops->wait(p.client.self, UINT64_MAX), 0);
    assert_int_equal(f.failing.waited_us, UINT64_MAX);
    assert_int_equal(send_byte(&p, 1, 500), 1); /* due at 1500 */
    assert_int_equal(p.client.ops->wait(p.client.self, 5000), 0);
    assert_int_equal(f.failing.waited_us, 1000);
    assert_int_equal(p.client.ops->wait(p.client.self, 70), 0);
    assert_int_equal(f.failing.waited_us, 70);
    assert_int_equal(p.client.ops->receive(p.client.self, received, 8, 1400), 0);
    assert_int_equal(p.client.ops->wait(p.client.self, 5000), 0);
    assert_int_equal(f.failing.waited_us, 100);
    failing_sockets_plan(&f.failing, FAILING_SEND, 0, 1, MN_ERROR_FULL);
    assert_int_equal(p.client.ops->send(p.client.self, NULL, 0, 1500), 0);
    assert_int_equal(p.client.ops->wait(p.client.self, 5000), 0);
    assert_int_equal(f.failing.waited_us, 1000); /* until the next try */
    close_pair(&p);
    tear_down(&f);
}

static void what_the_inner_socket_refuses_is_dropped_and_counted(void **state)
{
    fixture f;
    pair p;
    mn_datagram received[8];
    mni_lossy_counts counts;
    (void)state;
    set_up(&f, NULL);
    open_pair(mn_lossy_sockets(f.lossy), &p);
    failing_sockets_plan(&f.failing, FAILING_SEND, 0, 1, MN_ERROR_NETWORK);
    assert_int_equal(send_byte(&p, 1, 0), 1);
    failing_sockets_plan(&f.failing, FAILING_SEND, 0, 1, MN_ERROR_TOO_LARGE);
    assert_int_equal(send_byte(&p, 2, 0), 1);
    assert_int_equal(send_byte(&p, 3, 0), 1);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 0), 1);
    assert_int_equal(received[0].bytes[0], 3);
    mni_lossy_count(f.lossy, &counts);
    assert_int_equal(counts.unsent, 2);
    close_pair(&p);
    tear_down(&f);
}

static void an_inner_socket_that_broke_is_reported_after_what_it_had_brought(void **state)
{
    mn_conditions slow = {.struct_size = sizeof(slow), .latency_us = 50};
    fixture f;
    pair p;
    mn_datagram received[8];
    (void)state;
    set_up(&f, NULL);
    open_pair(mn_lossy_sockets(f.lossy), &p);
    assert_int_equal(mn_lossy_set(f.lossy, NULL, &slow), MN_OK);
    assert_int_equal(send_byte(&p, 1, 0), 1);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 0), 0);
    failing_sockets_plan(&f.failing, FAILING_RECEIVE, 0, 3, MN_ERROR_NETWORK);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 10), MN_ERROR_NETWORK);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 60), 1);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 60), MN_ERROR_NETWORK);
    assert_int_equal(p.server.ops->receive(p.server.self, received, 8, 60), 0);
    close_pair(&p);
    tear_down(&f);
}

static void news_that_a_peer_is_gone_passes_even_a_dead_line(void **state)
{
    mn_conditions dead = {.struct_size = sizeof(dead), .partitioned = 1, .latency_us = 1000};
    fixture f;
    pair p;
    mn_datagram received[8];
    (void)state;
    set_up(&f, &dead);
    open_pair(mn_lossy_sockets(f.lossy), &p);
    failing_sockets_close_peer(&f.failing, &p.address);
    assert_int_equal(p.client.ops->next_us(p.client.self), 0);
    assert_int_equal(p.client.ops->receive(p.client.self, received, 8, 0), 1);
    assert_int_equal(received[0].flags, MN_DATAGRAM_CLOSED);
    assert_int_equal(received[0].size, 0);
    assert_int_equal(received[0].address.port, p.address.port);
    close_pair(&p);
    tear_down(&f);
}

static void errors_of_wait_and_address_come_through(void **state)
{
    fixture f;
    pair p;
    mn_address address;
    (void)state;
    set_up(&f, NULL);
    open_pair(mn_lossy_sockets(f.lossy), &p);
    failing_sockets_plan(&f.failing, FAILING_WAIT, 0, 1, MN_ERROR_NETWORK);
    assert_int_equal(p.client.ops->wait(p.client.self, 10), MN_ERROR_NETWORK);
    assert_int_equal(p.client.ops->wait(p.client.self, 10), 0);
    failing_sockets_plan(&f.failing, FAILING_ADDRESS, 0, 1, MN_ERROR_NETWORK);
    assert_int_equal(p.client.ops->address(p.client.self, &address), MN_ERROR_NETWORK);
    assert_int_equal(p.client.ops->address(p.client.self, &address), MN_OK);
    close_pair(&p);
    tear_down(&f);
}

/* Every allocation of a scenario fails in turn: nothing leaks, and datagrams are kept or lost. */
static void a_failed_allocation_loses_a_datagram_at_most(void **state)
{
    mn_conditions slow = {.struct_size = sizeof(slow), .latency_us = 50};
    uint64_t fail_at = 0;
    bool has_failed = true;
    (void)state;
    while (has_failed) {
        test_allocator allocator;
        mn_network *network = NULL;
        mn_lossy *lossy = NULL;
        mn_socket server = {NULL, NULL};
        mn_socket client = {NULL, NULL};
        mn_address bind = {.port = 5};
        mn_datagram received[4];
        test_allocator_init(&allocator);
        allocator.fail_at = ++fail_at;
        if (mn_network_create(&allocator.table, &network) == MN_OK &&
            mn_lossy_create(mn_network_sockets(network), &slow, &slow, 1, &allocator.table,
                            &lossy) == MN_OK &&
            mni_socket_open_server(mn_lossy_sockets(lossy), &bind, &server) == MN_OK &&
            mni_socket_open_client(mn_lossy_sockets(lossy), &bind, &client) == MN_OK) {
            pair p = {.server = server, .client = client, .address = bind};
            for (uint64_t now_us = 0; now_us < 10; now_us++) {
                assert_int_equal(send_byte(&p, 1, now_us * 100), 1);
                (void)client.ops->receive(client.self, received, 4, now_us * 100 + 50);
                assert_true(server.ops->receive(server.self, received, 4, now_us * 100) >= 0);
            }
        }
        mni_socket_close(&client);
        mni_socket_close(&server);
        mn_lossy_destroy(lossy);
        mn_network_destroy(network);
        has_failed = allocator.count >= fail_at;
        assert_int_equal(allocator.live, 0);
    }
    assert_true(fail_at > 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(udp_over_ipv4_conforms),
        cmocka_unit_test(udp_over_ipv6_conforms),
        cmocka_unit_test(the_memory_network_conforms),
        cmocka_unit_test(a_lossy_wrapper_that_only_delays_conforms),
        cmocka_unit_test(a_lossy_wrapper_over_udp_conforms),
        cmocka_unit_test(failing_sockets_conform_until_they_are_told_to_fail),
        cmocka_unit_test(the_suite_notices_each_thing_that_is_broken),
        cmocka_unit_test(a_lossy_open_that_fails_leaves_the_reason_and_nothing_else),
        cmocka_unit_test(what_a_full_inner_socket_did_not_take_is_sent_later_in_order),
        cmocka_unit_test(what_is_still_waiting_for_a_full_socket_is_freed_on_close),
        cmocka_unit_test(what_the_inner_socket_leaves_of_a_batch_follows),
        cmocka_unit_test(a_wait_is_no_longer_than_until_something_is_due),
        cmocka_unit_test(what_the_inner_socket_refuses_is_dropped_and_counted),
        cmocka_unit_test(an_inner_socket_that_broke_is_reported_after_what_it_had_brought),
        cmocka_unit_test(news_that_a_peer_is_gone_passes_even_a_dead_line),
        cmocka_unit_test(errors_of_wait_and_address_come_through),
        cmocka_unit_test(a_failed_allocation_loses_a_datagram_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
