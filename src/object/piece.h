/* SPDX-License-Identifier: MIT */
/*
 * The piece of the object layer in a packet: the time of the flush that sent it, then entries in
 * ascending order of their slots, each of which is a slot's whole state (no baseline), an update of
 * it, or that its object is gone. docs/protocol_object.md says every bit. Where a state or an
 * update stands, its delta follows, which the caller writes and reads.
 *
 * Times of flushes are strictly ascending, and a slot is in one piece of a flush at most: so for a
 * slot the time says which of two pieces is the newer, as the packet number would. Versions are
 * numbers of flushes, and are told by their distance from this one's.
 */
#ifndef OBJECT_PIECE_H
#define OBJECT_PIECE_H

#include "message/bits.h"
#include "object/kind.h"

enum {
    MNI_PIECE_TIME_BITS = 28, /* of microseconds: an unambiguous 134 s to either side */
    MNI_PIECE_FLUSH_BITS = 16,
    MNI_PIECE_SLOTS_MAX = 1 << 17
};

enum mni_entry {
    MNI_ENTRY_MALFORMED,
    MNI_ENTRY_END,
    MNI_ENTRY_UPDATE,
    MNI_ENTRY_STATE,
    MNI_ENTRY_GONE
};

/* Who owns the object, in the eyes of the receiver. */
typedef struct mni_piece_state {
    uint32_t object;
    uint32_t kind;  /* its number */
    uint32_t owner; /* 0: the server */
    uint16_t version;
    bool is_yours;     /* the receiver is the owner */
    bool is_character; /* and this is its main object */
} mni_piece_state;

typedef struct mni_piece_writer {
    mni_bit_writer bits;
    uint32_t next_slot; /* the lowest that may come */
    uint16_t flush;
    uint16_t age; /* of the last update's baseline */
} mni_piece_writer;

mni_piece_writer mni_piece_begin(void *bytes, uint32_t capacity, uint64_t time_us, uint16_t flush);
void mni_piece_write_state(mni_piece_writer *writer, uint32_t slot, const mni_kinds *kinds,
                           const mni_piece_state *state);
void mni_piece_write_update(mni_piece_writer *writer, uint32_t slot, uint16_t baseline,
                            uint16_t version);
void mni_piece_write_gone(mni_piece_writer *writer, uint32_t slot, uint32_t reason);
/* The size; to be called before the piece is used, also after writes were taken back. */
uint32_t mni_piece_end(mni_piece_writer *writer);

typedef struct mni_piece_reader {
    mni_bit_reader bits;
    uint32_t next_slot;
    uint32_t time; /* truncated to MNI_PIECE_TIME_BITS */
    uint16_t flush;
    uint16_t age;
} mni_piece_reader;

mni_piece_reader mni_piece_open(const void *bytes, uint32_t size);
/* What comes next and for which slot. After it, the one function that fits. */
enum mni_entry mni_piece_next(mni_piece_reader *reader, uint32_t *slot_out);
MNI_CHECK bool mni_piece_read_state(mni_piece_reader *reader, const mni_kinds *kinds,
                                    mni_piece_state *state_out);
MNI_CHECK bool mni_piece_read_update(mni_piece_reader *reader, uint16_t *baseline_out,
                                     uint16_t *version_out);
MNI_CHECK bool mni_piece_read_gone(mni_piece_reader *reader, uint32_t *reason_out);

#endif
