/* SPDX-License-Identifier: MIT */
/*
 * A stranger's first file: the public header comes first and alone, and the macros that write
 * tables stand where a program has them. Compiled as several kinds of C and C++, with warnings as
 * errors, and never run.
 */
#include <miragenet.h>

typedef struct thing {
    int32_t health;
    float speed;
    float position[3];
    float rotation[4];
    char name[16];
    mn_object target;
} thing;

const mn_field header_fields[] = {
    MN_INT(thing, health, 0, 100),
    MN_FLOAT(thing, speed, -10, 10, 0.1),
    MN_VECTOR3(thing, position, -500, 500, 0.01),
    MN_QUATERNION(thing, rotation, 10),
    MN_STRING(thing, name),
    MN_OBJECT(thing, target),
};

const mn_group header_groups[] = {
    MN_GROUP(header_fields, MN_TO_ALL, MN_FROM_SERVER, 0),
};

uint32_t header_use(void);
uint32_t header_use(void)
{
    uint32_t how = (uint32_t)MN_RELIABLE | MN_ON_CHANNEL(3);
    return how + MN_COUNT(header_fields) + header_groups[0].field_count + mn_version();
}
