/* SPDX-License-Identifier: MIT */
/*
 * The schema of the captured session. It has a field of every kind, in the forms that differ on the
 * wire; reader/schema.py says the same in other words, and the two were written apart.
 */
#ifndef CONFORMANCE_TYPES_H
#define CONFORMANCE_TYPES_H

#include <miragenet.h>

enum { /* messages */
       CHAT = 1,
       RAW = 2,
       SAMPLE = 3, /* every kind of field */
       EARLY = 4,  /* raw, before authentication, to the server */
       NEWS = 5,   /* raw, before authentication, to the client */
       FAR = 300   /* an id of two bytes, to the client */
};

typedef struct chat {
    int32_t tone;
    char text[24];
} chat;

typedef struct far_news {
    uint8_t is_good;
} far_news;

typedef struct part {
    int16_t weight;
    float point[2];
} part;

typedef struct sample {
    int8_t int8;
    int16_t int16;
    int32_t int32;
    int64_t int64;
    int32_t ranged;
    int16_t packed;
    uint8_t uint8;
    uint16_t uint16;
    uint32_t uint32;
    uint64_t uint64;
    uint16_t bounded;
    uint8_t flag;
    float float_full;
    double double_full;
    float float_step;
    double double_step;
    float float_packed;
    float open_step;
    double open_vector[2];
    float vector2[2];
    float vector3[3];
    double vector4[4];
    float full_vector[3];
    float quaternion[4];
    float fine_quaternion[4];
    float close_quaternion[4];
    float angle;
    float fine_angle;
    char string[20];
    uint8_t blob[5];
    mn_object object;
    part nested;
    part parts[2];
    int16_t list[4];
    uint16_t number_count;
    uint16_t numbers[6];
    uint16_t part_count;
    part counted_parts[3];
    uint8_t flags[3];
} sample;

enum { TANK = 3, MARKER = 7, CRATE = 200 }; /* objects; a marker has no state */

typedef struct tank_state {
    float position[3];
    float rotation[4];
    float heading;
    int32_t health;
    int64_t score;
    uint8_t is_lit;
    uint16_t wheel_count;
    int16_t wheels[6];
    int32_t ammo;    /* owner only */
    char secret[12]; /* owner only */
    char name[16];   /* ten times a second at most */
    mn_object target;
    double far;
    part part;
    uint8_t crest[4];
} tank_state;

typedef struct crate_state { /* one group of so many fields that its mask has blocks */
    uint8_t is_open;
    uint32_t weight;
    uint8_t north, east, south, west, above, below;
} crate_state;

enum {           /* calls of a tank */
       FIRE = 0, /* to the server, by the owner */
       HONK,     /* to the server, by anybody, without arguments */
       WAVE,     /* to the server, by anybody, unreliable */
       HIT,      /* to the client */
       SPARK     /* to the client, unreliable */
};

typedef struct shot_values {
    float direction[2];
    uint32_t power;
} shot_values;

/* 0: the session's. 1: with another message in the place of RAW. 2: without CRATE. 3: with another
   FAR. */
mn_schema *make_schema(int variation);

const mn_message_type *message_type(uint32_t id);
const mn_object_type *object_type(uint32_t id);

#endif
