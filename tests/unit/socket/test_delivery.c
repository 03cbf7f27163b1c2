/* SPDX-License-Identifier: MIT */
/*
 * A trivial model of each mode (support/ledger.h) beside the real thing, on bad lines and from many
 * seeds, with sizes of up to eight packets, copies, times to live and cancelled messages; by turns
 * in plain mode, sealed with keys that change all the time, and behind a payload. The same with one
 * allocation failing. How connections end is in test_endings.c. MN_SEED chooses the first seed,
 * MN_COUNT how many there are.
 */
#include "support/ledger.h"
#include "support/pair.h"
#include "support/seed.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000)

enum { CHANNELS = 4 };

static test_pair pair;
static test_ledger ledgers[2]; /* of what each side sends */
static bool is_announced[2];   /* each side's game knows of the other */
static uint64_t seed;

static void require(bool condition, const char *what)
{
    if (!condition) {
        fail_msg("%s; MN_SEED=%llu", what, (unsigned long long)seed);
    }
}

static void agree(const char *difference)
{
    require(difference == NULL, difference);
}

static uint32_t random_below(uint32_t bound)
{
    return (uint32_t)mni_random_below(&pair.random, bound);
}

static uint32_t random_size(void)
{
    return mni_random_chance(&pair.random, 0.05) ? 1100 + random_below(8000)
                                                 : LEDGER_SIZE_MIN + random_below(200);
}

/* A mode, of which the reliable ordered one is twice as frequent, and what goes with it. */
static uint32_t random_how(void)
{
    uint32_t mode = 1 + random_below(6);
    mode = mode > MN_NOTIFY ? MN_RELIABLE : mode;
    uint32_t how = mode | MN_ON_CHANNEL(random_below(CHANNELS));
    if (mode != MN_UNRELIABLE && mode != MN_NOTIFY && mni_random_chance(&pair.random, 0.2)) {
        how |= MN_REDUNDANT(1 + random_below(3));
    }
    uint32_t ms = mni_random_chance(&pair.random, 0.15) ? 1 + random_below(60) : 0;
    return how | MN_EXPIRES_MS(ms);
}

static void send_as(uint32_t side, uint32_t how)
{
    test_ledger *ledger = &ledgers[side];
    uint64_t number = ledger->count;
    uint32_t size = random_size();
    if (test_pair_send(&pair, side, size, number, how, number) == MN_OK) {
        test_ledger_sent(ledger, size, how);
    }
}

static void send_something(uint32_t side)
{
    send_as(side, random_how());
    if (mni_random_chance(&pair.random, 0.1)) {
        test_ledger *ledger = &ledgers[side];
        uint64_t token = ledger->count - random_below(10); /* may be one that never was */
        uint32_t count = mni_connection_cancel(&pair.sides[side].connection, token, false);
        agree(test_ledger_cancelled(ledger, token, (mn_result)count));
    }
}

static void take_events(uint32_t side)
{
    mni_peer_event event;
    while (test_pair_take(&pair, side, &event)) {
        if (event.event.type == MN_EVENT_CONNECTED) {
            require(side == 1 && !is_announced[1], "announced to the wrong side, or twice");
            is_announced[1] = true;
        } else if (event.event.type == MN_EVENT_MESSAGE) {
            require(is_announced[side], "a message comes from nobody");
            agree(test_ledger_take(&ledgers[1 - side], &event.event));
        } else {
            agree(test_ledger_fate(&ledgers[side], &event.event));
        }
        test_pair_return(&pair, side, &event);
    }
}

static void play(uint32_t frames, double chance)
{
    for (uint32_t i = 0; i < frames; i++) {
        for (uint32_t side = 0; side < 2; side++) {
            while (mni_random_chance(&pair.random, chance)) {
                send_something(side);
            }
            test_pair_flush(&pair, side);
        }
        for (int j = 0; j < 4; j++) {
            test_pair_step(&pair, 4 * MS);
            take_events(0);
            take_events(1);
        }
    }
}

