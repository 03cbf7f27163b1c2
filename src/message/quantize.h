/* SPDX-License-Identifier: MIT */
/*
 * The one place where values become integers and integers values. A *leaf* is a run of equal
 * elements in a struct; a number in it travels as a *quantum*, an integer from 0 to `limit`, a
 * quaternion as four of them. Loading is total: whatever bits the game left there, a quantum comes
 * out. Storing a quantum and loading it gives the same quantum again, so that two values that
 * travel alike are equal bytes after a load and a store. Double arithmetic is + - * / alone, each
 * rounded once: the same bits on every platform.
 */
#ifndef MESSAGE_QUANTIZE_H
#define MESSAGE_QUANTIZE_H

#include <stdbool.h>
#include <stdint.h>

enum mni_form {
    MNI_FORM_UNSIGNED = 1, /* clamped; the quantum is value - low */
    MNI_FORM_SIGNED,
    MNI_FORM_BOOL,       /* 0, or anything else */
    MNI_FORM_REAL,       /* float or double: the nearest step above min, clamped; NaN is min */
    MNI_FORM_EXACT,      /* float or double, all bits; -0 is 0, and there is one NaN */
    MNI_FORM_ANGLE,      /* the nearest of limit + 1 steps of a circle; NaN and infinity are min */
    MNI_FORM_QUATERNION, /* smallest three; zero, NaN and infinity are the identity (0, 0, 0, 1) */
    MNI_FORM_TEXT,       /* no quanta: see codec.c */
    MNI_FORM_BYTES
};

/* Elements that do not always travel: the first so many of them, or all from a certain count on.
   The count is a leaf of its own before them. */
enum mni_presence { MNI_PRESENT = 0, MNI_PRESENT_FIRST, MNI_PRESENT_FROM };

enum { MNI_RUN_MAX = 4 }; /* numbers that are loaded, compared and coded together */

typedef struct mni_leaf {
    double min; /* REAL, ANGLE: the value of quantum 0 */
    double step,
        inverse;     /* REAL, QUATERNION: of a quantum; ANGLE: inverse is of the whole circle */
    uint64_t low;    /* SIGNED, UNSIGNED: the value of quantum 0 */
    uint64_t limit;  /* the largest quantum */
    uint64_t origin; /* the quantum of zero, or of what is nearest to it */
    uint32_t offset; /* in the struct */
    uint32_t count;  /* of elements */
    uint32_t size;   /* of an element, in bytes */
    uint32_t count_offset; /* where the uint16_t count lies, if presence depends on it */
    uint32_t count_above;  /* MNI_PRESENT_FROM: present if the count is above this */
    uint8_t form;          /* enum mni_form */
    uint8_t bits;          /* of a quantum */
    uint8_t run;           /* elements that are coded together */
    uint8_t lanes;         /* elements that are counted as one: 3 of a vector of three */
    uint8_t presence;      /* enum mni_presence */
    uint8_t field;         /* index of the field of the table that it is part of */
    bool is_small;         /* integers: small ones are frequent, so no fixed number of bits */
    bool is_part;          /* its field has more runs than this one, so it can be unchanged */
} mni_leaf;

/* count elements, at most leaf->run of them; returns how many quanta they are: as many, or four of
   a quaternion. */
uint32_t mni_leaf_load(const mni_leaf *leaf, const void *elements, uint32_t count,
                       uint64_t *quanta_out);
/* Quanta that load gave or that are accepted. */
void mni_leaf_store(const mni_leaf *leaf, const uint64_t *quanta, uint32_t count,
                    void *elements_out);
/* Whether load could have given these; of the network's, everything else is refused. */
bool mni_leaf_accepts(const mni_leaf *leaf, const uint64_t *quanta, uint32_t count);

#endif
