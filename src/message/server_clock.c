/* SPDX-License-Identifier: MIT */
/* Offsets are differences of two clocks that have nothing in common, and so wrap. */
#include "message/server_clock.h"

#include <stddef.h>

enum {
    SLEW = 8,                  /* an eighth */
    DRIFT_PER_TEN_THOUSAND = 1 /* 100 ppm: two quartzes at their worst */
};

static uint64_t drift_us(uint64_t age_us)
{
    return age_us / 10000 * DRIFT_PER_TEN_THOUSAND;
}

static uint64_t age_us(const mni_trip *trip, uint64_t now_us)
{
    return now_us > trip->ended_us ? now_us - trip->ended_us : 0;
}

/* How far off its offset may be by now. */
static uint64_t doubt_us(const mni_trip *trip, uint64_t now_us)
{
    return trip->length_us / 2 + drift_us(age_us(trip, now_us));
}

static bool is_behind(uint64_t offset_us, uint64_t other_us) /* by the shorter way around */
{
    return other_us - offset_us - 1 < UINT64_MAX / 2;
}

static uint64_t distance_us(uint64_t a_us, uint64_t b_us)
{
    return is_behind(a_us, b_us) ? b_us - a_us : a_us - b_us;
}

static uint64_t shown_offset_us(const mni_server_clock *clock, uint64_t now_us)
{
    uint64_t elapsed_us = now_us > clock->since_us ? now_us - clock->since_us : 0;
    uint64_t step_us = elapsed_us / SLEW;
    if (distance_us(clock->offset_us, clock->goal_us) <= step_us) {
        return clock->goal_us;
    }
    bool rises = is_behind(clock->offset_us, clock->goal_us);
    return rises ? clock->offset_us + step_us : clock->offset_us - step_us;
}

static void aim(mni_server_clock *clock, uint64_t goal_us, uint64_t now_us)
{
    clock->offset_us = clock->is_set ? shown_offset_us(clock, now_us) : goal_us;
    clock->since_us = now_us;
    clock->goal_us = goal_us;
    clock->is_set = true;
    bool is_first = clock->trip_count <= 1; /* a guess knows nothing of the way */
    if (is_behind(clock->offset_us, goal_us) &&
        (is_first || distance_us(clock->offset_us, goal_us) > MNI_CLOCK_JUMP_US)) {
        clock->offset_us = goal_us;
    }
}

static const mni_trip *best_trip(const mni_server_clock *clock, uint64_t now_us)
{
    const mni_trip *best = NULL;
    uint32_t oldest = clock->trip_count > MNI_TRIPS_MAX ? clock->trip_count - MNI_TRIPS_MAX : 0;
    oldest = oldest > clock->trip_first ? oldest : clock->trip_first;
    for (uint32_t i = oldest; i < clock->trip_count; i++) {
        const mni_trip *trip = &clock->trips[i % MNI_TRIPS_MAX];
        if (best == NULL || doubt_us(trip, now_us) <= doubt_us(best, now_us)) {
            best = trip;
        }
    }
    return best;
}

void mni_server_clock_init(mni_server_clock *clock, uint64_t now_us)
{
    *clock = (mni_server_clock){.ping_us = now_us};
}

void mni_server_clock_guess(mni_server_clock *clock, uint64_t server_us, uint64_t now_us)
{
    if (!clock->is_set) {
        aim(clock, server_us - now_us, now_us);
    }
}

bool mni_server_clock_add(mni_server_clock *clock, uint64_t sent_us, uint64_t server_us,
                          uint64_t held_us, uint64_t now_us)
{
    if (sent_us > now_us || held_us > now_us - sent_us) {
        return false;
    }
    uint64_t length_us = now_us - sent_us - held_us;
    mni_trip trip = {.offset_us = server_us - sent_us - length_us / 2,
                     .length_us = length_us,
                     .ended_us = now_us};
    const mni_trip *best = best_trip(clock, now_us);
    if (best != NULL && distance_us(best->offset_us, trip.offset_us) >
                            doubt_us(best, now_us) + doubt_us(&trip, now_us) + 1) {
        /* Both cannot be right: one of the two clocks was set, or stood still in a suspended
           machine. What is newer counts. */
        clock->trip_first = clock->trip_count;
    }
    clock->trips[clock->trip_count % MNI_TRIPS_MAX] = trip;
    clock->trip_count++;
    aim(clock, best_trip(clock, now_us)->offset_us, now_us);
    return true;
}

uint64_t mni_server_clock_time(const mni_server_clock *clock, uint64_t now_us)
{
    return clock->is_set ? now_us + shown_offset_us(clock, now_us) : now_us;
}

void mni_server_clock_pinged(mni_server_clock *clock, uint64_t now_us)
{
    clock->ping_count++;
    clock->ping_us =
        now_us + (clock->ping_count < MNI_TRIPS_MAX ? MNI_PING_FAST_US : MNI_PING_SLOW_US);
}
