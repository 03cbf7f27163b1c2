/* SPDX-License-Identifier: MIT */
/* What a config means, and what is refused. */
#include "socket/config.h"
#include "support/hex.h"
#include "support/memory.h"
#include "support/test.h"

#include <string.h>

static mn_peer_config plain(void)
{
    return (mn_peer_config){.struct_size = sizeof(mn_peer_config), .security = MN_SECURITY_NONE};
}

static void zero_means_the_documented_default(void **state)
{
    (void)state;
    mn_peer_config config = plain();
    mni_config read;
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    assert_int_equal(read.peer.max_connections, 64);
    assert_int_equal(read.peer.max_packet_size, 1200);
    assert_int_equal(read.peer.send_queue_bytes, 256 * 1024);
    assert_int_equal(read.peer.receive_window_bytes, 256 * 1024);
    assert_int_equal(read.peer.max_in_flight_bytes, 256 * 1024);
    assert_int_equal(read.peer.max_packets_per_second, 131072);
    assert_int_equal(read.peer.max_bytes_per_second, 128 * 1024 * 1024);
    assert_int_equal(read.peer.max_messages_per_second, 1048576);
    assert_int_equal(read.peer.connect_timeout_us, 15000000);
    assert_int_equal(read.peer.timeout_us, 15000000);
    assert_int_equal(read.peer.keep_alive_us, 7500000);
    assert_int_equal(read.peer.close_timeout_us, 2000000);
    assert_int_equal(read.peer.clock_gap_us, 2000000);
    assert_true(read.peer.seed != 0);
    assert_true(read.peer.sockets == &read.sockets);
    assert_true(read.sockets.open_server == mn_udp_sockets()->open_server);
    assert_null(read.peer.allocator);
    assert_null(read.peer.log);
    assert_null(read.peer.random);
    config.security = MN_SECURITY_DEFAULT;
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    assert_int_equal(read.peer.security, MN_SECURITY_ENCRYPTED);
    assert_false(read.keys.has_shared || read.keys.has_private || read.keys.has_remote);
}

static void fill(void *user, void *bytes, uint32_t size)
{
    (void)user;
    memset(bytes, 0x11, size);
}

static void what_is_pointed_to_is_copied(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    mn_log log = {.level = MN_LOG_DEBUG};
    mn_random_source random = {.fill = fill};
    mn_peer_config config = plain();
    config.allocator = &allocator.table;
    config.log = &log;
    config.random = &random;
    mni_config read, moved;
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    mni_config_copy(&read, &moved);
    memset(&read, 0xa5, sizeof(read));
    assert_true(moved.peer.sockets == &moved.sockets);
    assert_true(moved.peer.allocator == &moved.allocator);
    assert_true(moved.allocator.allocate == allocator.table.allocate);
    assert_true(moved.peer.log == &moved.log);
    assert_int_equal(moved.log.level, MN_LOG_DEBUG);
    assert_true(moved.peer.random == &moved.random);
    assert_int_equal(moved.peer.seed, UINT64_C(0x1111111111111111));
}

static void older_and_newer_callers_are_understood(void **state)
{
    (void)state;
    struct {
        mn_peer_config config;
        uint8_t more[64];
    } newer = {.config = plain()};
    mni_config read;
    memset(newer.more, 0xff, sizeof(newer.more));
    newer.config.struct_size = sizeof(newer);
    newer.config.tag = 5;
    assert_int_equal(mni_config_read(&newer.config, &read), MN_OK);
    assert_int_equal(read.peer.tag, 5);
    mn_peer_config older = plain();
    older.struct_size = 16; /* ends before application */
    older.application = 7;
    assert_int_equal(mni_config_read(&older, &read), MN_OK);
    assert_int_equal(read.peer.application, 0);
    assert_int_equal(read.peer.struct_size, sizeof(mn_peer_config));
}

static void long_durations_are_cut(void **state)
{
    (void)state;
    mn_peer_config config = plain();
    mni_config read;
    config.timeout_us = UINT64_MAX;
    config.clock_gap_us = UINT64_MAX;
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    assert_true(read.peer.timeout_us < UINT64_MAX / 1000);
    assert_true(read.peer.clock_gap_us < UINT64_MAX / 1000);
}

static mn_result open_nothing(void *user, const mn_address *address, mn_socket *socket_out)
{
    (void)user;
    (void)address;
    (void)socket_out;
    return MN_ERROR_NETWORK;
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    const mn_allocator no_functions = {0};
    const mn_random_source no_fill = {0};
    const mn_socket_factory no_open = {.struct_size = sizeof(no_open), .max_packet_size = 1200};
    const mn_socket_factory narrow = {.struct_size = sizeof(narrow),
                                      .max_packet_size = 1300,
                                      .open_server = open_nothing,
                                      .open_client = open_nothing};
    mn_peer_config cases[12];
    for (uint32_t i = 0; i < 12; i++) {
        cases[i] = plain();
        cases[i].sockets = &narrow;
    }
    cases[0].struct_size = 0;
    cases[1].struct_size = 7;
    cases[2].struct_size = 4097;
    cases[3].security = 3;
    cases[4].max_connections = 65536;
    cases[5].max_packet_size = 1199;
    cases[6].max_packet_size = 1301;
    cases[7].allocator = &no_functions;
    cases[8].random = &no_fill;
    cases[9].sockets = &no_open;
    cases[10].receive_window_bytes = 4 * 1200 - 1;
    cases[11].struct_size = offsetof(mn_peer_config, reserved) - 2; /* half of a pointer */
    mni_config read, untouched;
    memset(&read, 0xa5, sizeof(read));
    memcpy(&untouched, &read, sizeof(read));
    for (uint32_t i = 0; i < 12; i++) {
        assert_int_equal(mni_config_read(&cases[i], &read), MN_ERROR_ARGUMENT);
    }
    assert_int_equal(mni_config_read(NULL, &read), MN_ERROR_ARGUMENT);
    assert_memory_equal(&read, &untouched, sizeof(read));
    mn_peer_config widest = plain();
    widest.sockets = &narrow;
    widest.max_packet_size = 1300;
    widest.max_connections = 65535;
    widest.receive_window_bytes = 4 * 1300;
    assert_int_equal(mni_config_read(&widest, &read), MN_OK);
}

