/* SPDX-License-Identifier: MIT */
/*
 * Which messages may come in, from whom and when. One decision from the head of a message, the
 * schema and the stage of its sender; the body is looked at when it is polled.
 */
#ifndef MESSAGE_GATE_H
#define MESSAGE_GATE_H

#include "message/player.h"
#include "message/schema.h"

typedef enum mni_admission {
    MNI_ADMISSION_PASS,
    MNI_ADMISSION_LATER, /* a client that was not told yet that it is in: keep it until then */
    MNI_ADMISSION_REFUSE /* no such message, not in this direction, not from who is not in */
} mni_admission;

typedef struct mni_incoming {
    const mni_message_type *type;
    const uint8_t *body;
    uint32_t size;
} mni_incoming;

/* message_out is set where it is not refused. */
mni_admission mni_gate_admit(const mn_schema *schema, bool is_server, mni_stage stage,
                             const void *bytes, uint32_t size, mni_incoming *message_out);
/* Whether this side may send it. */
bool mni_gate_allows(const mni_message_type *type, bool is_server);

#endif
