/* SPDX-License-Identifier: MIT */
/*
 * mn_bench: what the socket layer costs, beside ENet and beside datagrams without any protocol.
 *
 *   mn_bench WORKLOAD… [--library NAME] [--security MODE] [--quick]       all: every workload
 *
 * Prints one JSON object a line: first the results, medians of runs in which the libraries take
 * turns, then the ratios between the libraries: the median over the rounds of what the two had in
 * the same round, so that a machine that slows down for a minute slows both.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"

enum { REPEATS_MAX = 8, RATIOS_MAX = 128, DESCRIPTORS = 16384 };

static const bench_library *const libraries[] = {
    &bench_miragenet,
#ifdef MN_HAVE_ENET
    &bench_enet,
#endif
    &bench_raw,
};
enum { LIBRARIES = sizeof libraries / sizeof libraries[0] };

static const char *const securities[BENCH_SECURITIES] = {"none", "open", "shared", "pinned"};

static const bench_work *const works[] = {&bench_connect, &bench_fanout, &bench_bulk,
                                          &bench_latency, &bench_ping,   &bench_flood,
                                          &bench_idle};
enum { WORKS = sizeof works / sizeof works[0] };

static const char *const metric_names[] = {
#define X(symbol, name, is_compared) name,
    BENCH_METRICS(X)
#undef X
};
static const bool metric_is_compared[] = {
#define X(symbol, name, is_compared) is_compared,
    BENCH_METRICS(X)
#undef X
};

typedef struct ratio {
    const bench_work *work;
    const bench_case *spec;
    const char *above, *below;
    bench_security security; /* of above: ours comes first */
    double values[BENCH_METRIC_COUNT];
} ratio;

typedef struct program {
    bool is_wanted[WORKS];
    const char *library; /* NULL: all */
    bench_security security;
    bool is_quick;
    bool has_failed;
    uint32_t ratio_count;
    ratio ratios[RATIOS_MAX];
    bench_result results[LIBRARIES][REPEATS_MAX]; /* of one case */
} program;

static void print_values(const double *values)
{
    for (uint32_t i = 0; i < BENCH_METRIC_COUNT; i++) {
        if (isfinite(values[i])) {
            (void)printf(",\"%s\":%.4g", metric_names[i], values[i]);
        }
    }
    (void)printf("}\n");
    (void)fflush(stdout);
}

static void print_head(const bench_work *work, const bench_case *spec)
{
    (void)printf("{\"work\":\"%s\",\"case\":\"%s\"", work->name, spec->name);
}

/* A library as it is asked for. */
static bench_library library_of(const program *self, uint32_t index)
{
    bench_library library = *libraries[index];
    library.security = libraries[index] == &bench_miragenet ? self->security : BENCH_NONE;
    return library;
}

static bool is_measured(const bench_result *result)
{
    return result->skipped[0] == 0;
}

static void tell_result(program *self, const bench_work *work, const bench_case *spec,
                        uint32_t index, uint32_t repeats)
{
    double medians[BENCH_METRIC_COUNT];
    const bench_library library = library_of(self, index);
    print_head(work, spec);
    (void)printf(",\"library\":\"%s\"", library.name);
    if (library.security != BENCH_NONE) {
        (void)printf(",\"security\":\"%s\"", securities[library.security]);
    }
    for (uint32_t i = 0; i < repeats; i++) {
        const bench_result *result = &self->results[index][i];
        if (!is_measured(result)) {
            (void)printf(",\"%s\":\"%s\"}\n", result->has_failed ? "failed" : "skipped",
                         result->skipped);
            self->has_failed = self->has_failed || result->has_failed;
            return;
        }
    }
    for (uint32_t metric = 0; metric < BENCH_METRIC_COUNT; metric++) {
        double values[REPEATS_MAX];
        for (uint32_t i = 0; i < repeats; i++) {
            values[i] = self->results[index][i].values[metric];
        }
        medians[metric] = bench_median(values, repeats);
    }
    (void)printf(",\"runs\":%u", repeats);
    print_values(medians);
}

static void compare(program *self, ratio *found, uint32_t above, uint32_t below, uint32_t repeats)
{
    if (!is_measured(&self->results[above][0]) || !is_measured(&self->results[below][0]) ||
        self->ratio_count == RATIOS_MAX) {
        return;
    }
    found->above = libraries[above]->name;
    found->security = library_of(self, above).security;
    found->below = libraries[below]->name;
    for (uint32_t metric = 0; metric < BENCH_METRIC_COUNT; metric++) {
        double values[REPEATS_MAX];
        for (uint32_t i = 0; i < repeats; i++) {
            values[i] =
                self->results[above][i].values[metric] / self->results[below][i].values[metric];
        }
        found->values[metric] =
            metric_is_compared[metric] ? bench_median(values, repeats) : (double)NAN;
    }
    self->ratios[self->ratio_count++] = *found;
}

