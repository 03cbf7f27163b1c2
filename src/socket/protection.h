/* SPDX-License-Identifier: MIT */
/*
 * What protects the data packets of one direction: in plain mode a checksum under a key, else
 * ChaCha20-Poly1305 with the packet's number as the nonce, which never repeats because numbers never
 * do. The keys of a sealed direction change after so many packets or so much time, each from the
 * one before by a function that does not go backwards (REKEY of the Noise Protocol Framework,
 * section 4.2); one bit of the flags says which of two neighbours a packet was sealed with (the key
 * phase of RFC 9001, section 6). Each direction changes on its own, and never again before the other
 * side has shown that it saw the change.
 */
#ifndef SOCKET_PROTECTION_H
#define SOCKET_PROTECTION_H

#include "base/hash.h"
#include "socket/crypto.h"

enum { MNI_CHECKSUM_SIZE = 4, MNI_REKEY_PACKETS = 1 << 20, MNI_REKEY_US = 120 * 1000000 };

/* Of what is sent. */
typedef struct mni_sealer {
    bool is_sealed; /* else plain */
    bool phase;
    uint8_t key[MNI_KEY_SIZE]; /* plain: MNI_HASH_KEY_SIZE of it */
    uint64_t first;            /* number of the first packet under this key */
    uint64_t since_us;         /* when that was */
} mni_sealer;

/* Of what is received. */
typedef struct mni_opener {
    bool is_sealed;
    bool phase;      /* of key */
    bool has_before; /* packets under the key before this one may still be on their way */
    uint8_t key[MNI_KEY_SIZE];
    uint8_t before[MNI_KEY_SIZE];
    uint64_t
        first; /* the lowest number that came under key; those under the key before are lower */
} mni_opener;
#endif
