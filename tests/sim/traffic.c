/* SPDX-License-Identifier: MIT */
/* The bookkeeping of numbered messages; see traffic.h. */
#include "sim/traffic.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

bool sim_traffic_init(sim_traffic *traffic, uint32_t stream_count)
{
    *traffic = (sim_traffic){.stream_count = stream_count};
    traffic->streams = calloc(stream_count ? stream_count : 1, sizeof *traffic->streams);
    return traffic->streams != NULL;
}

void sim_traffic_clear(sim_traffic *traffic)
{
    for (uint32_t i = 0; i < traffic->stream_count; i++) {
        free(traffic->streams[i].fate);
    }
    free(traffic->streams);
    for (int i = 0; i < SIM_MODES; i++) {
        free(traffic->totals[i].latencies_us);
    }
}

void sim_traffic_set_mode(sim_traffic *traffic, uint32_t stream, sim_mode mode)
{
    traffic->streams[stream].mode = mode;
}

static void *grown(void *block, uint64_t count, size_t size)
{
    void *larger = realloc(block, count * size);
    if (!larger) {
        abort(); /* a test program out of memory has nothing to say */
    }
    return larger;
}

uint32_t sim_traffic_next(sim_traffic *traffic, uint32_t stream, uint64_t now_us,
                          uint8_t bytes[SIM_MESSAGE_SIZE])
{
    sim_stream *s = &traffic->streams[stream];
    mni_writer writer = mni_writer_over(bytes, SIM_MESSAGE_SIZE);
    mni_write_u32(&writer, stream);
    mni_write_u32(&writer, s->sent);
    mni_write_u64(&writer, now_us);
    memset(writer.at, (int)(s->sent & 0xff), mni_writer_left(&writer));
    return s->sent;
}

void sim_traffic_taken(sim_traffic *traffic, uint32_t stream)
{
    sim_stream *s = &traffic->streams[stream];
    if (s->sent == s->capacity) {
        s->capacity = s->capacity ? s->capacity * 2 : 1024;
        s->fate = grown(s->fate, s->capacity, 1);
    }
    s->fate[s->sent++] = 0;
    traffic->totals[s->mode].sent++;
}

static void add_latency(sim_totals *totals, uint64_t latency_us)
{
    if (totals->count == totals->capacity) {
        totals->capacity = totals->capacity ? totals->capacity * 2 : 4096;
        totals->latencies_us =
            grown(totals->latencies_us, totals->capacity, sizeof *totals->latencies_us);
    }
    totals->latencies_us[totals->count++] =
        latency_us < UINT32_MAX ? (uint32_t)latency_us : UINT32_MAX;
    totals->sum_us += latency_us;
}

uint32_t sim_traffic_stream_of(const uint8_t *bytes)
{
    mni_reader reader = mni_reader_over(bytes, 4);
    return mni_read_u32(&reader);
}

static const char *count_order(sim_stream *s, sim_totals *totals, uint32_t number)
{
    bool in_order = number >= s->newest;
    if (in_order) {
        s->newest = number + 1;
    } else {
        totals->out_of_order++;
    }
    return in_order || s->mode != SIM_RELIABLE ? NULL : "a reliable message out of order";
}

const char *sim_traffic_received(sim_traffic *traffic, uint32_t stream, const uint8_t *bytes,
                                 uint32_t size, uint64_t now_us)
{
    mni_reader reader = mni_reader_over(bytes, size);
    uint32_t named = mni_read_u32(&reader);
    uint32_t number = mni_read_u32(&reader);
    uint64_t sent_us = mni_read_u64(&reader);
    if (size != SIM_MESSAGE_SIZE || named != stream || stream >= traffic->stream_count ||
        number >= traffic->streams[stream].sent || bytes[size - 1] != (uint8_t)number) {
        return "a message that was never sent";
    }
    sim_stream *s = &traffic->streams[stream];
    sim_totals *totals = &traffic->totals[s->mode];
    if (s->fate[number] & SIM_RECEIVED) {
        totals->duplicated++;
        return "a message twice";
    }
    s->fate[number] |= SIM_RECEIVED;
    totals->delivered++;
    add_latency(totals, now_us - sent_us);
    return count_order(s, totals, number);
}

uint64_t sim_traffic_token(uint32_t stream, uint32_t number)
{
    return (uint64_t)stream << 32 | number;
}

const char *sim_traffic_told(sim_traffic *traffic, uint64_t token, bool delivered)
{
    uint32_t stream = (uint32_t)(token >> 32);
    uint32_t number = (uint32_t)token;
    if (stream >= traffic->stream_count || number >= traffic->streams[stream].sent) {
        return "the fate of a message that was never sent";
    }
    uint8_t *fate = &traffic->streams[stream].fate[number];
    if (*fate & (SIM_SAID_DELIVERED | SIM_SAID_LOST)) {
        return "the fate of a notify message twice";
    }
    *fate |= delivered ? SIM_SAID_DELIVERED : SIM_SAID_LOST;
    return NULL;
}

static bool is_settled(const sim_stream *s, uint32_t number)
{
    if (s->mode == SIM_RELIABLE) {
        return s->fate[number] & SIM_RECEIVED;
    }
    return s->mode != SIM_NOTIFY || (s->fate[number] & (SIM_SAID_DELIVERED | SIM_SAID_LOST));
}

bool sim_traffic_settled(const sim_traffic *traffic)
{
    for (uint32_t i = 0; i < traffic->stream_count; i++) {
        const sim_stream *s = &traffic->streams[i];
        for (uint32_t n = 0; n < s->sent; n++) {
            if (!is_settled(s, n)) {
                return false;
            }
        }
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

bool sim_traffic_is_honest(const sim_traffic *traffic)
{
    for (uint32_t i = 0; i < traffic->stream_count; i++) {
        const sim_stream *s = &traffic->streams[i];
        for (uint32_t n = 0; n < s->sent; n++) {
            if ((s->fate[n] & SIM_SAID_DELIVERED) && !(s->fate[n] & SIM_RECEIVED)) {
                return false;
            }
        }
    }
    return true;
}

void sim_traffic_finish(sim_traffic *traffic)
{
    for (int i = 0; i < SIM_MODES; i++) {
        sim_totals *totals = &traffic->totals[i];
        totals->lost = totals->sent - totals->delivered;
        if (totals->count) {
            qsort(totals->latencies_us, totals->count, sizeof *totals->latencies_us, compare);
        }
    }
}

double sim_traffic_percentile_ms(const sim_traffic *traffic, sim_mode mode, double percentile)
{
    const sim_totals *totals = &traffic->totals[mode];
    if (!totals->count) {
        return 0;
    }
    uint64_t index = (uint64_t)((double)(totals->count - 1) * percentile / 100 + 0.5);
    return totals->latencies_us[index] / 1000.0;
}
