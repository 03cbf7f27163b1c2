/* SPDX-License-Identifier: MIT */
/*
 * The bytes: the newest number (2 or 4), the delay (1), and unless short, the number of pairs (1),
 * the length of the newest run less one, and for each pair the length of the gap less one and of
 * the run below it less one (varints). Lengths less one cannot say something empty.
 */
#include "socket/ack.h"

#include "base/seq.h"

static uint64_t short_first(uint64_t newest)
{
    return newest >= MNI_ACK_SHORT ? newest - (MNI_ACK_SHORT - 1) : 0;
}

bool mni_ack_is_short(const mni_ack *ack)
{
    return ack->count == 1 && ack->runs[0].first == short_first(ack->runs[0].last);
}

void mni_ack_write(mni_writer *writer, const mni_ack *ack, bool is_wide)
{
    const mni_run *runs = ack->runs;
    if (is_wide) {
        mni_write_u32(writer, (uint32_t)runs[0].last);
    } else {
        mni_write_u16(writer, (uint16_t)runs[0].last);
    }
    uint64_t units = ack->delay_us / MNI_ACK_DELAY_UNIT_US;
    mni_write_u8(writer, units < UINT8_MAX ? (uint8_t)units : UINT8_MAX);
    if (mni_ack_is_short(ack)) {
        return;
    }
    mni_write_u8(writer, (uint8_t)(ack->count - 1));
    mni_write_varint(writer, runs[0].last - runs[0].first);
    for (uint32_t i = 1; i < ack->count; i++) {
        mni_write_varint(writer, runs[i - 1].first - runs[i].last - 2);
        mni_write_varint(writer, runs[i].last - runs[i].first);
    }
}

/* The lower end of what begins at `upper` and has `length_less_one` more; false: below zero. */
static bool descend(uint64_t upper, uint64_t length_less_one, uint64_t *lower_out)
{
    *lower_out = upper - length_less_one;
    return length_less_one <= upper;
}

static bool read_runs(mni_reader *reader, mni_ack *ack)
{
    uint32_t pairs = mni_read_u8(reader);
    if (pairs > MNI_ACK_PAIRS_MAX ||
        !descend(ack->runs[0].last, mni_read_varint(reader), &ack->runs[0].first)) {
        return false;
    }
    for (uint32_t i = 1; i <= pairs; i++) {
        uint64_t above = ack->runs[i - 1].first;
        uint64_t gap_last;
        uint64_t gap_first;
        mni_run *run = &ack->runs[i];
        if (!descend(above, 1, &gap_last) ||
            !descend(gap_last, mni_read_varint(reader), &gap_first) ||
            !descend(gap_first, 1, &run->last) ||
            !descend(run->last, mni_read_varint(reader), &run->first)) {
            return false;
        }
    }
    ack->count = pairs + 1;
    return !reader->failed;
}

bool mni_ack_read(mni_reader *reader, bool is_short, bool is_wide, uint64_t newest_sent,
                  mni_ack *ack_out)
{
    uint32_t truncated = is_wide ? mni_read_u32(reader) : mni_read_u16(reader);
    uint64_t newest = mni_seq_widen(newest_sent, truncated, is_wide ? 32 : 16);
    ack_out->delay_us = (uint64_t)mni_read_u8(reader) * MNI_ACK_DELAY_UNIT_US;
    if (reader->failed || newest > newest_sent) {
        return false;
    }
    ack_out->count = 1;
    ack_out->runs[0] = (mni_run){.first = short_first(newest), .last = newest};
    return is_short || read_runs(reader, ack_out);
}
