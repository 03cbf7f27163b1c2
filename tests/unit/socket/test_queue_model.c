/* SPDX-License-Identifier: MIT */
/*
 * The queue against a model that knows no tricks: each lane is an array, each round an array of
 * lanes, and everything that the queue keeps in counts and pointers is found here by looking at all
 * of it. MN_SEED chooses what happens.
 */
#include "base/random.h"
#include "base/timer.h"
#include "socket/queue.h"
#include "support/seed.h"
#include "support/store.h"
#include "support/test.h"

#include <string.h>

enum { LANES = 6, ROUNDS = 3, ITEMS = 64, STEPS = 40000 };

typedef struct item {
    mni_message *message;
    uint64_t queued_us;
    uint32_t expires_ms;
    uint32_t size, sent;
    bool is_released;
} item;

typedef struct model_lane {
    item items[ITEMS];
    uint32_t count;
    uint32_t round;
    uint32_t weight, turns;
} model_lane;

typedef struct model_round {
    uint32_t lanes[LANES]; /* the first has its turn */
    uint32_t count;
} model_round;

static test_store store;
static mni_queue queue;
static mni_lane lanes[LANES];
static model_lane model[LANES];
static model_round circles[ROUNDS];
static mni_random chance;
static uint64_t seed;
static uint64_t now_us;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)mni_random_below(&chance, bound);
}

static void require(bool holds, const char *what)
{
    if (!holds) {
        fail_msg("%s; MN_SEED=%llu", what, (unsigned long long)seed);
    }
}

/* ---- the model */

static void to_the_end(model_round *round)
{
    uint32_t lane = round->lanes[0];
    memmove(round->lanes, round->lanes + 1, (round->count - 1) * sizeof round->lanes[0]);
    round->lanes[round->count - 1] = lane;
}

static void take_out_item(model_lane *lane, uint32_t at)
{
    lane->count--;
    memmove(&lane->items[at], &lane->items[at + 1], (lane->count - at) * sizeof lane->items[0]);
}

static void take_out_lane(model_round *round, uint32_t at)
{
    model[round->lanes[at]].turns = 0;
    round->count--;
    memmove(&round->lanes[at], &round->lanes[at + 1], (round->count - at) * sizeof round->lanes[0]);
}

static void turn(model_round *round)
{
    model_lane *lane = &model[round->lanes[0]];
    lane->turns++;
    if (lane->turns >= lane->weight) {
        lane->turns = 0;
        to_the_end(round);
    }
}

static item *head(uint32_t round)
{
    if (circles[round].count == 0) {
        return NULL;
    }
    item *first = &model[circles[round].lanes[0]].items[0];
    return first->is_released ? first : NULL;
}

static bool has_expired(const item *it)
{
    return it->expires_ms > 0 && it->sent == 0 &&
           now_us > it->queued_us + (uint64_t)it->expires_ms * 1000;
}

/* ---- what is done to both */

static void push(void)
{
    uint32_t index = below(LANES);
    model_lane *lane = &model[index];
    if (lane->count == ITEMS) {
        return;
    }
    if (lane->count == 0) {
        lane->round = below(ROUNDS);
        model_round *round = &circles[lane->round];
        round->lanes[round->count++] = index;
    }
    lane->weight = 1 + below(3);
    lanes[index].turn.weight = lane->weight;
    uint32_t size = 1 + below(300);
    mni_message *message = test_store_message(&store, size, below(3) == 0);
    message->queued_us = now_us;
    message->expires_ms = (uint16_t)(below(2) * below(30));
    lane->items[lane->count++] = (item){.message = message,
                                        .queued_us = now_us,
                                        .expires_ms = message->expires_ms,
                                        .size = message->size};
    mni_queue_push(&queue, &queue.rounds[lane->round], &lanes[index], message);
}

static void release(void)
{
    mni_queue_release(&queue);
    for (uint32_t i = 0; i < LANES; i++) {
        for (uint32_t j = 0; j < model[i].count; j++) {
            model[i].items[j].is_released = true;
        }
    }
}

static void pop(uint32_t index)
{
    bool is_turn = below(3) > 0;
    model_round *round = &circles[index];
    model_lane *lane = &model[round->lanes[0]];
    mni_message *message = (is_turn ? mni_queue_pop : mni_queue_take)(&queue, &queue.rounds[index]);
    require(message == lane->items[0].message, "another message is popped");
    mni_message_drop(&store.messages, message);
    take_out_item(lane, 0);
    if (lane->count == 0) {
        take_out_lane(round, 0);
    } else if (is_turn) {
        turn(round);
    }
}

static void send_piece(uint32_t index, item *first)
{
    uint32_t size = 1 + below(first->size - first->sent - 1);
    first->message->next_flight = NULL; /* where the time was */
    first->sent += size;
    mni_queue_sent(&queue, first->message, size);
    mni_turns_take(&queue.rounds[index]);
    turn(&circles[index]);
}

