/* SPDX-License-Identifier: MIT */
/*
 * See noise.h; section numbers are those of the specification. A handshake is a list of tokens for
 * each message, and a token mixes one thing that both sides know into the state that both sides
 * keep. Both messages of all four patterns begin with an ephemeral key, so that writing and reading
 * differ in where that key comes from and in what they do with the payload, and in nothing else.
 * A message works on a copy of the state, which becomes the state if all of it was right.
 */
#include "socket/crypto/noise.h"

#include "base/bytes.h"

#include <string.h>

enum { MESSAGE_COUNT = 2, TOKENS_MAX = 3 };

typedef enum token { TOKEN_NONE, TOKEN_E, TOKEN_EE, TOKEN_ES, TOKEN_PSK } token;

/* Section 7.5, and 9.4 for psk0. */
static const struct {
    char name[40];
    bool has_static; /* the pre-message <- s */
    bool has_psk;
    token messages[MESSAGE_COUNT][TOKENS_MAX];
} patterns[] = {
    [MNI_PATTERN_NN] = {"Noise_NN_25519_ChaChaPoly_BLAKE2s",
                        false,
                        false,
                        {{TOKEN_E}, {TOKEN_E, TOKEN_EE}}},
    [MNI_PATTERN_NN_PSK] = {"Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s",
                            false,
                            true,
                            {{TOKEN_PSK, TOKEN_E}, {TOKEN_E, TOKEN_EE}}},
    [MNI_PATTERN_NK] = {"Noise_NK_25519_ChaChaPoly_BLAKE2s",
                        true,
                        false,
                        {{TOKEN_E, TOKEN_ES}, {TOKEN_E, TOKEN_EE}}},
    [MNI_PATTERN_NK_PSK] = {"Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s",
                            true,
                            true,
                            {{TOKEN_PSK, TOKEN_E, TOKEN_ES}, {TOKEN_E, TOKEN_EE}}},
};

/* ---- the symmetric state (section 5.2)

   The nonce of a handshake's cipher counts from 0 again with each key. Here every payload comes
   after a new key, so that it is 0 always. */

static void mix_hash(mni_noise *noise, const void *bytes, size_t size)
{
    mni_blake blake;
    mni_blake_init(&blake);
    mni_blake_add(&blake, noise->hash, sizeof(noise->hash));
    mni_blake_add(&blake, bytes, size);
    mni_blake_end(&blake, noise->hash);
}

static void mix_key(mni_noise *noise, const uint8_t input[MNI_KEY_SIZE])
{
    uint8_t outs[2][MNI_HASH_SIZE];
    mni_hkdf(noise->chaining_key, input, MNI_KEY_SIZE, 2, outs);
    memcpy(noise->chaining_key, outs[0], sizeof(noise->chaining_key));
    memcpy(noise->key, outs[1], sizeof(noise->key));
    noise->has_key = true;
    mni_wipe(outs, sizeof(outs));
}

static void mix_key_and_hash(mni_noise *noise, const uint8_t input[MNI_KEY_SIZE])
{
    uint8_t outs[3][MNI_HASH_SIZE];
    mni_hkdf(noise->chaining_key, input, MNI_KEY_SIZE, 3, outs);
    memcpy(noise->chaining_key, outs[0], sizeof(noise->chaining_key));
    mix_hash(noise, outs[1], sizeof(outs[1]));
    memcpy(noise->key, outs[2], sizeof(noise->key));
    noise->has_key = true;
    mni_wipe(outs, sizeof(outs));
}

/* EncryptAndHash; how many bytes it wrote. */
static uint32_t seal_payload(mni_noise *noise, const uint8_t *payload, uint32_t size, uint8_t *out)
{
    uint32_t sealed_size = size;
    if (noise->has_key) {
        mni_aead_seal(noise->key, 0, noise->hash, sizeof(noise->hash), payload, size, out);
        sealed_size += MNI_TAG_SIZE;
    } else if (size > 0) {
        memcpy(out, payload, size);
    }
    mix_hash(noise, out, sealed_size);
    return sealed_size;
}

/* DecryptAndHash. */
static bool open_payload(mni_noise *noise, const uint8_t *sealed, uint32_t size, uint8_t *out,
                         uint32_t *size_out)
{
    if (noise->has_key) {
        if (!mni_aead_open(noise->key, 0, noise->hash, sizeof(noise->hash), sealed, size, out)) {
            return false;
        }
        *size_out = size - MNI_TAG_SIZE;
    } else {
        memcpy(out, sealed, size);
        *size_out = size;
    }
    mix_hash(noise, sealed, size);
    return true;
}

/* ---- the handshake (section 5.3) */

static bool mix_shared_secret(mni_noise *noise, const uint8_t private_key[MNI_KEY_SIZE],
                              const uint8_t public_key[MNI_KEY_SIZE])
{
    uint8_t secret[MNI_KEY_SIZE];
    bool is_good = mni_x25519(secret, private_key, public_key);
    if (is_good) {
        mix_key(noise, secret);
    }
    mni_wipe(secret, sizeof(secret));
    return is_good;
}

