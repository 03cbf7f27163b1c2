/* SPDX-License-Identifier: MIT */
/*
 * A peer's config as the peer uses it: read once, whatever size the caller's struct has, with every
 * default filled in, every limit checked, and everything it points to copied. Behind this border
 * nobody meets a zero that means something else.
 */
#ifndef SOCKET_CONFIG_H
#define SOCKET_CONFIG_H

#include "socket/crypto/crypto.h"

#include <miragenet.h>

/* The keys of a peer: its secrets, and the public key that it asks for. Zeros where it has none. */
typedef struct mni_keys {
    bool has_shared, has_private, has_remote;
    uint8_t shared[MNI_KEY_SIZE];
    uint8_t private_key[MNI_KEY_SIZE];
    uint8_t public_key[MNI_KEY_SIZE]; /* of private_key */
    uint8_t remote[MNI_KEY_SIZE];
} mni_keys;

typedef struct mni_config {
    mn_peer_config peer; /* resolved; what it points to is below, or NULL. Of keys it has none */
    mn_socket_factory sockets;
    mn_allocator allocator;
    mn_log log;
    mn_random_source random;
    mni_keys keys;
} mni_config;

/* MN_ERROR_ARGUMENT for what is wrong, MN_ERROR_NETWORK without randomness. */
MNI_CHECK mn_result mni_config_read(const mn_peer_config *config, mni_config *config_out);
void mni_config_copy(const mni_config *config, mni_config *config_out);
void mni_config_clear(mni_config *config); /* wipes its keys */
/* Unpredictable bytes, from where the config says. */
MNI_CHECK mn_result mni_config_random(const mni_config *config, void *bytes, uint32_t size);

#endif