static void leave(void)
{
    uint32_t index = below(ROUNDS);
    item *first = head(index);
    if (circles[index].count == 0) {
        return;
    }
    if (first == NULL || below(4) == 0) {
        mni_turns_skip(&queue.rounds[index]);
        model[circles[index].lanes[0]].turns = 0;
        to_the_end(&circles[index]);
    } else if (first->message->is_in_pieces && first->size - first->sent > 1 && below(3) > 0) {
        send_piece(index, first);
    } else {
        pop(index);
    }
}

static uint32_t sweep_model(void)
{
    uint32_t swept = 0;
    for (uint32_t i = 0; i < LANES; i++) {
        for (uint32_t j = model[i].count; j-- > 0;) {
            if (model[i].items[j].message->is_acked) {
                take_out_item(&model[i], j);
                swept++;
            }
        }
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        for (uint32_t j = circles[i].count; j-- > 0;) {
            if (model[circles[i].lanes[j]].count == 0) {
                take_out_lane(&circles[i], j);
            }
        }
    }
    return swept;
}

static void sweep(void)
{
    uint32_t expected = sweep_model();
    mni_message *message = mni_queue_sweep(&queue);
    while (message != NULL) {
        mni_message *next = message->next;
        require(message->is_acked, "a message is swept that is not done with");
        mni_message_drop(&store.messages, message);
        message = next;
        expected--;
    }
    require(expected == 0, "not all are swept that are done with");
}

/* What is acknowledged is done with, for whatever reason. */
static void cancel(void)
{
    uint32_t one_of = 1 + below(20);
    for (uint32_t i = 0; i < LANES; i++) {
        for (uint32_t j = 0; j < model[i].count; j++) {
            if (below(one_of) == 0) {
                mni_message_acknowledge(&store.messages, model[i].items[j].message);
            }
        }
    }
    sweep();
}

static void expire(void)
{
    uint32_t expected = 0;
    for (uint32_t i = 0; i < LANES; i++) {
        for (uint32_t j = 0; j < model[i].count; j++) {
            expected += has_expired(&model[i].items[j]);
        }
    }
    require(expected == 0 || now_us > queue.expires_us, "nobody looks for what has expired");
    queue.expires_us = MNI_NEVER;
    mni_queue_walk walk = {0};
    mni_message *message;
    while ((message = mni_queue_next(&queue, &walk)) != NULL) {
        if (mni_message_has_expired(message, now_us)) {
            mni_message_acknowledge(&store.messages, message);
            expected--;
        } else if (mni_message_sent(message) == 0) {
            mni_queue_watch(&queue, message);
        }
    }
    require(expected == 0, "other ones expire");
    sweep();
}

/* ---- what must be the same in both */

static void compare_counts(void)
{
    uint32_t bytes = 0, count = 0, released = 0;
    uint64_t oldest_us = now_us;
    for (uint32_t i = 0; i < LANES; i++) {
        for (uint32_t j = 0; j < model[i].count; j++) {
            const item *it = &model[i].items[j];
            bytes += it->size - it->sent + MNI_MESSAGE_QUEUE_COST;
            count++;
            released += it->is_released;
            oldest_us = it->sent == 0 && it->queued_us < oldest_us ? it->queued_us : oldest_us;
        }
    }
    require(queue.bytes == bytes, "bytes");
    require(queue.count == count, "messages");
    require(queue.released == released, "messages that may leave");
    require(mni_queue_waiting_us(&queue, now_us) == now_us - oldest_us, "the time of waiting");
    mni_queue_walk walk = {0};
    while (mni_queue_next(&queue, &walk) != NULL) {
        count--;
    }
    require(count == 0, "a walk finds all");
}

static void compare_rounds(void)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const item *first = head(i);
        const mni_message *expected = first != NULL ? first->message : NULL;
        require(mni_queue_peek(&queue.rounds[i]) == expected, "whose turn it is");
        require(queue.rounds[i].count == circles[i].count, "lanes of a round");
    }
}

static void step(void)
{
    now_us += below(1000);
    switch (below(16)) {
    case 0:
        release();
        break;
    case 1:
        (below(4) == 0 ? cancel : expire)();
        break;
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
        push();
        break;
    default:
        leave();
        break;
    }
    compare_counts();
    compare_rounds();
}

static void whatever_happens_the_queue_is_what_its_model_is(void **state)
{
    (void)state;
    seed = test_seed(1);
    mni_random_init(&chance, seed);
    test_store_init(&store);
    for (uint32_t i = 0; i < STEPS; i++) {
        step();
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        while (circles[i].count > 0) {
            pop(i);
            compare_counts();
        }
    }
    assert_int_equal(test_store_clear(&store), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_the_queue_is_what_its_model_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
