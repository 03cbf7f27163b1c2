/* SPDX-License-Identifier: MIT */
/*
 * Clock, processor time, memory and the arithmetic of measurements. Processor time is that of the
 * whole process, user and system: on loopback the sender's system calls do the receiver's work in
 * the kernel too, and nothing of it is left out or counted twice.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

uint64_t bench_now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static double seconds_us(struct timeval time)
{
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

double bench_cpu_us(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return seconds_us(usage.ru_utime) + seconds_us(usage.ru_stime);
}

double bench_memory_bytes(void)
{
    char line[128] = "";
    char *at = line;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) {
        return 0;
    }
    bool is_read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    (void)strtoull(at, &at, 10); /* the first number is address space, the second what is there */
    unsigned long long pages = strtoull(at, NULL, 10);
    return is_read ? (double)pages * (double)sysconf(_SC_PAGESIZE) : 0;
}

void bench_sleep_us(uint64_t us)
{
    struct timespec rest = {.tv_sec = (time_t)(us / 1000000),
                            .tv_nsec = (long)(us % 1000000 * 1000)};
    while (us > 0 && nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
}

void bench_sleep_until_us(uint64_t then_us)
{
    uint64_t now_us = bench_now_us();
    bench_sleep_us(then_us > now_us ? then_us - now_us : 0);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

double bench_median(double *values, uint32_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof values[0], compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

void bench_samples_add(bench_samples *samples, double value)
{
    if (samples->count == samples->capacity) {
        uint32_t capacity = samples->capacity > 0 ? samples->capacity * 2 : 4096;
        double *values = realloc(samples->values, capacity * sizeof values[0]);
        if (!values) {
            abort();
        }
        samples->values = values;
        samples->capacity = capacity;
    }
    samples->values[samples->count++] = value;
}

static double percentile(const bench_samples *sorted, double share)
{
    return sorted->values[(uint32_t)(share * (double)(sorted->count - 1) + 0.5)];
}

void bench_set_distribution(bench_run *run, bench_samples *samples)
{
    double sum = 0;
    if (samples->count == 0) {
        return;
    }
    qsort(samples->values, samples->count, sizeof samples->values[0], compare);
    for (uint32_t i = 0; i < samples->count; i++) {
        sum += samples->values[i];
    }
    bench_set(run, BENCH_MEAN_US, sum / samples->count);
    bench_set(run, BENCH_P50_US, percentile(samples, 0.5));
    bench_set(run, BENCH_P95_US, percentile(samples, 0.95));
    bench_set(run, BENCH_P99_US, percentile(samples, 0.99));
    bench_set(run, BENCH_MAX_US, samples->values[samples->count - 1]);
    free(samples->values);
    *samples = (bench_samples){0};
}
