/* SPDX-License-Identifier: MIT */
/* See answer.h. */
#include "socket/answer.h"

/* ---- what needs no computation */

static bool speaks_securely_as(const mni_config *config, uint8_t security)
{
    return config->peer.security == MN_SECURITY_NONE ? security == MNI_SECURITY_PLAIN
                                                     : mni_security_is_sealed(security);
}

/* A shared key is for both or for none; nobody has to ask for our identity. */
static bool has_keys_for(const mni_keys *keys, uint8_t security)
{
    switch ((mni_security)security) {
    case MNI_SECURITY_PLAIN:
        return true;
    case MNI_SECURITY_NN:
        return !keys->has_shared;
    case MNI_SECURITY_NN_PSK:
        return keys->has_shared;
    case MNI_SECURITY_NK:
        return !keys->has_shared && keys->has_private;
    case MNI_SECURITY_NK_PSK:
        return keys->has_shared && keys->has_private;
    }
    return false;
}

int32_t mni_answer_find_fault(const mni_config *config, const mni_handshake *connect)
{
    if (connect->version != MNI_PROTOCOL_VERSION) {
        return MN_REASON_VERSION;
    }
    if (connect->application != config->peer.application) {
        return MN_REASON_APPLICATION;
    }
    if (!speaks_securely_as(config, connect->security)) {
        return MN_REASON_SECURITY;
    }
    return has_keys_for(&config->keys, connect->security) ? MN_REASON_NONE : MN_REASON_KEY;
}

/* ---- what is in the connect */

static int32_t open_plain(mni_answer *answer)
{
    const mni_handshake *connect = answer->connect;
    answer->offer = connect->offer;
    answer->payload = connect->data;
    answer->payload_size = connect->size;
    return mni_config_random(answer->config, answer->share, sizeof(answer->share)) == MN_OK
               ? -1
               : MN_DROP_MEMORY;
}

static bool begin_noise(mni_answer *answer)
{
    const mni_handshake *connect = answer->connect;
    const mni_keys *keys = &answer->config->keys;
    uint8_t prologue[MNI_PROLOGUE_SIZE];
    uint8_t ephemeral[MNI_KEY_SIZE];
    if (mni_config_random(answer->config, ephemeral, sizeof(ephemeral)) < 0) {
        return false;
    }
    const mni_noise_keys noise_keys = {.shared = keys->shared,
                                       .server_public = keys->public_key,
                                       .server_private = keys->private_key,
                                       .ephemeral = ephemeral};
    mni_handshake_prologue(connect, MNI_PROTOCOL_VERSION, prologue);
    mni_noise_init(&answer->noise, mni_security_pattern(connect->security), false, prologue,
                   sizeof(prologue), &noise_keys);
    mni_wipe(ephemeral, sizeof(ephemeral));
    return true;
}

static int32_t open_sealed(mni_answer *answer)
{
    const mni_handshake *connect = answer->connect;
    uint32_t size;
    if (!begin_noise(answer)) {
        return MN_DROP_MEMORY;
    }
    MNI_ASSERT(connect->size <= sizeof(answer->opened));
    if (!mni_noise_read(&answer->noise, connect->data, connect->size, answer->opened, &size) ||
        size < MNI_OFFER_SIZE || !mni_offer_read(answer->opened, &answer->offer)) {
        return MN_DROP_KEY;
    }
    answer->payload = answer->opened + MNI_OFFER_SIZE;
    answer->payload_size = size - MNI_OFFER_SIZE;
    return -1;
}

int32_t mni_answer_open(mni_answer *answer, const mni_config *config, const mni_handshake *connect)
{
    *answer = (mni_answer){.config = config, .connect = connect};
    return connect->security == MNI_SECURITY_PLAIN ? open_plain(answer) : open_sealed(answer);
}

/* ---- what to say */

static uint32_t accept_plain(mni_answer *answer, uint8_t accept_out[MNI_ACCEPT_SIZE_MAX],
                             mni_agreement *agreement)
{
    const mni_handshake *connect = answer->connect;
    const mni_handshake accept = {.kind = MNI_ACCEPT,
                                  .version = MNI_PROTOCOL_VERSION,
                                  .token = connect->token,
                                  .share = answer->share,
                                  .offer = mni_offer_of(&answer->config->peer)};
    mni_handshake_keys(connect->share, answer->share, connect->token, agreement->receive_key,
                       agreement->send_key);
    return mni_handshake_write(&accept, accept_out, MNI_ACCEPT_SIZE_MAX);
}

static uint32_t accept_sealed(mni_answer *answer, uint8_t accept_out[MNI_ACCEPT_SIZE_MAX],
                              mni_agreement *agreement)
{
    const mni_offer offer = mni_offer_of(&answer->config->peer);
    uint8_t payload[MNI_SECOND_PAYLOAD_SIZE];
    uint8_t message[MNI_NOISE_OVERHEAD + sizeof(payload)];
    mni_offer_write(&offer, payload);
    const mni_handshake accept = {
        .kind = MNI_ACCEPT,
        .version = MNI_PROTOCOL_VERSION,
        .token = answer->connect->token,
        .data = message,
        .size = mni_noise_write(&answer->noise, payload, sizeof(payload), message)};
    if (accept.size == 0) {
        return 0;
    }
    mni_noise_split(&answer->noise, agreement->receive_key, agreement->send_key);
    agreement->is_sealed = true;
    agreement->awaits_payload = answer->connect->security == MNI_SECURITY_NN;
    return mni_handshake_write(&accept, accept_out, MNI_ACCEPT_SIZE_MAX);
}

uint32_t mni_answer_accept(mni_answer *answer, uint8_t accept_out[MNI_ACCEPT_SIZE_MAX],
                           mni_agreement *agreement_out)
{
    *agreement_out = (mni_agreement){0};
    mni_offer_agree(&answer->offer, &answer->config->peer, agreement_out);
    return answer->connect->security == MNI_SECURITY_PLAIN
               ? accept_plain(answer, accept_out, agreement_out)
               : accept_sealed(answer, accept_out, agreement_out);
}

void mni_answer_clear(mni_answer *answer)
{
    mni_wipe(answer, sizeof(*answer));
}
