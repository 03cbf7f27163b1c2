/* SPDX-License-Identifier: MIT */
/*
 * How connections end in the middle of traffic, beside a trivial model: flushed and closed, by one
 * side or both, again and again, at once, by silence, or several of these. What was sent before a
 * close is delivered where the close is; each side learns of the end once, with the right reason
 * and text; each notify message has its fate by then, and nothing comes after. MN_SEED chooses the
 * first seed, MN_COUNT how many there are.
 */
#include "base/random.h"
#include "support/ledger.h"
#include "support/peers.h"
#include "support/seed.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

enum { CHANNELS = 3, SIZE_MAX_SENT = 6000 };

typedef struct test_side {
    mn_peer *peer;
    mn_connection to;
    test_ledger ledger; /* of what it sends */
    bool has_asked;     /* for the end, with this reason and text */
    bool has_closed;    /* at once */
    bool has_ended;
    bool knows_other; /* the reason that it was told is the other's */
    int32_t reason;
    char text[MN_TEXT_MAX + 1];
    uint64_t asked_us, ended_us;
} test_side;

typedef enum test_action {
    END_ONE,       /* one side flushes and closes, */
    END_AGAIN,     /* and again, with other words */
    END_BOTH,      /* both do */
    CLOSE_ONE,     /* one closes at once */
    CLOSE_ENDING,  /* while it flushes */
    CUT,           /* nothing comes through any more */
    CUT_ENDING,    /* while one flushes */
    CUT_AND_MENDED /* for a while, and then one flushes and closes */
} test_action;

static test_peers *world;
static mni_random chance;
static test_side sides[2];
static mn_conditions line;
static uint64_t close_timeout_us;
static uint64_t seed;
static uint32_t kept; /* runs in which a close promised that all was delivered */

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
    return (uint32_t)mni_random_below(&chance, bound);
}

/* ---- what games do */

static void send_something(test_side *side)
{
    static uint8_t bytes[SIZE_MAX_SENT];
    uint32_t size = LEDGER_SIZE_MIN + random_below(random_below(10) == 0 ? 5000 : 200);
    uint32_t how = 1 + random_below(5);
    how |= MN_ON_CHANNEL(random_below(CHANNELS));
    how |= random_below(6) == 0 ? MN_EXPIRES_MS(1 + random_below(30)) : 0;
    uint64_t number = side->ledger.count;
    test_ledger_fill(bytes, size, number);
    mn_result result = mn_peer_send(side->peer, side->to, bytes, size, how, number);
    if (side->has_ended || side->has_asked || side->has_closed) {
        require(result == MN_ERROR_STATE || result == MN_ERROR_STALE, "an ending side may send");
    } else if (result == MN_OK) {
        test_ledger_sent(&side->ledger, size, how);
    }
    if (random_below(12) == 0 && side->ledger.count > 0) {
        uint64_t token = random_below(side->ledger.count);
        result = mn_peer_cancel(side->peer, side->to, token);
        agree(test_ledger_cancelled(&side->ledger, token, result > 0 ? result : 0));
    }
}

static void set_text(test_side *side, const char *text)
{
    (void)snprintf(side->text, sizeof(side->text), "%s", text);
}

static void end_one(test_side *side)
{
    static const char *const texts[] = {NULL, "", "bye", "the end of all things"};
    int32_t reason = random_below(2) == 0 ? 0 : MN_REASON_USER + (int32_t)random_below(100);
    const char *text = texts[random_below(4)];
    mn_result result = mn_peer_disconnect(side->peer, side->to, reason, text);
    /* It may be over, and its event not polled yet. */
    require(result == MN_ERROR_STALE || (result == MN_OK && !side->has_ended), "no end, or two");
    if (result != MN_OK || side->has_asked) {
        return; /* what was said first counts */
    }
    side->has_asked = true;
    side->asked_us = world->now_us;
    side->reason = reason != 0 ? reason : MN_REASON_CLOSED;
    bool has_text = text != NULL && text[0] != '\0';
    set_text(side, has_text ? text : mn_reason_text(side->reason));
}

