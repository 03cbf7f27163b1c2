/* SPDX-License-Identifier: MIT */
/*
 * A doubly linked list through its elements: joining twice is joining once, and leaving costs the
 * same from anywhere. The chain itself is an element without anything around it. Elements know
 * their neighbours by address: they must not be moved.
 */
#ifndef SOCKET_CHAIN_H
#define SOCKET_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mni_chain {
    struct mni_chain *next, *previous; /* NULL: in no chain */
} mni_chain;

static inline void mni_chain_init(mni_chain *chain)
{
    chain->next = chain;
    chain->previous = chain;
}

static inline bool mni_chain_is_empty(const mni_chain *chain)
{
    return chain->next == chain;
}

static inline void mni_chain_join(mni_chain *chain, mni_chain *element)
{
    if (element->next != NULL) {
        return;
    }
    element->next = chain;
    element->previous = chain->previous;
    chain->previous->next = element;
    chain->previous = element;
}

static inline void mni_chain_leave(mni_chain *element)
{
    if (element->next == NULL) {
        return;
    }
    element->next->previous = element->previous;
    element->previous->next = element->next;
    *element = (mni_chain){NULL, NULL};
}

/* All elements of `from` go to the end of `to`, in their order. */
static inline void mni_chain_move(mni_chain *to, mni_chain *from)
{
    if (mni_chain_is_empty(from)) {
        return;
    }
    from->next->previous = to->previous;
    to->previous->next = from->next;
    from->previous->next = to;
    to->previous = from->previous;
    mni_chain_init(from);
}

#endif
