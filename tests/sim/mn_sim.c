/* SPDX-License-Identifier: MIT */
/*
 * mn_sim: a whole server, its clients and their objects over a bad network, in virtual time, from a
 * seed. The last line of its output is one JSON object; exit 0 only when nothing was violated. Same
 * arguments, same trace.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, for wall_s alone */

#include "support/patterns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/world.h"

enum { CONNECT_MS = 60000, CONVERGE_MS = 1000, SETTLE_MS = 30000 };
enum { WARM_UPS = 2, PARTITION_MS = 1500 };

typedef struct outcome {
    bool converged;
    uint32_t converge_ms;
    uint64_t allocations_steady;
} outcome;

typedef struct argument {
    const char *name;
    double *fraction;
    uint32_t *number;
    uint64_t *seed;
    uint32_t *pattern;
} argument;

static bool parse_one(const argument *wanted, const char *text)
{
    char *end = NULL;
    if (wanted->pattern) {
        uint32_t *pattern = wanted->pattern;
        for (*pattern = 0; *pattern < TEST_PATTERNS; (*pattern)++) {
            if (strcmp(text, test_patterns[*pattern].word) == 0) {
                return true;
            }
        }
        return false;
    }
    if (wanted->seed) {
        *wanted->seed = strtoull(text, &end, 0);
    } else if (wanted->number) {
        *wanted->number = (uint32_t)strtoul(text, &end, 10);
    } else {
        *wanted->fraction = strtod(text, &end);
    }
    return end != text && *end == 0 && text[0] != '-';
}

static bool parse(sim_options *options, int count, char **arguments)
{
    const argument known[] = {
        {.name = "--seed", .seed = &options->seed},
        {.name = "--clients", .number = &options->clients},
        {.name = "--objects", .number = &options->objects},
        {.name = "--seconds", .fraction = &options->seconds},
        {.name = "--loss", .fraction = &options->loss},
        {.name = "--dup", .fraction = &options->duplicate},
        {.name = "--reorder", .fraction = &options->reorder},
        {.name = "--corrupt", .fraction = &options->corrupt},
        {.name = "--latency", .fraction = &options->latency_ms},
        {.name = "--jitter", .fraction = &options->jitter_ms},
        {.name = "--rate", .fraction = &options->rate_kbit},
        {.name = "--host", .number = &options->host},
        {.name = "--security", .pattern = &options->pattern},
    };
    for (int i = 1; i < count; i += 2) {
        const argument *wanted = NULL;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            wanted = strcmp(arguments[i], known[k].name) == 0 ? &known[k] : wanted;
        }
        if (!wanted || i + 1 == count || !parse_one(wanted, arguments[i + 1])) {
            (void)fprintf(stderr, "mn_sim: what is '%s'?\n", arguments[i]);
            return false;
        }
    }
    return options->clients > 0 && options->clients <= 1000 && options->objects <= 100000;
}

static bool connect_all(sim_world *world)
{
    for (uint32_t ms = 0; ms < CONNECT_MS; ms++) {
        sim_world_step(world);
        if (sim_world_is_connected(world)) {
            return true;
        }
    }
    sim_world_violate(world, "not all clients connected");
    return false;
}

static void settle(sim_world *world)
{
    for (uint32_t ms = 0; ms < SETTLE_MS; ms++) {
        if (ms % 100 == 0 && sim_traffic_settled(&world->traffic)) {
            break;
        }
        sim_world_step(world);
    }
    if (!sim_traffic_settled(&world->traffic)) {
        sim_world_violate(world, "a reliable message was lost, or a notify message forgotten");
    }
    if (!sim_traffic_is_honest(&world->traffic)) {
        sim_world_violate(world, "a message was said to be delivered and was not");
    }
}

static void steps(sim_world *world, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        sim_world_step(world);
    }
}

/* Pools and tables keep what they once had to hold, so a steady state is one whose worst moment was
   before: here, a second and a half without the line, twice. */
static void warm_up(sim_world *world)
{
    world->is_moving = true;
    for (int i = 0; i < WARM_UPS; i++) {
        sim_world_partition(world, true);
        steps(world, PARTITION_MS);
        sim_world_partition(world, false);
        steps(world, PARTITION_MS);
    }
    world->is_moving = false;
    settle(world);
    steps(world, CONVERGE_MS);
    if (!sim_world_measure_anew(world)) {
        sim_world_violate(world, "out of memory");
    }
}