static void close_one(test_side *side)
{
    mn_result result = mn_peer_close(side->peer);
    require(result == MN_OK || (side->has_ended && result == MN_ERROR_STATE), "it does not close");
    if (side->has_ended || side->has_closed) {
        return;
    }
    side->has_closed = true;
    if (!side->has_asked) {
        side->reason = MN_REASON_STOPPED;
        set_text(side, mn_reason_text(MN_REASON_STOPPED));
    }
}

static void cut(bool is_cut)
{
    line.partitioned = is_cut;
    test_peers_set_line(world, &line);
}

/* ---- what they get */

static bool says(const mn_event *event, int32_t reason, const char *text)
{
    return event->reason == reason && event->size == strlen(text) &&
           memcmp(event->data, text, event->size) == 0;
}

static void take_end(test_side *side, const test_side *other, const mn_event *event, bool was_cut)
{
    require(!side->has_ended, "a second end");
    side->has_ended = true;
    side->ended_us = world->now_us;
    agree(test_ledger_check_fates(&side->ledger));
    if (side->has_asked || side->has_closed) {
        require(says(event, side->reason, side->text), "the end has not one's own reason");
        return;
    }
    side->knows_other =
        (other->has_asked || other->has_closed) && says(event, other->reason, other->text);
    bool may_be_silence = was_cut || line.loss > 0;
    require(side->knows_other || (may_be_silence && says(event, MN_REASON_TIMEOUT,
                                                         mn_reason_text(MN_REASON_TIMEOUT))),
            "the end has not the other's reason");
}

static void take_event(test_side *side, test_side *other, const mn_event *event, bool was_cut)
{
    require(!side->has_ended, "something comes after the end");
    require(event->who == side->to.id, "an event of nobody");
    switch (event->type) {
    case MN_EVENT_MESSAGE:
        require(!side->has_asked && !side->has_closed, "an ending side receives");
        agree(test_ledger_take(&other->ledger, event));
        break;
    case MN_EVENT_DELIVERED:
    case MN_EVENT_LOST:
        agree(test_ledger_fate(&side->ledger, event));
        break;
    default:
        require(event->type == MN_EVENT_DISCONNECTED, "an event of another kind");
        take_end(side, other, event, was_cut);
        break;
    }
}

static void poll_all(bool was_cut)
{
    for (uint32_t i = 0; i < 2; i++) {
        mn_event events[16];
        mn_result count;
        while ((count = mn_peer_poll(sides[i].peer, events, 16)) > 0) {
            for (mn_result j = 0; j < count; j++) {
                take_event(&sides[i], &sides[1 - i], &events[j], was_cut);
            }
        }
    }
}

/* ---- a run */

static void begin(void)
{
    static const float losses[] = {0, 0, 0.1f, 0.3f};
    mni_random_init(&chance, seed);
    line = (mn_conditions){.struct_size = sizeof(line),
                           .loss = losses[random_below(4)],
                           .duplicate = random_below(3) == 0 ? 0.1f : 0,
                           .reorder = random_below(3) == 0 ? 0.1f : 0,
                           .latency_us = 1 + random_below(50000)};
    world = test_peers_create(NULL, seed); /* how connections begin is not the matter here */
    mn_peer_config config = test_peers_config(world);
    config.timeout_us = 3 * SECOND;
    config.keep_alive_us = SECOND / 2;
    config.close_timeout_us = random_below(3) == 0 ? 100 * MS : 0;
    config.max_in_flight_bytes = random_below(2) == 0 ? 6000 : 0;
    close_timeout_us = config.close_timeout_us > 0 ? config.close_timeout_us : 2 * SECOND;
    mn_connection at_client;
    uint32_t server = test_peers_server(world, &config);
    uint32_t client = test_peers_client(world, &config, NULL, &at_client);
    const test_event *there = test_peers_await(world, server, MN_EVENT_CONNECTED, 0, SECOND);
    const test_event *here = test_peers_await(world, client, MN_EVENT_CONNECTED, 0, SECOND);
    if (there == NULL || here == NULL) {
        fail_msg("not connected; MN_SEED=%llu", (unsigned long long)seed);
        return;
    }
    test_peers_set_line(world, &line);
    memset(sides, 0, sizeof(sides));
    sides[0] = (test_side){.peer = world->peers[server], .to = {there->event.who}};
    sides[1] = (test_side){.peer = world->peers[client], .to = at_client};
}

