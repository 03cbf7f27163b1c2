/* SPDX-License-Identifier: MIT */
/*
 * The client's side of the handshake: which packet to say next and when to say it again. It asks
 * for a cookie (hello) and connects with it; a cookie that nears its end is thrown away and asked
 * for anew. The token stays, so that a server that has accepted already (and whose accept was lost)
 * recognises a connect with a new cookie as one of the same attempt.
 *
 * Packets are repeated after 200 ms, then half as long again each time, up to 500 ms: at 30 % loss
 * each way, of the some thirty attempts in fifteen seconds the two that are needed get through but
 * for a few times in 10^8.
 */
#ifndef SOCKET_DIALER_H
#define SOCKET_DIALER_H

#include "socket/cookie.h"

enum {
    MNI_DIAL_INTERVAL_US = 200000,
    MNI_DIAL_INTERVAL_MAX_US = 500000,
    /* Before a cookie expires on the server: it is older there than the client knows, and the
       connect needs its time as well. */
    MNI_DIAL_RENEW_US = 3500000,
    /* Anybody can forge one ICMP message, and a server may be just about to start. */
    MNI_DIAL_CLOSED_MAX = 3
};

typedef enum mni_dial_step { MNI_DIAL_WAIT, MNI_DIAL_SAY, MNI_DIAL_GIVE_UP } mni_dial_step;

typedef struct mni_dialer {
    uint8_t cookie[MNI_COOKIE_SIZE];
    uint64_t give_up_us; /* MNI_NEVER before the first tick */
    uint64_t next_us;
    uint64_t cookie_us; /* when the cookie came */
    uint32_t interval_us;
    uint32_t closed_in_row;
    bool has_cookie;
} mni_dialer;

void mni_dialer_init(mni_dialer *dialer);
/* SAY: a packet should leave now, a connect where has_cookie, else a hello. The time to connect
   begins with the first tick. */
mni_dial_step mni_dialer_tick(mni_dialer *dialer, uint64_t timeout_us, uint64_t now_us);
uint64_t mni_dialer_next_us(const mni_dialer *dialer);
/* A retry with our token came; false if none was asked for. */
bool mni_dialer_take_retry(mni_dialer *dialer, const uint8_t cookie[MNI_COOKIE_SIZE],
                           uint64_t now_us);
/* How long it has been saying connect with this cookie, 0 where it has none. */
uint64_t mni_dialer_waited_us(const mni_dialer *dialer, uint64_t now_us);
/* The network says that nobody listens; true if it says so often enough to be believed. */
bool mni_dialer_take_closed(mni_dialer *dialer);

#endif
