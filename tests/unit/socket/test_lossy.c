/* SPDX-License-Identifier: MIT */
/* The wrapper as a whole, over the in-process network and in virtual time. What each condition does
   to a datagram is in test_conditions.c, what failing inner sockets do in test_factories.c. */
#include "base/hash.h"
#include "socket/delayed.h"
#include "socket/lossy.h"
#include "socket/memory_network.h"
#include "socket/socket.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <math.h>
#include <string.h>

typedef struct fixture {
    test_allocator allocator;
    mn_network *network;
    mn_lossy *lossy;
    mn_socket server, client; /* as set_up was told: wrapped or bare */
    mn_address address;       /* of the server */
} fixture;

enum { CLIENT_WRAPPED = 1, SERVER_WRAPPED = 2, BOTH_WRAPPED = 3 };

static void set_up(fixture *f, const mn_conditions *up, const mn_conditions *down, uint64_t seed,
                   uint32_t wrapped)
{
    test_allocator_init(&f->allocator);
    assert_int_equal(mn_network_create(&f->allocator.table, &f->network), MN_OK);
    const mn_socket_factory *bare = mn_network_sockets(f->network);
    assert_int_equal(mn_lossy_create(bare, up, down, seed, &f->allocator.table, &f->lossy), MN_OK);
    const mn_socket_factory *lossy = mn_lossy_sockets(f->lossy);
    assert_int_equal(mn_address_parse("10.9.9.9", 0, &f->address), MN_OK);
    assert_int_equal(mni_socket_open_server((wrapped & SERVER_WRAPPED) != 0 ? lossy : bare,
                                            &f->address, &f->server),
                     MN_OK);
    assert_int_equal(f->server.ops->address(f->server.self, &f->address), MN_OK);
    assert_int_equal(mni_socket_open_client((wrapped & CLIENT_WRAPPED) != 0 ? lossy : bare,
                                            &f->address, &f->client),
                     MN_OK);
}

static void tear_down(fixture *f)
{
    mni_socket_close(&f->client);
    mni_socket_close(&f->server);
    mn_lossy_destroy(f->lossy);
    mn_network_destroy(f->network);
    assert_int_equal(f->allocator.live, 0);
}

static mn_conditions with_latency(uint64_t latency_us)
{
    return (mn_conditions){.struct_size = sizeof(mn_conditions), .latency_us = latency_us};
}

static void send_number(mn_socket *from, const mn_address *to, uint32_t number, uint64_t now_us)
{
    uint8_t bytes[4];
    memcpy(bytes, &number, sizeof(bytes));
    mn_datagram datagram = {.address = *to, .size = sizeof(bytes), .bytes = bytes};
    assert_int_equal(from->ops->send(from->self, &datagram, 1, now_us), 1);
}

/* The number received, or UINT32_MAX: none. */
static uint32_t receive_number(mn_socket *at, uint64_t now_us, mn_address *from_out)
{
    mn_datagram datagram;
    uint32_t number;
    mn_result came = at->ops->receive(at->self, &datagram, 1, now_us);
    if (came == 0) {
        return UINT32_MAX;
    }
    assert_int_equal(came, 1);
    assert_int_equal(datagram.size, sizeof(number));
    memcpy(&number, datagram.bytes, sizeof(number));
    *from_out = datagram.address;
    return number;
}

