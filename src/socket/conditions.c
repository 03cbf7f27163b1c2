/* SPDX-License-Identifier: MIT */
/*
 * Times and sizes are integers, so that a seed gives the same fate everywhere. Chances are doubles,
 * made by + - * / alone, each of which rounds the same way everywhere (IEEE 754).
 */
#include "socket/conditions.h"

#include <string.h>

static bool is_probability(float value)
{
    return value >= 0.0f && value <= 1.0f; /* false for NaN */
}

mn_result mni_conditions_read(const mn_conditions *conditions, mn_conditions *conditions_out)
{
    if (conditions == NULL) {
        memset(conditions_out, 0, sizeof(*conditions_out));
        conditions_out->struct_size = sizeof(*conditions_out);
        return MN_OK;
    }
    if (conditions->struct_size < sizeof(*conditions) || !is_probability(conditions->loss) ||
        !is_probability(conditions->duplicate) || !is_probability(conditions->reorder) ||
        !is_probability(conditions->corrupt) || conditions->latency_us > MNI_LATENCY_US_MAX ||
        conditions->jitter_us > MNI_LATENCY_US_MAX) {
        return MN_ERROR_ARGUMENT;
    }
    *conditions_out = *conditions;
    conditions_out->struct_size = sizeof(*conditions_out);
    return MN_OK;
}

void mni_line_init(mni_line *line, uint64_t seed)
{
    memset(line, 0, sizeof(*line));
    mni_random_init(&line->random, seed);
}

/* A drop-tail queue, kept as the time at which it will be empty. A queue that is shorter than one
   datagram still lets it pass when nothing waits. False: the queue is full. */
static bool pass_bottleneck(mni_line *line, const mn_conditions *conditions, uint32_t size,
                            uint64_t now_us, uint64_t *departure_us_out)
{
    const uint64_t second_us = 1000000;
    uint64_t rate = conditions->bytes_per_second;
    uint64_t queue = conditions->queue_bytes > 0 ? conditions->queue_bytes : MNI_LINE_QUEUE_BYTES;
    if (rate == 0) {
        *departure_us_out = now_us;
        return true;
    }
    if (line->free_us < now_us) {
        line->free_us = now_us;
        line->free_rest = 0;
    }
    if (line->free_rest >= rate) {
        line->free_rest = 0; /* of a faster rate before; less than a microsecond is forgotten */
    }
    uint64_t waiting_us = line->free_us - now_us;
    uint64_t work = size * second_us + line->free_rest;
    uint64_t queue_us = queue < UINT64_MAX / second_us ? queue * second_us / rate : UINT64_MAX;
    if (waiting_us > 0 && (waiting_us > queue_us || work / rate > queue_us - waiting_us)) {
        return false;
    }
    line->free_us += work / rate;
    line->free_rest = work % rate;
    *departure_us_out = line->free_us;
    return true;
}

/* Losses in bursts follow Gilbert's model: two states, in one of which everything is lost. It is
   left with probability 1 / burst, and entered so often that the share of datagrams lost is as
   asked. Where that would have to be more than always, the bursts become longer instead. */
static bool is_lost(mni_line *line, const mn_conditions *conditions)
{
    double loss = (double)conditions->loss;
    if (conditions->burst == 0 || loss <= 0.0 || loss >= 1.0) {
        line->is_in_burst = false;
        return mni_random_chance(&line->random, loss);
    }
    double leave = 1.0 / (double)conditions->burst;
    double enter = leave * loss / (1.0 - loss);
    if (enter > 1.0) {
        leave = (1.0 - loss) / loss;
        enter = 1.0;
    }
    bool changes = mni_random_chance(&line->random, line->is_in_burst ? leave : enter);
    line->is_in_burst = line->is_in_burst != changes;
    return line->is_in_burst;
}

static uint64_t arrival_us(mni_line *line, const mn_conditions *conditions, uint64_t departure_us,
                           mni_line_counts *counts)
{
    uint64_t jitter_us = mni_random_below(&line->random, conditions->jitter_us + 1);
    uint64_t due_us = departure_us + conditions->latency_us + jitter_us;
    if (due_us < line->last_due_us) {
        due_us = line->last_due_us;
    }
    if (mni_random_chance(&line->random, (double)conditions->reorder)) {
        counts->reordered++;
        return due_us + MNI_REORDER_US_MIN +
               mni_random_below(&line->random, MNI_REORDER_US_MAX - MNI_REORDER_US_MIN + 1);
    }
    line->last_due_us = due_us;
    return due_us;
}

void mni_line_pass(mni_line *line, const mn_conditions *conditions, uint32_t size, uint64_t now_us,
                   mni_line_counts *counts, mni_fate *fate_out)
{
    uint64_t departure_us;
    memset(fate_out, 0, sizeof(*fate_out));
    counts->entered++;
    if (conditions->partitioned != 0) {
        counts->partitioned++;
    } else if (conditions->max_packet_size > 0 && size > conditions->max_packet_size) {
        counts->too_large++;
    } else if (!pass_bottleneck(line, conditions, size, now_us, &departure_us)) {
        counts->queue_full++;
    } else if (is_lost(line, conditions)) {
        counts->lost++;
    } else {
        fate_out->copies = 1;
        if (mni_random_chance(&line->random, (double)conditions->duplicate)) {
            counts->duplicated++;
            fate_out->copies = 2;
        }
        for (uint32_t i = 0; i < fate_out->copies; i++) {
            bool is_corrupt = mni_random_chance(&line->random, (double)conditions->corrupt);
            counts->corrupted += is_corrupt ? 1 : 0;
            fate_out->copy[i].is_corrupt = is_corrupt;
            fate_out->copy[i].due_us = arrival_us(line, conditions, departure_us, counts);
        }
    }
}

uint32_t mni_line_corrupt(mni_line *line, uint8_t *bytes, uint32_t size)
{
    if (size == 0) {
        return 0;
    }
    uint64_t flips = mni_random_below(&line->random, 4);
    if (flips == 0) {
        return (uint32_t)mni_random_below(&line->random, size);
    }
    /* Each bit lies up to a quarter further round than the last, so that none undoes another. */
    uint64_t bits = (uint64_t)size * 8;
    uint64_t at = mni_random_below(&line->random, bits);
    for (uint64_t i = 0; i < flips; i++) {
        bytes[at / 8] ^= (uint8_t)(1u << (at % 8));
        at = (at + 1 + mni_random_below(&line->random, bits / 4)) % bits;
    }
    return size;
}
