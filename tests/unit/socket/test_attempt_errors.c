/* SPDX-License-Identifier: MIT */
/*
 * Without memory or randomness nothing is said, and it is tried again. The functions below stand in
 * for the system's sources of random bytes, in this program alone. Linux with glibc only.
 */
#define _GNU_SOURCE

#include "socket/answer.h"
#include "socket/attempt.h"
#include "support/memory.h"
#include "support/security.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool has_randomness = true;
static uint8_t next_byte;

ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    (void)flags;
    if (!has_randomness) {
        errno = ENOSYS;
        return -1;
    }
    memset(bytes, ++next_byte, size);
    return (ssize_t)size;
}

int open(const char *path, int flags, ...)
{
    if (strcmp(path, "/dev/urandom") == 0) {
        errno = ENOENT;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

static const uint8_t cookie[MNI_COOKIE_SIZE] = {1, 2, 3};

static mni_config config_of(void (*secure)(mn_peer_config *, uint32_t), uint32_t which)
{
    mni_config read;
    mn_peer_config config = {.struct_size = sizeof(config)};
    secure(&config, which);
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    return read;
}

static void an_attempt_is_not_begun_without(void **state)
{
    (void)state;
    for (uint32_t client = 0; client < TEST_SECURITIES; client++) {
        test_allocator allocator;
        mni_memory memory;
        mni_buffers buffers;
        mni_attempt attempt;
        test_allocator_init(&allocator);
        mni_memory_init(&memory, &allocator.table, 0);
        mni_buffers_init(&buffers, &memory);
        mni_config config = config_of(test_secure_client, client);
        allocator.fail_at = 1;
        assert_int_equal(mni_attempt_init(&attempt, &config, &buffers, NULL, 0), MN_ERROR_MEMORY);
        mni_attempt_clear(&attempt, &buffers);
        has_randomness = false;
        assert_int_equal(mni_attempt_init(&attempt, &config, &buffers, NULL, 0), MN_ERROR_NETWORK);
        has_randomness = true;
        mni_attempt_clear(&attempt, &buffers);
        mni_buffers_clear(&buffers);
        assert_int_equal(allocator.live, 0);
    }
}

static void a_connect_is_written_when_there_is_randomness_again(void **state)
{
    (void)state;
    test_allocator allocator;
    mni_memory memory;
    mni_buffers buffers;
    mni_attempt attempt;
    uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
    test_allocator_init(&allocator);
    mni_memory_init(&memory, &allocator.table, 0);
    mni_buffers_init(&buffers, &memory);
    mni_config config = config_of(test_secure_client, TEST_CLIENT_NK);
    assert_int_equal(mni_attempt_init(&attempt, &config, &buffers, NULL, 0), MN_OK);
    const mni_handshake retry = {.kind = MNI_RETRY, .token = attempt.token, .cookie = cookie};
    assert_true(mni_attempt_take_retry(&attempt, &retry, 1));
    has_randomness = false;
    assert_int_equal(mni_attempt_write(&attempt, &config, bytes), 0);
    has_randomness = true;
    assert_int_equal(mni_attempt_write(&attempt, &config, bytes), 107);
    has_randomness = false; /* the same again needs none */
    assert_int_equal(mni_attempt_write(&attempt, &config, bytes), 107);
    has_randomness = true;
    mni_attempt_clear(&attempt, &buffers);
    mni_buffers_clear(&buffers);
    assert_int_equal(allocator.live, 0);
}

static void a_connect_is_not_answered_without(void **state)
{
    (void)state;
    static const uint8_t bytes[MNI_NOISE_OVERHEAD + MNI_OFFER_SIZE] = {9};
    for (uint32_t i = 0; i < 2; i++) {
        mni_config config =
            config_of(test_secure_server, i == 0 ? TEST_SERVER_PLAIN : TEST_SERVER_OPEN);
        const mni_handshake connect = {.kind = MNI_CONNECT,
                                       .version = MNI_PROTOCOL_VERSION,
                                       .security = (uint8_t)(MNI_SECURITY_PLAIN + i),
                                       .cookie = cookie,
                                       .share = i == 0 ? bytes : NULL,
                                       .offer = {.max_packet_size = 1200},
                                       .data = bytes,
                                       .size = sizeof(bytes)};
        mni_answer answer;
        has_randomness = false;
        assert_int_equal(mni_answer_open(&answer, &config, &connect), MN_DROP_MEMORY);
        has_randomness = true;
        mni_answer_clear(&answer);
    }
}

static void a_peer_says_nothing_meanwhile(void **state)
{
    (void)state;
    static const mn_address home = {.ip = {[10] = 0xff, 0xff, 10, 0, 0, 1}, .port = 7777};
    mn_network *network;
    mn_peer *server, *client;
    mn_connection connection;
    mn_event event;
    assert_int_equal(mn_network_create(NULL, &network), MN_OK);
    const mn_peer_config config = {.struct_size = sizeof(config),
                                   .sockets = mn_network_sockets(network)};
    assert_int_equal(mn_peer_create(&config, &server), MN_OK);
    assert_int_equal(mn_peer_create(&config, &client), MN_OK);
    assert_int_equal(mn_peer_listen(server, &home), MN_OK);
    assert_int_equal(mn_peer_connect(client, &home, NULL, 0, &connection), MN_OK);
    mn_counters counters = {.struct_size = sizeof(counters)};
    for (uint64_t now_us = 1000; now_us < 1000000; now_us += 10000) {
        has_randomness = now_us < 2000 || now_us > 600000;
        assert_int_equal(mn_peer_update(client, now_us), MN_OK);
        assert_int_equal(mn_peer_update(server, now_us), MN_OK);
        if (!has_randomness) { /* the hello was said, and a retry has come */
            assert_int_equal(mn_peer_counters(client, &counters), MN_OK);
            assert_int_equal(counters.packets_sent, 1);
            assert_int_equal(counters.dropped[MN_DROP_SEND_FAILED], 0);
        }
    }
    assert_int_equal(counters.packets_received, 1);
    assert_int_equal(mn_peer_poll(client, &event, 1), 1);
    assert_int_equal(event.type, MN_EVENT_CONNECTED);
    has_randomness = true;
    mn_peer_destroy(client);
    mn_peer_destroy(server);
    mn_network_destroy(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attempt_is_not_begun_without),
        cmocka_unit_test(a_connect_is_written_when_there_is_randomness_again),
        cmocka_unit_test(a_connect_is_not_answered_without),
        cmocka_unit_test(a_peer_says_nothing_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
