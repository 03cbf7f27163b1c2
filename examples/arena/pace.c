/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include "rules.h"

#define TICK_US (1000000u / ARENA_HZ)
#define LATE_US 250000u
#define SECOND_US 1000000u

bool pace_is_due(arena_pace *pace, uint64_t now_us)
{
    if (now_us < pace->next_us) {
        return false;
    }
    bool is_hopeless = now_us - pace->next_us > LATE_US;
    pace->next_us = (is_hopeless ? now_us : pace->next_us) + TICK_US;
    return true;
}

uint64_t pace_wait_us(const arena_pace *pace, uint64_t other_us, uint64_t now_us)
{
    uint64_t until_us = other_us < pace->next_us ? other_us : pace->next_us;
    return until_us > now_us ? until_us - now_us : 0;
}

bool meter_read(arena_meter *meter, uint64_t sent, uint64_t received, uint64_t now_us)
{
    uint64_t passed_us = now_us - meter->since_us;
    if (meter->since_us != 0 && passed_us < SECOND_US) {
        return false;
    }
    bool is_first = meter->since_us == 0;
    if (!is_first) {
        double kilo_seconds = (double)passed_us / 1e6 * 1000.0;
        meter->sent_kbs = (double)(sent - meter->sent) / kilo_seconds;
        meter->received_kbs = (double)(received - meter->received) / kilo_seconds;
    }
    meter->since_us = now_us;
    meter->sent = sent;
    meter->received = received;
    return !is_first;
}
