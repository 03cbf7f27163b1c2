/* SPDX-License-Identifier: MIT */
/* See attempt.h. */
#include "socket/attempt.h"

#include <string.h>

static uint8_t choose_security(const mni_config *config)
{
    if (config->peer.security == MN_SECURITY_NONE) {
        return MNI_SECURITY_PLAIN;
    }
    if (config->keys.has_remote) {
        return config->keys.has_shared ? MNI_SECURITY_NK_PSK : MNI_SECURITY_NK;
    }
    return config->keys.has_shared ? MNI_SECURITY_NN_PSK : MNI_SECURITY_NN;
}

mn_result mni_attempt_init(mni_attempt *attempt, const mni_config *config, mni_buffers *buffers,
                           const void *payload, uint32_t size)
{
    *attempt = (mni_attempt){.security = choose_security(config)};
    mni_dialer_init(&attempt->dialer);
    attempt->payload = mni_buffer_take(buffers, size);
    if (attempt->payload == NULL) {
        return MN_ERROR_MEMORY;
    }
    if (size > 0) {
        memcpy(attempt->payload->bytes, payload, size);
    }
    attempt->payload->size = size;
    mn_result result = MN_OK;
    if (attempt->security == MNI_SECURITY_PLAIN) {
        result = mni_config_random(config, attempt->share, sizeof(attempt->share));
    }
    return result < 0 ? result : mni_config_random(config, &attempt->token, sizeof(attempt->token));
}

void mni_attempt_clear(mni_attempt *attempt, mni_buffers *buffers)
{
    mni_buffer_drop(buffers, attempt->payload);
    mni_wipe(attempt, sizeof(*attempt));
}

/* ---- what is said */

static bool begin_noise(mni_attempt *attempt, const mni_config *config,
                        const mni_handshake *connect)
{
    uint8_t prologue[MNI_PROLOGUE_SIZE];
    uint8_t ephemeral[MNI_KEY_SIZE];
    if (mni_config_random(config, ephemeral, sizeof(ephemeral)) < 0) {
        return false;
    }
    const mni_noise_keys keys = {.shared = config->keys.shared,
                                 .server_public = config->keys.remote,
                                 .ephemeral = ephemeral};
    mni_handshake_prologue(connect, attempt->retry_version, prologue);
    mni_noise_init(&attempt->noise, mni_security_pattern(connect->security), true, prologue,
                   sizeof(prologue), &keys);
    mni_wipe(ephemeral, sizeof(ephemeral));
    return true;
}

/* The first Noise message; its size. */
static uint32_t write_message(mni_attempt *attempt, const mni_config *config, uint8_t *message)
{
    uint8_t payload[MNI_FIRST_PAYLOAD_MAX];
    uint32_t size = MNI_OFFER_SIZE;
    const mni_offer offer = mni_offer_of(&config->peer);
    mni_offer_write(&offer, payload);
    if (mni_pattern_seals_first(mni_security_pattern(attempt->security))) {
        memcpy(payload + size, attempt->payload->bytes, attempt->payload->size);
        size += attempt->payload->size;
    }
    return mni_noise_write(&attempt->noise, payload, size, message);
}

static void write_connect(mni_attempt *attempt, const mni_config *config)
{
    uint8_t message[MNI_NOISE_OVERHEAD + MNI_FIRST_PAYLOAD_MAX];
    mni_handshake connect = {.kind = MNI_CONNECT,
                             .version = MNI_PROTOCOL_VERSION,
                             .security = attempt->security,
                             .token = attempt->token,
                             .application = config->peer.application,
                             .cookie = attempt->dialer.cookie};
    if (attempt->security == MNI_SECURITY_PLAIN) {
        connect.share = attempt->share;
        connect.offer = mni_offer_of(&config->peer);
        connect.data = attempt->payload->bytes;
        connect.size = attempt->payload->size;
    } else {
        if (!begin_noise(attempt, config, &connect)) {
            return;
        }
        connect.data = message;
        connect.size = write_message(attempt, config, message);
        MNI_ASSERT(connect.size > 0); /* the server's key was looked at with the config */
    }
    attempt->connect_size =
        mni_handshake_write(&connect, attempt->connect, sizeof(attempt->connect));
}

uint32_t mni_attempt_write(mni_attempt *attempt, const mni_config *config,
                           uint8_t bytes_out[MNI_HANDSHAKE_SIZE_MAX])
{
    if (!attempt->dialer.has_cookie) {
        const mni_handshake hello = {
            .kind = MNI_HELLO, .version = MNI_PROTOCOL_VERSION, .token = attempt->token};
        return mni_handshake_write(&hello, bytes_out, MNI_HANDSHAKE_SIZE_MAX);
    }
    if (attempt->connect_size == 0) {
        write_connect(attempt, config);
    }
    memcpy(bytes_out, attempt->connect, attempt->connect_size);
    return attempt->connect_size;
}

/* ---- what is believed */

bool mni_attempt_take_retry(mni_attempt *attempt, const mni_handshake *retry, uint64_t now_us)
{
    if (!mni_dialer_take_retry(&attempt->dialer, retry->cookie, now_us)) {
        return false;
    }
    attempt->retry_version = retry->version;
    attempt->connect_size = 0;
    mni_noise_clear(&attempt->noise);
    return true;
}

/* Reads with a copy, because the same accept is needed again if it cannot be taken in now. */
static int32_t open_accept(mni_attempt *attempt, const mni_handshake *accept, mni_offer *offer_out,
                           mni_agreement *agreement)
{
    uint8_t payload[MNI_NOISE_OVERHEAD + MNI_SECOND_PAYLOAD_SIZE];
    uint32_t size;
    mni_noise noise = attempt->noise;
    bool is_good = mni_noise_read(&noise, accept->data, accept->size, payload, &size) &&
                   size == MNI_SECOND_PAYLOAD_SIZE && mni_offer_read(payload, offer_out);
    if (is_good) {
        mni_noise_split(&noise, agreement->send_key, agreement->receive_key);
        agreement->is_sealed = true;
    } else {
        attempt->was_deceived = true;
    }
    mni_noise_clear(&noise);
    return is_good ? -1 : MN_DROP_KEY;
}

int32_t mni_attempt_take_accept(mni_attempt *attempt, const mni_config *config,
                                const mni_handshake *accept, mni_agreement *agreement_out)
{
    mni_offer offer = accept->offer;
    bool is_plain = attempt->security == MNI_SECURITY_PLAIN;
    if (is_plain != (accept->share != NULL) || (!is_plain && attempt->connect_size == 0)) {
        return MN_DROP_HANDSHAKE; /* no answer to what was said */
    }
    *agreement_out = (mni_agreement){0};
    if (is_plain) {
        mni_handshake_keys(attempt->share, accept->share, attempt->token, agreement_out->send_key,
                           agreement_out->receive_key);
    } else {
        int32_t drop = open_accept(attempt, accept, &offer, agreement_out);
        if (drop >= 0) {
            return drop;
        }
    }
    mni_offer_agree(&offer, &config->peer, agreement_out);
    return -1;
}

int32_t mni_attempt_reason(const mni_attempt *attempt)
{
    return attempt->was_deceived ? MN_REASON_KEY : MN_REASON_TIMEOUT;
}

mni_buffer *mni_attempt_take_payload(mni_attempt *attempt)
{
    mni_buffer *payload = NULL;
    if (attempt->security == MNI_SECURITY_NN) {
        payload = attempt->payload;
        attempt->payload = NULL;
    }
    return payload;
}
