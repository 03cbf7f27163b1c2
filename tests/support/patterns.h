/* SPDX-License-Identifier: MIT */
/*
 * The ways to secure a connection, as configs of the two sides: the keys that each one needs are
 * the same in all tests, and a second set of them is there for who has the wrong ones.
 */
#ifndef SUPPORT_PATTERNS_H
#define SUPPORT_PATTERNS_H

#include <miragenet.h>

#include <stdbool.h>

typedef struct test_pattern {
    const char *name; /* Noise's */
    const char *word; /* ours, as an option of programs */
    uint32_t security;
    bool is_shared, is_pinned;
} test_pattern;

enum { TEST_PLAIN, TEST_NN, TEST_NN_PSK, TEST_NK, TEST_NK_PSK, TEST_PATTERNS };
extern const test_pattern test_patterns[TEST_PATTERNS];

enum { TEST_RIGHT_KEYS, TEST_WRONG_KEYS, TEST_KEY_SETS };
/* Of MN_KEY_SIZE bytes; NULL where the pattern has none. */
typedef struct test_keys {
    const uint8_t *shared;
    const uint8_t *secret, *known; /* the server's private key and its public one */
} test_keys;
test_keys test_pattern_keys(const test_pattern *pattern, uint32_t set);
/* Gives a config the pattern's security, and the keys of that side. */
void test_pattern_server(const test_pattern *pattern, uint32_t set, mn_peer_config *config);
void test_pattern_client(const test_pattern *pattern, uint32_t set, mn_peer_config *config);

#endif
