/* SPDX-License-Identifier: MIT */
/* When packets count as lost, and when probes are due (RFC 9002, section 6). */
#include "socket/loss.h"
#include "support/store.h"
#include "support/test.h"

#define MS UINT64_C(1000)

static test_store store;
static mni_records records;
static mni_sent sent;
static mni_rtt rtt;
static mni_loss loss;

static int setup(void **state)
{
    (void)state;
    test_store_init(&store);
    mni_records_init(&records, &store.memory, &store.messages);
    sent = (mni_sent){0};
    mni_loss_init(&loss);
    mni_rtt_init(&rtt);
    for (int i = 0; i < 100; i++) {
        mni_rtt_add(&rtt, 80 * MS, 0); /* 9/8 of it are 90; patience is 80 + 1 + 25 */
    }
    return 0;
}

static void free_all(mni_sent_list *list)
{
    mni_sent_packet *packet;
    while ((packet = mni_sent_list_pop(list)) != NULL) {
        mni_sent_packet_free(&records, packet);
    }
}

static int teardown(void **state)
{
    (void)state;
    free_all(&sent.flying);
    mni_records_clear(&records);
    return test_store_clear(&store);
}

static void fly(uint64_t number, uint64_t sent_us, uint32_t flags)
{
    mni_sent_packet *packet = mni_sent_packet_take(&records);
    assert_non_null(packet);
    packet->number = number;
    packet->sent_us = sent_us;
    packet->size = 100;
    packet->flags = flags;
    mni_sent_add(&sent, packet);
    mni_loss_sent(&loss, &sent, &rtt);
}

static void acknowledge(uint64_t number)
{
    mni_ack ack = {.count = 1, .runs = {{.first = number, .last = number}}};
    mni_sent_list acked = mni_sent_take_acked(&sent, &ack);
    free_all(&acked);
}

static uint32_t detect(uint64_t now_us)
{
    mni_sent_list lost = mni_loss_detect(&loss, &sent, &rtt, now_us);
    uint32_t count = lost.count;
    free_all(&lost);
    return count;
}

static void three_later_packets_are_proof(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 5; i++) {
        fly(i, 0, MNI_SENT_ARMS);
    }
    acknowledge(2);
    assert_int_equal(detect(1), 0);
    acknowledge(3);
    assert_int_equal(detect(1), 1);
    assert_int_equal(sent.flying.first->number, 1);
    acknowledge(4);
    assert_int_equal(detect(1), 1);
    assert_null(sent.flying.first);
}

static void one_later_packet_and_age_are_proof(void **state)
{
    (void)state;
    fly(0, 0, MNI_SENT_ARMS);
    fly(1, 10 * MS, MNI_SENT_ARMS);
    assert_int_equal(detect(89 * MS), 0);
    assert_int_equal(loss.due_us, MNI_NEVER); /* nothing later has arrived */
    acknowledge(1);
    assert_int_equal(detect(90 * MS - 1), 0);
    assert_int_equal(loss.due_us, 90 * MS);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), 90 * MS);
    assert_int_equal(detect(90 * MS), 1);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), MNI_NEVER);
}

static void the_latest_sample_counts_when_it_is_longer(void **state)
{
    (void)state;
    mni_rtt_add(&rtt, 160 * MS, 0);
    fly(0, 0, MNI_SENT_ARMS);
    fly(1, 0, MNI_SENT_ARMS);
    acknowledge(1);
    assert_int_equal(detect(180 * MS - 1), 0);
    assert_int_equal(detect(180 * MS), 1);
}

static void a_probe_is_due_after_patience_and_then_less_often(void **state)
{
    (void)state;
    fly(0, 0, MNI_SENT_ARMS);
    static const uint64_t due_ms[] = {106, 212, 424, 500, 500};
    for (size_t i = 0; i < sizeof(due_ms) / sizeof(due_ms[0]); i++) {
        uint64_t due_us = due_ms[i] * MS;
        assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), due_us);
        mni_loss_tick(&loss, &sent, &rtt, due_us - 1);
        assert_int_equal(loss.due_probes, 0);
        mni_loss_tick(&loss, &sent, &rtt, due_us);
        assert_int_equal(loss.due_probes, i == 0 ? 1 : 2);
        loss.due_probes = 0;
    }
    mni_loss_acked(&loss);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), 106 * MS);
}

static void a_long_round_trip_is_not_cut_by_the_bound_of_the_backoff(void **state)
{
    (void)state;
    mni_rtt_init(&rtt);
    mni_rtt_add(&rtt, 2000 * MS, 0);
    fly(0, 0, MNI_SENT_ARMS);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), (2000 + 4000 + 25) * MS);
}

static void unreliable_packets_alone_are_not_probed_but_given_up(void **state)
{
    (void)state;
    fly(0, 0, 0);
    fly(1, 50 * MS, 0);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), (2 * 81 + 100) * MS);
    assert_int_equal(detect(1), 0);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), (2 * 81 + 100) * MS);
    mni_loss_tick(&loss, &sent, &rtt, 261 * MS);
    assert_int_equal(loss.due_probes, 0);
    assert_int_equal(detect(262 * MS), 1);
    assert_int_equal(detect(312 * MS), 1);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), MNI_NEVER);
}

static void beside_an_armed_packet_they_wait_for_its_probe(void **state)
{
    (void)state;
    fly(0, 0, 0);
    fly(1, 0, MNI_SENT_ARMS);
    assert_int_equal(detect(1000 * MS), 0);
    acknowledge(1);
    assert_int_equal(detect(1000 * MS), 1);
}

static void nothing_under_way_needs_no_timer(void **state)
{
    (void)state;
    assert_int_equal(detect(1), 0);
    assert_int_equal(mni_loss_next_us(&loss, &sent, &rtt), MNI_NEVER);
    mni_loss_tick(&loss, &sent, &rtt, UINT64_MAX / 2);
    assert_int_equal(loss.due_probes, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(three_later_packets_are_proof),
        TEST(one_later_packet_and_age_are_proof),
        TEST(the_latest_sample_counts_when_it_is_longer),
        TEST(a_probe_is_due_after_patience_and_then_less_often),
        TEST(a_long_round_trip_is_not_cut_by_the_bound_of_the_backoff),
        TEST(unreliable_packets_alone_are_not_probed_but_given_up),
        TEST(beside_an_armed_packet_they_wait_for_its_probe),
        TEST(nothing_under_way_needs_no_timer),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
