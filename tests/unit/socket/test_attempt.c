/* SPDX-License-Identifier: MIT */
/*
 * One side that connects and one that answers, by their bytes alone: what both arrive at, and what
 * neither believes.
 */
#include "socket/answer.h"
#include "socket/attempt.h"
#include "support/intercept.h"
#include "support/memory.h"
#include "support/security.h"
#include "support/test.h"

#include <string.h>

enum { NOW_US = 5000000, CHECKSUM_SIZE = 4 };

/* A server and keys of a client that fit together, for each way to do the handshake. */
static const struct {
    uint32_t client, server;
} ways[] = {{TEST_CLIENT_PLAIN, TEST_SERVER_PLAIN},
            {TEST_CLIENT_NN, TEST_SERVER_OPEN},
            {TEST_CLIENT_NN_PSK, TEST_SERVER_PSK},
            {TEST_CLIENT_NK, TEST_SERVER_KEY},
            {TEST_CLIENT_NK_PSK, TEST_SERVER_KEY_PSK}};

static const uint8_t cookie[2][MNI_COOKIE_SIZE] = {{1, 2, 3}, {4, 5, 6}};
static const char payload[] = "who I am";

typedef struct both {
    test_allocator allocator;
    mni_memory memory;
    mni_buffers buffers;
    mni_config client, server;
    mni_attempt attempt;
    mni_answer answer;
    uint8_t connect[MNI_HANDSHAKE_SIZE_MAX]; /* as it came */
    uint32_t connect_size;
    mni_handshake asked; /* the same, read */
    uint8_t accept[MNI_ACCEPT_SIZE_MAX];
    uint32_t accept_size;
    mni_agreement at_client, at_server;
} both;

static mni_config config_of(void (*secure)(mn_peer_config *, uint32_t), uint32_t which,
                            uint64_t tag)
{
    mni_config read;
    mn_peer_config config = {.struct_size = sizeof(config), .application = 7, .tag = tag};
    secure(&config, which);
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    return read;
}

static both *start(uint32_t way)
{
    both *it = test_calloc(1, sizeof(*it));
    test_allocator_init(&it->allocator);
    mni_memory_init(&it->memory, &it->allocator.table, 0);
    mni_buffers_init(&it->buffers, &it->memory);
    it->client = config_of(test_secure_client, ways[way].client, 100);
    it->server = config_of(test_secure_server, ways[way].server, 200);
    assert_int_equal(
        mni_attempt_init(&it->attempt, &it->client, &it->buffers, payload, sizeof(payload)), MN_OK);
    return it;
}

static void finish(both *it)
{
    static const mni_attempt nothing;
    static const mni_answer nothing_either;
    mni_attempt_clear(&it->attempt, &it->buffers);
    mni_answer_clear(&it->answer);
    assert_memory_equal(&it->attempt, &nothing, sizeof(nothing));
    assert_memory_equal(&it->answer, &nothing_either, sizeof(nothing_either));
    mni_buffers_clear(&it->buffers);
    assert_int_equal(it->allocator.live, 0);
    test_free(it);
}

static void take_retry(both *it, uint32_t which, uint8_t version)
{
    const mni_handshake retry = {
        .kind = MNI_RETRY, .version = version, .token = it->attempt.token, .cookie = cookie[which]};
    assert_true(mni_attempt_take_retry(&it->attempt, &retry, NOW_US));
}

static void say_connect(both *it)
{
    it->connect_size = mni_attempt_write(&it->attempt, &it->client, it->connect);
    assert_int_equal(mni_handshake_read(it->connect, it->connect_size, &it->asked), -1);
    assert_int_equal(it->asked.kind, MNI_CONNECT);
}

/* The server's first cookie is used. */
static void connect_after_retry(both *it)
{
    take_retry(it, 0, MNI_PROTOCOL_VERSION);
    say_connect(it);
}

static int32_t open(both *it)
{
    assert_int_equal(mni_answer_find_fault(&it->server, &it->asked), MN_REASON_NONE);
    return mni_answer_open(&it->answer, &it->server, &it->asked);
}

static void accept(both *it)
{
    it->accept_size = mni_answer_accept(&it->answer, it->accept, &it->at_server);
    assert_true(it->accept_size > 0);
}

static void answer(both *it)
{
    mni_answer_clear(&it->answer);
    assert_int_equal(open(it), -1);
    accept(it);
}

static int32_t take_accept(both *it)
{
    mni_handshake packet;
    int32_t drop = mni_handshake_read(it->accept, it->accept_size, &packet);
    return drop >= 0 ? drop
                     : mni_attempt_take_accept(&it->attempt, &it->client, &packet, &it->at_client);
}

/* Up to an accept that waits to be taken. */
static both *start_and_answer(uint32_t way)
{
    both *it = start(way);
    connect_after_retry(it);
    answer(it);
    return it;
}

/* ---- what both arrive at */

