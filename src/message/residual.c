/* SPDX-License-Identifier: MIT */
/* Folding differences into a range, and the choice of a code for a run of them. */
#include "message/residual.h"

enum { ORDERS = 3 };
static const uint8_t orders[ORDERS] = {0, 3, 6};

uint64_t mni_residual_fold(uint64_t value, uint64_t reference, uint64_t limit)
{
    uint64_t room = reference < limit - reference ? reference : limit - reference;
    if (value > reference) {
        uint64_t above = value - reference;
        return above <= room ? 2 * above - 1 : above + room;
    }
    uint64_t below = reference - value;
    return below <= room ? 2 * below : below + room;
}

uint64_t mni_residual_unfold(uint64_t residual, uint64_t reference, uint64_t limit)
{
    uint64_t room = reference < limit - reference ? reference : limit - reference;
    if (residual <= 2 * room) {
        return residual % 2 != 0 ? reference + residual / 2 + 1 : reference - residual / 2;
    }
    return room == reference ? residual : limit - residual;
}

/* The index of the order that is shortest for the run, ORDERS for plainly. */
static uint32_t choose(const uint64_t *residuals, uint32_t count, uint32_t bits)
{
    uint32_t sizes[ORDERS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (residuals[i] >= MNI_GOLOMB_END) { /* longer than plainly in any order */
            return ORDERS;
        }
        sizes[0] += mni_golomb_size(residuals[i], orders[0]);
        sizes[1] += mni_golomb_size(residuals[i], orders[1]);
        sizes[2] += mni_golomb_size(residuals[i], orders[2]);
    }
    uint32_t choice = ORDERS;
    uint32_t shortest = count * bits;
    for (uint32_t i = 0; i < ORDERS; i++) {
        choice = sizes[i] < shortest ? i : choice;
        shortest = sizes[i] < shortest ? sizes[i] : shortest;
    }
    return choice;
}

void mni_write_residuals(mni_bit_writer *writer, const uint64_t *residuals, uint32_t count,
                         uint32_t bits)
{
    uint32_t choice = ORDERS;
    if (count * bits > MNI_RESIDUAL_PLAIN) {
        choice = choose(residuals, count, bits);
        mni_write_bits(writer, choice, MNI_RESIDUAL_CHOICE);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (choice < ORDERS) {
            mni_write_golomb(writer, residuals[i], orders[choice]);
        } else {
            mni_write_bits(writer, residuals[i], bits);
        }
    }
}

void mni_read_residuals(mni_bit_reader *reader, uint64_t *residuals_out, uint32_t count,
                        uint32_t bits)
{
    uint32_t choice = ORDERS;
    if (count * bits > MNI_RESIDUAL_PLAIN) {
        choice = (uint32_t)mni_read_bits(reader, MNI_RESIDUAL_CHOICE);
    }
    for (uint32_t i = 0; i < count; i++) {
        residuals_out[i] =
            choice < ORDERS ? mni_read_golomb(reader, orders[choice]) : mni_read_bits(reader, bits);
    }
}
