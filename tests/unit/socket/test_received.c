/* SPDX-License-Identifier: MIT */
/* The window of packets that arrived: duplicates, acknowledgements, and when these are due. */
#include "base/random.h"
#include "socket/received.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)

static mni_received received;

static int setup(void **state)
{
    (void)state;
    mni_received_init(&received);
    return 0;
}

static void add(uint64_t number)
{
    mni_received_add(&received, number, MNI_ELICIT_SOON, 0);
}

static void a_duplicate_is_known_until_it_is_old(void **state)
{
    (void)state;
    assert_int_equal(mni_received_check(&received, 0), MNI_FRESH);
    add(0);
    assert_int_equal(mni_received_check(&received, 0), MNI_DUPLICATE);
    add(1023);
    assert_int_equal(mni_received_check(&received, 0), MNI_DUPLICATE);
    assert_int_equal(mni_received_check(&received, 1), MNI_FRESH);
    add(1024);
    assert_int_equal(mni_received_check(&received, 0), MNI_OLD);
    assert_int_equal(mni_received_check(&received, 1), MNI_FRESH);
    add(1);
    assert_int_equal(mni_received_check(&received, 1), MNI_DUPLICATE);
    add(1000000);
    assert_int_equal(mni_received_check(&received, 1024), MNI_OLD);
    assert_int_equal(mni_received_check(&received, 1000000 - 1023), MNI_FRESH);
    assert_int_equal(mni_received_check(&received, 1000000 - 1024), MNI_OLD);
}

static void missing_numbers_are_counted_until_they_come(void **state)
{
    (void)state;
    add(0);
    add(5);
    assert_int_equal(received.missing, 4);
    add(3);
    assert_int_equal(received.missing, 3);
    assert_true(mni_ratio_read(&received.loss) > 0.02f);
}

static void without_gaps_the_short_form_does(void **state)
{
    (void)state;
    mni_ack ack;
    for (uint64_t i = 0; i < 200; i++) {
        add(i);
        mni_received_build(&received, 0, &ack);
        assert_true(mni_ack_is_short(&ack));
        mni_received_told(&received);
    }
}

static void many_new_packets_at_once_are_all_told(void **state)
{
    (void)state;
    mni_ack ack;
    for (uint64_t i = 0; i < 900; i++) {
        add(i);
    }
    mni_received_build(&received, 0, &ack);
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.runs[0].first, 0);
    assert_int_equal(ack.runs[0].last, 899);
}

static void each_packet_is_told_in_three_acknowledgements(void **state)
{
    (void)state;
    mni_ack ack;
    for (uint64_t round = 0; round < 10; round++) {
        for (uint64_t i = 0; i < 100; i++) {
            add(round * 100 + i);
        }
        mni_received_build(&received, 0, &ack);
        mni_received_told(&received);
        assert_int_equal(ack.runs[0].first, round < 2 ? 0 : (round - 2) * 100);
    }
}

static void gaps_are_told_over_64_numbers(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        if (i != 150 && i != 190 && i != 191 && i != 100) {
            add(i);
        }
        mni_received_told(&received);
    }
    mni_ack ack;
    mni_received_build(&received, 0, &ack);
    static const mni_run runs[] = {{192, 199}, {151, 189}, {136, 149}};
    assert_int_equal(ack.count, 3);
    assert_memory_equal(ack.runs, runs, sizeof(runs));
}

static void more_gaps_than_fit_leave_the_oldest_out(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 300; i += 2) {
        add(i);
    }
    mni_ack ack;
    mni_received_build(&received, 0, &ack);
    assert_int_equal(ack.count, MNI_ACK_PAIRS_MAX + 1);
    assert_int_equal(ack.runs[MNI_ACK_PAIRS_MAX].last, 298 - 2 * MNI_ACK_PAIRS_MAX);
}

