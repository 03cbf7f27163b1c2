/* SPDX-License-Identifier: MIT */
/*
 * An acknowledgement: which packets arrived, as runs of numbers from the newest down, and how long
 * the newest waited for it. The usual case, in which the newest 32 all arrived, is told by a flag
 * and costs nothing; everything else is listed (the idea of RFC 9000, section 19.3).
 */
#ifndef SOCKET_ACK_H
#define SOCKET_ACK_H

#include "base/assert.h"
#include "base/bytes.h"

enum {
    MNI_ACK_PAIRS_MAX = 32, /* gaps, each with the run below it */
    MNI_ACK_SHORT = 32,     /* numbers that the short form speaks of */
    MNI_ACK_DELAY_UNIT_US = 500
};

typedef struct mni_run {
    uint64_t first, last; /* both included */
} mni_run;

typedef struct mni_ack {
    uint64_t delay_us;
    uint32_t count;                      /* of runs, at least 1 */
    mni_run runs[MNI_ACK_PAIRS_MAX + 1]; /* newest first, never touching */
} mni_ack;

/* Whether the flag says it all. */
bool mni_ack_is_short(const mni_ack *ack);
void mni_ack_write(mni_writer *writer, const mni_ack *ack, bool is_wide);
/* newest_sent: acknowledged numbers are those nearest to it. False: it makes no sense. */
MNI_CHECK bool mni_ack_read(mni_reader *reader, bool is_short, bool is_wide, uint64_t newest_sent,
                            mni_ack *ack_out);

#endif