static void wrong_arguments_are_refused(void **state)
{
    mn_conditions good = with_latency(1);
    mn_conditions bad = with_latency(1);
    mn_lossy *lossy;
    mn_socket_factory small = *mn_udp_sockets();
    mn_allocator empty = {.user = NULL};
    (void)state;
    bad.loss = NAN;
    small.max_packet_size = 100;
    const mn_socket_factory *udp = mn_udp_sockets();
    assert_int_equal(mn_lossy_create(NULL, &good, &good, 1, NULL, &lossy), MN_ERROR_ARGUMENT);
    assert_null(lossy);
    assert_int_equal(mn_lossy_create(&small, &good, &good, 1, NULL, &lossy), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_lossy_create(udp, &bad, &good, 1, NULL, &lossy), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_lossy_create(udp, &good, &bad, 1, NULL, &lossy), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_lossy_create(udp, &good, &good, 1, NULL, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_lossy_create(udp, &good, &good, 1, &empty, &lossy), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_lossy_set(NULL, &good, &good), MN_ERROR_ARGUMENT);
    assert_null(mn_lossy_sockets(NULL));
    mn_lossy_destroy(NULL);
}

static void conditions_that_are_refused_change_nothing(void **state)
{
    mn_conditions good = with_latency(10);
    mn_conditions other = with_latency(20);
    mn_conditions bad = with_latency(30);
    mn_address from;
    fixture f;
    (void)state;
    bad.corrupt = -1.0f;
    set_up(&f, &good, &good, 1, CLIENT_WRAPPED);
    assert_int_equal(mn_lossy_set(f.lossy, &other, &bad), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_lossy_set(f.lossy, &bad, &other), MN_ERROR_ARGUMENT);
    send_number(&f.client, &f.address, 1, 0);
    assert_int_equal(f.client.ops->next_us(f.client.self), 10);
    assert_int_equal(receive_number(&f.client, 10, &from), UINT32_MAX);
    assert_int_equal(receive_number(&f.server, 10, &from), 1);
    tear_down(&f);
}

/* One trip there and one back, with 10 ms on what the wrapped socket sends and 3 ms on what it
   receives. */
static void up_is_what_wrapped_sockets_send_and_down_what_they_receive(void **state)
{
    static const struct {
        uint32_t wrapped;
        uint64_t there_us, back_us;
    } cases[] = {
        {CLIENT_WRAPPED, 10000, 3000},
        {SERVER_WRAPPED, 3000, 10000},
        {BOTH_WRAPPED, 13000, 13000},
    };
    mn_conditions up = with_latency(10000);
    mn_conditions down = with_latency(3000);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture f;
        mn_address from;
        uint64_t arrived_us[2] = {0, 0};
        set_up(&f, &up, &down, 1, cases[i].wrapped);
        send_number(&f.client, &f.address, 7, 0);
        for (uint64_t now_us = 0; now_us < 40000; now_us += 500) {
            mn_address client;
            assert_int_equal(f.client.ops->send(f.client.self, NULL, 0, now_us), 0);
            if (receive_number(&f.server, now_us, &client) != UINT32_MAX) {
                arrived_us[0] = now_us;
                send_number(&f.server, &client, 8, now_us);
            }
            if (receive_number(&f.client, now_us, &from) != UINT32_MAX) {
                arrived_us[1] = now_us;
            }
        }
        assert_int_equal(arrived_us[0], cases[i].there_us);
        assert_int_equal(arrived_us[1] - arrived_us[0], cases[i].back_us);
        tear_down(&f);
    }
}

static void next_us_and_wait_know_what_is_due(void **state)
{
    mn_conditions up = with_latency(1000);
    mn_conditions down = with_latency(300);
    mn_address from;
    fixture f;
    (void)state;
    set_up(&f, &up, &down, 1, BOTH_WRAPPED);
    assert_int_equal(f.client.ops->next_us(f.client.self), UINT64_MAX);
    send_number(&f.client, &f.address, 1, 50);
    send_number(&f.client, &f.address, 2, 60);
    assert_int_equal(f.client.ops->next_us(f.client.self), 1050);
    assert_int_equal(receive_number(&f.client, 1049, &from), UINT32_MAX);
    assert_int_equal(f.client.ops->next_us(f.client.self), 1050);
    assert_int_equal(f.server.ops->next_us(f.server.self), UINT64_MAX);
    assert_int_equal(receive_number(&f.client, 1055, &from), UINT32_MAX);
    assert_int_equal(f.client.ops->next_us(f.client.self), 1060);
    assert_int_equal(f.server.ops->next_us(f.server.self), 0); /* it waits in the inner socket */
    assert_int_equal(f.server.ops->wait(f.server.self, 1000), 1);
    assert_int_equal(receive_number(&f.server, 1055, &from), UINT32_MAX);
    assert_int_equal(f.server.ops->wait(f.server.self, 1000), 0);
    assert_int_equal(f.server.ops->next_us(f.server.self), 1355);
    assert_int_equal(receive_number(&f.server, 1354, &from), UINT32_MAX);
    assert_int_equal(receive_number(&f.server, 1355, &from), 1);
    tear_down(&f);
}

static void wait_says_yes_while_something_is_left_that_is_due(void **state)
{
    mn_conditions slow = with_latency(100);
    mn_address from;
    fixture f;
    (void)state;
    set_up(&f, NULL, &slow, 1, SERVER_WRAPPED);
    send_number(&f.client, &f.address, 1, 0);
    send_number(&f.client, &f.address, 2, 0);
    assert_int_equal(receive_number(&f.server, 0, &from), UINT32_MAX);
    assert_int_equal(f.server.ops->wait(f.server.self, 1000), 0);
    assert_int_equal(receive_number(&f.server, 100, &from), 1);
    assert_int_equal(f.server.ops->wait(f.server.self, 1000), 1);
    assert_int_equal(receive_number(&f.server, 100, &from), 2);
    assert_int_equal(f.server.ops->wait(f.server.self, 1000), 0);
    tear_down(&f);
}

