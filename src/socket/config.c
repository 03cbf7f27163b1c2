/* SPDX-License-Identifier: MIT */
/* See config.h. The defaults stand in one function, beside their meaning in the public header. */
#include "socket/config.h"

#include "base/entropy.h"
#include "socket/socket.h"

#include <string.h>

enum {
    STRUCT_SIZE_MIN = 8,
    STRUCT_SIZE_MAX = 4096,
    CONNECTIONS_DEFAULT = 64,
    CONNECTIONS_MAX = 65535,
    QUEUE_DEFAULT = 256 * 1024,
    /* Of the largest packets in a receive window: a message may cost half of it, and credit comes
       back by halves. */
    WINDOW_PACKETS_MIN = 4,
    /* No honest game comes near these. */
    PACKETS_DEFAULT = 1 << 17,
    BYTES_DEFAULT = 1 << 27,
    MESSAGES_DEFAULT = 1 << 20,
    MESSAGE_DEFAULT = 1 << 20,
    MESSAGE_MAX = 16 << 20
};

static const uint64_t second_us = 1000000;
/* Thirty years: nothing that is added to a time of the peer's clock overflows. */
static const uint64_t duration_max_us = UINT64_C(1000000000000000);

void mni_config_copy(const mni_config *config, mni_config *config_out)
{
    *config_out = *config;
    mn_peer_config *peer = &config_out->peer;
    peer->sockets = &config_out->sockets;
    peer->allocator = peer->allocator != NULL ? &config_out->allocator : NULL;
    peer->log = peer->log != NULL ? &config_out->log : NULL;
    peer->random = peer->random != NULL ? &config_out->random : NULL;
}

void mni_config_clear(mni_config *config)
{
    mni_wipe(&config->keys, sizeof(config->keys));
}

/* False for a key that is none: zeros are what somebody forgot to fill in. */
static bool copy_key(const uint8_t **key, uint8_t copy_out[MNI_KEY_SIZE], bool *has_out)
{
    static const uint8_t zeros[MNI_KEY_SIZE];
    if (*key == NULL) {
        return true;
    }
    memcpy(copy_out, *key, MNI_KEY_SIZE);
    *key = NULL;
    *has_out = true;
    return !mni_is_equal(copy_out, zeros, MNI_KEY_SIZE);
}

/* With a few public keys every secret that is agreed upon is known to everybody (RFC 7748,
   section 6.1). */
static bool is_public_key(const uint8_t key[MNI_KEY_SIZE])
{
    static const uint8_t any[MNI_KEY_SIZE] = {1};
    uint8_t secret[MNI_KEY_SIZE];
    return mni_x25519(secret, any, key);
}

static mn_result copy_keys(mn_peer_config *peer, mni_keys *keys)
{
    if (!copy_key(&peer->shared_key, keys->shared, &keys->has_shared) ||
        !copy_key(&peer->private_key, keys->private_key, &keys->has_private) ||
        !copy_key(&peer->remote_key, keys->remote, &keys->has_remote) ||
        (keys->has_remote && !is_public_key(keys->remote))) {
        return MN_ERROR_ARGUMENT;
    }
    if (keys->has_private) {
        mni_x25519_public(keys->public_key, keys->private_key);
    }
    return MN_OK;
}

static mn_result copy_pointers(const mn_peer_config *peer, mni_config *config)
{
    if (peer->allocator != NULL) {
        config->allocator = *peer->allocator;
        if (config->allocator.allocate == NULL || config->allocator.release == NULL) {
            return MN_ERROR_ARGUMENT;
        }
    }
    if (peer->log != NULL) {
        config->log = *peer->log;
    }
    if (peer->random != NULL) {
        config->random = *peer->random;
        if (config->random.fill == NULL) {
            return MN_ERROR_ARGUMENT;
        }
    }
    return mni_factory_read(peer->sockets != NULL ? peer->sockets : mn_udp_sockets(),
                            &config->sockets);
}

static void default_u32(uint32_t *value, uint32_t fallback)
{
    *value = *value != 0 ? *value : fallback;
}

