/* SPDX-License-Identifier: MIT */
/* Real sockets on the loopback interface, with ports that the system assigns. What every factory
   must do is in test_factories.c; here is what UDP alone does. */
#define _POSIX_C_SOURCE 200809L

#include "socket/address.h"
#include "socket/socket.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SLOT = 1472, PATIENCE_US = 1000000 };

static mn_address address_of(const char *text)
{
    mn_address address;
    assert_int_equal(mn_address_parse(text, 0, &address), MN_OK);
    return address;
}

static mn_address open_server(const char *bind, mn_socket *socket_out)
{
    mn_address address = address_of(bind);
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &address, socket_out), MN_OK);
    assert_int_equal(socket_out->ops->address(socket_out->self, &address), MN_OK);
    assert_int_not_equal(address.port, 0);
    return address;
}

static void open_client(const mn_address *remote, mn_socket *socket_out)
{
    assert_int_equal(mni_socket_open_client(mn_udp_sockets(), remote, socket_out), MN_OK);
}

static mn_result send_to(mn_socket *from, const mn_address *to, const void *bytes, uint32_t size)
{
    mn_datagram datagram = {.address = *to, .size = size, .bytes = bytes};
    return from->ops->send(from->self, &datagram, 1, 0);
}

/* One datagram, waited for. */
static mn_datagram receive_one(mn_socket *at)
{
    mn_datagram datagram = {.size = 0};
    assert_int_equal(at->ops->wait(at->self, PATIENCE_US), 1);
    assert_int_equal(at->ops->receive(at->self, &datagram, 1, 0), 1);
    return datagram;
}

static bool has_ipv6(void)
{
    mn_socket socket;
    mn_address address = address_of("::1");
    bool has = mni_socket_open_server(mn_udp_sockets(), &address, &socket) == MN_OK;
    mni_socket_close(&socket);
    return has;
}

static int next_descriptor(void)
{
    int descriptor = dup(0);
    assert_true(descriptor >= 0);
    (void)close(descriptor);
    return descriptor;
}

static void a_port_in_use_is_named(void **state)
{
    mn_socket first;
    mn_socket second;
    (void)state;
    int descriptor = next_descriptor();
    mn_address address = open_server("127.0.0.1", &first);
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &address, &second), MN_ERROR_NETWORK);
    assert_int_equal(errno, EADDRINUSE);
    assert_string_equal(mni_socket_error_text(errno), "the port is in use");
    mni_socket_close(&first);
    assert_int_equal(next_descriptor(), descriptor);
}

static void what_cannot_be_opened_leaves_a_reason_and_no_descriptor(void **state)
{
    static const uint8_t documentation[] = {0x20, 0x01, 0x0d, 0xb8}; /* RFC 3849: nobody's */
    mn_socket socket;
    mn_address foreign = address_of("192.0.2.1:5000"); /* RFC 5737: nobody's */
    mn_address foreign6 = {.port = 5000};
    mn_address opaque = {.port = 5000, .kind = MNI_ADDRESS_OPAQUE};
    (void)state;
    memcpy(foreign6.ip, documentation, sizeof(documentation));
    int descriptor = next_descriptor();
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &foreign, &socket), MN_ERROR_NETWORK);
    assert_int_equal(errno, EADDRNOTAVAIL);
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &foreign6, &socket),
                     MN_ERROR_NETWORK);
    assert_int_not_equal(errno, 0);
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &opaque, &socket), MN_ERROR_NETWORK);
    assert_int_equal(errno, EAFNOSUPPORT);
    assert_int_equal(mni_socket_open_client(mn_udp_sockets(), &opaque, &socket), MN_ERROR_NETWORK);
    assert_int_equal(errno, EAFNOSUPPORT);
    assert_int_equal(next_descriptor(), descriptor);
}

static void no_descriptors_left_is_named(void **state)
{
    mn_socket socket;
    mn_address address = address_of("127.0.0.1");
    struct rlimit before;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = (rlim_t)next_descriptor(), .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    mn_result result = mni_socket_open_server(mn_udp_sockets(), &address, &socket);
    int error = errno;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result, MN_ERROR_NETWORK);
    assert_int_equal(error, EMFILE);
}

