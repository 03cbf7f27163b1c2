/* SPDX-License-Identifier: MIT */
/*
 * A round is a circle of lanes, kept as a list whose first lane has its turn. A lane knows the
 * first of its messages that is not released, so that nobody looks at a message before it leaves.
 */
#include "socket/queue.h"

static void enter(mni_round *round, mni_lane *lane)
{
    lane->next = NULL;
    if (round->first == NULL) {
        round->first = lane;
    } else {
        round->last->next = lane;
    }
    round->last = lane;
    round->count++;
}

static mni_lane *leave(mni_round *round)
{
    mni_lane *lane = round->first;
    round->first = lane->next;
    round->count--;
    return lane;
}

static uint32_t queue_cost(const mni_message *message)
{
    return message->size - mni_message_sent(message) + MNI_MESSAGE_QUEUE_COST;
}

void mni_queue_push(mni_queue *queue, mni_round *round, mni_lane *lane, mni_message *message)
{
    message->next = NULL;
    if (lane->held == NULL) {
        lane->held = message;
    }
    if (lane->first == NULL) {
        lane->first = message;
        enter(round, lane);
    } else {
        lane->last->next = message;
    }
    lane->last = message;
    queue->bytes += queue_cost(message);
    queue->count++;
    mni_queue_watch(queue, message);
}

void mni_queue_watch(mni_queue *queue, const mni_message *message)
{
    if (message->expires_ms > 0 && mni_message_expires_us(message) < queue->expires_us) {
        queue->expires_us = mni_message_expires_us(message);
    }
}

void mni_queue_release(mni_queue *queue)
{
    if (queue->released == queue->count) {
        return;
    }
    queue->released = queue->count;
    for (uint32_t i = 0; i < MNI_ROUNDS; i++) {
        for (mni_lane *lane = queue->rounds[i].first; lane != NULL; lane = lane->next) {
            lane->held = NULL;
            MNI_PREFETCH(lane->first);
        }
    }
}

void mni_queue_turn(mni_round *round)
{
    mni_lane *lane = round->first;
    lane->turns++;
    if (lane->turns >= lane->weight) {
        mni_queue_skip(round);
    }
}

mni_message *mni_queue_take(mni_queue *queue, mni_round *round)
{
    mni_lane *lane = round->first;
    mni_message *message = lane->first;
    lane->first = message->next;
    MNI_PREFETCH(lane->first);
    if (lane->held == message) {
        lane->held = message->next;
    } else {
        queue->released--;
    }
    message->next = NULL;
    if (lane->first == NULL) {
        leave(round)->turns = 0;
    }
    queue->bytes -= queue_cost(message);
    queue->count--;
    return message;
}

mni_message *mni_queue_pop(mni_queue *queue, mni_round *round)
{
    const mni_lane *lane = round->first;
    mni_message *message = mni_queue_take(queue, round);
    if (lane->first != NULL) {
        mni_queue_turn(round);
    }
    return message;
}

void mni_queue_sent(mni_queue *queue, mni_message *message, uint32_t size)
{
    mni_split_of(message)->sent += size;
    queue->bytes -= size;
}

void mni_queue_skip(mni_round *round)
{
    mni_lane *lane = leave(round);
    lane->turns = 0;
    enter(round, lane);
}

mni_message *mni_queue_next(const mni_queue *queue, mni_queue_walk *walk)
{
    if (walk->message != NULL) {
        walk->message = walk->message->next;
    }
    while (walk->message == NULL) {
        walk->lane = walk->lane != NULL ? walk->lane->next : NULL;
        while (walk->lane == NULL) {
            if (walk->rounds == MNI_ROUNDS) {
                return NULL;
            }
            walk->lane = queue->rounds[walk->rounds++].first;
        }
        walk->message = walk->lane->first;
    }
    return walk->message;
}

/* Of one lane; they go to the front of a list. */
static mni_message *sweep_lane(mni_queue *queue, mni_lane *lane, mni_message *swept)
{
    mni_message *kept = NULL;
    mni_message *next;
    bool is_released = true;
    for (mni_message *message = lane->first; message != NULL; message = next) {
        next = message->next;
        is_released = is_released && message != lane->held;
        if (!message->is_acked) {
            kept = message;
            continue;
        }
        if (kept == NULL) {
            lane->first = next;
        } else {
            kept->next = next;
        }
        if (message == lane->held) {
            lane->held = next;
        }
        queue->bytes -= queue_cost(message);
        queue->count--;
        queue->released -= is_released;
        message->next = swept;
        swept = message;
    }
    lane->last = kept;
    return swept;
}

mni_message *mni_queue_sweep(mni_queue *queue)
{
    mni_message *swept = NULL;
    for (uint32_t i = 0; i < MNI_ROUNDS; i++) {
        mni_round *round = &queue->rounds[i];
        for (uint32_t count = round->count; count > 0; count--) {
            mni_lane *lane = leave(round);
            swept = sweep_lane(queue, lane, swept);
            if (lane->first != NULL) {
                enter(round, lane);
            } else {
                lane->turns = 0;
            }
        }
    }
    return swept;
}

uint64_t mni_queue_waiting_us(const mni_queue *queue, uint64_t now_us)
{
    uint64_t oldest_us = now_us;
    for (uint32_t i = 0; i < MNI_ROUNDS; i++) {
        for (const mni_lane *lane = queue->rounds[i].first; lane != NULL; lane = lane->next) {
            const mni_message *message = lane->first;
            if (mni_message_sent(message) > 0) { /* no other one has begun */
                message = message->next;
            }
            if (message != NULL && message->queued_us < oldest_us) {
                oldest_us = message->queued_us;
            }
        }
    }
    return now_us - oldest_us;
}
