/* SPDX-License-Identifier: MIT */
/*
 * The objects that a client sees, by the slots of its connection. A slot remembers when its
 * occupant last changed and which version of it is shown, in times of flushes: so what comes late
 * is known as late. It never becomes an event; but a late version goes into the history, because
 * the server may take it for a baseline.
 *
 * Here are states and transitions. What they mean to the game is collected (`touched`) and told by
 * notice.h, once for each update.
 */
#ifndef OBJECT_REPLICA_H
#define OBJECT_REPLICA_H

#include "base/buffer.h"
#include "base/map.h"
#include "object/history.h"
#include "object/piece.h"

typedef struct mni_replica {
    uint32_t object; /* net id of the occupant, or of the last one; 0: none yet */
    uint32_t owner;
    uint32_t told_owner; /* the game knows of this one */
    uint32_t reason;     /* why it went */
    uint16_t version;    /* the shown one */
    bool is_live;
    bool is_told;      /* the game has its SPAWNED, and not yet its DESPAWNED */
    bool is_touched;   /* there is something to tell */
    uint64_t began_us; /* the first piece that spoke of this occupant, */
    uint64_t ended_us; /* the last that said that it is gone, */
    uint64_t shown_us; /* and the newest whose version is shown */
    uint64_t changed;  /* fields, since the game was told */
    uint64_t user;
    mni_kind *kind;
    mni_history *history; /* in its spare: the state as the game was told it; stays until reuse */
    mni_buffer *block;    /* the state; NULL when the game has its DESPAWNED */
    const void *live;     /* a host's: the server's own state; NULL on a remote client */
} mni_replica;

/* What a spawn needs, allocated before the packet is believed. */
typedef struct mni_spare {
    struct mni_spare *next;
    mni_buffer *block;
} mni_spare;

typedef struct mni_spares { /* of one kind */
    mni_spare *first;
    uint32_t count;
    uint32_t needed; /* of them, by what is being checked */
} mni_spares;

typedef struct mni_replicas {
    mni_memory *memory;
    mni_buffers *buffers;
    mni_kinds *kinds;
    mni_replica *all;   /* by slot */
    uint64_t *touched;  /* a bit for each slot */
    mni_spares *spares; /* by kind */
    mni_map by_object;
    uint32_t capacity;
    uint32_t end; /* slots heard of */
    uint32_t live_count;
    uint32_t touched_count;
    uint32_t self;         /* the client's own player id */
    uint32_t character;    /* net id; 0: none */
    uint64_t character_us; /* the newest flush that said of an object that it is, */
    uint64_t changed_us;   /* and the one that made it what it is now */
} mni_replicas;

MNI_CHECK mn_result mni_replicas_init(mni_replicas *replicas, mni_memory *memory,
                                      mni_buffers *buffers, mni_kinds *kinds, uint64_t seed);
void mni_replicas_clear(mni_replicas *replicas);
void mni_replicas_reset(mni_replicas *replicas); /* the connection ended: all slots are empty */

/* Room for slots below `end` and for count more objects. MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_replicas_reserve(mni_replicas *replicas, uint32_t end, uint32_t count);
/* As many spawns of a kind as were counted since it was begun anew cannot fail. */
void mni_replicas_count_anew(mni_replicas *replicas);
MNI_CHECK mn_result mni_replicas_count_spawn(mni_replicas *replicas, mni_kind *kind);

mni_replica *mni_replicas_at(const mni_replicas *replicas, uint32_t slot); /* NULL: unheard of */
mni_replica *mni_replicas_find(const mni_replicas *replicas, uint32_t object); /* live, or NULL */
/* The next that is touched, from slot on; UINT32_MAX: none. */
uint32_t mni_replicas_next_touched(const mni_replicas *replicas, uint32_t slot);
void mni_replicas_touch(mni_replicas *replicas, mni_replica *replica);
/* Everything about it was told; without a block it is forgotten as well, but for a host's, whose
   state may still be looked at: that is forgotten when its DESPAWNED is done with. */
void mni_replicas_settle(mni_replicas *replicas, mni_replica *replica);
void mni_replicas_forget(mni_replicas *replicas, uint32_t object); /* one that is not live */

/* What a state entry of this time would do. */
enum mni_arrival {
    MNI_ARRIVAL_LATE,    /* it is for an occupant of the past */
    MNI_ARRIVAL_SPAWN,   /* for a new one */
    MNI_ARRIVAL_UPDATE,  /* for the one that is there */
    MNI_ARRIVAL_REFUSED, /* the place is taken: no honest server sends this */
    MNI_ARRIVAL_BUSY     /* the last occupant's end is not told yet */
};
enum mni_arrival mni_replica_arrival(const mni_replica *replica, uint32_t object, uint64_t time_us);
/* The baseline that an update of this time means; NULL: it is not there any more. */
const void *mni_replica_baseline(const mni_replica *replica, uint16_t number, uint64_t time_us);

/* All of these are for what was checked before, and what was made room for. A state is canonical,
   as the client may see it. */
void mni_replicas_take_state(mni_replicas *replicas, uint32_t slot, const mni_piece_state *entry,
                             const void *state, uint64_t time_us);
void mni_replicas_take_update(mni_replicas *replicas, uint32_t slot, uint16_t version,
                              const void *state, uint64_t time_us);
void mni_replicas_take_gone(mni_replicas *replicas, uint32_t slot, uint32_t reason,
                            uint64_t time_us);

#endif
