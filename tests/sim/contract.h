/* SPDX-License-Identifier: MIT */
/* What the simulated server and clients have agreed on: one raw message, one object with two
   calls. */
#ifndef SIM_CONTRACT_H
#define SIM_CONTRACT_H

#include <miragenet.h>

enum { SIM_PROBE = 1 };      /* message: raw bytes of traffic.h */
enum { SIM_MOVER = 1 };      /* object type */
enum { SIM_BOOM, SIM_FIRE }; /* its calls: to the clients; to the server, by the owner */

typedef struct sim_mover {
    float position[3];
    float heading;
    int32_t health;
    uint32_t stamp;  /* raised before each boom, which carries it */
    uint32_t secret; /* for the owner alone; never 0 on the server */
} sim_mover;

typedef struct sim_argument {
    uint32_t number;
} sim_argument;

/* A finished schema; NULL if it was refused. */
mn_schema *sim_contract_create(const mn_allocator *allocator);

#endif
