/* SPDX-License-Identifier: MIT */
/* The Noise handshake: the published vectors, and everything that must not pass. */
#include "socket/crypto/noise.h"
#include "support/hex.h"
#include "support/test.h"

#include <string.h>

#include "unit/socket/noise_vectors.h"

enum { BYTES_MAX = 1600, PAYLOAD_SIZE = 2, MESSAGE_MAX = PAYLOAD_SIZE + MNI_NOISE_OVERHEAD };

/* What a side of the vectors' handshakes knows; a test spoils what it wants. */
typedef struct knowledge {
    uint8_t prologue[16];
    uint32_t prologue_size;
    uint8_t shared[MNI_KEY_SIZE];
    uint8_t server_public[MNI_KEY_SIZE];
    uint8_t server_private[MNI_KEY_SIZE];
    uint8_t ephemeral[MNI_KEY_SIZE];
} knowledge;

static knowledge know(bool is_client)
{
    knowledge it = {.prologue_size = 0};
    it.prologue_size = (uint32_t)test_unhex(vector_prologue, it.prologue);
    test_unhex(vector_shared, it.shared);
    test_unhex(vector_server_public, it.server_public);
    test_unhex(vector_server_private, it.server_private);
    test_unhex(is_client ? vector_client_ephemeral : vector_server_ephemeral, it.ephemeral);
    return it;
}

/* Hands over what the pattern needs, and pointers that nobody may follow for the rest. */
static void begin(mni_noise *noise, mni_pattern pattern, bool is_client, const knowledge *it)
{
    bool has_psk = pattern == MNI_PATTERN_NN_PSK || pattern == MNI_PATTERN_NK_PSK;
    bool has_static = pattern == MNI_PATTERN_NK || pattern == MNI_PATTERN_NK_PSK;
    const mni_noise_keys keys = {.shared = has_psk ? it->shared : NULL,
                                 .server_public = has_static ? it->server_public : NULL,
                                 .server_private =
                                     has_static && !is_client ? it->server_private : NULL,
                                 .ephemeral = it->ephemeral};
    mni_noise_init(noise, pattern, is_client, it->prologue, it->prologue_size, &keys);
}

typedef struct message {
    uint32_t size;
    uint8_t bytes[MESSAGE_MAX];
} message;

/* Short: every byte of a message is altered, and most cost a multiplication on the curve. */
static const uint8_t payload[PAYLOAD_SIZE] = {'h', 'i'};

static message write_message(mni_noise *noise)
{
    message it = {.size = 0};
    it.size = mni_noise_write(noise, payload, sizeof(payload), it.bytes);
    return it;
}

/* The message lies in memory of exactly its size, so that a sanitizer sees a read past its end. */
static bool takes(mni_noise *noise, const uint8_t *bytes, uint32_t size)
{
    uint8_t *exact = test_malloc(size > 0 ? size : 1);
    memcpy(exact, bytes, size);
    uint8_t out[BYTES_MAX];
    uint32_t out_size = 0;
    bool is_good = mni_noise_read(noise, exact, size, out, &out_size);
    test_free(exact);
    return is_good;
}

/* A read that fails leaves the handshake, the payload and its size as they were. */
static void assert_refused(mni_noise *noise, const uint8_t *bytes, uint32_t size)
{
    mni_noise before;
    memcpy(&before, noise, sizeof(before));
    uint8_t out[BYTES_MAX], untouched[BYTES_MAX];
    memset(out, 0xa5, sizeof(out));
    memcpy(untouched, out, sizeof(out));
    uint32_t out_size = 4711;
    assert_false(mni_noise_read(noise, bytes, size, out, &out_size));
    assert_memory_equal(noise, &before, sizeof(before));
    assert_memory_equal(out, untouched, sizeof(out));
    assert_int_equal(out_size, 4711);
}

