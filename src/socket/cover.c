/* SPDX-License-Identifier: MIT */
/* The last unit may be short; everything else is counting bits. */
#include "socket/cover.h"

#include <string.h>

static uint32_t unit_count(uint32_t bytes)
{
    return bytes / MNI_COVER_UNIT + (bytes % MNI_COVER_UNIT != 0);
}

static bool has(const mni_cover *cover, uint32_t unit)
{
    return (cover->bits[unit / 8] >> unit % 8 & 1) != 0;
}

static uint32_t unit_size(const mni_cover *cover, uint32_t unit)
{
    uint32_t left = cover->total - unit * MNI_COVER_UNIT;
    return left < MNI_COVER_UNIT ? left : MNI_COVER_UNIT;
}

uint32_t mni_cover_size(uint32_t total)
{
    return (unit_count(total) + 7) / 8;
}

void mni_cover_init(mni_cover *cover, uint8_t *bits, uint32_t total)
{
    *cover = (mni_cover){.bits = bits, .total = total};
    memset(bits, 0, mni_cover_size(total));
}

bool mni_cover_fits(uint32_t total, uint32_t offset, uint32_t size)
{
    if (size == 0 || offset >= total || size > total - offset || offset % MNI_COVER_UNIT != 0) {
        return false;
    }
    return size % MNI_COVER_UNIT == 0 || size == total - offset;
}

uint32_t mni_cover_missing(const mni_cover *cover, uint32_t offset, uint32_t size)
{
    MNI_ASSERT(mni_cover_fits(cover->total, offset, size));
    uint32_t missing = 0;
    uint32_t end = unit_count(offset + size);
    for (uint32_t unit = offset / MNI_COVER_UNIT; unit < end; unit++) {
        missing += has(cover, unit) ? 0 : unit_size(cover, unit);
    }
    return missing;
}

void mni_cover_add(mni_cover *cover, uint32_t offset, uint32_t size)
{
    cover->covered += mni_cover_missing(cover, offset, size);
    uint32_t end = unit_count(offset + size);
    for (uint32_t unit = offset / MNI_COVER_UNIT; unit < end; unit++) {
        cover->bits[unit / 8] |= (uint8_t)(1u << unit % 8);
    }
}

void mni_cover_remove(mni_cover *cover, uint32_t offset, uint32_t size)
{
    cover->covered -= size - mni_cover_missing(cover, offset, size);
    uint32_t end = unit_count(offset + size);
    for (uint32_t unit = offset / MNI_COVER_UNIT; unit < end; unit++) {
        cover->bits[unit / 8] &= (uint8_t) ~(1u << unit % 8);
    }
}

bool mni_cover_first(const mni_cover *cover, uint32_t *offset_out, uint32_t *size_out)
{
    if (cover->covered == 0) {
        return false;
    }
    uint32_t unit = 0;
    while (cover->bits[unit / 8] == 0) {
        unit += 8;
    }
    while (!has(cover, unit)) {
        unit++;
    }
    *offset_out = unit * MNI_COVER_UNIT;
    uint32_t size = 0;
    uint32_t end = unit_count(cover->total);
    for (; unit < end && has(cover, unit); unit++) {
        size += unit_size(cover, unit);
    }
    *size_out = size;
    return true;
}
