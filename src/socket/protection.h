/* SPDX-License-Identifier: MIT */
/*
 * What protects the data packets of one direction: in plain mode a checksum under a key, else
 * ChaCha20-Poly1305 with the packet's number as the nonce, which never repeats because numbers
 * never do. The key of a sealed direction changes after so many packets or so much time, each made
 * from the one before by a function that does not go backwards (REKEY of the Noise Protocol
 * Framework, section 4.2); one bit of the flags, the phase, says which of two neighbours a packet
 * was sealed with (RFC 9001, section 6). A sender changes again only after the other side has shown
 * that it saw the change before, so that the two are never further apart than that bit can tell.
 */
#ifndef SOCKET_PROTECTION_H
#define SOCKET_PROTECTION_H

#include "base/hash.h"
#include "socket/crypto/crypto.h"

enum { MNI_CHECKSUM_SIZE = 4, MNI_REKEY_PACKETS = 1 << 20, MNI_REKEY_US = 120 * 1000000 };

/* Numbers of packets, which are nonces, are below: the largest nonce there is belongs to REKEY. */
#define MNI_NUMBERS_END (UINT64_C(1) << 62)

/* When a key has done its work. */
typedef struct mni_rekey {
    uint64_t packets;
    uint64_t us;
} mni_rekey;

/* A packet: what is in the open, the body, the tail. */
typedef struct mni_envelope {
    const uint8_t *bytes;
    uint32_t open_size;
    uint32_t body_size;
    uint64_t number;
    bool phase;
} mni_envelope;

/* Of what is sent. */
typedef struct mni_sealer {
    uint8_t key[MNI_KEY_SIZE]; /* plain: MNI_HASH_KEY_SIZE of it */
    uint64_t first;            /* number of the first packet under this key */
    uint64_t since_us;         /* when that was */
    bool is_sealed;            /* else plain */
    bool phase;
} mni_sealer;

/* Of what is received. */
typedef struct mni_opener {
    uint8_t key[MNI_KEY_SIZE];
    uint8_t before[MNI_KEY_SIZE]; /* the key before this one */
    uint64_t border;              /* the first that came under key */
    bool is_sealed;
    bool phase;      /* of key */
    bool has_before; /* packets under it may still be on their way; else it is wiped */
} mni_opener;

/* Of the tail: what protects a packet, behind its body. */
static inline uint32_t mni_tail_size(bool is_sealed)
{
    return is_sealed ? MNI_TAG_SIZE : MNI_CHECKSUM_SIZE;
}

/* From this number on. */
void mni_sealer_init(mni_sealer *sealer, bool is_sealed, const uint8_t key[MNI_KEY_SIZE],
                     uint64_t number, uint64_t now_us);
/* The packet with this number is the next to leave: under a new key, if it is time for one.
   next_acked: the largest number that was acknowledged, plus one. */
void mni_sealer_renew(mni_sealer *sealer, const mni_rekey *rekey, uint64_t number,
                      uint64_t next_acked, uint64_t now_us);
/* Seals the body where it lies and writes the tail behind it. */
void mni_sealer_seal(const mni_sealer *sealer, uint8_t *bytes, uint32_t open_size,
                     uint32_t body_size, uint64_t number);

void mni_opener_init(mni_opener *opener, bool is_sealed, const uint8_t key[MNI_KEY_SIZE]);
/* The body, or NULL where the packet is not what the other side sent; then nothing has changed. In
   plain mode it is where it was, else in plain_out, which has room for it. */
MNI_CHECK const uint8_t *mni_opener_open(mni_opener *opener, const mni_envelope *envelope,
                                         uint8_t *plain_out);
/* Numbers below the oldest are not taken in any more: forgets the key before this one, if only such
   can come under it. */
void mni_opener_forget(mni_opener *opener, uint64_t oldest);

#endif