static void assert_writes_nothing(mni_noise *noise)
{
    mni_noise before;
    memcpy(&before, noise, sizeof(before));
    uint8_t out[MESSAGE_MAX];
    assert_int_equal(mni_noise_write(noise, payload, sizeof(payload), out), 0);
    assert_memory_equal(noise, &before, sizeof(before));
}

/* A handshake in the middle: both sides have begun, and the first message is on its way or read. */
typedef struct handshake {
    mni_noise client, server;
    message first, second; /* as they were written */
} handshake;

static void begin_both(handshake *it, mni_pattern pattern)
{
    const knowledge client = know(true), server = know(false);
    begin(&it->client, pattern, true, &client);
    begin(&it->server, pattern, false, &server);
    it->first = write_message(&it->client);
    assert_int_not_equal(it->first.size, 0);
}

static void answer(handshake *it)
{
    assert_true(takes(&it->server, it->first.bytes, it->first.size));
    it->second = write_message(&it->server);
    assert_int_not_equal(it->second.size, 0);
}

/* ---- the vectors */

static void check_message(const noise_vector *vector, uint32_t index, mni_noise *from,
                          mni_noise *to)
{
    uint8_t plain[BYTES_MAX], wanted[BYTES_MAX], out[BYTES_MAX];
    uint32_t plain_size = (uint32_t)test_unhex(vector_payloads[index], plain);
    uint32_t wanted_size = (uint32_t)test_unhex(vector->messages[index], wanted);
    assert_int_equal(mni_noise_write(from, plain, plain_size, out), wanted_size);
    assert_memory_equal(out, wanted, wanted_size);
    uint32_t out_size;
    assert_true(mni_noise_read(to, wanted, wanted_size, out, &out_size));
    assert_int_equal(out_size, plain_size);
    assert_memory_equal(out, plain, plain_size);
}

static void check_transport(const noise_vector *vector, uint32_t index,
                            const uint8_t key[MNI_KEY_SIZE], uint64_t nonce)
{
    uint8_t plain[BYTES_MAX], wanted[BYTES_MAX], out[BYTES_MAX];
    uint32_t plain_size = (uint32_t)test_unhex(vector_payloads[index], plain);
    uint32_t wanted_size = (uint32_t)test_unhex(vector->messages[index], wanted);
    assert_int_equal(wanted_size, plain_size + MNI_TAG_SIZE);
    mni_aead_seal(key, nonce, "", 0, plain, plain_size, out);
    assert_memory_equal(out, wanted, wanted_size);
    assert_true(mni_aead_open(key, nonce, "", 0, wanted, wanted_size, out));
    assert_memory_equal(out, plain, plain_size);
}

static void the_published_handshakes_are_ours(void **state)
{
    (void)state;
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        const noise_vector *vector = &noise_vectors[pattern];
        const knowledge client_knows = know(true), server_knows = know(false);
        mni_noise client, server;
        begin(&client, pattern, true, &client_knows);
        begin(&server, pattern, false, &server_knows);
        check_message(vector, 0, &client, &server);
        check_message(vector, 1, &server, &client);
        uint8_t hash[MNI_HASH_SIZE];
        test_unhex(vector->hash, hash);
        assert_memory_equal(client.hash, hash, sizeof(hash));
        assert_memory_equal(server.hash, hash, sizeof(hash));
        uint8_t keys[2][MNI_KEY_SIZE], same_keys[2][MNI_KEY_SIZE];
        mni_noise_split(&client, keys[0], keys[1]);
        mni_noise_split(&server, same_keys[0], same_keys[1]);
        assert_memory_equal(keys, same_keys, sizeof(keys));
        for (uint32_t i = 2; i < VECTOR_MESSAGES; i++) {
            check_transport(vector, i, keys[i % 2], i / 2 - 1);
        }
    }
}