static void default_us(uint64_t *value_us, uint64_t fallback_us)
{
    *value_us = *value_us != 0 ? *value_us : fallback_us;
    *value_us = *value_us < duration_max_us ? *value_us : duration_max_us;
}

static void fill_defaults(mn_peer_config *peer)
{
    default_u32(&peer->security, MN_SECURITY_ENCRYPTED);
    default_u32(&peer->max_connections, CONNECTIONS_DEFAULT);
    default_u32(&peer->max_packet_size, MNI_PACKET_SIZE_MIN);
    default_u32(&peer->send_queue_bytes, QUEUE_DEFAULT);
    default_u32(&peer->receive_window_bytes, QUEUE_DEFAULT);
    default_u32(&peer->max_in_flight_bytes, QUEUE_DEFAULT);
    default_u32(&peer->max_packets_per_second, PACKETS_DEFAULT);
    default_u32(&peer->max_bytes_per_second, BYTES_DEFAULT);
    default_u32(&peer->max_messages_per_second, MESSAGES_DEFAULT);
    default_u32(&peer->max_message_size, MESSAGE_DEFAULT);
    default_us(&peer->connect_timeout_us, 15 * second_us);
    default_us(&peer->timeout_us, 15 * second_us);
    default_us(&peer->keep_alive_us, (peer->timeout_us + 1) / 2);
    default_us(&peer->close_timeout_us, 2 * second_us);
    default_us(&peer->clock_gap_us, 2 * second_us);
}

static mn_result check(const mni_config *config)
{
    const mn_peer_config *peer = &config->peer;
    const mni_keys *keys = &config->keys;
    bool has_keys = keys->has_shared || keys->has_private || keys->has_remote;
    if (peer->security > MN_SECURITY_ENCRYPTED ||
        (peer->security == MN_SECURITY_NONE && has_keys) ||
        peer->max_connections > CONNECTIONS_MAX || peer->max_packet_size < MNI_PACKET_SIZE_MIN ||
        peer->max_message_size > MESSAGE_MAX ||
        peer->max_packet_size > config->sockets.max_packet_size ||
        peer->receive_window_bytes / WINDOW_PACKETS_MIN < peer->max_packet_size) {
        return MN_ERROR_ARGUMENT;
    }
    return MN_OK;
}

static mn_result read_whole(const mn_peer_config *config, mni_config *read)
{
    size_t theirs = config->struct_size;
    memcpy(&read->peer, config, theirs < sizeof(read->peer) ? theirs : sizeof(read->peer));
    read->peer.struct_size = sizeof(read->peer);
    mn_result result = copy_keys(&read->peer, &read->keys);
    if (result == MN_OK) {
        result = copy_pointers(&read->peer, read);
    }
    if (result == MN_OK) {
        fill_defaults(&read->peer);
        result = check(read);
    }
    if (result == MN_OK && read->peer.seed == 0) {
        result = mni_config_random(read, &read->peer.seed, sizeof(read->peer.seed));
    }
    return result;
}

/* No version of the struct has such a size: half of a pointer points anywhere. */
static bool cuts_a_pointer(uint32_t struct_size)
{
    return struct_size % sizeof(void *) != 0;
}

mn_result mni_config_read(const mn_peer_config *config, mni_config *config_out)
{
    if (config == NULL || config->struct_size < STRUCT_SIZE_MIN ||
        config->struct_size > STRUCT_SIZE_MAX || cuts_a_pointer(config->struct_size)) {
        return MN_ERROR_ARGUMENT;
    }
    mni_config read = {0};
    mn_result result = read_whole(config, &read);
    if (result == MN_OK) {
        mni_config_copy(&read, config_out);
    }
    mni_config_clear(&read);
    return result;
}

mn_result mni_config_random(const mni_config *config, void *bytes, uint32_t size)
{
    if (config->peer.random == NULL) {
        return mni_entropy(bytes, size);
    }
    config->random.fill(config->random.user, bytes, size);
    return MN_OK;
}
