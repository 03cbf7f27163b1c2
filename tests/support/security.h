/* SPDX-License-Identifier: MIT */
/*
 * Peers with every choice of keys that there is, and what comes of it when one of them connects to
 * another.
 */
#ifndef SUPPORT_SECURITY_H
#define SUPPORT_SECURITY_H

#include <miragenet.h>

/* What a client is told; in the order of test_patterns, like servers. */
enum { TEST_CLIENT_PLAIN, TEST_CLIENT_NN, TEST_CLIENT_NN_PSK, TEST_CLIENT_NK, TEST_CLIENT_NK_PSK };
/* What a server is told. */
enum {
    TEST_SERVER_PLAIN,
    TEST_SERVER_OPEN, /* encrypted, and no key */
    TEST_SERVER_PSK,
    TEST_SERVER_KEY,
    TEST_SERVER_KEY_PSK
};
enum { TEST_SECURITIES = 5 }; /* of clients, and of servers */

extern const uint8_t test_shared_key[32];
extern const uint8_t test_private_key[32];
extern const uint8_t test_public_key[32]; /* of test_private_key */

/* Fill in security and keys. */
void test_secure_client(mn_peer_config *config, uint32_t client);
void test_secure_server(mn_peer_config *config, uint32_t server);
/* MN_REASON_NONE where they connect, else the reason why not. */
int32_t test_security_fault(uint32_t client, uint32_t server);

#endif