static bool mix_token(mni_noise *noise, token what, const uint8_t e[MNI_KEY_SIZE])
{
    switch (what) {
    case TOKEN_NONE:
        return true;
    case TOKEN_E:
        mix_hash(noise, e, MNI_KEY_SIZE);
        if (patterns[noise->pattern].has_psk) {
            mix_key(noise, e); /* section 9.2: one psk makes another key for each handshake */
        }
        return true;
    case TOKEN_EE:
        return mix_shared_secret(noise, noise->own_ephemeral, noise->remote_ephemeral);
    case TOKEN_ES:
        return noise->is_client
                   ? mix_shared_secret(noise, noise->own_ephemeral, noise->remote_static)
                   : mix_shared_secret(noise, noise->own_static, noise->remote_ephemeral);
    case TOKEN_PSK:
        mix_key_and_hash(noise, noise->shared);
        return true;
    }
    return false;
}

/* All of the next message but its payload; e is the ephemeral public key of who writes it. */
static bool mix_message(mni_noise *noise, const uint8_t e[MNI_KEY_SIZE])
{
    const token *tokens = patterns[noise->pattern].messages[noise->message_next++];
    bool is_good = true;
    for (uint32_t i = 0; is_good && i < TOKENS_MAX; i++) {
        is_good = mix_token(noise, tokens[i], e);
    }
    return is_good;
}

static bool is_turn_of(const mni_noise *noise, bool is_client)
{
    return noise->message_next == (is_client ? 0 : 1);
}

static void settle(mni_noise *noise, mni_noise *copy, bool is_good)
{
    if (is_good) {
        *noise = *copy;
    }
    mni_noise_clear(copy);
}

void mni_noise_init(mni_noise *noise, mni_pattern pattern, bool is_client, const void *prologue,
                    size_t prologue_size, const mni_noise_keys *keys)
{
    *noise = (mni_noise){.pattern = pattern, .is_client = is_client};
    /* Every one of the names is longer than a hash, and so its hash stands for it. */
    mni_blake blake;
    mni_blake_init(&blake);
    mni_blake_add(&blake, patterns[pattern].name, strlen(patterns[pattern].name));
    mni_blake_end(&blake, noise->hash);
    memcpy(noise->chaining_key, noise->hash, sizeof(noise->chaining_key));
    mix_hash(noise, prologue, prologue_size);
    memcpy(noise->own_ephemeral, keys->ephemeral, sizeof(noise->own_ephemeral));
    if (patterns[pattern].has_psk) {
        memcpy(noise->shared, keys->shared, sizeof(noise->shared));
    }
    if (patterns[pattern].has_static) {
        mix_hash(noise, keys->server_public, MNI_KEY_SIZE);
        if (is_client) {
            memcpy(noise->remote_static, keys->server_public, sizeof(noise->remote_static));
        } else {
            memcpy(noise->own_static, keys->server_private, sizeof(noise->own_static));
        }
    }
}

uint32_t mni_noise_write(mni_noise *noise, const uint8_t *payload, uint32_t size,
                         uint8_t *message_out)
{
    if (!is_turn_of(noise, noise->is_client)) {
        return 0;
    }
    mni_noise copy = *noise;
    uint32_t message_size = 0;
    mni_x25519_public(message_out, copy.own_ephemeral);
    bool is_good = mix_message(&copy, message_out);
    if (is_good) {
        message_size =
            MNI_KEY_SIZE + seal_payload(&copy, payload, size, message_out + MNI_KEY_SIZE);
    }
    settle(noise, &copy, is_good);
    return message_size;
}

bool mni_noise_read(mni_noise *noise, const uint8_t *message, uint32_t size, uint8_t *payload_out,
                    uint32_t *payload_size_out)
{
    mni_reader reader = mni_reader_over(message, size);
    const uint8_t *e = mni_read_bytes(&reader, MNI_KEY_SIZE);
    if (e == NULL || !is_turn_of(noise, !noise->is_client)) {
        return false;
    }
    mni_noise copy = *noise;
    memcpy(copy.remote_ephemeral, e, sizeof(copy.remote_ephemeral));
    bool is_good =
        mix_message(&copy, e) && open_payload(&copy, reader.at, (uint32_t)mni_reader_left(&reader),
                                              payload_out, payload_size_out);
    settle(noise, &copy, is_good);
    return is_good;
}

void mni_noise_split(const mni_noise *noise, uint8_t client_to_server_out[MNI_KEY_SIZE],
                     uint8_t server_to_client_out[MNI_KEY_SIZE])
{
    uint8_t outs[2][MNI_HASH_SIZE];
    mni_hkdf(noise->chaining_key, NULL, 0, 2, outs);
    memcpy(client_to_server_out, outs[0], MNI_KEY_SIZE);
    memcpy(server_to_client_out, outs[1], MNI_KEY_SIZE);
    mni_wipe(outs, sizeof(outs));
}

void mni_noise_clear(mni_noise *noise)
{
    mni_wipe(noise, sizeof(*noise));
}