static bool is_library_wanted(const program *self, uint32_t index)
{
    return !self->library || strcmp(self->library, libraries[index]->name) == 0;
}

static void run_case(program *self, const bench_work *work, const bench_case *spec)
{
    uint32_t repeats = self->is_quick ? 1 : work->repeats;
    for (uint32_t i = 0; i < repeats; i++) {
        for (uint32_t k = 0; k < LIBRARIES; k++) {
            const bench_library library = library_of(self, k);
            bench_result *result = &self->results[k][i];
            if (!is_library_wanted(self, k)) {
                *result = (bench_result){.skipped = "not asked for"};
            } else if (i > 0 && !is_measured(&self->results[k][0])) {
                *result = self->results[k][0];
            } else {
                bench_run_once(work, spec, &library, self->is_quick, result);
            }
        }
    }
    for (uint32_t k = 0; k < LIBRARIES; k++) {
        if (is_library_wanted(self, k)) {
            tell_result(self, work, spec, k, repeats);
        }
    }
    for (uint32_t above = 0; above < LIBRARIES; above++) {
        for (uint32_t below = above + 1; below < LIBRARIES; below++) {
            compare(self, &(ratio){.work = work, .spec = spec}, above, below, repeats);
        }
    }
}

static void print_ratios(const program *self)
{
    for (uint32_t i = 0; i < self->ratio_count; i++) {
        const ratio *found = &self->ratios[i];
        print_head(found->work, found->spec);
        (void)printf(",\"ratio\":\"%s/%s\"", found->above, found->below);
        if (found->security != BENCH_NONE) {
            (void)printf(",\"security\":\"%s\"", securities[found->security]);
        }
        print_values(found->values);
    }
}

/* Every client has a socket. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool parse_one(program *self, const char *argument)
{
    bool is_known = false;
    for (uint32_t k = 0; k < WORKS; k++) {
        if (strcmp(argument, "all") == 0 || strcmp(argument, works[k]->name) == 0) {
            self->is_wanted[k] = is_known = true;
        }
    }
    if (strcmp(argument, "--quick") == 0) {
        self->is_quick = is_known = true;
    }
    return is_known;
}

static bool parse_security(program *self, const char *text)
{
    uint32_t found = 0;
    while (found < BENCH_SECURITIES && strcmp(text, securities[found]) != 0) {
        found++;
    }
    self->security = (bench_security)found;
    return found < BENCH_SECURITIES;
}

static bool parse(program *self, int count, char **arguments)
{
    bool is_good = count > 1;
    for (int i = 1; i < count && is_good; i++) {
        if (strcmp(arguments[i], "--library") == 0 && i + 1 < count) {
            self->library = arguments[++i];
            is_good = false;
            for (uint32_t k = 0; k < LIBRARIES; k++) {
                is_good = is_good || is_library_wanted(self, k);
            }
        } else if (strcmp(arguments[i], "--security") == 0 && i + 1 < count) {
            is_good = parse_security(self, arguments[++i]);
        } else {
            is_good = parse_one(self, arguments[i]);
        }
    }
    return is_good;
}

static void print_usage(void)
{
    (void)fprintf(stderr, "usage: mn_bench WORKLOAD… [--library NAME] [--security MODE] [--quick]\n"
                          "workloads: all");
    for (uint32_t k = 0; k < WORKS; k++) {
        (void)fprintf(stderr, " %s", works[k]->name);
    }
    (void)fprintf(stderr, "\nlibraries:");
    for (uint32_t k = 0; k < LIBRARIES; k++) {
        (void)fprintf(stderr, " %s", libraries[k]->name);
    }
    (void)fprintf(stderr, "\nmodes of security, of ours:");
    for (uint32_t k = 0; k < BENCH_SECURITIES; k++) {
        (void)fprintf(stderr, " %s", securities[k]);
    }
    (void)fprintf(stderr, "\n");
}

int main(int count, char **arguments)
{
    program *self = calloc(1, sizeof *self);
    if (!self || !parse(self, count, arguments)) {
        print_usage();
        free(self);
        return 2;
    }
    raise_descriptor_limit();
    for (uint32_t k = 0; k < WORKS; k++) {
        for (uint32_t i = 0; i < works[k]->case_count && self->is_wanted[k]; i++) {
            run_case(self, works[k], &works[k]->cases[i]);
        }
    }
    print_ratios(self);
    int status = self->has_failed ? 1 : 0;
    free(self);
    return status;
}
