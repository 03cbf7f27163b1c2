/* SPDX-License-Identifier: MIT */
/* See types.h. */
#include "conformance/types.h"

#include <stdio.h>
#include <stdlib.h>

static const mn_field chat_fields[] = {MN_INT(chat, tone, -3, 3), MN_STRING(chat, text)};
static const mn_field far_fields[] = {MN_BOOL(far_news, is_good)};
static const mn_field part_fields[] = {MN_INT(part, weight, -100, 100),
                                       MN_VECTOR2(part, point, -8, 8, 0.25)};
#define PART_TABLE .field_count = MN_COUNT(part_fields), .fields = part_fields

static const mn_field sample_fields[] = {
    MN_INT(sample, int8, 0, 0),
    MN_INT(sample, int16, 0, 0),
    MN_INT(sample, int32, 0, 0),
    MN_INT(sample, int64, 0, 0),
    MN_INT(sample, ranged, -1000, 2345),
    MN_FIELD(sample, packed, MN_KIND_INT, 1, 0, 0, 1, 11),
    MN_UINT(sample, uint8, 0, 0),
    MN_UINT(sample, uint16, 0, 0),
    MN_UINT(sample, uint32, 0, 0),
    MN_UINT(sample, uint64, 0, 0),
    MN_UINT(sample, bounded, 100, 131),
    MN_BOOL(sample, flag),
    MN_FLOAT(sample, float_full, 0, 0, 0),
    MN_FLOAT(sample, double_full, 0, 0, 0),
    MN_FLOAT(sample, float_step, -1, 1, 0.001),
    MN_FLOAT(sample, double_step, 0, 100000, 0.01),
    MN_FIELD(sample, float_packed, MN_KIND_FLOAT, 1, -2, 6, 0, 13),
    MN_FLOAT(sample, open_step, 0, 0, 0.01),
    MN_VECTOR2(sample, open_vector, 0, 0, 0.5),
    MN_VECTOR2(sample, vector2, -10, 10, 0.1),
    MN_VECTOR3(sample, vector3, -512, 512, 0.01),
    MN_VECTOR4(sample, vector4, 0, 1, 0.0625),
    MN_VECTOR3(sample, full_vector, 0, 0, 0),
    MN_QUATERNION(sample, quaternion, 0),
    MN_QUATERNION(sample, fine_quaternion, 15),
    MN_QUATERNION(sample, close_quaternion, 10),
    MN_ANGLE(sample, angle, 0),
    MN_ANGLE(sample, fine_angle, 20),
    MN_STRING(sample, string),
    MN_BLOB(sample, blob),
    MN_OBJECT(sample, object),
    {.offset = offsetof(sample, nested),
     .size = sizeof(part),
     .count = 1,
     .kind = MN_KIND_STRUCT,
     PART_TABLE,
     .name = "nested"},
    {.offset = offsetof(sample, parts),
     .size = 2 * sizeof(part),
     .count = 2,
     .kind = MN_KIND_STRUCT,
     PART_TABLE,
     .name = "parts"},
    MN_FIELD(sample, list, MN_KIND_INT, 4, -5, 5, 1, 0),
    {.min = 0,
     .max = 999,
     .step = 1,
     .offset = offsetof(sample, numbers),
     .size = sizeof(((sample *)0)->numbers),
     .count = 6,
     .kind = MN_KIND_UINT,
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(sample, number_count),
     .name = "numbers"},
    {.offset = offsetof(sample, counted_parts),
     .size = 3 * sizeof(part),
     .count = 3,
     .kind = MN_KIND_STRUCT,
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(sample, part_count),
     PART_TABLE,
     .name = "counted_parts"},
    MN_FIELD(sample, flags, MN_KIND_BOOL, 3, 0, 0, 0, 0),
};

static const mn_message_type messages[] = {
    {.struct_size = sizeof(mn_message_type),
     .id = CHAT,
     .size = sizeof(chat),
     .field_count = MN_COUNT(chat_fields),
     .fields = chat_fields,
     .name = "chat"},
    {.struct_size = sizeof(mn_message_type),
     .id = RAW,
     .max_size = 10000,
     .how = MN_RELIABLE | MN_ON_CHANNEL(5),
     .name = "raw"},
    {.struct_size = sizeof(mn_message_type),
     .id = SAMPLE,
     .size = sizeof(sample),
     .how = MN_UNRELIABLE,
     .field_count = MN_COUNT(sample_fields),
     .fields = sample_fields,
     .name = "sample"},
    {.struct_size = sizeof(mn_message_type),
     .id = EARLY,
     .how = MN_RELIABLE | MN_ON_CHANNEL(63),
     .flags = MN_MESSAGE_TO_SERVER | MN_MESSAGE_BEFORE_AUTHENTICATION,
     .name = "early"},
    {.struct_size = sizeof(mn_message_type),
     .id = NEWS,
     .flags = MN_MESSAGE_TO_CLIENT | MN_MESSAGE_BEFORE_AUTHENTICATION,
     .name = "news"},
    {.struct_size = sizeof(mn_message_type),
     .id = FAR,
     .size = sizeof(far_news),
     .how = MN_UNRELIABLE | MN_ON_CHANNEL(9),
     .flags = MN_MESSAGE_TO_CLIENT,
     .field_count = MN_COUNT(far_fields),
     .fields = far_fields,
     .name = "far"},
};
static const mn_message_type other_raw = {
    .struct_size = sizeof(mn_message_type), .id = RAW, .max_size = 64, .name = "bytes"};
static const mn_message_type other_far = {
    .struct_size = sizeof(mn_message_type), .id = FAR, .max_size = 64, .name = "far"};