/* On a good line now: everything that was promised comes. */
static void expect_the_rest(void)
{
    test_pair_set_lines(&pair, &(pair_line){.latency_us = 10 * MS});
    play(200, 0);
    for (uint32_t i = 0; i < 6; i++) { /* copies that wait for a packet to ride in have theirs */
        send_as(i % 2, MN_UNRELIABLE);
        test_pair_flush(&pair, i % 2);
    }
    play(100, 0);
    for (int i = 0; i < 30 && pair.count > 0; i++) { /* a keep-alive, and its answer */
        test_pair_step(&pair, MS);
    }
    for (uint32_t side = 0; side < 2; side++) {
        uint64_t expired = pair.sides[side].counters.dropped[MN_DROP_EXPIRED];
        agree(test_ledger_check_all(&ledgers[side], expired));
        agree(test_ledger_check_fates(&ledgers[side]));
        const mni_connection *connection = &pair.sides[side].connection;
        require(connection->state == MNI_CONNECTION_OPEN, "it did not stay open");
        require(is_announced[side] && connection->payload == NULL, "a payload stays behind");
        require(connection->sent.flying.count == 0, "packets stay under way");
        require(connection->queue.count == 0, "messages stay queued");
        require(connection->credit_in.loose == 0, "an allowance leaks");
        require(connection->notify_count == 0, "a notify message is counted still");
        require(pair.sides[side].events.reserved == 0, "an event place leaks");
        require(pair.sides[side].shared.messages.pool.used == 0, "a message leaks");
        require(pair.sides[side].shared.records.cargo.used == 0, "cargo leaks");
        require(pair.sides[side].shared.records.pieces.used == 0, "a piece leaks");
        require(pair.sides[side].shared.messages.splits.used == 0, "a split leaks");
        require(pair.sides[side].shared.assemblies.pool.used == 0, "an assembly leaks");
        require(pair.sides[side].dropped[MN_DROP_MALFORMED] == 0, "honest packets are malformed");
    }
}

static void begin(const mn_peer_config *config)
{
    test_ledger_clear(&ledgers[0]);
    test_ledger_clear(&ledgers[1]);
    pair_mode mode = (pair_mode)(seed / 2 % 3);
    test_pair_open_as(&pair, config, seed, mode);
    test_pair_set_rekey(&pair, 1 + seed % 50);
    is_announced[0] = true;
    is_announced[1] = mode != PAIR_ANNOUNCED;
    if (mode == PAIR_ANNOUNCED) {
        test_pair_offer(&pair, "hello", 5);
    }
}

static void promises_hold_on_every_line(void **state)
{
    (void)state;
    static const pair_line lines[] = {
        {.loss = 0.3, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.05, .latency_us = 30 * MS},
        {.loss = 0.05, .latency_us = 50 * MS, .jitter_us = 40 * MS},
        {.duplicate = 0.5, .reorder = 0.5, .latency_us = 5 * MS},
        {.loss = 0.6, .latency_us = 20 * MS},
        {.corrupt = 0.4, .latency_us = 1 * MS},
    };
    uint64_t first = test_seed(1);
    const char *count = getenv("MN_COUNT");
    uint64_t end = count != NULL ? strtoull(count, NULL, 10) : 40;
    for (uint64_t i = 0; i < end; i++) {
        seed = first + i;
        mn_peer_config config = test_pair_config();
        config.max_in_flight_bytes = i % 3 == 0 ? 8000 : 256 * 1024;
        config.receive_window_bytes = i % 4 == 0 ? 6000 : i % 4 == 1 ? 20000 : 256 * 1024;
        begin(&config);
        test_pair_set_lines(&pair, &lines[i % 5]);
        pair.sides[1].line = lines[(i / 5) % 5];
        play(120, 0.6);
        expect_the_rest();
        test_pair_close(&pair);
    }
}

static void interruptions_lose_nothing(void **state)
{
    (void)state;
    uint64_t first = test_seed(1000);
    for (uint64_t i = 0; i < 10; i++) {
        seed = first + i;
        mn_peer_config config = test_pair_config();
        begin(&config);
        for (int j = 0; j < 6; j++) {
            test_pair_set_lines(&pair, &(pair_line){.latency_us = 20 * MS, .loss = 0.1});
            play(20, 0.5);
            pair.sides[mni_random_below(&pair.random, 2)].line.is_cut = true;
            play(20 + (uint32_t)mni_random_below(&pair.random, 60), 0.3);
        }
        expect_the_rest();
        test_pair_close(&pair);
    }
}

