/* SPDX-License-Identifier: MIT */
/*
 * Who takes turns: a circle, kept as a list whose first has its turn. Each may take several turns
 * in a row, by its weight. Whatever takes turns has a mni_turn as its first member, and is in one
 * circle at most.
 */
#ifndef BASE_TURNS_H
#define BASE_TURNS_H

#include <stddef.h>
#include <stdint.h>

typedef struct mni_turn {
    struct mni_turn *next;
    uint32_t weight; /* turns in a row; 0 is one */
    uint32_t taken;  /* of these */
} mni_turn;

typedef struct mni_turns {
    mni_turn *first, *last; /* last: only while there is a first */
    uint32_t count;
} mni_turns;

/* Goes behind all others, with the turns that it has taken. */
static inline void mni_turns_return(mni_turns *turns, mni_turn *turn)
{
    turn->next = NULL;
    if (turns->first == NULL) {
        turns->first = turn;
    } else {
        turns->last->next = turn;
    }
    turns->last = turn;
    turns->count++;
}

/* Takes the first out, and returns it. */
static inline mni_turn *mni_turns_leave(mni_turns *turns)
{
    mni_turn *turn = turns->first;
    turns->first = turn->next;
    turns->count--;
    return turn;
}

/* Goes behind all others, and has taken none. */
static inline void mni_turns_join(mni_turns *turns, mni_turn *turn)
{
    turn->taken = 0;
    mni_turns_return(turns, turn);
}

/* The first goes behind all others, whatever turns it has left. */
static inline void mni_turns_skip(mni_turns *turns)
{
    mni_turns_join(turns, mni_turns_leave(turns));
}

/* The first has taken a turn. */
static inline void mni_turns_take(mni_turns *turns)
{
    mni_turn *turn = turns->first;
    turn->taken++;
    if (turn->taken >= turn->weight) {
        mni_turns_skip(turns);
    }
}

#endif
