/* SPDX-License-Identifier: MIT */
/*
 * The tables. A position is known to 1/64 of a unit, a direction to 1/256: what is finer than that
 * is neither sent nor taken for a change.
 */
#include "protocol.h"

#include <stdio.h>

#define POSITION(type, member) MN_VECTOR2(type, member, 0, 64, 1.0 / 64)

static const mn_field join_fields[] = {MN_STRING(join_message, name)};
static const mn_field input_fields[] = {
    MN_UINT(input_message, number, 0, 65535),
    MN_FLOAT(input_message, throttle, -1, 1, 0.125),
    MN_FLOAT(input_message, turn, -1, 1, 0.125),
};
static const mn_field chat_fields[] = {
    MN_STRING(chat_message, name),
    MN_STRING(chat_message, text),
};
static const mn_field report_fields[] = {
    MN_UINT(report_message, digest, 0, 0),
    MN_UINT(report_message, objects, 0, 0),
};

/* The direction is part of the agreement: what comes the wrong way is refused by the library. Chat
   has a channel of its own, so that a lost line does not hold up a report. */
static const mn_message_type messages[] = {
    {.struct_size = sizeof(mn_message_type),
     .id = MESSAGE_JOIN,
     .size = sizeof(join_message),
     .how = MN_RELIABLE,
     .flags = MN_MESSAGE_TO_SERVER,
     .field_count = MN_COUNT(join_fields),
     .fields = join_fields,
     .name = "join"},
    {.struct_size = sizeof(mn_message_type),
     .id = MESSAGE_INPUT,
     .size = sizeof(input_message),
     .how = MN_UNRELIABLE,
     .flags = MN_MESSAGE_TO_SERVER,
     .field_count = MN_COUNT(input_fields),
     .fields = input_fields,
     .name = "input"},
    {.struct_size = sizeof(mn_message_type),
     .id = MESSAGE_CHAT,
     .size = sizeof(chat_message),
     .how = MN_RELIABLE | MN_ON_CHANNEL(1),
     .field_count = MN_COUNT(chat_fields),
     .fields = chat_fields,
     .name = "chat"},
    {.struct_size = sizeof(mn_message_type),
     .id = MESSAGE_STOP,
     .how = MN_RELIABLE,
     .flags = MN_MESSAGE_TO_CLIENT,
     .name = "stop"},
    {.struct_size = sizeof(mn_message_type),
     .id = MESSAGE_REPORT,
     .size = sizeof(report_message),
     .how = MN_RELIABLE,
     .flags = MN_MESSAGE_TO_SERVER,
     .field_count = MN_COUNT(report_fields),
     .fields = report_fields,
     .name = "report"},
};

/* Fields are grouped by who may see them: how many shells are left is the owner's secret. */
static const mn_field tank_motion[] = {
    POSITION(tank_state, position),
    MN_VECTOR2(tank_state, facing, -1, 1, 1.0 / 256),
};
static const mn_field tank_standing[] = {
    MN_INT(tank_state, health, 0, ARENA_HEALTH),
    MN_INT(tank_state, score, 0, 1000000),
    MN_STRING(tank_state, name),
};
static const mn_field tank_gun[] = {
    MN_INT(tank_state, ammo, 0, ARENA_AMMO),
    MN_INT(tank_state, reload_ticks, 0, ARENA_HZ),
};
static const mn_group tank_groups[] = {
    MN_GROUP(tank_motion, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(tank_standing, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(tank_gun, MN_TO_OWNER, MN_FROM_SERVER, 10),
};
static const mn_call_type tank_calls[] = {
    [CALL_FIRE] = {.flags = MN_CALL_TO_SERVER, .name = "fire"},
};

static const mn_field shell_fields[] = {
    POSITION(shell_state, position),
    MN_OBJECT(shell_state, shooter),
};
static const mn_group shell_groups[] = {MN_GROUP(shell_fields, MN_TO_ALL, MN_FROM_SERVER, 0)};

static const mn_field match_fields[] = {
    MN_UINT(match_state, seed, 0, 0),          MN_UINT(match_state, phase, 0, PHASE_STOPPED),
    MN_UINT(match_state, seconds, 0, 1000000), MN_UINT(match_state, shots, 0, 0),
    MN_UINT(match_state, hits, 0, 0),
};
static const mn_group match_groups[] = {MN_GROUP(match_fields, MN_TO_ALL, MN_FROM_SERVER, 0)};
static const mn_field explosion_fields[] = {
    POSITION(explosion_call, position),
    MN_OBJECT(explosion_call, shooter),
    MN_OBJECT(explosion_call, victim),
    MN_UINT(explosion_call, destroyed, 0, 1),
};
static const mn_call_type match_calls[] = {
    [CALL_EXPLOSION] = {.size = sizeof(explosion_call),
                        .field_count = MN_COUNT(explosion_fields),
                        .flags = MN_CALL_TO_CLIENT,
                        .fields = explosion_fields,
                        .name = "explosion"},
};

static const mn_object_type objects[] = {
    {.struct_size = sizeof(mn_object_type),
     .id = TYPE_TANK,
     .size = sizeof(tank_state),
     .group_count = MN_COUNT(tank_groups),
     .call_count = MN_COUNT(tank_calls),
     .groups = tank_groups,
     .calls = tank_calls,
     .name = "tank"},
    {.struct_size = sizeof(mn_object_type),
     .id = TYPE_SHELL,
     .size = sizeof(shell_state),
     .group_count = MN_COUNT(shell_groups),
     .groups = shell_groups,
     .name = "shell"},
    {.struct_size = sizeof(mn_object_type),
     .id = TYPE_MATCH,
     .size = sizeof(match_state),
     .group_count = MN_COUNT(match_groups),
     .call_count = MN_COUNT(match_calls),
     .groups = match_groups,
     .calls = match_calls,
     .name = "match"},
};

static mn_result add_all(mn_schema *schema)
{
    mn_result result = MN_OK;
    for (uint32_t i = 0; i < MN_COUNT(messages) && result >= 0; i++) {
        result = mn_schema_add_message(schema, &messages[i]);
    }
    for (uint32_t i = 0; i < MN_COUNT(objects) && result >= 0; i++) {
        result = mn_schema_add_object(schema, &objects[i]);
    }
    return result < 0 ? result : mn_schema_finish(schema);
}

mn_result protocol_create(mn_schema **schema_out)
{
    mn_result result = mn_schema_create(NULL, schema_out);
    if (result < 0) {
        return result;
    }
    result = add_all(*schema_out);
    if (result < 0) {
        (void)fprintf(stderr, "arena: %s\n", mn_schema_error_text(*schema_out));
        mn_schema_destroy(*schema_out);
        *schema_out = NULL;
    }
    return result;
}
