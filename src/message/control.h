/* SPDX-License-Identifier: MIT */
/*
 * What the two endpoints say to each other besides the game's messages: one kind byte and its
 * fields, on a channel of their own. A reader believes nothing: kind, size, and every field are
 * checked before it answers true.
 */
#ifndef MESSAGE_CONTROL_H
#define MESSAGE_CONTROL_H

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

enum mni_control_kind {
    MNI_CONTROL_ACCEPTED = 1, /* server: you are in, and this is who you are; reliable */
    MNI_CONTROL_READY = 2,    /* client: I know; from here the objects may come; reliable */
    MNI_CONTROL_PING = 3,     /* client: what time is it? unreliable */
    MNI_CONTROL_PONG = 4,     /* server: this; unreliable */
    MNI_CONTROL_TABLE = 5     /* both, where the schemas differ: some entries of mine; reliable */
};

enum {
    MNI_CONTROL_SIZE_MAX = 32, /* of all but TABLE, whose entries difference.h writes */
    MNI_TABLE_SIZE_MAX = 1000  /* of a TABLE, so that it fits any packet */
};

typedef struct mni_control {
    uint32_t kind;
    uint32_t player;     /* ACCEPTED */
    uint64_t client_us;  /* PING: the client's time; PONG: the same, back */
    uint64_t server_us;  /* ACCEPTED: the server's time; PONG: when the PING was taken in */
    uint64_t held_us;    /* PONG: how long it was kept until this answer */
    uint32_t is_last;    /* TABLE: no more follows */
    uint32_t size;       /* TABLE: of the entries */
    const uint8_t *data; /* TABLE: the entries, within what was read */
} mni_control;

/* Returns the size; bytes has room for MNI_CONTROL_SIZE_MAX. Of TABLE, the head. */
uint32_t mni_control_write(const mni_control *control, uint8_t *bytes);
/* False: it is none of these, or wrong. */
MNI_CHECK bool mni_control_read(const uint8_t *bytes, uint32_t size, mni_control *control_out);

#endif