static void step(bool is_flush, bool was_cut)
{
    world->now_us += 4 * MS;
    require(mn_peer_update(sides[0].peer, world->now_us) == MN_OK, "no update");
    require(mn_peer_update(sides[1].peer, world->now_us) == MN_OK, "no update");
    poll_all(was_cut);
    for (uint32_t i = 0; is_flush && i < 2; i++) {
        while (random_below(5) < 3) {
            send_something(&sides[i]);
        }
        require(mn_peer_flush(sides[i].peer, world->now_us) == MN_OK, "no flush");
    }
}

static void act(test_action action, uint32_t frame, uint32_t first, test_side *one)
{
    bool is_first = frame == first;
    uint32_t later = first + 1 + (uint32_t)(seed % 7);
    bool is_later = frame == later;
    switch (action) {
    case END_ONE:
        if (is_first) {
            end_one(one);
        }
        break;
    case END_AGAIN:
        if (frame >= first) {
            end_one(one);
        }
        break;
    case END_BOTH:
        if (is_first || is_later) {
            end_one(&sides[is_first]);
        }
        break;
    case CLOSE_ONE:
        if (is_first) {
            close_one(one);
        }
        break;
    case CLOSE_ENDING:
        if (is_first) {
            end_one(one);
        } else if (is_later) {
            close_one(one);
        }
        break;
    case CUT:
        cut(line.partitioned || is_first);
        break;
    case CUT_ENDING:
        if (is_first) {
            end_one(one);
        }
        cut(line.partitioned || (is_later && seed % 2 == 0) || (is_first && seed % 2 == 1));
        break;
    case CUT_AND_MENDED:
        cut(frame >= first && frame < first + 20);
        if (frame == first + 20 + (uint32_t)(seed % 7)) {
            end_one(one);
        }
        break;
    }
}

/* Where the other side has the close in time, all that was sent before it has arrived. */
static void check_promise(const test_side *side, const test_side *other)
{
    bool is_kept = side->has_asked && !side->has_closed && other->knows_other &&
                   other->ended_us - side->asked_us < close_timeout_us;
    if (!is_kept) {
        return;
    }
    mn_counters counters = {.struct_size = sizeof(counters)};
    require(mn_peer_counters(side->peer, &counters) == MN_OK, "no counters");
    agree(test_ledger_check_all(&side->ledger, counters.dropped[MN_DROP_EXPIRED]));
    kept++;
}

static void play(void)
{
    begin();
    test_action action = (test_action)random_below(CUT_AND_MENDED + 1);
    uint32_t first = random_below(30);
    test_side *one = &sides[random_below(2)];
    bool was_cut = false;
    for (uint32_t frame = 0; frame < 600 && !(sides[0].has_ended && sides[1].has_ended); frame++) {
        act(action, frame, first, one);
        was_cut = was_cut || line.partitioned != 0;
        for (uint32_t i = 0; i < 4; i++) {
            step(i == 0, was_cut);
        }
    }
    for (uint32_t i = 0; i < 2; i++) {
        require(sides[i].has_ended, "it never ends");
        require(mn_peer_send(sides[i].peer, sides[i].to, "x", 1, 0, 0) == MN_ERROR_STALE,
                "what is gone can be sent to");
        check_promise(&sides[i], &sides[1 - i]);
    }
    for (uint32_t i = 0; i < 50; i++) {
        step(true, was_cut); /* nothing more happens */
    }
    test_peers_destroy(world);
}

static void connections_end_as_was_said(void **state)
{
    (void)state;
    uint64_t first = test_seed(1);
    const char *count = getenv("MN_COUNT");
    uint64_t runs = count != NULL ? strtoull(count, NULL, 10) : (TEST_IS_SANITIZED ? 60 : 300);
    kept = 0;
    for (uint64_t i = 0; i < runs; i++) {
        seed = first + i;
        play();
    }
    assert_true(kept >= runs / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_end_as_was_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
