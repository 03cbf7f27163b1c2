/* SPDX-License-Identifier: MIT */
/* See dialer.h. */
#include "socket/dialer.h"

#include "base/timer.h"

#include <string.h>

void mni_dialer_init(mni_dialer *dialer)
{
    *dialer = (mni_dialer){.interval_us = MNI_DIAL_INTERVAL_US, .give_up_us = MNI_NEVER};
}

mni_dial_step mni_dialer_tick(mni_dialer *dialer, uint64_t timeout_us, uint64_t now_us)
{
    if (dialer->give_up_us == MNI_NEVER) {
        dialer->give_up_us = now_us + timeout_us;
    }
    if (now_us >= dialer->give_up_us) {
        return MNI_DIAL_GIVE_UP;
    }
    if (now_us < dialer->next_us) {
        return MNI_DIAL_WAIT;
    }
    if (mni_dialer_waited_us(dialer, now_us) >= MNI_DIAL_RENEW_US) {
        dialer->has_cookie = false;
    }
    dialer->next_us = now_us + dialer->interval_us;
    uint32_t longer_us = dialer->interval_us + dialer->interval_us / 2;
    dialer->interval_us =
        longer_us < MNI_DIAL_INTERVAL_MAX_US ? longer_us : MNI_DIAL_INTERVAL_MAX_US;
    return MNI_DIAL_SAY;
}

uint64_t mni_dialer_next_us(const mni_dialer *dialer)
{
    return dialer->next_us < dialer->give_up_us ? dialer->next_us : dialer->give_up_us;
}

bool mni_dialer_take_retry(mni_dialer *dialer, const uint8_t cookie[MNI_COOKIE_SIZE],
                           uint64_t now_us)
{
    if (dialer->has_cookie) {
        return false;
    }
    memcpy(dialer->cookie, cookie, MNI_COOKIE_SIZE);
    dialer->has_cookie = true;
    dialer->cookie_us = now_us;
    dialer->interval_us = MNI_DIAL_INTERVAL_US;
    dialer->next_us = now_us;
    dialer->closed_in_row = 0;
    return true;
}

uint64_t mni_dialer_waited_us(const mni_dialer *dialer, uint64_t now_us)
{
    return dialer->has_cookie ? now_us - dialer->cookie_us : 0;
}

bool mni_dialer_take_closed(mni_dialer *dialer)
{
    dialer->closed_in_row++;
    return dialer->closed_in_row >= MNI_DIAL_CLOSED_MAX;
}
