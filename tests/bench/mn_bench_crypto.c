/* SPDX-License-Identifier: MIT */
/*
 * mn_bench_crypto: what the primitives cost, beside those of libsodium.
 *
 * Prints one JSON object a line as mn_bench does: medians of rounds in which the libraries take
 * turns, then the ratios, each the median over the rounds. libsodium has no Noise handshake; its
 * column there is the X25519 of one and nothing else.
 */
#define _POSIX_C_SOURCE 200809L

#include "base/bytes.h"
#include "socket/crypto/noise.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 51, ROUND_NS = 1000000, PLAIN_MAX = 1200, COVERED_SIZE = 5 };

typedef struct scene {
    size_t size;
    uint64_t nonce;
    uint8_t key[MNI_KEY_SIZE], public_key[MNI_KEY_SIZE], out[MNI_KEY_SIZE];
    uint8_t covered[COVERED_SIZE];
    uint8_t plain[PLAIN_MAX];
    uint8_t sealed[PLAIN_MAX + MNI_TAG_SIZE]; /* with nonce 0; or a first message */
    uint8_t place[PLAIN_MAX + MNI_TAG_SIZE];
    uint32_t sealed_size, place_size; /* of handshakes */
    bool has_failed;
} scene;

static void expect(scene *it, bool condition)
{
    it->has_failed = it->has_failed || !condition;
}

static void seal(scene *it)
{
    mni_aead_seal(it->key, it->nonce++, it->covered, COVERED_SIZE, it->plain, it->size, it->place);
}

static void open_sealed(scene *it)
{
    expect(it, mni_aead_open(it->key, 0, it->covered, COVERED_SIZE, it->sealed,
                             it->size + MNI_TAG_SIZE, it->place));
}

static void sodium_seal(scene *it)
{
    uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};
    mni_store_u64(nonce + 4, it->nonce++);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(
        it->place, NULL, it->plain, it->size, it->covered, COVERED_SIZE, NULL, nonce, it->key);
}

static void sodium_open(scene *it)
{
    static const uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    expect(it, crypto_aead_chacha20poly1305_ietf_decrypt(it->place, NULL, NULL, it->sealed,
                                                         it->size + MNI_TAG_SIZE, it->covered,
                                                         COVERED_SIZE, nonce, it->key) == 0);
}

static void agree(scene *it)
{
    expect(it, mni_x25519(it->out, it->key, it->public_key));
}

static void sodium_agree(scene *it)
{
    expect(it, crypto_scalarmult(it->out, it->key, it->public_key) == 0);
}

static void make_public(scene *it)
{
    mni_x25519_public(it->out, it->key);
}

static void sodium_make_public(scene *it)
{
    expect(it, crypto_scalarmult_base(it->out, it->key) == 0);
}

static void hash(scene *it)
{
    mni_blake blake;
    mni_blake_init(&blake);
    mni_blake_add(&blake, it->plain, it->size);
    mni_blake_end(&blake, it->out);
}

static void sodium_hash(scene *it)
{
    (void)crypto_generichash(it->out, MNI_HASH_SIZE, it->plain, it->size, NULL, 0);
}

/* ---- handshakes, with payloads as large as those of a connection's */

enum { PROLOGUE_SIZE = 113, OFFER_SIZE = 20, MESSAGE_MAX = OFFER_SIZE + MNI_NOISE_OVERHEAD };

static void begin(scene *it, mni_pattern pattern, bool is_client, mni_noise *noise_out)
{
    const mni_noise_keys keys = {.shared = it->key,
                                 .server_public = it->public_key,
                                 .server_private = it->key,
                                 .ephemeral = it->plain};
    mni_noise_init(noise_out, pattern, is_client, it->plain, PROLOGUE_SIZE, &keys);
}

/* What a client says first, in sealed. */
static void write_first(scene *it, mni_pattern pattern, mni_noise *client_out)
{
    begin(it, pattern, true, client_out);
    it->sealed_size = mni_noise_write(client_out, it->plain, OFFER_SIZE, it->sealed);
    expect(it, it->sealed_size > 0);
}

/* The server's answer to what is in sealed, in place. */
static void serve(scene *it, mni_pattern pattern)
{
    uint8_t payload[MESSAGE_MAX];
    uint32_t payload_size;
    mni_noise server;
    begin(it, pattern, false, &server);
    expect(it, mni_noise_read(&server, it->sealed, it->sealed_size, payload, &payload_size));
    it->place_size = mni_noise_write(&server, it->plain, OFFER_SIZE, it->place);
    expect(it, it->place_size > 0);
    mni_noise_split(&server, payload, payload + MNI_KEY_SIZE);
    mni_noise_clear(&server);
}

static void shake_hands(scene *it, mni_pattern pattern)
{
    uint8_t payload[MESSAGE_MAX];
    uint32_t payload_size;
    mni_noise client;
    write_first(it, pattern, &client);
    serve(it, pattern);
    expect(it, mni_noise_read(&client, it->place, it->place_size, payload, &payload_size));
    mni_noise_split(&client, payload, payload + MNI_KEY_SIZE);
    mni_noise_clear(&client);
}

static void shake_hands_nn(scene *it)
{
    shake_hands(it, MNI_PATTERN_NN);
}