/* Against a plain list of what was added. */
static void whatever_comes_is_never_told_wrongly(void **state)
{
    (void)state;
    uint64_t seed = test_seed(11);
    mni_random random;
    mni_random_init(&random, seed);
    static bool has_come[6000];
    memset(has_come, 0, sizeof(has_come));
    uint64_t newest = 0;
    for (int i = 0; i < 5000; i++) {
        uint64_t number = newest + mni_random_below(&random, 40);
        number = number > 37 ? number - 37 : number;
        bool is_old = received.next > number + MNI_RECEIVED_WINDOW;
        mni_freshness expected = is_old ? MNI_OLD : has_come[number] ? MNI_DUPLICATE : MNI_FRESH;
        if (mni_received_check(&received, number) != expected) {
            fail_msg("number %llu, MN_SEED=%llu", (unsigned long long)number,
                     (unsigned long long)seed);
        }
        if (expected != MNI_FRESH || number >= 6000) {
            continue;
        }
        add(number);
        has_come[number] = true;
        newest = number > newest ? number : newest;
        mni_ack ack;
        mni_received_build(&received, 0, &ack);
        assert_int_equal(ack.runs[0].last, newest);
        uint64_t above = newest + 2;
        for (uint32_t j = 0; j < ack.count; j++) {
            assert_true(ack.runs[j].last + 1 < above);
            assert_true(ack.runs[j].first <= ack.runs[j].last);
            above = ack.runs[j].first;
            for (uint64_t k = ack.runs[j].first; k <= ack.runs[j].last; k++) {
                assert_true(has_come[k]);
            }
        }
        if (mni_random_chance(&random, 0.5)) {
            mni_received_told(&received);
        }
    }
}

static void when_an_acknowledgement_is_due(void **state)
{
    (void)state;
    static const struct {
        const char *packets; /* s soon, l lazy, n not, p at once; '-': one is missing */
        uint64_t due_us;
    } cases[] = {
        {"", MNI_NEVER},
        {"n", MNI_NEVER},
        {"nnn-nn", MNI_NEVER},
        {"s", 25 * MS},
        {"ss", 0},
        {"sns", 0},
        {"l", 100 * MS},
        {"lllllll", 100 * MS},
        {"llllllll", 0},
        {"ls", 25 * MS},
        {"sl", 25 * MS},
        {"slllllll", 0},
        {"s-s", 0},
        {"-l", 0},
        {"l-n", 100 * MS},
        {"l-l", 0},
        {"p", 0},
        {"np", 0},
        {"lp", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mni_received_init(&received);
        uint64_t number = 0;
        for (const char *kind = cases[i].packets; *kind != '\0'; kind++, number++) {
            mni_elicit elicit = *kind == 's'   ? MNI_ELICIT_SOON
                                : *kind == 'l' ? MNI_ELICIT_LAZY
                                : *kind == 'p' ? MNI_ELICIT_NOW
                                               : MNI_ELICIT_NOT;
            if (*kind != '-') {
                mni_received_add(&received, number, elicit, 0);
            }
        }
        assert_int_equal(received.due_us, cases[i].due_us);
        assert_int_equal(mni_received_has_news(&received), cases[i].due_us != MNI_NEVER);
        mni_received_told(&received);
        assert_int_equal(received.due_us, MNI_NEVER);
        assert_false(mni_received_has_news(&received));
    }
}

static void a_late_packet_is_told_at_once(void **state)
{
    (void)state;
    add(0);
    add(2);
    mni_received_told(&received);
    mni_received_add(&received, 1, MNI_ELICIT_LAZY, 7000);
    assert_int_equal(received.due_us, 7000);
    mni_ack ack;
    mni_received_build(&received, 9000, &ack);
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.delay_us, 9000); /* of the newest, which is number 2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_duplicate_is_known_until_it_is_old, setup),
        cmocka_unit_test_setup(missing_numbers_are_counted_until_they_come, setup),
        cmocka_unit_test_setup(without_gaps_the_short_form_does, setup),
        cmocka_unit_test_setup(many_new_packets_at_once_are_all_told, setup),
        cmocka_unit_test_setup(each_packet_is_told_in_three_acknowledgements, setup),
        cmocka_unit_test_setup(gaps_are_told_over_64_numbers, setup),
        cmocka_unit_test_setup(more_gaps_than_fit_leave_the_oldest_out, setup),
        cmocka_unit_test_setup(whatever_comes_is_never_told_wrongly, setup),
        cmocka_unit_test_setup(when_an_acknowledgement_is_due, setup),
        cmocka_unit_test_setup(a_late_packet_is_told_at_once, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