static void a_descriptor_does_not_block_and_is_not_inherited(void **state)
{
    mn_socket socket;
    (void)state;
    int descriptor = next_descriptor();
    (void)open_server("127.0.0.1", &socket);
    assert_int_not_equal(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    assert_int_not_equal(fcntl(descriptor, F_GETFL) & O_NONBLOCK, 0);
    mni_socket_close(&socket);
    assert_int_equal(next_descriptor(), descriptor);
}

static void the_default_is_port_7777_at_any_address(void **state)
{
    mn_socket socket;
    mn_address address;
    (void)state;
    if (mni_socket_open_server(mn_udp_sockets(), NULL, &socket) != MN_OK) {
        assert_int_equal(errno, EADDRINUSE);
        skip(); /* somebody on this machine has it */
    }
    assert_int_equal(socket.ops->address(socket.self, &address), MN_OK);
    assert_int_equal(address.port, 7777);
    assert_true(mni_address_is_unspecified(&address));
    mni_socket_close(&socket);
}

static void a_server_at_any_address_hears_both_families(void **state)
{
    mn_socket server;
    mn_socket client4;
    mn_socket client6;
    (void)state;
    if (!has_ipv6()) {
        skip();
    }
    mn_address any = open_server("::", &server);
    mn_address to4 = address_of("127.0.0.1");
    mn_address to6 = address_of("::1");
    to4.port = to6.port = any.port;
    open_client(&to4, &client4);
    open_client(&to6, &client6);
    assert_int_equal(send_to(&client4, &to4, "4", 1), 1);
    mn_datagram from4 = receive_one(&server);
    assert_int_equal(from4.bytes[0], '4');
    assert_true(mni_address_is_ipv4(&from4.address) && mni_address_is_loopback(&from4.address));
    assert_int_equal(send_to(&server, &from4.address, "back", 4), 1);
    assert_int_equal(receive_one(&client4).size, 4);
    assert_int_equal(send_to(&client6, &to6, "6", 1), 1);
    mn_datagram from6 = receive_one(&server);
    assert_int_equal(from6.bytes[0], '6');
    assert_true(!mni_address_is_ipv4(&from6.address) && mni_address_is_loopback(&from6.address));
    assert_int_equal(send_to(&server, &from6.address, "back again", 10), 1);
    assert_int_equal(receive_one(&client6).size, 10);
    mni_socket_close(&client6);
    mni_socket_close(&client4);
    mni_socket_close(&server);
}

static void an_address_that_a_socket_cannot_reach_is_dropped_alone(void **state)
{
    mn_socket server;
    mn_socket other;
    (void)state;
    (void)open_server("127.0.0.1", &server);
    mn_address good = open_server("127.0.0.1", &other);
    mn_address ipv6 = address_of("[::1]:9");
    mn_address opaque = {.port = 9, .kind = MNI_ADDRESS_OPAQUE};
    const uint8_t *byte = (const uint8_t *)"x";
    mn_datagram datagrams[] = {{.address = good, .size = 1, .bytes = byte},
                               {.address = ipv6, .size = 1, .bytes = byte},
                               {.address = opaque, .size = 1, .bytes = byte},
                               {.address = good, .size = 1, .bytes = byte}};
    assert_int_equal(server.ops->send(server.self, datagrams, 4, 0), 1);
    assert_int_equal(server.ops->send(server.self, datagrams + 1, 3, 0), MN_ERROR_NETWORK);
    assert_int_equal(server.ops->send(server.self, datagrams + 2, 2, 0), MN_ERROR_NETWORK);
    assert_int_equal(server.ops->send(server.self, datagrams + 3, 1, 0), 1);
    assert_int_equal(receive_one(&other).size, 1);
    assert_int_equal(receive_one(&other).size, 1);
    mni_socket_close(&other);
    mni_socket_close(&server);
}

static void a_client_learns_soon_that_nobody_listens(void **state)
{
    mn_socket server;
    mn_socket client;
    mn_datagram received[4];
    (void)state;
    mn_address address = open_server("127.0.0.1", &server);
    mni_socket_close(&server);
    open_client(&address, &client);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(send_to(&client, &address, "hello", 5), 1);
        assert_int_equal(send_to(&client, &address, "hello", 5), 1);
        assert_int_equal(client.ops->next_us(client.self), 0);
        mn_datagram news = receive_one(&client);
        assert_int_equal(news.flags, MN_DATAGRAM_CLOSED);
        assert_int_equal(news.size, 0);
        assert_non_null(news.bytes);
        assert_true(mni_address_equals(&news.address, &address));
        (void)client.ops->receive(client.self, received, 4, 0); /* the second hello's */
        assert_int_equal(client.ops->receive(client.self, received, 4, 0), 0);
        assert_int_equal(client.ops->next_us(client.self), UINT64_MAX);
    }
    mni_socket_close(&client);
}

