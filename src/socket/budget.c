/* SPDX-License-Identifier: MIT */
/* Filling up is done when something is taken out, so that it needs no timer. */
#include "socket/budget.h"

enum { FILL_US = 1000000 };

void mni_budget_init(mni_budget *budget, uint64_t now_us)
{
    *budget = (mni_budget){.filled_us = now_us, .left = MNI_BUDGET_ERRORS};
}

bool mni_budget_spend(mni_budget *budget, uint64_t now_us)
{
    uint64_t earned = (now_us - budget->filled_us) / FILL_US;
    if (earned >= MNI_BUDGET_ERRORS - budget->left) {
        budget->left = MNI_BUDGET_ERRORS;
        budget->filled_us = now_us;
    } else {
        budget->left += (uint32_t)earned;
        budget->filled_us += earned * FILL_US;
    }
    if (budget->left == 0) {
        return false;
    }
    budget->left--;
    return true;
}
