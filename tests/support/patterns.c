/* SPDX-License-Identifier: MIT */
/* See patterns.h. */
#include "support/patterns.h"

#include "support/security.h"

const test_pattern test_patterns[TEST_PATTERNS] = {
    [TEST_PLAIN] = {"plain", "none", MN_SECURITY_NONE, false, false},
    [TEST_NN] = {"NN", "open", MN_SECURITY_DEFAULT, false, false},
    [TEST_NN_PSK] = {"NNpsk0", "shared", MN_SECURITY_DEFAULT, true, false},
    [TEST_NK] = {"NK", "pinned", MN_SECURITY_DEFAULT, false, true},
    [TEST_NK_PSK] = {"NKpsk0", "both", MN_SECURITY_DEFAULT, true, true},
};

static const uint8_t wrong_shared[MN_KEY_SIZE] = {1};
static const uint8_t wrong_secret[MN_KEY_SIZE] = {2};
static const uint8_t wrong_known[MN_KEY_SIZE] = {
    0x2f, 0xe5, 0x7d, 0xa3, 0x47, 0xcd, 0x62, 0x43, 0x15, 0x28, 0xda, 0xac, 0x5f, 0xbb, 0x29, 0x07,
    0x30, 0xff, 0xf6, 0x84, 0xaf, 0xc4, 0xcf, 0xc2, 0xed, 0x90, 0x99, 0x5f, 0x58, 0xcb, 0x3b, 0x74};

static const test_keys key_sets[TEST_KEY_SETS] = {
    [TEST_RIGHT_KEYS] = {test_shared_key, test_private_key, test_public_key},
    [TEST_WRONG_KEYS] = {wrong_shared, wrong_secret, wrong_known},
};

test_keys test_pattern_keys(const test_pattern *pattern, uint32_t set)
{
    const test_keys *keys = &key_sets[set];
    return (test_keys){
        .shared = pattern->is_shared ? keys->shared : NULL,
        .secret = pattern->is_pinned ? keys->secret : NULL,
        .known = pattern->is_pinned ? keys->known : NULL,
    };
}

void test_pattern_server(const test_pattern *pattern, uint32_t set, mn_peer_config *config)
{
    test_keys keys = test_pattern_keys(pattern, set);
    config->security = pattern->security;
    config->shared_key = keys.shared;
    config->private_key = keys.secret;
}

void test_pattern_client(const test_pattern *pattern, uint32_t set, mn_peer_config *config)
{
    test_keys keys = test_pattern_keys(pattern, set);
    config->security = pattern->security;
    config->shared_key = keys.shared;
    config->remote_key = keys.known;
}