static void a_datagram_that_is_too_large_arrives_cut_and_says_so(void **state)
{
    static uint8_t bytes[4000];
    mn_socket server;
    struct sockaddr_storage system = {0};
    (void)state;
    mn_address address = open_server("127.0.0.1", &server);
    uint32_t size = mni_address_to_system(&address, AF_INET, &system);
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(sender >= 0);
    memset(bytes, 7, sizeof(bytes));
    assert_int_equal(sendto(sender, bytes, SLOT + 1, 0, (void *)&system, size), SLOT + 1);
    assert_int_equal(sendto(sender, bytes, 4000, 0, (void *)&system, size), 4000);
    assert_int_equal(sendto(sender, bytes, SLOT, 0, (void *)&system, size), SLOT);
    for (uint32_t i = 0; i < 3; i++) {
        mn_datagram datagram = receive_one(&server);
        assert_int_equal(datagram.size, SLOT);
        assert_int_equal(datagram.flags & MN_DATAGRAM_TRUNCATED, i < 2 ? MN_DATAGRAM_TRUNCATED : 0);
        assert_memory_equal(datagram.bytes, bytes, SLOT);
    }
    (void)close(sender);
    mni_socket_close(&server);
}

static void an_empty_datagram_is_a_datagram(void **state)
{
    mn_socket server;
    mn_socket client;
    (void)state;
    mn_address address = open_server("127.0.0.1", &server);
    open_client(&address, &client);
    assert_int_equal(send_to(&client, &address, NULL, 0), 1);
    mn_datagram datagram = receive_one(&server);
    assert_int_equal(datagram.size, 0);
    assert_int_equal(datagram.flags, MN_DATAGRAM_LAST);
    mni_socket_close(&client);
    mni_socket_close(&server);
}

static void hundreds_go_in_one_call_and_come_in_batches_in_order(void **state)
{
    enum { COUNT = 300 };
    static uint8_t bytes[COUNT][2];
    mn_datagram datagrams[COUNT];
    mn_datagram received[COUNT];
    mn_socket server;
    mn_socket client;
    uint32_t count = 0;
    (void)state;
    mn_address address = open_server("127.0.0.1", &server);
    open_client(&address, &client);
    for (uint32_t i = 0; i < COUNT; i++) {
        bytes[i][0] = (uint8_t)(i & 0xff);
        bytes[i][1] = (uint8_t)(i >> 8);
        datagrams[i] = (mn_datagram){.address = address, .size = 2, .bytes = bytes[i]};
    }
    assert_int_equal(client.ops->send(client.self, datagrams, COUNT, 0), COUNT);
    while (count < COUNT) {
        assert_int_equal(server.ops->wait(server.self, PATIENCE_US), 1);
        mn_result came = server.ops->receive(server.self, received, COUNT, 0);
        assert_true(came > 0 && came <= MNI_SOCKET_BATCH);
        for (uint32_t i = 0; i < (uint32_t)came; i++, count++) {
            assert_int_equal(received[i].bytes[0] | received[i].bytes[1] << 8, count);
        }
    }
    mni_socket_close(&client);
    mni_socket_close(&server);
}

/* Sends `count` datagrams of these sizes, repeated, each filled with its number, in one call. */
static void send_numbered(mn_socket *from, const mn_address *to, const uint32_t *sizes,
                          uint32_t size_count, uint32_t count)
{
    static uint8_t bytes[200][SLOT];
    static mn_datagram datagrams[200];
    for (uint32_t i = 0; i < count; i++) {
        memset(bytes[i], (int)(i + 1), SLOT);
        datagrams[i] =
            (mn_datagram){.address = *to, .size = sizes[i % size_count], .bytes = bytes[i]};
    }
    assert_int_equal(from->ops->send(from->self, datagrams, count, 0), count);
}

/* They arrive as they were sent; capacity: of each receive. */
static void receive_numbered(mn_socket *at, const mn_address *from, const uint32_t *sizes,
                             uint32_t size_count, uint32_t count, uint32_t capacity)
{
    mn_datagram datagrams[MNI_SOCKET_BATCH];
    uint32_t came = 0;
    while (came < count) {
        assert_int_equal(at->ops->wait(at->self, PATIENCE_US), 1);
        mn_result result = at->ops->receive(at->self, datagrams, capacity, 0);
        assert_true(result > 0 && (uint32_t)result <= capacity);
        for (uint32_t i = 0; i < (uint32_t)result; i++, came++) {
            assert_int_equal(datagrams[i].size, sizes[came % size_count]);
            assert_true(mni_address_equals(&datagrams[i].address, from));
            for (uint32_t byte = 0; byte < datagrams[i].size; byte++) {
                assert_int_equal(datagrams[i].bytes[byte], came + 1);
            }
        }
    }
    assert_int_equal(at->ops->next_us(at->self), UINT64_MAX);
    assert_int_equal(at->ops->receive(at->self, datagrams, capacity, 0), 0);
}

