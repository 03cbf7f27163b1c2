/* SPDX-License-Identifier: MIT */
/*
 * What was in each packet that is under way. Packets are listed by number, oldest first, and leave
 * the list as soon as their fate is known, so that an acknowledgement looks at little more than
 * what it settles. Lost packets are remembered for a while in a second list: their acknowledgement
 * may come after all.
 */
#ifndef SOCKET_SENT_H
#define SOCKET_SENT_H

#include "socket/ack.h"
#include "socket/message.h"

enum {
    MNI_SENT_MAX = 1024,    /* packets of a connection under way; also the reach of an ack */
    MNI_SENT_LOST_MAX = 128 /* lost ones remembered */
};

/* Where the records of all connections of a peer come from. */
typedef struct mni_records {
    mni_pool packets; /* of mni_sent_packet */
    mni_pool cargo;   /* of mni_cargo */
    mni_pool pieces;  /* of mni_piece */
    mni_messages *messages;
} mni_records;

typedef struct mni_cargo {
    struct mni_cargo *next;
    mni_message *message;
} mni_cargo;

/* The cargo of a message in pieces. */
typedef struct mni_piece {
    mni_cargo cargo;
    uint32_t offset, size;
} mni_piece;

enum {
    MNI_SENT_ARMS = 1,   /* the probe timer watches over it: not only unreliable messages */
    MNI_SENT_RIDER = 2,  /* rider_record is set and not settled */
    MNI_SENT_CREDIT = 4, /* a credit frame is in it */
    MNI_SENT_CLOSE = 8,
    MNI_SENT_PAYLOAD = 16
};

typedef struct mni_sent_packet {
    struct mni_sent_packet *next;
    uint64_t number;
    uint64_t sent_us;
    mni_cargo *cargo, *cargo_last; /* messages in it whose fate is of interest */
    uint32_t size;                 /* of the datagram */
    uint32_t flags;                /* MNI_SENT_… */
    uint32_t rider_record;
} mni_sent_packet;

typedef struct mni_sent_list {
    mni_sent_packet *first, *last;
    uint32_t count;
} mni_sent_list;

typedef struct mni_sent {
    mni_sent_list flying, lost;
    uint64_t next_number; /* of the next packet */
    uint64_t next_acked;  /* the largest number acknowledged, plus one */
    uint64_t armed_us;    /* when the newest packet that arms left */
    uint32_t armed;       /* flying packets that arm */
    uint32_t in_flight_bytes;
} mni_sent;

void mni_records_init(mni_records *records, mni_memory *memory, mni_messages *messages);
void mni_records_clear(mni_records *records);

/* A record to fill in; NULL out of memory. It is freed or added to a list. */
MNI_CHECK mni_sent_packet *mni_sent_packet_take(mni_records *records);
void mni_sent_packet_free(mni_records *records, mni_sent_packet *packet); /* NULL is allowed */
/* The packet carries these bytes of a message too. False out of memory, or of room to count it. */
MNI_CHECK bool mni_sent_packet_load(mni_records *records, mni_sent_packet *packet,
                                    mni_message *message, uint32_t offset, uint32_t size);

/* Of a message in pieces. */
static inline const mni_piece *mni_piece_of(const mni_cargo *cargo)
{
    MNI_ASSERT(cargo->message->is_in_pieces);
    return (const mni_piece *)(const void *)cargo; /* of which it is the first member */
}

void mni_sent_packet_unload(mni_records *records, mni_sent_packet *packet); /* lets go of them */

/* It left: number, sent_us and size are set. */
void mni_sent_add(mni_sent *sent, mni_sent_packet *packet);
/* Unlinks the flying packets that this acknowledges, oldest first. */
mni_sent_list mni_sent_take_acked(mni_sent *sent, const mni_ack *ack);
/* Unlinks the remembered lost packets that this acknowledges after all. */
mni_sent_list mni_sent_take_spurious(mni_sent *sent, const mni_ack *ack);
/* Unlinks one flying packet; previous is the one before it, NULL if it is the first. */
void mni_sent_unlink(mni_sent *sent, mni_sent_packet *previous, mni_sent_packet *packet);
/* Remembers a lost packet, and forgets the oldest when there are too many. */
void mni_sent_remember(mni_sent *sent, mni_records *records, mni_sent_packet *packet);
/* Forgets lost packets that were sent before this. */
void mni_sent_forget(mni_sent *sent, mni_records *records, uint64_t before_us);

/* Numbers that left, with nothing after them acknowledged. */
static inline uint64_t mni_sent_unacknowledged(const mni_sent *sent)
{
    return sent->next_number - sent->next_acked;
}

void mni_sent_list_push(mni_sent_list *list, mni_sent_packet *packet);
mni_sent_packet *mni_sent_list_pop(mni_sent_list *list); /* NULL: empty */

#endif
