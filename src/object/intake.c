/* SPDX-License-Identifier: MIT */
/*
 * The time of a piece is widened around what is expected: the newest piece's time, plus what has
 * passed here since. An update whose baseline is not there was overtaken by many newer ones, or its
 * occupant is of the past. It cannot be read, nor can what stands behind it; so the packet is not
 * taken at all, and nothing of it is acknowledged.
 */
#include "object/intake.h"

#include "base/seq.h"
#include "object/delta.h"

/* What a piece needs before it may be taken. */
typedef struct demand {
    uint32_t end; /* of the slots */
    uint32_t spawns;
    uint32_t entries;
} demand;

static uint64_t time_of(const mni_intake *intake, const mni_piece_reader *reader)
{
    mni_endpoint *endpoint = intake->notices->endpoint;
    uint64_t now_us = mni_endpoint_now_us(endpoint);
    uint64_t expected_us = intake->newest_us != 0
                               ? intake->newest_us + (now_us - intake->newest_at_us)
                               : mni_endpoint_server_time(endpoint, now_us);
    return mni_seq_widen(expected_us, reader->time, MNI_PIECE_TIME_BITS);
}

/* The update's version, its state in scratch. MNI_VERDICT_NO_ROOM: without a baseline. */
static mni_verdict read_update(mni_intake *intake, const mni_replica *replica,
                               mni_piece_reader *reader, uint64_t time_us, uint16_t *version_out)
{
    uint16_t number;
    if (replica == NULL || replica->kind == NULL ||
        !mni_piece_read_update(reader, &number, version_out)) {
        return MNI_VERDICT_MALFORMED;
    }
    const void *baseline = mni_replica_baseline(replica, number, time_us);
    if (baseline == NULL) {
        return MNI_VERDICT_NO_ROOM;
    }
    return mni_delta_read(replica->kind, baseline, &reader->bits, intake->scratch)
               ? MNI_VERDICT_GOOD
               : MNI_VERDICT_MALFORMED;
}

/* The state in scratch. */
static bool read_state(mni_intake *intake, const mni_replica *replica, mni_piece_reader *reader,
                       mni_piece_state *entry)
{
    const mni_kinds *kinds = intake->replicas->kinds;
    if (!mni_piece_read_state(reader, kinds, entry)) {
        return false;
    }
    const mni_kind *kind = &kinds->all[entry->kind];
    if (replica != NULL && replica->kind != NULL && replica->kind != kind) {
        return false; /* a slot keeps its kind */
    }
    return mni_delta_read(kind, kind->type->defaults, &reader->bits, intake->scratch);
}

/* A spawn's memory is made ready as it is counted. */
static mni_verdict check_state(mni_intake *intake, const mni_replica *replica,
                               mni_piece_reader *reader, uint64_t time_us, demand *sum)
{
    mni_piece_state entry;
    if (!read_state(intake, replica, reader, &entry)) {
        return MNI_VERDICT_MALFORMED;
    }
    switch (mni_replica_arrival(replica, entry.object, time_us)) {
    case MNI_ARRIVAL_REFUSED:
        return MNI_VERDICT_MALFORMED;
    case MNI_ARRIVAL_BUSY:
        return MNI_VERDICT_NO_ROOM;
    case MNI_ARRIVAL_LATE:
    case MNI_ARRIVAL_UPDATE:
        return MNI_VERDICT_GOOD;
    case MNI_ARRIVAL_SPAWN:
        break;
    }
    sum->spawns++;
    mni_kind *kind = &intake->replicas->kinds->all[entry.kind];
    return mni_replicas_count_spawn(intake->replicas, kind) == MN_OK ? MNI_VERDICT_GOOD
                                                                     : MNI_VERDICT_NO_ROOM;
}