static void many_that_are_due_come_in_batches_in_order(void **state)
{
    enum { COUNT = 300 };
    mn_conditions slow = with_latency(100);
    mn_datagram received[COUNT];
    uint32_t count = 0;
    fixture f;
    (void)state;
    set_up(&f, NULL, &slow, 1, SERVER_WRAPPED);
    for (uint32_t i = 0; i < COUNT; i++) {
        send_number(&f.client, &f.address, i, 0);
    }
    assert_int_equal(f.server.ops->receive(f.server.self, received, COUNT, 0), 0);
    while (count < COUNT) {
        mn_result came = f.server.ops->receive(f.server.self, received, COUNT, 100);
        assert_int_equal(came, COUNT - count < MNI_SOCKET_BATCH ? COUNT - count : MNI_SOCKET_BATCH);
        for (uint32_t i = 0; i < (uint32_t)came; i++, count++) {
            assert_memory_equal(received[i].bytes, &count, sizeof(count));
        }
    }
    tear_down(&f);
}

/* In each place where a datagram can be: under way, handed out, and not yet asked for. */
static void a_closed_socket_gives_back_what_was_in_it(void **state)
{
    mn_conditions slow = with_latency(100);
    mn_datagram received[1];
    mn_address from;
    uint64_t live_bytes = 0;
    fixture f;
    (void)state;
    set_up(&f, NULL, &slow, 1, CLIENT_WRAPPED);
    for (uint32_t i = 0; i < 2000; i++) {
        mn_socket client;
        assert_int_equal(mni_socket_open_client(mn_lossy_sockets(f.lossy), &f.address, &client),
                         MN_OK);
        send_number(&client, &f.address, 1, 0);
        assert_int_equal(receive_number(&f.server, 0, &from), 1);
        for (uint32_t number = 0; number < 3; number++) {
            send_number(&f.server, &from, number, 0);
        }
        assert_int_equal(client.ops->receive(client.self, received, 1, 0), 0);
        assert_int_equal(client.ops->receive(client.self, received, 1, 100), 1);
        mni_socket_close(&client);
        assert_true(i == 0 || f.allocator.live_bytes == live_bytes);
        live_bytes = f.allocator.live_bytes;
    }
    tear_down(&f);
}

static void a_change_is_felt_by_the_next_datagram_and_keeps_the_order(void **state)
{
    mn_conditions slow = with_latency(1000);
    mn_conditions dead = {.struct_size = sizeof(dead), .partitioned = 1};
    mn_address from;
    fixture f;
    (void)state;
    set_up(&f, &slow, NULL, 1, CLIENT_WRAPPED);
    send_number(&f.client, &f.address, 1, 0);
    assert_int_equal(mn_lossy_set(f.lossy, NULL, NULL), MN_OK);
    send_number(&f.client, &f.address, 2, 100); /* behind the first, whose order it keeps */
    assert_int_equal(receive_number(&f.server, 100, &from), UINT32_MAX);
    assert_int_equal(mn_lossy_set(f.lossy, &dead, NULL), MN_OK);
    send_number(&f.client, &f.address, 3, 200);
    assert_int_equal(receive_number(&f.client, 1000, &from), UINT32_MAX);
    assert_int_equal(receive_number(&f.server, 1000, &from), 1);
    assert_int_equal(receive_number(&f.server, 1000, &from), 2);
    assert_int_equal(mn_lossy_set(f.lossy, NULL, NULL), MN_OK);
    send_number(&f.client, &f.address, 4, 1100);
    assert_int_equal(receive_number(&f.server, 1100, &from), 4);
    tear_down(&f);
}

static void what_is_under_way_leaves_with_the_close_in_order(void **state)
{
    enum { COUNT = 150 };
    mn_conditions slow = with_latency(1000);
    mn_address from;
    fixture f;
    (void)state;
    set_up(&f, &slow, NULL, 1, CLIENT_WRAPPED);
    for (uint32_t i = 0; i < COUNT; i++) {
        send_number(&f.client, &f.address, i, i);
    }
    assert_int_equal(receive_number(&f.server, COUNT, &from), UINT32_MAX);
    mni_socket_close(&f.client);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(receive_number(&f.server, COUNT, &from), i);
    }
    assert_int_equal(receive_number(&f.server, COUNT, &from), UINT32_MAX);
    tear_down(&f);
}