static void measure(sim_world *world, outcome *result)
{
    uint64_t before = world->meter.allocations;
    world->is_moving = true;
    steps(world, (uint64_t)(world->options.seconds * 1000));
    world->is_moving = false;
    result->allocations_steady = world->meter.allocations - before;
    if (result->allocations_steady) {
        sim_world_violate(world, "memory was allocated in a steady state");
    }
}

/* The clock of convergence starts with the flush that sends the last change. */
static void converge(sim_world *world, outcome *result)
{
    uint64_t flushes = world->flushes;
    while (world->flushes == flushes) {
        sim_world_step(world);
    }
    for (result->converge_ms = 0; result->converge_ms <= CONVERGE_MS; result->converge_ms++) {
        if (sim_world_has_converged(world)) {
            result->converged = true;
            return;
        }
        sim_world_step(world);
    }
    sim_world_violate(world, "the worlds were not equal within a second of quiet");
}

static void compare(sim_world *world)
{
    for (uint32_t i = 0; i < world->options.clients; i++) {
        if (world->clients[i].fired != world->clients[i].heard) {
            sim_world_violate(world, "a call to the server was lost");
        }
        world->clients[i].has_converged = false;
    }
    if (!sim_world_has_converged(world)) {
        sim_world_violate(world, "the worlds are not equal in the end");
    }
}

static void print_mode(const sim_world *world, const char *name, sim_mode mode)
{
    const sim_totals *t = &world->traffic.totals[mode];
    printf("%s\"%s\":{\"sent\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"duplicated\":%" PRIu64
           ",\"out_of_order\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"mean_ms\":%.3f}",
           mode ? "," : "", name, t->sent, t->delivered, t->duplicated, t->out_of_order, t->lost,
           sim_traffic_percentile_ms(&world->traffic, mode, 50),
           sim_traffic_percentile_ms(&world->traffic, mode, 95),
           sim_traffic_percentile_ms(&world->traffic, mode, 99),
           sim_traffic_percentile_ms(&world->traffic, mode, 100),
           t->count ? (double)t->sum_us / (double)t->count / 1000 : 0.0);
}

static void print(const sim_world *world, const outcome *result, double wall_s)
{
    static const char *const names[SIM_MODES] = {"unreliable", "reliable", "notify"};
    printf("{\"seed\":%" PRIu64 ",\"ok\":%s,\"violations\":[", world->options.seed,
           world->violation_count ? "false" : "true");
    for (uint32_t i = 0; i < world->violation_count; i++) {
        printf("%s\"%s\"", i ? "," : "", world->violations[i]);
    }
    printf("],\"trace\":\"%016" PRIx64 "\",\"modes\":{", mni_hash_end(&world->trace));
    for (sim_mode mode = 0; mode < SIM_MODES; mode++) {
        print_mode(world, names[mode], mode);
    }
    printf("},\"objects\":{\"converged\":%s,\"converge_ms\":%" PRIu32 "},\"bytes_up\":%" PRIu64
           ",\"bytes_down\":%" PRIu64 ",\"packets\":%" PRIu64 ",\"allocations_steady\":%" PRIu64
           ",\"memory_peak\":%" PRIu64 ",\"wall_s\":%.3f}\n",
           result->converged ? "true" : "false", result->converge_ms, world->client_tap.bytes,
           world->server_tap.bytes, world->client_tap.packets + world->server_tap.packets,
           result->allocations_steady, world->meter.peak, wall_s);
}

static double wall_clock_s(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
    sim_options options = {.seed = 1,
                           .clients = 4,
                           .objects = 50,
                           .seconds = 10,
                           .latency_ms = 20,
                           .pattern = TEST_NN};
    if (!parse(&options, count, arguments)) {
        (void)fprintf(
            stderr,
            "mn_sim [--seed N] [--clients N] [--objects N] [--seconds S] [--loss P]\n"
            "       [--dup P] [--reorder P] [--corrupt P] [--latency MS] [--jitter MS]\n"
            "       [--rate KBIT] [--host 0|1] [--security none|open|shared|pinned|both]\n");
        return 2;
    }
    static sim_world world;
    outcome result = {0};
    double start_s = wall_clock_s();
    if (!sim_world_create(&world, &options)) {
        sim_world_violate(&world, "the world could not be created");
    } else if (connect_all(&world)) {
        warm_up(&world);
        measure(&world, &result);
        converge(&world, &result);
        settle(&world);
        compare(&world);
    }
    sim_traffic_finish(&world.traffic);
    sim_world_destroy(&world);
    print(&world, &result, wall_clock_s() - start_s);
    sim_traffic_clear(&world.traffic);
    return world.violation_count ? 1 : 0;
}
