/* SPDX-License-Identifier: MIT */
/* See security.h. */
#include "support/security.h"

#include "support/patterns.h"

const uint8_t test_shared_key[32] = {
    1,    2,    3,    4,    5,    6,    7,    8,    9,    0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10,
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20};
const uint8_t test_private_key[32] = {
    0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74,
    0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84};
const uint8_t test_public_key[32] = {
    0x57, 0x14, 0x76, 0x9d, 0x11, 0x6b, 0xf7, 0x64, 0x36, 0xae, 0x74, 0xbc, 0x79, 0x3d, 0x2c, 0x30,
    0xad, 0x19, 3,    0xc5, 0x9a, 0xc5, 0x27, 0x38, 5,    0xc7, 0xe2, 0x69, 0x8b, 0x41, 0x0c, 0x36};

void test_secure_client(mn_peer_config *config, uint32_t client)
{
    test_pattern_client(&test_patterns[client], TEST_RIGHT_KEYS, config);
}

void test_secure_server(mn_peer_config *config, uint32_t server)
{
    test_pattern_server(&test_patterns[server], TEST_RIGHT_KEYS, config);
}

int32_t test_security_fault(uint32_t client, uint32_t server)
{
    enum { SECURITY = MN_REASON_SECURITY, KEY = MN_REASON_KEY };
    static const int32_t faults[TEST_SECURITIES][TEST_SECURITIES] = {
        /* server:               plain     open      psk       key       key and psk */
        [TEST_CLIENT_PLAIN] = {0, SECURITY, SECURITY, SECURITY, SECURITY},
        [TEST_CLIENT_NN] = {SECURITY, 0, KEY, 0, KEY},
        [TEST_CLIENT_NN_PSK] = {SECURITY, KEY, 0, KEY, 0},
        [TEST_CLIENT_NK] = {SECURITY, KEY, KEY, 0, KEY},
        [TEST_CLIENT_NK_PSK] = {SECURITY, KEY, KEY, KEY, 0},
    };
    return faults[client][server];
}