static const uint8_t shared_key[32] = {1}, private_key[32] = {2}, remote_key[32] = {9};

static mn_peer_config with_keys(void)
{
    return (mn_peer_config){.struct_size = sizeof(mn_peer_config),
                            .shared_key = shared_key,
                            .private_key = private_key,
                            .remote_key = remote_key};
}

static void keys_are_copied_and_wiped(void **state)
{
    (void)state;
    static const mni_keys none;
    mn_peer_config config = with_keys();
    uint8_t public_key[32];
    mni_config read, moved;
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    mni_config_copy(&read, &moved);
    mni_config_clear(&read);
    assert_memory_equal(&read.keys, &none, sizeof(none));
    assert_true(moved.keys.has_shared && moved.keys.has_private && moved.keys.has_remote);
    assert_memory_equal(moved.keys.shared, shared_key, 32);
    assert_memory_equal(moved.keys.private_key, private_key, 32);
    assert_memory_equal(moved.keys.remote, remote_key, 32);
    mni_x25519_public(public_key, private_key);
    assert_memory_equal(moved.keys.public_key, public_key, 32);
    assert_null(moved.peer.shared_key); /* who is shown the config is not shown them */
    assert_null(moved.peer.private_key);
    assert_null(moved.peer.remote_key);
    mni_config_clear(&moved);
}

static void keys_that_are_none_are_refused(void **state)
{
    (void)state;
    static const uint8_t zero[32] = {0};
    mn_peer_config cases[4];
    for (uint32_t i = 0; i < 4; i++) {
        cases[i] = with_keys();
    }
    cases[0].shared_key = zero;
    cases[1].private_key = zero;
    cases[2].remote_key = zero;
    cases[3].security = MN_SECURITY_NONE;
    mni_config read;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(mni_config_read(&cases[i], &read), MN_ERROR_ARGUMENT);
    }
    for (uint32_t i = 0; i < 3; i++) { /* each alone is one too many in plain mode */
        mn_peer_config config = plain();
        config.shared_key = i == 0 ? shared_key : NULL;
        config.private_key = i == 1 ? private_key : NULL;
        config.remote_key = i == 2 ? remote_key : NULL;
        assert_int_equal(mni_config_read(&config, &read), MN_ERROR_ARGUMENT);
        config.security = MN_SECURITY_ENCRYPTED;
        assert_int_equal(mni_config_read(&config, &read), MN_OK);
    }
    mni_config_clear(&read);
}

/* The points of small order on the curve and its twist (0, 1, p - 1, and two of order 8), those of
   them that have a second name (p, p + 1), and all with the bit that is ignored. */
static void a_pin_that_makes_every_secret_known_is_refused(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    for (uint32_t i = 0; i < 2 * sizeof(points) / sizeof(points[0]); i++) {
        uint8_t point[32];
        test_unhex(points[i / 2], point);
        point[31] |= i % 2 == 0 ? 0 : 0x80;
        mn_peer_config config = with_keys();
        config.remote_key = point;
        mni_config read;
        assert_int_equal(mni_config_read(&config, &read), MN_ERROR_ARGUMENT);
    }
}

/* Numbers as a binding in another language may hand them over, and callers that were made before
   there were keys: whatever lies behind their struct is none. */
static void only_the_modes_that_exist_are_taken(void **state)
{
    (void)state;
    mni_config read;
    for (uint32_t i = 0; i < 8; i++) {
        const uint32_t wrong[] = {3, 4, 5, 255, 256, 0x80000000, 0xfffffffe, 0xffffffff};
        mn_peer_config config = plain();
        config.security = wrong[i];
        assert_int_equal(mni_config_read(&config, &read), MN_ERROR_ARGUMENT);
    }
    mn_peer_config older = with_keys();
    older.struct_size = offsetof(mn_peer_config, shared_key);
    older.security = MN_SECURITY_NONE;
    assert_int_equal(mni_config_read(&older, &read), MN_OK);
    assert_false(read.keys.has_shared || read.keys.has_private || read.keys.has_remote);
    older.security = MN_SECURITY_DEFAULT;
    assert_int_equal(mni_config_read(&older, &read), MN_OK);
    assert_int_equal(read.peer.security, MN_SECURITY_ENCRYPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_means_the_documented_default),
        cmocka_unit_test(what_is_pointed_to_is_copied),
        cmocka_unit_test(older_and_newer_callers_are_understood),
        cmocka_unit_test(long_durations_are_cut),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(keys_are_copied_and_wiped),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(a_pin_that_makes_every_secret_known_is_refused),
        cmocka_unit_test(only_the_modes_that_exist_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
