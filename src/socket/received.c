/* SPDX-License-Identifier: MIT */
/*
 * A loss of acknowledgements must not look like a loss of packets, and nobody acknowledges an
 * acknowledgement. So each one goes back over what the ones before it told, and over 64 numbers
 * wherever something is missing. When they are due follows RFC 9000, section 13.2.1.
 */
#include "socket/received.h"

enum {
    SOON_PACKETS = 2,
    ANY_PACKETS = 8,
    REACH = 64,       /* how far back gaps are told */
    GAP_COUNTED = 512 /* a larger gap counts as this many lost packets in the ratio */
};

void mni_received_init(mni_received *received)
{
    *received = (mni_received){.due_us = MNI_NEVER};
}

static bool has_bit(const mni_received *received, uint64_t number)
{
    return (received->bits[number % MNI_RECEIVED_WINDOW / 64] >> (number % 64) & 1) != 0;
}

static void set_bit(mni_received *received, uint64_t number)
{
    received->bits[number % MNI_RECEIVED_WINDOW / 64] |= UINT64_C(1) << (number % 64);
}

mni_freshness mni_received_check(const mni_received *received, uint64_t number)
{
    if (number >= received->next) {
        return MNI_FRESH;
    }
    if (number < mni_received_oldest(received)) {
        return MNI_OLD;
    }
    return has_bit(received, number) ? MNI_DUPLICATE : MNI_FRESH;
}

/* Moves the window so that number is the newest in it. */
static void advance(mni_received *received, uint64_t number)
{
    uint64_t gap = number - received->next;
    if (gap >= MNI_RECEIVED_WINDOW) {
        for (uint32_t i = 0; i < MNI_RECEIVED_WINDOW / 64; i++) {
            received->bits[i] = 0;
        }
    } else {
        for (uint64_t i = received->next; i <= number; i++) {
            received->bits[i % MNI_RECEIVED_WINDOW / 64] &= ~(UINT64_C(1) << (i % 64));
        }
    }
    for (uint64_t i = 0; i < gap && i < GAP_COUNTED; i++) {
        mni_ratio_add(&received->loss, true);
    }
    mni_ratio_add(&received->loss, false);
    received->missing += gap;
    received->next = number + 1;
}

static void set_due(mni_received *received, uint64_t due_us)
{
    if (due_us < received->due_us) {
        received->due_us = due_us;
    }
}

void mni_received_add(mni_received *received, uint64_t number, mni_elicit elicit, uint64_t now_us)
{
    bool is_in_order = number == received->next;
    if (number >= received->next) {
        advance(received, number);
        received->largest_us = now_us;
    } else {
        mni_ratio_revoke(&received->loss);
        received->missing--;
    }
    set_bit(received, number);
    if (elicit == MNI_ELICIT_NOT) {
        return;
    }
    received->soon += elicit >= MNI_ELICIT_SOON;
    received->lazy += elicit == MNI_ELICIT_LAZY;
    if (elicit == MNI_ELICIT_NOW || !is_in_order || received->soon >= SOON_PACKETS ||
        received->soon + received->lazy >= ANY_PACKETS) {
        set_due(received, now_us);
    } else {
        bool is_soon = elicit == MNI_ELICIT_SOON;
        set_due(received, now_us + (is_soon ? MNI_ACK_DELAY_US : MNI_ACK_LAZY_DELAY_US));
    }
}

bool mni_received_has_news(const mni_received *received)
{
    return received->soon + received->lazy > 0;
}

/* The bits of the 64 numbers below this one, the nearest on top. Below zero they mean nothing. */
static uint64_t bits_below(const mni_received *received, uint64_t number)
{
    uint64_t nearest = number - 1;
    uint64_t farthest = number - 64;
    uint64_t above = 63 - nearest % 64; /* of the same word, and not below the number */
    uint64_t bits = received->bits[nearest % MNI_RECEIVED_WINDOW / 64] << above;
    if (above > 0) {
        bits |= received->bits[farthest % MNI_RECEIVED_WINDOW / 64] >> (64 - above);
    }
    return bits;
}

/* 63 at most. */
static uint32_t count_leading_ones(uint64_t bits)
{
    uint32_t count = 0;
    for (uint32_t step = 32; step > 0; step /= 2) {
        uint64_t top = UINT64_MAX << (64 - step);
        if ((bits & top) == top) {
            count += step;
            bits <<= step;
        }
    }
    return count;
}

/* The lowest number from which on everything is there, if it is above `from`; else `from`. */
static uint64_t run_first(const mni_received *received, uint64_t last, uint64_t from)
{
    uint64_t first = last;
    uint32_t ones = 1;
    while (first > from && ones > 0) {
        ones = count_leading_ones(bits_below(received, first));
        first = first - from > ones ? first - ones : from;
    }
    return first;
}

static uint64_t back_by(uint64_t next, uint64_t count)
{
    return next > count ? next - count : 0;
}

void mni_received_build(const mni_received *received, uint64_t now_us, mni_ack *ack_out)
{
    uint64_t next = received->next;
    MNI_ASSERT(next > 0);
    ack_out->delay_us = now_us - received->largest_us;
    ack_out->count = 1;
    mni_run *run = &ack_out->runs[0];
    run->last = next - 1;
    uint64_t untold = received->floors[MNI_RECEIVED_REPEATS - 1];
    uint64_t usual = back_by(next, MNI_ACK_SHORT);
    run->first = run_first(received, run->last, usual);
    if (run->first == usual && untold >= usual) {
        return;
    }
    uint64_t from = back_by(next, REACH);
    from = untold < from ? untold : from;
    uint64_t oldest = back_by(next, MNI_RECEIVED_WINDOW);
    from = from < oldest ? oldest : from;
    run->first = run_first(received, run->last, from);
    uint64_t number = run->first;
    while (number > from && ack_out->count <= MNI_ACK_PAIRS_MAX) {
        number--;
        if (has_bit(received, number)) {
            run = &ack_out->runs[ack_out->count++];
            *run = (mni_run){.first = run_first(received, number, from), .last = number};
            number = run->first;
        }
    }
}

void mni_received_told(mni_received *received)
{
    for (uint32_t i = MNI_RECEIVED_REPEATS - 1; i > 0; i--) {
        received->floors[i] = received->floors[i - 1];
    }
    received->floors[0] = received->next;
    received->soon = 0;
    received->lazy = 0;
    received->due_us = MNI_NEVER;
}
