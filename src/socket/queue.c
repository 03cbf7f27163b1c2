/* SPDX-License-Identifier: MIT */
/*
 * A lane knows the first of its messages that is not released, so that nobody looks at a message
 * before it leaves.
 */
#include "socket/queue.h"

static uint32_t queue_cost(const mni_message *message)
{
    return message->size - mni_message_sent(message) + MNI_MESSAGE_QUEUE_COST;
}

void mni_queue_push(mni_queue *queue, mni_turns *round, mni_lane *lane, mni_message *message)
{
    message->next = NULL;
    if (lane->held == NULL) {
        lane->held = message;
    }
    if (lane->first == NULL) {
        lane->first = message;
        mni_turns_join(round, &lane->turn);
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
        for (mni_turn *turn = queue->rounds[i].first; turn != NULL; turn = turn->next) {
            mni_lane *lane = mni_lane_of(turn);
            lane->held = NULL;
            MNI_PREFETCH(lane->first);
        }
    }
}

mni_message *mni_queue_take(mni_queue *queue, mni_turns *round)
{
    mni_lane *lane = mni_lane_of(round->first);
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
        (void)mni_turns_leave(round);
    }
    queue->bytes -= queue_cost(message);
    queue->count--;
    return message;
}

mni_message *mni_queue_pop(mni_queue *queue, mni_turns *round)
{
    const mni_lane *lane = mni_lane_of(round->first);
    mni_message *message = mni_queue_take(queue, round);
    if (lane->first != NULL) {
        mni_turns_take(round);
    }
    return message;
}

void mni_queue_sent(mni_queue *queue, mni_message *message, uint32_t size)
{
    mni_split_of(message)->sent += size;
    queue->bytes -= size;
}

mni_message *mni_queue_next(const mni_queue *queue, mni_queue_walk *walk)
{
    if (walk->message != NULL) {
        walk->message = walk->message->next;
    }
    while (walk->message == NULL) {
        walk->turn = walk->turn != NULL ? walk->turn->next : NULL;
        while (walk->turn == NULL) {
            if (walk->rounds == MNI_ROUNDS) {
                return NULL;
            }
            walk->turn = queue->rounds[walk->rounds++].first;
        }
        walk->message = mni_lane_of(walk->turn)->first;
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
        mni_turns *round = &queue->rounds[i];
        for (uint32_t count = round->count; count > 0; count--) {
            mni_turn *turn = mni_turns_leave(round);
            mni_lane *lane = mni_lane_of(turn);
            swept = sweep_lane(queue, lane, swept);
            if (lane->first != NULL) {
                mni_turns_return(round, turn);
            }
        }
    }
    return swept;
}

uint64_t mni_queue_waiting_us(const mni_queue *queue, uint64_t now_us)
{
    uint64_t oldest_us = now_us;
    for (uint32_t i = 0; i < MNI_ROUNDS; i++) {
        for (mni_turn *turn = queue->rounds[i].first; turn != NULL; turn = turn->next) {
            const mni_message *message = mni_lane_of(turn)->first;
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
