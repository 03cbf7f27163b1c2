/* SPDX-License-Identifier: MIT */
/*
 * A side that runs, but whose game reads nothing for a minute: what it is sent finds no room, and
 * packets with anything of that in them are not acknowledged. It is not taken for silent, whatever
 * it is sent, and when it reads again, everything goes on.
 */
#include "support/pair.h"
#include "support/seed.h"
#include "support/test.h"

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

static test_pair pair;

static int setup(void **state)
{
    (void)state;
    mn_peer_config config = test_pair_config();
    config.receive_window_bytes = 16 * 1024;
    test_pair_open(&pair, &config, test_seed(1));
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 20 * MS, .loss = 0.02});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_pair_close(&pair);
    return 0;
}

static uint32_t read_all(uint32_t side)
{
    mni_peer_event event;
    uint32_t count = 0;
    while (test_pair_take(&pair, side, &event)) {
        test_pair_return(&pair, side, &event);
        count++;
    }
    return count;
}

static bool is_open(uint32_t side)
{
    return pair.sides[side].connection.state == MNI_CONNECTION_OPEN;
}

/* Sixty times a second, one of each of these modes; who may not is told so. */
static void say(uint32_t side, const uint32_t *modes, uint32_t count, uint64_t duration_us)
{
    uint64_t end_us = pair.now_us + duration_us;
    for (uint64_t number = 0; pair.now_us < end_us; number++) {
        for (uint32_t i = 0; i < count; i++) {
            mn_result result = test_pair_send(&pair, side, 400, number, modes[i], 0);
            assert_true(result == MN_OK || result == MN_ERROR_FULL);
        }
        test_pair_flush(&pair, side);
        test_pair_run(&pair, 16 * MS, MS);
    }
}

static void play(uint32_t side, const uint32_t *modes, uint32_t count)
{
    say(side, modes, count, 60 * SECOND);
    assert_true(is_open(0) && is_open(1));
    assert_true(pair.sides[1 - side].dropped[MN_DROP_ROOM] > 100);
    assert_true(read_all(1 - side) > 10);
    uint64_t end_us = pair.now_us + 5 * SECOND;
    uint32_t heard = 0;
    while (pair.now_us < end_us) {
        say(side, modes, count, 100 * MS);
        heard += read_all(1 - side);
    }
    assert_true(heard > 200);
    assert_true(is_open(0) && is_open(1));
}

static void each_side_may_be_deaf(const uint32_t *modes, uint32_t count)
{
    for (uint32_t side = 0; side < 2; side++) {
        play(side, modes, count);
        (void)teardown(NULL);
        (void)setup(NULL);
    }
}

static void unreliable_messages_end_no_connection(void **state)
{
    (void)state;
    each_side_may_be_deaf((const uint32_t[]){MN_UNRELIABLE}, 1);
}

static void reliable_ones_among_them_do_not_either(void **state)
{
    (void)state;
    each_side_may_be_deaf((const uint32_t[]){MN_RELIABLE, MN_UNRELIABLE, MN_NOTIFY}, 3);
}

/* After 16384 packets without news their numbers would take four bytes, and nothing would leave. */
static void it_may_last(void **state)
{
    (void)state;
    const uint32_t mode = MN_UNRELIABLE;
    say(1, &mode, 1, 400 * SECOND);
    assert_true(is_open(0) && is_open(1));
    (void)read_all(0);
    say(1, &mode, 1, SECOND);
    assert_true(read_all(0) > 30); /* as many as there is room for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unreliable_messages_end_no_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(reliable_ones_among_them_do_not_either, setup, teardown),
        cmocka_unit_test_setup_teardown(it_may_last, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
