/* SPDX-License-Identifier: MIT */
/*
 * Control messages that are to be sent at the next flush. Those that find no room or memory stay on
 * the list and go at a later one, so that nothing that happens in an update depends on either.
 */
#ifndef MESSAGE_ERRAND_H
#define MESSAGE_ERRAND_H

#include "message/endpoint_state.h"

void mni_errand_run(mni_endpoint *endpoint);             /* all of them */
void mni_errand_ping(mni_endpoint *client);              /* a client's own, if it is time */
uint64_t mni_errand_ping_us(const mni_endpoint *client); /* when that is; MNI_NEVER */
/* As much of the schema as fits into the send queue; an errand for the rest. */
void mni_errand_send_table(mni_endpoint *endpoint, mni_player *player);

#endif
