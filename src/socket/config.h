/* SPDX-License-Identifier: MIT */
/*
 * A peer's config as the peer uses it: read once, whatever size the caller's struct has, with every
 * default filled in, every limit checked, and everything it points to copied. Behind this border
 * nobody meets a zero that means something else.
 */
#ifndef SOCKET_CONFIG_H
#define SOCKET_CONFIG_H

#include "base/assert.h"

#include <miragenet.h>

typedef struct mni_config {
    mn_peer_config peer; /* resolved; what it points to is below, or NULL */
    mn_socket_factory sockets;
    mn_allocator allocator;
    mn_log log;
    mn_random_source random;
} mni_config;

/* MN_ERROR_ARGUMENT for what is wrong, MN_ERROR_STATE for security that does not exist yet, and
   MN_ERROR_NETWORK without randomness. */
MNI_CHECK mn_result mni_config_read(const mn_peer_config *config, mni_config *config_out);
void mni_config_copy(const mni_config *config, mni_config *config_out);
/* Unpredictable bytes, from where the config says. */
MNI_CHECK mn_result mni_config_random(const mni_config *config, void *bytes, uint32_t size);

#endif