/* 5000 datagrams over a line with everything; the digest is of what arrived, and when. */
static uint64_t play(uint64_t seed, mni_lossy_counts *counts_out)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE] = {0};
    mn_conditions bad = {.struct_size = sizeof(bad),
                         .loss = 0.1f,
                         .duplicate = 0.05f,
                         .reorder = 0.05f,
                         .corrupt = 0.05f,
                         .burst = 2,
                         .latency_us = 20000,
                         .jitter_us = 15000,
                         .bytes_per_second = 400000};
    uint8_t bytes[200] = {0};
    mni_hash hash;
    fixture f;
    mni_hash_init(&hash, key);
    set_up(&f, &bad, &bad, seed, BOTH_WRAPPED);
    for (uint32_t i = 0; i < 5000; i++) {
        mn_datagram received[MNI_SOCKET_BATCH];
        mn_datagram sent = {.address = f.address, .size = i % 200, .bytes = bytes};
        uint64_t now_us = (uint64_t)i * 1000;
        memset(bytes, (int)(i & 0xff), sizeof(bytes));
        assert_int_equal(f.client.ops->send(f.client.self, &sent, 1, now_us), 1);
        mn_result came = f.server.ops->receive(f.server.self, received, MNI_SOCKET_BATCH, now_us);
        for (uint32_t j = 0; j < (uint32_t)came; j++) {
            mni_hash_add_u64(&hash, now_us);
            mni_hash_add_u64(&hash, received[j].size);
            mni_hash_add(&hash, received[j].bytes, received[j].size);
        }
    }
    mni_lossy_count(f.lossy, counts_out);
    tear_down(&f);
    return mni_hash_end(&hash);
}

static void the_same_seed_gives_the_same_bytes_at_the_same_times(void **state)
{
    mni_lossy_counts first;
    mni_lossy_counts again;
    mni_lossy_counts other;
    uint64_t seed = test_seed(42);
    (void)state;
    assert_true(play(seed, &first) == play(seed, &again));
    assert_memory_equal(&first, &again, sizeof(first));
    assert_true(play(seed, &first) != play(seed + 1, &other));
    assert_int_equal(first.up.entered, 5000);
    uint64_t sent = first.up.entered - first.up.lost + first.up.duplicated;
    assert_true(first.down.entered <= sent && sent - first.down.entered < 100); /* on the way */
    assert_true(first.up.lost > 300 && first.down.lost > 300 && first.up.corrupted > 100);
}

static void each_socket_has_a_stream_of_its_own(void **state)
{
    mn_conditions half = {.struct_size = sizeof(half), .loss = 0.5f};
    mn_address from;
    mn_socket second;
    uint32_t differences = 0;
    fixture f;
    (void)state;
    set_up(&f, &half, NULL, test_seed(1), CLIENT_WRAPPED);
    assert_int_equal(mni_socket_open_client(mn_lossy_sockets(f.lossy), &f.address, &second), MN_OK);
    for (uint32_t i = 0; i < 200; i++) {
        send_number(&f.client, &f.address, 1, i);
        bool first_came = receive_number(&f.server, i, &from) != UINT32_MAX;
        send_number(&second, &f.address, 1, i);
        bool second_came = receive_number(&f.server, i, &from) != UINT32_MAX;
        differences += first_came != second_came ? 1 : 0;
    }
    assert_true(differences > 40 && differences < 160);
    mni_socket_close(&second);
    tear_down(&f);
}

static void corruption_spares_the_other_copies(void **state)
{
    mn_conditions bad = {.struct_size = sizeof(bad), .duplicate = 1.0f, .corrupt = 0.5f};
    uint32_t intact = 0;
    uint32_t broken = 0;
    uint8_t bytes[100];
    fixture f;
    (void)state;
    set_up(&f, &bad, NULL, test_seed(1), CLIENT_WRAPPED);
    memset(bytes, 0x5a, sizeof(bytes));
    for (uint32_t i = 0; i < 500; i++) {
        mn_datagram received[4];
        mn_datagram sent = {.address = f.address, .size = sizeof(bytes), .bytes = bytes};
        assert_int_equal(f.client.ops->send(f.client.self, &sent, 1, i), 1);
        assert_int_equal(f.server.ops->receive(f.server.self, received, 4, i), 2);
        for (uint32_t j = 0; j < 2; j++) {
            bool is_intact = received[j].size == sizeof(bytes) &&
                             memcmp(received[j].bytes, bytes, sizeof(bytes)) == 0;
            intact += is_intact ? 1 : 0;
            broken += is_intact ? 0 : 1;
        }
    }
    assert_true(intact > 350 && broken > 350);
    tear_down(&f);
}