static void payloads_of_every_size_arrive(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 64, 1500};
    uint8_t bytes[BYTES_MAX], sealed[BYTES_MAX], out[BYTES_MAX];
    memset(bytes, 0x5a, sizeof(bytes));
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            const knowledge client_knows = know(true), server_knows = know(false);
            mni_noise client, server;
            begin(&client, pattern, true, &client_knows);
            begin(&server, pattern, false, &server_knows);
            const uint8_t *plain = sizes[i] > 0 ? bytes : NULL;
            uint32_t out_size = 4711;
            uint32_t size = mni_noise_write(&client, plain, sizes[i], sealed);
            uint32_t tag_size = mni_pattern_seals_first(pattern) ? MNI_TAG_SIZE : 0;
            assert_int_equal(size, MNI_KEY_SIZE + sizes[i] + tag_size);
            assert_true(mni_noise_read(&server, sealed, size, out, &out_size));
            assert_int_equal(out_size, sizes[i]);
            assert_memory_equal(out, bytes, sizes[i]);
            size = mni_noise_write(&server, plain, sizes[i], sealed);
            assert_int_equal(size, sizes[i] + MNI_NOISE_OVERHEAD);
            assert_true(mni_noise_read(&client, sealed, size, out, &out_size));
            assert_int_equal(out_size, sizes[i]);
            assert_memory_equal(out, bytes, sizes[i]);
        }
    }
}

/* ---- what is not what the other side wrote */

static void every_byte_altered_is_refused_and_leaves_the_handshake(void **state)
{
    (void)state;
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        handshake it;
        begin_both(&it, pattern);
        for (uint32_t i = 0; mni_pattern_seals_first(pattern) && i < it.first.size; i++) {
            message altered = it.first;
            altered.bytes[i] ^= (uint8_t)(1u << i % 8);
            assert_refused(&it.server, altered.bytes, altered.size);
        }
        answer(&it);
        for (uint32_t i = 0; i < it.second.size; i++) {
            message altered = it.second;
            altered.bytes[i] ^= (uint8_t)(1u << i % 8);
            assert_refused(&it.client, altered.bytes, altered.size);
        }
        assert_true(takes(&it.client, it.second.bytes, it.second.size));
    }
}

/* X25519 does not look at the highest bit of a public key. The hash of the handshake does. */
static void the_bit_that_x25519_ignores_is_not_ignored(void **state)
{
    (void)state;
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        handshake it;
        begin_both(&it, pattern);
        if (mni_pattern_seals_first(pattern)) {
            message altered = it.first;
            altered.bytes[MNI_KEY_SIZE - 1] ^= 0x80;
            assert_refused(&it.server, altered.bytes, altered.size);
        }
        answer(&it);
        message altered = it.second;
        altered.bytes[MNI_KEY_SIZE - 1] ^= 0x80;
        assert_refused(&it.client, altered.bytes, altered.size);
    }
}

/* Nothing covers the first message of NN when it comes, but the second one covers both. */
static void a_first_message_of_nn_that_was_altered_shows_with_the_second(void **state)
{
    (void)state;
    handshake it;
    begin_both(&it, MNI_PATTERN_NN);
    for (uint32_t i = 0; i < it.first.size; i += 3) {
        message altered = it.first;
        altered.bytes[i] ^= (uint8_t)(1u << i % 8);
        mni_noise server = it.server;
        assert_true(takes(&server, altered.bytes, altered.size));
        message second = write_message(&server);
        assert_refused(&it.client, second.bytes, second.size);
    }
}