/* Whatever the system makes of them on the way: cut, joined, or one by one. */
static void datagrams_of_all_sizes_arrive_as_they_were_sent(void **state)
{
    static const struct {
        uint32_t sizes[6];
        uint32_t count;
    } mixes[] = {{{1200}, 1},          {{SLOT}, 1},          {{1}, 1},
                 {{1200, 1200, 7}, 3}, {{7, 1200, 0}, 3},    {{0}, 1},
                 {{100, 100, 101}, 3}, {{9, 8, 7, 6, 5}, 5}, {{SLOT, SLOT, SLOT, 0, 1, 1}, 6}};
    static const uint32_t capacities[] = {1, 7, MNI_SOCKET_BATCH};
    mn_socket server;
    mn_socket client;
    (void)state;
    mn_address to = open_server("127.0.0.1", &server);
    open_client(&to, &client);
    mn_address from;
    assert_int_equal(client.ops->address(client.self, &from), MN_OK);
    for (uint32_t i = 0; i < sizeof mixes / sizeof mixes[0]; i++) {
        for (uint32_t j = 0; j < 3; j++) {
            send_numbered(&client, &to, mixes[i].sizes, mixes[i].count, 150);
            receive_numbered(&server, &from, mixes[i].sizes, mixes[i].count, 150, capacities[j]);
            send_numbered(&server, &from, mixes[i].sizes, mixes[i].count, 150);
            receive_numbered(&client, &to, mixes[i].sizes, mixes[i].count, 150, capacities[j]);
        }
    }
    mni_socket_close(&client);
    mni_socket_close(&server);
}

static void runs_to_different_receivers_are_not_mixed_up(void **state)
{
    static const uint8_t bytes[1200];
    mn_socket server;
    mn_socket clients[3];
    mn_address addresses[3];
    mn_datagram datagrams[60];
    (void)state;
    mn_address to = open_server("127.0.0.1", &server);
    for (uint32_t i = 0; i < 3; i++) {
        open_client(&to, &clients[i]);
        assert_int_equal(clients[i].ops->address(clients[i].self, &addresses[i]), MN_OK);
    }
    for (uint32_t i = 0; i < 60; i++) {
        datagrams[i] =
            (mn_datagram){.address = addresses[i / 20], .size = 1200 - i / 20, .bytes = bytes};
    }
    assert_int_equal(server.ops->send(server.self, datagrams, 60, 0), 60);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t j = 0; j < 20; j++) {
            assert_int_equal(receive_one(&clients[i]).size, 1200 - i);
        }
        assert_int_equal(clients[i].ops->receive(clients[i].self, datagrams, 1, 0), 0);
        mni_socket_close(&clients[i]);
    }
    mni_socket_close(&server);
}

/* Whoever asks again is told the truth; but it need not ask. */
static void the_last_datagram_says_that_it_is(void **state)
{
    static const uint32_t sizes[] = {9, 10};
    mn_datagram datagrams[8];
    mn_socket server;
    mn_socket client;
    (void)state;
    mn_address to = open_server("127.0.0.1", &server);
    open_client(&to, &client);
    send_numbered(&client, &to, sizes, 2, 3);
    assert_int_equal(server.ops->wait(server.self, PATIENCE_US), 1);
    assert_int_equal(server.ops->receive(server.self, datagrams, 2, 0), 2);
    assert_int_equal(datagrams[0].flags | datagrams[1].flags, 0);
    assert_int_equal(server.ops->next_us(server.self), 0);
    assert_int_equal(server.ops->wait(server.self, 0), 1);
    assert_int_equal(server.ops->receive(server.self, datagrams, 2, 0), 1);
    assert_int_equal(datagrams[0].flags, MN_DATAGRAM_LAST);
    assert_int_equal(server.ops->next_us(server.self), UINT64_MAX);
    assert_int_equal(server.ops->receive(server.self, datagrams, 2, 0), 0);
    mni_socket_close(&client);
    mni_socket_close(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_in_use_is_named),
        cmocka_unit_test(what_cannot_be_opened_leaves_a_reason_and_no_descriptor),
        cmocka_unit_test(no_descriptors_left_is_named),
        cmocka_unit_test(a_descriptor_does_not_block_and_is_not_inherited),
        cmocka_unit_test(the_default_is_port_7777_at_any_address),
        cmocka_unit_test(a_server_at_any_address_hears_both_families),
        cmocka_unit_test(an_address_that_a_socket_cannot_reach_is_dropped_alone),
        cmocka_unit_test(a_client_learns_soon_that_nobody_listens),
        cmocka_unit_test(a_datagram_that_is_too_large_arrives_cut_and_says_so),
        cmocka_unit_test(an_empty_datagram_is_a_datagram),
        cmocka_unit_test(hundreds_go_in_one_call_and_come_in_batches_in_order),
        cmocka_unit_test(datagrams_of_all_sizes_arrive_as_they_were_sent),
        cmocka_unit_test(runs_to_different_receivers_are_not_mixed_up),
        cmocka_unit_test(the_last_datagram_says_that_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
