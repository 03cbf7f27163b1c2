/* SPDX-License-Identifier: MIT */
/*
 * Pieces into replicas. A piece is read twice: once to see that all of it is right and that there
 * is room for what it brings, without a trace, and once to take it in, which cannot fail.
 */
#ifndef OBJECT_INTAKE_H
#define OBJECT_INTAKE_H

#include "object/notice.h"

typedef struct mni_intake {
    mni_notices *notices;
    mni_replicas *replicas;
    uint8_t *scratch;      /* a state */
    uint64_t newest_us;    /* the time of the newest piece; 0: none yet */
    uint64_t newest_at_us; /* and when it came, in the client's time */
} mni_intake;

mni_verdict mni_intake_check(mni_intake *intake, const uint8_t *bytes, uint32_t size);
void mni_intake_take(mni_intake *intake, const uint8_t *bytes, uint32_t size);

#endif
