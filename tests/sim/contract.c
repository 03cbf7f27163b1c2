/* SPDX-License-Identifier: MIT */
/* The schema of the simulation. */
#include "sim/contract.h"

static const mn_field motion[] = {
    MN_VECTOR3(sim_mover, position, -512, 512, 0.01),
    MN_ANGLE(sim_mover, heading, 12),
};
static const mn_field vitals[] = {
    MN_INT(sim_mover, health, 0, 100),
    MN_UINT(sim_mover, stamp, 0, 0),
};
static const mn_field secrets[] = {MN_UINT(sim_mover, secret, 0, 0)};
static const mn_group groups[] = {
    MN_GROUP(motion, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(vitals, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(secrets, MN_TO_OWNER, MN_FROM_SERVER, 0),
};
static const mn_field argument[] = {MN_UINT(sim_argument, number, 0, 0)};
static const mn_call_type calls[] = {
    {.size = sizeof(sim_argument),
     .field_count = MN_COUNT(argument),
     .flags = MN_CALL_TO_CLIENT,
     .fields = argument,
     .name = "boom"},
    {.size = sizeof(sim_argument),
     .field_count = MN_COUNT(argument),
     .flags = MN_CALL_TO_SERVER,
     .fields = argument,
     .name = "fire"},
};

mn_schema *sim_contract_create(const mn_allocator *allocator)
{
    mn_schema *schema = NULL;
    const mn_message_type probe = {
        .struct_size = sizeof probe, .id = SIM_PROBE, .max_size = 64, .name = "probe"};
    const mn_object_type mover = {
        .struct_size = sizeof mover,
        .id = SIM_MOVER,
        .size = sizeof(sim_mover),
        .group_count = MN_COUNT(groups),
        .call_count = MN_COUNT(calls),
        .groups = groups,
        .calls = calls,
        .name = "mover",
    };
    if (mn_schema_create(allocator, &schema) < 0) {
        return NULL;
    }
    if (mn_schema_add_message(schema, &probe) < 0 || mn_schema_add_object(schema, &mover) < 0 ||
        mn_schema_finish(schema) < 0) {
        mn_schema_destroy(schema);
        return NULL;
    }
    return schema;
}
