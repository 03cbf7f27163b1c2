/* SPDX-License-Identifier: MIT */
/* What the message floor does with a peer: it rides in its packets, and holds events. */
#include "base/buffer.h"
#include "socket/peer.h"
#include "support/failing_sockets.h"
#include "support/peers.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

enum { RECORDS_MAX = 4096 };

static const mn_conditions clean = {.struct_size = sizeof(clean), .latency_us = 20000};

/* A rider that writes numbered pieces and keeps account of what became of them. */
typedef struct passenger {
    mn_peer *peer;
    uint32_t left; /* pieces to write; then it has nothing */
    uint32_t written, taken, delivered, lost;
    uint8_t fates[RECORDS_MAX]; /* how often each record was settled */
    uint64_t newest_packet;
    mni_verdict verdict;
    bool wakes; /* itself, from inside */
} passenger;

static mni_verdict check(void *user, mn_connection from, const uint8_t *bytes, uint32_t size)
{
    passenger *it = user;
    (void)from;
    assert_int_equal(size, 4);
    assert_true(bytes[3] == 0x77);
    return it->verdict;
}

static void take(void *user, mn_connection from, uint64_t packet, const uint8_t *bytes,
                 uint32_t size)
{
    passenger *it = user;
    (void)from;
    (void)bytes;
    (void)size;
    it->newest_packet = packet > it->newest_packet ? packet : it->newest_packet;
    it->taken++;
}

static uint32_t write(void *user, mn_connection to, uint8_t *bytes, uint32_t capacity,
                      uint32_t *record_out)
{
    passenger *it = user;
    if (it->wakes) {
        mni_peer_wake(it->peer, to);
    }
    if (it->left == 0 || capacity < 4) {
        return 0;
    }
    it->left--;
    *record_out = it->written++;
    memset(bytes, 0x77, 4);
    return 4;
}

static void settled(void *user, mn_connection to, uint32_t record, bool delivered)
{
    passenger *it = user;
    (void)to;
    it->fates[record]++;
    *(delivered ? &it->delivered : &it->lost) += 1;
}

static void board(passenger *it, mn_peer *peer)
{
    const mni_rider rider = {
        .user = it, .check = check, .take = take, .write = write, .settled = settled};
    *it = (passenger){.peer = peer};
    mni_peer_set_rider(peer, &rider);
}

static void assert_each_settled_once(const passenger *it)
{
    for (uint32_t i = 0; i < it->written; i++) {
        assert_int_equal(it->fates[i], 1);
    }
    assert_int_equal(it->delivered + it->lost, it->written);
}

static void a_rider_writes_when_woken_and_learns_the_fate(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    passenger here, there;
    board(&here, test_client_of(&it));
    board(&there, test_server_of(&it));
    here.left = 3;
    test_peers_run(it.world, SECOND_US / 10);
    assert_int_equal(here.written, 0); /* nobody woke it */
    mni_peer_wake(test_client_of(&it), it.at_client);
    test_peers_step(it.world);
    assert_int_equal(here.written, 3); /* asked as long as it writes */
    test_peers_run(it.world, SECOND_US / 2);
    assert_int_equal(there.taken, 3);
    assert_int_equal(here.delivered, 3);
    assert_each_settled_once(&here);
    mni_peer_set_rider(test_client_of(&it), NULL);
    mni_peer_wake(test_client_of(&it), (mn_connection){0}); /* nobody: nothing */
    test_peers_destroy(it.world);
}

static void a_rider_is_asked_again_when_the_socket_was_full(void **state)
{
    (void)state;
    test_peers *world = test_peers_create(NULL, 1);
    failing_sockets failing;
    mn_peer_config config = test_peers_failing_config(world, &failing);
    (void)test_peers_server(world, NULL);
    mn_connection at_client;
    uint32_t client = test_peers_client(world, &config, NULL, &at_client);
    assert_non_null(test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND_US));
    test_peers_run(world, SECOND_US / 10);
    passenger here;
    board(&here, world->peers[client]);
    failing_sockets_plan(&failing, FAILING_SEND, 0, FAILING_FOREVER, MN_ERROR_FULL);
    for (uint32_t i = 0; i < 3; i++) { /* the first fills the batch */
        assert_int_equal(mn_peer_send(world->peers[client], at_client, "x", 1, 0, 0), MN_OK);
        test_peers_step(world);
    }
    here.left = 1;
    mni_peer_wake(world->peers[client], at_client);
    test_peers_step(world);
    assert_int_equal(here.written, 0);
    failing_sockets_plan(&failing, FAILING_SEND, 0, 0, MN_OK);
    test_peers_step(world);
    assert_int_equal(here.written, 1);
    test_peers_destroy(world);
}