static mni_verdict check_entry(mni_intake *intake, enum mni_entry kind, uint32_t slot,
                               mni_piece_reader *reader, demand *sum)
{
    uint64_t time_us = time_of(intake, reader);
    const mni_replica *replica = mni_replicas_at(intake->replicas, slot);
    uint16_t version;
    uint32_t reason;
    sum->entries++;
    sum->end = slot + 1;
    switch (kind) {
    case MNI_ENTRY_STATE:
        return check_state(intake, replica, reader, time_us, sum);
    case MNI_ENTRY_UPDATE:
        return read_update(intake, replica, reader, time_us, &version);
    case MNI_ENTRY_GONE:
        return mni_piece_read_gone(reader, &reason) ? MNI_VERDICT_GOOD : MNI_VERDICT_MALFORMED;
    case MNI_ENTRY_MALFORMED:
    case MNI_ENTRY_END:
        break;
    }
    return MNI_VERDICT_MALFORMED;
}

static bool has_room(const mni_intake *intake, const demand *sum)
{
    uint32_t waiting = mni_endpoint_waiting(intake->notices->endpoint);
    uint32_t untold = intake->replicas->touched_count;
    /* An object has two events at most: SPAWNED and DESPAWNED, or OWNER and CHANGED. */
    return (uint64_t)waiting + 2 * ((uint64_t)untold + sum->entries) <= MNI_OBJECT_EVENTS_MAX &&
           mni_replicas_reserve(intake->replicas, sum->end, sum->spawns) == MN_OK &&
           (sum->spawns == 0 || mni_notices_reserve(intake->notices, sum->spawns) == MN_OK);
}

mni_verdict mni_intake_check(mni_intake *intake, const uint8_t *bytes, uint32_t size)
{
    mni_piece_reader reader = mni_piece_open(bytes, size);
    demand sum = {0};
    mni_replicas_count_anew(intake->replicas);
    for (;;) {
        uint32_t slot;
        enum mni_entry kind = mni_piece_next(&reader, &slot);
        if (kind == MNI_ENTRY_END) {
            return has_room(intake, &sum) ? MNI_VERDICT_GOOD : MNI_VERDICT_NO_ROOM;
        }
        if (kind == MNI_ENTRY_MALFORMED) {
            return MNI_VERDICT_MALFORMED;
        }
        mni_verdict verdict = check_entry(intake, kind, slot, &reader, &sum);
        if (verdict != MNI_VERDICT_GOOD) {
            if (kind == MNI_ENTRY_UPDATE && verdict == MNI_VERDICT_NO_ROOM) {
                mni_endpoint_counts(intake->notices->endpoint)->dropped[MN_DROP_STALE_STATE]++;
            }
            return verdict;
        }
    }
}

static void take_entry(mni_intake *intake, enum mni_entry kind, uint32_t slot,
                       mni_piece_reader *reader, uint64_t time_us)
{
    const mni_replica *replica = mni_replicas_at(intake->replicas, slot);
    mni_piece_state entry;
    uint16_t version;
    uint32_t reason;
    if (kind == MNI_ENTRY_STATE) {
        if (read_state(intake, replica, reader, &entry)) {
            mni_replicas_take_state(intake->replicas, slot, &entry, intake->scratch, time_us);
        }
    } else if (kind == MNI_ENTRY_UPDATE) {
        if (read_update(intake, replica, reader, time_us, &version) == MNI_VERDICT_GOOD) {
            mni_replicas_take_update(intake->replicas, slot, version, intake->scratch, time_us);
        }
    } else if (mni_piece_read_gone(reader, &reason)) {
        mni_replicas_take_gone(intake->replicas, slot, reason, time_us);
    }
}

void mni_intake_take(mni_intake *intake, const uint8_t *bytes, uint32_t size)
{
    mni_piece_reader reader = mni_piece_open(bytes, size);
    uint64_t time_us = time_of(intake, &reader);
    for (;;) {
        uint32_t slot;
        enum mni_entry kind = mni_piece_next(&reader, &slot);
        if (kind == MNI_ENTRY_END || kind == MNI_ENTRY_MALFORMED) {
            break;
        }
        take_entry(intake, kind, slot, &reader, time_us);
    }
    if (time_us > intake->newest_us) {
        intake->newest_us = time_us;
        intake->newest_at_us = mni_endpoint_now_us(intake->notices->endpoint);
    }
}
