/* SPDX-License-Identifier: MIT */
/*
 * Handshake messages that no other side wrote. The first byte of the input says the pattern, which
 * message it is about and how it is spoiled: replaced by the input, or the right message with bytes
 * of it changed as the input says. Whatever is read, a refusal changes nothing; and what is read as
 * a message is the right one, but for the first of NN, which nothing covers, and which then shows
 * when the client reads the second.
 */
#include "base/assert.h"
#include "socket/crypto/noise.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MESSAGE_MAX = 1500, PAYLOAD_SIZE = 24, PROLOGUE_SIZE = 113 };
enum { PATTERN_BITS = 3, SECOND = 4, REPLACE = 8 }; /* of the first byte */

typedef struct message {
    uint32_t size;
    uint8_t bytes[MESSAGE_MAX];
} message;

/* The client has written the first message, and the server has not read it. */
typedef struct handshake {
    mni_noise client, server;
    message first, second;
} handshake;

static const uint8_t shared[MNI_KEY_SIZE] = "a key that both sides share";
static const uint8_t server_private[MNI_KEY_SIZE] = "the private key of the server";
static const uint8_t client_ephemeral[MNI_KEY_SIZE] = "32 bytes of the client's";
static const uint8_t server_ephemeral[MNI_KEY_SIZE] = "32 bytes of the server's";
static const uint8_t prologue[PROLOGUE_SIZE] = "what came before";
static const uint8_t payload[PAYLOAD_SIZE] = "limits, and the payload";

static void begin(mni_noise *noise, mni_pattern pattern, bool is_client)
{
    uint8_t server_public[MNI_KEY_SIZE];
    mni_x25519_public(server_public, server_private);
    const mni_noise_keys keys = {.shared = shared,
                                 .server_public = server_public,
                                 .server_private = server_private,
                                 .ephemeral = is_client ? client_ephemeral : server_ephemeral};
    mni_noise_init(noise, pattern, is_client, prologue, sizeof(prologue), &keys);
}

/* As it goes where nobody disturbs it. */
static void rehearse(handshake *it, mni_pattern pattern)
{
    uint8_t plain[MESSAGE_MAX];
    uint32_t size;
    begin(&it->client, pattern, true);
    begin(&it->server, pattern, false);
    it->first.size = mni_noise_write(&it->client, payload, sizeof(payload), it->first.bytes);
    MNI_ASSERT(it->first.size > 0);
    mni_noise client = it->client, server = it->server;
    bool is_good = mni_noise_read(&server, it->first.bytes, it->first.size, plain, &size);
    MNI_ASSERT(is_good && size == sizeof(payload) && memcmp(plain, payload, size) == 0);
    it->second.size = mni_noise_write(&server, payload, sizeof(payload), it->second.bytes);
    MNI_ASSERT(it->second.size > 0);
    is_good = mni_noise_read(&client, it->second.bytes, it->second.size, plain, &size);
    MNI_ASSERT(is_good && size == sizeof(payload) && memcmp(plain, payload, size) == 0);
}

/* The input is a list of places and what is changed there; an odd byte at its end cuts the message
   so much. */
static message spoil(const message *right, const uint8_t *bytes, size_t size)
{
    message it = *right;
    for (size_t i = 0; i + 2 <= size; i += 2) {
        it.bytes[bytes[i] % it.size] ^= bytes[i + 1];
    }
    if (size % 2 != 0) {
        it.size -= bytes[size - 1] % it.size;
    }
    return it;
}

static message replace(const uint8_t *bytes, size_t size)
{
    message it = {.size = size < MESSAGE_MAX ? (uint32_t)size : MESSAGE_MAX};
    if (size > 0) {
        memcpy(it.bytes, bytes, it.size);
    }
    return it;
}

static bool is_same(const message *a, const message *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Whether it was taken. It is read in memory of exactly its size. */
static bool read_checked(mni_noise *noise, const message *in)
{
    mni_noise before;
    uint8_t plain[MESSAGE_MAX], untouched[MESSAGE_MAX];
    uint32_t size = 4711;
    memcpy(&before, noise, sizeof(before));
    memset(plain, 0xa5, sizeof(plain));
    memset(untouched, 0xa5, sizeof(untouched));
    uint8_t *exact = malloc(in->size > 0 ? in->size : 1);
    MNI_ASSERT(exact != NULL);
    memcpy(exact, in->bytes, in->size);
    bool is_taken = mni_noise_read(noise, exact, in->size, plain, &size);
    free(exact);
    if (is_taken) {
        MNI_ASSERT(size <= in->size - MNI_KEY_SIZE);
    } else {
        MNI_ASSERT(memcmp(&before, noise, sizeof(before)) == 0);
        MNI_ASSERT(size == 4711 && memcmp(plain, untouched, sizeof(plain)) == 0);
    }
    return is_taken;
}

/* The server has taken a first message of NN that the client did not write. */
static void answer_stranger(handshake *it)
{
    mni_noise before;
    memcpy(&before, &it->server, sizeof(before));
    it->second.size = mni_noise_write(&it->server, payload, sizeof(payload), it->second.bytes);
    if (it->second.size == 0) { /* no public key at all */
        MNI_ASSERT(memcmp(&before, &it->server, sizeof(before)) == 0);
        return;
    }
    MNI_ASSERT(!read_checked(&it->client, &it->second));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    mni_pattern pattern = (mni_pattern)(bytes[0] & PATTERN_BITS);
    bool is_second = (bytes[0] & SECOND) != 0;
    static handshake rehearsed[PATTERN_BITS + 1];
    if (rehearsed[pattern].first.size == 0) {
        rehearse(&rehearsed[pattern], pattern);
    }
    handshake it = rehearsed[pattern];
    const message *right = is_second ? &it.second : &it.first;
    message in = (bytes[0] & REPLACE) != 0 ? replace(bytes + 1, size - 1)
                                           : spoil(right, bytes + 1, size - 1);
    bool was_right = is_same(&in, right);
    bool is_taken = read_checked(is_second ? &it.client : &it.server, &in);
    if (is_second || mni_pattern_seals_first(pattern)) {
        MNI_ASSERT(is_taken == was_right);
    } else {
        MNI_ASSERT(is_taken == (in.size >= MNI_KEY_SIZE));
        if (is_taken && !was_right) {
            answer_stranger(&it);
        }
    }
    return 0;
}