static void a_rider_may_wake_itself_while_it_writes(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    passenger here, there;
    board(&here, test_client_of(&it));
    board(&there, test_server_of(&it));
    here.wakes = true;
    mni_peer_wake(test_client_of(&it), it.at_client);
    test_peers_step(it.world); /* it comes to an end */
    here.left = 1;
    test_peers_step(it.world);
    assert_int_equal(here.written, 1);
    here.wakes = false;
    test_peers_run(it.world, SECOND_US / 10);
    test_peers_destroy(it.world);
}

static void a_piece_is_settled_once_under_loss_and_at_the_end(void **state)
{
    (void)state;
    const mn_conditions bad = {
        .struct_size = sizeof(bad), .loss = 0.3f, .duplicate = 0.1f, .latency_us = 30000};
    uint64_t seed = test_seed(1);
    for (uint64_t i = 0; i < 10; i++) {
        test_two it = test_two_create(&bad, seed + i);
        static passenger here, there;
        board(&here, test_client_of(&it));
        board(&there, test_server_of(&it));
        for (uint32_t k = 0; k < 200; k++) {
            here.left = 1;
            mni_peer_wake(test_client_of(&it), it.at_client);
            test_peers_run(it.world, 10000);
        }
        assert_int_equal(mn_peer_close(test_client_of(&it)), MN_OK);
        if (here.written < 190 || there.taken < here.delivered || here.lost == 0) {
            fail_msg("%u %u %u, seed %" PRIu64, here.written, there.taken, here.lost, seed + i);
        }
        assert_each_settled_once(&here);
        test_peers_destroy(it.world);
    }
}

static void a_packet_without_room_above_is_sent_again_and_a_wrong_one_is_charged(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    passenger here, there;
    board(&here, test_client_of(&it));
    board(&there, test_server_of(&it));
    there.verdict = MNI_VERDICT_NO_ROOM;
    here.left = 1;
    mni_peer_wake(test_client_of(&it), it.at_client);
    assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, "x", 1, MN_RELIABLE, 0),
                     MN_OK);
    test_peers_run(it.world, SECOND_US / 20);
    assert_int_equal(there.taken, 0);
    assert_null(test_peers_last(it.world, it.server, MN_EVENT_MESSAGE));
    assert_non_null(test_peers_await(it.world, it.server, MN_EVENT_MESSAGE, 0, 3 * SECOND_US));
    assert_true(test_peers_counters(it.world, it.server).dropped[MN_DROP_ROOM] >= 1);
    there.verdict = MNI_VERDICT_MALFORMED;
    for (uint32_t i = 0; i < 100; i++) {
        here.left = 1;
        mni_peer_wake(test_client_of(&it), it.at_client);
        test_peers_step(it.world);
    }
    const test_event *over =
        test_peers_await(it.world, it.server, MN_EVENT_DISCONNECTED, 0, SECOND_US);
    assert_non_null(over);
    assert_int_equal(over->event.reason, MN_REASON_PROTOCOL);
    const test_event *told =
        test_peers_await(it.world, it.client, MN_EVENT_DISCONNECTED, 0, SECOND_US);
    assert_non_null(told);
    assert_int_equal(told->event.reason, MN_REASON_PROTOCOL);
    assert_each_settled_once(&here);
    test_peers_destroy(it.world);
}

static void the_floor_above_charges_as_well(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    for (uint32_t i = 0; i < 100; i++) {
        mni_peer_charge(test_server_of(&it), it.at_server);
    }
    mni_peer_charge(test_server_of(&it), (mn_connection){0});
    test_peers_step(it.world);
    const test_event *over = test_peers_last(it.world, it.server, MN_EVENT_DISCONNECTED);
    assert_non_null(over);
    assert_int_equal(over->event.reason, MN_REASON_PROTOCOL);
    test_peers_destroy(it.world);
}