static void shake_hands_nk(scene *it)
{
    shake_hands(it, MNI_PATTERN_NK_PSK);
}

static void serve_nn(scene *it)
{
    serve(it, MNI_PATTERN_NN);
}

static void serve_nk(scene *it)
{
    serve(it, MNI_PATTERN_NK_PSK);
}

static void sodium_multiply(scene *it, uint32_t public_keys, uint32_t secrets)
{
    for (uint32_t i = 0; i < public_keys; i++) {
        sodium_make_public(it);
    }
    for (uint32_t i = 0; i < secrets; i++) {
        sodium_agree(it);
    }
}

static void sodium_shake_hands_nn(scene *it)
{
    sodium_multiply(it, 2, 2);
}

static void sodium_shake_hands_nk(scene *it)
{
    sodium_multiply(it, 2, 4);
}

static void sodium_serve_nn(scene *it)
{
    sodium_multiply(it, 1, 1);
}

static void sodium_serve_nk(scene *it)
{
    sodium_multiply(it, 1, 2);
}

/* ---- what is measured */

static void prepare(scene *it)
{
    mni_aead_seal(it->key, 0, it->covered, COVERED_SIZE, it->plain, it->size, it->sealed);
}

static void prepare_nn(scene *it)
{
    mni_noise client;
    write_first(it, MNI_PATTERN_NN, &client);
}

static void prepare_nk(scene *it)
{
    mni_noise client;
    write_first(it, MNI_PATTERN_NK_PSK, &client);
}

static const struct {
    const char *work, *name;
    size_t size;
    void (*ours)(scene *it);
    void (*theirs)(scene *it);
    void (*prepare)(scene *it);
} cases[] = {
    {"seal", "64 B", 64, seal, sodium_seal, prepare},
    {"seal", "600 B", 600, seal, sodium_seal, prepare},
    {"seal", "1200 B", 1200, seal, sodium_seal, prepare},
    {"open", "64 B", 64, open_sealed, sodium_open, prepare},
    {"open", "600 B", 600, open_sealed, sodium_open, prepare},
    {"open", "1200 B", 1200, open_sealed, sodium_open, prepare},
    {"x25519", "public key", 0, make_public, sodium_make_public, NULL},
    {"x25519", "secret", 0, agree, sodium_agree, NULL},
    {"hash", "64 B, theirs is BLAKE2b", 64, hash, sodium_hash, NULL},
    {"handshake", "NN, both sides", 0, shake_hands_nn, sodium_shake_hands_nn, NULL},
    {"handshake", "NN, the server's side", 0, serve_nn, sodium_serve_nn, prepare_nn},
    {"handshake", "NKpsk0, both sides", 0, shake_hands_nk, sodium_shake_hands_nk, NULL},
    {"handshake", "NKpsk0, the server's side", 0, serve_nk, sodium_serve_nk, prepare_nk},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

/* Of the processor, spent on this program. */
static double now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Of one call, when there are so many. */
static double measure_ns(scene *it, void (*call)(scene *it), uint32_t calls)
{
    double began_ns = now_ns();
    for (uint32_t i = 0; i < calls; i++) {
        call(it);
    }
    return (now_ns() - began_ns) / calls;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof(values[0]), compare);
    return values[ROUNDS / 2];
}

static void set(scene *it, uint32_t index)
{
    it->size = cases[index].size;
    for (uint32_t i = 0; i < PLAIN_MAX; i++) {
        it->plain[i] = (uint8_t)(i * 7 + 1);
    }
    mni_x25519_public(it->public_key, it->key);
    if (cases[index].prepare != NULL) {
        cases[index].prepare(it);
    }
}

int main(void)
{
    static scene it = {.key = {1, 2, 3}};
    double ratios[CASES];
    if (sodium_init() < 0) {
        return 1;
    }
    for (uint32_t i = 0; i < CASES; i++) {
        double ours[ROUNDS], theirs[ROUNDS], quotients[ROUNDS];
        set(&it, i);
        double once_ns = measure_ns(&it, cases[i].ours, 3);
        uint32_t calls = once_ns < ROUND_NS * 0.5 ? (uint32_t)(ROUND_NS / once_ns) : 2;
        for (uint32_t round = 0; round < ROUNDS; round++) {
            ours[round] = measure_ns(&it, cases[i].ours, calls);
            theirs[round] = measure_ns(&it, cases[i].theirs, calls);
            quotients[round] = ours[round] / theirs[round];
        }
        const double medians[] = {median(ours), median(theirs)};
        for (uint32_t k = 0; k < 2; k++) {
            (void)printf("{\"work\":\"%s\",\"case\":\"%s\",\"library\":\"%s\",\"runs\":%d,"
                         "\"ns\":%.4g}\n",
                         cases[i].work, cases[i].name, k == 0 ? "miragenet" : "libsodium", ROUNDS,
                         medians[k]);
        }
        ratios[i] = median(quotients);
    }
    for (uint32_t i = 0; i < CASES; i++) {
        (void)printf("{\"work\":\"%s\",\"case\":\"%s\",\"ratio\":\"miragenet/libsodium\","
                     "\"ns\":%.3g}\n",
                     cases[i].work, cases[i].name, ratios[i]);
    }
    return it.has_failed ? 1 : 0;
}
