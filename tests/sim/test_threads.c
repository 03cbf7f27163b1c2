/* SPDX-License-Identifier: MIT */
/*
 * Four threads, each with a server and clients of its own: nothing is shared, so each does what it
 * does alone, and the thread sanitizer has nothing to say.
 */
#include "support/patterns.h"
#include "support/test.h"

#include <pthread.h>

#include "sim/world.h"

enum { THREADS = 4, STEPS = 1500, STEPS_MAX = 20000 };

typedef struct job {
    uint64_t seed, trace;
    uint32_t violations;
    bool connected;
} job;

static void *play(void *user)
{
    job *j = user;
    sim_world world;
    const sim_options options = {.seed = j->seed,
                                 .clients = 3,
                                 .objects = 20,
                                 .loss = 0.05,
                                 .latency_ms = 20,
                                 .host = j->seed & 1,
                                 .pattern = (uint32_t)(j->seed % TEST_PATTERNS)};
    if (sim_world_create(&world, &options)) {
        for (uint32_t i = 0; i < STEPS_MAX && !sim_world_is_connected(&world); i++) {
            sim_world_step(&world);
        }
        j->connected = sim_world_is_connected(&world);
        world.is_moving = j->connected;
        for (uint32_t i = 0; i < STEPS; i++) {
            sim_world_step(&world);
        }
    }
    sim_world_destroy(&world);
    sim_traffic_clear(&world.traffic);
    j->trace = mni_hash_end(&world.trace);
    j->violations = world.violation_count;
    return NULL;
}

static void four_threads_with_a_server_each_do_what_one_does_alone(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    job jobs[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
        jobs[i] = (job){.seed = i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, play, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(jobs[i].connected);
        assert_int_equal(jobs[i].violations, 0);
    }
    job alone = {.seed = 1};
    (void)play(&alone);
    assert_true(alone.trace == jobs[0].trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_threads_with_a_server_each_do_what_one_does_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