static void both_sides_have_the_same_keys_and_know_of_each_other(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        bool is_sealed = way > 0, is_nn = way == 1;
        uint32_t size = is_sealed ? MNI_KEY_SIZE : MNI_HASH_KEY_SIZE;
        assert_int_equal(take_accept(it), -1);
        assert_memory_equal(it->at_client.send_key, it->at_server.receive_key, size);
        assert_memory_equal(it->at_client.receive_key, it->at_server.send_key, size);
        assert_memory_not_equal(it->at_client.receive_key, it->at_client.send_key, size);
        assert_int_equal(it->at_client.is_sealed, is_sealed);
        assert_int_equal(it->at_server.is_sealed, is_sealed);
        assert_int_equal(it->at_client.tag, 200);
        assert_int_equal(it->at_server.tag, 100);
        assert_false(it->at_client.awaits_payload);
        assert_int_equal(it->at_server.awaits_payload, is_nn);
        assert_int_equal(it->answer.payload_size, is_nn ? 0 : sizeof(payload));
        assert_memory_equal(it->answer.payload, payload, it->answer.payload_size);
        mni_buffer *later = mni_attempt_take_payload(&it->attempt);
        assert_int_equal(later != NULL, is_nn);
        mni_buffer_drop(&it->buffers, later);
        finish(it);
    }
}

static void an_accept_is_smaller_than_its_connect(void **state)
{
    (void)state;
    const uint32_t sizes[TEST_SECURITIES][2] = {{75 + sizeof(payload), 50},
                                                {91, 82},
                                                {107 + sizeof(payload), 82},
                                                {107 + sizeof(payload), 82},
                                                {107 + sizeof(payload), 82}};
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        assert_int_equal(it->connect_size, sizes[way][0]);
        assert_int_equal(it->accept_size, sizes[way][1]);
        assert_true(it->accept_size < it->connect_size - (way != 1 ? sizeof(payload) : 0));
        finish(it);
    }
}

static bool contains(const uint8_t *bytes, uint32_t size, const void *what, uint32_t what_size)
{
    for (uint32_t i = 0; i + what_size <= size; i++) {
        if (memcmp(bytes + i, what, what_size) == 0) {
            return true;
        }
    }
    return false;
}

static void the_payload_is_shown_in_plain_mode_alone(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        assert_int_equal(contains(it->connect, it->connect_size, payload, sizeof(payload)),
                         way == 0);
        finish(it);
    }
}

/* ---- again and again */

static void a_connect_is_repeated_as_it_was(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        uint8_t again[MNI_HANDSHAKE_SIZE_MAX];
        assert_int_equal(mni_attempt_write(&it->attempt, &it->client, again), it->connect_size);
        assert_memory_equal(again, it->connect, it->connect_size);
        assert_int_equal(take_accept(it), -1);
        assert_int_equal(take_accept(it), -1); /* as if it could not be taken in at first */
        assert_memory_equal(it->at_client.send_key, it->at_server.receive_key, MNI_HASH_KEY_SIZE);
        finish(it);
    }
}

static void each_retry_begins_a_new_handshake(void **state)
{
    (void)state;
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        uint8_t first[MNI_KEY_SIZE];
        memcpy(first, it->asked.data, sizeof(first));
        it->attempt.dialer.has_cookie = false; /* it is too old */
        assert_int_equal(mni_attempt_write(&it->attempt, &it->client, it->connect), MNI_HELLO_SIZE);
        take_retry(it, 1, MNI_PROTOCOL_VERSION);
        assert_int_equal(take_accept(it), MN_DROP_HANDSHAKE); /* nothing was said with it yet */
        assert_int_equal(mni_attempt_reason(&it->attempt), MN_REASON_TIMEOUT);
        say_connect(it);
        assert_memory_not_equal(first, it->asked.data, sizeof(first));
        assert_int_equal(take_accept(it), MN_DROP_KEY); /* that of the first one */
        answer(it);
        assert_int_equal(take_accept(it), -1);
        finish(it);
    }
}

static void an_accept_is_believed_while_a_new_cookie_is_asked_for(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        it->attempt.dialer.has_cookie = false;
        assert_int_equal(take_accept(it), -1);
        finish(it);
    }
}

/* ---- what is not believed */

static void wrong_keys_open_nothing(void **state)
{
    (void)state;
    for (uint32_t way = 2; way < TEST_SECURITIES; way++) { /* NN has no keys */
        for (uint32_t wrong = 0; wrong < 2; wrong++) {
            both *it = start(way);
            mni_keys *keys = &it->server.keys;
            if (wrong == 0 ? !keys->has_shared : !keys->has_private) {
                finish(it);
                continue;
            }
            if (wrong == 0) {
                keys->shared[31] ^= 1;
            } else {
                keys->private_key[5] ^= 1;
                mni_x25519_public(keys->public_key, keys->private_key);
            }
            connect_after_retry(it);
            assert_int_equal(open(it), MN_DROP_KEY);
            finish(it);
        }
    }
}