static void a_message_of_any_other_size_is_refused(void **state)
{
    (void)state;
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        handshake it;
        begin_both(&it, pattern);
        bool is_sealed = mni_pattern_seals_first(pattern);
        for (uint32_t size = 0; size < it.first.size; size++) {
            if (is_sealed || size < MNI_KEY_SIZE) {
                assert_refused(&it.server, it.first.bytes, size);
            }
        }
        if (is_sealed) {
            uint8_t longer[MESSAGE_MAX + 1] = {0};
            memcpy(longer, it.first.bytes, it.first.size);
            assert_refused(&it.server, longer, it.first.size + 1);
        }
        answer(&it);
        for (uint32_t size = 0; size < it.second.size; size++) {
            assert_refused(&it.client, it.second.bytes, size);
        }
        uint8_t longer[MESSAGE_MAX + 1] = {0};
        memcpy(longer, it.second.bytes, it.second.size);
        assert_refused(&it.client, longer, it.second.size + 1);
        assert_true(takes(&it.client, it.second.bytes, it.second.size));
    }
}

static bool sides_agree(mni_pattern of_client, const knowledge *client_knows, mni_pattern of_server,
                        const knowledge *server_knows)
{
    mni_noise client, server;
    begin(&client, of_client, true, client_knows);
    begin(&server, of_server, false, server_knows);
    message first = write_message(&client);
    assert_int_not_equal(first.size, 0);
    if (!takes(&server, first.bytes, first.size)) {
        assert_refused(&server, first.bytes, first.size);
        return false;
    }
    message second = write_message(&server);
    assert_int_not_equal(second.size, 0);
    if (!takes(&client, second.bytes, second.size)) {
        assert_refused(&client, second.bytes, second.size);
        return false;
    }
    return true;
}

static void sides_that_know_different_things_do_not_agree(void **state)
{
    (void)state;
    const size_t prologue = offsetof(knowledge, prologue), shared = offsetof(knowledge, shared),
                 server_public = offsetof(knowledge, server_public),
                 server_private = offsetof(knowledge, server_private);
    /* Bit i: the sides still agree in pattern i, because it does not use what differs. */
    const struct {
        size_t what;
        bool is_of_client;
        uint32_t agree;
    } cases[] = {
        {prologue, true, 0},
        {prologue, false, 0},
        {shared, true, 1u << MNI_PATTERN_NN | 1u << MNI_PATTERN_NK},
        {shared, false, 1u << MNI_PATTERN_NN | 1u << MNI_PATTERN_NK},
        {server_public, true, 1u << MNI_PATTERN_NN | 1u << MNI_PATTERN_NN_PSK},
        {server_public, false, 1u << MNI_PATTERN_NN | 1u << MNI_PATTERN_NN_PSK},
        {server_private, true, 0xf},
        {server_private, false, 1u << MNI_PATTERN_NN | 1u << MNI_PATTERN_NN_PSK},
    };
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        knowledge client = know(true), server = know(false);
        assert_true(sides_agree(pattern, &client, pattern, &server));
        for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            client = know(true);
            server = know(false);
            /* The fifth byte: the first has bits that X25519 sets itself. */
            ((uint8_t *)(cases[i].is_of_client ? &client : &server))[cases[i].what + 4] ^= 1;
            assert_int_equal(sides_agree(pattern, &client, pattern, &server),
                             (cases[i].agree >> pattern & 1) != 0);
        }
        client = know(true);
        server = know(false);
        server.prologue_size--;
        assert_false(sides_agree(pattern, &client, pattern, &server));
    }
}

static void sides_with_different_patterns_do_not_agree(void **state)
{
    (void)state;
    const knowledge client = know(true), server = know(false);
    for (mni_pattern a = 0; a <= MNI_PATTERN_NK_PSK; a++) {
        for (mni_pattern b = 0; b <= MNI_PATTERN_NK_PSK; b++) {
            assert_int_equal(sides_agree(a, &client, b, &server), a == b);
        }
    }
}

static void a_message_of_another_handshake_is_refused(void **state)
{
    (void)state;
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        handshake it;
        begin_both(&it, pattern);
        answer(&it);
        knowledge other = know(true);
        other.ephemeral[7] ^= 1;
        mni_noise client;
        begin(&client, pattern, true, &other);
        assert_int_not_equal(write_message(&client).size, 0);
        assert_refused(&client, it.second.bytes, it.second.size);
        assert_refused(&client, it.first.bytes, it.first.size); /* nor is one's own sent back */
    }
}

