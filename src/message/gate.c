/* SPDX-License-Identifier: MIT */
/*
 * A server knows who is in, and so refuses. A client learns it by a message on another channel than
 * those that the game's messages travel on, and these may overtake it.
 */
#include "message/gate.h"

static bool is_between(const mni_message_type *type, uint32_t towards)
{
    uint32_t either = type->flags & (MN_MESSAGE_TO_SERVER | MN_MESSAGE_TO_CLIENT);
    return either == 0 || (either & towards) != 0;
}

mni_admission mni_gate_admit(const mn_schema *schema, bool is_server, mni_stage stage,
                             const void *bytes, uint32_t size, mni_incoming *message_out)
{
    mni_reader reader = mni_reader_over(bytes, size);
    uint64_t id = mni_read_varint(&reader);
    const mni_message_type *type = NULL;
    if (!reader.failed && id <= MNI_TYPE_ID_MAX) {
        type = mni_schema_message(schema, (uint32_t)id);
    }
    if (type == NULL || mni_reader_left(&reader) > type->max_size ||
        !is_between(type, is_server ? MN_MESSAGE_TO_SERVER : MN_MESSAGE_TO_CLIENT)) {
        return MNI_ADMISSION_REFUSE;
    }
    *message_out =
        (mni_incoming){.type = type, .body = reader.at, .size = (uint32_t)mni_reader_left(&reader)};
    if (stage == MNI_STAGE_AUTHENTICATED) {
        return MNI_ADMISSION_PASS;
    }
    if (stage != MNI_STAGE_CONNECTED) {
        return MNI_ADMISSION_REFUSE;
    }
    if ((type->flags & MN_MESSAGE_BEFORE_AUTHENTICATION) != 0) {
        return MNI_ADMISSION_PASS;
    }
    return is_server ? MNI_ADMISSION_REFUSE : MNI_ADMISSION_LATER;
}

bool mni_gate_allows(const mni_message_type *type, bool is_server)
{
    return is_between(type, is_server ? MN_MESSAGE_TO_CLIENT : MN_MESSAGE_TO_SERVER);
}
