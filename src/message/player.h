/* SPDX-License-Identifier: MIT */
/*
 * Who is there. A server's table gives out generational ids; a client's has one place, for itself,
 * and the server says its name. Nothing here looks at all players: those that are authenticated
 * are a list, and those for whom something is to be sent at the next flush are another.
 */
#ifndef MESSAGE_PLAYER_H
#define MESSAGE_PLAYER_H

#include "base/map.h"
#include "base/ring.h"
#include "base/slots.h"
#include "base/timer.h"

#include <miragenet.h>

#include <stdbool.h>

typedef enum mni_stage {
    MNI_STAGE_NONE,      /* a free place */
    MNI_STAGE_ARRIVING,  /* a host, before its CONNECTED */
    MNI_STAGE_DIFFERENT, /* has another schema: tables are exchanged, and nothing else */
    MNI_STAGE_CONNECTED, /* waits for the verdict */
    MNI_STAGE_AUTHENTICATED
} mni_stage;

enum { /* errands: what is to be sent at the next flush */
       MNI_ERRAND_ACCEPTED = 1,
       MNI_ERRAND_READY = 2,
       MNI_ERRAND_PONG = 4,
       MNI_ERRAND_TABLE = 8
};

enum { MNI_CONNECTION_HOST = 0 }; /* the connection of a player that has none */

typedef struct mni_player {
    uint64_t user;
    uint64_t ping_client_us; /* of the PING to be answered: what it said, */
    uint64_t ping_taken_us;  /* and when it was taken in */
    uint32_t id;             /* 0: a client that was not told yet */
    uint32_t index;          /* its place, and its deadline's */
    uint32_t connection;     /* MNI_CONNECTION_HOST, or the peer's */
    uint32_t rank;           /* in the list of the authenticated */
    uint32_t sent_entries;   /* DIFFERENT: of our schema, so far */
    uint32_t seen_entries;   /* DIFFERENT: of our schema, compared with theirs and equal */
    uint8_t stage;           /* mni_stage */
    uint8_t errands;         /* MNI_ERRAND_… */
    bool is_listed;          /* in the list of errands; stays when the player goes */
    bool is_host;
    bool is_leaving; /* disconnect was called: nothing is sent or taken in any more */
    bool is_ready;   /* it knows that it is authenticated */
} mni_player;

typedef struct mni_players {
    mni_memory *memory;
    mni_slots slots;
    mni_player *all;
    uint32_t *authenticated; /* indices */
    mni_map by_connection;   /* to indices */
    mni_ring errands;        /* of indices; each at most once */
    mni_timers deadlines;    /* by index: for the verdict, or for the other side's table */
    uint32_t capacity;
    uint32_t count;
    uint32_t authenticated_count;
    bool is_named; /* a client's table */
} mni_players;

/* Everything is allocated here. is_named: a client's, with a capacity of 1. */
MNI_CHECK mn_result mni_players_init(mni_players *players, mni_memory *memory, uint32_t capacity,
                                     uint64_t seed, bool is_named);
void mni_players_clear(mni_players *players);

/* NULL: the table is full. */
MNI_CHECK mni_player *mni_players_add(mni_players *players, uint32_t connection, mni_stage stage);
void mni_players_remove(mni_players *players, mni_player *player);
/* From CONNECTED to AUTHENTICATED; a client's table is told the id. */
void mni_players_authenticate(mni_players *players, mni_player *player, uint32_t id);

/* By id; NULL: nobody, or not any more. */
mni_player *mni_players_find(const mni_players *players, mn_player player);
mni_player *mni_players_of_connection(const mni_players *players, uint32_t connection);
mni_player *mni_players_at(const mni_players *players, uint32_t index); /* NULL: a free place */
mni_player *mni_players_authenticated(const mni_players *players, uint32_t rank);

void mni_players_add_errand(mni_players *players, mni_player *player, uint8_t errand);
/* How many places are in the list of errands. Take as many; of those with nothing to do any more,
   NULL comes. Who has something left is put back by adding it again. */
uint32_t mni_players_errand_count(const mni_players *players);
mni_player *mni_players_take_errand(mni_players *players);

#endif
