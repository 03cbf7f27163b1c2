/* SPDX-License-Identifier: MIT */
/*
 * See clock.h. The clock counts from a start of its own and not from the first time it is told, so
 * that now_us plus any duration of a config fits into 64 bits.
 */
#include "socket/clock.h"

#include "base/timer.h"

static const uint64_t start_us = 1000000;

void mni_clock_init(mni_clock *clock, uint64_t gap_us)
{
    *clock = (mni_clock){.now_us = start_us, .gap_us = gap_us};
}

bool mni_clock_advance(mni_clock *clock, uint64_t told_us)
{
    if (!clock->is_running) {
        clock->is_running = true;
        clock->told_us = told_us;
        return false;
    }
    if (told_us <= clock->told_us) {
        return false;
    }
    uint64_t passed_us = told_us - clock->told_us;
    clock->told_us = told_us;
    if (passed_us > clock->gap_us) {
        return true;
    }
    clock->now_us += passed_us;
    return false;
}

uint64_t mni_clock_told_us(const mni_clock *clock, uint64_t due_us)
{
    if (due_us == MNI_NEVER) {
        return MNI_NEVER;
    }
    uint64_t wait_us = due_us > clock->now_us ? due_us - clock->now_us : 0;
    if (wait_us > clock->gap_us / 2) {
        wait_us = clock->gap_us / 2;
    }
    return wait_us < MNI_NEVER - clock->told_us ? clock->told_us + wait_us : MNI_NEVER - 1;
}
