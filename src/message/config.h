/* SPDX-License-Identifier: MIT */
/*
 * The configs of a server and a client, read once: copied at the size that the caller knows,
 * checked and with defaults where these are the message floor's own. The rest is the peer's config
 * under the same names, and the peer's to judge.
 */
#ifndef MESSAGE_CONFIG_H
#define MESSAGE_CONFIG_H

#include "base/assert.h"

#include <miragenet.h>

/* MN_ERROR_ARGUMENT for what is wrong, MN_ERROR_STATE for a schema that is not finished. */
MNI_CHECK mn_result mni_server_config_read(const mn_server_config *config,
                                           mn_server_config *config_out);
MNI_CHECK mn_result mni_client_config_read(const mn_client_config *config,
                                           mn_client_config *config_out);

/* What the peer below is made with. */
mn_peer_config mni_server_config_peer(const mn_server_config *config);
mn_peer_config mni_client_config_peer(const mn_client_config *config);

#endif