/* Whatever of it was altered, the connect is not read, not answered, or the answer is not
   believed. */
static void nothing_of_a_connect_can_be_altered(void **state)
{
    (void)state;
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        for (uint32_t at = 0; at < it->connect_size - CHECKSUM_SIZE; at++) {
            uint8_t altered[MNI_HANDSHAKE_SIZE_MAX];
            memcpy(altered, it->connect, it->connect_size);
            altered[at] ^= 0x10;
            intercept_fix_checksum(altered, it->connect_size);
            if (mni_handshake_read(altered, it->connect_size, &it->asked) >= 0 ||
                it->asked.kind != MNI_CONNECT || it->asked.token != it->attempt.token ||
                mni_answer_find_fault(&it->server, &it->asked) != MN_REASON_NONE) {
                continue;
            }
            mni_answer_clear(&it->answer);
            if (open(it) >= 0) {
                continue;
            }
            assert_int_equal(way, 1); /* in NN it is the answer that shows it */
            accept(it);
            assert_int_equal(take_accept(it), MN_DROP_KEY);
        }
        finish(it);
    }
}

static void hello_and_retry_are_part_of_it(void **state)
{
    (void)state;
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        both *it = start(way);
        take_retry(it, 0, MNI_PROTOCOL_VERSION + 1); /* not as the server sent it */
        say_connect(it);
        int32_t drop = open(it);
        assert_int_equal(drop, way == 1 ? -1 : MN_DROP_KEY);
        if (drop < 0) {
            accept(it);
            assert_int_equal(take_accept(it), MN_DROP_KEY);
        }
        finish(it);
    }
}

static void nothing_of_an_accept_can_be_altered(void **state)
{
    (void)state;
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        for (uint32_t bit = 8 * 10; bit < 8 * (it->accept_size - CHECKSUM_SIZE); bit++) {
            it->accept[bit / 8] ^= (uint8_t)(1u << bit % 8);
            intercept_fix_checksum(it->accept, it->accept_size);
            assert_int_equal(take_accept(it), MN_DROP_KEY);
            it->accept[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(mni_attempt_reason(&it->attempt), MN_REASON_KEY);
        intercept_fix_checksum(it->accept, it->accept_size);
        assert_int_equal(take_accept(it), -1);
        finish(it);
    }
}

static void nobody_is_talked_into_plain_mode(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < TEST_SECURITIES; way++) {
        both *it = start_and_answer(way);
        both *other = start_and_answer(way == 0 ? 1 : 0);
        memcpy(it->accept, other->accept, other->accept_size);
        it->accept_size = other->accept_size;
        assert_int_equal(take_accept(it), MN_DROP_HANDSHAKE);
        assert_int_equal(mni_attempt_reason(&it->attempt), MN_REASON_TIMEOUT);
        finish(it);
        finish(other);
    }
}

static void a_key_share_that_is_none_is_not_answered(void **state)
{
    (void)state;
    both *it = start_and_answer(1);
    memset(it->connect + MNI_CONNECT_HEAD_SIZE, 0, MNI_KEY_SIZE);
    intercept_fix_checksum(it->connect, it->connect_size);
    assert_int_equal(mni_handshake_read(it->connect, it->connect_size, &it->asked), -1);
    mni_answer_clear(&it->answer);
    assert_int_equal(open(it), -1);
    static const mni_agreement nothing;
    assert_int_equal(mni_answer_accept(&it->answer, it->accept, &it->at_server), 0);
    assert_memory_equal(it->at_server.send_key, nothing.send_key, MNI_KEY_SIZE);
    finish(it);
}

static void an_offer_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    for (uint32_t way = 1; way < TEST_SECURITIES; way++) {
        both *it = start(way);
        it->client.peer.max_packet_size = 1199;
        connect_after_retry(it);
        assert_int_equal(open(it), MN_DROP_KEY);
        finish(it);
        it = start(way);
        it->server.peer.max_packet_size = 1199;
        connect_after_retry(it);
        answer(it);
        assert_int_equal(take_accept(it), MN_DROP_KEY);
        finish(it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_have_the_same_keys_and_know_of_each_other),
        cmocka_unit_test(an_accept_is_smaller_than_its_connect),
        cmocka_unit_test(the_payload_is_shown_in_plain_mode_alone),
        cmocka_unit_test(a_connect_is_repeated_as_it_was),
        cmocka_unit_test(each_retry_begins_a_new_handshake),
        cmocka_unit_test(an_accept_is_believed_while_a_new_cookie_is_asked_for),
        cmocka_unit_test(wrong_keys_open_nothing),
        cmocka_unit_test(nothing_of_a_connect_can_be_altered),
        cmocka_unit_test(hello_and_retry_are_part_of_it),
        cmocka_unit_test(nothing_of_an_accept_can_be_altered),
        cmocka_unit_test(nobody_is_talked_into_plain_mode),
        cmocka_unit_test(a_key_share_that_is_none_is_not_answered),
        cmocka_unit_test(an_offer_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