static void one_buffer_goes_to_many_without_a_copy(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    mn_peer *peer = test_client_of(&it);
    mni_peer_set_rider(test_server_of(&it), &(mni_rider){0});
    mni_buffer *buffer = mni_buffer_take(mni_peer_buffers(peer), 3);
    assert_non_null(buffer);
    memcpy(buffer->bytes, "abc", 3);
    buffer->size = 3;
    assert_int_equal(mni_peer_send_buffer(peer, it.at_client, buffer,
                                          MN_RELIABLE | MN_ON_CHANNEL(MNI_CHANNEL_CONTROL), 0),
                     MN_OK);
    assert_int_equal(mni_peer_send_buffer(peer, it.at_client, buffer,
                                          MN_RELIABLE | MN_ON_CHANNEL(MNI_CHANNEL_CALLS), 0),
                     MN_OK);
    assert_int_equal(mni_peer_send_buffer(peer, it.at_client, buffer,
                                          MN_RELIABLE | MN_ON_CHANNEL(MNI_CHANNELS), 0),
                     MN_ERROR_ARGUMENT);
    assert_int_equal(mni_peer_send_buffer(peer, (mn_connection){0}, buffer, MN_RELIABLE, 0),
                     MN_ERROR_STALE);
    assert_int_equal(buffer->references, 3);
    mni_buffer_drop(mni_peer_buffers(peer), buffer);
    test_peers_run(it.world, SECOND_US / 2);
    assert_int_equal(test_peers_count(it.world, it.server, MN_EVENT_MESSAGE), 2);
    test_peers_destroy(it.world);
}

static void an_event_that_was_taken_is_held_until_it_is_returned(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    mn_peer *server = test_server_of(&it);
    assert_int_equal(mn_peer_send(test_client_of(&it), it.at_client, "abc", 3, 0, 0), MN_OK);
    (void)mn_peer_flush(test_client_of(&it), it.world->now_us);
    mni_peer_event taken = {0};
    for (uint32_t i = 0; i < 100 && taken.event.type != MN_EVENT_MESSAGE; i++) {
        it.world->now_us += 1000;
        (void)mn_peer_update(test_client_of(&it), it.world->now_us);
        (void)mn_peer_update(server, it.world->now_us);
        (void)mni_peer_take_event(server, &taken);
    }
    assert_int_equal(taken.event.type, MN_EVENT_MESSAGE);
    assert_non_null(taken.buffer);
    assert_true(taken.credit >= 3);
    test_peers_run(it.world, SECOND_US);
    assert_memory_equal(taken.event.data, "abc", 3);
    assert_int_equal(mn_peer_disconnect(server, it.at_server, 0, NULL), MN_OK);
    test_peers_run(it.world, SECOND_US);
    assert_memory_equal(taken.event.data, "abc", 3); /* the connection is gone */
    mni_peer_return_event(server, &taken);
    assert_null(taken.buffer);
    assert_false(mni_peer_take_event(server, &taken));
    test_peers_destroy(it.world);
}

static void the_peers_own_are_open_to_the_floor_above(void **state)
{
    (void)state;
    test_two it = test_two_create(&clean, 1);
    mn_peer *peer = test_client_of(&it);
    assert_int_equal(mni_peer_config(peer)->timeout_us, 15000000);
    mni_peer_counts(peer)->dropped[MN_DROP_STALE_STATE]++;
    assert_int_equal(test_peers_counters(it.world, it.client).dropped[MN_DROP_STALE_STATE], 1);
    assert_true(mni_peer_memory(peer)->used > 0);
    test_peers_destroy(it.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rider_writes_when_woken_and_learns_the_fate),
        cmocka_unit_test(a_rider_is_asked_again_when_the_socket_was_full),
        cmocka_unit_test(a_rider_may_wake_itself_while_it_writes),
        cmocka_unit_test(a_piece_is_settled_once_under_loss_and_at_the_end),
        cmocka_unit_test(a_packet_without_room_above_is_sent_again_and_a_wrong_one_is_charged),
        cmocka_unit_test(the_floor_above_charges_as_well),
        cmocka_unit_test(one_buffer_goes_to_many_without_a_copy),
        cmocka_unit_test(an_event_that_was_taken_is_held_until_it_is_returned),
        cmocka_unit_test(the_peers_own_are_open_to_the_floor_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