/* ---- public keys that are none (https://cr.yp.to/ecdh.html#validate) */

enum { LOW_POINTS = 7 };
static const char *const low_points[LOW_POINTS] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

typedef struct point {
    uint8_t bytes[MNI_KEY_SIZE];
} point;

/* Each of them as it stands and with the bit that X25519 ignores. */
static point low_point(uint32_t index)
{
    point it;
    test_unhex(low_points[index % LOW_POINTS], it.bytes);
    if (index >= LOW_POINTS) {
        it.bytes[MNI_KEY_SIZE - 1] |= 0x80;
    }
    return it;
}

static void mix(mni_noise *noise, const uint8_t input[MNI_KEY_SIZE])
{
    uint8_t outs[2][MNI_HASH_SIZE];
    mni_hkdf(noise->chaining_key, input, MNI_KEY_SIZE, 2, outs);
    memcpy(noise->chaining_key, outs[0], MNI_HASH_SIZE);
    memcpy(noise->key, outs[1], MNI_KEY_SIZE);
}

/* The next message of a handshake that stands as `before`, as one writes it who knows nothing but
   that the secret will be zero. All is right about it but the key. */
static message forge(const mni_noise *before, const point *low)
{
    static const uint8_t zero[MNI_KEY_SIZE];
    mni_noise noise = *before;
    message it = {.size = sizeof(payload) + MNI_NOISE_OVERHEAD};
    memcpy(it.bytes, low->bytes, sizeof(low->bytes));
    mni_blake blake;
    mni_blake_init(&blake);
    mni_blake_add(&blake, noise.hash, sizeof(noise.hash));
    mni_blake_add(&blake, low->bytes, sizeof(low->bytes));
    mni_blake_end(&blake, noise.hash);
    if (noise.pattern == MNI_PATTERN_NN_PSK || noise.pattern == MNI_PATTERN_NK_PSK) {
        mix(&noise, low->bytes);
    }
    mix(&noise, zero);
    mni_aead_seal(noise.key, 0, noise.hash, sizeof(noise.hash), payload, sizeof(payload),
                  it.bytes + MNI_KEY_SIZE);
    return it;
}

static void an_ephemeral_key_that_is_none_is_refused(void **state)
{
    (void)state;
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        handshake it;
        begin_both(&it, pattern);
        for (uint32_t i = 0; i < 2 * LOW_POINTS; i++) {
            const point low = low_point(i);
            if (pattern == MNI_PATTERN_NK) {
                message first = forge(&it.server, &low);
                assert_refused(&it.server, first.bytes, first.size);
            }
            message second = forge(&it.client, &low);
            assert_refused(&it.client, second.bytes, second.size);
        }
    }
}

/* Of NN and NNpsk0 the first message uses the ephemeral key for no secret yet: who reads it finds
   out when it wants to answer. One with the psk can seal such a message, so its key is put here. */
static void a_server_answers_no_ephemeral_key_that_is_none(void **state)
{
    (void)state;
    handshake nn, nn_psk;
    begin_both(&nn, MNI_PATTERN_NN);
    begin_both(&nn_psk, MNI_PATTERN_NN_PSK);
    assert_true(takes(&nn_psk.server, nn_psk.first.bytes, nn_psk.first.size));
    for (uint32_t i = 0; i < 2 * LOW_POINTS; i++) {
        const point low = low_point(i);
        mni_noise server = nn.server;
        assert_true(takes(&server, low.bytes, sizeof(low.bytes)));
        assert_writes_nothing(&server);
        memcpy(nn_psk.server.remote_ephemeral, low.bytes, sizeof(low.bytes));
        assert_writes_nothing(&nn_psk.server);
    }
}

