/* SPDX-License-Identifier: MIT */
/* Configs: what is refused, what is default, and that nothing is forgotten on the way to the
   peer. */
#include "message/config.h"
#include "message/schema.h"
#include "support/test.h"

#include <string.h>

/* Every field another value, so that one that is mixed up with another is noticed. */
static const mn_server_config server = {.struct_size = sizeof server,
                                        .flags = MN_SERVER_AUTHENTICATE,
                                        .max_players = 1,
                                        .security = 2,
                                        .max_packet_size = 3,
                                        .send_queue_bytes = 4,
                                        .receive_window_bytes = 5,
                                        .max_in_flight_bytes = 6,
                                        .max_packets_per_second = 16,
                                        .max_bytes_per_second = 17,
                                        .max_messages_per_second = 18,
                                        .max_message_size = 19,
                                        .application = 7,
                                        .seed = 8,
                                        .memory_limit = 9,
                                        .timeout_us = 10,
                                        .close_timeout_us = 11,
                                        .clock_gap_us = 12,
                                        .authenticate_timeout_us = 13};

static const mn_client_config client = {.struct_size = sizeof client,
                                        .security = 2,
                                        .max_packet_size = 3,
                                        .send_queue_bytes = 4,
                                        .receive_window_bytes = 5,
                                        .max_in_flight_bytes = 6,
                                        .max_packets_per_second = 16,
                                        .max_bytes_per_second = 17,
                                        .max_messages_per_second = 18,
                                        .max_message_size = 19,
                                        .application = 7,
                                        .seed = 8,
                                        .memory_limit = 9,
                                        .connect_timeout_us = 14,
                                        .timeout_us = 10,
                                        .keep_alive_us = 15,
                                        .close_timeout_us = 11,
                                        .clock_gap_us = 12};

static const mn_allocator allocator;
static const mn_log log_sink;
static const mn_random_source random_source;
static const uint8_t shared_key[32] = {1}, private_key[32] = {2}, server_key[32] = {3};

static void assert_common(const mn_peer_config *peer)
{
    assert_int_equal(peer->struct_size, sizeof *peer);
    assert_int_equal(peer->security, 2);
    assert_int_equal(peer->max_packet_size, 3);
    assert_int_equal(peer->send_queue_bytes, 4);
    assert_int_equal(peer->receive_window_bytes, 5);
    assert_int_equal(peer->max_in_flight_bytes, 6);
    assert_int_equal(peer->max_packets_per_second, 16);
    assert_int_equal(peer->max_bytes_per_second, 17);
    assert_int_equal(peer->max_messages_per_second, 18);
    assert_int_equal(peer->max_message_size, 19);
    assert_int_equal(peer->application, 7);
    assert_int_equal(peer->tag, mni_schema_hash(NULL));
    assert_int_equal(peer->seed, 8);
    assert_int_equal(peer->memory_limit, 9);
    assert_int_equal(peer->timeout_us, 10);
    assert_int_equal(peer->close_timeout_us, 11);
    assert_int_equal(peer->clock_gap_us, 12);
    assert_ptr_equal(peer->allocator, &allocator);
    assert_ptr_equal(peer->log, &log_sink);
    assert_ptr_equal(peer->random, &random_source);
    assert_ptr_equal(peer->shared_key, shared_key);
    assert_ptr_equal(peer->sockets, mn_udp_sockets());
}

static void everything_reaches_the_peer_of_a_server(void **state)
{
    (void)state;
    mn_server_config config = server;
    config.allocator = &allocator;
    config.log = &log_sink;
    config.random = &random_source;
    config.shared_key = shared_key;
    config.private_key = private_key;
    config.sockets = mn_udp_sockets();
    mn_server_config read;
    assert_int_equal(mni_server_config_read(&config, &read), MN_OK);
    assert_memory_equal(&read, &config, sizeof read);
    mn_peer_config peer = mni_server_config_peer(&read);
    assert_common(&peer);
    assert_int_equal(peer.max_connections, 1);
    assert_ptr_equal(peer.private_key, private_key);
    assert_null(peer.remote_key);
}

static void everything_reaches_the_peer_of_a_client(void **state)
{
    (void)state;
    mn_client_config config = client;
    config.allocator = &allocator;
    config.log = &log_sink;
    config.random = &random_source;
    config.shared_key = shared_key;
    config.server_key = server_key;
    config.sockets = mn_udp_sockets();
    mn_client_config read;
    assert_int_equal(mni_client_config_read(&config, &read), MN_OK);
    assert_memory_equal(&read, &config, sizeof read);
    mn_peer_config peer = mni_client_config_peer(&read);
    assert_common(&peer);
    assert_int_equal(peer.max_connections, 1);
    assert_int_equal(peer.connect_timeout_us, 14);
    assert_int_equal(peer.keep_alive_us, 15);
    assert_null(peer.private_key);
    assert_ptr_equal(peer.remote_key, server_key);
}

static void zero_is_the_default(void **state)
{
    (void)state;
    mn_server_config config = {.struct_size = sizeof config};
    mn_server_config read;
    assert_int_equal(mni_server_config_read(&config, &read), MN_OK);
    assert_int_equal(read.max_players, 64);
    assert_int_equal(read.authenticate_timeout_us, 10000000);
}

static void an_older_caller_is_read_as_far_as_it_knows(void **state)
{
    (void)state;
    mn_server_config config = server;
    config.struct_size = offsetof(mn_server_config, application);
    mn_server_config read;
    assert_int_equal(mni_server_config_read(&config, &read), MN_OK);
    assert_int_equal(read.max_in_flight_bytes, 6);
    assert_int_equal(read.application, 0);
    assert_int_equal(read.struct_size, sizeof read);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 7, 4097, UINT32_MAX, sizeof(server) - 2};
    mn_server_config read;
    mn_client_config client_read;
    for (uint32_t i = 0; i < 5; i++) {
        mn_server_config config = server;
        config.struct_size = sizes[i];
        assert_int_equal(mni_server_config_read(&config, &read), MN_ERROR_ARGUMENT);
        mn_client_config client_config = client;
        client_config.struct_size = sizes[i];
        assert_int_equal(mni_client_config_read(&client_config, &client_read), MN_ERROR_ARGUMENT);
    }
    mn_server_config config = server;
    config.flags = 1u << 31;
    assert_int_equal(mni_server_config_read(&config, &read), MN_ERROR_ARGUMENT);
    config = server;
    config.max_players = 65536;
    assert_int_equal(mni_server_config_read(&config, &read), MN_ERROR_ARGUMENT);
    config = server;
    config.authenticate_timeout_us = UINT64_MAX;
    assert_int_equal(mni_server_config_read(&config, &read), MN_OK);
    assert_true(read.authenticate_timeout_us < UINT64_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_reaches_the_peer_of_a_server),
        cmocka_unit_test(everything_reaches_the_peer_of_a_client),
        cmocka_unit_test(zero_is_the_default),
        cmocka_unit_test(an_older_caller_is_read_as_far_as_it_knows),
        cmocka_unit_test(what_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