static void flush_something(void)
{
    for (uint32_t side = 0; side < 2; side++) {
        send_something(side);
        test_pair_flush(&pair, side);
    }
}

/* Each side runs only when it wants to, or when something arrives, or when the game flushes, which
   it does every 30 ms until end_us. What is due once does not stay due. */
static void sleep_and_play(uint64_t end_us)
{
    uint64_t flush_us = pair.now_us;
    test_pair_write(&pair, 0, false); /* the payload */
    for (uint32_t steps = 0; pair.now_us < end_us + 3000 * MS; steps++) {
        uint64_t next_us = test_pair_next_us(&pair);
        require(next_us > pair.now_us, "something stays due");
        require(steps < 30000 && next_us != MNI_NEVER, "it never sleeps, or for ever");
        next_us = flush_us < next_us && flush_us < end_us ? flush_us : next_us;
        test_pair_step(&pair, next_us > pair.now_us ? next_us - pair.now_us : 0);
        take_events(0);
        take_events(1);
        if (pair.now_us >= flush_us && pair.now_us < end_us) {
            flush_something();
            flush_us = pair.now_us + 30 * MS;
        }
        test_pair_write(&pair, 0, false); /* credit that was returned */
        test_pair_write(&pair, 1, false);
    }
}

static void sleeping_until_something_is_due_loses_nothing(void **state)
{
    (void)state;
    uint64_t first = test_seed(2000);
    for (uint64_t i = 0; i < 20; i++) {
        seed = first + i;
        mn_peer_config config = test_pair_config();
        config.receive_window_bytes = i % 2 == 0 ? 6000 : 256 * 1024;
        begin(&config);
        test_pair_set_lines(&pair, &(pair_line){.latency_us = 20 * MS, .loss = 0.2});
        sleep_and_play(pair.now_us + 4000 * MS);
        for (uint32_t side = 0; side < 2; side++) {
            uint64_t expired = pair.sides[side].counters.dropped[MN_DROP_EXPIRED];
            require(test_ledger_check_all(&ledgers[side], expired) == NULL, "it overslept");
        }
        expect_the_rest();
        test_pair_close(&pair);
    }
}

/* One allocation fails: what was accepted is delivered all the same. */
static void no_failed_allocation_breaks_a_promise(void **state)
{
    (void)state;
    for (uint32_t side = 0; side < 2; side++) {
        uint64_t count = 1;
        for (uint64_t k = 1; k <= count; k++) {
            seed = k;
            mn_peer_config config = test_pair_config();
            begin(&config);
            mni_random_init(&pair.random, 7);
            pair.sides[side].allocator.fail_at = k;
            test_pair_set_lines(&pair, &(pair_line){.loss = 0.2, .latency_us = 20 * MS});
            play(60, 0.8);
            expect_the_rest();
            count = pair.sides[side].allocator.count;
            test_pair_close(&pair);
        }
        assert_true(count > 10);
    }
}

static void the_same_seed_gives_the_same_traffic(void **state)
{
    (void)state;
    uint64_t digests[2][2];
    for (int i = 0; i < 2; i++) {
        seed = 99;
        mn_peer_config config = test_pair_config();
        begin(&config);
        test_pair_set_lines(&pair, &(pair_line){.loss = 0.2, .latency_us = 20 * MS});
        play(60, 0.7);
        digests[i][0] = pair.sides[0].digest;
        digests[i][1] = pair.sides[1].digest;
        test_pair_close(&pair);
    }
    assert_memory_equal(digests[0], digests[1], sizeof(digests[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promises_hold_on_every_line),
        cmocka_unit_test(interruptions_lose_nothing),
        cmocka_unit_test(sleeping_until_something_is_due_loses_nothing),
        cmocka_unit_test(no_failed_allocation_breaks_a_promise),
        cmocka_unit_test(the_same_seed_gives_the_same_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
