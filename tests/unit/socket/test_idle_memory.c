/* SPDX-License-Identifier: MIT */
/* What connections on which nobody says anything cost a server, besides what it takes to listen. */
#include "support/peers.h"
#include "support/test.h"

#define SECOND_US UINT64_C(1000000)

enum { CLIENTS = 60, LIMIT = 4096 };

static const mn_conditions clean = {.struct_size = sizeof(clean), .latency_us = 20000};

static void an_idle_connection_takes_four_kilobytes_at_most(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) { /* plain, and encrypted */
        test_peers *world = test_peers_create(&clean, seed);
        world->step_us = 10000;
        uint32_t server = test_peers_server(world, NULL);
        test_peers_run(world, SECOND_US);
        uint64_t listening = test_peers_counters(world, server).memory_used;
        for (uint32_t i = 0; i < CLIENTS; i++) {
            mn_connection connection;
            (void)test_peers_client(world, NULL, "hello", &connection);
        }
        test_peers_run(world, 20 * SECOND_US); /* with keep-alives in it */
        mn_counters counters = test_peers_counters(world, server);
        assert_int_equal(counters.connections, CLIENTS);
        uint64_t each = (counters.memory_used - listening) / CLIENTS;
        if (each > LIMIT || each == 0) {
            fail_msg("%u bytes each, seed %u", (unsigned)each, (unsigned)seed);
        }
        test_peers_destroy(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_connection_takes_four_kilobytes_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
