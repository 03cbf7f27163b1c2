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
        }
    }
}

mni_message *mni_queue_peek(const mni_round *round)
{
    const mni_lane *lane = round->first;
    return lane != NULL && lane->first != lane->held ? lane->first : NULL;
}

void mni_queue_turn(mni_round *round)
{
    mni_lane *lane = round->first;
    lane->turns++;
    if (lane->turns >= lane->weight) {
        mni_queue_skip(round);
    }
}

mni_message *mni_queue_pop(mni_queue *queue, mni_round *round)
{
    mni_lane *lane = round->first;
    mni_message *message = lane->first;
    lane->first = message->next;
    if (lane->held == message) {
        lane->held = message->next;
    } else {
        queue->released--;
    }
    message->next = NULL;
    if (lane->first != NULL) {
        mni_queue_turn(round);
    } else {
        leave(round)->turns = 0;
    }
    queue->bytes -= queue_cost(message);
    queue->count--;
    return message;
}

void mni_queue_sent(mni_queue *queue, mni_message *message, uint32_t size)
{
    mni_split_of(message)->sent += size;
    queue->bytes -= size;
}

void mni_queue_cancel(mni_queue *queue, mni_message *message)
{
    queue->bytes -= message->size;
    message->size = 0;
}

void mni_queue_skip(mni_round *round)
{
    mni_lane *lane = leave(round);
    lane->turns = 0;
    enter(round, lane);
}