static void a_client_writes_to_no_server_key_that_is_none(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2 * LOW_POINTS; i++) {
        const point low = low_point(i);
        knowledge it = know(true);
        memcpy(it.server_public, low.bytes, sizeof(low.bytes));
        mni_noise client;
        begin(&client, MNI_PATTERN_NK, true, &it);
        assert_writes_nothing(&client);
        begin(&client, MNI_PATTERN_NK_PSK, true, &it);
        assert_writes_nothing(&client);
    }
}

/* ---- the rest */

/* As does a player who has the key that all players have, and listens to another one. */
static void who_has_the_shared_key_reads_a_first_message_unless_the_server_is_pinned(void **state)
{
    (void)state;
    for (uint32_t is_pinned = 0; is_pinned < 2; is_pinned++) {
        mni_pattern pattern = is_pinned ? MNI_PATTERN_NK_PSK : MNI_PATTERN_NN_PSK;
        handshake it;
        mni_noise listener;
        knowledge known = know(false);
        memset(known.ephemeral, 7, sizeof(known.ephemeral));
        memset(known.server_private, 8, sizeof(known.server_private));
        begin_both(&it, pattern);
        begin(&listener, pattern, false, &known);
        assert_int_equal(takes(&listener, it.first.bytes, it.first.size), !is_pinned);
    }
}

static void nobody_writes_or_reads_out_of_turn(void **state)
{
    (void)state;
    for (mni_pattern pattern = 0; pattern <= MNI_PATTERN_NK_PSK; pattern++) {
        const knowledge client = know(true), server = know(false);
        handshake it;
        begin_both(&it, pattern);
        mni_noise fresh;
        begin(&fresh, pattern, true, &client);
        assert_refused(&fresh, it.first.bytes, it.first.size);
        begin(&fresh, pattern, false, &server);
        assert_writes_nothing(&fresh);
        assert_refused(&it.client, it.first.bytes, it.first.size);
        assert_writes_nothing(&it.client);
        answer(&it);
        assert_refused(&it.server, it.first.bytes, it.first.size);
        assert_refused(&it.server, it.second.bytes, it.second.size);
        assert_writes_nothing(&it.server);
        assert_true(takes(&it.client, it.second.bytes, it.second.size));
        assert_refused(&it.client, it.second.bytes, it.second.size);
        assert_writes_nothing(&it.client);
    }
}

static void a_handshake_that_was_cleared_has_no_secret_left(void **state)
{
    (void)state;
    static const mni_noise nothing;
    handshake it;
    begin_both(&it, MNI_PATTERN_NK_PSK);
    mni_noise_clear(&it.server);
    assert_memory_equal(&it.server, &nothing, sizeof(nothing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_handshakes_are_ours),
        cmocka_unit_test(payloads_of_every_size_arrive),
        cmocka_unit_test(every_byte_altered_is_refused_and_leaves_the_handshake),
        cmocka_unit_test(the_bit_that_x25519_ignores_is_not_ignored),
        cmocka_unit_test(a_first_message_of_nn_that_was_altered_shows_with_the_second),
        cmocka_unit_test(a_message_of_any_other_size_is_refused),
        cmocka_unit_test(sides_that_know_different_things_do_not_agree),
        cmocka_unit_test(sides_with_different_patterns_do_not_agree),
        cmocka_unit_test(a_message_of_another_handshake_is_refused),
        cmocka_unit_test(an_ephemeral_key_that_is_none_is_refused),
        cmocka_unit_test(a_server_answers_no_ephemeral_key_that_is_none),
        cmocka_unit_test(a_client_writes_to_no_server_key_that_is_none),
        cmocka_unit_test(who_has_the_shared_key_reads_a_first_message_unless_the_server_is_pinned),
        cmocka_unit_test(nobody_writes_or_reads_out_of_turn),
        cmocka_unit_test(a_handshake_that_was_cleared_has_no_secret_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