static void what_is_over_the_limit_of_the_delayed_is_dropped_and_counted(void **state)
{
    mn_conditions slow = with_latency(1000);
    mn_address from;
    mni_lossy_counts counts;
    uint32_t came = 0;
    fixture f;
    (void)state;
    set_up(&f, &slow, NULL, 1, CLIENT_WRAPPED);
    for (uint32_t i = 0; i < MNI_DELAYED_MAX + 20; i++) {
        send_number(&f.client, &f.address, i, 0);
    }
    mni_lossy_count(f.lossy, &counts);
    assert_int_equal(counts.overflowed, 20);
    uint64_t live_bytes = f.allocator.live_bytes;
    for (uint32_t i = 0; i < 1000; i++) {
        send_number(&f.client, &f.address, i, 0);
    }
    assert_int_equal(f.allocator.live_bytes, live_bytes);
    (void)f.client.ops->send(f.client.self, NULL, 0, 1000);
    while (receive_number(&f.server, 1000, &from) == came) {
        came++;
    }
    assert_int_equal(came, MNI_NETWORK_QUEUE_MAX); /* the rest did not fit into the server's */
    tear_down(&f);
}

static void a_steady_state_allocates_nothing(void **state)
{
    static const uint8_t bytes[1200];
    mn_conditions bad = {.struct_size = sizeof(bad),
                         .duplicate = 0.5f,
                         .reorder = 0.1f,
                         .corrupt = 0.1f,
                         .latency_us = 20000,
                         .jitter_us = 5000};
    mni_lossy_counts warm = {0};
    mni_lossy_counts after;
    fixture f;
    (void)state;
    set_up(&f, &bad, &bad, 1, BOTH_WRAPPED);
    for (uint32_t i = 0; i < 6000; i++) {
        mn_datagram received[MNI_SOCKET_BATCH];
        uint64_t now_us = (uint64_t)i * 1000;
        mn_datagram sent = {.address = f.address, .size = 1200 - i % 3, .bytes = bytes};
        assert_int_equal(f.client.ops->send(f.client.self, &sent, 1, now_us), 1);
        (void)f.server.ops->receive(f.server.self, received, MNI_SOCKET_BATCH, now_us);
        if (i == 3000) {
            mni_lossy_count(f.lossy, &warm);
        }
    }
    mni_lossy_count(f.lossy, &after);
    /* The most that was ever on its way at once may still grow a little, by chance. */
    assert_true(warm.allocations > 0 && after.allocations - warm.allocations <= 3);
    tear_down(&f);
}

static void sockets_outlive_the_wrapper_and_its_inner_network(void **state)
{
    mn_conditions slow = with_latency(1000);
    mn_address from;
    fixture f;
    (void)state;
    set_up(&f, &slow, &slow, 1, BOTH_WRAPPED);
    mn_lossy_destroy(f.lossy);
    mn_network_destroy(f.network);
    f.lossy = NULL;
    f.network = NULL;
    send_number(&f.client, &f.address, 9, 0);
    assert_int_equal(receive_number(&f.client, 1000, &from), UINT32_MAX);
    assert_int_equal(receive_number(&f.server, 1000, &from), UINT32_MAX);
    assert_int_equal(receive_number(&f.server, 2000, &from), 9);
    send_number(&f.client, &f.address, 10, 2000); /* on its way when all is closed */
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(conditions_that_are_refused_change_nothing),
        cmocka_unit_test(up_is_what_wrapped_sockets_send_and_down_what_they_receive),
        cmocka_unit_test(next_us_and_wait_know_what_is_due),
        cmocka_unit_test(wait_says_yes_while_something_is_left_that_is_due),
        cmocka_unit_test(many_that_are_due_come_in_batches_in_order),
        cmocka_unit_test(a_closed_socket_gives_back_what_was_in_it),
        cmocka_unit_test(a_change_is_felt_by_the_next_datagram_and_keeps_the_order),
        cmocka_unit_test(what_is_under_way_leaves_with_the_close_in_order),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_at_the_same_times),
        cmocka_unit_test(each_socket_has_a_stream_of_its_own),
        cmocka_unit_test(corruption_spares_the_other_copies),
        cmocka_unit_test(what_is_over_the_limit_of_the_delayed_is_dropped_and_counted),
        cmocka_unit_test(a_steady_state_allocates_nothing),
        cmocka_unit_test(sockets_outlive_the_wrapper_and_its_inner_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
