/* SPDX-License-Identifier: MIT */
/*
 * How much nonsense the other side may send: a bucket of errors that fills up by one each second. A
 * bug now and then is forgiven, a flood is not.
 */
#ifndef SOCKET_BUDGET_H
#define SOCKET_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { MNI_BUDGET_ERRORS = 16 };

typedef struct mni_budget {
    uint64_t filled_us; /* until when it has been filled up */
    uint32_t left;
} mni_budget;

void mni_budget_init(mni_budget *budget, uint64_t now_us);
/* One error. False: that was one too many. */
bool mni_budget_spend(mni_budget *budget, uint64_t now_us);

#endif
