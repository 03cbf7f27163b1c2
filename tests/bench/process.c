/* SPDX-License-Identifier: MIT */
/*
 * The processes of a run. Server and client are forks of this program, each pinned to a processor
 * of its own, so that neither disturbs the other and each one's time is the kernel's own account of
 * that process. They meet in shared memory, which costs no packet. A relay is not pinned.
 */
#define _GNU_SOURCE /* sched_setaffinity, MAP_ANONYMOUS */

#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { RUN_SECONDS_MAX = 60, PROCESSES_MAX = 3, ANY_PROCESSOR = -1 };

static void pin(int wanted)
{
    cpu_set_t allowed;
    if (wanted == ANY_PROCESSOR || sched_getaffinity(0, sizeof allowed, &allowed) != 0 ||
        CPU_COUNT(&allowed) < 2) {
        return;
    }
    for (unsigned i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &allowed) && wanted-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            (void)sched_setaffinity(0, sizeof one, &one);
        }
    }
}

/* name: what a profiler shows. */
static pid_t start(bench_run *run, void (*work)(bench_run *run), int processor, const char *name)
{
    pid_t id = fork();
    if (id == 0) {
        (void)prctl(PR_SET_NAME, name);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)alarm(RUN_SECONDS_MAX); /* what hangs is ended by the system */
        pin(processor);
        work(run);
        _exit(0);
    }
    return id;
}

static void tell_death(bench_result *result, int status)
{
    if (result->skipped[0] != 0) {
        return; /* it has said itself why */
    }
    result->has_failed = true;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        (void)snprintf(result->skipped, sizeof result->skipped, "not done after %d s",
                       RUN_SECONDS_MAX);
    } else {
        (void)snprintf(result->skipped, sizeof result->skipped, "a process died, status %d",
                       status);
    }
}

/* The first that ends badly takes the others along. */
static void await(pid_t *ids, uint32_t count, bench_result *result)
{
    for (uint32_t left = count; left > 0; left--) {
        int status = 0;
        pid_t ended = waitpid(-1, &status, 0);
        bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (!is_well) {
            tell_death(result, status);
        }
        for (uint32_t i = 0; i < count; i++) {
            if (ids[i] == ended) {
                ids[i] = 0;
            } else if (ids[i] > 0 && !is_well) {
                (void)kill(ids[i], SIGKILL);
            }
        }
    }
}

void bench_run_once(const bench_work *work, const bench_case *spec, const bench_library *library,
                    bool is_quick, bench_result *result_out)
{
    bench_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bench_run run = {
        .work = work, .library = library, .spec = spec, .shared = shared, .is_quick = is_quick};
    pid_t ids[PROCESSES_MAX];
    uint32_t count = 0;
    *result_out = (bench_result){.has_failed = true, .skipped = "no memory"};
    if (shared == MAP_FAILED) {
        return;
    }
    for (uint32_t i = 0; i < BENCH_METRIC_COUNT; i++) {
        shared->result.values[i] = (double)NAN;
    }
    ids[count++] = start(&run, work->serve, 0, "bench_server");
    ids[count++] = start(&run, work->play, 1, "bench_client");
    if (work->relay) {
        ids[count++] = start(&run, work->relay, ANY_PROCESSOR, "bench_relay");
    }
    await(ids, count, &shared->result);
    *result_out = shared->result;
    (void)munmap(shared, sizeof *shared);
}

void bench_set(bench_run *run, bench_metric metric, double value)
{
    run->shared->result.values[metric] = value;
}

void bench_set_packet_cost(bench_run *run, double cpu_us, const bench_traffic *before,
                           const bench_traffic *after)
{
    uint64_t packets = after->packets_sent - before->packets_sent + after->packets_received -
                       before->packets_received;
    bench_set(run, BENCH_CPU_US_PER_PACKET, cpu_us / (double)packets);
}

static _Noreturn void end(bench_run *run, const char *why, bool has_failed)
{
    bench_result *result = &run->shared->result;
    result->has_failed = has_failed;
    (void)snprintf(result->skipped, sizeof result->skipped, "%s", why);
    _exit(1);
}

void bench_fail(bench_run *run, const char *what)
{
    end(run, what, true);
}

void bench_skip(bench_run *run, const char *why)
{
    end(run, why, false);
}

void bench_reach(bench_run *run, bench_step step)
{
    atomic_store(&run->shared->step, step);
}

void bench_await(bench_run *run, bench_step step)
{
    while (atomic_load(&run->shared->step) < (unsigned)step) {
        bench_sleep_us(200);
    }
}

bool bench_is_done(const bench_run *run)
{
    return atomic_load_explicit(&run->shared->step, memory_order_relaxed) == BENCH_DONE;
}