static const mn_field motion[] = {MN_VECTOR3(tank_state, position, -512, 512, 0.01),
                                  MN_QUATERNION(tank_state, rotation, 10),
                                  MN_ANGLE(tank_state, heading, 12)};
static const mn_field vitals[] = {MN_INT(tank_state, health, 0, 100),
                                  MN_INT(tank_state, score, 0, 0),
                                  {.min = -1000,
                                   .max = 1000,
                                   .step = 1,
                                   .offset = offsetof(tank_state, wheels),
                                   .size = sizeof(((tank_state *)0)->wheels),
                                   .count = 6,
                                   .kind = MN_KIND_INT,
                                   .flags = MN_FIELD_COUNTED,
                                   .count_offset = offsetof(tank_state, wheel_count),
                                   .name = "wheels"}};
static const mn_field light[] = {MN_BOOL(tank_state, is_lit)};
static const mn_field private_fields[] = {MN_INT(tank_state, ammo, 0, 1000),
                                          MN_STRING(tank_state, secret)};
static const mn_field identity[] = {MN_STRING(tank_state, name),
                                    MN_OBJECT(tank_state, target),
                                    MN_FLOAT(tank_state, far, 0, 0, 0),
                                    {.offset = offsetof(tank_state, part),
                                     .size = sizeof(part),
                                     .count = 1,
                                     .kind = MN_KIND_STRUCT,
                                     PART_TABLE,
                                     .name = "part"},
                                    MN_BLOB(tank_state, crest)};
static const mn_group tank_groups[] = {
    MN_GROUP(motion, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(vitals, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(light, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(private_fields, MN_TO_OWNER, MN_FROM_SERVER, 0),
    MN_GROUP(identity, MN_TO_ALL, MN_FROM_SERVER, 10),
};
static const mn_field shot_fields[] = {MN_VECTOR2(shot_values, direction, -1, 1, 0.01),
                                       MN_UINT(shot_values, power, 0, 0)};
#define SHOT_TABLE \
  .size = sizeof(shot_values), .field_count = MN_COUNT(shot_fields), .fields = shot_fields
static const mn_call_type tank_calls[] = {
    [FIRE] = {SHOT_TABLE, .flags = MN_CALL_TO_SERVER, .name = "fire"},
    [HONK] = {.flags = MN_CALL_TO_SERVER | MN_CALL_BY_ANYBODY, .name = "honk"},
    [WAVE] = {SHOT_TABLE, .how = MN_UNRELIABLE, .flags = MN_CALL_TO_SERVER | MN_CALL_BY_ANYBODY,
              .name = "wave"},
    [HIT] = {SHOT_TABLE, .flags = MN_CALL_TO_CLIENT, .name = "hit"},
    [SPARK] = {SHOT_TABLE, .how = MN_UNRELIABLE, .flags = MN_CALL_TO_CLIENT, .name = "spark"},
};
static const tank_state tank_defaults = {.rotation = {0, 0, 0, 1}, .health = 100, .name = "nobody"};

static const mn_field crate_fields[] = {
    MN_BOOL(crate_state, is_open),     MN_UINT(crate_state, weight, 0, 500),
    MN_UINT(crate_state, north, 0, 9), MN_UINT(crate_state, east, 0, 9),
    MN_UINT(crate_state, south, 0, 9), MN_UINT(crate_state, west, 0, 9),
    MN_UINT(crate_state, above, 0, 9), MN_UINT(crate_state, below, 0, 9)};
static const mn_group crate_groups[] = {MN_GROUP(crate_fields, MN_TO_ALL, MN_FROM_SERVER, 0)};

static const mn_object_type objects[] = {
    {.struct_size = sizeof(mn_object_type),
     .id = TANK,
     .size = sizeof(tank_state),
     .group_count = MN_COUNT(tank_groups),
     .call_count = MN_COUNT(tank_calls),
     .groups = tank_groups,
     .calls = tank_calls,
     .defaults = &tank_defaults,
     .name = "tank"},
    {.struct_size = sizeof(mn_object_type), .id = MARKER, .name = "marker"},
    {.struct_size = sizeof(mn_object_type),
     .id = CRATE,
     .size = sizeof(crate_state),
     .group_count = MN_COUNT(crate_groups),
     .history = 4,
     .groups = crate_groups,
     .name = "crate"},
};

static void must(mn_result result, const mn_schema *schema)
{
    if (result < 0) {
        (void)fprintf(stderr, "capture: %s: %s\n", mn_result_text(result),
                      schema ? mn_schema_error_text(schema) : "");
        abort();
    }
}

mn_schema *make_schema(int variation)
{
    mn_schema *schema = NULL;
    must(mn_schema_create(NULL, &schema), NULL);
    for (uint32_t i = 0; i < MN_COUNT(messages); i++) {
        const mn_message_type *type = &messages[i];
        type = variation == 1 && type->id == RAW ? &other_raw : type;
        type = variation == 3 && type->id == FAR ? &other_far : type;
        must(mn_schema_add_message(schema, type), schema);
    }
    for (uint32_t i = 0; i < MN_COUNT(objects) - (variation == 2); i++) {
        must(mn_schema_add_object(schema, &objects[i]), schema);
    }
    must(mn_schema_finish(schema), schema);
    return schema;
}

const mn_message_type *message_type(uint32_t id)
{
    for (uint32_t i = 0; i < MN_COUNT(messages); i++) {
        if (messages[i].id == id) {
            return &messages[i];
        }
    }
    abort();
}

const mn_object_type *object_type(uint32_t id)
{
    return &objects[id == TANK ? 0 : id == MARKER ? 1 : 2];
}
